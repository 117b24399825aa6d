/** @jsxImportSource hono/jsx */
import { beforeAll, describe, expect, test } from "bun:test";
import {
  addComment,
  blockTask,
  type Board,
  claimTask,
  completeTask,
  createTask,
  linkTasks,
  listTasks,
  requestChanges,
  unblockTask,
} from "../src/kernel/mod.ts";
import { testBoard } from "../src/testing/mod.ts";
import { cardView, drawerView, insightsView, noFilter, shellView, tags, waitsFor } from "../src/testing/views.ts";
import { BoardPage } from "./pages/board.tsx";
import { chartSvg } from "./pages/charts.tsx";
import { CreatePage } from "./pages/create_page.tsx";
import { Drawer } from "./drawer/drawer.tsx";
import { ErrorPage } from "./shell/failure.tsx";
import { DepsPage } from "./pages/graph.tsx";
import { HelpPage } from "./pages/help_page.tsx";
import { InsightsPage } from "./pages/insights.tsx";
import { document } from "./shell/document.tsx";
import { ListPage } from "./pages/list.tsx";
import { LoginPage } from "./shell/login.tsx";
import { NeedPane } from "./pages/need_pane.tsx";
import { NeedsPage } from "./pages/needs.tsx";
import { PaletteResults } from "./shell/palette.tsx";
import { BulkDone, changed, refused } from "./parts/partials.tsx";
import { PickerResults } from "./parts/picker.tsx";
import { RunsPage } from "./pages/workers.tsx";

// Each payload breaks out of another place: an element, an attribute in either quotes, a comment, a
// stream message, an htmx partial, a link, a template.
const PAYLOADS = [
  `<img src=x onerror=alert(1)>`,
  `" onmouseover="alert(1)" x="`,
  `' onfocus='alert(1)' autofocus='`,
  `</script><script>alert(1)</script>`,
  `<hx-partial hx-target=body hx-swap=innerHTML>pwn</hx-partial>`,
  `--><svg onload=alert(1)>`,
  `javascript:alert(1)`,
  `x\r\n\r\nevent: reset\ndata: build`,
  "${alert(1)} {{7*7}} <%= 1 %>",
  `[x](javascript:alert(1)) ![y](javascript:alert(2)) <a href="javascript:alert(3)">z</a>`,
];

/** A board whose every text is the payload, and every page and part that shows it. */
function everything(text: string): string[] {
  const t = testBoard(text.slice(0, 180));
  const { board } = t;
  const given = { title: text, body: text, assignee: text, tenant: text, created_by: text };
  const parent = createTask(board, { ...given, skills: ["a"] }).task;
  const running = createTask(board, { ...given, result: text } as typeof given).task;
  const first = claimTask(board, running.id, { claimer: text, profile: text });
  blockTask(board, running.id, { runId: first.run.id, reason: text });
  unblockTask(board, running.id, { comment: text, author: text });
  claimTask(board, running.id, { claimer: text, profile: text });
  const blocked = createTask(board, { ...given, parents: [parent.id] }).task;
  linkTasks(board, running.id, blocked.id);
  const asked = createTask(board, given).task;
  blockTask(board, asked.id, { reason: text });
  const reviewed = createTask(board, { ...given, review: true }).task;
  const run = claimTask(board, reviewed.id, { claimer: text }).run;
  completeTask(board, reviewed.id, { runId: run.id, summary: text, result: text, metadata: { [text]: text } });
  requestChanges(board, reviewed.id, { reason: text, author: text });
  const done = createTask(board, given).task;
  completeTask(board, done.id, { summary: text, result: text, metadata: { [text]: [text] } });
  addComment(board, done.id, { body: text, author: text, via: text });
  return pages(board, text, {
    running: running.id,
    asked: asked.id,
    done: done.id,
    reviewed: reviewed.id,
    blocked: blocked.id,
  });
}

function pages(
  board: Board,
  text: string,
  ids: Record<"running" | "asked" | "done" | "reviewed" | "blocked", string>,
): string[] {
  const shell = { ...shellView(board), board: text, me: text, path: `/?q=${encodeURIComponent(text)}` };
  shell.menus = { ...shell.menus, profiles: [text], assignees: [text], people: [text], tenants: [text] };
  shell.daemon = {
    ...shell.daemon,
    paused_by: text,
    paused_at: board.now(),
    notices: [{ cause: "x", text, show: { href: "/", text } }],
  };
  const filter = { ...noFilter(), q: text, tenant: { any: [text], none: [] }, assignee: { any: [], none: [text] } };
  const all = listTasks(board, { archived: true }).map((task) => ({ ...task, waits_for: waitsFor(text) }));
  const cards = all.map(({ id }) => ({ ...cardView(board, id), waits: waitsFor(text), tail: text }));
  const columns = (["todo", "ready", "running", "blocked", "review", "done"] as const).map((name) => ({
    name,
    total: 1,
    next: text,
    query: `q=${encodeURIComponent(text)}`,
    lanes: true,
    cards: cards.filter(({ card }) => card.status === name),
  }));
  const drawers = Object.values(ids).map((id) => ({ ...drawerView(board, id), waits: waitsFor(text) }));
  const log = { task_id: ids.running, exists: true, path: text, size_bytes: 5, text, truncated: true, live: true };
  const rows = drawers.flatMap(({ page }) =>
    page.runs.map((run) => ({ run, task: page.task, tail: text, attempt: 1, now: board.now() })),
  );
  const need = { kind: "gave_up" as const, text, since: 1, place: { at: 1, of: 2 }, tries: 2, tail: text };
  const panes = drawers.map(({ page: { task, runs } }) => ({
    task,
    need: { ...need, runs: [...runs, ...runs] },
    previous: task.id,
    next: task.id,
    markdown: true,
  }));
  const needs = {
    needs: all.map((task, i) => ({
      kind: (["question", "review", "gave_up"] as const)[i % 3]!,
      task,
      text,
      since: 1,
    })),
    mentions: [{ event_id: 1, task_id: ids.running, title: text, author: text, text, created_at: 1 }],
    held: [{ name: text, kind: text, key: text, reason: text, since: 1, profiles: [text] }],
    checks: [{ title: text, text, command: text }],
    more: 1,
    opened: true,
    now: board.now(),
  };
  const chain = { nodes: all, edges: [{ parent: ids.running, child: ids.blocked }], more: true };
  const over = [{ id: ids.running, title: text, tasks: 2, completed_at: board.now() }];
  const graph = {
    chains: [chain],
    finished: over,
    matches: null,
    next: text,
    root: ids.running,
    filter,
    now: board.now(),
  };
  const insights = { ...insightsView(board), filter };
  insights.profiles = [{ name: text, runs: 1, ok: 1, hours: [{ completed: 1, failed: 0 }] }];
  const found = all.map(({ id, title, status }) => ({ id, title, status }));
  const create = {
    column: null,
    parents: found,
    tenants: [text],
    profiles: [text],
    assignees: [text],
    values: { title: text, body: text, skills: text, workspace: text },
    error: { field: "title", message: text },
  };
  return [
    <BoardPage
      shell={shell}
      board={{ columns, filter, lanes: true, dismissed: [], rails: { rails: [], opened: [] }, start: null }}
      path="/"
      drawer={{ ...drawers[0]!, log }}
    />,
    ...drawers.slice(1).map((view) => <Drawer view={view} />),
    <NeedsPage shell={shell} view={{ ...needs, pane: panes[0]! }} />,
    ...panes.flatMap((pane) =>
      (["question", "review", "gave_up"] as const).map((kind) => (
        <NeedPane pane={{ ...pane, need: { ...pane.need, kind } }} now={board.now()} />
      )),
    ),
    <RunsPage shell={shell} live={rows} recent={rows} />,
    <ListPage
      shell={shell}
      list={{
        groups: [{ name: null, open: true, total: 1, next: text, rows: cards }],
        ...{ filter, sort: "title", sorts: ["title", "priority"], hidden: [], total: 1, all: 1 },
      }}
    />,
    <DepsPage shell={shell} graph={graph} />,
    <InsightsPage shell={shell} insights={insights} />,
    <CreatePage shell={shell} create={create} />,
    <HelpPage shell={shell} />,
    <ErrorPage shell={shell} status={500} message={text} hint={text} />,
    <LoginPage error={text} />,
    <PaletteResults view={{ q: text, focus: found[0]!, moves: null, tasks: found }} />,
    <PickerResults view={{ task: null, as: "parent", q: text, tasks: found }} />,
    <PickerResults view={{ task: ids.done, as: "child", q: text, tasks: found }} />,
    <PickerResults view={{ task: null, as: "parent", q: text, tasks: [] }} />,
    <BulkDone done={1} what={text} failed={[{ id: text, error: text }]} />,
    changed({ card: cards[0]!, toast: { text, tone: "ok", hint: text, open: ids.done } }),
    refused({ message: text, hint: text, card: cards[1]! }),
    refused({ message: text, form: "create" }),
    ...["flow", "cycle", "hours"].map((name) => chartSvg(name, insights)!),
  ].map((page) => (typeof page === "string" ? page : document(page)));
}

/** Tag names that any page of ours may hold, learnt from harmless text. */
let known: Set<string>;
let attributes: Set<string>;

beforeAll(async () => {
  const found = (await Promise.all(everything("A plain text").map(tags))).flat();
  known = new Set(found.map((tag) => tag.name));
  attributes = new Set(found.flatMap((tag) => Object.keys(tag.attributes)));
});

const ADDRESS = /^(?:\/(?!\/)|#|https?:\/\/|mailto:)/;

describe.each(PAYLOADS)("with %j in every field", (payload) => {
  test("no page gains an element, an attribute or an address that harmless text does not have", async () => {
    const pages = everything(payload);
    const wrong: string[] = [];
    for (const { name, attributes: own } of (await Promise.all(pages.map(tags))).flat()) {
      if (!known.has(name) && name !== "code") wrong.push(`<${name}>`);
      for (const [key, value] of Object.entries(own)) {
        if (!attributes.has(key) && key !== "target" && key !== "rel") wrong.push(`${name} ${key}=`);
        if (["href", "src", "action", "hx-get", "hx-post"].includes(key) && !ADDRESS.test(value)) wrong.push(value);
      }
    }

    expect(wrong).toEqual([]);
    if (/[<"']/.test(payload)) expect(pages.filter((page) => page.includes(payload))).toEqual([]);
  });
});

test("no page has a script of its own, a style or a handler: the content security policy holds", async () => {
  const wrong: string[] = [];
  for (const { name, attributes: own } of (await Promise.all(everything("A plain text").map(tags))).flat()) {
    if (name === "style") wrong.push(name);
    if (name === "script" && !/^\/(static|vendor)\//.test(own["src"] ?? "")) wrong.push("inline script");
    for (const [key, value] of Object.entries(own)) {
      if (key === "style" || /^(on|hx-on)/.test(key)) wrong.push(`${name} ${key}`);
      if (key === "hx-vals" && value.includes("js:")) wrong.push(value);
      if (key === "hx-trigger" && value.includes("[")) wrong.push(value);
    }
  }

  expect(wrong).toEqual([]);
});
