import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { type BrowserTest, noBrowser, testBrowser } from "../../testing/browser.ts";
import { until } from "../../testing/mod.ts";

setDefaultTimeout(30_000);

let t: BrowserTest;
let page: Page;

describe.skipIf(noBrowser !== null)(
  `dependencies in a browser${noBrowser === null ? "" : ` (skipped: ${noBrowser})`}`,
  () => {
    let ids: string[];
    beforeAll(async () => {
      t = await testBrowser();
      const design = t.create("Design the field");
      const build = t.create("Build a field whose name is far too long for any box of a drawing to hold all of it", {
        parents: [design],
      });
      ids = [design, build, t.create("Ship", { parents: [build] })];
      ({ page } = await t.open());
    });
    afterAll(() => t?.close());
    afterEach(() => expect(t.problems()).toEqual([]));

    const widthOf = async (id: string) => (await page.locator(`#node-${id}`).boundingBox())!.width;

    test("zooms by buttons, keys and the wheel, and stays so", async () => {
      await t.visit(page, "/deps");
      const whole = await widthOf(ids[0]!);
      await page.getByRole("button", { name: "Larger" }).click();
      await until(async () => Math.abs((await widthOf(ids[0]!)) / whole - 1.25) < 0.02);
      await page.keyboard.press("-");
      await page.keyboard.press("-");
      await until(async () => Math.abs((await widthOf(ids[0]!)) / whole - 0.8) < 0.02);
      await page.reload();
      await until(async () => Math.abs((await widthOf(ids[0]!)) / whole - 0.8) < 0.02);
      await page.locator(`#node-${ids[0]!}`).hover();
      await page.keyboard.down("Control");
      await page.mouse.wheel(0, -100);
      await page.keyboard.up("Control");
      await until(async () => (await page.locator("#zoom").textContent()) === "100 %");
      expect(await page.evaluate("devicePixelRatio")).toBe(1);
    });

    test("a title that has no room ends with an ellipsis inside its box", async () => {
      await t.visit(page, "/deps");
      const title = page.locator(`#node-${ids[1]!} .name`);
      const name = `document.querySelector("#node-${ids[1]!} .name")`;
      expect(await page.evaluate(`${name}.scrollWidth > ${name}.clientWidth`)).toBe(true);
      const [text, box] = [(await title.boundingBox())!, (await page.locator(`#node-${ids[1]!}`).boundingBox())!];
      expect(text.x + text.width <= box.x + box.width && text.y >= box.y).toBe(true);
    });

    test("a search keeps the whole chain and dims what was not meant; a box opens its task", async () => {
      await t.visit(page, "/deps");
      await page.locator("#search").fill("ship");
      await page.locator(".node.dim").first().waitFor();
      expect(await page.locator(".node").count()).toBe(3);
      expect(await page.locator(".node:not(.dim)").textContent()).toContain("Ship");
      await page.locator(`#node-${ids[2]!}`).click();
      await page.locator(`#drawer-${ids[2]!}`).waitFor();
    });
  },
);
