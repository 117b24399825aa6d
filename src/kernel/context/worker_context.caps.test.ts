import { describe, expect, test } from "bun:test";
import { inStatus } from "../../testing/kernel.ts";
import { testBoard } from "../../testing/mod.ts";
import {
  addComment,
  blockTask,
  buildContext,
  completeTask,
  CONTEXT_LIMITS,
  linkTasks,
  moveTask,
  reclaimTask,
  unblockTask,
} from "../mod.ts";

/** A budget in which everything has room, so that the maximum of each part is what counts. */
const MARK = { boundary: "MARK", budget: 1024 * 1024 };
const KIB = 1_024;

/** The texts between the fences, by what they are. */
function fenced(context: string): Record<string, string> {
  const blocks = [...context.matchAll(/^\[MARK begin (.*)\]\n([\s\S]*?)\n\[MARK end\]$/gm)];
  return Object.fromEntries(blocks.map(([, what, text]) => [what!, text!]));
}

describe("caps", () => {
  test("1,000 attempts and 1,000 comments stay bounded; the newest are kept under their own numbers", () => {
    const t = testBoard();
    const { id } = t.ready({ body: "b".repeat(100 * KIB) });
    for (let i = 1; i <= 1_000; i++) {
      blockTask(t.board, id, { reason: `reason ${i} ${"r".repeat(5 * KIB)}` });
      unblockTask(t.board, id);
    }

    const context = buildContext(t.board, id, MARK);

    const attempts = [...context.matchAll(/^### Attempt (\d+): blocked/gm)].map(([, n]) => Number(n));
    expect(attempts).toEqual([991, 992, 993, 994, 995, 996, 997, 998, 999, 1_000]);
    expect(context).toContain("… 990 earlier attempts omitted …");
    expect(context).toContain("… 970 earlier comments omitted …");
    expect(context.match(/begin comment, /g)!.length).toBe(20);
    expect(context.match(/^\(comment, .*: what attempt \d+ asked, see there\)$/gm)!.length).toBe(10);
    expect(fenced(context)["summary of attempt 1000"]).toStartWith("reason 1000 rrr");
    expect(context.length).toBeLessThan((8 + 10 * 4 + 30 * 2) * KIB + 10_000);
  });

  test.each<[string, number, (text: string) => string]>([
    [
      "body",
      8 * KIB,
      (text) => {
        const t = testBoard();
        return buildContext(t.board, t.ready({ body: text }).id, MARK);
      },
    ],
    [
      "comment",
      2 * KIB,
      (text) => {
        const t = testBoard();
        const { id } = t.ready();
        addComment(t.board, id, { body: text });
        return buildContext(t.board, id, MARK);
      },
    ],
    [
      "summary",
      4 * KIB,
      (text) => {
        const t = testBoard();
        const { id } = t.ready();
        completeTask(t.board, id, { summary: text });
        return buildContext(t.board, id, MARK);
      },
    ],
    [
      "metadata",
      4 * KIB,
      (text) => {
        const t = testBoard();
        const { id } = t.ready();
        completeTask(t.board, id, { metadata: { text } });
        return buildContext(t.board, id, MARK);
      },
    ],
    [
      "error",
      4 * KIB,
      (text) => {
        const t = testBoard();
        const { id } = inStatus(t, "running");
        reclaimTask(t.board, id, { reason: text });
        return buildContext(t.board, id, MARK);
      },
    ],
    [
      "result",
      4 * KIB,
      (text) => {
        const t = testBoard();
        const parent = t.ready();
        completeTask(t.board, parent.id);
        t.board.db.run("INSERT INTO task_results SELECT key, ? FROM tasks", [text]);
        return buildContext(t.board, t.ready({ parents: [parent.id] }).id, MARK);
      },
    ],
  ])("a %s is cut after %i bytes, between characters, with a visible marker", (field, bytes, context) => {
    const text = "🗂".repeat(bytes / 4) + "é".repeat(100);

    const [shown] = Object.entries(fenced(context(text)))
      .filter(([what]) => what.startsWith(field))
      .map(([, value]) => value.replace(/^from: ann\n\n/, ""));

    const [kept, marker] = shown!.split("\n");
    const size = Buffer.byteLength(kept!);
    expect(size).toBeLessThanOrEqual(bytes);
    expect(size).toBeGreaterThan(bytes - 4);
    expect(kept).not.toContain("\ufffd");
    expect(marker).toMatch(/^… \d+ bytes omitted …$/);
  });

  test("exactly as much as fits is shown whole, and a single entry left out is said", () => {
    const t = testBoard();
    const parents = Array.from({ length: 31 }, () => t.done({ assignee: "writer" }));
    const { id } = t.ready({ body: "b".repeat(8 * KIB), parents: parents.map((parent) => parent.id) });
    for (let i = 0; i < 31; i++) addComment(t.board, id, { body: "c".repeat(2 * KIB) });

    const context = buildContext(t.board, id, MARK);

    expect(fenced(context)["body"]).toBe("b".repeat(8 * KIB));
    expect(context).not.toContain("bytes omitted");
    expect(context).toContain("… 1 earlier comments omitted …");
    expect(fenced(context)["earlier parents, first line of each"]).toBe(`- ${parents[0]!.id}: did Translate README`);
  });

  test("a path and a list of skills without end stay bounded too, with the same marker", () => {
    const t = testBoard();
    const skills = Array.from({ length: 20_000 }, (_, i) => `skill-${i}`);
    const path = `/${"p".repeat(100 * KIB)}`;
    const { id } = t.ready({ workspace_kind: "dir", workspace_path: path, skills });

    const context = buildContext(t.board, id, MARK);

    expect(context).toContain(`\nworkspace: dir ${path.slice(0, 4 * KIB)} … ${96 * KIB + 1} bytes omitted …\n`);
    expect(context).toContain(`- skills: ${skills.slice(0, 50).join(", ")}, … 19950 skills omitted …\n`);
    expect(context.length).toBeLessThan(10_000);
  });

  test("30 parents in full, the others as id and first line; the newest are kept in full", () => {
    const t = testBoard();
    const parents = Array.from({ length: 40 }, (_, i) => t.ready({ title: `p${i}` }));
    for (const [i, parent] of parents.entries()) {
      t.clock.ms += 1_000;
      completeTask(t.board, parent.id, { summary: `line one of ${i}\nline two` });
    }
    const { id } = t.ready({ parents: parents.map((parent) => parent.id) });

    const context = buildContext(t.board, id, MARK);

    expect(context.match(/begin summary of/g)!.length).toBe(CONTEXT_LIMITS.parents);
    const brief = fenced(context)["earlier parents, first line of each"]!.split("\n");
    expect(brief).toEqual(parents.slice(0, 10).map((parent, i) => `- ${parent.id}: line one of ${i}`));
    expect(fenced(context)[`summary of ${parents[39]!.id}`]).toBe("line one of 39\nline two");
  });

  test("1,000 parents stay bounded, and say how many are left out", () => {
    const t = testBoard();
    const { id } = t.ready();
    for (let i = 0; i < 1_000; i++) linkTasks(t.board, t.ready().id, id);

    const context = buildContext(t.board, id, MARK);

    expect(context).toContain("… 470 earlier parents omitted …");
    expect(context.length).toBeLessThan(100 * KIB);
  });

  test("five of the assignee's recent works, the newest", () => {
    const t = testBoard();
    for (let i = 0; i < 8; i++) t.done({ title: `work ${i}` });
    t.done({ title: "of another", assignee: "writer" });
    const again = t.done({ title: "again and again" });
    for (let i = 0; i < 3; i++) {
      moveTask(t.board, again.id, "ready");
      completeTask(t.board, again.id, { summary: `time ${i}` });
    }
    const { id } = t.ready();

    const works = fenced(buildContext(t.board, id, MARK))["recent work"]!;

    expect([...works.matchAll(/"(.*?)"/g)].map(([, title]) => title)).toEqual([
      "work 4",
      "work 5",
      "work 6",
      "work 7",
      "again and again",
    ]);
    expect(works).toContain(": time 2");
  });
});
