import { describe, expect, test } from "bun:test";
import { blockTask, claimTask, completeTask, type Event, taskEvents, type Task } from "../kernel/mod.ts";
import { testBoard } from "../testing/mod.ts";
import { isCovered, messageOf } from "./message.ts";

const { board, ready } = testBoard();
const base = ready();
const named = `"Translate README" (${base.id})`;

/** An event of `kind` on a task of "coder" that is ready, unless said otherwise. */
function said(kind: Event["kind"], payload: object, task: Partial<Task> = {}): string {
  const event = { id: 7, task_id: base.id, run_id: 1, kind, actor: "ann", payload, created_at: 0 } as Event;
  return messageOf(event, { ...base, ...task });
}
const completed = (summary: string | null, result: string | null = null) =>
  said("completed", { summary, result_len: result?.length ?? 0 }, { status: "done", result });
const crash = { pid: 1, exit_code: 3, signal: null, log_tail: "secret log", error: "exit code 3: no disk" };

describe("messageOf()", () => {
  test("completed: title and first line of the summary", () => {
    expect(completed("two tables, all tests pass")).toBe(`@coder completed ${named}: two tables, all tests pass`);
  });

  test("completed: the summary has at most 200 characters, the last of them an ellipsis", () => {
    const exact = "s".repeat(200);
    expect(completed(exact)).toBe(`@coder completed ${named}: ${exact}`);
    expect(completed(`${exact}s`)).toBe(`@coder completed ${named}: ${"s".repeat(199)}…`);
    // Characters, not code units: none is cut in two.
    expect(completed("😀".repeat(300))).toBe(`@coder completed ${named}: ${"😀".repeat(199)}…`);
  });

  test("completed without a summary: the result, at most 160 characters", () => {
    const task = ready({ title: "Count words" });
    const { run } = claimTask(board, task.id, { claimer: "worker" });
    const done = completeTask(board, task.id, { runId: run.id, result: `4711 words\n${"w".repeat(400)}` });
    const event = taskEvents(board, task.id).at(-1)!;

    const text = messageOf(event, done);

    const head = `@coder completed "Count words" (${task.id}): `;
    expect(text.startsWith(`${head}4711 words www`)).toBe(true);
    expect([...text.slice(head.length)].length).toBe(160);
    expect(text.endsWith("…")).toBe(true);
  });

  test("completed with a summary and a result: the summary", () => {
    expect(completed("did it", "the whole text")).toBe(`@coder completed ${named}: did it`);
  });

  test("completed with nothing: the title alone", () => {
    expect(completed(null)).toBe(`@coder completed ${named}`);
  });

  test("review_requested asks for a review", () => {
    expect(said("review_requested", { summary: "please look", result_len: 0 }, { status: "review" })).toBe(
      `@coder asks for a review of ${named}: please look`,
    );
  });

  test("a run that left no handoff: why, and its last words [C2]", () => {
    const last_words = "All done,\nwrote report.md";
    const left = { pid: 1, exit_code: 0, log_tail: "secret log", error: "left without a word", last_words };
    const words = "Its last words: “All done, wrote report.md”.";
    expect(said("abandoned", left)).toBe(
      `@coder stopped working on ${named}: left without a word. ${words} It will be retried.`,
    );
    expect(said("gave_up", { error: "no disk", failures: 2, last_words }, { status: "blocked" })).toBe(
      `@coder gave up on ${named} after 2 failures: no disk. ${words}`,
    );
    const limit = { pid: 1, elapsed_seconds: 61, limit_seconds: 60, sigkill: false };
    expect(said("timed_out", { ...limit, error: "ran for 61 s, while retrying: 401" })).toBe(
      `@coder ran out of time on ${named}: ran for 61 s, while retrying: 401. It will be retried.`,
    );
  });

  test("mentioned: to whom it is written, by whom, and the line", () => {
    const payload = { person: "ann", author: "bob", text: "@ann, is it true?" };

    expect(said("mentioned", payload)).toBe(`@ann was mentioned by bob in ${named}: @ann, is it true?`);
  });

  test("stranded: which profile was probably meant [F3]", () => {
    expect(said("stranded", { assignee: "codr", meant: "coder" })).toBe(
      `@coder is no profile, so nothing starts ${named}: did you mean "coder" instead of "codr"?`,
    );
    expect(said("stranded", { assignee: "codr", meant: null })).toBe(
      `@coder is no profile, so nothing starts ${named}`,
    );
  });

  test("asked_again: how often, and that a person has to look [F8]", () => {
    expect(said("asked_again", { reason: "which database?", times: 3 })).toBe(
      `@coder asked the same about ${named} 3 times, it is in triage until a person decides: which database?`,
    );
  });

  test("blocked: the reason, at most 160 characters", () => {
    expect(said("blocked", { reason: "which database?" })).toBe(`@coder is blocked on ${named}: which database?`);
    expect(said("blocked", { reason: "r".repeat(161) })).toBe(`@coder is blocked on ${named}: ${"r".repeat(159)}…`);
    expect(said("blocked", { reason: null })).toBe(`@coder is blocked on ${named}`);
  });

  test("gave_up: the error, at most 200 characters", () => {
    expect(said("gave_up", { error: "no such program", failures: 5 })).toBe(
      `@coder gave up on ${named} after 5 failures: no such program`,
    );
    expect(said("gave_up", { error: "e".repeat(201), failures: 1 })).toBe(
      `@coder gave up on ${named} after 1 failure: ${"e".repeat(199)}…`,
    );
  });

  test("crashed: the cause, and whether it will be retried; never the log", () => {
    expect(said("crashed", crash)).toBe(`@coder crashed on ${named}: exit code 3: no disk. It will be retried.`);
    expect(said("crashed", { ...crash, error: "", signal: "SIGKILL" }, { status: "running" })).toBe(
      `@coder crashed on ${named}: killed by SIGKILL. It will be retried.`,
    );
    expect(said("crashed", crash, { status: "archived" })).toBe(
      `@coder crashed on ${named}: exit code 3: no disk. It will not be retried: the task is archived.`,
    );
  });

  test("a silent worker that counted as a failure says so [K1]", () => {
    expect(
      said("timed_out", { pid: 1, elapsed_seconds: 3_660, limit_seconds: 3_600, sigkill: false, silent: true }),
    ).toBe(
      `@coder fell silent on ${named}: 1h 01m passed without a sign of life, the limit is 1h. It will be retried.`,
    );
  });

  test("abandoned and timed_out: the cause, and whether it will be retried", () => {
    expect(said("abandoned", { pid: 1, exit_code: 0, log_tail: "" })).toBe(
      `@coder stopped working on ${named}: exited without completing or blocking it. It will be retried.`,
    );
    expect(
      said(
        "timed_out",
        { pid: 1, elapsed_seconds: 1_865, limit_seconds: 1_800, sigkill: false },
        { status: "blocked" },
      ),
    ).toBe(
      `@coder ran out of time on ${named}: 31m 05s passed, the limit is 30m. It will not be retried: the task is blocked.`,
    );
  });

  test("held: what is held and why, and what ends it", () => {
    const account = { kind: "account", key: "claude:KEY:1", reason: "HTTP 401" } as const;

    expect(said("held", { ...account, until: null })).toBe(
      `@coder cannot continue with ${named}: account claude:KEY:1: HTTP 401. ` +
        "No task of it is started until that changes, or: kanban release claude:KEY:1",
    );
    expect(said("held", { ...account, until: 1 })).toEndWith("HTTP 401. It is retried automatically.");
  });

  test("begins with @ also when the task is unassigned", () => {
    expect(said("blocked", { reason: "x" }, { assignee: null })).toBe(`@unassigned is blocked on ${named}: x`);
  });

  test("is one line without anything that a terminal obeys", () => {
    const nasty = '\x1b]0;title\x07\x1b[31mred\x1b[0m\r\n\u202e"evil\u0000\x9b\u2028next';
    expect(said("blocked", { reason: nasty }, { title: nasty, assignee: nasty })).toBe(
      `@red "evil next is blocked on "red "evil next" (${base.id}): red "evil next`,
    );
  });

  test("has no text for a kind that no subscription covers", () => {
    expect(isCovered("claimed")).toBe(false);
    expect(() => said("claimed", {})).toThrow(TypeError);
  });

  test("is made of a real block as it is of any", () => {
    const task = ready();
    blockTask(board, task.id, { reason: "which\ndatabase?" });

    expect(messageOf(taskEvents(board, task.id).at(-1)!, task)).toBe(
      `@coder is blocked on "Translate README" (${task.id}): which database?`,
    );
  });
});
