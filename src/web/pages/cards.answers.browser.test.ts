import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { blockTask, claimTask, completeTask, getTask, listComments } from "../../kernel/mod.ts";
import { type BrowserTest, noBrowser, testBrowser } from "../../testing/browser.ts";
import { until } from "../../testing/mod.ts";

// Longer than anything inside waits: a test that runs out of time takes the browser with it.
setDefaultTimeout(60_000);

let t: BrowserTest;
let page: Page;

describe.skipIf(noBrowser !== null)("a card that waits for a person", () => {
  beforeAll(async () => {
    t = await testBrowser();
    ({ page } = await t.open());
  });
  afterAll(() => t?.close());
  afterEach(() => expect(t.problems()).toEqual([]));

  const QUESTION = `**Which** of these? ${"The brief says one thing and legal another. ".repeat(8)}`;
  const blocked = (title: string, tenant: string): string => {
    const id = t.create(title, { tenant, assignee: "translator" });
    blockTask(t.board, id, { runId: claimTask(t.board, id, { claimer: "w" }).run.id, reason: QUESTION });
    return id;
  };
  const height = async (on: Page, id: string) => (await on.locator(`#card-${id} .why`).boundingBox())!.height;
  /** How far down the buttons of a card are: one number is one row. */
  const rows = async (on: Page, selector: string) =>
    new Set(await Promise.all((await on.locator(selector).all()).map(async (one) => (await one.boundingBox())!.y)))
      .size;

  test("leaves the column on the screen when it was answered on a phone", async () => {
    for (let i = 0; i < 12; i++) t.create(`Ready ${i}`, { tenant: "stay" });
    const [first, second] = [blocked("First", "stay"), blocked("Second", "stay")];
    const { page: phone, context } = await t.open({ viewport: { width: 390, height: 844 }, hasTouch: true });
    await t.visit(phone, "/?tenant=stay");
    await phone.locator(".tabs a", { hasText: "Blocked" }).tap();
    const card = phone.locator(`#card-${first}`);
    await card.locator('[data-do="answer"]').tap();
    await card.locator(".answer input").fill("The first one");
    await card.locator(".answer .primary").tap();
    await phone.locator(`#list-ready #card-${first}`).waitFor({ state: "attached" });
    await phone.locator("#toasts .toast").first().waitFor();

    const box = await phone.locator(`#card-${second}`).boundingBox();
    expect(box!.x).toBeGreaterThanOrEqual(0);
    expect(box!.x + box!.width).toBeLessThanOrEqual(390);
    expect(await phone.evaluate("document.querySelector('#list-ready').scrollTop")).toBe(0);
    await context.close();
  });

  test("has four lines of plain words, and all of them under the keyboard or a pointer that rests [L20]", async () => {
    const id = blocked("Unfold me", "unfold");
    await t.visit(page, "/?tenant=unfold");
    const card = page.locator(`#card-${id}`);
    expect(await card.locator(".why").textContent()).toStartWith("Which of these? The brief");
    const line = await page.evaluate<number>(
      `parseFloat(getComputedStyle(document.querySelector("#card-${id} .why")).lineHeight)`,
    );
    const folded = await height(page, id);
    expect(Math.round(folded / line)).toBe(4);

    await page.keyboard.press("j");
    const whole = await height(page, id);
    expect(whole).toBeGreaterThan(folded * 2);

    await page.evaluate("document.activeElement.blur()");
    await card.locator("h3").hover({ force: true });
    await until(async () => (await height(page, id)) === whole);

    // On a button it stays as it is, folded or not, or the button would move away from under the pointer.
    await card.locator('[data-do="answer"]').hover();
    expect(await height(page, id)).toBe(whole);
    await page.mouse.move(0, 0);
    await card.locator('[data-do="answer"]').hover();
    const paused = `getComputedStyle(document.querySelector("#card-${id} .why")).animationPlayState`;
    expect([await height(page, id), await page.evaluate(paused)]).toEqual([folded, "paused"]);
  });

  test("has one row of buttons, each with its name, in the narrowest column", async () => {
    const id = blocked("Narrow", "narrow");
    const reviewed = t.create("Look at it", { tenant: "narrow", review: true });
    const { run } = claimTask(t.board, reviewed, { claimer: "w" });
    completeTask(t.board, reviewed, { runId: run.id, summary: "Done" });
    await t.visit(page, "/?tenant=narrow");
    for (const one of [id, reviewed]) {
      await page.evaluate(`document.querySelector("#card-${one}").style.width = "150px"`);
      expect(await rows(page, `#card-${one} > .btn`)).toBe(1);
    }
    await page.getByRole("button", { name: "Reply" }).waitFor();
    await page.getByRole("button", { name: "Unblock" }).waitFor();
    await page.getByRole("button", { name: "Approve" }).waitFor();
    await page.getByRole("button", { name: "Request changes" }).click();
    await page.locator(`#card-${reviewed} [name="reason"]`).fill("Shorter");
    await page.keyboard.press("Enter");
    await t.becomes(reviewed, "ready");
  });

  test("two assignees with the same initials have letters of their own", async () => {
    const first = t.create("One", { tenant: "twins", assignee: "translator" });
    const second = t.create("Two", { tenant: "twins", assignee: "transcriber" });
    await until(async () => {
      await t.visit(page, "/?tenant=twins");
      const letters = await Promise.all([first, second].map((id) => page.locator(`#card-${id} > .av`).textContent()));
      return letters.join() === "TL,TC";
    });
  });

  describe("on a phone", () => {
    let phone: Page;
    beforeAll(async () => {
      ({ page: phone } = await t.open({ viewport: { width: 390, height: 844 }, hasTouch: true }));
    });

    test("Reply replaces the row by field, Send and Cancel, and the question unfolds", async () => {
      const id = blocked("By thumb", "thumb");
      await t.visit(phone, "/?tenant=thumb");
      const card = phone.locator(`#card-${id}`);
      await card.scrollIntoViewIfNeeded();
      const folded = await height(phone, id);
      await card.locator('[data-do="answer"]').click();
      await card.locator(".answer input:focus").waitFor();
      expect(await card.locator("> .btn:visible").count()).toBe(0);
      expect(await rows(phone, `#card-${id} .answer > *`)).toBe(1);
      for (const one of await card.locator(".answer > *").all())
        expect((await one.boundingBox())!.height).toBeGreaterThanOrEqual(40);
      expect(await height(phone, id)).toBeGreaterThan(folded);

      await card.locator(".answer button", { hasText: "Cancel" }).click();
      expect(await card.locator("> .btn:visible").count()).toBe(2);
      expect(getTask(t.board, id).status).toBe("blocked");

      await card.locator('[data-do="answer"]').click();
      await card.locator(".answer input").fill("the second");
      await card.locator(".answer button", { hasText: "Send" }).click();
      await t.becomes(id, "ready");
      expect(listComments(t.board, id).at(-1)!.body).toBe("the second");
    });

    test("the name of the assignee is on the card, and a filter is added from the head", async () => {
      const id = blocked("With a name", "head");
      await t.visit(phone, "/?tenant=head");
      const style = `getComputedStyle(document.querySelector("#card-${id} > .av"), "::after")`;
      expect(await phone.evaluate(`${style}.content`)).toBe('"translator"');
      await t.visit(phone, "/");
      expect(await phone.locator(".filters").isVisible()).toBe(false);
      await phone.locator(".bar #filter-head").click();
      await phone.locator("#filter-pop:popover-open").waitFor();
    });
  });
});
