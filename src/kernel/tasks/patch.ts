/**
 * One change of several fields at once: what HTTP's PATCH and the forms of the web board ask for.
 *
 * The status in a patch names a verb; everything happens in one transaction, all or
 * nothing.
 *
 * @module
 */
import { blockTask, checkHandoff, completeTask } from "./claims.ts";
import { asOneAct, type Board, write } from "../store/db.ts";
import { invalid, optionalName, requireText } from "../input.ts";
import { approveTask, archiveTask, moveTask, unblockTask } from "./person_verbs.ts";
import { type JsonObject, type Status, STATUSES, type Task } from "../schema.ts";
import { type EditBase, requireUnchanged } from "./changes/edit_base.ts";
import { restoreTask } from "./changes/restore.ts";
import { checkEdit, type EditInput, workspaceAfter } from "./task_fields.ts";
import { getTask, stateOf, taskOf } from "./task_rows.ts";
import { assignTask, editTask } from "./tasks.ts";

export interface PatchInput extends EditInput {
  status?: Status | undefined;
  /** Blank or null: unassigned. */
  assignee?: string | null | undefined;
  /** With `status: "done"` only. */
  result?: string | null | undefined;
  summary?: string | null | undefined;
  metadata?: JsonObject | null | undefined;
  /** With `status: "blocked"` only; a person may leave it out. */
  block_reason?: string | null | undefined;
}

/**
 * Applies a patch. Done completes, blocked blocks, ready unblocks a blocked task, restores an archived one and otherwise
 * moves,
 * archived archives, running claims for the person, todo and triage move.
 *
 * @throws {KanbanError} what its verbs throw; `conflict` when something that it gives, the status too, was changed
 * since the base (then with `conflicts`, both sides of each field). Nothing has changed then.
 */
export function patchTask(
  outer: Board,
  id: string,
  patch: PatchInput,
  { claimer, base }: { claimer?: string } & EditBase = {},
): Task {
  const board = asOneAct(outer);
  const { status: _, assignee, result, summary, metadata, block_reason, ...fields } = patch;
  const to = checkTogether(patch);
  const edits = checkEdit(fields);
  const name = optionalName(assignee, "assignee");
  checkHandoff({ result: result ?? null, summary: summary ?? null, metadata: metadata ?? null });
  if (block_reason != null) requireText(block_reason, "block_reason");
  return write(board, () => {
    const row = stateOf(board, id, "find");
    const before = taskOf(row);
    const given = { ...edits, ...workspaceAfter(before, fields), ...(to === undefined ? {} : { status: to }) };
    requireUnchanged(board, row, assignee === undefined ? given : { ...given, assignee: name }, base);
    const others = () => {
      if (Object.values(fields).some((value) => value !== undefined)) editTask(board, id, fields);
      if (assignee !== undefined) assignTask(board, id, assignee);
    };
    const move = () => {
      if (to !== undefined) changeStatus(board, before, to, patch, claimer);
    };
    // A running task takes a new assignee only once it has left running, an archived one once it is restored.
    const first = before.status === "archived" || (before.status === "running" && to !== "archived");
    const steps = first ? [move, others] : [others, move];
    for (const step of steps) step();
    return getTask(board, id);
  });
}

/** A status that a patch may name: review is entered by a worker's completion alone. */
type Target = Exclude<Status, "review">;

/** Judges the patch without reading the board; returns the status that it leads to. */
function checkTogether(patch: PatchInput): Target | undefined {
  const { status } = patch;
  if (status !== undefined && !STATUSES.includes(status)) {
    throw invalid("status", `one of ${STATUSES.join(", ")}`, `"${String(status)}"`);
  }
  if (status === "review") {
    throw invalid("status", "set by a worker's completion of a task that asks for review", '"review"');
  }
  for (const name of ["result", "summary", "metadata"] as const) {
    if (patch[name] !== undefined && status !== "done")
      throw invalid(name, 'given together with status "done"', "no such status");
  }
  if (patch.block_reason !== undefined && status !== "blocked") {
    throw invalid("block_reason", 'given together with status "blocked"', "no such status");
  }
  return status;
}

function changeStatus(
  board: Board,
  before: Task,
  status: Target,
  patch: PatchInput,
  claimer: string | undefined,
): void {
  const { id } = before;
  switch (status) {
    case "done": {
      const { result = null, summary = null, metadata = null } = patch;
      if (before.status === "review" && result === null && summary === null && metadata === null) {
        approveTask(board, id);
      } else completeTask(board, id, { result, summary, metadata });
      return;
    }
    case "blocked":
      blockTask(board, id, { reason: patch.block_reason ?? null });
      return;
    case "archived":
      archiveTask(board, id);
      return;
    case "ready":
      if (before.status === "archived") restoreTask(board, id);
      else if (before.status === "blocked") unblockTask(board, id);
      else moveTask(board, id, "ready");
      return;
    case "triage":
    case "todo":
    case "running":
      moveTask(board, id, status, claimer === undefined ? {} : { claimer });
      return;
  }
}
