import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { assignTask, createTask, getTask, setPaused } from "../../kernel/mod.ts";
import { type BrowserTest, noBrowser, testBrowser } from "../../testing/browser.ts";
import { until } from "../../testing/mod.ts";

setDefaultTimeout(90_000);

describe.skipIf(noBrowser !== null)("the notice above the columns", () => {
  let t: BrowserTest;
  beforeAll(async () => void (t = await testBrowser()));
  afterAll(() => t?.close());
  afterEach(() => expect(t.problems()).toEqual([]));

  test("assigns what has no assignee, and goes by itself", async () => {
    const { page, context } = await t.open();
    const ids = [t.create("One"), t.create("Two")];
    const line = page.locator("#banner .banner:visible");
    await page.locator("#banner", { hasText: "2 ready tasks have no assignee." }).waitFor();

    await line.getByRole("button", { name: "Assign…" }).click();
    await page.locator("#menu", { hasText: "Assign 2 tasks" }).waitFor();
    await page.keyboard.type("demo");
    await page.keyboard.press("Enter");

    await until(() => ids.every((id) => getTask(t.board, id).assignee === "demo"));
    await page.locator("#banner", { hasText: "no assignee" }).waitFor({ state: "detached" });
    for (const id of ids) assignTask(t.board, id, "maya");
    await context.close();
  });

  test("that is dismissed stays away, also after a reload, until its cause was gone", async () => {
    const { page, context } = await t.open();
    const first = t.create("Backlog");
    const line = page.locator("#banner .banner:visible");
    await line.waitFor();
    setPaused(t.board, true);
    await line.filter({ hasText: "Paused by ann" }).waitFor();
    expect(await line.count()).toBe(1);

    await line.getByRole("button", { name: "Dismiss" }).click();
    await line.filter({ hasText: "no assignee" }).waitFor();
    await line.getByRole("button", { name: "Dismiss" }).click();
    await line.waitFor({ state: "detached" });
    expect(await page.evaluate("document.activeElement.id")).toBe("main");
    const second = t.create("More of it");
    await page.locator(`#card-${second}`).waitFor();
    await page.locator("#banner", { hasText: "2 ready tasks" }).waitFor({ state: "attached" });
    expect(await line.count()).toBe(0);
    await t.visit(page, "/");
    expect(await line.count()).toBe(0);

    for (const id of [first, second]) assignTask(t.board, id, "maya");
    await page.locator("#banner", { hasText: "no assignee" }).waitFor({ state: "detached" });
    createTask(t.board, { title: "Again" });
    await line.filter({ hasText: "1 ready task has no assignee." }).waitFor();
    setPaused(t.board, false);
    await context.close();
  });

  test("resumes a paused board", async () => {
    setPaused(t.board, true);
    const { page, context } = await t.open();

    await page.locator("#banner .banner:visible").getByRole("button", { name: "Resume" }).click();

    await page.locator("#banner", { hasText: "Paused" }).waitFor({ state: "detached" });
    await context.close();
  });
});
