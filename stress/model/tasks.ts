/**
 * Creating, editing and assigning tasks in the model, and patches that do several things at once.
 *
 * @module
 */
import type { CreateInput, JsonObject, PatchInput, Status } from "../../src/kernel/mod.ts";
import {
  allOrNothing,
  childrenOf,
  comment,
  emit,
  enter,
  find,
  isEarly,
  isFinished,
  type ModelBoard,
  type ModelTask,
  Refused,
  requireState,
} from "./board.ts";
import { promoteIfFree, waitAgain } from "./links.ts";
import * as verbs from "./verbs.ts";

const NOT_ARCHIVED: readonly Status[] = ["triage", "todo", "ready", "running", "review", "blocked", "done"];

/** The fields of create and edit that have no rules beyond their type. */
const PLAIN = [
  "body",
  "tenant",
  "priority",
  "review",
  "not_before",
  "max_runtime_seconds",
  "skills",
  "current_step_key",
] as const;
type Plain = Pick<ModelTask, (typeof PLAIN)[number]>;

function plain(input: Partial<CreateInput>): Plain {
  return {
    body: input.body ?? null,
    tenant: input.tenant ?? null,
    priority: input.priority ?? 0,
    review: input.review ?? false,
    not_before: input.not_before ?? null,
    max_runtime_seconds: input.max_runtime_seconds ?? null,
    skills: [...new Set((input.skills ?? []).map((name) => name.trim()))],
    current_step_key: input.current_step_key ?? null,
  };
}

/** Creates a task. The id is the caller's: real ones are random. */
export function create(board: ModelBoard, input: CreateInput, id: string): { task: ModelTask; created: boolean } {
  const title = input.title.trim();
  if (title === "") throw new Refused("invalid");
  const key = input.idempotency_key ?? null;
  const existing = board.tasks.find((task) => task.idempotency_key === key && task.status !== "archived");
  if (key !== null && existing !== undefined) return { task: existing, created: false };
  const depth = input.from_task == null ? 0 : find(board, input.from_task).depth + 1;
  if (depth > (input.depth_max ?? 5)) throw new Refused("refused");
  const parentIds = [...new Set(input.parents ?? [])];
  const parents = parentIds.map((parent) => find(board, parent));
  const task: ModelTask = {
    n: board.tasks.length,
    parents: new Set(parents.map((parent) => parent.n)),
    id,
    title,
    assignee: input.assignee ?? null,
    status: "triage",
    created_by: input.created_by ?? board.actor,
    created_at: board.now,
    ready_at: null,
    started_at: null,
    completed_at: null,
    workspace_kind: "scratch",
    workspace_path: null,
    result: null,
    idempotency_key: key,
    held: false,
    retry_at: null,
    failures: 0,
    last_error: null,
    current_run_id: null,
    depth,
    from_task: input.from_task ?? null,
    asked: 0,
    model: null,
    workflow_template_id: null,
    last_event_id: 0,
    ...plain(input),
  };
  board.tasks.push(task);
  const wait = isEarly(board, task) || parents.some((parent) => !isFinished(parent));
  enter(board, task, input.triage ? "triage" : wait ? "todo" : "ready");
  const { assignee, status, tenant, skills } = task;
  emit(board, "created", task, null, { assignee, status, parents: parentIds, tenant, skills });
  if (task.from_task === null) board.known.set(task.created_by, "person");
  return { task, created: true };
}

/** Changes the fields that are given. */
export function edit(board: ModelBoard, id: string, input: Partial<CreateInput>): ModelTask {
  if (input.title !== undefined && input.title.trim() === "") throw new Refused("invalid");
  const task = find(board, id);
  requireState(task, NOT_ARCHIVED);
  const wanted: Partial<Plain> & { title?: string } = input.title === undefined ? {} : { title: input.title.trim() };
  const all = plain(input);
  for (const name of PLAIN) if (input[name] !== undefined) Object.assign(wanted, { [name]: all[name] });
  const changed = (Object.keys(wanted) as (keyof typeof wanted)[]).filter(
    (name) => JSON.stringify(task[name]) !== JSON.stringify(wanted[name]),
  );
  Object.assign(task, wanted);
  if (changed.includes("priority")) emit(board, "reprioritized", task, null, { priority: task.priority });
  if (changed.includes("not_before")) emit(board, "scheduled", task, null, { not_before: task.not_before });
  const fields = changed.filter((name) => name !== "priority" && name !== "not_before");
  if (fields.length > 0) emit(board, "edited", task, null, { fields });
  if (changed.includes("not_before")) {
    if (task.status === "ready" && isEarly(board, task)) waitAgain(board, task);
    else promoteIfFree(board, task);
  }
  return task;
}

export function assign(board: ModelBoard, id: string, assignee: string | null): ModelTask {
  const task = find(board, id);
  requireState(task, ["triage", "todo", "ready", "review", "blocked", "done"]);
  if (task.assignee === assignee) return task;
  task.assignee = assignee;
  emit(board, "assigned", task, null, { assignee });
  return task;
}

export function addComment(board: ModelBoard, id: string, body: string, author: string | null) {
  if (body.trim() === "") throw new Refused("invalid");
  const task = find(board, id);
  const written = comment(board, task, author ?? board.actor, body);
  task.asked = 0;
  board.known.set(written.author, "person");
  emit(board, "commented", task, null, { author: written.author, len: body.length });
  return written;
}

/** Several changes at once, all or nothing; the status stands for its verb. */
export function patch(board: ModelBoard, id: string, input: PatchInput): ModelTask {
  const { status, assignee, result, summary, metadata, block_reason, ...fields } = input;
  const handoff = [result, summary, metadata].some((value) => value !== undefined);
  if (input.title?.trim() === "" || status === "review" || (handoff && status !== "done")) throw new Refused("invalid");
  if (block_reason !== undefined && status !== "blocked") throw new Refused("invalid");
  return allOrNothing(board, () => {
    const before = find(board, id).status;
    const others = () => {
      if (Object.keys(fields).length > 0) edit(board, id, fields as Partial<CreateInput>);
      if (assignee !== undefined) assign(board, id, assignee);
    };
    const act = () => {
      if (status !== undefined) verbOf(board, id, before, status, input);
    };
    // A running task can be reassigned once it has left running, an archived one can be neither.
    const first = before === "archived" || (before === "running" && status !== "archived");
    const steps = first ? [act, others] : [others, act];
    for (const step of steps) step();
    return find(board, id);
  });
}

function verbOf(board: ModelBoard, id: string, before: Status, status: Status, input: PatchInput): void {
  const { result = null, summary = null, metadata = null } = input;
  if (status === "done") {
    const bare = result === null && summary === null && metadata === null;
    if (before === "review" && bare) verbs.approve(board, id);
    else verbs.complete(board, id, { result, summary, metadata: metadata as JsonObject | null });
  } else if (status === "blocked") verbs.block(board, id, input.block_reason ?? null);
  else if (status === "archived") verbs.archive(board, id);
  else if (status === "ready" && before === "archived") verbs.restore(board, id);
  else if (status === "ready" && before === "blocked") verbs.unblock(board, id, null, null);
  else verbs.move(board, id, status);
}

/** Parents that were archived unfinished and will never release a task. */
export function neverReleased(board: ModelBoard, task: ModelTask): string[] {
  return [...task.parents]
    .sort((a, b) => a - b)
    .map((n) => board.tasks[n]!)
    .filter((parent) => parent.status === "archived" && !isFinished(parent))
    .map((parent) => parent.id);
}

/** How many of a task's children are finished. */
export function progress(board: ModelBoard, task: ModelTask): { done: number; total: number } | null {
  const children = childrenOf(board, task);
  return children.length === 0 ? null : { done: children.filter(isFinished).length, total: children.length };
}
