/** @jsxImportSource hono/jsx */
import { describe, expect, test } from "bun:test";
import {
  addComment,
  archiveTask,
  blockTask,
  claimTask,
  completeTask,
  type EventKind,
  EVENT_KINDS,
  failRun,
  linkTasks,
  recordReport,
  type Status,
  unblockTask,
} from "../../src/kernel/mod.ts";
import { inStatus } from "../../src/testing/kernel.ts";
import { testBoard } from "../../src/testing/mod.ts";
import { drawerView, tags, textOf } from "../../src/testing/views.ts";
import { Drawer, type DrawerView } from "./drawer.tsx";
import { EventsSection, sentence } from "./events.tsx";
import { LogSection } from "./log.tsx";
import { outcomeClass } from "./runs.tsx";

function setup() {
  const t = testBoard();
  const show = (id: string, more: Partial<DrawerView> = {}) =>
    String(<Drawer view={{ ...drawerView(t.board, id), ...more }} />);
  return { ...t, show };
}

/** Posts that a drawer offers: path without the task, and the fixed fields. */
async function posts(html: string): Promise<string[]> {
  return (await tags(html))
    .filter((tag) => tag.name === "form")
    .map((tag) => tag.attributes["action"]!.replace(/^\/t\/t_[0-9a-f]{8}\//, ""));
}

describe("a drawer offers what is legal and nothing else", () => {
  test.each<[Status, string[], string[]]>([
    ["triage", ["move"], ["unblock", "approve", "reclaim"]],
    ["todo", ["move"], ["unblock", "approve", "reclaim"]],
    ["ready", ["move", "assign"], ["unblock", "approve", "reclaim"]],
    ["running", ["reclaim", "move"], ["unblock", "approve"]],
    ["review", ["approve", "request-changes"], ["unblock", "reclaim"]],
    ["blocked", ["unblock"], ["approve", "reclaim"]],
    ["done", ["move"], ["unblock", "approve", "reclaim"]],
  ])("%s", async (status, some, none) => {
    const t = setup();
    const found = await posts(t.show(inStatus(t, status).id));
    for (const path of some.filter((path) => path !== "assign")) expect(found).toContain(path);
    for (const path of none) expect(found).not.toContain(path);
  });
  test("archived: nothing but reading, and Restore", async () => {
    const t = setup();
    const html = t.show(inStatus(t, "archived").id);
    // The same frame as a value that can be edited: the stylesheet knows a heading by it.
    expect(html).toContain('<div class="edit long" id="d-edit-body"><div class="shown"><h3>Description');
    const acts = (await posts(html)).filter((path) => !["link", "unlink", "comments", "edit"].includes(path));
    expect([...new Set(acts)]).toEqual(["move"]);
    expect(html).toContain("Restore");
    expect(html).not.toContain('data-do="edit"');
    expect(html).toContain('placeholder="Archived"');
  });
  test("a running task keeps its worker", async () => {
    const t = setup();
    const all = await tags(t.show(inStatus(t, "running").id));
    expect(all.find((tag) => tag.attributes["data-do"] === "assign")!.attributes).toHaveProperty("disabled");
  });
});

describe("what it shows", () => {
  test("body as Markdown, or as written when the settings say so", () => {
    const { ready, show } = setup();
    const { id } = ready({ body: "**bold** [x](javascript:alert(1))" });
    expect(show(id)).toContain("<strong>bold</strong> x");
    expect(show(id, { markdown: false })).toContain("**bold** [x](javascript:alert(1))");
  });
  test("the question while blocked, with a field for the answer", () => {
    const { board, ready, show } = setup();
    const { id } = ready();
    blockTask(board, id, { reason: "Which key?" });
    expect(textOf(show(id))).toContain("Which key?");
    expect(show(id)).toContain('aria-label="Answer"');
  });
  test("an error until the next attempt runs", () => {
    const { board, ready, show } = setup();
    const { id } = ready();
    const { run } = claimTask(board, id, { claimer: "w" });
    failRun(
      board,
      { taskId: id, runId: run.id },
      { kind: "spawn_failed", error: "no such program" },
      { failureLimit: 5, backoffMs: () => 0 },
    );
    expect(show(id)).toContain('class="trouble"');

    claimTask(board, id, { claimer: "w" });

    expect(show(id)).not.toContain('class="trouble"');
  });
  test("what it gave up over is said once: where the answer goes", () => {
    const { board, ready, show } = setup();
    const { id } = ready();
    const { run } = claimTask(board, id, { claimer: "w" });
    failRun(
      board,
      { taskId: id, runId: run.id },
      { kind: "spawn_failed", error: "no such program" },
      { failureLimit: 1, backoffMs: () => 0 },
    );
    expect(show(id)).not.toContain('class="trouble"');
    expect(show(id)).toMatch(/class="why-long">[^<]*no such program/);
    expect(textOf(show(id))).toContain("Try again");
  });
  test("the times over short attempts have seconds, and none is there twice", () => {
    const { board, clock, ready, show } = setup();
    const { id } = ready();
    const axis = () => [...show(id).matchAll(/data-clock="\d+"[^>]*>([^<]*)</g)].map(([, text]) => text!);
    blockOnce(board, id);
    expect(axis()).toHaveLength(1);
    expect(axis()[0]).toMatch(/^\d\d:\d\d:\d\d$/);
    clock.ms += 8_000;
    blockOnce(board, id);
    expect(new Set(axis()).size).toBe(5);
    expect(axis()).toHaveLength(5);
    clock.ms += 3_600_000;
    blockOnce(board, id);
    expect(axis()[4]).toMatch(/^\d\d:\d\d$/);
  });
  test("the open run is active; more than three fold", () => {
    const { board, ready, show } = setup();
    const { id } = ready();
    for (let i = 0; i < 4; i++) {
      const { run } = claimTask(board, id, { claimer: "w" });
      failRun(
        board,
        { taskId: id, runId: run.id },
        { kind: "crashed", error: `exit ${i}`, pid: 1, exit_code: 1, signal: null, log_tail: "" },
        { failureLimit: 9, backoffMs: () => 0 },
      );
    }
    claimTask(board, id, { claimer: "w" });

    const text = textOf(show(id));

    expect(text).toContain("+2 earlier");
    expect(text).toContain("#5 active");
    expect(textOf(show(id, { all_runs: true }))).not.toContain("earlier");
  });
  test("attempts keep their own numbers when only the newest are sent", () => {
    const { board, ready, show } = setup();
    const { id } = ready();
    for (let i = 0; i < 2; i++) blockOnce(board, id);
    const view = drawerView(board, id);
    view.page.runs = view.page.runs.slice(-1);
    expect(textOf(String(<Drawer view={view} />))).toContain("#2 blocked");
    expect(textOf(show(id))).toContain("#1 blocked");
  });
  test("dependencies, finished ones counted, a parent archived unfinished named", () => {
    const { board, ready, show } = setup();
    const [parent, dead, task] = [ready({ title: "Parent" }), ready({ title: "Dead" }), ready()];
    linkTasks(board, parent.id, task.id);
    linkTasks(board, dead.id, task.id);
    completeTask(board, parent.id);
    archiveTask(board, dead.id);

    const text = textOf(show(task.id));

    expect(text).toContain("1/2 finished");
    expect(text).toContain(`it never releases this task: ${dead.id}`);
  });
  test("an agent's comment under another name says who really wrote it", () => {
    const { board, ready, show } = setup();
    const { id } = ready();
    addComment(board, id, { body: "hi", author: "ann", via: "coder" });
    addComment(board, id, { body: "ho", author: "coder", via: "coder" });
    expect(textOf(show(id))).toMatch(/ann via coder .*coder agent 0s ago/);
  });
  test("the last 20 of its events, and a way to all", () => {
    const { board, ready, show } = setup();
    const { id } = ready();
    for (let i = 0; i < 30; i++) addComment(board, id, { body: `${i}` });
    const html = show(id);
    expect(html.match(/id="event-/g)).toHaveLength(20);
    expect(html).toContain(`hx-get="/t/${id}/events"`);
    const { page } = drawerView(board, id);
    expect(
      String(<EventsSection id={id} events={page.events} total={31} now={0} all />).match(/id="event-/g),
    ).toHaveLength(31);
  });
  test("a broken run, comment or event is an error row, the rest stays", () => {
    const { board, ready } = setup();
    const { id } = ready();
    blockOnce(board, id);
    const view = drawerView(board, id);
    view.page.runs = view.page.runs.map((run) => ({ ...run, started_at: NaN, ended_at: NaN }));
    view.page.comments = view.page.comments.map((comment) => ({ ...comment, created_at: NaN }));
    view.page.events = view.page.events.map((event) => ({ ...event, created_at: NaN }));

    const text = textOf(String(<Drawer view={view} />));

    expect(text).toContain(`This run could not be shown: ${view.page.runs[0]!.id}`);
    expect(text).toContain(`This comment could not be shown: ${view.page.comments[0]!.id}`);
    expect(text).toContain(`This event could not be shown: ${view.page.events[0]!.id}`);
    expect(text).toContain("Translate README");
  });
});

describe("the log", () => {
  const log = {
    task_id: "t_00000000",
    exists: true,
    path: "/l/t.log",
    size_bytes: 18_432,
    text: "\x1b[32mok\x1b[0m <b>",
    truncated: true,
    live: true,
  };

  test("is coloured, escaped, and says where the whole of it is", () => {
    const html = String(<LogSection view={log} />);
    expect(html).toContain('<span class="a2">ok</span> &lt;b&gt;');
    expect(textOf(html)).toContain("Log 18 KB Following The last 100 KB; all of it is in /l/t.log");
  });
  test("is marked as empty before the first start, which hides it", async () => {
    const html = String(<LogSection view={{ ...log, exists: false, text: "", truncated: false }} />);
    const section = (await tags(html)).find((tag) => tag.attributes["id"] === "d-log")!;
    expect(section.attributes).toHaveProperty("data-empty");
    expect(textOf(html)).toBe("Log Nothing printed yet.");
  });
  test("an update leaves the one on screen alone", async () => {
    const t = setup();
    const all = await tags(t.show(t.ready().id));
    expect(all.find((tag) => tag.attributes["id"] === "d-log")!.attributes).toHaveProperty("hx-morph-skip");
  });
});

test("every kind of event has its words", () => {
  const payload = {
    status: "ready",
    from: "todo",
    fields: ["title"],
    reason: "r",
    kind: "account",
    key: "k",
    by: "b",
    claimer: "c",
    error: "e",
    parent: "p",
    child: "c",
    author: "a",
    until: 0,
    not_before: 0,
    pid: 1,
    priority: 2,
    failures: 3,
    times: 3,
    assignee: "x",
    meant: "y",
    person: "bob",
    elapsed_seconds: 9,
    limit_seconds: 8,
  };
  for (const kind of Object.keys(EVENT_KINDS) as EventKind[]) {
    const words = sentence({ kind, actor: "ann", payload: payload as never });
    expect(words).toMatch(/^[a-z]/);
    expect(words).not.toContain("undefined");
  }
});

test("an attempt without a handoff shows its last words, or the end of its log, as text", async () => {
  const t = setup();
  const { id } = t.ready();
  for (const report of [{ last_words: "All done <b>here</b>" }, { log_tail: "Error: no <disk>" }]) {
    const { run } = claimTask(t.board, id, { claimer: "w" });
    failRun(
      t.board,
      { taskId: id, runId: run.id },
      { kind: "abandoned", error: "left", pid: 1, log_tail: "" },
      { failureLimit: 9, backoffMs: () => 0 },
    );
    recordReport(t.board, run.id, report);
  }

  const html = t.show(id);

  expect(textOf(html)).toContain("All done <b>here</b>");
  expect(html).toContain("Error: no &lt;disk&gt;");
  expect((await tags(html)).filter(({ name }) => name === "disk")).toEqual([]);
});

test("failures and questions are red as a blocked task is, what is tried again by itself is grey", () => {
  expect(
    [null, "completed", "crashed", "gave_up", "blocked", "rate_limited", "reclaimed"].map((outcome) =>
      outcomeClass(outcome as never),
    ),
  ).toEqual(["c-running", "c-done", "c-blocked", "c-blocked", "c-blocked", "c-todo", "c-todo"]);
});

function blockOnce(board: ReturnType<typeof testBoard>["board"], id: string): void {
  const { run } = claimTask(board, id, { claimer: "w" });
  blockTask(board, id, { runId: run.id, reason: "?" });
  unblockTask(board, id);
}
