import { describe, expect, test } from "bun:test";
import { testBoard } from "../../testing/mod.ts";
import {
  addComment,
  asWorker,
  blockTask,
  claimTask,
  getTask,
  listRuns,
  listComments,
  moveTask,
  unblockTask,
  underRun,
  waitingFor,
} from "../mod.ts";

function setup() {
  const t = testBoard();
  const { id } = t.ready();
  /** Its worker asks. */
  const ask = (reason: string) => {
    const { run } = claimTask(t.board, id, { claimer: "dispatcher", boot_id: null });
    return blockTask(t.board, id, { runId: run.id, reason });
  };
  /** An agent answers in the name of a person. */
  const answer = () => unblockTask(t.board, id, { comment: "See the wiki", author: "ann", via: "agent" });
  return { ...t, id, ask, answer };
}

describe("a question that comes again", () => {
  test("the third time without a person between leads to triage, with an event and everything that was said [F8]", () => {
    const { board, id, ask, answer, kinds } = setup();
    ask("Which key? A or B");
    answer();
    ask("which key?   A, or B!");
    answer();

    const task = ask("Which key? A or B");

    expect(task).toMatchObject({ status: "triage", asked: 3, current_run_id: null });
    expect(kinds(id).slice(-2)).toEqual(["claimed", "asked_again"]);
    expect(listRuns(board, id).at(-1)).toMatchObject({ outcome: "blocked", summary: "Which key? A or B" });
    expect(listComments(board, id).at(-1)!.body).toBe("BLOCKED: Which key? A or B");
    const words = waitingFor(board, [task], () => expect.unreachable()).get(id)?.words;
    expect(words).toBe("a person: it asked the same question 3 times, and the answers of agents did not help");
  });

  test("an agent cannot release it from there, a person can, and the count is reset", () => {
    const { board, id, ask, answer, refused } = setup();
    for (let i = 0; i < 2; i++) {
      ask("A or B?");
      answer();
    }
    ask("A or B?");

    refused(answer, "conflict", "it must be blocked, it is in triage");
    moveTask(board, id, "ready");

    expect(getTask(board, id).asked).toBe(0);
    expect(ask("A or B?")).toMatchObject({ status: "blocked", asked: 1 });
  });

  test.each([
    ["lets it go on", (t: ReturnType<typeof setup>) => unblockTask(t.board, t.id)],
    ["comments", (t: ReturnType<typeof setup>) => (addComment(t.board, t.id, { body: "B" }), t.answer())],
  ])("blocks it as often as it likes while a person %s", (_, act) => {
    const t = setup();
    for (let i = 0; i < 5; i++) {
      expect(t.ask("A or B?").status).toBe("blocked");
      act(t);
    }
  });

  test("another question is another question", () => {
    const { ask, answer } = setup();
    const asked = ["A or B?", "A or B?", "C or D?", "A or B?"].map((question) => {
      const task = ask(question);
      answer();
      return [task.status, task.asked];
    });

    expect(asked).toEqual([
      ["blocked", 1],
      ["blocked", 2],
      ["blocked", 1],
      ["blocked", 1],
    ]);
  });

  test("a worker that may unblock and comment is no person", () => {
    const t = setup();
    const other = claimTask(t.board, t.ready().id, { claimer: "dispatcher", may: ["unblock"] });
    const me = { taskId: other.task.id, runId: other.run.id };
    const board = asWorker(t.board, "coder");
    for (let i = 0; i < 2; i++) {
      t.ask("A or B?");
      underRun(board, me, "comment", [t.id], () => addComment(board, t.id, { body: "B", via: "coder" }));
      underRun(board, me, "unblock", [t.id], () => unblockTask(board, t.id, { comment: "B" }));
    }

    expect(t.ask("A or B?").status).toBe("triage");
  });

  test("a person who blocks a task by hand asks as often as it takes", () => {
    const { board, id, answer } = setup();
    for (let i = 0; i < 4; i++) {
      expect(blockTask(board, id, { reason: "A or B?" }).status).toBe("blocked");
      answer();
    }
  });
});
