/** @jsxImportSource hono/jsx */
import { describe, expect, test } from "bun:test";
import { boardColumns, claimTask, legalMoves, type Status } from "../../src/kernel/mod.ts";
import { testBoard } from "../../src/testing/mod.ts";
import { cardView, daemonView, noFilter, shellView, tags, textOf } from "../../src/testing/views.ts";
import { BoardPage, type RailChoice } from "./board.tsx";
import { ColumnRows, type ColumnView } from "../card/column.tsx";
import { DaemonCard } from "../shell/daemon.tsx";
import { type Notice, Notices } from "../shell/notices.tsx";
import { Filters } from "../shell/filters.tsx";
import { href, query } from "../shell/filter_query.ts";
import { document } from "../shell/document.tsx";
import { MoveItems } from "../shell/menus.tsx";

function setup() {
  const t = testBoard();
  const columns = (more: Partial<ColumnView> = {}) =>
    boardColumns(t.board).map((column) => ({
      name: column.name,
      total: column.total,
      next: column.next,
      cards: column.tasks.map((card) => cardView(t.board, card.id)),
      query: "",
      lanes: true,
      ...more,
    }));
  const page = (filter = noFilter(), rails: RailChoice = { rails: [], opened: [] }) =>
    document(
      <BoardPage
        shell={shellView(t.board)}
        board={{ columns: columns(), filter, lanes: true, rails, dismissed: [], start: null }}
        path="/"
      />,
    );
  return { ...t, columns, page };
}

describe("the board", () => {
  test("has a labelled section per state with its count, and a tab for the phone", async () => {
    const { ready, page } = setup();
    ready();

    const all = await tags(page());

    const sections = all.filter((tag) => tag.attributes["data-col"]);
    expect(sections.map((tag) => tag.attributes["data-col"])).toEqual([
      "triage",
      "todo",
      "ready",
      "running",
      "review",
      "blocked",
      "done",
    ]);
    expect(sections.every((tag) => tag.attributes["aria-labelledby"] === `h-${tag.attributes["data-col"]}`)).toBe(true);
    expect(all.filter((tag) => tag.attributes["data-n"] === "ready")).toHaveLength(2);
    expect(sections.filter((tag) => tag.attributes["class"]!.includes("vacant"))).toHaveLength(6);
  });
  test("every empty column says what it is for, and by which key or command something comes there", () => {
    const { page } = setup();
    const text = textOf(page());
    for (const words of ["Park an idea here C", 'start it C kanban create "…"', "from Ready kanban up", "here M"])
      expect(text).toContain(words);
  });
  test("names its columns, the empty ones and what was chosen of them before the first column", async () => {
    const { ready, page } = setup();
    ready();

    const board = (await tags(page(noFilter(), { rails: ["done"], opened: ["todo"] }))).find(
      (tag) => tag.attributes["id"] === "board",
    )!;

    expect(board.attributes).toMatchObject({
      "data-columns": "triage todo ready running review blocked done",
      "data-shown": "7",
      "data-filled": "1",
      "data-vacant": "triage running review blocked done",
      "data-rails": "done",
      "data-opened": "todo",
    });
  });
  test("has exactly one live region, and says which build and event it shows", async () => {
    const { page } = setup();
    const all = await tags(page());
    expect(all.filter((tag) => tag.attributes["role"] === "status")).toHaveLength(1);
    const body = all.find((tag) => tag.name === "body")!.attributes;
    expect(body).toMatchObject({ "data-build": "b1", "data-path": "/", "data-since": "0" });
  });
  test("ids are unique", async () => {
    const { ready, page } = setup();
    ready();
    ready();
    const ids = (await tags(page())).map((tag) => tag.attributes["id"]).filter(Boolean);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });
});

describe("a column", () => {
  test("offers the next page with its filters, and the list without scripts", () => {
    const { columns, ready } = setup();
    ready();
    const view = {
      ...columns().find((column) => column.name === "ready")!,
      total: 318,
      next: "0.5.7",
      query: "tenant=a",
    };

    const html = String(<ColumnRows view={view} />);

    expect(html).toContain('hx-get="/c/ready?tenant=a&amp;after=0.5.7"');
    expect(html).toContain('href="/list?status=ready"');
    expect(textOf(html)).toContain("Show 50 more of 318");
  });
  test("Running is in lanes by assignee, or in the order of its claims", () => {
    const { board, ready, columns, clock } = setup();
    for (const assignee of ["zoe", "ann", "zoe"]) {
      const { id } = ready({ assignee, title: `for ${assignee}` });
      clock.ms += 1_000;
      claimTask(board, id, { claimer: "w" });
    }
    const running = columns().find((column) => column.name === "running")!;
    const titles = (lanes: boolean) =>
      String(<ColumnRows view={{ ...running, lanes }} />).match(/data-lane-head="\w+"|>for \w+/g);

    expect(titles(true)).toEqual(['data-lane-head="ann"', ">for ann", 'data-lane-head="zoe"', ">for zoe", ">for zoe"]);
    expect(titles(false)).toEqual([">for zoe", ">for ann", ">for zoe"]);
  });
  test("a filtered empty one does not teach, it says that nothing matches", () => {
    const { columns } = setup();
    const view = { ...columns()[2]!, query: "q=x" };
    expect(textOf(String(<ColumnRows view={view} />))).toBe("Nothing here matches the filters.");
  });
});

describe("the Move menu", () => {
  test.each<Status>(["triage", "todo", "ready", "running", "review", "blocked", "done", "archived"])(
    "from %s offers what the kernel allows and says why not",
    (from) => {
      const moves = legalMoves(from);
      const html = String(<MoveItems from={from} moves={moves} />);
      for (const [to, legal] of Object.entries(moves)) {
        if (to === from) continue;
        const button = new RegExp(`<button[^>]*data-to="${to}"[^>]*>`).exec(html)![0];
        expect(button.includes("aria-disabled")).toBe(legal !== true);
        if (legal !== true) expect(textOf(html)).toContain(legal);
      }
      expect(html.includes('data-act="take"')).toBe(from === "ready");
    },
  );
});

describe("filters", () => {
  const filter = {
    ...noFilter(),
    q: "a&b",
    tenant: { any: [""], none: [] },
    assignee: { any: ["ann", "bob"], none: ["eve"] },
    status: { any: ["ready" as const], none: [] },
    updated_after: "7d",
    hide_blocked: true,
  };

  test("are the address", () => {
    expect(query(filter)).toBe(
      "q=a%26b&tenant=&assignee=ann&assignee=bob&not_assignee=eve&status=ready&updated_after=7d&hide_blocked=1",
    );
    expect(query(noFilter())).toBe("");
    expect(href("/", noFilter())).toBe("/");
  });
  test("removing a tenant is said, a preselected one would come back", () => {
    expect(href("/", { ...noFilter(), tenant: { any: ["auth"], none: [] } }, { tenant: { any: [], none: [] } })).toBe(
      "/?tenant=*",
    );
  });
  test("each chip links to the page without it", async () => {
    const all = await tags(String(<Filters path="/list" filter={filter} />));
    const off = all.filter((tag) => tag.attributes["aria-label"]?.startsWith("Remove"));
    expect(off.map((tag) => tag.attributes["aria-label"])).toEqual([
      "Remove the text filter a&amp;b",
      "Remove the project filter no project",
      "Remove the assignee filter ann, bob",
      "Remove the assignee filter eve",
      "Remove the status filter Ready",
      "Remove the updated filter in the last 7 days",
      "Remove the blocked filter hidden",
    ]);
    expect(off[4]!.attributes["href"]).not.toContain("status=");
  });
});

describe("the dispatcher's card", () => {
  const { board } = testBoard();
  test("running: slots used", () => {
    expect(textOf(String(<DaemonCard view={daemonView(board)} />))).toBe(
      "Dispatcher running Workers 1 / 4 Oldest ready none Pause Dispatch",
    );
  });
  test("paused: who, since when, and how to resume", () => {
    const paused = { paused_by: "ann", paused_at: board.now() - 60_000 };
    expect(textOf(String(<DaemonCard view={{ ...daemonView(board), ...paused }} />))).toContain("Resume");
    const slow = textOf(String(<DaemonCard view={{ ...daemonView(board), slow_starts: 2 }} />));
    expect(slow).toContain("Starting for over a minute 2");
  });
  test("no answer: since when, before anything else, and where to look [K2]", () => {
    const silent = { silent_since: board.now() - 60_000, paused_by: "ann", paused_at: board.now() };

    expect(textOf(String(<DaemonCard view={{ ...daemonView(board), ...silent }} />))).toStartWith("No answer Workers");
  });
  test("held: what nothing is started for, and why", () => {
    const held = [{ name: "account claude:login", reason: "HTTP 401" }];
    const html = String(<DaemonCard view={{ ...daemonView(board), held }} />);

    expect(textOf(html)).toContain("Held account claude:login");
    expect(html).toContain('title="HTTP 401"');
  });
  test("runs out of sight: that there are some, and which they are [B1]", () => {
    const html = String(<DaemonCard view={{ ...daemonView(board), unseen: "cannot see the processes of 1 run" }} />);

    expect(textOf(html)).toContain("Workers elsewhere: only their leases count");
    expect(html).toContain('title="The dispatcher cannot see the processes of 1 run."');
  });
});

describe("the notices above the columns", () => {
  const NOTICES: Notice[] = [
    { cause: "a-1", text: "Two <tasks> wait.", assign: ["t_1", "t_2"], show: { href: "/?x=1", text: "Show them" } },
    { cause: "b-2", text: "Paused.", act: { path: "/resume", text: "Resume" } },
  ];
  const hidden = async (dismissed: string[]) =>
    (await tags(String(<Notices notices={NOTICES} dismissed={dismissed} />)))
      .filter(({ attributes }) => "data-cause" in attributes)
      .map(({ attributes }) => "hidden" in attributes);

  test("each has its text, what can be done, and a way to dismiss it", () => {
    const html = String(<Notices notices={NOTICES} />);

    expect(textOf(html)).toBe("Two <tasks> wait. Assign… Show them Paused. Resume");
    expect(html).toContain('data-ids="t_1 t_2"');
    expect(html).toContain('<form method="post" action="/resume"');
    expect(html.match(/aria-label="Dismiss"/g)).toHaveLength(2);
  });

  test("those that were dismissed are not shown", async () => {
    expect([await hidden([]), await hidden(["b-2", "gone"]), await hidden(["a-1", "b-2"])]).toEqual([
      [false, false],
      [false, true],
      [true, true],
    ]);
  });
});
