import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { type BrowserTest, live, noBrowser, testBrowser } from "../../testing/browser.ts";
import { until } from "../../testing/mod.ts";

setDefaultTimeout(30_000);

let t: BrowserTest;
let page: Page;

describe.skipIf(noBrowser !== null)(
  `saved views in a browser${noBrowser === null ? "" : ` (skipped: ${noBrowser})`}`,
  () => {
    beforeAll(async () => {
      t = await testBrowser();
      t.create("Needle", { tenant: "shop" });
      t.create("Hay");
      ({ page } = await t.open());
    });
    afterAll(() => t?.close());
    afterEach(() => expect(t.problems()).toEqual([]));

    const names = () => page.locator("#views .view-row .ell").allTextContents();
    const mine = () => t.board.db.query<{ name: string; shared: number }, []>("SELECT name, shared FROM saved_views ORDER BY place").all(); // prettier-ignore

    test("is saved from the list, counted, marked while it is shown, shared, renamed and removed", async () => {
      await t.visit(page, "/list?tenant=shop");
      await page.getByRole("button", { name: "Save this filter as a view" }).click();
      await page.locator("#view-form [name=name]").fill("Shop");
      await page.keyboard.press("Enter");
      const link = page.locator("#views .nav", { hasText: "Shop" });
      await link.waitFor();
      await page.locator("#view-dialog:not([open])").waitFor({ state: "attached" });
      expect(await link.getAttribute("aria-current")).toBe("page");
      expect((await link.textContent())!.replace(/\s+/g, " ")).toContain("Shop1");

      await page.getByRole("button", { name: "Change the view Shop" }).click();
      await page.locator("#view-form [name=name]").fill("The shop");
      await page.locator("#view-form [name=shared]").check();
      await page.keyboard.press("Enter");
      await until(async () => (await names()).join() === "The shop");
      expect(mine()).toEqual([{ name: "The shop", shared: 1 }]);

      await t.visit(page, "/");
      await page.locator("#views .nav", { hasText: "The shop" }).click();
      await page.waitForURL(/\/list\?tenant=shop/);
      await live(page);
      await page.getByRole("button", { name: "Change the view The shop" }).click();
      await page.locator('[data-do="removeview"]').click();
      await until(async () => (await names()).length === 0);
      expect(mine()).toEqual([]);
    });

    test("a filter that must read tasks is counted after the page is there", async () => {
      await t.visit(page, "/list?q=needle");
      await page.getByRole("button", { name: "Save this filter as a view" }).click();
      await page.locator("#view-form [name=name]").fill("Needles");
      await page.keyboard.press("Enter");
      await until(async () => (await names()).join() === "Needles");
      await page.reload();
      await page.locator("#views .num", { hasText: "1" }).waitFor();
    });

    test("what this browser kept by itself is handed to the server, once", async () => {
      await page.evaluate(
        `localStorage.setItem("kanban.views", JSON.stringify([{ name: "Old", path: "/?assignee=ann" }, { name: "Bad", path: "/runs" }]))`,
      );
      await t.visit(page, "/");
      await until(async () => (await names()).includes("Old"));
      expect(await page.evaluate(`localStorage.getItem("kanban.views")`)).toBeNull();
      const kept = t.board.db.query("SELECT page, query FROM saved_views WHERE name = 'Old'").all();
      expect(kept).toEqual([{ page: "board", query: "assignee=ann" }]);
      await page.reload();
      expect((await names()).filter((name) => name === "Old")).toEqual(["Old"]);
    });
  },
);
