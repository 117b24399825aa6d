import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { BrowserContext, Page } from "playwright-core";
import { type BrowserTest, live, noBrowser, testBrowser } from "../../testing/browser.ts";
import { until } from "../../testing/mod.ts";

setDefaultTimeout(60_000);

let t: BrowserTest;
let context: BrowserContext;
let page: Page;
let streams = 0;
let resume = () => {};

describe.skipIf(noBrowser !== null)(
  `a link that dies without a word${noBrowser === null ? "" : ` (skipped: ${noBrowser})`}`,
  () => {
    beforeAll(async () => void (t = await testBrowser()));
    afterAll(() => t?.close());
    beforeEach(async () => {
      ({ page, context } = await t.open());
      context.on("request", (request) => void (streams += request.url().endsWith("/stream") ? 1 : 0));
    });
    afterEach(async () => {
      resume();
      await context.close();
      expect(t.problems()).toEqual([]);
    });

    const state = () => page.evaluate<string>("document.getElementById('live').dataset.state");
    const becomes = (name: string) => page.locator(`#live[data-state="${name}"]`).waitFor();
    /** Opens a board with a clock that only the test moves. */
    async function visit(tenant: string): Promise<void> {
      await page.clock.install();
      await page.goto(`${t.url}/?tenant=${tenant}`);
      await live(page);
      streams = 0;
    }

    test("is noticed after forty seconds without a ping, and what was missed is caught up [L7]", async () => {
      await visit("silent");
      resume = t.haltServer();
      const id = t.create("Meanwhile", { tenant: "silent" });
      await page.clock.runFor(39_000);
      expect(await state()).toBe("live");
      await page.clock.runFor(7_000);
      await becomes("reconnecting");

      resume();
      await page.locator(`#list-ready > #card-${id}`).waitFor();
      await live(page);
      expect(streams).toBeGreaterThan(0);
    });

    test("is not suspected while pings come", async () => {
      await visit("calm");
      await page.clock.runFor(20_000);
      const heard = page.evaluate("new Promise((done) => document.addEventListener('ping', done, { once: true }))");
      await heard; // The server's own clock: fifteen seconds at most.
      await page.clock.runFor(30_000);
      expect(await state()).toBe("live");
      expect(streams).toBe(0);
    });

    test("is distrusted after a jump of the clock, as after a sleep of the machine", async () => {
      await visit("sleep");
      resume = t.haltServer();
      await page.clock.fastForward(30_000); // Timers that were due meanwhile fire once.
      await becomes("reconnecting");
      const id = t.create("While it slept", { tenant: "sleep" });
      resume();
      await page.locator(`#list-ready > #card-${id}`).waitFor();
      await live(page);
    });

    const WAKES = {
      "a network that came back": "dispatchEvent(new Event('online'))",
      "a tab that is shown again":
        "Object.defineProperty(document, 'hidden', { value: true, configurable: true });" +
        "document.dispatchEvent(new Event('visibilitychange')); delete document.hidden;" +
        "document.dispatchEvent(new Event('visibilitychange'))",
      "a page that Back brings again":
        "dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));" +
        "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))",
    };
    test.each(Object.entries(WAKES))("is distrusted after %s", async (_, wake) => {
      await page.goto(`${t.url}/?tenant=wake`);
      await live(page);
      streams = 0;
      resume = t.haltServer();
      await page.evaluate(wake);
      await becomes("reconnecting");
      await until(() => streams > 0, { what: "another connection" });
      const id = t.create("Meanwhile", { tenant: "wake" });
      resume();
      await page.locator(`#list-ready > #card-${id}`).waitFor();
      await live(page);
    });
  },
);
