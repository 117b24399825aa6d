import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { profilePath } from "../../home.ts";
import { createTask, getTask, listTasks, setPaused } from "../../kernel/mod.ts";
import { dump, tempDir, until } from "../../testing/mod.ts";
import { textOf } from "../../testing/views.ts";
import { type TestWeb, testWeb } from "../../testing/web.ts";

let t: TestWeb;
let programs: ReturnType<typeof tempDir>;
const path = process.env["PATH"];
beforeEach(async () => {
  t = await testWeb();
  programs = tempDir();
  // Nothing but what a test puts there is an agent of this machine; the programs of the system stay.
  process.env["PATH"] = `${programs.path}:/usr/bin:/bin`;
});
afterEach(() => {
  process.env["PATH"] = path;
  programs.remove();
  t.close();
});

function install(name: string, version: string): void {
  writeFileSync(join(programs.path, name), `#!/bin/sh\necho "${version} (a program)"\n`, { mode: 0o755 });
}

describe("an empty board", () => {
  test("offers three ways to begin, until there was a task or it is hidden", async () => {
    const { html } = await t.page("/");
    const text = textOf(html);
    for (const way of ["Try the built-in worker", "Add your agent", "See a whole board at work", "kanban demo --web"])
      expect(text).toContain(way);
    expect(text).toContain("No dispatcher runs here, so this page starts the worker itself, once");

    const cookie = `${t.browser["cookie"]}; kanban_start=0`;
    expect((await t.page("/", { cookie })).html).not.toContain('id="start"');
    expect((await t.page("/start", { cookie })).html).toContain('id="start"');
    expect((await t.page("/help")).html).toContain('href="/start"');

    createTask(t.board, { title: "The first" });
    expect((await t.page("/")).html).not.toContain('id="start"');
  });

  test("names the agents of this machine, their versions when they were asked, and what each may do", async () => {
    install("claude", "9.8.7");
    install("codex", "0.171.0");

    const { html } = await t.page("/");
    expect(textOf(html)).toContain("claude : it may run any command as you, without asking.");
    expect(textOf(html)).toContain("codex : it may run any command as you, in a sandbox");
    expect(html).not.toContain('name="agent" value="gemini"');

    const found = await t.page("/start/agents");
    expect(textOf(found.html)).toContain("claude 9.8.7 Add codex 0.171.0 Add");
    install("claude", "10.0.0-beta");
    expect(textOf((await t.page("/start/agents")).html)).toContain("claude 10.0.0 Add");
  });

  test("says what it looked for when there is no agent", async () => {
    expect(textOf((await t.page("/start")).html)).toMatch(/None of claude, codex, .* was found on the PATH/);
  });
});

describe("POST /start/demo", () => {
  test("makes one task for the built-in worker and starts it, though no dispatcher runs", async () => {
    const first = await t.post("/start/demo", {});
    const again = await t.post("/start/demo", {});

    expect([first.status, again.status]).toEqual([200, 200]);
    const [task, ...others] = listTasks(t.board, { assignee: "demo" });
    expect(others).toEqual([]);
    expect(JSON.parse(first.headers.get("hx-trigger")!)).toEqual({ "kanban:demo": { id: task!.id } });
    await until(() => getTask(t.board, task!.id).status === "done", { ms: 30_000, what: "the worker" });
    expect(getTask(t.board, task!.id).created_by).toBe("maya");
  }, 60_000);

  test("starts no other task", async () => {
    const other = createTask(t.board, { title: "Not mine to start", assignee: "coder" }).task;
    const page = await t.send("POST", "/start/demo", { headers: t.browser });
    expect([page.status, page.headers.get("location")]).toEqual([303, "/"]);
    expect(getTask(t.board, other.id).status).toBe("ready");
    const task = listTasks(t.board, { assignee: "demo" })[0]!;
    await until(() => getTask(t.board, task.id).status === "done", { ms: 30_000, what: "the worker" });
  }, 60_000);

  test("leaves the task in Ready while the board is paused, and says so before", async () => {
    setPaused(t.board, true);
    expect(textOf((await t.page("/")).html)).toContain("the card waits in Ready until you resume it");
    await t.post("/start/demo", {});
    expect(listTasks(t.board).map(({ status }) => status)).toEqual(["ready"]);
  });
});

describe("POST /start/agent", () => {
  test("writes the profile that the command line writes", async () => {
    install("claude", "9.8.7");
    const { status, headers } = await t.post("/start/agent", { agent: "claude" });

    expect([status, headers.get("hx-trigger")]).toEqual([200, "kanban:agents"]);
    const source = readFileSync(profilePath(t.home, "claude"), "utf8");
    expect(Bun.YAML.parse(source)).toMatchObject({ agent: "claude", env: { ANTHROPIC_API_KEY: null } });
    expect(textOf((await t.page("/start/agents")).html)).toContain("claude 9.8.7 Added");
  });

  test("refuses a name that is no agent of this machine, or a profile already", async () => {
    install("claude", "9.8.7");
    await t.post("/start/agent", { agent: "claude" });
    const source = readFileSync(profilePath(t.home, "claude"), "utf8");
    const before = dump(t.board);

    for (const [agent, status, words] of [
      ["claude", 409, "there is one already"],
      ["codex", 409, "whose program is on PATH"],
      ["../evil", 409, "whose program is on PATH"],
    ] as const) {
      const answer = await t.post("/start/agent", { agent });
      expect(answer.status).toBe(status);
      expect(textOf(answer.html)).toContain(words);
    }

    expect(dump(t.board)).toBe(before);
    expect(readFileSync(profilePath(t.home, "claude"), "utf8")).toBe(source);
    expect(existsSync(profilePath(t.home, "codex"))).toBe(false);
  });
});
