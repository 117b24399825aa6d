import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { blockTask, claimTask, completeTask, editTask, getTask } from "../../kernel/mod.ts";
import { type BrowserTest, live, noBrowser, testBrowser } from "../../testing/browser.ts";
import { until } from "../../testing/mod.ts";

setDefaultTimeout(30_000);

let t: BrowserTest;
let page: Page;

describe.skipIf(noBrowser !== null)(
  `the list in a browser${noBrowser === null ? "" : ` (skipped: ${noBrowser})`}`,
  () => {
    beforeAll(async () => {
      t = await testBrowser();
      ({ page } = await t.open());
    });
    afterAll(() => t?.close());
    afterEach(() => expect(t.problems()).toEqual([]));

    let tenants = 0;
    /** Opens the list of a project of its own with these tasks; returns their ids. */
    async function shown(...titles: string[]): Promise<string[]> {
      const tenant = `p${tenants++}`;
      const ids = titles.map((title) => t.create(title, { tenant }));
      await t.visit(page, `/list?tenant=${tenant}`);
      await page.locator(`#card-${ids[0]!}`).waitFor();
      return ids;
    }
    const toEnd = () => page.evaluate("document.querySelector('#rows').scrollTo(0, 1e9)");
    const titles = (group: string) => page.locator(`#list-${group} > .item a[data-open]`).allTextContents();

    test("on a phone it is grouped and ordered, and the dependencies zoomed, with a thumb", async () => {
      const { page: phone, context } = await t.open({ viewport: { width: 390, height: 844 }, hasTouch: true });
      t.create("Child", { parents: [t.create("Parent")] });
      for (const [path, control] of [
        ["/list", '[aria-label="Group or order"]'],
        ["/deps", '[data-do="zoom-in"]'],
        ["/deps", '[data-do="zoom-fit"]'],
      ] as const) {
        await t.visit(phone, path);
        const box = await phone.locator(control).boundingBox();
        expect([path, box!.height >= 40, box!.x >= 0 && box!.x + box!.width <= 390]).toEqual([path, true, true]);
      }
      await phone.locator('[data-do="zoom-in"]').tap();
      await phone.locator("#zoom", { hasNotText: "100 %" }).waitFor();
      await context.close();
    });

    test("a row moves to its group as its task does, and the counts follow", async () => {
      const [id, other] = await shown("Mover", "Other");
      await page.evaluate("window.sameDocument = true");

      blockTask(t.board, id!, { reason: "Which one?" });
      await page.locator(`#list-blocked > #card-${id!}`).waitFor();
      editTask(t.board, other!, { title: "Other words" });
      await page.locator(`#card-${other!}`, { hasText: "Other words" }).waitFor();

      expect(await page.locator(`#card-${id!} .beside`).textContent()).toBe("Which one?");
      expect(await page.locator('#group-blocked [data-n="blocked"]').textContent()).toBe("1");
      expect(await titles("ready")).toEqual(["Other words"]);
      expect(await page.locator("details.g:visible h2").allTextContents()).toEqual(["Blocked", "Ready"]);
      expect(await page.evaluate("window.sameDocument")).toBe(true);
    });

    test("what is finished is folded, is fetched when it is opened, and stays open", async () => {
      const [id, other] = await shown("Finished", "Open");
      const { run } = claimTask(t.board, id!, { claimer: "w" });
      completeTask(t.board, id!, { runId: run.id, summary: "All of it" });
      await page.locator(`#card-${id!}`).waitFor({ state: "detached" });
      const done = page.locator("#group-done");
      await until(async () => (await done.locator("[data-n]").textContent()) === "1");
      expect(await done.getAttribute("open")).toBeNull();

      await done.locator("summary").click();
      await page.locator(`#list-done > #card-${id!}`).waitFor();
      completeTask(t.board, other!);
      await page.locator(`#list-done > #card-${other!}`).waitFor();
      await page.reload();
      await page.locator(`#list-done > #card-${id!}`).waitFor();

      await page.locator("#group-done summary").click();
      await until(async () => (await page.evaluate<string>("document.cookie")).includes("-done"));
      await page.reload();
      await live(page);
      expect(await page.locator("#list-done > .item").count()).toBe(0);
    });

    test("keys walk and select the rows, shift takes a range, and the bar acts on them", async () => {
      const ids = await shown("One", "Two", "Three", "Four");
      await page.keyboard.press("j");
      await page.keyboard.press("j");
      await page.keyboard.press("x");
      expect(await page.locator("[data-selected]").textContent()).toBe("1");
      await page.locator(`#card-${ids[3]!} .pick`).click({ modifiers: ["Shift"] });
      expect(await page.locator("[data-selected]").textContent()).toBe("3");
      expect(await page.locator(`#card-${ids[0]!} .pick`).isChecked()).toBe(false);

      await page.locator('#bulk [data-do="priority"]').click();
      await page.locator('#menu [data-priority="4"]').click();
      await until(() => ids.slice(1).every((id) => getTask(t.board, id).priority === 4));
      expect(getTask(t.board, ids[0]!).priority).toBe(0);
      await until(async () => (await titles("ready")).join() === "Two,Three,Four,One");
    });

    test("M moves the row under the keyboard", async () => {
      const [id] = await shown("Walker");
      await page.keyboard.press("j");
      await page.keyboard.press("m");
      await page.locator('#menu [data-to="triage"]').click();
      await t.becomes(id!, "triage");
      await page.locator(`#list-triage > #card-${id!}`).waitFor();
    });

    test("a long group loads on as one scrolls, each task once", async () => {
      await shown(...Array.from({ length: 130 }, (_, i) => `Task ${i}`));
      expect(await page.locator("#list-ready > .item").count()).toBe(50);
      await until(async () => {
        await toEnd();
        return (await page.locator("#list-ready > .item").count()) === 130;
      });
      expect(await titles("ready")).toEqual(Array.from({ length: 130 }, (_, i) => `Task ${i}`));
      expect(await page.locator("#list-ready > .more-row").count()).toBe(0);
    });

    test("columns are left out, and stay so", async () => {
      const [id] = await shown("Narrow");
      const cell = (name: string) => page.locator(`#card-${id!} .${name}`);
      expect(await cell("k-creator").isVisible()).toBe(false);
      await page.getByRole("button", { name: "Columns" }).click();
      await page.locator('#list-columns [data-column="creator"]').check();
      await page.locator('#list-columns [data-column="project"]').uncheck();
      expect([await cell("k-creator").isVisible(), await cell("k-project").isVisible()]).toEqual([true, false]);

      await page.reload();
      expect([await cell("k-creator").isVisible(), await cell("k-project").isVisible()]).toEqual([true, false]);
    });

    test("its icon columns are 28 pixels wide, and a row is not hung left", async () => {
      const [id] = await shown("Measured");
      const box = async (selector: string) => (await page.locator(`#card-${id!} ${selector}`).boundingBox())!;
      const [pick, prio, code] = [await box(".pick"), await box(".prio"), await box(".id")];
      const row = (await page.locator(`#card-${id!}`).boundingBox())!;
      expect([Math.round(prio.x - pick.x), Math.round(code.x - prio.x)]).toEqual([36, 36]); // With a gap of 8.
      const age = await box("time:last-child");
      expect(Math.round(row.x + row.width - (age.x + age.width))).toBe(16);
    });

    test("another order is one list, and pages on", async () => {
      await shown(...Array.from({ length: 60 }, (_, i) => `Task ${String(i % 30).padStart(2, "0")} of ${i}`));
      await page.getByLabel("Group or order").selectOption("title");
      await page.waitForURL(/sort=title/);
      const rows = page.locator("#rows .item a[data-open]");
      await until(async () => {
        await toEnd();
        return (await rows.count()) === 60;
      });
      const found = await rows.allTextContents();
      expect(found).toEqual(found.toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)));
    });
  },
);
