import { describe, expect, test } from "bun:test";
import { FILLERS, filled, largeTask } from "../../testing/large_task.ts";
import { testBoard } from "../../testing/mod.ts";
import {
  addComment,
  type Board,
  buildContext,
  claimTask,
  completeTask,
  createTask,
  type FieldPart,
  listComments,
  listRuns,
  READ_BYTES,
  readField,
  reclaimTask,
  taskEvents,
  write,
} from "../mod.ts";

/** The text between the marks of a part, after the words about who wrote it. */
function quotedIn(part: FieldPart): string {
  const text = (part as { text: string }).text;
  return /\[(\S+) begin [^\n]*\]\n(?:from: [^\n]*\n\n)?([\s\S]*)\n\[\1 end\]$/.exec(text)![2]!;
}

/** Reads a field to its end; every part within the budget. */
function readAll(board: Board, id: string, field: string, form: "text" | "json" = "text"): FieldPart[] {
  const parts: FieldPart[] = [];
  for (let from: number | undefined = 0; from !== undefined; from = parts.at(-1)!.next?.from) {
    const part = readField(board, id, { field, from, form });
    const bytes = "text" in part && form === "text" ? part.text : JSON.stringify(part);
    expect(Buffer.byteLength(bytes)).toBeLessThanOrEqual(READ_BYTES);
    parts.push(part);
  }
  return parts;
}

describe("readField()", () => {
  test.each(Object.entries(FILLERS))("gives a long text of %s part by part, nothing lost", (_, filler) => {
    const t = testBoard();
    const { id } = t.ready({ body: filled(filler, 200_000) });

    for (const form of ["text", "json"] as const) {
      const parts = readAll(t.board, id, "body", form);
      expect(parts.length).toBeGreaterThan(3);
      expect(parts.map(quotedIn).join("")).toBe(filled(filler, 200_000));
    }
  });

  test("continues exactly where a context was cut", () => {
    const t = testBoard();
    const text = filled(FILLERS["emoji"]!, 20_000);
    const { id } = t.ready({ body: text });
    const context = buildContext(t.board, id, { boundary: "MARK" });
    const shown = /\[MARK begin body\]\n([\s\S]*?)\n… \d+ bytes omitted …\n/.exec(context)![1]!;
    const [, field, from] = /"field": "(\w+)", "from": (\d+)\}/.exec(context)!;

    const part = readField(t.board, id, { field: field!, from: Number(from) });

    expect(shown + quotedIn(part)).toBe(text);
    expect(part.next).toBeNull();
  });

  test("an offset inside a character begins with that character", () => {
    const t = testBoard();
    const { id } = t.ready({ body: "aé🗂b" });

    for (const [from, text] of [
      [1, "é🗂b"],
      [2, "é🗂b"],
      [3, "🗂b"],
      [6, "🗂b"],
      [7, "b"],
    ] as const) {
      expect(quotedIn(readField(t.board, id, { field: "body", from }))).toBe(text);
    }
  });

  test("reads every text there is: of comments, attempts, parents and events", () => {
    const t = testBoard();
    const parent = t.ready();
    completeTask(t.board, parent.id, { summary: "sum", result: "product", metadata: { n: 1 } });
    const { id } = t.ready({ parents: [parent.id], body: "the text" });
    const { run } = claimTask(t.board, id, { claimer: "coder" });
    reclaimTask(t.board, id, { reason: "too slow" });
    const comment = addComment(t.board, id, { body: "hello", author: "boss" });
    const event = taskEvents(t.board, id).find(({ kind }) => kind === "claimed")!;
    const read = (field: string) => quotedIn(readField(t.board, id, { field }));

    expect(read("body")).toBe("the text");
    expect(read(`comment:${comment.id}`)).toBe("hello");
    expect(readField(t.board, id, { field: `comment:${comment.id}` })).toMatchObject({
      text: expect.stringContaining("from: boss\n\nhello"),
    });
    expect(read(`attempt:${run.id}`)).toBe("error:\ntoo slow");
    expect(read(`attempt:${run.id}.error`)).toBe("too slow");
    expect(read(`parent:${parent.id}`)).toBe('summary:\nsum\n\nmetadata:\n{"n":1}\n\nresult:\nproduct');
    expect(read(`parent:${parent.id.slice(0, 6)}.result`)).toBe("product");
    expect(JSON.parse(read(`event:${event.id}`))).toEqual(event.payload);
  });

  test("refuses what there is not, by name", () => {
    const t = testBoard();
    const other = t.ready();
    const note = addComment(t.board, other.id, { body: "of another" });
    const { id } = t.ready({ body: "text" });

    for (const field of ["", "secrets", "attempt:x", "comment:1.body", "attempt:1.pid", "body.x"]) {
      t.refused(() => readField(t.board, id, { field }), "invalid", "Cannot use field: it must be one of body, result");
    }
    for (const field of ["result", "attempt:99", `comment:${note.id}`, `parent:${other.id}`, "event:99"]) {
      t.refused(() => readField(t.board, id, { field }), "not_found", `Cannot read ${field} of ${id}: it has none`);
    }
    t.refused(() => readField(t.board, id, { field: "body", from: 4 }), "invalid", "less than its 4 bytes, got 4");
    t.refused(() => readField(t.board, id, { field: "body", from: -1 }), "invalid", "from");
    t.refused(() => readField(t.board, "t_00000000", { field: "body" }), "not_found");
  });

  test("lists page by page, each within the budget, every entry once, newest first", () => {
    const { board } = testBoard();
    const id = largeTask(board, FILLERS["emoji"]!, { children: 300 });
    const idsOf = (field: string) =>
      readAll(board, id, field).flatMap((part) => ("entries" in part ? part.entries.map((entry) => entry["id"]) : []));

    expect(idsOf("comments")).toEqual(
      listComments(board, id, { limit: 1e9 })
        .map((entry) => entry.id)
        .reverse(),
    );
    expect(idsOf("runs")).toEqual(
      listRuns(board, id)
        .map((entry) => entry.id)
        .reverse(),
    );
    expect(idsOf("events")).toEqual(
      taskEvents(board, id, { limit: 1e9 })
        .map((entry) => entry.id)
        .reverse(),
    );
    expect(idsOf("parents")).toHaveLength(6);
    expect(new Set(idsOf("children")).size).toBe(300);
  });

  test("an entry with a long text names the call for the whole; relatives are id, title, status, first line", () => {
    const t = testBoard();
    const { id } = t.ready();
    const long = addComment(t.board, id, { body: "x".repeat(1_000) });
    addComment(t.board, id, { body: "short" });
    const child = createTask(t.board, { title: "child", body: "line one\nline two", parents: [id] }).task;

    const comments = readField(t.board, id, { field: "comments", call: (...words) => words.join(" ") });
    const children = readField(t.board, id, { field: "children" });

    const at = { created_at: t.clock.ms, created_at_iso: "2026-01-01T00:00:00.000Z" };
    expect(comments).toMatchObject({ from: 0, to: 2, total: 2, next: null });
    expect((comments as { entries: object[] }).entries).toEqual([
      { id: long.id + 1, author: "ann", via: null, ...at, body: "short" },
      {
        ...{ id: long.id, author: "ann", via: null, ...at, rest: `${id} comment:${long.id} 0` },
        body: `${"x".repeat(600)}\n… 400 bytes omitted …`,
      },
    ]);
    expect((children as { entries: object[] }).entries).toEqual([
      { id: child.id, title: "child", status: "todo", first_line: "line one" },
    ]);
  });

  test("of 5,000 children a page costs no more than its rows", () => {
    const t = testBoard();
    const { id } = t.ready();
    write(t.board, () => {
      for (let i = 0; i < 5_000; i++) createTask(t.board, { title: `child ${i}`, parents: [id] });
    });

    const part = readField(t.board, id, { field: "children", from: 4_990 });

    expect(part).toMatchObject({ from: 4_990, to: 5_000, total: 5_000, next: null });
  });
});
