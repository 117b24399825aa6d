import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { assignTask, completeTask, getTask } from "../../kernel/mod.ts";
import { type BrowserTest, noBrowser, testBrowser } from "../../testing/browser.ts";
import { until } from "../../testing/mod.ts";

setDefaultTimeout(90_000);

describe.skipIf(noBrowser !== null)("my tasks", () => {
  let t: BrowserTest;
  beforeAll(async () => void (t = await testBrowser()));
  afterAll(() => t?.close());
  afterEach(() => expect(t.problems()).toEqual([]));

  test("are those that are assigned to who is signed in, counted for each while they change", async () => {
    const [mine, done] = [t.create("Of bo", { assignee: "bo" }), t.create("Finished", { assignee: "bo" })];
    completeTask(t.board, done, {});
    t.create("Of cy", { assignee: "cy" });
    const free = t.create("Of none");
    const [bo, cy] = [await t.open({ name: "bo" }), await t.open({ name: "cy" })];
    const count = (page: typeof bo.page, n: string) =>
      page.locator(".side [data-nav=mine]", { hasText: new RegExp(`^${n}$`) }).waitFor();
    await Promise.all([count(bo.page, "1"), count(cy.page, "1")]);

    assignTask(t.board, free, "bo");
    await count(bo.page, "2");
    await bo.page.locator(".side .nav", { hasText: "My tasks" }).click();
    await bo.page.locator("h1", { hasText: "My tasks" }).waitFor();
    for (const title of ["Of bo", "Of none"]) await bo.page.locator("#view", { hasText: title }).waitFor();
    expect(await bo.page.locator("#view").textContent()).not.toContain("Of cy");
    expect(await bo.page.locator('.side [aria-current="page"]').textContent()).toStartWith("My tasks");

    completeTask(t.board, mine, {});
    await count(bo.page, "1");
    await count(cy.page, "1");
    await cy.page.keyboard.press("g");
    await cy.page.keyboard.press("m");
    await cy.page.waitForURL(`${t.url}/list?assignee=cy`);
    await bo.context.close();
    await cy.context.close();
  });

  test("I takes the task under the keyboard, or the selection it is in [L11]", async () => {
    const { page, context } = await t.open({ name: "bo" });
    const id = await t.shown(page, "Alone");
    const tenant = getTask(t.board, id).tenant;
    const others = [t.create("Second", { tenant }), t.create("Third", { tenant })];
    for (const other of others) await page.locator(`#card-${other}`).waitFor();

    await page.locator(`#card-${id} h3 a`).focus();
    await page.keyboard.press("i");
    await until(() => getTask(t.board, id).assignee === "bo");
    expect(others.map((other) => getTask(t.board, other).assignee)).toEqual([null, null]);

    for (const other of others) {
      await page.locator(`#card-${other} h3 a`).focus();
      await page.keyboard.press("x");
    }
    await page.keyboard.press("i");
    await until(() => others.every((other) => getTask(t.board, other).assignee === "bo"));
    await context.close();
  });

  test("the assign menu offers me first, and tells people and profiles apart", async () => {
    const { page, context } = await t.open({ name: "bo" });
    const id = await t.shown(page, "Whose?");

    await page.locator(`#card-${id} h3 a`).focus();
    await page.keyboard.press("a");
    const menu = page.locator("#menu");
    await menu.locator("button", { hasText: /demo\s*profile$/ }).waitFor();
    await menu.locator("button", { hasText: /ann\s*person$/ }).waitFor();
    await menu.locator("button", { hasText: /^\s*Me/ }).click();

    await until(() => getTask(t.board, id).assignee === "bo");
    await context.close();
  });
});
