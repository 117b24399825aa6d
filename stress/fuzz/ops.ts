/**
 * The operations of a fuzz run, and how fast-check makes them up.
 *
 * An operation is plain data: tasks are named by number (modulo how many there are), runs by their
 * part in the story ("open", "over", "other's"), so that a sequence still means something after its
 * first half was shrunk away.
 *
 * @module
 */
import fc from "fast-check";

/** -1 is a task that never existed. */
export type TaskRef = number;
/** Which run a caller says it works under: none (a person), the newest of the task, its first, or a strange one. */
export type RunRef = "none" | "newest" | "first" | "strange";

export interface Fields {
  title?: string;
  body?: string | null;
  tenant?: string | null;
  priority?: number;
  review?: boolean;
  /** From now, in milliseconds; may lie in the past. */
  start?: number | null;
  max_runtime_seconds?: number | null;
  skills?: string[];
  current_step_key?: string | null;
}

export type Op = { by: string } & (
  | {
      op: "create";
      fields: Fields;
      title: string;
      assignee: string | null;
      parents: TaskRef[];
      triage: boolean;
      key: string | null;
      from: TaskRef | null;
      created_by: string | null;
    }
  | { op: "edit"; task: TaskRef; fields: Fields }
  | { op: "assign"; task: TaskRef; assignee: string | null }
  | { op: "comment"; task: TaskRef; body: string; author: string | null }
  | { op: "link" | "unlink"; parent: TaskRef; child: TaskRef }
  | { op: "claim"; task: TaskRef; ttl: number | null; profile: string | null }
  | { op: "claim_next"; assignee: string | null; ttl: number }
  | { op: "claim_for_worker"; max_running: number | null; max_workers: number; limit: number | null }
  | { op: "heartbeat"; task: TaskRef; run: RunRef; note: string | null }
  | { op: "complete"; task: TaskRef; run: RunRef; summary: string | null; result: string | null; metadata: boolean }
  | { op: "complete_and_next"; task: TaskRef; run: RunRef; summary: string | null }
  | { op: "block"; task: TaskRef; run: RunRef; reason: string | null }
  | { op: "unblock"; task: TaskRef; answer: string | null }
  | { op: "approve" | "archive" | "restore"; task: TaskRef }
  | { op: "request_changes"; task: TaskRef; reason: string }
  | { op: "move"; task: TaskRef; to: string }
  | { op: "stop" | "reclaim"; task: TaskRef; run: RunRef; reason: string | null }
  | {
      op: "fail";
      task: TaskRef;
      run: Exclude<RunRef, "none">;
      kind: "crashed" | "abandoned" | "timed_out" | "spawn_failed";
      limit: number;
    }
  | { op: "unavailable"; task: TaskRef; run: Exclude<RunRef, "none"> }
  | { op: "release" }
  | { op: "rate_limit"; task: TaskRef; run: Exclude<RunRef, "none"> }
  | { op: "spawned" | "adopted"; task: TaskRef; run: Exclude<RunRef, "none">; pid: number }
  | { op: "gone"; task: TaskRef; run: Exclude<RunRef, "none">; exit: number | null }
  | { op: "renew" | "expire" | "promote_due" }
  | {
      op: "patch";
      task: TaskRef;
      status: string | null;
      fields: Fields;
      assignee: string | null | undefined;
      summary: string | null | undefined;
      block_reason: string | null | undefined;
    }
  | { op: "pause"; paused: boolean }
  | { op: "collect"; retention: number }
  | { op: "clock"; ms: number }
  | { op: "look"; at: "stats" | "queue" | "columns" | "lists" | "task" | "dispatch" | "undo"; task: TaskRef }
);

const PEOPLE = ["ann", "bob", "dashboard"];
const PROFILES = ["coder", "tester", "Zoë"];
const WORDS = ["done", "two lines\nhere", "naïve 🗂 text", "x".repeat(300), "it's; DROP TABLE tasks"];

/** `nil`, but one time in seven a value of the arbitrary. */
const rarely = <T, N>(arbitrary: fc.Arbitrary<T>, nil: N) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(nil) }, { weight: 1, arbitrary });
const by = fc.constantFrom(...PEOPLE);
const task = fc.oneof({ weight: 30, arbitrary: fc.nat({ max: 11 }) }, { weight: 1, arbitrary: fc.constant(-1) });
const run: fc.Arbitrary<RunRef> = fc.constantFrom("none", "newest", "newest", "newest", "first", "strange");
const ownRun = fc.constantFrom("newest", "newest", "newest", "first", "strange") as fc.Arbitrary<
  Exclude<RunRef, "none">
>;
const assignee = fc.constantFrom(...PROFILES, null);
const words = fc.constantFrom(...WORDS);
const maybeWords = fc.option(words, { freq: 2 });
const person = rarely(by, null);

const FIELDS = {
  body: maybeWords,
  tenant: fc.constantFrom("acme", "Ünïcorp", null),
  priority: fc.integer({ min: -1, max: 3 }),
  review: fc.boolean(),
  start: fc.constantFrom(null, null, null, -1_000, 0, 5_000, 3_600_000),
  max_runtime_seconds: fc.constantFrom(null, 0, 30),
  skills: fc.constantFrom<string[]>([], ["lint"], ["lint", " lint", "a.b-c"]),
  current_step_key: fc.constantFrom(null, "draft"),
};
const TITLE = fc.constantFrom("Translate README", " padded ", "   ", "Übersetzen");
const fields = fc.record(FIELDS, { requiredKeys: [] }) as fc.Arbitrary<Fields>;
const titled = fc.record({ title: TITLE, ...FIELDS }, { requiredKeys: [] }) as fc.Arbitrary<Fields>;
const ttl = fc.constantFrom(1, 60, 900);

function op<K extends Op["op"]>(name: K, shape: { [field: string]: fc.Arbitrary<unknown> } = {}): fc.Arbitrary<Op> {
  return fc.record({ op: fc.constant(name), by, ...shape }) as unknown as fc.Arbitrary<Op>;
}

const create = op("create", {
  fields,
  title: fc.oneof({ weight: 20, arbitrary: fc.constantFrom("A", "B", "two\nlines") }, { weight: 1, arbitrary: TITLE }),
  assignee,
  parents: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 2, arbitrary: fc.array(task, { maxLength: 3 }) },
  ),
  triage: fc.constantFrom(false, false, false, false, false, false, true),
  key: rarely(fc.constantFrom("k1", "k2", "k3"), null),
  from: rarely(task, null),
  created_by: person,
});

/** Each kind of operation with how often it comes. */
const WEIGHTED: [number, fc.Arbitrary<Op>][] = [
  [14, create],
  [5, op("edit", { task, fields: titled })],
  [3, op("assign", { task, assignee })],
  [2, op("comment", { task, body: fc.constantFrom(...WORDS, "  "), author: person })],
  [6, op("link", { parent: task, child: task })],
  [3, op("unlink", { parent: task, child: task })],
  [12, op("claim", { task, ttl: fc.option(ttl), profile: fc.option(fc.constantFrom(...PROFILES)) })],
  [3, op("claim_next", { assignee, ttl })],
  [
    7,
    op("claim_for_worker", {
      max_running: fc.constantFrom(1, 2, null),
      max_workers: fc.nat({ max: 5 }),
      limit: fc.constantFrom(null, 0, 20),
    }),
  ],
  [3, op("heartbeat", { task, run, note: maybeWords })],
  [12, op("complete", { task, run, summary: maybeWords, result: maybeWords, metadata: fc.boolean() })],
  [3, op("complete_and_next", { task, run, summary: maybeWords })],
  [5, op("block", { task, run, reason: maybeWords })],
  [3, op("unblock", { task, answer: maybeWords })],
  [2, op("approve", { task })],
  [1, op("archive", { task })],
  [2, op("restore", { task })],
  [2, op("request_changes", { task, reason: fc.constantFrom("shorter, please", "") })],
  [
    9,
    op("move", {
      task,
      to: fc.constantFrom(
        "triage",
        "todo",
        "ready",
        "ready",
        "ready",
        "ready",
        "running",
        "review",
        "blocked",
        "done",
        "archived",
      ),
    }),
  ],
  [2, op("stop", { task, run, reason: maybeWords })],
  [3, op("reclaim", { task, run, reason: maybeWords })],
  [
    6,
    op("fail", {
      task,
      run: ownRun,
      kind: fc.constantFrom("crashed", "abandoned", "timed_out", "spawn_failed"),
      limit: fc.constantFrom(1, 2, 3),
    }),
  ],
  [2, op("rate_limit", { task, run: ownRun })],
  [2, op("unavailable", { task, run: ownRun })],
  [2, op("release")],
  [3, op("spawned", { task, run: ownRun, pid: fc.integer({ min: 2, max: 9_999 }) })],
  [1, op("adopted", { task, run: ownRun, pid: fc.integer({ min: 2, max: 9_999 }) })],
  [4, op("gone", { task, run: ownRun, exit: fc.constantFrom(null, 0, 1) })],
  [1, op("renew")],
  [3, op("expire")],
  [3, op("promote_due")],
  [
    8,
    op("patch", {
      task,
      status: fc.option(
        fc.constantFrom("triage", "todo", "ready", "running", "blocked", "done", "archived", "review"),
        { freq: 5 },
      ),
      fields: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 2, arbitrary: titled }),
      assignee: fc.constantFrom(undefined, undefined, ...PROFILES, null),
      summary: rarely(fc.constantFrom(null, ...WORDS.slice(0, 2)), undefined),
      block_reason: rarely(fc.constantFrom(null, "which key?"), undefined),
    }),
  ],
  [1, op("pause", { paused: fc.constantFrom(true, false, false) })],
  [1, op("collect", { retention: fc.constantFrom(0, 5_000, 3_600_000) })],
  [6, op("clock", { ms: fc.constantFrom(1, 999, 1_000, 5_000, 61_000, 901_000, 3_600_000, -2_000, -86_400_000) })],
  [8, op("look", { at: fc.constantFrom("stats", "queue", "columns", "lists", "task", "dispatch", "undo"), task })],
];

/** One random operation. */
export const anyOp: fc.Arbitrary<Op> = fc.oneof(...WEIGHTED.map(([weight, arbitrary]) => ({ weight, arbitrary })));
