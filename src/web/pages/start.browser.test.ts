import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { type BrowserTest, live, noBrowser, testBrowser } from "../../testing/browser.ts";

// Longer than anything inside waits: a test that runs out of time takes the browser with it.
setDefaultTimeout(90_000);

let t: BrowserTest;
let page: Page;

describe.skipIf(noBrowser !== null)("the first minute", () => {
  beforeAll(async () => {
    t = await testBrowser();
    ({ page } = await t.open());
  });
  afterAll(() => t?.close());
  afterEach(() => expect(t.problems()).toEqual([]));

  test("hidden, it stays hidden, and the help leads back to it", async () => {
    await page.locator("#start").waitFor();
    await page.locator('[data-do="start-hide"]').click();
    await page.locator("#start").waitFor({ state: "detached" });
    await page.reload();
    await live(page);
    expect(await page.locator("#start").count()).toBe(0);
    await page.keyboard.press("?");
    await page.locator('#help a[href="/start"]').click();
    await page.waitForURL("**/start");
    expect(await page.locator("#start").isVisible()).toBe(true);
    await page.context().clearCookies({ name: "kanban_start" });
  });

  test("Enter runs the built-in worker, whose card goes from Ready to Done before one's eyes", async () => {
    await t.visit(page, "/");
    await page.locator("#start-demo").waitFor();
    await page.keyboard.press("Enter");

    await page.locator('#start .steps [data-step="running"][aria-current]').waitFor({ timeout: 60_000 });
    await page.locator("#col-running .item", { hasText: "Say hello" }).waitFor();
    await page.locator('#start .steps [data-step="done"][aria-current]').waitFor({ timeout: 60_000 });
    await page.locator("#col-done .item", { hasText: "Hello! This is a handoff" }).waitFor();

    await page.keyboard.press("Enter"); // The focus is on the link to what the worker left.
    await page.locator("#drawer .sheet", { hasText: "Say hello" }).waitFor();
  });
});
