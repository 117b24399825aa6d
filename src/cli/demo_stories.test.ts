import { describe, expect, test } from "bun:test";
import { buildContext, claimTask, completeTask, getTask, type Task } from "../kernel/mod.ts";
import { testBoard } from "../testing/mod.ts";
import { judge, type Placed, placeStories, STORIES } from "./demo_stories.ts";

function complete(board: ReturnType<typeof testBoard>["board"], { id }: Pick<Task, "id">, summary: string): void {
  const { run } = claimTask(board, id, { claimer: "worker" });
  completeTask(board, id, { runId: run.id, summary });
}

describe("the stories of the demo", () => {
  test("stand on the board with their dependencies, tenants and priorities", () => {
    const { board } = testBoard();

    const placed = placeStories(board);

    const tasks = placed.map(({ id }) => getTask(board, id));
    expect(STORIES.map(({ name }) => name)).toEqual(["Solo developer", "Fleet", "Pipeline with retry", "Failure"]);
    expect(new Set(tasks.map(({ tenant }) => tenant))).toEqual(new Set(["auth-project", "content-ops", "ops"]));
    expect(tasks.filter(({ status }) => status === "todo")).toHaveLength(4);
    expect(new Set(tasks.map(({ priority }) => priority)).size).toBeGreaterThan(2);
    expect(placed.filter(({ story }) => story === "Fleet")).toHaveLength(12);
  });

  test("the second worker's context shows the handoff of the first", () => {
    const { board } = testBoard();
    const [design, implement] = placeStories(board) as [Placed, Placed];

    complete(board, design, "users and sessions");

    expect(getTask(board, implement.id).status).toBe("ready");
    expect(buildContext(board, implement.id)).toContain("users and sessions");
  });

  test("an ending that is not the planned one is named", () => {
    const { board } = testBoard();
    const placed = placeStories(board);
    const untold = judge(board, placed);

    complete(board, placed[0]!, "done");

    expect(untold).toHaveLength(2 * placed.length);
    expect(judge(board, placed)).toHaveLength(2 * placed.length - 2);
    expect(untold[0]).toBe(`${placed[0]!.id} "${placed[0]!.title}": it must end done, it is ready`);
  });

  test("a pace stretches and shortens every sleep", () => {
    const { board } = testBoard();

    const [first] = placeStories(board, 0.1) as [Placed];

    const lengths = [...getTask(board, first.id).body!.matchAll(/sleep (\d+)ms/g)].map(([, ms]) => Number(ms));
    const written = [...first.body!.matchAll(/sleep (\d+)ms/g)].map(([, ms]) => Number(ms));
    expect(lengths).toEqual(written.map((ms) => ms / 10));
  });
});
