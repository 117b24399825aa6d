/**
 * The text of a notification: one line that begins with `@assignee`, made of an event and its task.
 *
 * What was written by others (titles, reasons, errors) is flattened to one line without control
 * characters: it may end in a terminal, and it must not look like more than one message.
 *
 * @module
 */
import {
  type Event,
  type EventKind,
  type EventPayloads,
  firstLine,
  type Task,
  type TerminalKind,
} from "../kernel/mod.ts";
import { count, oneLine, span } from "../text.ts";

/** Longest parts of a text, in characters. */
const SUMMARY_MAX = 200;
const RESULT_MAX = 160;
const REASON_MAX = 160;
const ERROR_MAX = 200;
const WORDS_MAX = 200;

const WORDS: { readonly [K in TerminalKind]: (payload: EventPayloads[K], task: Task) => string } = {
  completed: (payload, task) => joined(`completed ${named(task)}`, outcomeOf(payload, task)),
  review_requested: (payload, task) => joined(`asks for a review of ${named(task)}`, outcomeOf(payload, task)),
  blocked: ({ reason }, task) => joined(`is blocked on ${named(task)}`, oneLine(reason ?? "", REASON_MAX)),
  asked_again: ({ reason, times }, task) =>
    joined(
      `asked the same about ${named(task)} ${times} times, it is in triage until a person decides`,
      oneLine(reason, REASON_MAX),
    ),
  gave_up: ({ error, failures, last_words }, task) =>
    joined(
      `gave up on ${named(task)} after ${count(failures, "failure")}`,
      oneLine(error, ERROR_MAX),
      wordsOf(last_words),
    ),
  mentioned: ({ author, text }, task) =>
    joined(`was mentioned by ${oneLine(author, ERROR_MAX)} in ${named(task)}`, oneLine(text, REASON_MAX)),
  stranded: ({ assignee, meant }, task) =>
    joined(
      `is no profile, so nothing starts ${named(task)}`,
      meant === null
        ? ""
        : `did you mean "${oneLine(meant, REASON_MAX)}" instead of "${oneLine(assignee, REASON_MAX)}"?`,
    ),
  crashed: (payload, task) => joined(`crashed on ${named(task)}`, causeOfCrash(payload), retryOf(task)),
  abandoned: ({ error, last_words }, task) =>
    joined(
      `stopped working on ${named(task)}`,
      oneLine(error ?? "exited without completing or blocking it", ERROR_MAX),
      [wordsOf(last_words), retryOf(task)].filter(Boolean).join(" "),
    ),
  held: ({ kind, key, reason, until }, task) =>
    joined(
      `cannot continue with ${named(task)}`,
      `${kind} ${oneLine(key, REASON_MAX)}: ${oneLine(reason, ERROR_MAX)}`,
      until === null
        ? `No task of it is started until that changes, or: kanban release ${oneLine(key, REASON_MAX)}`
        : "It is retried automatically.",
    ),
  timed_out: ({ elapsed_seconds, limit_seconds, silent, error }, task) =>
    joined(
      silent ? `fell silent on ${named(task)}` : `ran out of time on ${named(task)}`,
      oneLine(error ?? "", ERROR_MAX) ||
        `${span(elapsed_seconds)} passed${silent ? " without a sign of life" : ""}, the limit is ${span(limit_seconds)}`,
      retryOf(task),
    ),
};

/** Whether a kind has a text. */
export function isCovered(kind: EventKind): kind is TerminalKind {
  return Object.hasOwn(WORDS, kind);
}

/**
 * The text for an event, with the current state of its task.
 *
 * @throws {TypeError} for a kind that no subscription covers.
 */
export function messageOf(event: Event, task: Task): string {
  if (!isCovered(event.kind)) throw new TypeError(`Cannot make a message of an event: no text for "${event.kind}"`);
  const words = WORDS[event.kind] as (payload: Event["payload"], task: Task) => string;
  const whom = event.kind === "mentioned" ? event.payload.person : (task.assignee ?? "unassigned");
  return `@${oneLine(whom, ERROR_MAX)} ${words(event.payload, task)}`;
}

/**
 * The first line of the summary. A completion without a summary has its result there, which is cut to what fits.
 */
function outcomeOf({ summary }: EventPayloads["completed"], { result }: Task): string {
  if (summary === null) return oneLine(result ?? "", RESULT_MAX);
  const isResult = result !== null && firstLine(result) === summary;
  return isResult ? oneLine(result, RESULT_MAX) : oneLine(summary, SUMMARY_MAX);
}

function causeOfCrash({ error, exit_code, signal }: EventPayloads["crashed"]): string {
  const ended = signal === null ? `exit code ${exit_code ?? "unknown"}` : `killed by ${signal}`;
  return oneLine(error, ERROR_MAX) || ended;
}

/** Whether the task is retried: a failure leads back to ready, but people may have decided otherwise since. */
function retryOf({ status }: Task): string {
  return status === "ready" || status === "running"
    ? "It will be retried."
    : `It will not be retried: the task is ${status}.`;
}

function named({ title, id }: Task): string {
  return `"${oneLine(title, 500)}" (${id})`;
}

/** What the agent said last, as a sentence. */
function wordsOf(words: string | undefined): string {
  const said = oneLine(words ?? "", WORDS_MAX);
  return said === "" ? "" : `Its last words: “${said}”.`;
}

/** `head: detail`, then a sentence of its own. */
function joined(head: string, detail: string, sentence = ""): string {
  const told = detail === "" ? head : `${head}: ${detail}`;
  if (sentence === "") return told;
  return /[.!?…]$/.test(told) ? `${told} ${sentence}` : `${told}. ${sentence}`;
}
