/** @jsxImportSource hono/jsx */
import { describe, expect, test } from "bun:test";
import { blockTask, claimTask, completeTask, recordReport, showTask } from "../../src/kernel/mod.ts";
import { type TestBoard, testBoard } from "../../src/testing/mod.ts";
import { shellView, tags, textOf } from "../../src/testing/views.ts";
import { document } from "../shell/document.tsx";
import type { NeedKind, PaneView } from "./need_pane.tsx";
import { NeedsPage, type NeedsView } from "./needs.tsx";

function setup() {
  const t = testBoard();
  const pane = (id: string, kind: NeedKind, more: Partial<NonNullable<PaneView["need"]>> = {}): PaneView => {
    const { task, runs, totals } = showTask(t.board, id);
    const text = runs.at(-1)?.summary ?? null;
    const need = { kind, text, since: 0, place: { at: 1, of: 2 }, runs, tries: totals.runs, tail: null, ...more };
    return { task, need, previous: null, next: null, markdown: true };
  };
  const show = (view: Partial<NeedsView>) => {
    const empty = {
      needs: [],
      mentions: [],
      held: [],
      checks: [],
      more: 0,
      opened: false,
      pane: null,
      now: t.board.now(),
    };
    return document(<NeedsPage shell={shellView(t.board)} view={{ ...empty, ...view }} />);
  };
  return { ...t, pane, show };
}

function asked(t: TestBoard, reason: string): string {
  const { id } = t.ready();
  blockTask(t.board, id, { runId: claimTask(t.board, id, { claimer: "w" }).run.id, reason });
  return id;
}

const actions = async (html: string) =>
  (await tags(html)).filter(({ name }) => name === "form").map(({ attributes }) => attributes["action"]!);

test("a question is that of who asked it: a person who blocked the task, not its assignee", () => {
  const t = setup();
  const by = (id: string) => textOf(t.show({ pane: t.pane(id, "question") }));
  const { id } = t.ready({ assignee: "bob" });
  blockTask({ ...t.board, actor: "ann" }, id, { reason: "Which machine?" });
  expect(by(id)).toContain("ann asks");

  const claimed = t.ready({ assignee: "coder" });
  blockTask(t.board, claimed.id, {
    runId: claimTask(t.board, claimed.id, { claimer: "w" }).run.id,
    reason: "Which key?",
  });
  expect(by(claimed.id)).toContain("coder asks");
});

describe("the list", () => {
  test("is grouped, questions first, each line in plain words with a place of its own; checks are last and folded", async () => {
    const t = setup();
    const [one, two] = [asked(t, "**Which** key?"), asked(t, "Again?")];
    const need = (id: string, kind: NeedKind, text: string) => ({
      kind,
      task: showTask(t.board, id).task,
      text,
      since: 0,
    });
    const checks = [{ title: "No profile", text: "1 task", command: "kanban assignees" }];

    const html = t.show({ needs: [need(one, "question", "**Which** key?"), need(two, "gave_up", "exit 1")], checks });

    const list = html.slice(html.indexOf('id="needs"'), html.indexOf('id="need-none"'));
    expect(textOf(list)).toMatch(/Questions 1 .*Which key\? .*Gave up 1 .*exit 1 .*Checks 1/);
    expect(list).toContain(`href="/needs/${one}"`);
    const folded = (await tags(list)).find(({ attributes }) => attributes["id"] === "needs-checks")!;
    expect(folded.attributes).not.toHaveProperty("open");
  });
  test("without a task: it says what would come here, and the checks are open", async () => {
    const t = setup();
    const html = t.show({ checks: [{ title: "No profile", text: "1 task", command: "kanban assignees" }] });
    expect(textOf(html)).toContain("Nothing waits for you.");
    const folded = (await tags(html)).find(({ attributes }) => attributes["id"] === "needs-checks")!;
    expect(folded.attributes).toHaveProperty("open");
  });
  test("names what is held, with the release", async () => {
    const t = setup();
    const held = [{ name: "account:team", kind: "account", key: "team", reason: "refused", since: 0, profiles: ["a"] }];
    const html = t.show({ held });
    expect(textOf(html)).toContain("The account team cannot be used");
    expect(await actions(html)).toContain("/release");
  });
});

describe("the open task", () => {
  test("a question: Markdown, what its worker found, the last lines, an answer", async () => {
    const t = setup();
    const { id } = t.ready();
    const { run } = claimTask(t.board, id, { claimer: "w" });
    recordReport(t.board, run.id, { last_words: "It *works* on staging" });
    blockTask(t.board, id, { runId: run.id, reason: "Which **one**?" });

    const html = t.show({ pane: t.pane(id, "question", { tail: "\x1b[31mred\x1b[0m <b>" }) });

    expect(html).toContain("Which <strong>one</strong>?");
    expect(html).toContain("It <em>works</em> on staging");
    expect(html).toContain('<span class="a1">red</span> &lt;b&gt;');
    expect(await actions(html)).toContain(`/t/${id}/unblock`);
    expect(textOf(html)).toMatch(/Question 1 of 2/);
    expect(textOf(html)).toMatch(/Answer and next ↵ Answer /);
  });
  test("finished work: its summary and result, to approve or to send back", async () => {
    const t = setup();
    const { id } = t.ready({ review: true });
    const { run } = claimTask(t.board, id, { claimer: "w" });
    completeTask(t.board, id, { runId: run.id, summary: "All pages", result: "Branch **x**" });

    const html = t.show({ pane: t.pane(id, "review") });

    expect(textOf(html)).toMatch(/Summary All pages Result Branch x/);
    expect(await actions(html)).toEqual(expect.arrayContaining([`/t/${id}/approve`, `/t/${id}/request-changes`]));
  });
  test("one that gave up: its error as it is, and its attempts", async () => {
    const t = setup();
    const id = asked(t, "first");
    const { runs } = showTask(t.board, id);
    const twice = [...runs, ...runs].map((run) => ({ ...run, outcome: "crashed" as const, error: "exit 1" }));

    const html = t.show({ pane: t.pane(id, "gave_up", { text: "no **program**", runs: twice, tries: 5 }) });

    expect(textOf(html)).toContain("no **program**");
    expect(textOf(html)).toMatch(/Attempts 5 #4 crashed exit 1 .*#5 crashed exit 1/);
    expect(textOf(html)).toContain("Try again and next");
  });
  test("one that was answered meanwhile says so and leads on", () => {
    const t = setup();
    const { id } = t.ready();
    const html = t.show({ opened: true, pane: { ...t.pane(id, "question"), need: null, next: "t_00000000" } });
    expect(textOf(html)).toContain("This task does not wait for you any more: it is in Ready. Go to the next one");
    expect(html).toContain('href="/needs/t_00000000"');
  });
});
