import { describe, expect, test } from "bun:test";
import { FILLERS, largeTask } from "../../testing/large_task.ts";
import { testBoard } from "../../testing/mod.ts";
import { addComment, boundedPage, showTask, wholeText } from "../mod.ts";

const KIB = 1024;
const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

describe("boundedPage()", () => {
  test("of a page that fits is the page", () => {
    const t = testBoard();
    const page = showTask(t.board, t.ready({ body: "b".repeat(10_000) }).id);

    expect(boundedPage(page, 128 * KIB)).toEqual({ page, cut: new Set() });
    expect(boundedPage(page, 128 * KIB).page).toBe(page);
  });

  test.each(Object.entries(FILLERS))(
    "fits the largest task, made of %s, and says what is not whole [E1]",
    (_, filler) => {
      const { board } = testBoard();
      const id = largeTask(board, filler, { children: 200 });
      const whole = showTask(board, id);
      const before = bytesOf(whole);

      for (const bytes of [128 * KIB, 512 * KIB, 2 * KIB * KIB]) {
        const { page, cut } = boundedPage(whole, bytes);
        expect(bytesOf(page)).toBeLessThanOrEqual(bytes);
        expect(page.task.title).toBe(whole.task.title);
        for (const comment of page.comments) {
          const uncut = wholeText(board, id, `comment:${comment.id}`) === comment.body;
          expect(uncut).toBe(!cut.has(`comment:${comment.id}`));
        }
      }
      expect(bytesOf(whole)).toBe(before);
    },
  );

  test("cuts what is worth least first: the body is whole while a comment can give way", () => {
    const t = testBoard();
    const { id } = t.ready({ body: "b".repeat(60_000) });
    const comment = addComment(t.board, id, { body: "c".repeat(100_000) });

    const { page, cut } = boundedPage(showTask(t.board, id), 100_000);

    expect([...cut]).toEqual([`comment:${comment.id}`]);
    expect(page.task.body).toHaveLength(60_000);
    expect(page.comments[0]!.body).toMatch(/^c+ … \d+ bytes omitted …$/);
  });
});
