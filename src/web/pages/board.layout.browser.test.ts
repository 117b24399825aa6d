import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { blockTask, completeTask, createTask, write } from "../../kernel/mod.ts";
import { type BrowserTest, live, noBrowser, testBrowser } from "../../testing/browser.ts";
import { until } from "../../testing/mod.ts";

// Longer than anything inside waits: a test that runs out of time takes the browser with it.
setDefaultTimeout(60_000);

let t: BrowserTest;

/** Widths of the columns that one sees, by name. */
async function widths(page: Page): Promise<Record<string, number>> {
  return page.evaluate(`Object.fromEntries([...document.querySelectorAll("#board > .col")].map((column) =>
    [column.dataset.col, Math.round(column.getBoundingClientRect().width)]))`);
}

const rails = (found: Record<string, number>) => Object.keys(found).filter((name) => found[name]! < 60);

describe.skipIf(noBrowser !== null)(
  `the layout of the board${noBrowser === null ? "" : ` (skipped: ${noBrowser})`}`,
  () => {
    beforeAll(async () => {
      t = await testBrowser();
    });
    afterAll(() => t?.close());
    afterEach(() => expect(t.problems()).toEqual([]));

    test("one task: the columns share the width, each empty one is a place to drop on with a sentence [L19]", async () => {
      for (const width of [1280, 1440, 1920]) {
        const { page, context } = await t.open({ viewport: { width, height: 800 } });
        await t.shown(page, "The only one");

        const found = await widths(page);

        expect(rails(found)).toEqual([]);
        const room = width - 212 - 24 - 6 * 4;
        expect(Object.values(found).reduce((sum, one) => sum + one, 0)).toBeWithin(room - 8, room + 8);
        const areas: { height: number; text: string; border: string }[] = await page.evaluate(
          `[...document.querySelectorAll(".col.vacant .empty")].map((area) => ({ height: area.offsetHeight,
             text: area.innerText, border: getComputedStyle(area).borderTopStyle }))`,
        );
        expect(areas).toHaveLength(6);
        for (const { height, text, border } of areas) {
          expect(height).toBeGreaterThanOrEqual(200);
          expect(text.trim().length).toBeGreaterThan(10);
          expect(border).toBe("dashed");
        }
        await context.close();
      }
    });

    test("empty columns become rails where all have no room, and one opens by a click", async () => {
      const { page, context } = await t.open({ viewport: { width: 1000, height: 800 } });
      const id = await t.shown(page, "The only one");
      expect(rails(await widths(page))).toEqual(["triage", "todo", "running", "review", "blocked", "done"]);

      await page.locator('#col-blocked [data-do="rail"]').click();
      expect((await widths(page))["blocked"]).toBeGreaterThan(130);
      await page.reload();
      await live(page);
      expect((await widths(page))["blocked"]).toBeGreaterThan(130);

      // A card that arrives opens its column; an empty one it leaves becomes a rail.
      completeTask(t.board, id);
      await page.locator(`#col-done #card-${id}`).waitFor();
      await until(async () => rails(await widths(page)).join() === "triage,todo,ready,running,review");
      await context.close();
    });

    test("a column is a rail by choice, which the next page knows before any script", async () => {
      const { page, context } = await t.open();
      await t.shown(page, "One of them");
      await page.locator('#col-ready [data-do="column"]').click();
      await page.locator('#menu [data-act="collapse"]').click();
      await until(async () => rails(await widths(page)).join() === "ready");

      await page.route("**/*.js", (route) => route.abort());
      await page.goto(page.url());
      expect(rails(await widths(page))).toEqual(["ready"]);
      await context.close();
    });

    test("is set in our own font, with numbers of one width, in both themes", async () => {
      for (const colorScheme of ["dark", "light"] as const) {
        const { page, context } = await t.open({ colorScheme });
        await t.visit(page, "/"); // The sign-in has loaded it: it is in the cache.
        const found: Record<string, unknown> = await page.evaluate(`(async () => {
          await document.fonts.ready;
          const width = (text) => {
            const span = document.createElement("span");
            span.className = "num";
            span.textContent = text;
            document.querySelector("#col-ready h2").append(span);
            const { width } = span.getBoundingClientRect();
            span.remove();
            return width;
          };
          const [font] = performance.getEntriesByType("resource").filter(({ name }) => name.endsWith("/inter.woff2"));
          return { loaded: [...document.fonts].map(({ family, status }) => family + " " + status), ones: width("1111"),
            eights: width("8888"), from: new URL(font.name).origin };
        })()`);
        expect(found).toMatchObject({ loaded: ["Inter loaded"], from: t.url });
        expect(found["ones"]).toBe(found["eights"]);
        await context.close();
      }
    });

    test("nothing jumps while ten thousand tasks arrive over a slow network [L15]", async () => {
      const tasks = (count: number, change: (i: number) => void) => {
        for (let from = 0; from < count; from += 500)
          write(t.board, () => {
            for (let i = from; i < from + 500; i++) change(i);
          });
      };
      const make = (i: number, more = {}) =>
        createTask(t.board, { title: `Task ${i}, with a title${" that is longer".repeat(i % 4)}`, ...more }).task.id;
      tasks(8_500, (i) => make(i, { triage: i % 3 === 0, assignee: "qa", tenant: "acme", priority: i % 4 }));
      tasks(500, (i) => void blockTask(t.board, make(i), { reason: "Which of the two is meant, and until when?" }));
      tasks(1_000, (i) => void completeTask(t.board, make(i), { summary: "as asked" }));

      for (const viewport of [
        { width: 1440, height: 900 },
        { width: 390, height: 844 },
      ]) {
        const { page, context } = await t.open({ viewport });
        const network = await context.newCDPSession(page);
        await network.send("Network.enable");
        await network.send("Network.emulateNetworkConditions", {
          offline: false,
          latency: 100,
          downloadThroughput: 40_000,
          uploadThroughput: 40_000,
        });
        await page.addInitScript({ content: SHIFTS });
        for (const collapsed of [false, true]) {
          if (collapsed) await context.addCookies([{ name: "kanban_columns", value: "-triage", url: t.url }]);
          await t.visit(page, "/");
          const shifts: number[] = await page.evaluate(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(window.shifts))))",
          );
          expect(shifts.reduce((sum, one) => sum + one, 0)).toBeLessThan(0.05);
        }
        await context.close();
      }
    });
  },
);

// As text: the tests' own types know no browser.
const SHIFTS = `window.shifts = [];
new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts.push(entry.value); })
  .observe({ type: "layout-shift", buffered: true });`;
