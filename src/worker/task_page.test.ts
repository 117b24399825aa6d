import { expect, test } from "bun:test";
import { addComment, claimTask, completeTask, createTask, getTask, linkTasks, moveTask } from "../kernel/mod.ts";
import { testBoard } from "../testing/mod.ts";
import { pageOf } from "./task_page.ts";
import { queue } from "../testing/worker_tools.ts";

/** What is asserted of a page. */
interface Page {
  task: { body: string; result: string };
  parents: { body: string }[];
  comments: { body: string }[];
  runs: { summary: string; metadata: object }[];
  events: unknown[];
  worker_context: string;
}

const MEGABYTE = "x".repeat(1024 * 1024);

test("a page of small things is all of them", () => {
  const { board, ready } = testBoard();
  const parent = ready({ body: "the parent's text" });
  const { id } = ready({ body: "the text", parents: [] });
  linkTasks(board, parent.id, id);
  addComment(board, id, { body: "a comment" });
  moveTask(board, id, "ready");
  const { run } = claimTask(board, id, { claimer: "ann" });
  completeTask(board, id, { runId: run.id, summary: "done", metadata: { files: ["a", "b"], deep: { n: 1 } } });

  const page = pageOf(board, id.slice(0, 6), queue) as Page;

  expect(page.task).toEqual({ ...getTask(board, id), waits_for: null } as never);
  expect(page.parents).toEqual([getTask(board, parent.id)] as never);
  expect(page.comments).toMatchObject([{ body: "a comment" }]);
  expect(page.runs).toMatchObject([{ summary: "done", metadata: { files: ["a", "b"], deep: { n: 1 } } }]);
  expect(Object.keys(page).sort()).toEqual([
    "children",
    "comments",
    "events",
    "parents",
    "runs",
    "task",
    "worker_context",
  ]);
});

test("the task comes whole; what is long beside it is cut, and says so", () => {
  const { board, ready } = testBoard();
  const { id } = ready({ body: MEGABYTE });
  for (let i = 0; i < 3; i++) {
    const { run } = claimTask(board, id, { claimer: "ann" });
    completeTask(board, id, {
      runId: run.id,
      summary: MEGABYTE,
      result: "short",
      metadata: { log: MEGABYTE.slice(100) },
    });
    addComment(board, id, { body: MEGABYTE });
    createTask(board, { title: "child", body: MEGABYTE, parents: [id] });
    if (i < 2) moveTask(board, id, "ready");
  }

  const page = pageOf(board, id, queue) as Page;

  expect(page.task.body).toBe(MEGABYTE);
  expect(page.runs[0]!.summary).toBe(`${"x".repeat(4_096)}\n… 1044480 bytes omitted …`);
  expect(page.runs[0]!.metadata).toEqual({ omitted: "… 1048486 bytes omitted …" });
  expect(page.comments[0]!.body).toEndWith("\n… 1046528 bytes omitted …");
  const { task: _, ...beside } = page;
  expect(JSON.stringify(beside).length).toBeLessThan(150_000);
});

test("says what a task waits for", () => {
  const { board, ready } = testBoard();
  const { id } = ready();

  const page = pageOf(board, id, () => ({ ...queue(), dispatcher: "none" })) as Page;

  expect(page.task).toMatchObject({ waits_for: { kind: "dispatcher", words: "a dispatcher: none runs" } } as never);
});
