/** @jsxImportSource hono/jsx */
import { describe, expect, test } from "bun:test";
import { addComment, blockTask, claimTask, completeTask } from "../../src/kernel/mod.ts";
import { testBoard } from "../../src/testing/mod.ts";
import { cardView, tags, textOf } from "../../src/testing/views.ts";
import { RowItem } from "./row.tsx";

const NAMES = { tenant: "acme", assignee: "coder", priority: 4 };

describe("RowItem()", () => {
  test("has at most 15 elements and 1,000 bytes beside its texts", async () => {
    const t = testBoard();
    const task = t.ready({ title: "T", ...NAMES });
    blockTask(t.board, task.id, { reason: "Q" });
    const html = String(<RowItem view={cardView(t.board, task.id)} />);

    expect((await tags(html)).length).toBeLessThanOrEqual(15);
    expect(html.length).toBeLessThan(1_000);
  });

  test("says beside its title what is asked, what it waits for, or what came of it", () => {
    const t = testBoard();
    const blocked = t.ready({ title: "Send it", ...NAMES });
    blockTask(t.board, blocked.id, { reason: "Which subject line?\nThere are two." });
    const done = t.ready({ title: "Port it" });
    const { run } = claimTask(t.board, done.id, { claimer: "coder" });
    completeTask(t.board, done.id, { runId: run.id, summary: "**ported**\nin two steps" });
    const plain = t.ready({ title: "Plain" });
    addComment(t.board, plain.id, { body: "not for the list" });
    const text = (id: string) => textOf(String(<RowItem view={cardView(t.board, id)} />));

    expect(text(blocked.id)).toContain("Send it Which subject line? acme");
    expect(text(done.id)).toContain("Port it ported CO coder");
    expect(text(plain.id)).toContain("Plain CO coder");
  });
});
