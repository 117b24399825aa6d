import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { archiveTask, asActor, assignTask, getTask, moveTask } from "../../kernel/mod.ts";
import { type BrowserTest, noBrowser, testBrowser } from "../../testing/browser.ts";
import { until } from "../../testing/mod.ts";

// Longer than anything inside waits: a test that runs out of time takes the browser with it.
setDefaultTimeout(30_000);

let t: BrowserTest;
let page: Page;

describe.skipIf(noBrowser !== null)("Undo", () => {
  beforeAll(async () => {
    t = await testBrowser();
    ({ page } = await t.open());
  });
  afterAll(() => t?.close());
  afterEach(() => expect(t.problems()).toEqual([]));

  const toast = (text: string) => page.locator("#toasts .toast", { hasText: text });
  const focus = (id: string) => page.locator(`#card-${id} h3 a`).focus();

  test("Z takes back one change after the other, also of what has no notice any more; Redo does it again", async () => {
    const id = await t.shown(page, "Several changes");
    await focus(id);
    await page.keyboard.press("p");
    await page.locator("#menu button", { hasText: "Urgent" }).click();
    await toast("Priority: Urgent").waitFor();
    await focus(id);
    await page.keyboard.press("a");
    await page.keyboard.type("bob");
    await page.keyboard.press("Enter");
    await toast("Assigned to bob").waitFor();

    await toast("Priority: Urgent").locator("[data-do=dismiss]").click();
    await page.keyboard.press("z");
    await toast("Undid the assignment: Several changes").waitFor();
    expect(getTask(t.board, id)).toMatchObject({ assignee: null, priority: 4 });
    await page.keyboard.press("z");
    await toast("Undid the change of priority: Several changes").waitFor();
    expect(getTask(t.board, id).priority).toBe(0);

    await toast("Undid the change of priority").locator("[data-redo] button").click();
    await until(() => getTask(t.board, id).priority === 4);
    await toast("Undid the undo").waitFor(); // Until then Z takes nothing back a second time.
    await page.keyboard.press("z");
    await until(() => getTask(t.board, id).priority === 0);
  });

  test("of a bulk action takes back all of it, and says what was changed since", async () => {
    const first = await t.shown(page, "First of three");
    const { tenant } = getTask(t.board, first);
    const ids = [first, t.create("Second of three", { tenant }), t.create("Third of three", { tenant })];
    for (const id of ids) {
      await page.locator(`#card-${id}`).waitFor();
      await focus(id);
      await page.keyboard.press("x");
    }
    await page.keyboard.press("p");
    await page.locator("#menu button", { hasText: "High" }).click();
    const done = toast("3 set to High");
    await done.waitFor();
    await done.locator("[data-undo] button").click();
    await toast("3 undone").waitFor();
    expect(ids.map((id) => getTask(t.board, id).priority)).toEqual([0, 0, 0]);
  });

  test("that is refused says who changed it, and shows the card where it is", async () => {
    const id = await t.shown(page, "Moved by another");
    await focus(id);
    await page.keyboard.press("a");
    await page.keyboard.type("bob");
    await page.keyboard.press("Enter");
    const notice = toast("Assigned to bob");
    await notice.waitFor();
    const cat = asActor(t.board, "cat");
    assignTask(cat, id, "dora");
    moveTask(cat, id, "triage");
    await notice.locator("[data-undo] button").click();
    await toast("cat assigned it just now").waitFor();
    await page.locator(`#list-triage #card-${id}`).waitFor();
    expect(getTask(t.board, id)).toMatchObject({ assignee: "dora", status: "triage" });
    archiveTask(cat, id);
  });
});
