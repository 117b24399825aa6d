import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { BrowserContext, Page } from "playwright-core";
import { blockTask, unblockTask } from "../../kernel/mod.ts";
import { type BrowserTest, live, noBrowser, testBrowser } from "../../testing/browser.ts";
import { until } from "../../testing/mod.ts";

// Longer than anything inside waits: a test that runs out of time takes the browser with it.
setDefaultTimeout(60_000);

let t: BrowserTest;
let context: BrowserContext;
let first: Page;

const ask = (title: string) => {
  const id = t.create(title);
  blockTask(t.board, id, { reason: `What about ${title}?` });
  return id;
};
const titled = (page: Page, title: string) =>
  until(async () => (await page.title()) === title, { what: `the title ${title}` });
/** The name of the tab's icon. */
const icon = async (page: Page) => (await page.locator('link[rel="icon"]').getAttribute("href"))!.split("/").at(-1);
const notes = async (pages: readonly Page[]): Promise<string[]> =>
  (await Promise.all(pages.map((page) => page.evaluate<string[]>("window.notes")))).flat();

describe.skipIf(noBrowser !== null)("away from the tab", () => {
  beforeAll(async () => {
    t = await testBrowser();
    ({ page: first, context } = await t.open());
    await context.grantPermissions(["notifications"], { origin: t.url });
    await context.addInitScript({ content: RECORDER });
  });
  afterAll(() => t?.close());
  afterEach(() => expect(t.problems()).toEqual([]));

  const tab = async (path: string) => {
    const page = await context.newPage();
    await page.clock.install();
    await page.goto(t.url + path);
    await live(page);
    return page;
  };
  /** Half a minute goes by in every tab. */
  const later = (pages: readonly Page[]) => Promise.all(pages.map((page) => page.clock.fastForward(31_000)));

  test("the title and the icon say how many things need a person, and no longer when none does", async () => {
    await t.visit(first, "/");
    expect([await first.title(), await icon(first)]).toEqual(["Board · home", "icon.svg"]);
    const ids = [ask("one"), ask("two")];
    await titled(first, "(2) Board · home");
    expect(await icon(first)).toBe("icon_badge.svg");
    const badge = await first.request.get(`${t.url}/static/icon_badge.svg`);
    expect(badge.headers()["content-type"]).toBe("image/svg+xml");

    await first.locator(`#card-${ids[0]} a[data-open]`).click();
    await titled(first, "(2) one · home");
    await first.keyboard.press("Escape");
    for (const id of ids) unblockTask(t.board, id);
    await titled(first, "Board · home");
    expect(await icon(first)).toBe("icon.svg");
  });

  test("hidden tabs count on; one of them notifies of what is new, once it was asked for", async () => {
    await first.close();
    const pages = [await tab("/"), await tab("/list"), await tab("/runs")];
    for (const page of pages) await page.evaluate("show(false)");
    const asked = async (title: string) => {
      const id = ask(title);
      await later(pages);
      for (const page of pages) await until(async () => (await page.title()).startsWith("("), { what: "the number" });
      return id;
    };

    // Off until it was asked for.
    const before = await asked("unasked");
    expect(await notes(pages)).toEqual([]);

    await pages[0]!.evaluate("show(true)");
    await live(pages[0]!);
    await pages[0]!.keyboard.press("Control+k");
    await pages[0]!.keyboard.type("notif");
    await pages[0]!.locator('#palette-list [data-act="notify"]').click();
    expect(await pages[0]!.locator("#notify-on").isChecked()).toBe(false);
    await pages[0]!.locator("#notify-on").check();
    expect(await pages[0]!.locator("#notify-sound").isChecked()).toBe(false);
    await pages[0]!.locator("#notify .btn.primary").click();

    // Not while one of them is looked at.
    ask("seen");
    await pages[0]!.locator(".item", { hasText: "seen" }).waitFor();
    await later(pages.slice(1));
    expect(await notes(pages)).toEqual([]);

    const learnt = pages[0]!
      .context()
      .waitForEvent("requestfinished", (request) => request.url().endsWith("/attention"));
    await pages[0]!.evaluate("show(false)");
    await learnt;
    const id = await asked("unseen");
    await until(async () => (await notes(pages)).length > 0, { what: "a notification" });
    await later(pages);
    expect(await notes(pages)).toEqual([`Question: unseen|What about unseen?|${id}`]);
    for (const page of pages) expect(await page.title()).toStartWith("(3) ");
    expect(before).not.toBe(id);
  });
});

// As text: the tests' own types know no browser. A headless browser hides no tab and shows no notification.
const RECORDER = `(() => {
  let hidden = false;
  Object.defineProperty(document, "hidden", { get: () => hidden });
  Object.defineProperty(document, "visibilityState", { get: () => (hidden ? "hidden" : "visible") });
  window.show = (yes) => { hidden = !yes; document.dispatchEvent(new Event("visibilitychange")); };
  window.notes = [];
  window.Notification = class {
    static permission = "granted";
    static requestPermission = () => Promise.resolve("granted");
    constructor(title, { body, tag }) { window.notes.push(title + "|" + body + "|" + tag); }
    close() {}
  };
})();`;
