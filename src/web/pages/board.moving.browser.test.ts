import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Locator, Page } from "playwright-core";
import { completeTask, getTask, listComments, showTask, type Status } from "../../kernel/mod.ts";
import { type BrowserTest, live, noBrowser, testBrowser } from "../../testing/browser.ts";

// Longer than anything inside waits: a test that runs out of time takes the browser with it.
setDefaultTimeout(30_000);

let t: BrowserTest;
let page: Page;

describe.skipIf(noBrowser !== null)("moving a card", () => {
  beforeAll(async () => {
    t = await testBrowser();
    ({ page } = await t.open());
  });
  afterAll(() => t?.close());
  beforeEach(async () => {
    await page.mouse.move(0, 0);
  });
  afterEach(() => expect(t.problems()).toEqual([]));

  const card = (id: string): Locator => page.locator(`#card-${id}`);
  const inColumn = (id: string, status: Status) => page.locator(`#list-${status} > #card-${id}`).waitFor();
  async function drag(id: string, to: Status, { drop = true, on = page } = {}) {
    const from = (await on.locator(`#card-${id}`).boundingBox())!;
    const over = (await on.locator(`#col-${to}`).boundingBox())!;
    await on.mouse.move(from.x + from.width / 2, from.y + 20);
    await on.mouse.down();
    await on.mouse.move(from.x + from.width / 2 + 20, from.y + 30, { steps: 3 });
    await on.mouse.move(over.x + over.width / 2, over.y + 120, { steps: 5 });
    if (drop) await on.mouse.up();
  }

  test("by mouse: only legal targets are lit, the others say why; Z brings it back", async () => {
    const id = await t.shown(page, "Drag me");
    await drag(id, "todo", { drop: false });
    expect(await page.locator("#col-todo").getAttribute("class")).toContain("yes");
    const running = page.locator("#col-running");
    expect(await running.getAttribute("class")).toContain("no");
    expect(await running.locator(".whynot").textContent()).toContain("claimed by workers");
    await page.mouse.up();
    await t.becomes(id, "todo");
    await inColumn(id, "todo");
    expect(getTask(t.board, id).held).toBe(true);

    await page.locator("#toasts [data-undo]").waitFor();
    await page.keyboard.press("z");
    await t.becomes(id, "ready");
    await inColumn(id, "ready");
  });

  test("by mouse: Escape lets it stay, and a forbidden column takes nothing", async () => {
    const id = await t.shown(page, "Stay");
    await drag(id, "todo", { drop: false });
    await page.keyboard.press("Escape");
    await page.mouse.up();
    await drag(id, "running");
    await drag(id, "review");
    await inColumn(id, "ready");
    expect(showTask(t.board, id).totals.events).toBe(1);
  });

  test("by mouse: Blocked asks for the question, Done for a summary, Archived for a yes", async () => {
    const asked = await t.shown(page, "Ask");
    await drag(asked, "blocked");
    await page.locator("#ask-text").fill("Which of them?");
    await page.keyboard.press("Enter");
    await t.becomes(asked, "blocked");
    expect(listComments(t.board, asked)[0]!.body).toBe("BLOCKED: Which of them?");
    await page.locator(`#list-blocked #card-${asked}`, { hasText: "Which of them?" }).waitFor();

    const done = await t.shown(page, "Finish");
    await drag(done, "done");
    await page.locator("#ask-text").fill("all of it");
    await page.locator("[data-ask-ok]").click();
    await t.becomes(done, "done");
    expect(showTask(t.board, done).runs[0]!.summary).toBe("all of it");
    await inColumn(done, "done");

    const kept = await t.shown(page, "Keep");
    await drag(kept, "done");
    await page.keyboard.press("Escape");
    await inColumn(kept, "ready");
    expect(getTask(t.board, kept).status).toBe("ready");
  });

  test("by keyboard: M, a letter, Enter", async () => {
    const id = await t.shown(page, "Keys");
    await page.keyboard.press("j");
    expect(await page.evaluate("document.activeElement.textContent")).toContain("Keys");
    await page.keyboard.press("m");
    await page.locator("#menu:popover-open").waitFor();
    await page.keyboard.press("t"); // On from Triage, which has the focus, to Todo.
    await page.keyboard.press("Enter");
    await t.becomes(id, "todo");
  });

  test("by the menu on the card, which names what is not possible", async () => {
    const id = await t.shown(page, "Menu");
    await card(id).hover();
    await card(id).locator('[data-do="menu"]').click();
    const forbidden = page.locator('#menu [data-to="running"]');
    expect(await forbidden.getAttribute("aria-disabled")).toBe("true");
    expect(await forbidden.textContent()).toContain("claimed by workers");
    await page.locator('#menu [data-to="triage"]').click();
    await t.becomes(id, "triage");
    await inColumn(id, "triage");
  });

  test("by touch on a phone", async () => {
    const id = t.create("Thumb", { tenant: "phone" });
    const phone = await t.open({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    await phone.page.goto(`${t.url}/?tenant=phone`);
    await live(phone.page);
    const handle = phone.page.locator(`#card-${id} [data-do="menu"]`);
    await handle.scrollIntoViewIfNeeded();
    await handle.tap();
    await phone.page.locator('#menu [data-to="todo"]').tap();
    await t.becomes(id, "todo");
    await phone.context.close();
  });

  test("by a finger that drags the handle", async () => {
    const id = t.create("Finger", { tenant: "tablet" });
    const tablet = await t.open({ viewport: { width: 1200, height: 800 }, hasTouch: true });
    await tablet.page.goto(`${t.url}/?tenant=tablet`);
    await live(tablet.page);
    const box = (await tablet.page.locator(`#card-${id} [data-do="menu"]`).boundingBox())!;
    const over = (await tablet.page.locator("#col-todo").boundingBox())!;
    const devtools = await tablet.context.newCDPSession(tablet.page);
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", points: { x: number; y: number }[]) =>
      devtools.send("Input.dispatchTouchEvent", { type, touchPoints: points });
    const from = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    const to = { x: over.x + over.width / 2, y: over.y + 140 };
    await touch("touchStart", [from]);
    for (let step = 1; step <= 6; step++) {
      await touch("touchMove", [
        { x: from.x + ((to.x - from.x) * step) / 6, y: from.y + ((to.y - from.y) * step) / 6 },
      ]);
    }
    await touch("touchEnd", []);
    await t.becomes(id, "todo");
    await tablet.context.close();
  });

  test("that another client moved first: a sentence, and the card is where it really is", async () => {
    const id = t.create("Contested", { tenant: "contest" });
    const late = await t.open({ watched: false });
    await late.page.route("**/stream", (route) => route.abort()); // This tab hears of nothing.
    await late.page.goto(`${t.url}/?tenant=contest`);
    await late.page.locator(`#list-ready #card-${id}`).waitFor();
    completeTask(t.board, id);

    await drag(id, "todo", { on: late.page });
    const notice = late.page.locator("#toasts .toast.error").first();
    await notice.waitFor();
    expect(await notice.textContent()).toContain("it must be ready, as on your page, it is done");
    await late.page.locator(`#list-done #card-${id}`).waitFor();
    expect(getTask(t.board, id).status).toBe("done");
    await late.context.close();
  });
});
