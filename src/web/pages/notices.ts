/**
 * Why ready work does not start, as the notices above the columns: the most serious cause first.
 *
 * "Cannot start" is said only of a dispatcher that says so itself, or of a home that is in trouble. Tasks without an
 * assignee are backlog: their notice comes last, and one that dismissed it is not shown it again while there are any.
 *
 * @module
 */
import { query, NO_FILTER } from "../../../views/shell/filter_query.ts";
import type { Notice } from "../../../views/shell/notices.tsx";
import { span } from "../../../views/parts/time.ts";
import { NO_PROFILE_WARNING } from "../../dispatcher/mod.ts";
import { type Board, getTask, skippedTasks } from "../../kernel/mod.ts";
import { oneLine } from "../../text.ts";
import type { Web } from "../context.ts";
import { queueOf } from "./queue.ts";

/** What a notice needs to know of the dispatcher. */
export interface Starter {
  running: boolean;
  silentSince: number | null;
  paused: { by: string | null; at: number } | null;
  /** Why it can start nothing; null when it can. */
  trouble: string | null;
  /** What it warns of beside that. */
  warning: string | null;
  /** Ready tasks of profiles. */
  ready: number;
}

/** Most tasks that are assigned from a notice; more are shown first. */
const ASSIGN_MAX = 50;

/** The notices of the board, the most serious first. */
export function noticesOf(web: Web, board: Board, starter: Starter): Notice[] {
  const { names, people } = queueOf(web, board);
  const { unassigned, missing } = skippedTasks(board, { names, people }, ASSIGN_MAX + 1);
  const notices = [
    silent(starter, board.now()),
    trouble(starter),
    paused(starter, board.now()),
    missingProfiles(board, missing),
    warned(starter, missing.length > 0),
    noDispatcher(starter),
    backlog(unassigned),
  ];
  return notices.filter((notice) => notice !== null);
}

function silent({ silentSince }: Starter, now: number): Notice | null {
  if (silentSince === null) return null;
  const since = minutes(now - silentSince);
  const text = `The dispatcher does not answer (silent for ${since}): no task starts, and ends of runs are not noticed.`;
  return { cause: `silent-${silentSince}`, text, show: SEE };
}

function trouble({ trouble: text }: Starter): Notice | null {
  if (text === null) return null;
  return { cause: mark("trouble", text), text: `The dispatcher cannot start work: ${oneLine(text)}`, show: SEE };
}

function paused({ paused: pause }: Starter, now: number): Notice | null {
  if (pause === null) return null;
  const text = `Paused by ${pause.by ?? "a person"} ${minutes(now - pause.at)} ago: running work continues, no task starts.`;
  return { cause: `paused-${pause.at}`, text, act: { path: "/resume", text: "Resume" } };
}

function missingProfiles(board: Board, ids: readonly string[]): Notice | null {
  if (ids.length === 0) return null;
  const names = [...new Set(ids.map((id) => getTask(board, id).assignee!))].sort();
  const whose = names.slice(0, 3).map((name) => `“${oneLine(name, 40)}”`);
  const which = names.length === 1 ? "a profile that is" : "profiles that are";
  return {
    cause: mark("profiles", names.join("\n")),
    text: `${tasks(ids)} ${ids.length === 1 ? "waits" : "wait"} for ${which} not here: ${whose.join(", ")}${names.length > 3 ? " and more" : ""}.`,
    ...assignable(ids, { status: ["ready"], assignee: names }),
  };
}

/** The missing profiles have a notice of their own. */
function warned({ warning }: Starter, isMissing: boolean): Notice | null {
  if (warning === null || (isMissing && warning.startsWith(NO_PROFILE_WARNING))) return null;
  const text = warning.charAt(0).toUpperCase() + warning.slice(1);
  return { cause: mark("warning", warning), text: oneLine(text), show: SEE };
}

function noDispatcher({ running, ready }: Starter): Notice | null {
  if (running || ready === 0) return null;
  const text = `${ready === 1 ? "1 task is" : `${ready} tasks are`} ready and no dispatcher runs. Start one with: kanban up`;
  return { cause: "no-dispatcher", text, act: { path: "/dispatch", text: "Start once" } };
}

function backlog(ids: readonly string[]): Notice | null {
  if (ids.length === 0) return null;
  const ready = ids.length === 1 ? "1 ready task has" : `${number(ids)} ready tasks have`;
  return {
    cause: "unassigned",
    text: `${ready} no assignee.`,
    ...assignable(ids, { status: ["ready"], assignee: [""] }),
  };
}

const SEE = { href: "/needs", text: "See what is wrong" };

function assignable(
  ids: readonly string[],
  { status, assignee }: { status: readonly "ready"[]; assignee: readonly string[] },
): Pick<Notice, "assign" | "show"> {
  const filter = { status: { any: status, none: [] }, assignee: { any: assignee, none: [] } };
  const show = { href: `/?${query(NO_FILTER, filter)}`, text: ids.length === 1 ? "Show it" : "Show them" };
  return ids.length > ASSIGN_MAX ? { show } : { assign: ids, show };
}

function tasks(ids: readonly string[]): string {
  return ids.length === 1 ? "1 ready task" : `${number(ids)} ready tasks`;
}

function number({ length }: readonly string[]): string {
  return length > ASSIGN_MAX ? `More than ${ASSIGN_MAX}` : String(length);
}

/** In whole minutes: a notice that says something else each second would be sent each second. */
function minutes(ms: number): string {
  return ms < 60_000 ? "under a minute" : span(Math.floor(ms / 60_000) * 60);
}

/** A cause that is told by its text. */
function mark(kind: string, text: string): string {
  return `${kind}-${Bun.hash(text).toString(36)}`;
}
