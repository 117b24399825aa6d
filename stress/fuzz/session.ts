/**
 * A board and its model side by side: does one operation on both and compares everything.
 *
 * After each step the answers are equal or the refusals are (code, and what the message says it
 * found), the events are the same ones, every task reads the same, no invariant is broken, and a
 * refusal has left not a byte of a trace.
 *
 * @module
 */
import {
  asActor,
  type Board,
  closeBoard,
  eventsAfter,
  KanbanError,
  type Kept,
  latestEventId,
  listComments,
  listRuns,
  listTasks,
  openBoard,
} from "../../src/kernel/mod.ts";
import { forget, violations } from "../invariants.ts";
import { emptyBoard, type ModelBoard, Refused, runsOf, view } from "../model/board.ts";
import { listed } from "../model/queries.ts";
import { type Act, actOf } from "./apply.ts";
import { fingerprint } from "./fingerprint.ts";
import type { Op } from "./ops.ts";

type Outcome = { answer: unknown } | { refused: string; message: string };

/** Where the clock of every session begins. */
const START = Date.UTC(2026, 0, 1);

export class Session {
  readonly model: ModelBoard = emptyBoard(START);
  readonly board: Board;
  steps = 0;
  refusals = 0;
  #lastEvent = 0;
  #seenEvents = 0;
  #bytes: number | bigint;

  constructor() {
    this.board = openBoard(":memory:", { now: () => this.model.now, actor: "nobody" });
    this.#bytes = fingerprint(this.board.db);
  }

  /** Does one operation on both sides; throws with every difference in words. */
  step(op: Op): void {
    const { model } = this;
    if (op.op === "clock") model.now += op.ms;
    model.actor = op.by;
    const act = actOf(op, asActor(this.board, op.by), model);
    const actual = real(act);
    const expected = modelled(act, actual);
    this.steps++;
    const wrong = [...answersDiffer(actual, expected), ...this.#traces(op, act, expected), ...this.#stateDiffers()];
    if (wrong.length > 0) throw new Error(`${op.op} by ${op.by}\n  ${wrong.join("\n  ")}`);
  }

  /** The last, thorough look: runs, comments and every rule that reads the whole file. */
  finish(): void {
    const { board, model } = this;
    const wrong = violations(board.db, { deep: true, collected: model.collected.size > 0 });
    for (const task of model.tasks) {
      wrong.push(...differ(`runs of ${task.id}`, listRuns(board, task.id), runsOf(model, task)));
      const comments = model.comments.filter((each) => each.task_id === task.id);
      wrong.push(...differ(`comments of ${task.id}`, listComments(board, task.id, { limit: 1_000 }), comments));
    }
    if (wrong.length > 0) throw new Error(`at the end\n  ${wrong.join("\n  ")}`);
  }

  close(): void {
    forget(this.board.db);
    closeBoard(this.board);
  }

  /** A refusal, and a look, leave every byte as it was. */
  #traces(op: Op, act: Act, expected: Outcome): string[] {
    const before = this.#bytes;
    this.#bytes = fingerprint(this.board.db);
    if ("refused" in expected) this.refusals++;
    const mayWrite = !("refused" in expected || op.op === "look" || op.op === "clock") || act.traces;
    return mayWrite || this.#bytes === before ? [] : ["the call was refused, but the board's file changed"];
  }

  #stateDiffers(): string[] {
    const { board, model } = this;
    const events = eventsAfter(board, this.#lastEvent).map(({ id: _, ...event }) => sorted(told(event)));
    const fresh = model.events.slice(this.#seenEvents).map(sorted);
    const last = latestEventId(board);
    const grew = last < this.#lastEvent ? [`event ids went back from ${this.#lastEvent} to ${last}`] : [];
    this.#lastEvent = last;
    this.#seenEvents = model.events.length;
    const touched = new Set(fresh.map((event) => event.task_id));
    return [
      ...grew,
      ...differ("events", events, fresh),
      ...differ(
        "tasks",
        listTasks(board, { archived: true }),
        listed(model.tasks).map((task) => view(model, task)),
      ),
      ...[...touched].flatMap((id) => {
        const expected = model.runs.filter((run) => run.task_id === id);
        return differ(`runs of ${id}`, listRuns(board, id), expected);
      }),
      ...violations(board.db, { collected: model.collected.size > 0 }),
    ];
  }
}

/** An event without what it keeps for an undo: whether that is right shows in the undo. */
function told<E extends { payload: unknown }>(event: E): E {
  const { was: _was, act: _act, undoes: _undoes, worker: _worker, ...payload } = event.payload as Kept & object;
  return { ...event, payload };
}

/** The order in which an event lists the changed fields means nothing. */
function sorted<E extends { kind: string; payload: unknown }>(event: E): E {
  if (event.kind !== "edited") return event;
  return { ...event, payload: { fields: [...(event.payload as { fields: string[] }).fields].sort() } };
}

function real(act: Act): Outcome {
  try {
    return { answer: act.actual() };
  } catch (error) {
    if (!(error instanceof KanbanError)) throw error;
    return { refused: error.code, message: error.message };
  }
}

function modelled(act: Act, actual: Outcome): Outcome {
  try {
    return { answer: act.expected("answer" in actual ? actual.answer : undefined) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { refused: error.code, message: error.found ?? "" };
  }
}

function answersDiffer(actual: Outcome, expected: Outcome): string[] {
  if ("answer" in actual && "answer" in expected) return differ("the answer", actual.answer, expected.answer);
  if ("refused" in actual && "refused" in expected) {
    if (actual.refused === expected.refused && names(actual, expected.message)) return [];
  }
  const say = (outcome: Outcome) =>
    "refused" in outcome ? `refuse (${outcome.refused}) "${outcome.message}"` : `answer ${brief(outcome.answer)}`;
  return [`it must ${say(expected)}`, `it did ${say(actual)}`];
}

/** A conflict ends with what it found; an unknown id is named. */
function names({ refused, message }: { refused: string; message: string }, found: string): boolean {
  return refused === "conflict" ? message.endsWith(found) : message.includes(found);
}

/** The first places in which two values differ, as paths. */
export function differ(what: string, actual: unknown, expected: unknown): string[] {
  if (Bun.deepEquals(actual, expected)) return [];
  const places: string[] = [];
  compare(what, actual, expected, places);
  return places.length > 0 ? places.slice(0, 6) : [`${what}: ${brief(actual)} instead of ${brief(expected)}`];
}

function compare(path: string, actual: unknown, expected: unknown, places: string[]): void {
  if (Bun.deepEquals(actual, expected)) return;
  if (isObject(actual) && isObject(expected) && Array.isArray(actual) === Array.isArray(expected)) {
    for (const key of new Set([...Object.keys(actual), ...Object.keys(expected)])) {
      compare(`${path}.${key}`, actual[key], expected[key], places);
    }
  } else places.push(`${path} is ${brief(actual)}, it must be ${brief(expected)}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? "undefined";
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
