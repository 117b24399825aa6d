import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { addComment, blockTask, editTask, getTask, listComments, unblockTask, write } from "../../kernel/mod.ts";
import { type BrowserTest, live, noBrowser, testBrowser } from "../../testing/browser.ts";
import { until } from "../../testing/mod.ts";

// Longer than anything inside waits: a test that runs out of time takes the browser with it.
setDefaultTimeout(60_000);

let t: BrowserTest;
let page: Page;

describe.skipIf(noBrowser !== null)("what comes to a card when it is needed", () => {
  beforeAll(async () => {
    t = await testBrowser();
    ({ page } = await t.open());
  });
  afterAll(() => t?.close());
  beforeEach(() => page.mouse.move(0, 0));
  afterEach(() => expect(t.problems()).toEqual([]));

  const focused = () =>
    page.evaluate(`document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent`);
  const carriers = (on = page) => on.locator(".board .acts").count();

  test("the buttons are on the card that is pointed at and on the one with the focus, and nowhere else", async () => {
    const first = await t.shown(page, "First", { priority: 3 });
    const { tenant } = getTask(t.board, first);
    const others = [2, 1, 0].map((priority) => t.create(`Other ${priority}`, { tenant, priority }));
    await page.locator(`#card-${others[2]}`).waitFor();
    expect(await carriers()).toBe(0);

    for (const id of others) await page.locator(`#card-${id}`).hover();
    await page.locator(`#card-${first} h3 a`).focus();

    expect(await carriers()).toBe(2);
    expect(await page.locator(`#card-${first} .acts`).count()).toBe(1);
    expect(await page.locator(`#card-${others[2]} .acts`).isVisible()).toBe(true);
    const { violations } = await new AxeBuilder({ page }).setLegacyMode().include(`#card-${first}`).analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);
  });

  test("the keyboard reaches them from the title, and comes back to them from the menu while the card changes", async () => {
    const id = await t.shown(page, "By keyboard");
    await page.locator(`#card-${id} h3 a`).focus();
    await page.keyboard.press("Tab");
    expect(await focused()).toBe(`Move ${id}`);
    await page.keyboard.press("Tab");
    expect(await focused()).toBe(`Actions for ${id}`);
    await page.keyboard.press("Enter");
    await page.locator("#menu:popover-open").waitFor();

    editTask(t.board, id, { title: "Changed meanwhile" });
    await page.locator(`#card-${id}`, { hasText: "Changed meanwhile" }).waitFor();
    await page.keyboard.press("Escape");

    expect(await focused()).toBe(`Actions for ${id}`);
    addComment(t.board, id, { body: "and again" });
    await page.locator(`#card-${id} [title=Comments]`).waitFor();
    expect(await focused()).toBe(`Actions for ${id}`);
  });

  test("an answer that is being typed outlives the whole column being fetched again, and the end of its question", async () => {
    const id = t.create("Which one?", { tenant: "answer" });
    blockTask(t.board, id, { reason: "Red or blue?" });
    await t.visit(page, "/?tenant=answer");
    await page.locator(`#card-${id} [data-do=answer]`).click();
    await page.keyboard.type("bl");
    // More than the stream sends card by card: the tab fetches its columns.
    write(t.board, () => {
      for (let i = 0; i < 45; i++) blockTask(t.board, t.create(`Many ${i}`, { tenant: "answer" }), { reason: "x" });
    });
    await page.locator("#list-blocked .item", { hasText: "Many 44" }).waitFor();
    await page.keyboard.type("ue");
    expect(await page.locator(`#card-${id} .answer [name=comment]`).inputValue()).toBe("blue");

    unblockTask(t.board, id);

    await page.locator(`#list-ready > #card-${id}`).waitFor();
    await page.locator(`#card-${id} .answer .happened`, { hasText: "kept as a comment, not sent" }).waitFor();
    expect(await page.locator(`#card-${id} .answer [name=body]`).inputValue()).toBe("blue");
    expect(listComments(t.board, id)).toHaveLength(1);
  });

  test("where nothing can be pointed at every card has its handle, also one that arrives", async () => {
    const tenant = "thumbs";
    const ids = [0, 1, 2].map((n) => t.create(`Thumb ${n}`, { tenant }));
    const phone = await t.open({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    await phone.page.goto(`${t.url}/?tenant=${tenant}`);
    await live(phone.page);
    expect(await carriers(phone.page)).toBe(ids.length);

    const late = t.create("Late thumb", { tenant });
    await phone.page.locator(`#card-${late} [aria-label="Move ${late}"]`).waitFor();
    editTask(t.board, ids[0]!, { title: "Another title" });
    await phone.page.locator(`#card-${ids[0]}`, { hasText: "Another title" }).waitFor();
    await until(async () => (await carriers(phone.page)) === ids.length + 1);

    await phone.page.setViewportSize({ width: 1200, height: 844 });
    expect(await carriers(phone.page)).toBe(ids.length + 1); // A finger is a finger on a wide screen, too.
    await phone.context.close();
  });
});
