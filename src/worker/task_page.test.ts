import { describe, expect, test } from "bun:test";
import { addComment, completeTask, getTask, type JsonObject, READ_BYTES, READ_BYTES_MIN } from "../kernel/mod.ts";
import { FILLERS, LARGE, largeTask } from "../testing/large_task.ts";
import { testBoard } from "../testing/mod.ts";
import { pageOf } from "./task_page.ts";
import { queue } from "../testing/worker_tools.ts";
import { callTool, toolsFor } from "./toolset.ts";

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

/** The reply as an agent gets it. */
function shown(board: Parameters<typeof pageOf>[0], id: string, bytes?: number): JsonObject {
  const context = { board, worker: null, who: "ann", queue, ...(bytes === undefined ? {} : { bytes }) };
  const { ok, reply } = callTool(toolsFor(null, { orchestrator: true }), () => context, "kanban_show", { task_id: id });
  expect(ok).toBe(true);
  return reply;
}

describe("the page of a task", () => {
  test("is its context, its plain row, and how long its lists are", () => {
    const { board, ready } = testBoard();
    const parent = ready({ body: "the parent's text" });
    completeTask(board, parent.id, { summary: "made it" });
    const { id } = ready({ body: "the text", parents: [parent.id], skills: ["git"] });
    addComment(board, id, { body: "a comment" });

    const page = pageOf(board, id.slice(0, 6), { queue }) as JsonObject;

    const { body: _, result: __, last_error: ___, ...row } = getTask(board, id);
    expect(Object.keys(page)).toEqual(["worker_context", "task", "lists"]);
    expect(page["task"]).toEqual({ ...row, waits_for: null } as never);
    expect(page["lists"]).toEqual({ comments: 1, runs: 0, events: 2, parents: 1, children: 0 });
    for (const text of ["the text", "made it", "a comment"]) {
      expect(JSON.stringify(page).split(text)).toHaveLength(2);
    }
  });

  test("names every instant in ISO 8601 too [E1]", () => {
    const { board, ready } = testBoard();

    const { task } = shown(board, ready().id) as { task: JsonObject };

    const instants = Object.entries(task).filter(([name, value]) => name.endsWith("_at") && value !== null);
    expect(instants.map(([name]) => name)).toEqual(["created_at", "ready_at"]);
    for (const [name] of instants) expect(task[`${name}_iso`]).toBe("2026-01-01T00:00:00.000Z");
  });

  test.each(Object.entries(FILLERS))(
    "of the largest task, made of %s, stays within budget and row [E1]",
    (_, filler) => {
      const { board } = testBoard();
      const id = largeTask(board, filler, { children: filler === FILLERS["plain text"] ? LARGE.children : 10 });

      for (const bytes of [undefined, READ_BYTES_MIN, 128 * 1024]) {
        expect(bytesOf(shown(board, id, bytes))).toBeLessThanOrEqual((bytes ?? READ_BYTES) + 4 * 1024);
      }
      const { lists } = shown(board, id) as { lists: JsonObject };
      expect(lists).toMatchObject({ comments: LARGE.comments, runs: LARGE.attempts, parents: LARGE.parents });
    },
  );

  test("whose names are as long as they may be stays within budget and row", () => {
    const { board, ready } = testBoard();
    const long = (n: number) => "🗂".repeat(n);
    const skills = Array.from({ length: 100 }, (_, i) => `skill-${i}-`.padEnd(64, "x"));
    const { id } = ready({
      ...{ title: long(500), assignee: long(200), tenant: long(200), created_by: long(200), skills },
      ...{ workspace_kind: "dir", workspace_path: `/${'"'.repeat(100_000)}`, idempotency_key: long(200) },
    });

    const page = shown(board, id);

    expect(bytesOf(page)).toBeLessThanOrEqual(READ_BYTES + 4 * 1024);
    expect(bytesOf({ ...page, worker_context: "" })).toBeLessThanOrEqual(4 * 1024);
    expect(page["task"]).toMatchObject({
      id,
      skills_omitted: 92,
      title: expect.stringMatching(/^🗂+ … \d+ bytes omitted …$/u),
    });
  });

  test("can be one field, from any byte on", () => {
    const { board, ready } = testBoard();
    const { id } = ready({ body: "abcdef" });

    expect(pageOf(board, id, { queue, field: "body", from: 3 })).toMatchObject({
      ...{ task_id: id, field: "body", from: 3, to: 6, bytes: 6, next: null },
      text: expect.stringMatching(/ begin body, from byte 3 of 6\]\ndef\n\[\S+ end\]$/),
    });
  });
});

test("says what a task waits for [F4]", () => {
  const { board, ready } = testBoard();
  const { id } = ready();

  const page = pageOf(board, id, { queue: () => ({ ...queue(), dispatcher: "none" }) }) as JsonObject;

  expect(page["task"]).toMatchObject({
    waits_for: { kind: "dispatcher", words: "a dispatcher: none is running" },
  } as never);
});
