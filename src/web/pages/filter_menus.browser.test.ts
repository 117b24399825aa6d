import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { type BrowserTest, noBrowser, testBrowser } from "../../testing/browser.ts";
import { until } from "../../testing/mod.ts";

setDefaultTimeout(30_000);

let t: BrowserTest;
let page: Page;

describe.skipIf(noBrowser !== null)(
  `the menu of a filter in a browser${noBrowser === null ? "" : ` (skipped: ${noBrowser})`}`,
  () => {
    beforeAll(async () => {
      t = await testBrowser();
      for (const [title, assignee, tenant] of [
        ["Rename the field", "engineer", "shop"],
        ["Write the letter", "copywriter", "shop"],
        ["Read the papers", "researcher", "research"],
        ["Turn it off", "ops", "ops"],
      ] as const) {
        t.create(title, { assignee, tenant });
      }
      ({ page } = await t.open());
    });
    afterAll(() => t?.close());
    afterEach(() => expect(t.problems()).toEqual([]));

    const shows = (...titles: string[]) =>
      until(
        async () => {
          const found = await page
            .locator("#view a[data-open]")
            .allTextContents()
            .catch(() => []); // Back loads the page.
          return (
            found
              .map((title) => title.trim())
              .toSorted()
              .join() === titles.toSorted().join()
          );
        },
        { what: `the page to show ${titles.join(", ")}` },
      );
    const params = () => Object.fromEntries(new URL(page.url()).searchParams);

    for (const path of ["/", "/list"]) {
      test(`${path}: by the keyboard alone: a field, a few letters, two values, and not`, async () => {
        await t.visit(page, path);
        await page.locator("#filter-add").focus();
        await page.keyboard.press("Enter");
        await page.locator("#filter-find:focus").waitFor();
        await page.keyboard.type("proj");
        await page.keyboard.press("Enter");
        await page.locator('.fm[data-field="tenant"]').waitFor();
        await page.keyboard.type("op");
        await page.keyboard.press("Enter");
        await shows("Rename the field", "Write the letter"); // Two tasks have it, so it comes before ops.
        expect(params()["tenant"]).toBe("shop");
        await page.keyboard.press("ArrowDown");
        await page.keyboard.press("Enter");
        await shows("Rename the field", "Turn it off", "Write the letter");
        expect(await page.locator("#filter-find:focus").count()).toBe(1);
        await page.getByRole("radio", { name: "is not" }).click();
        await shows("Read the papers");
        expect(new URL(page.url()).searchParams.getAll("not_tenant").toSorted()).toEqual(["ops", "shop"]);

        await page.keyboard.press("Escape");
        await page.locator("#filter-pop").waitFor({ state: "hidden" });
        await page.locator(".filters .f-off").click();
        await shows("Read the papers", "Rename the field", "Turn it off", "Write the letter");
      });
    }

    test("a chip opens its own menu, and the focus comes back to it", async () => {
      await t.visit(page, "/list?assignee=ops&created_after=7d");
      await page.locator("#filter-assignee").click();
      await page.locator('.fm[data-field="assignee"]').waitFor();
      await page.locator("#filter-list li", { hasText: "engineer" }).click();
      await shows("Rename the field", "Turn it off");
      await page.keyboard.press("Escape");
      await page.locator("#filter-assignee:focus").waitFor();

      await page.locator("#filter-created").click();
      await page.locator("#filter-list li", { hasText: "More than 7 days ago" }).click();
      await shows();
      expect(params()).toMatchObject({ created_before: "7d" });
      await page.goBack();
      await shows("Rename the field", "Turn it off");
    });

    test("live changes leave an open menu alone", async () => {
      await t.visit(page, "/list?tenant=shop");
      await page.locator("#filter-tenant").click();
      await page.locator("#filter-find").fill("resea");
      t.create("Another one", { tenant: "shop" });
      await shows("Another one", "Rename the field", "Write the letter");
      expect(await page.locator("#filter-find").inputValue()).toBe("resea");
      expect(await page.locator("#filter-list li:visible").count()).toBe(1);
    });

    test("is named and walked as a list that one types into", async () => {
      await t.visit(page, "/list?tenant=shop");
      await page.locator("#filter-tenant").click();
      const field = page.getByRole("combobox", { name: "Type to filter projects" });
      await field.waitFor();
      const active = await field.getAttribute("aria-activedescendant");
      expect(await page.locator(`#${active}`).getAttribute("role")).toBe("option");
      expect(await page.locator("#filter-list").getByRole("option", { selected: true }).textContent()).toContain(
        "shop",
      );
    });
  },
);
