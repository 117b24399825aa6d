import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { logPath } from "../../home.ts";
import {
  addComment,
  blockTask,
  claimTask,
  completeTask,
  editTask,
  getTask,
  listComments,
  moveTask,
  patchTask,
  recordSpawned,
  showTask,
  write,
} from "../../kernel/mod.ts";
import { acceptName, type BrowserTest, live, noBrowser, testBrowser } from "../../testing/browser.ts";
import { until } from "../../testing/mod.ts";

setDefaultTimeout(30_000);

let t: BrowserTest;
let page: Page;

/** Whether a process is there; nothing is sent to it. */
function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(noBrowser !== null)(`a live page${noBrowser === null ? "" : ` (skipped: ${noBrowser})`}`, () => {
  beforeAll(async () => {
    t = await testBrowser();
    ({ page } = await t.open());
  });
  afterAll(() => t?.close());
  afterEach(() => expect(t.problems()).toEqual([]));

  const text = (selector: string) => page.locator(selector).first().textContent();
  /** A running task whose worker writes to a log. */
  function running(title: string): { id: string; print(text: string): void } {
    const id = t.create(title, { assignee: "demo" });
    const { run } = claimTask(t.board, id, { claimer: "w", boot_id: "elsewhere" });
    recordSpawned(t.board, { taskId: id, runId: run.id, pid: 4_000_000, pid_started: "1", boot_id: "elsewhere" });
    mkdirSync(t.home.logs, { recursive: true });
    writeFileSync(logPath(t.home, id), "it begins\n");
    return { id, print: (more) => appendFileSync(logPath(t.home, id), more) };
  }

  test("shows what the CLI does in another process, without a reload", async () => {
    await t.visit(page, "/?tenant=cli");
    await page.evaluate("window.sameDocument = true");
    const id = await t.cli.create("From the terminal", "--tenant", "cli");
    await page.locator(`#list-ready > #card-${id}`).waitFor();
    expect(await text("[data-n=ready]")).toBe("1");

    await t.cli.run("block", id, "Which terminal?");
    await page.locator(`#list-blocked > #card-${id}`, { hasText: "Which terminal?" }).waitFor();
    await t.cli.run("unblock", id, "--comment", "this one");
    await t.cli.run("edit", id, "--title", "Renamed in the terminal");
    await page.locator(`#list-ready > #card-${id}`, { hasText: "Renamed in the terminal" }).waitFor();
    expect(await page.locator(`#card-${id}`).count()).toBe(1);
    expect(await page.evaluate("window.sameDocument")).toBe(true);
  });

  test("a commit of another process is on screen in a fraction of a second", async () => {
    await t.visit(page, "/?tenant=speed");
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      const at = performance.now();
      const id = t.create(`Quick ${i}`, { tenant: "speed" });
      await page.locator(`#card-${id}`).waitFor();
      times.push(performance.now() - at);
    }
    expect(times.sort((a, b) => a - b)[2]!).toBeLessThan(600); // 120 ms are gathering.
  });

  test("two tabs show the same, and what one person moves the other sees", async () => {
    const id = t.create("Shared", { tenant: "two" });
    await t.visit(page, "/?tenant=two");
    const other = await t.open();
    await other.page.goto(`${t.url}/?tenant=two`);
    await live(other.page);
    await page.locator(`#card-${id} h3 a`).focus();
    await page.keyboard.press("m");
    await page.locator('#menu [data-to="todo"]').click();
    await other.page.locator(`#list-todo > #card-${id}`).waitFor();
    await page.locator(`#list-todo > #card-${id}`).waitFor();
    for (const tab of [page, other.page]) expect(await tab.locator(`#card-${id}`).count()).toBe(1);
    await other.context.close();
  });

  test("keeps typed text, caret, scroll and an open menu while things change around them", async () => {
    const id = t.create("Typing here", { tenant: "calm", body: `${"A long description. ".repeat(400)}` });
    t.create("Neighbour", { tenant: "calm" });
    await t.visit(page, `/t/${id}?tenant=calm`);
    const box = page.locator(".compose [name=body]");
    await box.fill("half a sentence");
    await page.evaluate("document.activeElement.setSelectionRange(4, 4)");
    await page.evaluate("document.getElementById('d-body').scrollTop = 120");
    addComment(t.board, id, { body: "meanwhile" });
    editTask(t.board, id, { title: "Renamed meanwhile" });
    await page.locator("#d-title", { hasText: "Renamed meanwhile" }).waitFor();
    expect(await box.inputValue()).toBe("half a sentence");
    expect(await page.evaluate("[document.activeElement.name, document.activeElement.selectionStart]")).toEqual([
      "body",
      4,
    ]);
    expect(await page.evaluate("document.getElementById('d-body').scrollTop")).toBe(120);

    await t.visit(page, "/?tenant=calm");
    await page.locator(`#card-${id} h3 a`).focus();
    await page.keyboard.press("m");
    await page.locator("#menu:popover-open").waitFor();
    editTask(t.board, id, { title: "Renamed again" });
    await page.locator(`#card-${id}`, { hasText: "Renamed again" }).waitFor();
    expect(await page.locator("#menu:popover-open").count()).toBe(1);
    await page.locator('#menu [data-to="todo"]').click();
    await until(() => getTask(t.board, id).status === "todo");
  });

  test("the drawer follows its task to the end", async () => {
    const { id } = running("Followed");
    await t.visit(page, `/t/${id}`);
    expect(await text("#drawer .sheet .props")).toContain("Running");
    completeTask(t.board, id, { summary: "the very end" });
    await page.locator('#drawer .sheet[data-status="done"]').waitFor();
    expect(await text("#d-evidence")).toContain("the very end");
  });

  test("the log follows the worker, every line once, in colour, also over a reconnect", async () => {
    const { id, print } = running("Chatty");
    await t.visit(page, `/t/${id}`);
    const log = page.locator(`#log-${id}`);
    await log.filter({ hasText: "it begins" }).waitFor();
    print("line 1\n\x1b[32mline 2\x1b[0m\n");
    await log.filter({ hasText: "line 2" }).waitFor();
    expect(await log.locator("span", { hasText: "line 2" }).count()).toBe(1);

    await page.context().setOffline(true);
    print("line 3\n");
    await until(() => page.evaluate("document.getElementById('live').dataset.state !== 'live'"));
    await page.context().setOffline(false);
    print("line 4 <b>not bold</b>\n");
    await log.filter({ hasText: "line 4" }).waitFor();
    const whole = (await log.textContent())!;
    for (const line of ["it begins", "line 1", "line 2", "line 3", "line 4 <b>not bold</b>"]) {
      expect([line, whole.split(line).length - 1]).toEqual([line, 1]);
    }
    t.problems(); // What the browser says about being offline is no fault of the page.
  });

  test("dragging a running card away closes its run and ends its worker", async () => {
    const daemon = t.cli.start(["daemon"]);
    try {
      const id = t.create("Long work", { assignee: "demo", body: "sleep 60s", tenant: "drag" });
      const pid = await until(() => getTask(t.board, id).worker_pid, { what: "the worker to run", ms: 10_000 });
      await t.visit(page, "/?tenant=drag");
      const from = (await page.locator(`#list-running > #card-${id}`).boundingBox())!;
      const over = (await page.locator("#col-todo").boundingBox())!;
      await page.mouse.move(from.x + 60, from.y + 40);
      await page.mouse.down();
      await page.mouse.move(from.x + 40, from.y + 60, { steps: 3 });
      await page.mouse.move(over.x + over.width / 2, over.y + 120, { steps: 5 });
      await page.mouse.up();
      await page.locator("#ask [data-ask-ok]", { hasText: "End the worker" }).click();
      await page.locator(`#list-todo > #card-${id}`).waitFor();
      await until(() => getTask(t.board, id).status === "todo");
      expect(showTask(t.board, id).runs[0]).toMatchObject({
        outcome: "reclaimed",
        error: "moved to todo by maya",
      });
      await until(() => !alive(pid), { what: "the worker to end", ms: 12_000 });
    } finally {
      daemon.kill("SIGTERM");
      await daemon.exited;
    }
  });

  test("a card shows its worker's last line", async () => {
    const { id, print } = running("Strip");
    await t.visit(page, "/");
    print("\x1b[1mcompiling 3 of 9\x1b[0m\n");
    await page.locator(`#run-${id}`, { hasText: "compiling 3 of 9" }).waitFor();
  });

  test("a storm of changes leaves the right board behind", async () => {
    const ids = write(t.board, () => Array.from({ length: 60 }, (_, i) => t.create(`Storm ${i}`, { tenant: "storm" })));
    await t.visit(page, "/?tenant=storm");
    for (let round = 0; round < 5; round++) {
      // To and fro between triage and blocked: more than the stream sends card by card.
      write(t.board, () =>
        ids.forEach((id, i) => {
          if ((i + round) % 2 === 0) moveTask(t.board, id, "triage");
          else patchTask(t.board, moveTask(t.board, id, "ready").id, { status: "blocked" });
        }),
      );
    }
    const held = (column: string) => page.locator(`#list-${column} > .item`).count();
    await until(async () => (await held("triage")) === 30 && (await held("blocked")) === 30, { ms: 10_000 });
    await until(async () => (await held("ready")) === 0);
    const totals = await Promise.all(["triage", "blocked", "ready"].map((name) => text(`[data-n=${name}]`)));
    expect(totals).toEqual(["30", "30", "0"]);
  });

  test("a question raises a notice and is answered in place", async () => {
    await t.visit(page, "/needs");
    const id = t.create("Needs an answer");
    blockTask(t.board, id, { reason: "Red or blue?" });
    const need = page.locator(`#need-${id}`);
    await need.filter({ hasText: "Red or blue?" }).waitFor();
    await until(async () => /needs? you/.test((await text("#say")) ?? ""));
    await need.locator("a").click();
    await page.locator(`#pane-${id} [name="comment"]`).fill("blue");
    await page.keyboard.press("Enter");
    await until(() => getTask(t.board, id).status === "ready");
    await need.waitFor({ state: "detached" });
    expect(listComments(t.board, id).at(-1)!.body).toBe("blue");
  });

  test("list, runs and dependencies fetch themselves again", async () => {
    const id = t.create("Listed");
    for (const path of ["/list?q=Listed", "/runs"]) {
      await t.visit(page, path);
      if (path === "/runs") claimTask(t.board, id, { claimer: "w" });
      else editTask(t.board, id, { title: "Listed anew" });
      await page.locator("#view", { hasText: "Listed anew" }).waitFor();
    }
  });

  test("a tab that was offline, and a server that was restarted: it catches up, without duplicates [T: browser offline]", async () => {
    const id = t.create("Survivor", { tenant: "restart" });
    await t.visit(page, "/?tenant=restart");
    await page.evaluate("window.sameDocument = true");
    await t.stopServer();
    await until(() => page.evaluate("document.getElementById('live').dataset.state !== 'live'"));
    const missed = t.create("Made while it was away", { tenant: "restart" });
    moveTask(t.board, id, "todo");
    await t.startServer();
    const at = performance.now();
    await page.locator(`#list-ready > #card-${missed}`).waitFor();
    await page.locator(`#list-todo > #card-${id}`).waitFor();
    expect(performance.now() - at).toBeLessThan(5_000);
    await live(page);
    expect(await page.locator(".item").count()).toBe(2);
    expect(await page.evaluate("window.sameDocument")).toBe(true);
    t.problems();
  });

  test("signing out in one tab stops the other and says how to come back", async () => {
    const { page: one, context } = await t.open({ watched: false });
    const two = await context.newPage();
    await two.goto(`${t.url}/`);
    await live(two);
    await one.evaluate("fetch('/logout', { method: 'POST' })");
    await two.locator("#signed-out").waitFor();
    expect(await two.locator("#signed-out").textContent()).toContain("kanban serve");
    await two.reload();
    await two.locator("#login").waitFor();
    await context.close();
  });

  test("a link signs in once, and leaves nothing in the address", async () => {
    const context = await t.browser.newContext();
    const visitor = await context.newPage();
    const link = await t.link();
    await visitor.goto(link);
    await acceptName(visitor);
    await visitor.waitForURL(`${t.url}/`);
    await live(visitor);
    const again = await (await t.browser.newContext()).newPage();
    await again.goto(link);
    await again.locator("#login-say", { hasText: "was used" }).waitFor();
    expect(new URL(again.url()).hash).toBe("");
    await context.close();
    await again.context().close();
  });
});
