import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { addComment, blockTask, claimTask, createTask } from "../../kernel/mod.ts";
import { type BrowserTest, noBrowser, testBrowser } from "../../testing/browser.ts";

// Longer than anything inside waits: a test that runs out of time takes the browser with it.
setDefaultTimeout(60_000);

/** A phone on its side, 400 % zoom of 1280×1024, and a window that is wide and low. */
const SCREENS = [
  { width: 667, height: 375 },
  { width: 320, height: 256 },
  { width: 1280, height: 400 },
];

let t: BrowserTest;

/**
 * Brings an element to the middle of the screen, as a person who scrolls does, and measures what is seen of it: its
 * corners must be on the screen, and be the element's own.
 */
async function whole(page: Page, selector: string): Promise<string> {
  return page.evaluate(`(async () => {
    const element = document.querySelector(${JSON.stringify(selector)});
    if (!element) return "not there";
    // What is not drawn yet gets its height when it comes near.
    for (let i = 0; i < 3; i++) {
      element.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    }
    const box = element.getBoundingClientRect();
    if (box.top < -0.5 || box.bottom > innerHeight + 0.5 || box.left < -0.5 || box.right > innerWidth + 0.5)
      return "cut: " + JSON.stringify(box) + " of " + innerWidth + "x" + innerHeight;
    for (const [x, y] of [[box.left + 5, box.top + 5], [box.right - 5, box.bottom - 5]]) {
      const there = document.elementFromPoint(x, y);
      if (!element.contains(there) && !there?.contains(element)) return "covered by " + (there?.outerHTML ?? "nothing").slice(0, 80);
    }
    return "whole";
  })()`);
}

describe.skipIf(noBrowser !== null)("on low screens", () => {
  let waiting: string;
  beforeAll(async () => {
    t = await testBrowser();
    for (let i = 0; i < 12; i++)
      createTask(t.board, {
        title: `Task ${i} with a title that needs two lines here`,
        assignee: "qa",
        tenant: "acme",
      });
    const run = createTask(t.board, { title: "A running one", assignee: "qa" }).task;
    claimTask(t.board, run.id, { claimer: "qa" });
    waiting = createTask(t.board, { title: "Choose the key", body: "Long text.\n\n".repeat(20) }).task.id;
    blockTask(t.board, waiting, { reason: "Which of the two keys is meant, the short one or the long one?" });
    for (let i = 0; i < 5; i++) addComment(t.board, waiting, { body: `Comment ${i}` });
  });
  afterAll(() => t?.close());
  afterEach(() => expect(t.problems()).toEqual([]));

  test.each(SCREENS)(
    "of $width × $height a whole card of the board can be brought into view [L12]",
    async (viewport) => {
      const { page, context } = await t.open({ viewport });
      await t.visit(page, "/");
      for (const card of ["#col-ready .item:nth-of-type(2)", "#col-ready .item:nth-of-type(12)", "#col-running .item"])
        expect([card, await whole(page, card)]).toEqual([card, "whole"]);
      expect(await whole(page, `#card-${waiting}`)).toBe("whole");
      expect(await whole(page, "#col-ready .icon")).toBe("whole");
      await context.close();
    },
  );

  test.each(SCREENS)("of $width × $height every row of the list, and every need", async (viewport) => {
    const { page, context } = await t.open({ viewport });
    await t.visit(page, "/list");
    for (const row of ["main [data-id] a[data-open]", `main [data-id="${waiting}"] a[data-open]`])
      expect([row, await whole(page, row)]).toEqual([row, "whole"]);
    const seen: number = await page.evaluate(`[...document.querySelectorAll("main [data-id]")].filter((row) => {
      const { top, bottom } = row.getBoundingClientRect(); return top >= 0 && bottom <= innerHeight; }).length`);
    expect(seen).toBeGreaterThanOrEqual(2);
    await t.visit(page, "/needs");
    expect(await whole(page, `#need-${waiting} h3`)).toBe("whole");
    await t.visit(page, `/needs/${waiting}`);
    for (const part of [".pane h2", ".pane .reply textarea", ".pane .reply .btn"])
      expect([part, await whole(page, part)]).toEqual([part, "whole"]);
    await context.close();
  });

  test.each(SCREENS)("of $width × $height everything in the drawer", async (viewport) => {
    const { page, context } = await t.open({ viewport });
    await t.visit(page, `/t/${waiting}`);
    await page.locator("#drawer .sheet").waitFor();
    for (const part of [
      "#drawer h2",
      '#drawer [data-do="close"]',
      "#drawer .compose textarea",
      "#drawer .compose .btn",
    ])
      expect([part, await whole(page, part)]).toEqual([part, "whole"]);
    // The text is not read through a slit.
    const slit: number = await page.evaluate(`(() => { const body = document.querySelector("#drawer .body");
      return getComputedStyle(body).overflowY === "visible" ? innerHeight : body.clientHeight; })()`);
    expect(slit).toBeGreaterThan(viewport.height * 0.6);
    await context.close();
  });

  test.each(SCREENS)("of $width × $height everything in the dialogs", async (viewport) => {
    const { page, context } = await t.open({ viewport });
    await t.visit(page, "/");
    await page.keyboard.press("c");
    await page.locator("#create[open]").waitFor();
    for (const part of ['#create [name="title"]', '#create [name="body"]', "#create .btn.primary"])
      expect([part, await whole(page, part)]).toEqual([part, "whole"]);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+k");
    await page.locator("#palette[open]").waitFor();
    await page.locator("#palette .option").first().waitFor();
    expect(await whole(page, "#palette .option")).toBe("whole");
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    await page.locator("#help[open]").waitFor();
    expect(await whole(page, "#help .keys > div:last-child")).toBe("whole");
    await context.close();
  });
});
