import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { FILLERS, largeTask } from "../../testing/large_task.ts";
import { testBoard } from "../../testing/mod.ts";
import {
  addComment,
  buildContext,
  claimTask,
  completeTask,
  READ_BYTES,
  READ_BYTES_MIN,
  reclaimTask,
  recordWorktree,
  setWorkspacePath,
} from "../mod.ts";

const MARK = { boundary: "MARK" };
const KIB = 1024;

/** The texts between the marks, by what they are. */
function fenced(context: string): Record<string, string> {
  const blocks = [...context.matchAll(/^\[MARK begin (.*)\]\n([\s\S]*?)\n\[MARK end\]$/gm)];
  return Object.fromEntries(blocks.map(([, what, text]) => [what!, text!]));
}

const jsonBytes = (text: string) => Buffer.byteLength(JSON.stringify(text)) - 2;

describe("the budget of a context", () => {
  test.each(Object.entries(FILLERS))("holds for the largest task, made of %s, in both forms [E1]", (_, filler) => {
    const { board } = testBoard();
    const id = largeTask(board, filler, { children: 0 });

    for (const budget of [READ_BYTES_MIN, READ_BYTES, 200 * KIB]) {
      const text = buildContext(board, id, { ...MARK, budget });
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(budget);
      const json = buildContext(board, id, { ...MARK, budget, form: "json" });
      expect(jsonBytes(json)).toBeLessThanOrEqual(budget);
    }
    expect(READ_BYTES).toBe(48 * KIB);
    expect(Buffer.byteLength(buildContext(board, id))).toBeGreaterThan(0.9 * READ_BYTES);
    expect(jsonBytes(buildContext(board, id, { form: "json" }))).toBeGreaterThan(0.9 * READ_BYTES);
  });

  test("is spent by worth: the most valuable is there and long, the rest is named with its call", () => {
    const { board } = testBoard();
    const id = largeTask(board, FILLERS["plain text"]!, { children: 0 });

    const context = buildContext(board, id, MARK);
    const texts = fenced(context);
    const length = (what: string) => Buffer.byteLength(texts[what] ?? "");

    expect(length("body")).toBeGreaterThan(8 * KIB - 100);
    const decision = /\nfrom: boss\n\n(decision comment 100 .*)\n… \d+ bytes omitted …\n/.exec(context)![1]!;
    expect(Buffer.byteLength(decision)).toBeGreaterThan(2 * KIB - 100);
    const handoffs = Object.entries(texts).filter(([what]) => /^summary of t_/.test(what));
    expect(handoffs.map(([, text]) => text.slice(0, 9))).toEqual([0, 1, 2, 3, 4, 5].map((i) => `handoff ${i}`));
    for (const [, text] of handoffs) expect(Buffer.byteLength(text)).toBeGreaterThan(3 * KIB);
    expect(length("summary of attempt 60")).toBeGreaterThan(2 * KIB);
    expect(context).toContain(`The rest: kanban_show {"task_id": "${id}", "field": "body", "from": 8`);
    expect(context).toMatch(
      /^… \d+ earlier attempts omitted …\nThe rest: kanban_show \{.*"field": "runs", "from": \d+\}$/m,
    );
    expect(context).toMatch(/^… \d+ earlier comments omitted …\nThe rest: kanban_show \{.*"field": "comments"/m);
    expect(context).toMatch(/\(left out: .*metadata.*; kanban_show \{"task_id": "t_\w+", "field": "parent:t_\w+"\}\)/);
  });

  test("every cut text is followed by the call from exactly where it was cut", () => {
    const { board } = testBoard();
    const id = largeTask(board, FILLERS["CJK"]!, { children: 0 });

    const context = buildContext(board, id, MARK);

    const cuts = [...context.matchAll(/\n… (\d+) bytes omitted …\n\[MARK end\]\nThe rest: (.*)$/gm)];
    expect(cuts.length).toBe(context.match(/\n… \d+ bytes omitted …\n/g)!.length);
    expect(cuts.length).toBeGreaterThan(8);
    const body = cuts.find(([, , call]) => call!.includes('"body"'))!;
    const from = Number(/"from": (\d+)/.exec(body[2]!)![1]);
    expect(from + Number(body[1])).toBe(Buffer.byteLength(filledBody()));
    expect(Buffer.from(filledBody()).subarray(0, from).toString()).toBe(
      fenced(context)["body"]!.replace(/\n… .*$/, ""),
    );

    function filledBody(): string {
      return board.db
        .query<{ body: string }, [string]>(
          "SELECT b.body FROM task_bodies b JOIN tasks t ON t.key = b.task_key WHERE t.id = ?",
        )
        .get(id)!.body;
    }
  });

  test("says how the reader fetches the rest, in words of its own", () => {
    const t = testBoard();
    const { id } = t.ready({ body: "b".repeat(9 * KIB) });

    const context = buildContext(t.board, id, {
      ...MARK,
      call: (task, field, from) => `fetch ${task} ${field} ${from}`,
    });

    expect(context).toContain(`\n… 1024 bytes omitted …\n[MARK end]\nThe rest: fetch ${id} body 8192\n`);
  });

  test("is never exceeded, and what is small stays whole", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 9_000 }), { maxLength: 12 });
    const fillers = fc.constantFrom(...Object.values(FILLERS), "x", '"', "\n", "é");
    fc.assert(
      fc.property(
        sizes,
        sizes,
        fillers,
        fc.integer({ min: READ_BYTES_MIN, max: 90 * KIB }),
        fc.constantFrom("text" as const, "json" as const),
        (comments, attempts, filler, budget, form) => {
          const t = testBoard();
          const text = (size: number) => `.${filler.repeat(size / 4)}`;
          const parents = comments.slice(0, 4).map((size) => {
            const { id } = t.ready();
            completeTask(t.board, id, { summary: text(size), metadata: { text: text(size) } });
            return id;
          });
          const { id } = t.ready({ body: text(9_000), parents });
          for (const size of comments) addComment(t.board, id, { body: text(size) });
          for (const size of attempts) {
            claimTask(t.board, id, { claimer: "c" });
            reclaimTask(t.board, id, { reason: text(size) });
          }

          const context = buildContext(t.board, id, { ...MARK, budget, form });

          const bytes = form === "text" ? Buffer.byteLength(context) : jsonBytes(context);
          expect(bytes).toBeLessThanOrEqual(budget);
          expect(context).not.toContain("\ufffd");
        },
      ),
      { numRuns: 40 },
    );
  });

  test("below what the names of a task need is a mistake of the caller", () => {
    const t = testBoard();
    expect(() => buildContext(t.board, t.ready().id, { budget: READ_BYTES_MIN - 1 })).toThrow(RangeError);
  });

  test("has room for the longest names, in the smallest budget and the costliest form", () => {
    const t = testBoard();
    const long = (n: number) => "🗂".repeat(n);
    const skills = Array.from({ length: 100 }, (_, i) => `skill-${i}-`.padEnd(64, "x"));
    const parents = Array.from({ length: 12 }, () => t.done({ title: long(500), assignee: long(200) }).id);
    for (const id of parents) setWorkspacePath(t.board, id, `/${'"'.repeat(4_000)}`, "dir");
    const { id } = t.ready({
      ...{ title: long(500), assignee: long(200), tenant: long(200), created_by: long(200), skills, parents },
      body: long(9_000),
    });
    setWorkspacePath(t.board, id, `/${'"'.repeat(4_000)}`, "dir");

    const context = buildContext(t.board, id, { ...MARK, budget: READ_BYTES_MIN, form: "json" });

    expect(jsonBytes(context)).toBeLessThanOrEqual(READ_BYTES_MIN);
    expect(Buffer.byteLength(fenced(context)["body"]!)).toBeGreaterThan(1_000);
  });
});

describe("a context", () => {
  test("has nothing twice: a parent's handoff is no recent work, a question is read where it was asked [E2]", () => {
    const t = testBoard();
    const parent = t.done({ title: "Find the cause" });
    t.done({ title: "Another work" });
    const { id } = t.ready({ parents: [parent.id] });

    const context = buildContext(t.board, id, MARK);

    expect(context.match(/did Find the cause/g)).toHaveLength(1);
    expect(fenced(context)["recent work"]).toBe(
      `- ${t.board.db.query<{ id: string }, []>("SELECT id FROM tasks WHERE title = 'Another work'").get()!.id} ` +
        '"Another work", 2026-01-01T00:00Z, 0 s ago: did Another work',
    );
  });

  test("names where the parents worked: the folder, and the branch of a worktree [E3]", () => {
    const t = testBoard();
    const [plain, tree, none] = [t.done(), t.done(), t.done()];
    setWorkspacePath(t.board, plain.id, "/srv/site", "dir");
    setWorkspacePath(t.board, tree.id, "/srv/.worktrees/x", "worktree");
    recordWorktree(t.board, {
      ...{ path: "/srv/.worktrees/x", repository: "/srv/.git", git_dir: "/srv/.git/worktrees/x", made_at: 1 },
      ...{ branch: `kanban/${tree.id}`, base: "abc", base_branch: "main" },
    });
    const { id } = t.ready({ parents: [plain.id, tree.id, none.id] });

    const texts = fenced(buildContext(t.board, id, MARK));

    expect(texts[plain.id]).toBe("title: Translate README\nworker: coder\nworkspace: dir /srv/site");
    expect(texts[tree.id]).toBe(
      `title: Translate README\nworker: coder\nworkspace: worktree /srv/.worktrees/x\nbranch: kanban/${tree.id}`,
    );
    expect(texts[none.id]).toBe("title: Translate README\nworker: coder");
  });

  test("keeps the newest word of a person, however much agents wrote after it", () => {
    const t = testBoard();
    const { id } = t.ready();
    claimTask(t.board, id, { claimer: "coder" });
    addComment(t.board, id, { body: "use the blue one", author: "boss" });
    for (let i = 0; i < 40; i++) addComment(t.board, id, { body: `note ${i}`, author: "coder", via: "coder" });
    addComment(t.board, id, { body: "without via", author: "coder" });

    const context = buildContext(t.board, id, MARK);

    expect(context).toContain("… 11 earlier comments omitted …");
    expect(context).toContain("from: boss\n\nuse the blue one\n");
    expect(context.indexOf("use the blue one")).toBeLessThan(context.indexOf("note 11"));
  });

  test("says of a parent that it has a result too, and how it is read", () => {
    const t = testBoard();
    const [both, same] = [t.ready(), t.ready()];
    completeTask(t.board, both.id, { summary: "short", result: "the product" });
    completeTask(t.board, same.id, { result: "all of it" });
    const { id } = t.ready({ parents: [both.id, same.id] });

    const context = buildContext(t.board, id, MARK);

    const call = `kanban_show {"task_id": "${id}", "field": "parent:${both.id}"}`;
    expect(context).toContain(`(left out: result; ${call})`);
    expect(context.match(/left out/g)).toHaveLength(1);
  });
});
