import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { write } from "../../kernel/mod.ts";
import { type BrowserTest, live, noBrowser, testBrowser } from "../../testing/browser.ts";

setDefaultTimeout(60_000);

let t: BrowserTest;
let page: Page;

describe.skipIf(noBrowser !== null)(
  `a page and the way back to it${noBrowser === null ? "" : ` (skipped: ${noBrowser})`}`,
  () => {
    beforeAll(async () => {
      t = await testBrowser();
      write(t.board, () => {
        for (let i = 0; i < 60; i++) t.create(`Task ${i}`, { tenant: "long" });
      });
      ({ page } = await t.open());
    });
    afterAll(() => t?.close());
    afterEach(() => expect(t.problems()).toEqual([]));

    test("Back brings the very page, scrolled as it was, and what happened since comes after [L15]", async () => {
      await t.visit(page, "/?tenant=long");
      await page.evaluate(REMEMBER);
      const scrolled = await page.evaluate(SCROLL);
      expect(scrolled).toBeGreaterThan(300);
      await page.locator('nav.side a[href="/insights"]').click();
      await page.waitForURL(`${t.url}/insights`);
      await live(page);
      const id = t.create("While another page was open", { tenant: "long", priority: 4 });

      await page.evaluate("history.back()");
      // A page that was kept does not load.
      await page.waitForURL(`${t.url}/?tenant=long`, { waitUntil: "commit" });
      expect(await page.evaluate("window.persisted")).toBe(true);
      await page.locator(`#list-ready > #card-${id}`).waitFor({ state: "attached" });
      await live(page);
      expect(await page.evaluate("document.querySelector('#list-ready').scrollTop")).toBeGreaterThanOrEqual(
        scrolled as number,
      );
    });

    test("a first load asks for few files, compressed, each of which is kept for ever", async () => {
      const { context } = await t.open();
      const fresh = await context.newPage();
      const answers: { path: string; encoding: string | null }[] = [];
      fresh.on("response", async (response) => {
        const { pathname } = new URL(response.url());
        if (pathname === "/stream") return;
        answers.push({ path: pathname, encoding: await response.headerValue("content-encoding") });
      });
      await fresh.goto(`${t.url}/?tenant=long`);
      await live(fresh);
      expect(answers.length).toBeLessThanOrEqual(8);
      const text = answers.filter(({ path }) => !/\.(?:woff2|svg)$/.test(path)); // These are small, or compressed already.
      expect(text.filter(({ encoding }) => encoding !== "gzip").map(({ path }) => path)).toEqual([]);
      for (const { path } of answers.filter(({ path }) => /^\/(?:static|vendor)\//.test(path))) {
        expect(path).toMatch(/^\/(?:static|vendor)\/[0-9a-f]{12}\//);
        const { headers } = await context.request.get(t.url + path).then((found) => ({ headers: found.headers() }));
        expect([path, headers["cache-control"]]).toEqual([path, "private, max-age=31536000, immutable"]);
      }
      await context.close();
    });
  },
);

// As text: the tests' own types know no browser.
const REMEMBER = `addEventListener("pageshow", (event) => (window.persisted = event.persisted))`;
const SCROLL = `(() => { const list = document.querySelector("#list-ready"); list.scrollTop = 400; return list.scrollTop; })()`;
