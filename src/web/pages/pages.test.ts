import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { logPath } from "../../home.ts";
import { blockTask, claimTask, completeTask, createTask, recordSpawned, type Task, write } from "../../kernel/mod.ts";
import { type TestWeb, testWeb } from "../../testing/web.ts";

const PAGES = ["/", "/needs", "/runs", "/list", "/deps", "/insights", "/new", "/help", "/api"];

let t: TestWeb;
let tasks: Record<"parent" | "child" | "running" | "blocked" | "review" | "done", Task>;
const create = (title: string, input: object = {}) => createTask(t.board, { title, ...input }).task;

beforeAll(async () => {
  t = await testWeb();
  const parent = create("Parent task", { assignee: "dmo", tenant: "auth" });
  const child = create("Child task", { parents: [parent.id], body: "**bold** body" });
  const running = create("Running task", { assignee: "demo" });
  const { run } = claimTask(t.board, running.id, { claimer: "w", boot_id: "b" });
  recordSpawned(t.board, { taskId: running.id, runId: run.id, pid: 1, pid_started: null, boot_id: "b" });
  mkdirSync(t.home.logs, { recursive: true });
  writeFileSync(logPath(t.home, running.id), "one\n\x1b[32mtwo <script>\x1b[0m\n\n");
  const blocked = create("Blocked task");
  blockTask(t.board, blocked.id, { reason: "Which colour?" });
  const review = create("Review task", { review: true });
  completeTask(t.board, review.id, {
    runId: claimTask(t.board, review.id, { claimer: "w" }).run.id,
    summary: "looks good",
  });
  const done = create("Done task");
  completeTask(t.board, done.id, { summary: "all there" });
  tasks = { parent, child, running, blocked, review, done };
});
afterAll(() => t.close());
beforeEach(() => void (t.warnings.length = 0));

describe("pages", () => {
  test.each(PAGES)("%s is a whole document with the shell and without a word of inline code", async (path) => {
    const { status, html, headers } = await t.page(path);
    expect(status).toBe(200);
    expect(headers.get("content-type")).toContain("text/html");
    expect(html).toStartWith("<!doctype html>");
    expect(html).toContain('id="daemon"');
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/);
    expect(html).not.toMatch(/\sstyle=/);
    expect(html).not.toMatch(/\son[a-z]+=/);
    expect(html).not.toContain("[object Object]");
    expect(t.warnings).toEqual([]);
  });

  test("the board shows each task in its column with what there is to know", async () => {
    const { html } = await t.page("/");
    for (const [status, task] of [
      ["ready", tasks.parent],
      ["todo", tasks.child],
      ["running", tasks.running],
      ["blocked", tasks.blocked],
      ["review", tasks.review],
      ["done", tasks.done],
    ] as const) {
      const column = html.slice(html.indexOf(`id="list-${status}"`)).split("</section>")[0]!;
      expect(column).toContain(`id="card-${task.id}"`);
    }
    expect(html).toContain("Which colour?");
    expect(html).toContain("two &lt;script&gt;"); // The worker's last line.
    expect(html).toContain("waits for a profile named &quot;dmo&quot;");
    expect(html).not.toContain("bold"); // Bodies never travel in cards.
  });

  test("the address decides what is shown, and `*` and empty mean any and none", async () => {
    const shows = async (path: string, task: Task) => (await t.page(path)).html.includes(`id="card-${task.id}"`);
    expect(await shows("/?tenant=auth", tasks.parent)).toBe(true);
    expect(await shows("/?tenant=auth", tasks.blocked)).toBe(false);
    expect(await shows("/?tenant=", tasks.blocked)).toBe(true);
    expect(await shows("/?tenant=*", tasks.parent)).toBe(true);
    expect(await shows("/?q=COLOUR", tasks.blocked)).toBe(true);
    expect(await shows("/?hide_blocked=1", tasks.child)).toBe(false);
    expect((await t.page("/list")).html).toContain("Child task");
    expect((await t.page("/list?hide_blocked=1")).html).not.toContain("Child task");
    expect(await shows("/?status=done", tasks.parent)).toBe(false);
  });

  test("a tenant from the settings is preselected until another is chosen", async () => {
    const other = await testWeb({ config: 'dashboard: { default_tenant: "auth", lane_by_profile: false }' });
    try {
      const mine = createTask(other.board, { title: "mine", tenant: "auth" }).task;
      const theirs = createTask(other.board, { title: "theirs" }).task;
      const board = (await other.page("/")).html;
      expect([board.includes(`card-${mine.id}`), board.includes(`card-${theirs.id}`)]).toEqual([true, false]);
      expect((await other.page("/?tenant=*")).html).toContain(`card-${theirs.id}`);
      expect(board).toContain('data-lanes="false"');
    } finally {
      other.close();
    }
  });

  test("a task's own address is the board with its drawer, or the drawer alone for htmx", async () => {
    const cold = await t.page(`/t/${tasks.child.id}`);
    expect(cold.html).toContain('id="board"');
    expect(cold.html).toContain(`id="drawer-${tasks.child.id}"`);
    expect(cold.html).toContain("<strong>bold</strong>");
    const part = await t.page(`/t/${tasks.child.id}`, { "hx-request": "true", "hx-target": "aside#drawer" });
    expect(part.html).not.toContain("<html");
    expect(part.html).toContain(tasks.parent.id);
    expect(part.headers.get("vary")).toContain("HX-Target");
    expect((await t.page("/t/t_00000000")).status).toBe(404);
  });

  test("needs you lists questions, reviews and checks", async () => {
    const { html } = await t.page("/needs");
    expect(html).toContain(`id="need-${tasks.blocked.id}"`);
    expect(html).toContain(`id="need-${tasks.review.id}"`);
    expect(html).toContain("no profile can start it");
  });

  test("the theme comes from its cookie, anything else in it is ignored", async () => {
    const themed = async (value: string) =>
      (await t.page("/", { cookie: `${t.browser["cookie"]}; kanban_theme=${value}` })).html.match(/<html[^>]*>/)![0];
    expect(await themed("dark")).toContain('data-theme="dark"');
    expect(await themed("light")).toContain('data-theme="light"');
    expect(await themed("%22%3E%3Cscript%3E")).not.toContain("data-theme");
  });

  test("nothing odd in a query breaks a page", async () => {
    for (const path of PAGES) {
      for (const query of [
        "?q=%00",
        "?q=%ff",
        `?q=${"x".repeat(3_000)}`,
        "?tenant=%22%3E&assignee=%27&status=nope&days=abc&id=../x&sort=;",
        "?days=1e9&after=1.2.3",
      ]) {
        const { status } = await t.page(path + query);
        expect([path + query.slice(0, 20), status < 500]).toEqual([path + query.slice(0, 20), true]);
      }
    }
    expect(t.warnings).toEqual([]);
  });
});

test("the graph is narrowed by every chip that it shows, and that of one task by none", async () => {
  const other = await testWeb();
  try {
    const parent = createTask(other.board, { title: "Upstream", tenant: "acme", assignee: "ann" }).task;
    createTask(other.board, { title: "Downstream", tenant: "acme", assignee: "ann", parents: [parent.id] });
    const elsewhere = createTask(other.board, { title: "Elsewhere" }).task;
    createTask(other.board, { title: "Behind it", parents: [elsewhere.id] });
    const shown = async (path: string) => {
      const { html } = await other.page(path);
      const chips = [...html.matchAll(/class="chip f"><b>(\w+)</g)].map(([, name]) => name);
      return { chips, titles: ["Upstream", "Elsewhere"].filter((title) => html.includes(title)) };
    };

    expect(await shown("/deps")).toEqual({ chips: [], titles: ["Upstream", "Elsewhere"] });
    expect(await shown("/deps?tenant=acme")).toEqual({ chips: ["Project"], titles: ["Upstream"] });
    expect(await shown("/deps?not_assignee=ann")).toEqual({ chips: ["Assignee"], titles: ["Elsewhere"] });
    expect(await shown(`/deps?id=${parent.id}&tenant=globex`)).toEqual({ chips: [], titles: ["Upstream"] });
  } finally {
    other.close();
  }
});

test("of very many that wait for a person, the page says how many more there are", async () => {
  const other = await testWeb();
  try {
    write(other.board, () => {
      for (let i = 0; i < 103; i++) blockTask(other.board, createTask(other.board, { title: `Task ${i}` }).task.id);
    });
    const { html } = await other.page("/needs");
    expect(html.match(/id="need-t_/g)).toHaveLength(100);
    expect(html).toContain("And 3 more");
  } finally {
    other.close();
  }
});

describe("parts of pages", () => {
  test("columns page by cursor until the last card, and show their total", async () => {
    const other = await testWeb();
    try {
      write(other.board, () => {
        for (let i = 0; i < 130; i++) createTask(other.board, { title: `Task ${i}` });
      });
      const seen = new Set<string>();
      let path: string | null = "/c/ready";
      let pages = 0;
      while (path !== null) {
        const { html, headers } = await other.page(path);
        if (pages === 0)
          expect(JSON.parse(headers.get("hx-trigger")!)).toEqual({ "kanban:count": { status: "ready", total: 130 } });
        for (const [, id] of html.matchAll(/id="card-(t_[0-9a-f]{8})"/g)) seen.add(id!);
        path = html.match(/hx-get="(\/c\/ready\?[^"]+)"/)?.[1]?.replaceAll("&amp;", "&") ?? null;
        pages++;
      }
      expect([seen.size, pages]).toEqual([130, 3]);
    } finally {
      other.close();
    }
  });

  test.each([
    ["/t/:id/card", (task: Task) => `id="card-${task.id}"`],
    ["/t/:id/runs", () => 'id="d-runs"'],
    ["/t/:id/events", () => 'id="d-events"'],
    ["/t/:id/log", () => "two &lt;script&gt;"],
    ["/palette?q=Running&focus=:id", (task: Task) => task.id],
    ["/pick?task=:id&as=parent&q=", () => "Blocked task"],
  ])("%s", async (path, expected) => {
    const { status, html } = await t.page(path.replace(":id", tasks.running.id));
    expect(status).toBe(200);
    expect(html).toContain(expected(tasks.running));
    expect(html).not.toContain("<html");
  });

  test("the picker leaves out the task itself and those already linked", async () => {
    const { html } = await t.page(`/pick?task=${tasks.child.id}&as=parent&q=task`);
    expect(html).not.toContain(tasks.child.id + "<");
    expect(html).not.toContain("Parent task");
    expect(html).toContain("Done task");
  });

  test("each chart is a picture of its own; another name is none", async () => {
    for (const name of ["flow", "cycle", "hours", "throughput", "wait", "first-try", "needs"]) {
      const { status, html, headers } = await t.page(`/insights/${name}.svg`);
      expect([name, status, headers.get("content-type")]).toEqual([name, 200, "image/svg+xml"]);
      expect(html).toStartWith("<svg");
    }
    expect((await t.page("/insights/nothing.svg")).status).toBe(404);
    expect((await t.page("/insights/constructor.svg")).status).toBe(404);
  });
});

describe("static files", () => {
  test("come with a type and an etag, and are asked for only once", async () => {
    for (const [path, type] of [
      ["/static/board.css", "text/css"],
      ["/static/board.js", "text/javascript"],
      ["/vendor/htmx.js", "text/javascript"],
      ["/static/icon.svg", "image/svg+xml"],
    ]) {
      const first = await t.page(path!);
      expect([path, first.status]).toEqual([path, 200]);
      expect(first.headers.get("content-type")).toContain(type!);
      expect(first.html.length).toBeGreaterThan(100);
      const again = await t.page(path!, { "if-none-match": first.headers.get("etag")! });
      expect([path, again.status, again.html]).toEqual([path, 304, ""]);
    }
  });

  test.each([
    "/static/skills",
    "/static/css",
    "/static/css/base.css",
    "/static/..%2fpackage.json",
    "/static/%2e%2e%2fpackage.json",
    "/static/board.css%00",
    "/static/.hidden",
    "/vendor/hono.js",
    "/vendor/constructor",
  ])("%s is not served [S: path traversal]", async (path) => {
    expect((await t.page(path)).status).toBe(404);
  });
});

test("a log that cannot be read says so in its place, and the page around it works", async () => {
  const other = await testWeb();
  try {
    const { id } = createTask(other.board, { title: "linked away", assignee: "demo" }).task;
    const { run } = claimTask(other.board, id, { claimer: "w", boot_id: "b" });
    recordSpawned(other.board, { taskId: id, runId: run.id, pid: 1, pid_started: null, boot_id: "b" });
    mkdirSync(other.home.logs, { recursive: true });
    symlinkSync("/etc/passwd", logPath(other.home, id));
    for (const path of ["/", `/t/${id}`, "/runs", `/t/${id}/log`]) {
      const { status, html } = await other.page(path);
      expect([path, status]).toEqual([path, 200]);
      expect(html).toContain("Cannot read log");
      expect(html).not.toContain("root:");
    }
    expect((await other.api("GET", `/api/tasks/${id}/log`)).status).toBe(409);
  } finally {
    other.close();
  }
});
