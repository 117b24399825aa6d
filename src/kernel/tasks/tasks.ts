/**
 * Tasks: create, read, edit, assign.
 *
 * ```ts
 * const board = openBoard(":memory:");
 * const { task: design } = createTask(board, { title: "Design the schema" });
 * const { task: build } = createTask(board, { title: "Build it", parents: [design.id] });
 * if (build.status !== "todo") throw new Error("a child waits for its parents");
 * completeTask(board, design.id, { summary: "two tables" });
 * if (getTask(board, build.id).status !== "ready") throw new Error("the last parent promotes it");
 * ```
 *
 * @module
 */
import { asOneAct, type Board, insert, one, run, write } from "../store/db.ts";
import { KanbanError } from "../errors.ts";
import { FIELD_COLUMNS, storedFields } from "../fields.ts";
import { appendEvent, emit, nextIds, type Was } from "./events.ts";
import { keyOf, newTaskId } from "../store/ids.ts";
import { checkWorkspace, optionalName, optionalText, requireIds, requireTitle } from "../input.ts";
import { notePerson } from "../store/known_names.ts";
import { laneOf } from "../store/lanes.ts";
import { announceMentions } from "./comments.ts";
import { addLink, promoteIfFree, waitAgain } from "./links.ts";
import { type EditBase, requireUnchanged, same } from "./changes/edit_base.ts";
import { keepTexts } from "../store/revisions.ts";
import { type Status, type Task, TEXT_FIELDS, type WorkspaceKind } from "../schema.ts";
import { getTask, stateOf, taskOf } from "./task_rows.ts";
import { checkEdit, checkFields, type EditInput, type Maybe, type TaskFields, workspaceAfter } from "./task_fields.ts";
import { conflict } from "./transition.ts";

/** How many workers may create on each other's behalf before a person has to look. */
export const DEPTH_MAX = 5;

export interface CreateInput extends TaskFields {
  title: string;
  assignee?: Maybe<string>;
  parents?: Maybe<readonly string[]>;
  /** A rough idea: nothing starts it until a person moves it on. Wins over parents. */
  triage?: Maybe<boolean>;
  /** The existing unarchived task with this key comes back instead of a second one. */
  idempotency_key?: Maybe<string>;
  /** Default: who acts. */
  created_by?: Maybe<string>;
  /** The task whose worker asks for this one: the new task stands one level deeper. */
  from_task?: Maybe<string>;
  /** Deepest level that may be created; default `DEPTH_MAX`. */
  depth_max?: Maybe<number>;
}

/**
 * Creates a task in triage, todo (something is waited for) or ready.
 *
 * @returns `created: false` with the existing task when its idempotency key is taken.
 * @throws {KanbanError} `invalid`; `not_found` for an unknown parent; `refused` past the depth limit.
 */
export function createTask(board: Board, input: CreateInput): { task: Task; created: boolean } {
  const title = requireTitle(input.title);
  const fields = {
    ...checkFields(input),
    ...checkWorkspace(input.workspace_kind ?? "scratch", input.workspace_path ?? null),
  };
  const assignee = optionalName(input.assignee, "assignee");
  const idempotencyKey = optionalText(input.idempotency_key, "idempotency_key")?.trim() || null;
  const createdBy = optionalName(input.created_by, "created_by") ?? board.actor;
  const parentIds = requireIds(input.parents ?? [], "parents");
  return write(board, () => {
    const existing = idempotencyKey === null ? null : byIdempotencyKey(board, idempotencyKey);
    if (existing !== null) return { task: getTask(board, existing), created: false };
    const depth = depthBelow(board, title, input);
    const parents = parentIds.map((id) => ({ id, key: keyOf(board, id, "create a child of") }));
    const now = board.now();
    const scheduled = fields.not_before !== null && fields.not_before > now;
    const blockedBy = parents.filter(({ key }) => isUnfinished(board, key));
    const status: Status = input.triage ? "triage" : scheduled || blockedBy.length > 0 ? "todo" : "ready";
    const ids = nextIds(board);
    const task: Task = {
      ...UNTOUCHED,
      ...fields,
      id: newTaskId(board),
      title,
      assignee,
      status,
      created_by: createdBy.toWellFormed(),
      created_at: now,
      ready_at: status === "ready" ? now : null,
      idempotency_key: idempotencyKey,
      depth,
      from_task: input.from_task ?? null,
      last_event_id: ids.event,
    };
    const key = insertTask(board, task);
    const { tenant, skills } = fields;
    const payload = { assignee, status, parents: parentIds, tenant, skills };
    appendEvent(board, ids, { kind: "created", taskKey: key, runId: null, payload });
    for (const parent of parents) addLink(board, parent, { key, id: task.id }, { silent: true });
    if (task.from_task === null) notePerson(board, task.created_by);
    announceMentions(board, key, { text: task.body ?? "", author: task.created_by });
    return { task, created: true };
  });
}

/** What a task is before anything has happened to it. */
const UNTOUCHED = {
  started_at: null,
  completed_at: null,
  result: null,
  held: false,
  retry_at: null,
  failures: 0,
  last_error: null,
  current_run_id: null,
  asked: 0,
  claimer: null,
  claim_expires_at: null,
  worker_pid: null,
  last_heartbeat_at: null,
};

/**
 * Changes the fields that are given; null clears one. A start that is put off makes a ready task wait,
 * one that is lifted promotes it. Texts that are replaced are kept as revisions.
 *
 * @throws {KanbanError} `invalid`; `not_found`; `conflict` when the task is archived, or a given field was replaced
 * since the base (then with `conflicts`, both sides of each).
 */
export function editTask(board: Board, id: string, input: EditInput, { base }: EditBase = {}): Task {
  const changes = checkEdit(input);
  return write(board, () => {
    const task = stateOf(board, id, "find");
    const before = taskOf(task);
    if (task.status === "archived") throw conflict("edit", task, "unarchived");
    const given: Partial<Task> = { ...changes, ...workspaceAfter(before, input) };
    const after: Task = { ...before, ...given };
    const changed = (Object.keys(after) as (keyof Task)[]).filter((name) => !same(before[name], after[name]));
    if (changed.length === 0) return before;
    requireUnchanged(board, task, given, base);
    announce(board, task.key, changed, before, after);
    updateFields(board, task.key, before, after);
    if (changed.includes("body"))
      announceMentions(board, task.key, { text: after.body ?? "", before: before.body, author: board.actor });
    if (changed.includes("not_before")) reschedule(board, id);
    return getTask(board, id);
  });
}

/**
 * Gives a task to a profile or a person; null or blank unassigns it.
 *
 * @throws {KanbanError} `not_found`; `conflict` when the task is running or archived, or has another assignee since
 * the base.
 */
export function assignTask(board: Board, id: string, assignee: string | null, { base }: EditBase = {}): Task {
  const name = optionalName(assignee, "assignee");
  return write(board, () => {
    const task = stateOf(board, id, "assign");
    if (task.status === "running" || task.status === "archived") {
      throw conflict("assign", task, "neither running nor archived");
    }
    if (task.assignee === name) return getTask(board, id);
    requireUnchanged(board, task, { assignee: name }, base);
    const was = { assignee: task.assignee };
    emit(board, "assigned", task.key, null, { assignee: name, was }, { moves: true });
    const lane = laneOf(board, { ...task, assignee: name });
    run(board, "UPDATE tasks SET assignee = $name, lane = $lane WHERE key = $key", { name, lane, key: task.key });
    return getTask(board, id);
  });
}

/**
 * Keeps the path that a task's workspace resolved to, and its kind where the profile chose another one
 * than the default. It is a fact, not an edit: no event.
 */
export function setWorkspacePath(board: Board, id: string, path: string, kind?: WorkspaceKind): void {
  write(board, () =>
    run(
      board,
      "UPDATE tasks SET workspace_path = $path, workspace_kind = coalesce($kind, workspace_kind) WHERE id = $id",
      { id, path, kind: kind ?? null },
    ),
  );
}

/** Writes the row of a new task, which points at the event of its creation. */
function insertTask(board: Board, task: Task): number {
  const key = insert(
    board,
    `INSERT INTO tasks (lane, id, title, assignee, status, created_by, created_at, ready_at, workspace_kind,
       workspace_path, idempotency_key, depth, from_task, last_event_id, events, ${FIELD_COLUMNS.join(", ")})
     VALUES ($lane, $id, $title, $assignee, $status, $created_by, $created_at, $ready_at, $workspace_kind,
       $workspace_path, $idempotency_key, $depth, $from_task, $last_event_id, 1, ${GIVEN})`,
    { ...stored(task), lane: laneOf(board, task) },
  );
  if (task.body !== null) storeBody(board, key, task.body);
  return key;
}

function updateFields(board: Board, key: number, before: Task, task: Task): void {
  run(
    board,
    `UPDATE tasks SET title = $title, lane = $lane, workspace_kind = $workspace_kind, workspace_path = $workspace_path,
       ${SET_FIELDS}
     WHERE key = $key`,
    { ...stored(task), key, lane: laneOf(board, task) },
  );
  if (task.body !== before.body) storeBody(board, key, task.body);
}

const GIVEN = FIELD_COLUMNS.map((name) => `$${name}`).join(", ");
const SET_FIELDS = FIELD_COLUMNS.map((name) => `${name} = $${name}`).join(", ");

/** A task as its row holds it, and more: names that a statement does not ask for do no harm. */
function stored(task: Task) {
  return { ...task, ...storedFields(task), held: task.held ? 1 : 0 };
}

function storeBody(board: Board, key: number, body: string | null): void {
  if (body === null) run(board, "DELETE FROM task_bodies WHERE task_key = $key", { key });
  else run(board, "INSERT OR REPLACE INTO task_bodies (task_key, body) VALUES ($key, $body)", { key, body });
}

/** A new priority or start has an event of its own; the other fields share one. */
function announce(outer: Board, key: number, changed: readonly (keyof Task)[], before: Task, task: Task): void {
  const board = asOneAct(outer);
  const was = (names: readonly (keyof Task)[]): Was => Object.fromEntries(names.map((name) => [name, before[name]]));
  if (changed.includes("priority"))
    emit(board, "reprioritized", key, null, { priority: task.priority, was: was(["priority"]) });
  if (changed.includes("not_before"))
    emit(board, "scheduled", key, null, { not_before: task.not_before, was: was(["not_before"]) });
  const fields = changed.filter((name) => name !== "priority" && name !== "not_before");
  if (fields.length === 0) return;
  const texts = TEXT_FIELDS.filter((name) => fields.includes(name));
  const small = fields.filter((name) => before[name] === null || !texts.some((text) => text === name));
  const moves = changed.includes("tenant");
  const event = emit(board, "edited", key, null, { fields, was: was(small) }, { moves });
  keepTexts(board, key, event, was(texts));
}

/** After its start moved: a ready task may have to wait again, a waiting one may be free. */
function reschedule(board: Board, id: string): void {
  const task = stateOf(board, id, "schedule");
  if (task.status === "ready" && task.not_before !== null && task.not_before > board.now()) {
    waitAgain(board, task);
  } else promoteIfFree(board, task);
}

function byIdempotencyKey(board: Board, key: string): string | null {
  const row = one<{ id: string }>(
    board,
    `SELECT id FROM tasks WHERE idempotency_key = $key AND idempotency_key IS NOT NULL AND status <> 'archived'`,
    { key },
  );
  return row?.id ?? null;
}

function isUnfinished(board: Board, key: number): boolean {
  return one(board, "SELECT 1 FROM tasks WHERE key = $key AND completed_at IS NULL", { key }) !== null;
}

/** The limit against workers that create workers without end. */
function depthBelow(board: Board, title: string, { from_task, depth_max }: CreateInput): number {
  if (from_task == null) return 0;
  const depth = getTask(board, from_task).depth + 1;
  const limit = depth_max ?? DEPTH_MAX;
  if (depth <= limit) return depth;
  throw new KanbanError(
    "refused",
    `Cannot create task "${title}": workers may create at most ${limit} levels deep, this would be level ${depth}`,
    "Finish your task and name the follow-up in its summary, so that a person can create it",
  );
}
