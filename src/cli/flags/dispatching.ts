/**
 * What `up`, `daemon` and `dispatch` have in common: the same flags, and the same words on stderr.
 *
 * @module
 */
import type { DispatchOptions } from "../../dispatcher/mod.ts";
import { openFeed, type Feed } from "../../feed.ts";
import type { Home } from "../../home.ts";
import { type Board, type Event, EVENT_KINDS, type EventKind, getTask } from "../../kernel/mod.ts";
import { agents } from "../../agents/mod.ts";
import { integer, list } from "../args.ts";
import { eventLine } from "../print/event_line.ts";
import { type Paint, timeOfDay } from "../print/format.ts";
import { stderr } from "../output.ts";

/** The flags that limit a dispatcher. */
export const dispatchFlags = {
  workers: integer("Maximum number of workers at once (default: dispatcher.max_workers, 4)", { min: 1, short: "j" }),
  failureLimit: integer("Give a task up after so many failures in a row (default 5)", { min: 1 }),
  assignee: list("Only tasks of this profile; repeat it for more", { hint: "NAME", short: "a" }),
};

/** A limit of one pass: of little use to a dispatcher that stays, which makes the next one at once. */
export const perPassFlags = {
  max: integer("Start at most so many per pass; see --workers for a limit of all", { min: 0 }),
};

interface DispatchFlags {
  readonly workers: number | undefined;
  readonly max?: number | undefined;
  readonly failureLimit: number | undefined;
  readonly assignee: readonly string[];
}

/** The flags as a dispatcher takes them, and the presets of agents that it may not know by itself. */
export function dispatchOptions(flags: DispatchFlags, warn: (line: string) => void): DispatchOptions {
  return {
    ...(flags.workers === undefined ? {} : { maxWorkers: flags.workers }),
    ...(flags.max === undefined ? {} : { max: flags.max }),
    ...(flags.failureLimit === undefined ? {} : { failureLimit: flags.failureLimit }),
    ...(flags.assignee.length === 0 ? {} : { assignees: [...flags.assignee] }),
    agents,
    warn,
  };
}

/** A printer that puts the local time before each line. */
export function stamped(print: (text: string) => void, style: Paint): (line: string) => void {
  return (line) => print(`${style.dim(timeOfDay(Date.now()))}  ${line}`);
}

/** What `up` and `daemon` say first. */
export function runsOn({ db }: Home, { drain = false } = {}): string {
  const end = drain ? "Ctrl-C ends it when its workers have ended" : "Ctrl-C ends it, its workers go on";
  return `the dispatcher runs on ${db} (pid ${process.pid}); ${end}`;
}

const QUIET: ReadonlySet<EventKind> = new Set(["claimed", "heartbeat"]);

/**
 * Opens the feed of a process that dispatches, and tells of what happens on the board.
 *
 * @param options.tell `all` events; `work`: how runs begin and end; `nothing`.
 */
export function tellingFeed(
  { home, board, style }: { home: Home; board: Board; style: Paint },
  { tell, log }: { tell: "all" | "work" | "nothing"; log: (line: string) => void },
): Feed {
  const feed = openFeed(home.db, { onError: (error) => log(`cannot look at the board: ${String(error)}`) });
  const wanted = ({ kind, run_id }: Event) =>
    tell === "all" || (run_id !== null && !QUIET.has(kind) && EVENT_KINDS[kind].cluster !== "edits");
  if (tell === "nothing") return feed;
  feed.onEvents((events) => {
    for (const event of events.filter(wanted)) {
      const { title } = getTask(board, event.task_id);
      stderr.write(`${eventLine(event, { at: timeOfDay(event.created_at), title, style, width: stderr.width })}\n`);
    }
  });
  return feed;
}
