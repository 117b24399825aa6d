/** @jsxImportSource hono/jsx */
import { describe, expect, test } from "bun:test";
import { blockTask, claimTask, legalMoves, openRuns, recentRuns } from "../src/kernel/mod.ts";
import { testBoard } from "../src/testing/mod.ts";
import { cardView, noFilter, shellView, textOf } from "../src/testing/views.ts";
import { CreatePage } from "./pages/create_page.tsx";
import { document } from "./shell/document.tsx";
import { ListPage } from "./pages/list.tsx";
import { PaletteResults } from "./shell/palette.tsx";
import { BulkDone, CardIn, CardOut, Counts, Nav, changed, refused } from "./parts/partials.tsx";
import { RunsPage } from "./pages/workers.tsx";

test("runs: what works now can be stopped, what ended says how", async () => {
  const { board, ready, done } = testBoard();
  const { id } = ready();
  claimTask(board, id, { claimer: "w" });
  done();
  const row = (run: ReturnType<typeof openRuns>[number] | ReturnType<typeof recentRuns>[number]) => ({
    run,
    task: { id: run.task_id, title: run.title, assignee: null },
    tail: run.pid === null ? null : "line",
    attempt: 1,
    now: board.now(),
  });

  const html = document(
    <RunsPage shell={shellView(board)} live={openRuns(board).map(row)} recent={recentRuns(board).map(row)} />,
  );

  expect(html.match(/\/stop"/g)).toHaveLength(2);
  expect(textOf(html)).toContain("active 00:00");
  expect(textOf(html)).toMatch(/claimed by w active/);
  expect(textOf(html)).toContain("did Translate README completed");
});

describe("the list", () => {
  const page = (sort: string) => {
    const { board, ready } = testBoard();
    const task = ready();
    return document(
      <ListPage
        shell={shellView(board)}
        list={{
          groups: [
            {
              name: sort === "status" ? ("ready" as const) : null,
              open: true,
              total: 9,
              next: "1.2.3",
              rows: [cardView(board, task.id)],
            },
          ],
          filter: { ...noFilter(), tenant: { any: ["a"], none: [] } },
          sort,
          sorts: ["priority", "title"],
          hidden: ["creator"],
          total: 9,
          all: 12,
        }}
      />,
    );
  };
  test("is one list in the order that was chosen, else groups by status", () => {
    const [grouped, sorted] = [page("status"), page("title")];
    expect(grouped).toMatch(/<details class="g c-ready" id="group-ready" data-group="ready" open/);
    expect(grouped).toContain('<option value="status" selected="">');
    expect(sorted).not.toContain('<details class="g');
    expect(sorted).toContain('<option value="title" selected="">');
  });
  test("says how many of the board's tasks these are, and leaves out columns by a class", () => {
    const html = page("status");
    expect(textOf(html)).toContain("9 of 12");
    expect(html).toMatch(/class="rows no-creator"/);
  });
  test("the next page keeps filter and order", () => {
    expect(page("title")).toContain('href="/list?tenant=a&amp;sort=title&amp;after=1.2.3"');
    expect(page("title")).toContain('hx-get="/l/all?tenant=a&amp;sort=title&amp;after=1.2.3"');
    expect(page("status")).toContain('hx-get="/l/ready?tenant=a&amp;after=1.2.3"');
  });
});

describe("the palette", () => {
  const focus = { id: "t_00000000", title: "Ship it", status: "ready" as const };
  const rows = (q: string) =>
    textOf(String(<PaletteResults view={{ q, focus, moves: legalMoves("ready"), tasks: [] }} />));

  test("offers the legal moves of the focused task, then places, then commands", () => {
    expect(rows("")).toMatch(/t_00000000 · Ship it Open .*Move to Triage.*Block with a reason….*Claim it Go to Board/);
    expect(rows("")).not.toContain("Move to Review");
  });
  test("narrows by every word", () => {
    expect(rows("reas bl")).toBe("t_00000000 · Ship it Block with a reason…");
    expect(rows("zzz")).toBe("Nothing matches “zzz”.");
  });
});

describe("answers", () => {
  test("a card goes to the list of its status, counts to all that show them", () => {
    const { board, ready } = testBoard();
    const { id } = ready();
    expect(String(<CardIn view={cardView(board, id)} />)).toStartWith(
      `<hx-partial hx-target="#list-ready" hx-swap="place"><li id="card-${id}"`,
    );
    expect(String(<CardOut id={id} />)).toBe(`<hx-partial hx-target="#card-${id}" hx-swap="delete"></hx-partial>`);
    expect(String(<Counts counts={{ ready: 3 }} />)).toBe(
      '<hx-partial hx-target="[data-n=ready]" hx-swap="textContent">3</hx-partial>',
    );
    expect(String(<Nav nav={{ all: 2, running: 1, needs: 0, mine: 0 }} />)).toContain(
      '<hx-partial hx-target="[data-nav=needs]" hx-swap="textContent"></hx-partial>',
    );
  });
  test("a change says so in a toast with the way back, and in the live region", () => {
    const { board, ready } = testBoard();
    const { id } = ready();
    const html = changed({
      card: cardView(board, id),
      settled: id,
      toast: { text: "Moved", tone: "ok", undo: 7 },
    });
    expect(html).toContain('hx-target="#toasts"');
    expect(html).toContain('hx-post="/undo" hx-swap="none" data-undo="true"><input type="hidden" name="act" value="7"');
    expect(html).toContain('<hx-partial hx-target="#say" hx-swap="textContent">Moved</hx-partial>');
    expect(html).toContain(`hx-target="#need-${id}"`);
  });
  test("a refusal brings the card back as it is, and speaks where the form is", () => {
    const { board, ready } = testBoard();
    const { id } = ready();
    blockTask(board, id);
    const html = refused({
      message: "it must be ready, it is blocked",
      hint: "kanban show",
      card: cardView(board, id),
    });
    expect(html).toContain('hx-target="#list-blocked"');
    expect(textOf(html)).toContain("it must be ready, it is blocked kanban show");
    expect(refused({ message: "title is empty", form: "create" })).toStartWith(
      '<hx-partial hx-target="#error-create" hx-swap="textContent">title is empty',
    );
  });
  test("a bulk action names each id that was refused", () => {
    const text = textOf(String(<BulkDone done={2} what="moved" failed={[{ id: "t_1", error: "it is done" }]} />));
    expect(text).toContain("2 moved, 1 refused t_1: it is done");
    const none = textOf(String(<BulkDone done={0} what="moved" failed={[{ id: "t_1", error: "t_1 is done" }]} />));
    expect(none).toContain("None moved, 1 refused t_1 is done");
  });
});

test("the create page brings what was typed and the complaint back", () => {
  const { board } = testBoard();
  const create = {
    column: null,
    parents: [{ id: "t_00000000", title: "First" }],
    tenants: [],
    profiles: ["coder"],
    assignees: [],
    values: { title: "Mine", priority: "3" },
    error: { field: "title", message: "title is too long" },
  };
  const html = document(<CreatePage shell={shellView(board)} create={create} />);
  expect(html).toContain('value="Mine"');
  expect(html).toMatch(/<option value="3" selected/);
  expect(html).toMatch(/name="title"[^>]*aria-invalid="true"/);
  expect(html).toContain('name="parents" value="t_00000000"');
  expect(textOf(html)).toContain("title is too long");
});
