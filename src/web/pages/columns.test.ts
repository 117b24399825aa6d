import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { freshCard, place } from "../../../views/card/card.tsx";
import { columnText } from "../../../views/card/column.tsx";
import {
  addComment,
  blockTask,
  boardColumns,
  claimTask,
  closeBoard,
  completeTask,
  createTask,
  heartbeat,
  moveTask,
  openBoard,
  openRuns,
  patchTask,
  read,
  recordSpawned,
  renewLeases,
  setPaused,
  STATUSES,
} from "../../kernel/mod.ts";
import { type TestWeb, testWeb } from "../../testing/web.ts";
import { boardColumnViews } from "./columns.ts";
import { cardViews } from "./cards.ts";
import type { Web } from "../context.ts";
import { type Filter, filterOf, kernelFilter } from "./filter.ts";

let t: TestWeb;
beforeAll(async () => {
  t = await testWeb();
});
afterAll(() => t.close());

/** The board of another process and the server's own, both under one clock that is moved by hand. */
function setup() {
  const clock = { ms: Date.parse("2026-01-01T00:00:00Z") };
  const now = () => clock.ms;
  const board = openBoard(t.home.db, { actor: "ann", now });
  const own = openBoard(t.home.db, { actor: "dashboard", busyMs: 25, now });
  const web: Web = { ...t.web, board: own };
  const filter = (query: string): Filter => filterOf(new URLSearchParams(query), web.config);
  const shown = STATUSES.filter((status) => status !== "archived");
  const kept = (query = "", lanes = false) =>
    read(own, () => boardColumnViews(web, own, { filter: filter(query), shown, lanes }));
  const fresh = (query = "", lanes = false) =>
    read(own, () =>
      boardColumns(own, kernelFilter(filter(query), clock.ms)).map(({ name, total, tasks }) => {
        const cards = cardViews(web, own, tasks);
        const view = { name, total, next: null, cards, query, lanes };
        if (name === "running" && lanes) return [name, total, String(columnText(view))];
        // Past everything that remembers cards.
        if (name === "running") cards.sort((a, b) => place(a.card)[0] - place(b.card)[0]);
        return [name, total, cards.map((card) => String(freshCard(card))).join("")];
      }),
    );
  const close = () => {
    closeBoard(board);
    closeBoard(own);
  };
  return { clock, board, own, kept, fresh, close };
}

const told = (views: ReturnType<ReturnType<typeof setup>["kept"]>) =>
  views.map(({ name, total, text }) => [name, total, String(text)]);

describe("boardColumnViews()", () => {
  test("a column is the same text while nothing happens, and another after a commit of whichever process", () => {
    const { board, own, kept, close } = setup();
    const { task } = createTask(board, { title: "A task" });
    const ready = () => kept().find(({ name }) => name === "ready")!.text;

    const before = ready();
    expect(ready()).toBe(before);
    addComment(board, task.id, { body: "from elsewhere" });
    const after = ready();
    expect(after).not.toBe(before);
    addComment(own, task.id, { body: "from here" });
    expect(String(ready())).toContain('title="Comments">2<');
    close();
  });

  test("what is kept is what would be read and written now, after any event and any time", () => {
    const acts = [
      "create",
      "comment",
      "block",
      "complete",
      "claim",
      "beat",
      "renew",
      "later",
      "todo",
      "pause",
      "none",
    ] as const;
    const step = fc.record({
      act: fc.constantFrom(...acts),
      pick: fc.nat(5),
      wait: fc.oneof(fc.nat(3), fc.nat(90), fc.nat(7_200)),
      own: fc.boolean(),
      query: fc.constantFrom(
        "",
        "tenant=a",
        "tenant=",
        "assignee=demo",
        "q=task",
        "not_assignee=demo",
        "updated_after=1m",
      ),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
        const { clock, board, own, kept, fresh, close } = setup();
        const ids: string[] = [];
        for (const { act, pick, wait, own: here, query } of steps) {
          const by = here ? own : board;
          const id = ids[pick % Math.max(1, ids.length)];
          try {
            if (act === "create" || id === undefined) {
              const more = pick % 2 === 0 ? { tenant: "a", assignee: "demo" } : {};
              ids.push(createTask(by, { title: `task ${pick}`, ...more }).task.id);
            } else if (act === "comment") addComment(by, id, { body: "hello" });
            else if (act === "block") blockTask(by, id, { reason: "Which one?" });
            else if (act === "complete") completeTask(by, id, { summary: "done" });
            else if (act === "claim") {
              const { run } = claimTask(by, id, { claimer: "w", ttlSeconds: 100, boot_id: "b" });
              recordSpawned(by, { taskId: id, runId: run.id, pid: 4711, pid_started: "1", boot_id: "b" });
            } else if (act === "beat") heartbeat(by, id);
            // Changes a card without an event; only a dispatcher does that.
            else if (act === "renew")
              renewLeases(
                board,
                openRuns(by).map((run) => run.id),
              );
            else if (act === "later") patchTask(by, id, { not_before: clock.ms + 60_000 });
            else if (act === "todo") moveTask(by, id, "todo");
            else if (act === "pause") setPaused(by, pick % 2 === 0);
          } catch {
            // Not every act is legal in every state.
          }
          for (const lanes of [true, false]) expect(told(kept(query, lanes))).toEqual(fresh(query, lanes));
          clock.ms += wait * 1_000;
          expect(told(kept(query))).toEqual(fresh(query));
        }
        close();
      }),
      { numRuns: 30 },
    );
  }, 60_000);
});
