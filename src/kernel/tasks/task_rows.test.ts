import { expect, test } from "bun:test";
import { testBoard } from "../../testing/mod.ts";
import { blockTask, claimTask, completeTask, getRun, getTask } from "../mod.ts";

// Claims and ends build what they return from what they wrote: it has to be what reading it again gives.
test("what a claim returns is what is stored", () => {
  const { board, ready } = testBoard();
  const { id } = ready({ skills: ["typescript"], max_runtime_seconds: 60, current_step_key: "build" });

  const { task, run } = claimTask(board, id, { claimer: "coder", boot_id: "boot", ttlSeconds: 90 });

  expect(task).toEqual(getTask(board, id));
  expect(run).toEqual(getRun(board, run.id)!);
});

test.each(["complete", "submit", "block", "block by a person"])("what %s returns is what is stored", (how) => {
  const { board, ready } = testBoard();
  const { id } = ready({ review: how === "submit", body: "text" });
  const runId = how.endsWith("person") ? undefined : claimTask(board, id, { claimer: "coder" }).run.id;

  const task = how.startsWith("block")
    ? blockTask(board, id, { runId, reason: "which one?" })
    : completeTask(board, id, { runId, summary: "done", result: "42" });

  expect(task).toEqual(getTask(board, id));
});
