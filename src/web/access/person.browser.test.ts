import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { getTask, listComments } from "../../kernel/mod.ts";
import { type BrowserTest, live, noBrowser, testBrowser } from "../../testing/browser.ts";
import { until } from "../../testing/mod.ts";

setDefaultTimeout(90_000);

describe.skipIf(noBrowser !== null)("the name of who uses a browser", () => {
  let t: BrowserTest;
  beforeAll(async () => void (t = await testBrowser()));
  afterAll(() => t?.close());
  afterEach(() => expect(t.problems()).toEqual([]));

  test("is asked at the first sign-in, and remembered for the next", async () => {
    const context = await t.browser.newContext();
    const page = await context.newPage();
    await page.goto(await t.link());
    await page.locator("#login-say", { hasText: "What is your name here?" }).waitFor();
    expect(await page.locator("#code").isVisible()).toBe(false);
    expect(await page.locator("#name").inputValue()).not.toBe(""); // Of the user who runs the server.

    await page.keyboard.type("demo"); // It is selected, so it is replaced.
    await page.keyboard.press("Enter");
    await page.locator("#login-say", { hasText: "a profile here has it" }).waitFor();
    await page.locator("#name").fill("Bo Li");
    await page.keyboard.press("Enter");
    await page.waitForURL(`${t.url}/`);
    await live(page);
    expect(await page.locator(".nav.me").textContent()).toContain("Bo Li");

    await context.clearCookies();
    await page.goto(await t.link());
    await page.waitForURL(`${t.url}/`);
    await live(page);
    expect(await page.locator(".nav.me").textContent()).toContain("Bo Li");
    await context.close();
  });

  test("is what two browsers act under, each its own", async () => {
    const id = t.create("Shared");
    const [bo, cy] = [await t.open({ name: "bo" }), await t.open({ name: "cy" })];
    for (const { page } of [bo, cy]) await t.visit(page, `/t/${id}`);

    for (const [page, text] of [
      [bo.page, "from bo"],
      [cy.page, "from cy"],
    ] as const) {
      await page.locator("#drawer .compose [name=body]").fill(text);
      await page.locator("#drawer .compose [name=body]").press("Enter");
      await page.locator("#d-comments", { hasText: text }).waitFor();
    }

    expect(listComments(t.board, id).map(({ author, body }) => [author, body])).toEqual([
      ["bo", "from bo"],
      ["cy", "from cy"],
    ]);
    await bo.context.close();
    await cy.context.close();
  });

  test("is changed in the side bar, for its other tabs too; signing out forgets it", async () => {
    const { page, context } = await t.open({ name: "bo" });
    const other = await context.newPage();
    await t.visit(other, "/list");

    await page.locator(".nav.me").click();
    await page.locator("#person [name=name]").fill("Bo Li");
    await page.locator("#person [name=name]").press("Enter");
    await page.locator(".nav.me", { hasText: "Bo Li" }).waitFor();
    await live(page);
    const id = t.create("Whose?");
    await t.visit(other, `/t/${id}`);
    await other.locator("#drawer .compose [name=body]").fill("hm");
    await other.locator("#drawer .compose [name=body]").press("Enter");
    await until(() => listComments(t.board, id)[0]?.author === "Bo Li");

    await page.locator(".nav.me").click();
    await page.locator("#person", { hasText: "Signed in as Bo Li" }).getByRole("button", { name: "Sign out" }).click();
    await page.locator("#login").waitFor();
    // The helper says the name that it was opened with on each page that finds none.
    expect(await page.evaluate("localStorage.getItem('kanban.name')")).toBe("bo");
    expect(getTask(t.board, id).title).toBe("Whose?");
    await context.close();
  });

  test("is no name for what another one typed: signing out forgets drafts in all tabs, and Back shows no page", async () => {
    const id = t.create("A secret plan");
    const { page, context } = await t.open({ name: "bo" });
    const other = await context.newPage();
    const box = (on: Page) => on.locator("#drawer .compose [name=body]");
    const drafts = (on: Page) =>
      on.evaluate<string[]>("Object.keys(sessionStorage).filter((name) => name.includes('draft'))");
    for (const tab of [other, page]) {
      await t.visit(tab, `/t/${id}`);
      await box(tab).fill("typed by bo, never sent");
      expect(await drafts(tab)).toHaveLength(1);
    }
    await t.visit(page, "/list");

    await page.locator(".nav.me").click();
    await page.locator("#person").getByRole("button", { name: "Sign out" }).click();
    await page.locator("#login").waitFor();

    expect(await drafts(page)).toEqual([]);
    await until(async () => (await drafts(other)).length === 0, { what: "the other tab to forget" });
    await page.goBack({ waitUntil: "commit" });
    await page.locator("#login").waitFor();
    expect(await page.locator("#view").count()).toBe(0);
    expect(await page.locator("#login-say").textContent()).not.toContain("did not keep"); // It kept it until then.
    await context.close();
  });
});
