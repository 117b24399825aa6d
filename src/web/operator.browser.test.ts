import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { type CreateInput, createTask } from "../kernel/mod.ts";
import { type BrowserTest, live, noBrowser, testBrowser } from "../testing/browser.ts";

// Longer than anything inside waits: a test that runs out of time takes the browser with it.
setDefaultTimeout(30_000);

let t: BrowserTest;
let page: Page;

describe.skipIf(noBrowser !== null)("an impatient operator", () => {
  beforeAll(async () => {
    t = await testBrowser();
    ({ page } = await t.open());
  });
  afterAll(() => t?.close());
  afterEach(() => expect(t.problems()).toEqual([]));

  const create = (title: string, input: Partial<CreateInput> = {}) => createTask(t.board, { title, ...input }).task.id;
  const visit = async (path: string) => {
    await page.goto(`${t.url}${path}`);
    await live(page);
  };

  test("a task opened by its address closes to the board with its filters, and Back opens it again", async () => {
    const id = create("Opened cold", { tenant: "cold" });
    await visit(`/t/${id}?tenant=cold&events=all`);
    await page.keyboard.press("Escape");
    await page.locator("#drawer .sheet").waitFor({ state: "detached" });
    expect(page.url()).toBe(`${t.url}/?tenant=cold`);
    await page.reload();
    await page.locator(`#card-${id}`).waitFor();
    expect(await page.locator("#drawer .sheet").count()).toBe(0);
    await page.goBack();
    await page.locator(`#drawer-${id}`).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/t/${id}`);
  });
});
