/**
 * What a task waits for, in words and as a field.
 *
 * One answer for every surface, computed for a whole list at once: a few queries for what the list has of each
 * kind, never one per task. What only a dispatcher or the file system knows (profiles and their limits, whether
 * a dispatcher runs, what is held) is handed in as a `QueueView`; it is asked for only when a task of the list
 * depends on it. The words complete the sentence "it waits for …".
 *
 * @module
 */
import { type Board, read } from "../store/db.ts";
import { firstLine } from "../input.ts";
import { ASKED_MAX } from "../tasks/questions.ts";
import type { Hold } from "../tasks/holds.ts";
import { missingProfile } from "./missing_profile.ts";
import { Queue, type QueueView, type WaitingTask } from "./waiting_queue.ts";
import type { BusyPlaces, OpenParent, Question } from "./waiting_rows.ts";
import { count, instant } from "../../text.ts";

export const WAIT_KINDS = [
  "parents",
  "scheduled",
  "parked",
  "unassigned",
  "no_profile",
  "paused",
  "dispatcher",
  "back_off",
  "hold",
  "previous_process",
  "worktree",
  "slots",
  "profile_slots",
  "approval",
  "answer",
  "person",
] as const;
export type WaitKind = (typeof WAIT_KINDS)[number];

/** What a task waits for; `until` is the instant at which it ends by itself, where that is known. */
export interface Waiting {
  kind: WaitKind;
  words: string;
  until: number | null;
}

/** A task with what it waits for; null when it does not wait, or is about to be started. */
export type Explained<T> = T & { waits_for: Waiting | null };

/** The tasks, each with what it waits for. It is the same list: one of thousands is not copied. */
export function explained<T extends WaitingTask>(board: Board, tasks: T[], view: () => QueueView): Explained<T>[] {
  const found = tasks as Explained<T>[];
  read(board, () => {
    const queue = new Queue(board, tasks, view);
    for (const task of found) task.waits_for = waitOf(queue, task);
  });
  return found;
}

/** What these tasks wait for, by their ids; one that does not wait, or is about to be started, is left out. */
export function waitingFor(board: Board, tasks: readonly WaitingTask[], view: () => QueueView): Map<string, Waiting> {
  return read(board, () => {
    const queue = new Queue(board, tasks, view);
    const found = new Map<string, Waiting>();
    for (const task of tasks) {
      const waiting = waitOf(queue, task);
      if (waiting !== null) found.set(task.id, waiting);
    }
    return found;
  });
}

function waitOf(queue: Queue, task: WaitingTask): Waiting | null {
  switch (task.status) {
    case "triage":
      return waiting("person", triageWords(task));
    case "todo":
      return todoWait(queue, task);
    case "ready":
      return readyWait(queue, task);
    case "review":
      return waiting("approval", "approval");
    case "blocked":
      return blockedWait(queue.questions.get(task.id), task);
    default:
      return null;
  }
}

function triageWords({ asked }: WaitingTask): string {
  if (asked < ASKED_MAX) return "a person to release it from triage";
  return `a person: it asked the same question ${asked} times, and the answers of agents did not help`;
}

function blockedWait(question: Question | undefined, { failures, last_error }: WaitingTask): Waiting {
  if (question?.kind === "gave_up") {
    const after = failures === 0 ? "" : ` after ${count(failures, "failure")}`;
    return waiting(
      "person",
      `a person: it gave up${after}: ${short(question.text ?? last_error ?? "no error was kept")}`,
    );
  }
  if (question?.text == null) return waiting("person", "a person to unblock it");
  return waiting("answer", `an answer: ${short(question.text)}`);
}

function todoWait(queue: Queue, { id, held, not_before }: WaitingTask): Waiting | null {
  if (held) return waiting("parked", heldWords(queue.stoppers.get(id)));
  const start = not_before !== null && not_before > queue.now ? not_before : null;
  const parents = queue.parents.get(id);
  if (parents !== undefined) {
    const then = start === null ? "" : `; then for its start, not before ${instant(start)}`;
    return waiting("parents", parentsInWords(parents) + then);
  }
  if (start !== null) return waiting("scheduled", `its start, not before ${instant(start)}`, start);
  return dispatcherWait(queue.view) ?? waiting("dispatcher", "the dispatcher to make it ready");
}

function heldWords(stopper: string | undefined): string {
  if (stopper === undefined) return "a person to move it: it is parked";
  return `a person to start it again: stopped by ${stopper}`;
}

/** How many parents are named. */
const NAMED_MAX = 3;

function parentsInWords(parents: readonly OpenParent[]): string {
  const named = parents.slice(0, NAMED_MAX).map(({ id, status, question }) => {
    if (status === "archived") return `${id} (archived unfinished, never releases it)`;
    return `${id} (${status}${question === null ? "" : `: ${short(question, 80)}`})`;
  });
  const more = parents.length > NAMED_MAX ? " and more" : "";
  return `its ${parents.length === 1 ? "parent" : "parents"} ${named.join(", ")}${more}`;
}

/** In the order in which a person would mend it: what never ends by itself first. */
function readyWait(queue: Queue, task: WaitingTask): Waiting | null {
  const { assignee, retry_at } = task;
  const wait = commonWait(queue, assignee);
  if (wait !== null || assignee === null) return wait;
  if (retry_at !== null && retry_at > queue.now) {
    const after = task.failures === 0 ? "" : ` after ${count(task.failures, "failure")}`;
    return waiting("back_off", `its next try${after}, in ${span(retry_at - queue.now)}`, retry_at);
  }
  const hold = queue.holdOn(assignee);
  if (hold !== null) return waiting("hold", holdWords(hold), hold.until);
  return placeWait(queue.busy, task) ?? slotWait(queue, task, assignee);
}

/** By queue and assignee: found once, as thousands of tasks may have the same one. */
const common = new WeakMap<Queue, Map<string | null, Waiting | null>>();

function commonWait(queue: Queue, assignee: string | null): Waiting | null {
  let known = common.get(queue);
  if (known === undefined) common.set(queue, (known = new Map()));
  let wait = known.get(assignee);
  if (wait === undefined) known.set(assignee, (wait = assigneeWait(queue, assignee)));
  return wait;
}

/** What all ready tasks of an assignee wait for before it matters which of them it is. */
function assigneeWait(queue: Queue, assignee: string | null): Waiting | null {
  if (assignee === null) return waiting("unassigned", "an assignee: no task starts without one");
  const { view } = queue;
  const standing = queue.standingOf(assignee);
  if (standing === "missing") return waiting("no_profile", missingProfile(assignee, view));
  if (standing === "person") return waiting("person", `${assignee} to claim it`);
  if (standing === "unknown") return waiting("person", `${assignee} to claim it: no profile has this name`);
  if (queue.paused !== null) return waiting("paused", queue.paused);
  return dispatcherWait(view) ?? leftAlone(view, assignee);
}

function holdWords({ kind, key, reason, probe_run_id, trial }: Hold): string {
  if (probe_run_id !== null) return `run ${probe_run_id}, which tries ${kind} "${short(key)}"${trial ? " first" : ""}`;
  return `${kind} "${short(key)}", which cannot be used: ${short(reason)}`;
}

function dispatcherWait({ dispatcher, trouble }: QueueView): Waiting | null {
  if (dispatcher === "none") return waiting("dispatcher", "a dispatcher: none is running");
  if (dispatcher === "silent") return waiting("dispatcher", "the dispatcher: it does not answer");
  return trouble === null ? null : waiting("dispatcher", `the dispatcher: ${trouble}`);
}

function leftAlone({ only }: QueueView, assignee: string): Waiting | null {
  if (only === null || only.has(assignee)) return null;
  return waiting("dispatcher", `a dispatcher for ${assignee}: the running one starts only ${[...only].join(", ")}`);
}

function placeWait(busy: BusyPlaces, { id, workspace_kind, workspace_path }: WaitingTask): Waiting | null {
  const run = busy.processes.get(id);
  if (run !== undefined) return waiting("previous_process", `the end of its previous process (run ${run})`);
  if (workspace_kind !== "worktree" || workspace_path === null) return null;
  const user = busy.worktrees.get(workspace_path);
  return user === undefined ? null : waiting("worktree", `its worktree, which task ${user} uses`);
}

function slotWait(queue: Queue, { id }: WaitingTask, assignee: string): Waiting | null {
  const { view, live } = queue;
  const most = view.maxWorkers;
  if (most !== null && live.alive >= most) {
    return waiting("slots", `a free slot (${live.alive} of ${most} busy, ${inLine(queue.line.get(id)?.all)})`);
  }
  const profile = view.limits(assignee);
  if (typeof profile === "string") return waiting("no_profile", `its profile "${assignee}" to be repaired: ${profile}`);
  const limit = profile.max_running;
  const running = live.byProfile.get(assignee) ?? 0;
  if (limit === null || running < limit) return null;
  const place = inLine(queue.line.get(id)?.profile);
  return waiting("profile_slots", `a free slot of ${assignee} (${running} of ${limit} busy, ${place})`);
}

/** Places in line that are counted exactly. */
const PLACES_MAX = 100;

/** `1st in line`; far behind it does not matter how far. */
function inLine(place: number | undefined): string {
  if (place === undefined || place > PLACES_MAX) return `more than ${PLACES_MAX} before it`;
  const teen = place % 100 >= 11 && place % 100 <= 13;
  const ending = teen ? "th" : (["th", "st", "nd", "rd"][place % 10] ?? "th");
  return `${place}${ending} in line`;
}

function waiting(kind: WaitKind, words: string, until: number | null = null): Waiting {
  return { kind, words, until };
}

/** Texts of others are a part of a sentence here: their first line, and not all of a long one. */
function short(text: string, max = 200): string {
  return firstLine(text, max);
}

function span(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  if (seconds < 90) return `${seconds} s`;
  return seconds < 5_400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}
