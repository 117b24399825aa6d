import { expect, test } from "bun:test";
import { type Event, EVENT_KINDS, type EventPayloads } from "../../kernel/mod.ts";
import { detailOf, eventCells, eventLine, KIND_WIDTH } from "./event_line.ts";
import { paint } from "./format.ts";

const UNTIL = Date.UTC(2026, 0, 1);
const SAMPLES: { [K in keyof EventPayloads]: [payload: EventPayloads[K], words: string] } = {
  created: [
    { assignee: "coder", status: "todo", parents: ["t_a", "t_b"], tenant: null, skills: [] },
    "todo, for coder, after t_a, t_b",
  ],
  promoted: [{}, "nothing left to wait for"],
  claimed: [{ claimer: "ann@host:1", expires_at: UNTIL }, "by ann@host:1, lease ends 2026-01-01T00:00:00Z"],
  completed: [{ result_len: 0, summary: "all\nfine" }, "all fine"],
  review_requested: [{ result_len: 0, summary: null }, ""],
  changes_requested: [{ reason: "no header" }, "no header"],
  approved: [{}, ""],
  blocked: [{ reason: "Which \x1b[31mkey?" }, "Which key?"],
  stranded: [{ assignee: "rev\x1b[1mewer", meant: "reviewer" }, 'no profile named "revewer"; did you mean "reviewer"?'],
  mentioned: [{ person: "ann", author: "b\x1b[1mob", text: "@ann look" }, "@ann by bob: @ann look"],
  asked_again: [{ reason: "Which \x1b[31mkey?", times: 3 }, "to triage, the same question 3 times: Which key?"],
  unblocked: [{ status: "ready" }, "now ready"],
  restored: [{ status: "todo" }, "now todo"],
  undone: [{ from: "done", status: "ready" }, "done → ready"],
  archived: [{ from: "done" }, "was done"],
  reopened: [{ from: "done", status: "ready" }, "done → ready"],
  assigned: [{ assignee: null }, "to nobody"],
  edited: [{ fields: ["title", "body"] }, "title, body"],
  reprioritized: [{ priority: 4 }, "P0"],
  status: [{ from: "ready", status: "todo" }, "ready → todo"],
  linked: [{ parent: "t_a", child: "t_b" }, "t_a → t_b"],
  unlinked: [{ parent: "t_a", child: "t_b" }, "t_a → t_b"],
  commented: [{ author: "zed", len: 3 }, "by zed, 3 characters"],
  scheduled: [{ not_before: null }, "at any time"],
  spawned: [{ pid: 7 }, "pid 7"],
  heartbeat: [{ note: "half way" }, "half way"],
  stopped: [{ reason: "wrong branch", claimer: "coder@host" }, "wrong branch, was with coder@host"],
  reclaimed: [{ reason: "lease ran out", claimer: "ann" }, "lease ran out, was with ann"],
  crashed: [{ pid: 1, exit_code: 3, signal: null, log_tail: "x", error: "exit code 3" }, "exit code 3"],
  abandoned: [{ pid: 1, exit_code: 0, log_tail: "" }, "exited 0 without completing or blocking"],
  rate_limited: [{ until: UNTIL }, "tried again after 2026-01-01T00:00:00Z"],
  unavailable: [{ kind: "account", key: "ann", error: "401" }, "account ann: 401"],
  held: [{ kind: "account", key: "ann", reason: "401", until: UNTIL }, "account ann until 2026-01-01T00:00:00Z: 401"],
  released: [{ kind: "account", key: "ann", by: "probe" }, "account ann by probe"],
  timed_out: [{ pid: 1, elapsed_seconds: 125, limit_seconds: 120, sigkill: false }, "after 2m 05s, the limit was 2m"],
  spawn_failed: [{ error: "no such program", failures: 1 }, "no such program"],
  gave_up: [{ error: "exit code 3", failures: 5 }, "after 5 failures: exit code 3"],
  adopted: [{ pid: 7 }, "pid 7"],
};

const eventOf = (kind: string, payload: unknown): Event =>
  ({ id: 1, task_id: "t_0000000a", run_id: 3, kind, actor: "ann", payload, created_at: 0 }) as Event;

test.each(Object.entries(SAMPLES))("%s is told in words", (kind, [payload, words]) => {
  expect(detailOf(eventOf(kind, payload))).toBe(words);
});

test("there is a sample of every kind", () => {
  expect(Object.keys(SAMPLES).sort()).toEqual(Object.keys(EVENT_KINDS).sort());
});

test("the cells are run, kind, and words with the actor", () => {
  const cells = eventCells(eventOf("spawned", { pid: 7 }), paint({ color: false }));
  expect(cells.map(({ text }) => text)).toEqual(["run 3", "spawned", "pid 7 (ann)"]);
  expect(KIND_WIDTH).toBe("changes_requested".length);
});

test("a line of a stream keeps its columns, and to its width", () => {
  const style = paint({ color: false });
  const lineOf = (title: string, width: number) =>
    eventLine(eventOf("blocked", { reason: "why ".repeat(20) }), { at: "12:00:00", title, style, width });
  const lines = [
    lineOf("short", 120),
    lineOf("漢字漢字漢字漢字漢字漢字漢字漢字漢字", 120),
    lineOf("e\u0301\x1b[31m", 120),
  ];
  expect(lines.map((line) => Bun.stringWidth(line.slice(0, line.indexOf("blocked"))))).toEqual([52, 52, 52]);
  expect(lines.every((line) => Bun.stringWidth(line) <= 120)).toBe(true);
  for (const width of [80, 90, 100]) {
    expect(Bun.stringWidth(lineOf("a title that is longer than its column", width))).toBeLessThanOrEqual(width);
  }
  expect(lineOf("short", Infinity)).toEndWith("why (ann)");
});
