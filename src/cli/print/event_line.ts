/**
 * One event on one line: what happened, in words.
 *
 * @module
 */
import { EVENT_KINDS } from "../../kernel/tasks/events.ts";
import type { Event, EventKind, EventPayloads } from "../../kernel/mod.ts";
import { type Cell, type Paint, priorityLabel, truncate } from "./format.ts";
import { instant, oneLine, span } from "../../text.ts";

const quoted = (text: string | null | undefined) => (text ? truncate(oneLine(text), 120) : "");

/** What each kind says beyond its name. A new kind makes the compiler ask for its words. */
const DETAILS: { readonly [K in EventKind]: (payload: EventPayloads[K]) => string } = {
  created: ({ assignee, status, parents }) =>
    [status, assignee && `for ${assignee}`, parents.length > 0 && `after ${parents.join(", ")}`]
      .filter(Boolean)
      .join(", "),
  promoted: () => "nothing left to wait for",
  claimed: ({ claimer, expires_at }) => `by ${claimer}, lease ends ${instant(expires_at)}`,
  completed: ({ summary }) => quoted(summary),
  review_requested: ({ summary }) => quoted(summary),
  changes_requested: ({ reason }) => quoted(reason),
  approved: () => "",
  blocked: ({ reason }) => quoted(reason),
  asked_again: ({ reason, times }) => `to triage, the same question ${times} times: ${quoted(reason)}`,
  unblocked: ({ status }) => `now ${status}`,
  archived: ({ from }) => `was ${from}`,
  restored: ({ status }) => `now ${status}`,
  undone: ({ from, status }) => `${from} → ${status}`,
  reopened: ({ from, status }) => `${from} → ${status}`,
  assigned: ({ assignee }) => (assignee === null ? "to nobody" : `to ${assignee}`),
  edited: ({ fields }) => fields.join(", "),
  reprioritized: ({ priority }) => priorityLabel(priority) || "none",
  status: ({ from, status }) => `${from} → ${status}`,
  linked: ({ parent, child }) => `${parent} → ${child}`,
  unlinked: ({ parent, child }) => `${parent} → ${child}`,
  commented: ({ author, len }) => `by ${author}, ${len} characters`,
  mentioned: ({ person, author, text }) => `@${quoted(person)} by ${quoted(author)}: ${quoted(text)}`,
  scheduled: ({ not_before }) => (not_before === null ? "at any time" : `not before ${instant(not_before)}`),
  spawned: ({ pid }) => `pid ${pid}`,
  heartbeat: ({ note }) => quoted(note),
  stopped: ({ reason, claimer }) => [quoted(reason), `was with ${claimer}`].filter(Boolean).join(", "),
  reclaimed: ({ reason, claimer }) => `${quoted(reason)}, was with ${claimer}`,
  crashed: ({ error }) => quoted(error),
  abandoned: ({ error, last_words }) =>
    [error ? quoted(error) : "exited 0 without completing or blocking", quoted(last_words)].filter(Boolean).join(": "),
  rate_limited: ({ until }) => `tried again after ${instant(until)}`,
  unavailable: ({ kind, key, error }) => `${kind} ${quoted(key)}: ${quoted(error)}`,
  held: ({ kind, key, reason, until }) =>
    `${kind} ${quoted(key)}${until === null ? "" : ` until ${instant(until)}`}: ${quoted(reason)}`,
  released: ({ kind, key, by }) => `${kind} ${quoted(key)} by ${quoted(by)}`,
  timed_out: ({ elapsed_seconds, limit_seconds, silent, error }) =>
    quoted(error) ||
    `after ${span(elapsed_seconds)}${silent ? " without a sign of life" : ""}, the limit was ${span(limit_seconds)}`,
  spawn_failed: ({ error }) => quoted(error),
  gave_up: ({ error, failures }) => `after ${failures} failures: ${quoted(error)}`,
  stranded: ({ assignee, meant }) =>
    `no profile named "${assignee}"${meant === null ? "" : `; did you mean "${meant}"?`}`,
  adopted: ({ pid }) => `pid ${pid}`,
};

/** What an event says beyond its kind, cleaned. */
export function detailOf(event: Event): string {
  const words = DETAILS[event.kind] as (payload: Event["payload"]) => string;
  return oneLine(words(event.payload));
}

const KIND_STYLE: Partial<Record<EventKind, keyof Paint>> = {
  completed: "green",
  approved: "green",
  claimed: "yellow",
  spawned: "yellow",
  blocked: "red",
  asked_again: "red",
  gave_up: "red",
  crashed: "red",
  abandoned: "red",
  timed_out: "red",
  spawn_failed: "red",
  stranded: "red",
  rate_limited: "magenta",
  unavailable: "magenta",
  held: "red",
  released: "green",
  review_requested: "magenta",
  changes_requested: "magenta",
  promoted: "cyan",
  created: "cyan",
};

/** An event's run, kind and words, as cells of a table. */
export function eventCells(event: Event, style: Paint): [run: Cell, kind: Cell, words: Cell] {
  const look = KIND_STYLE[event.kind];
  return [
    { text: event.run_id === null ? "" : `run ${event.run_id}`, style: style.dim },
    { text: event.kind, style: look === undefined ? undefined : style[look] },
    { text: [detailOf(event), `(${oneLine(event.actor)})`].filter(Boolean).join(" ") },
  ];
}

/** Width of the longest kind, so that lines that come one by one stand in columns. */
export const KIND_WIDTH = Math.max(...Object.keys(EVENT_KINDS).map((kind) => kind.length));
const RUN_WIDTH = 7;
const WORDS_MIN = 16;

/**
 * One event as a line of a stream, with its task; columns stand still from line to line.
 *
 * @param setting.at When, as the reader wants to see it.
 * @param setting.width The terminal's: title and words share what the other columns leave.
 */
export function eventLine(
  event: Event,
  { at, title, style, width }: { at: string; title: string; style: Paint; width: number },
): string {
  const [run, kind, words] = eventCells(event, style);
  const room = width - (at.length + event.task_id.length + KIND_WIDTH + RUN_WIDTH + 5 * 2);
  const titleWidth = Math.max(12, Math.min(28, room - 2 * WORDS_MIN));
  const name = truncate(oneLine(title), titleWidth);
  const { style: look = (same: string) => same } = kind;
  const cells = [
    style.dim(at),
    event.task_id,
    name + " ".repeat(titleWidth - Bun.stringWidth(name)),
    look(kind.text.padEnd(KIND_WIDTH)),
    style.dim(run.text.padEnd(RUN_WIDTH)),
  ];
  return `${cells.join("  ")}  ${truncate(words.text, Math.max(WORDS_MIN, room - titleWidth))}`.trimEnd();
}
