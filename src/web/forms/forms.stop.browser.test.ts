import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { claimTask, getTask, showTask } from "../../kernel/mod.ts";
import { type BrowserTest, noBrowser, testBrowser } from "../../testing/browser.ts";
import { until } from "../../testing/mod.ts";

// Longer than anything inside waits: a test that runs out of time takes the browser with it.
setDefaultTimeout(30_000);

let t: BrowserTest;
let page: Page;

describe.skipIf(noBrowser !== null)("stopping a worker", () => {
  beforeAll(async () => {
    t = await testBrowser();
    ({ page } = await t.open());
  });
  afterAll(() => t?.close());
  afterEach(() => expect(t.problems()).toEqual([]));

  const runs = (id: string) => showTask(t.board, id).runs.map(({ outcome }) => outcome);
  /** A running task on a board of its own; its number of the attempt is 1. */
  async function running(title: string): Promise<string> {
    const id = await t.shown(page, title);
    claimTask(t.board, id, { claimer: "worker" });
    await page.locator(`#list-running > #card-${id}`).waitFor();
    return id;
  }

  test("holds the task and says by whom, on the card and in the drawer; Start again makes it ready", async () => {
    const id = await running("Stop me");
    await page.locator(`#card-${id} h3 a`).click();
    await page.locator(`#drawer-${id} button`, { hasText: "Take back and hold" }).click();
    await t.becomes(id, "todo");

    await page.locator(`#list-todo > #card-${id}`, { hasText: "Stopped by maya" }).waitFor();
    await page.locator(`#drawer-${id} #d-props`, { hasText: "stopped by maya" }).waitFor();
    expect(getTask(t.board, id).held).toBe(true);
    await page.locator(`#drawer-${id} button`, { hasText: "Start again" }).waitFor();
    await page.keyboard.press("Escape");
    await page.locator(`#card-${id} button`, { hasText: "Start again" }).click();
    await t.becomes(id, "ready");
    expect(getTask(t.board, id).held).toBe(false);
    expect(runs(id)).toEqual(["reclaimed"]);
  });

  test("with a dispatcher: the worker ends, and no attempt follows [L5]", async () => {
    const daemon = t.cli.start(["daemon"]);
    try {
      const id = t.create("Long work", { assignee: "demo", body: "sleep 60s", tenant: "long" });
      const pid = await until(() => getTask(t.board, id).worker_pid, { what: "the worker to run", ms: 15_000 });
      await t.visit(page, `/t/${id}?tenant=long`);
      await page.locator(`#drawer-${id} button`, { hasText: "Stop worker" }).click();
      await t.becomes(id, "todo");
      await until(() => !alive(pid), { what: "the worker to end", ms: 15_000 });
      // The dispatcher goes on with other work, and leaves this alone.
      const other = t.create("Other work", { assignee: "demo", body: "say hello", tenant: "long" });
      await t.becomes(other, "done");
      expect(getTask(t.board, id)).toMatchObject({ status: "todo", held: true });
      expect(runs(id)).toEqual(["reclaimed"]);
    } finally {
      daemon.kill("SIGTERM");
      await daemon.exited;
    }
  });

  test("Stop and retry makes it ready at once", async () => {
    const id = await running("Try again");
    await page.locator(`#card-${id} h3 a`).click();
    await page.locator(`#drawer-${id} button`, { hasText: /^Take back$/ }).click();
    await t.becomes(id, "ready");
  });

  test("a drag out of Running asks first; Cancel lets it run", async () => {
    const id = await running("Drag me out");
    const drag = async () => {
      await page.locator(`#card-${id} h3`).hover(); // It slides to its place; this waits until it is there.
      const from = (await page.locator(`#card-${id}`).boundingBox())!;
      const over = (await page.locator("#col-todo").boundingBox())!;
      await page.mouse.move(from.x + from.width / 2, from.y + 20);
      await page.mouse.down();
      await page.mouse.move(from.x + from.width / 2 + 20, from.y + 30, { steps: 3 });
      await page.mouse.move(over.x + over.width / 2, over.y + 120, { steps: 5 });
      await page.mouse.up();
      await page.locator("#ask[open]", { hasText: "This ends the worker." }).waitFor();
    };
    await drag();
    await page.locator('#ask [data-do="ask-cancel"]').click();
    await page.locator(`#list-running > #card-${id}`).waitFor();
    expect(getTask(t.board, id).status).toBe("running");

    await drag();
    await page.locator("#ask [data-ask-ok]", { hasText: "End the worker" }).click();
    await t.becomes(id, "todo");
  });

  test.each(["ready", "done", "blocked", "archived"])(
    "Move to %s from the menu says that it ends the worker",
    async (to) => {
      const id = await running(`Menu to ${to}`);
      await page.locator(`#card-${id} h3 a`).focus();
      await page.keyboard.press("m");
      await page.locator(`#menu [data-to="${to}"]`).click();
      await page.locator("#ask[open]", { hasText: "This ends the worker." }).waitFor();
      await page.keyboard.press("Escape");
      await page.locator("#ask:not([open])").waitFor({ state: "attached" });
      expect(getTask(t.board, id).status).toBe("running");
    },
  );

  test("the drawer's own form says so too", async () => {
    const id = await running("Forms");
    await page.locator(`#card-${id} h3 a`).click();
    await page.locator("#d-complete > summary").click();
    expect(await page.locator("#d-complete").textContent()).toContain("This ends the worker.");
  });

  test("a task that is not running moves without a question", async () => {
    const id = await t.shown(page, "No worker");
    await page.locator(`#card-${id} h3 a`).focus();
    await page.keyboard.press("m");
    await page.locator('#menu [data-to="todo"]').click();
    await t.becomes(id, "todo");
  });
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
