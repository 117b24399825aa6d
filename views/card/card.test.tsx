/** @jsxImportSource hono/jsx */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  addComment,
  blockTask,
  boardColumns,
  type Card,
  claimTask,
  completeTask,
  createTask,
  heartbeat,
  moveTask,
  recordSpawned,
  renewLeases,
  type WaitKind,
} from "../../src/kernel/mod.ts";
import { testBoard } from "../../src/testing/mod.ts";
import { cardView, textOf, waitsFor } from "../../src/testing/views.ts";
import { CardItem, freshCard, place } from "./card.tsx";
import { onViewError } from "../parts/error_boundary.tsx";

const MIN = 60_000;

function setup() {
  const t = testBoard();
  const show = (id: string, more: object = {}) => String(<CardItem view={{ ...cardView(t.board, id), ...more }} />);
  return { ...t, show };
}

describe("a card", () => {
  test("names id, priority, tenant, assignee and its age, with the creation time on hover", () => {
    const { ready, clock, show } = setup();
    const { id } = ready({ tenant: "auth", priority: 3 });
    clock.ms += 3 * MIN;

    const html = show(id);

    expect(textOf(html)).toBe(`${id} 3m CO Translate README auth`);
    expect(html).toContain('aria-label="High"');
    expect(html).toContain('aria-label="assigned to coder"');
    expect(html).toContain('title="created 2026-01-01 00:00 UTC"');
    expect(html).toContain(`<a href="/t/${id}" data-open="${id}">`);
  });
  test("says since when it is where it is", () => {
    const { ready, clock, show } = setup();
    const { id } = ready();
    const since = clock.ms + MIN;
    clock.ms += 3 * MIN;
    expect(show(id, { since })).toContain(">2m</time>");
  });
  test("counts what it waits for, children, comments and tries", () => {
    const { board, ready, show } = setup();
    const parent = ready();
    const child = createTask(board, { title: "Child", parents: [parent.id] }).task;
    addComment(board, child.id, { body: "hello" });
    expect(textOf(show(child.id))).toContain("waits for 1 1");
    expect(textOf(show(parent.id))).toContain("0/1");

    completeTask(board, parent.id);
    completeTask(board, child.id);

    expect(textOf(show(child.id))).not.toContain("waits for");
    expect(textOf(show(parent.id))).toContain("1/1");
  });
  test.each(["amber", "red"] as const)("wears its %s tint", (stale) => {
    const { ready, show } = setup();
    expect(show(ready().id, { stale })).toContain(`class="item card ${stale}"`);
  });
  test("shows trouble in a line [F3]", () => {
    const { ready, show } = setup();
    const waits = { kind: "no_profile", words: 'a profile named "coder"', until: null } as const;
    expect(textOf(show(ready().id, { waits }))).toEndWith('waits for a profile named "coder"');
    expect(show(ready().id, { waits })).toContain('class="waits m-warn late"');
  });
  test("says what it waits for without what others change, and ticks until a retry [F4]", () => {
    const { board, ready, show } = setup();
    const { id } = ready();
    const line = (kind: WaitKind, words: string, until: number | null = null) =>
      textOf(show(id, { waits: { kind, words, until } })).replace(/^.*waits for/, "waits for");

    expect(line("slots", "a free slot (4 of 4 busy, 2nd in line)")).toBe("waits for a free slot");
    expect(line("profile_slots", "a free slot of coder (1 of 1 busy)")).toBe("waits for a free slot of coder");
    expect(line("paused", "the board to be resumed")).toBe("waits for the board to be resumed");
    expect(line("back_off", "its next try, in 12 s", board.now() + 12_000)).toBe("waits for its next try, 12s left");
  });
  test("a parked one says so", () => {
    const { board, ready, show } = setup();
    const { id } = ready();
    moveTask(board, id, "todo");
    expect(textOf(show(id))).toEndWith("parked");
  });
});

describe("a running card", () => {
  test("shows clock, attempt, heartbeat, last line and lease, and no age", () => {
    const { board, ready, clock, show } = setup();
    const { id } = ready();
    claimTask(board, id, { claimer: "w", ttlSeconds: 900 });
    clock.ms += 4 * MIN + 12_000;
    heartbeat(board, id, { note: "at it" });
    clock.ms += 3_000;

    const html = show(id, { tail: "bun test ✓ 41 pass" });

    expect(textOf(html)).toContain("04:15 3s ago bun test ✓ 41 pass");
    expect(html).toContain(`<div class="run c-running" id="run-${id}" data-try="1">`);
    expect(html).toContain('data-lane="coder"');
    expect(html).not.toContain('data-form="short"');
  });
  test("is red, and shows its lease, when little of that is left", () => {
    const { board, ready, clock, show } = setup();
    const { id } = ready();
    claimTask(board, id, { claimer: "ann", ttlSeconds: 1000 });
    clock.ms += 800_000;

    const html = show(id);

    expect(html).toContain('class="run c-blocked"');
    expect(html).toContain('aria-label="lease 20 % left"');
    expect(textOf(html)).toContain("claimed by ann");
  });
  test("a worker whose lease the dispatcher renewed without a heartbeat is at the length of its own lease", () => {
    const { board, ready, clock, show } = setup();
    const { id } = ready();
    const { run } = claimTask(board, id, { claimer: "host:1", ttlSeconds: 200 });
    recordSpawned(board, { taskId: id, runId: run.id, pid: 4711, pid_started: "1", boot_id: null });
    clock.ms += 150_000;
    renewLeases(board, [run.id]);
    expect(show(id)).toContain('aria-label="lease 100 % left"');
    clock.ms += 100_000;
    expect(show(id)).toContain('aria-label="lease 50 % left"');
  });
  test("an expired lease is 0 %, never negative", () => {
    const { board, ready, clock, show } = setup();
    const { id } = ready();
    claimTask(board, id, { claimer: "ann", ttlSeconds: 10 });
    clock.ms += 60_000;
    expect(show(id)).toContain('aria-label="lease 0 % left"');
  });
});

describe("a card that waits for a person", () => {
  test("blocked: the question, Reply and Unblock", () => {
    const { board, ready, show } = setup();
    const { id } = ready();
    blockTask(board, id, { reason: "Which key?" });

    const html = show(id);

    expect(html).toContain('<p class="why c-blocked">Which key?</p>');
    expect(html).toContain('<button class="btn m-chat" data-do="answer">Reply</button>');
    expect(html).toContain(
      `<button class="btn ghost m-play" hx-post="/t/${id}/unblock" hx-swap="none" title="Unblock"></button>`,
    );
  });
  test("review: the summary, Approve and Request changes", () => {
    const { board, ready, show } = setup();
    const { id } = ready({ review: true });
    const { run } = claimTask(board, id, { claimer: "w" });
    completeTask(board, id, { runId: run.id, summary: "**Draft** is `there`:\n\n- more" });

    const html = show(id);

    expect(html).toContain('<p class="why c-review">Draft is there: • more</p>');
    expect(html).toContain(`hx-post="/t/${id}/approve"`);
    expect(html).toContain('<button class="btn ghost m-redo" data-do="answer" title="Request changes"></button>');
  });
});

test("a done card shows the first line of its summary and how long it took", () => {
  const { board, ready, clock, show } = setup();
  const { id } = ready();
  const { run } = claimTask(board, id, { claimer: "w" });
  clock.ms += 380_000;
  completeTask(board, id, { runId: run.id, summary: "Flow agreed\nand more" });

  const html = show(id);

  expect(html).toContain('<p class="why c-done">Flow agreed</p>');
  expect(textOf(html)).toContain("6m 20s");
});

test("a card that cannot be rendered becomes an error with its id, the others stay", () => {
  const { board, ready, show } = setup();
  const [bad, good] = [ready(), ready()];
  const heard: string[] = [];
  onViewError((what, id) => heard.push(`${what} ${id}`));

  const html = String(
    <CardItem
      view={{ ...cardView(board, bad.id), card: new Proxy(cardView(board, bad.id).card, { get: failing("title") }) }}
    />,
  );

  onViewError(() => {});
  expect(html).toContain(`This task could not be shown: <span class="mono">${bad.id}</span>`);
  expect(html).toContain(`id="card-${bad.id}"`);
  expect(heard).toEqual([`task ${bad.id}`]);
  expect(show(good.id)).toContain("Translate README");
});

test("a card that is shown again looks as if it had been rendered again, at any time", () => {
  const seconds = fc.oneof(fc.nat(90), fc.nat(7_200), fc.nat(400_000));
  const step = fc.record({ wait: seconds, act: fc.constantFrom("none", "comment", "block", "complete", "note") });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
      const { board, ready, clock } = setup();
      const { id } = ready();
      for (const { wait, act } of steps) {
        clock.ms += wait * 1_000;
        const { status } = cardView(board, id).card;
        if (act === "comment") addComment(board, id, { body: "hello" });
        if (act === "block" && status === "ready") blockTask(board, id, { reason: "Which one?" });
        if (act === "complete" && status !== "done") completeTask(board, id, { summary: "two tables" });

        const view = { ...cardView(board, id), waits: act === "note" ? waitsFor("a profile") : null };

        expect(String(CardItem({ view }))).toBe(String(freshCard(view)));
      }
    }),
    { numRuns: 100 },
  );
});

test("the sort key of a card puts every column in the order that the kernel pages it", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ priority: fc.integer({ min: 0, max: 3 }), wait: fc.nat(3), done: fc.boolean() }), {
        maxLength: 20,
      }),
      (plan) => {
        const { board, ready, clock } = setup();
        for (const { priority, wait, done } of plan) {
          const { id } = ready({ priority });
          clock.ms += wait * 1_000;
          if (done) completeTask(board, id);
        }

        for (const column of boardColumns(board)) {
          const keys = column.tasks.map(place);
          const sorted = keys.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
          expect(keys).toEqual(sorted);
        }
      },
    ),
    { numRuns: 25 },
  );
});

function failing(field: string) {
  return (target: Card, key: string | symbol) => {
    if (key === field) throw new Error("an unreadable row");
    return Reflect.get(target, key) as unknown;
  };
}
