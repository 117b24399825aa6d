/**
 * What a generated operation asks for, as the kernel takes it.
 *
 * @module
 */
import type { CreateInput, PatchInput, Status } from "../../src/kernel/mod.ts";
import type { ModelBoard } from "../model/board.ts";
import type { Fields, Op, TaskRef } from "./ops.ts";
import { idOf } from "./targets.ts";

/** A new task; parents that a reference names are those of the model. */
export function createInputOf(op: Extract<Op, { op: "create" }>, model: ModelBoard): CreateInput {
  const id = (ref: TaskRef) => idOf(model, ref);
  // On an empty board every parent would be an unknown one, and the board would stay empty.
  const known = (ref: TaskRef) => ref < 0 || model.tasks.length > 0;
  return {
    ...inputOf(op.fields, model.now),
    title: op.title,
    assignee: op.assignee,
    parents: op.parents.filter(known).map(id),
    triage: op.triage,
    idempotency_key: op.key,
    created_by: op.created_by,
    from_task: op.from === null || !known(op.from) ? null : id(op.from),
  };
}

/** The fields of a task; a start is given as a distance from now. */
export function inputOf({ start, ...fields }: Fields, now: number): Fields & Partial<CreateInput> {
  return start === undefined ? fields : { ...fields, not_before: start === null ? null : now + start };
}

/** A patch of what the operation names, and of nothing else. */
export function patchOf(op: Extract<Op, { op: "patch" }>, now: number): PatchInput {
  return {
    ...inputOf(op.fields, now),
    ...(op.status === null ? {} : { status: op.status as Status }),
    ...(op.assignee === undefined ? {} : { assignee: op.assignee }),
    ...(op.summary === undefined ? {} : { summary: op.summary }),
    ...(op.block_reason === undefined ? {} : { block_reason: op.block_reason }),
  };
}
