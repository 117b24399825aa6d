import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { archiveTask, blockTask, claimTask, completeTask, getTask, listComments, listTasks } from "../../kernel/mod.ts";
import { type BrowserTest, noBrowser, testBrowser } from "../../testing/browser.ts";
import { until } from "../../testing/mod.ts";

// Longer than anything inside waits: a test that runs out of time takes the browser with it.
setDefaultTimeout(60_000);

let t: BrowserTest;
let page: Page;

describe.skipIf(noBrowser !== null)("needs you in two panes", () => {
  beforeAll(async () => {
    t = await testBrowser();
    ({ page } = await t.open({ intercepted: true }));
  });
  afterAll(() => t?.close());
  beforeEach(() => {
    for (const { id } of listTasks(t.board, { status: ["blocked", "review"] })) archiveTask(t.board, id);
  });
  afterEach(() => expect(t.problems()).toEqual([]));

  const ask = (title: string): string => {
    const id = t.create(title);
    blockTask(t.board, id, { runId: claimTask(t.board, id, { claimer: "w" }).run.id, reason: `Which ${title}?` });
    return id;
  };
  const finish = (title: string): string => {
    const id = t.create(title, { review: true });
    completeTask(t.board, id, { runId: claimTask(t.board, id, { claimer: "w" }).run.id, summary: "All **done**" });
    return id;
  };
  const opened = (id: string) => page.locator(`#pane-${id}`).waitFor();
  const field = () => page.locator(".pane textarea");
  const path = () => new URL(page.url()).pathname;

  test("a title that is too long is cut with its end marked, and leaves the time its room", async () => {
    const id = ask("colour of the many that a title as long as this one can name, and of those that it cannot");
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 844 });
      await t.visit(page, "/needs");
      const row = page.locator(`#need-${id}`);
      const [item, time] = [await row.boundingBox(), await row.locator("time").boundingBox()];
      expect(time!.x + time!.width).toBeLessThanOrEqual(item!.x + item!.width);
      expect(item!.x + item!.width).toBeLessThanOrEqual(width);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  test("on a phone the notice of an answer leaves the field for the next one free", async () => {
    const [first, second] = [ask("one"), ask("two")];
    const phone = await t.open({ viewport: { width: 390, height: 844 } });
    await t.visit(phone.page, `/needs/${first}`);
    await phone.page.locator(".pane textarea").fill("yes");
    await phone.page.locator(".pane button", { hasText: "Answer and next" }).click();
    await phone.page.locator(`#pane-${second}`).waitFor();
    const notice = await phone.page.locator("#toasts .toast").last().boundingBox();
    const field = await phone.page.locator(".pane textarea").boundingBox();
    expect(notice!.y + notice!.height).toBeLessThan(field!.y);
    await phone.context.close();
  });

  test("J and K go through the list, each task with its address; Back returns without a reload", async () => {
    const [first, second] = [ask("one"), ask("two")];
    await t.visit(page, "/needs");
    await opened(first);
    await page.evaluate("window.sameDocument = true");
    await page.keyboard.press("j");
    await opened(second);
    expect(path()).toBe(`/needs/${second}`);
    await page.keyboard.press("k");
    await opened(first);
    expect(path()).toBe(`/needs/${first}`);

    await page.goBack();
    await opened(second);

    expect(await page.evaluate("window.sameDocument")).toBe(true);
    await page.keyboard.press("o");
    await page.locator(`#drawer-${second}`).waitFor();
    await page.keyboard.press("Escape");
    await page.locator("#drawer .sheet").waitFor({ state: "detached" });
    expect(path()).toBe(`/needs/${second}`);
  });

  test("Enter answers and goes to the next, whose answer can be typed at once; Answer alone stays", async () => {
    const [first, second, third] = [ask("one"), ask("two"), finish("three")];
    await t.visit(page, `/needs/${first}`);
    await field().fill("the blue one");
    await page.keyboard.press("Enter");
    await opened(second);
    await t.becomes(first, "ready");
    expect(listComments(t.board, first).at(-1)!.body).toBe("the blue one");
    await page.locator(".pane textarea:focus").waitFor();
    await page.locator(`#need-${first}`).waitFor({ state: "detached" });

    await field().fill("the red one");
    await page.locator(".pane button", { hasText: /^Answer$/ }).click();
    await t.becomes(second, "ready");
    await page.locator(`#pane-${second}`, { hasText: "does not wait for you any more" }).waitFor();

    await page.locator(".pane a", { hasText: "next one" }).click();
    await opened(third);
    expect(await page.locator(".pane strong").textContent()).toBe("done");
    await page.locator(".pane button", { hasText: "Approve" }).click();
    await t.becomes(third, "done");
    await page.locator(".pane", { hasText: "Nothing waits for you" }).waitFor();
  });

  test("the open task and what is typed stay while others come and go, also without an address of its own", async () => {
    const review = finish("a review");
    await t.visit(page, "/needs");
    await opened(review);
    await field().fill("Half a sent");

    // A question goes before every review, so it is the new first of the list.
    const question = ask("colour");
    await page.locator(`#need-${question}`).waitFor();

    expect(await field().inputValue()).toBe("Half a sent");
    expect(await page.locator(".pane").getAttribute("data-id")).toBe(review);
    expect(path()).toBe("/needs");
    expect(getTask(t.board, review).status).toBe("review");
  });

  test("an update of the task that was open before, which comes late, does not bring it back", async () => {
    const [first, second] = [ask("one"), ask("two")];
    await t.visit(page, `/needs/${first}`);
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const asked = Promise.withResolvers<void>();
    await page.route(`**/needs/${first}`, async (route) => {
      asked.resolve();
      await held;
      await route.continue();
    });
    ask("three"); // The page fetches itself again.
    await asked.promise;
    await page.keyboard.press("j");
    await opened(second);

    const late = page.waitForResponse((response) => response.url().endsWith(`/needs/${first}`));
    release();
    await (await late).finished();
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");

    expect(await page.locator(".pane").getAttribute("data-id")).toBe(second);
    await page.unrouteAll();
  });

  test("A and M act on the open task", async () => {
    const id = ask("assign me");
    await t.visit(page, `/needs/${id}`);
    await opened(id);
    await page.locator(".pane h2").click();
    await page.keyboard.press("a");
    await page.locator("#assign-name").fill("carol");
    await page.keyboard.press("Enter");
    await until(() => getTask(t.board, id).assignee === "carol");
    await page.locator(".pane .facts", { hasText: "carol" }).waitFor();
  });

  test("without scripts every task is a page, with links to the one before and after it", async () => {
    const [first, second] = [ask("one"), ask("two")];
    const reader = await t.browser.newContext({
      javaScriptEnabled: false,
      storageState: await page.context().storageState(),
    });
    const plain = await reader.newPage();
    await plain.goto(`${t.url}/needs/${first}`);
    await plain.locator('[data-need-turn="next"]').click();
    await plain.waitForURL(`${t.url}/needs/${second}`);
    expect(await plain.locator(".pane").textContent()).toContain("Which two?");
    await reader.close();
  });

  test("on a phone there is one pane at a time: the list, then the task, and the way back", async () => {
    const id = ask("on the phone");
    const { page: phone, context } = await t.open({ viewport: { width: 390, height: 844 }, hasTouch: true });
    await t.visit(phone, "/needs");
    const [list, pane] = [phone.locator(".inbox"), phone.locator(".pane")];
    expect([await list.isVisible(), await pane.isVisible()]).toEqual([true, false]);
    await phone.locator(`#need-${id} a`).click();
    await pane.waitFor();
    expect([await list.isVisible(), await pane.isVisible()]).toEqual([false, true]);
    for (const button of await pane.locator("button:visible, header a:visible, textarea").all())
      expect((await button.boundingBox())!.height).toBeGreaterThanOrEqual(40);

    await phone.locator(".pane .back").click();

    await list.waitFor();
    expect(await pane.isVisible()).toBe(false);
    await context.close();
  });
});
