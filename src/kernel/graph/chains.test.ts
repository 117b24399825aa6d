import { describe, expect, test } from "bun:test";
import { testBoard } from "../../testing/mod.ts";
import { archiveTask, completeTask, linkTasks, write } from "../mod.ts";
import { chainsOf } from "./chains.ts";

/** A board on which chains are made by the titles of their tasks; a chain is a line. */
function setup() {
  const t = testBoard();
  const line = (...titles: string[]) => {
    const ids = titles.map((title) => t.ready({ title }).id);
    ids.slice(1).forEach((id, index) => linkTasks(t.board, ids[index]!, id));
    return ids;
  };
  const titles = (options: Parameters<typeof chainsOf>[1] = {}) =>
    chainsOf(t.board, options).chains.map(({ nodes }) => nodes.map(({ title }) => title).join(">"));
  return { ...t, line, titles };
}

describe("chainsOf()", () => {
  test("are whole, the newest first, without tasks that depend on nothing [L16]", () => {
    const t = setup();
    t.line("a", "b", "c");
    t.ready({ title: "alone" });
    t.line("x", "y");

    expect(t.titles()).toEqual(["x>y", "a>b>c"]);
    expect(chainsOf(t.board).chains[1]).toMatchObject({ edges: { length: 2 }, more: false });
  });

  test("keeps finished ones apart, and archived tasks out", () => {
    const t = setup();
    const [first, second] = t.line("done first", "done last");
    completeTask(t.board, first!);
    completeTask(t.board, second!);
    const [, , gone] = t.line("p", "q", "gone");
    archiveTask(t.board, gone!);

    const page = chainsOf(t.board);

    expect(t.titles()).toEqual(["p>q"]);
    expect(page.finished).toEqual([{ id: second!, title: "done last", tasks: 2, completed_at: t.clock.ms }]);
  });

  test("shows whole chains of which one task matches, and says which", () => {
    const t = setup();
    const [, needle] = t.line("hay", "needle", "more hay");
    t.line("other", "another");

    const page = chainsOf(t.board, { filter: { q: "needle" } });

    expect(page.chains.map(({ nodes }) => nodes.length)).toEqual([3]);
    expect(page.matches).toEqual(new Set([needle!]));
    expect(chainsOf(t.board, { filter: { tenant: { any: [], none: [] }, q: "" } }).matches).toBeNull();
    expect(t.titles({ filter: { status: ["blocked"] } })).toEqual([]);
  });

  test("pages on behind the newest child of a chain, each chain once", () => {
    const t = setup();
    const lines = Array.from({ length: 9 }, (_, i) => t.line(`a${i}`, `b${i}`, `c${i}`));
    // Its links are older and newer than those of others.
    linkTasks(t.board, lines[0]![0]!, t.ready({ title: "late" }).id);
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = chainsOf(t.board, { limit: 6, after });
      seen.push(...page.chains.map(({ nodes }) => nodes[0]!.title));
      after = page.next ?? undefined;
    } while (after !== undefined);

    expect(seen).toEqual(["a0", "a8", "a7", "a6", "a5", "a4", "a3", "a2", "a1"]);
  });

  test("of 5,000 children draws a part and says so, in bounded work", () => {
    const t = setup();
    const parent = t.ready({ title: "wide" }).id;
    write(t.board, () => {
      for (let i = 0; i < 5_000; i++) linkTasks(t.board, parent, t.ready({ title: `child ${i}` }).id);
    });

    const [chain] = chainsOf(t.board).chains;

    expect(chain).toMatchObject({ more: true, nodes: { length: 300 } });
  });
});
