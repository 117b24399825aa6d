import { expect, test } from "bun:test";
import { EPOCH, testBoard } from "../../testing/mod.ts";
import { inStatus } from "../../testing/kernel.ts";
import { asActor, boardState, completeTask, heartbeat, setPaused } from "../mod.ts";

test("a board begins unpaused, and says who paused it since when", () => {
  const { board, clock } = testBoard();
  expect(boardState(board)).toEqual({ paused: false, paused_by: null, paused_at: null });
  clock.ms += 5_000;

  expect(setPaused(asActor(board, "boss"), true)).toEqual({
    paused: true,
    paused_by: "boss",
    paused_at: EPOCH + 5_000,
  });
  expect(setPaused(board, false)).toEqual({ paused: false, paused_by: null, paused_at: null });
});

test("pausing a paused board keeps who did it first", () => {
  const { board, clock } = testBoard();
  setPaused(asActor(board, "boss"), true);
  clock.ms += 5_000;

  expect(setPaused(board, true)).toEqual({ paused: true, paused_by: "boss", paused_at: EPOCH });
});

test("running work continues while the board is paused", () => {
  const t = testBoard();
  const { id } = inStatus(t, "running");
  setPaused(t.board, true);

  expect(heartbeat(t.board, id, { runId: 1 }).status).toBe("running");
  expect(completeTask(t.board, id, { runId: 1 }).status).toBe("done");
});
