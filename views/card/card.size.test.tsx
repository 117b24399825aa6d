/** @jsxImportSource hono/jsx */
import { describe, expect, test } from "bun:test";
import {
  addComment,
  blockTask,
  claimTask,
  completeTask,
  createTask,
  moveTask,
  stopTask,
} from "../../src/kernel/mod.ts";
import { testBoard } from "../../src/testing/mod.ts";
import { cardView, tags, textOf, waitsFor } from "../../src/testing/views.ts";
import { CardItem } from "./card.tsx";

function setup() {
  const t = testBoard();
  const show = (id: string, more: object = {}) => String(<CardItem view={{ ...cardView(t.board, id), ...more }} />);
  return { ...t, show };
}

describe("the size of a card", () => {
  /** How many elements, and how many bytes beside its title, its reason and its waiting line. */
  const measured = async (t: ReturnType<typeof setup>, id: string, more: object = {}) => {
    const html = t.show(id, more);
    const text = [/<a [^>]*>([^<]*)<\/a>/, /<p class="why[^>]*>([^<]*)/, /<div class="tail[^>]*>([^<]*)/];
    const words = text.map((one) => Buffer.byteLength(one.exec(html)?.[1] ?? ""));
    return {
      nodes: (await tags(html)).length,
      bytes: Buffer.byteLength(html) - words.reduce((sum, n) => sum + n, 0),
    };
  };
  /** A task of an assignee in a tenant, urgent and talked about. */
  const full = (t: ReturnType<typeof setup>, more: object = {}) => {
    const { id } = t.ready({ tenant: "auth", priority: 4, ...more });
    addComment(t.board, id, { body: "hello" });
    return id;
  };
  const AS: Record<string, (t: ReturnType<typeof setup>) => [id: string, more?: object]> = {
    triage: (t) => [full(t, { triage: true })],
    todo: (t) => [
      full(t, { parents: [t.ready().id] }),
      { waits: { kind: "parents", words: "2 parents", until: null } },
    ],
    ready: (t) => [full(t), { waits: waitsFor('a profile named "coder"') }],
    "ready, with children": (t) => {
      const id = full(t);
      createTask(t.board, { title: "Child", parents: [id] });
      return [id, { waits: waitsFor('a profile named "coder"') }];
    },
    running: (t) => {
      const { id } = t.ready({ tenant: "auth", priority: 4 });
      claimTask(t.board, id, { claimer: "w", ttlSeconds: 900 });
      return [id, { tail: "bun test" }];
    },
    stopped: (t) => {
      const id = full(t);
      claimTask(t.board, id, { claimer: "w" });
      stopTask(t.board, id);
      return [id, { waits: waitsFor("a person to start it again: stopped by ann") }];
    },
    blocked: (t) => {
      const { id } = t.ready({ tenant: "auth", priority: 4 });
      blockTask(t.board, id, { reason: "Which key?" });
      return [id, { since: t.clock.ms }];
    },
    review: (t) => {
      const id = full(t, { review: true });
      const { run } = claimTask(t.board, id, { claimer: "w" });
      completeTask(t.board, id, { runId: run.id, summary: "Draft" });
      return [id, { since: t.clock.ms }];
    },
    done: (t) => {
      const id = full(t);
      completeTask(t.board, id, { summary: "Flow agreed" });
      return [id];
    },
  };

  test.each(Object.entries(AS))("%s: at most 14 elements and 900 bytes beside its texts", async (_, make) => {
    const t = setup();
    const [id, more] = make(t);
    const { nodes, bytes } = await measured(t, id, { ...more, stale: "red" });
    expect(nodes).toBeLessThanOrEqual(14);
    expect(bytes).toBeLessThanOrEqual(900);
  });
  test("with every fact that there is at once: at most four elements more", async () => {
    const t = setup();
    const id = full(t);
    createTask(t.board, { title: "Child", parents: [id] });
    for (let i = 0; i < 2; i++) {
      const { run } = claimTask(t.board, id, { claimer: "w" });
      blockTask(t.board, id, { runId: run.id, reason: `Which key? ${i}` });
      if (i === 0) moveTask(t.board, id, "ready");
    }
    expect(textOf(t.show(id))).toContain("0/1 3 2 tries Which key? 1");

    const { nodes } = await measured(t, id);

    expect(nodes).toBeLessThanOrEqual(18);
  });
});
