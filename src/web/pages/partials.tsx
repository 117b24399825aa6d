/** @jsxImportSource hono/jsx */
/**
 * Parts of pages that are fetched by themselves: a card, the runs, events and log of a task, what the
 * palette and the pickers find.
 *
 * @module
 */
import type { Hono } from "hono";
import { Relatives } from "../../../views/drawer/deps.tsx";
import { Description } from "../../../views/drawer/drawer.tsx";
import { Markdown } from "../../../views/parts/markdown.tsx";
import { History } from "../../../views/edits/history.tsx";
import { EventsSection } from "../../../views/drawer/events.tsx";
import { LogSection } from "../../../views/drawer/log.tsx";
import { PaletteResults, type PaletteView } from "../../../views/shell/palette.tsx";
import { CardIn } from "../../../views/parts/partials.tsx";
import { PickerResults } from "../../../views/parts/picker.tsx";
import { RunsSection } from "../../../views/drawer/runs.tsx";
import {
  type Board,
  getCard,
  getTask,
  isTaskId,
  linkable,
  listPage,
  neighbours,
  neverReleased,
  showTask,
  wholeText,
} from "../../kernel/mod.ts";
import { cardViews } from "./cards.ts";
import { historyView } from "./history.ts";
import { type Ctx, type Env, snapshot, type Web } from "../context.ts";
import { movesFrom } from "./page_shell.ts";
import { logView, updateView } from "./task.ts";

const PALETTE_TASKS = 8;
const PICKER_TASKS = 20;
const RELATIVES_MORE = 100;

/** Puts the parts on the router. */
export function mountPartials(app: Hono<Env>, web: Web): void {
  const part = (path: string, render: (board: Board, id: string, c: Ctx) => unknown) =>
    app.get(path, async (c) =>
      c.html(await snapshot(web, (board) => String(render(board, c.req.param("id") ?? "", c)))),
    );

  part("/t/:id/card", (board, id) => {
    getTask(board, id);
    return <CardIn view={cardViews(web, board, [getCard(board, id)!])[0]!} />;
  });
  part("/t/:id/runs", (board, id) => {
    const { page, cut, now, markdown } = updateView(web, board, id, { runs: true });
    const { task, runs, totals } = page;
    return <RunsSection task={task} runs={runs} total={totals.runs} now={now} markdown={markdown} cut={cut} all />;
  });
  part("/t/:id/events", (board, id) => {
    const { page, now } = updateView(web, board, id, { events: true });
    return <EventsSection id={id} events={page.events} total={page.totals.events} now={now} all />;
  });
  part("/t/:id/history", (board, id, c) => {
    const before = Number(c.req.query("before")) || undefined;
    return <History view={historyView(board, id, before)} more={before !== undefined} />;
  });
  part("/t/:id/description", (board, id) => (
    <Description task={getTask(board, id)} markdown={web.config.dashboard.render_markdown} cut={new Set()} asked />
  ));
  part("/t/:id/text", (board, id, c) => (
    <Markdown text={wholeText(board, id, c.req.query("field") ?? "")} plain={!web.config.dashboard.render_markdown} />
  ));
  part("/t/:id/relatives", (board, id, c) => {
    const as = c.req.query("as") === "child" ? "child" : "parent";
    // How many come before is for the words of the button alone: the page begins after a task.
    const from = Math.max(0, Math.trunc(Number(c.req.query("from"))) || 0);
    const after = c.req.query("after");
    const tasks = neighbours(board, id, as === "child" ? "children" : "parents", { limit: RELATIVES_MORE, after });
    const { totals } = showTask(board, id, { comments: 0, events: 0, runs: 0, relatives: 0 });
    const total = as === "child" ? totals.children : totals.parents;
    const stuck = as === "child" ? [] : neverReleased(board, id);
    return <Relatives id={id} as={as} tasks={tasks} from={from} total={total} stuck={stuck} />;
  });
  part("/t/:id/log", (board, id) => <LogSection view={logView(web, board, id)} />);
  part("/palette", (board, _, c) => <PaletteResults view={paletteView(board, c)} />);
  part("/pick", (board, _, c) => {
    const task = idOf(c.req.query("task"));
    const as = c.req.query("as") === "child" ? "child" : "parent";
    const q = (c.req.query("q") ?? "").slice(0, 200);
    const tasks = linkable(board, { task: task ?? undefined, as, q, limit: PICKER_TASKS });
    return <PickerResults view={{ task, as, q, tasks }} />;
  });
}

function paletteView(board: Board, c: Ctx): PaletteView {
  const q = (c.req.query("q") ?? "").slice(0, 200);
  const id = idOf(c.req.query("focus"));
  const card = id === null ? null : getCard(board, id);
  const { tasks } = listPage(board, { search: q, limit: PALETTE_TASKS });
  return {
    q,
    focus: card && { id: card.id, title: card.title, status: card.status },
    moves: card && movesFrom(card.status),
    tasks: tasks.map(({ id, title, status }) => ({ id, title, status })),
  };
}

function idOf(text: string | undefined): string | null {
  return text !== undefined && isTaskId(text) ? text : null;
}
