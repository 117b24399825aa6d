import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { claimTask, showTask } from "../../kernel/mod.ts";
import { type BrowserTest, live, noBrowser, testBrowser } from "../../testing/browser.ts";
import { until } from "../../testing/mod.ts";

// Longer than anything inside waits: a test that runs out of time takes the browser with it.
setDefaultTimeout(60_000);

let t: BrowserTest;

describe.skipIf(noBrowser !== null)("clocks after a time away", () => {
  beforeAll(async () => void (t = await testBrowser()));
  afterAll(() => t?.close());
  afterEach(() => expect(t.problems()).toEqual([]));

  /** Hides a page or shows it again, as a browser does with a tab. */
  const hide = (page: Page, hidden: boolean) =>
    page.evaluate(`(() => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => ${hidden} });
      Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "${hidden ? "hidden" : "visible"}" });
      document.dispatchEvent(new Event("visibilitychange"));
    })()`);
  /** A page on one running task, its clock moved by hand; and how far the card's clock is from the truth, in seconds. */
  async function watched(title: string) {
    const { page, context } = await t.open();
    const id = await t.shown(page, title);
    claimTask(t.board, id, { claimer: "worker" });
    await page.clock.install({ time: Date.now() });
    await page.reload();
    await live(page);
    const since = showTask(t.board, id).runs[0]!.started_at;
    const off = async () => {
      const text = (await page.locator(`#card-${id} time[data-form="clock"]`).textContent())!;
      const [seconds = 0, minutes = 0] = text.split(":").map(Number).reverse();
      return Math.abs(minutes * 60 + seconds - (Date.now() - since) / 1_000);
    };
    return { page, context, off };
  }

  test("the machine's clock is set while the tab is hidden: the card shows the server's time", async () => {
    const { page, context, off } = await watched("Away");
    await until(async () => (await off()) < 3, { what: "the right time at first" });
    await hide(page, true);
    await page.clock.setSystemTime(Date.now() + 45_000);
    await hide(page, false);
    await live(page);
    await page.clock.runFor(2_000);

    await until(async () => (await off()) < 5, { what: "the right time again", ms: 10_000 });

    await context.close();
  });
});
