import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { claimTask, getTask, listTasks, write } from "../../kernel/mod.ts";
import { type BrowserTest, noBrowser, testBrowser } from "../../testing/browser.ts";
import { until } from "../../testing/mod.ts";

// Longer than anything inside waits: a test that runs out of time takes the browser with it.
setDefaultTimeout(60_000);

let t: BrowserTest;
let page: Page;

describe.skipIf(noBrowser !== null)("an act on many tasks", () => {
  beforeAll(async () => {
    t = await testBrowser();
    ({ page } = await t.open({ intercepted: true }));
  });
  afterAll(() => t?.close());
  afterEach(async () => {
    await page.unrouteAll();
    expect(t.problems().filter((line) => !line.includes("Failed to"))).toEqual([]);
  });

  const fill = (tenant: string, count: number) =>
    write(t.board, () => Array.from({ length: count }, (_, n) => t.create(`${tenant} ${n}`, { tenant })));
  const statuses = (tenant: string) =>
    [...new Set(listTasks(t.board, { tenant, limit: 500 }).map(({ status }) => status))].sort();
  const title = () => page.locator("#ask-title").textContent();
  const ok = () => page.locator("[data-ask-ok]");
  const focus = () => page.evaluate<string>("document.activeElement.id || document.activeElement.dataset.do");
  async function allMatching(tenant: string) {
    await t.visit(page, `/?tenant=${tenant}`);
    await page
      .locator(".item h3 a")
      .first()
      .click({ modifiers: ["Control"] });
    await page.locator('[data-do="bulk-all"]').click();
  }

  test("on a phone every act of the bar is on the screen", async () => {
    fill("thumb", 2);
    const { page: phone, context } = await t.open({ viewport: { width: 390, height: 844 }, hasTouch: true });
    await t.visit(phone, "/?tenant=thumb&status=ready");
    await phone.locator("#col-ready .pick").first().tap();
    const buttons = await phone.locator("#bulk button").all();
    expect(buttons).toHaveLength(8);
    expect((await phone.locator("#bulk").boundingBox())!.height).toBeLessThan(104); // Two rows.
    for (const button of buttons) {
      const box = await button.boundingBox();
      expect([await button.textContent(), box!.x >= 0 && box!.x + box!.width <= 390]).toEqual([
        expect.anything(),
        true,
      ]);
    }
    await context.close();
  });

  test("all matching: the server's number, the newest by name, red, and the number to type [L8]", async () => {
    const ids = fill("many", 60); // More than the column shows.
    claimTask(t.board, ids[0]!, { claimer: "w" });
    await allMatching("many");
    await page.locator('#bulk [data-to="archived"]').click();
    await page.locator("#ask-title", { hasText: "Archive 60 tasks?" }).waitFor();

    const text = await page.locator("#ask").textContent();
    expect(text).toContain("each can be restored");
    expect(text).toContain("This ends the worker.");
    expect(text).toContain("and 57 more");
    expect(text).not.toContain("for good");
    expect(await ok().getAttribute("class")).toContain("danger");
    expect([await ok().isDisabled(), await focus()]).toEqual([true, "ask-count"]);
    await page.keyboard.press("Enter");
    await page.keyboard.type("59");
    await page.keyboard.press("Enter");
    expect([await page.locator("#ask[open]").count(), statuses("many")]).toEqual([1, ["ready", "running"]]);

    await page.locator("#ask-count").fill("60");
    await page.keyboard.press("Enter");
    await page.locator("#toasts .toast", { hasText: "60 moved to Archived" }).waitFor();
    expect(listTasks(t.board, { tenant: "many", status: ["archived"], limit: 100 })).toHaveLength(60);
  });

  test("a few: red with the keyboard on Cancel, so that Enter does nothing", async () => {
    fill("few", 3);
    await allMatching("few");
    await page.keyboard.press("Escape"); // No longer all: three that are picked.
    for (const link of await page.locator(".item h3 a").all()) await link.click({ modifiers: ["Control"] });
    for (const to of ["archived", "done"]) {
      await page.locator(`#bulk [data-to="${to}"]`).click();
      await page.locator("#ask .primary.danger:not(:disabled)").waitFor();
      expect(await title()).toBe(to === "done" ? "Complete 3 tasks?" : "Archive 3 tasks?");
      expect(await focus()).toBe("ask-cancel");
      await page.keyboard.press("Enter");
      await page.locator("#ask:not([open])").waitFor({ state: "attached" });
    }
    expect(statuses("few")).toEqual(["ready"]);
  });

  test("nothing can be confirmed before the number is known, and a late one changes no other question", async () => {
    const [id] = fill("slow", 4);
    await allMatching("slow");
    let release = () => {};
    await page.route("**/bulk/count", async (route) => {
      await new Promise<void>((resolve) => (release = resolve));
      await route.continue();
    });
    const asked = page.waitForRequest("**/bulk/count");
    await page.locator('#bulk [data-to="archived"]').click();
    await asked;
    expect([await title(), await ok().isDisabled()]).toEqual(["Archive all matching tasks?", true]);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape"); // The selection.
    await page.locator(`#card-${id} h3 a`).focus();
    await page.keyboard.press("#");
    const answered = page.waitForResponse("**/bulk/count");
    release();
    await answered;

    expect([await title(), await ok().isDisabled()]).toEqual(["Archive “slow 0”?", false]);
    await page.keyboard.press("Escape");
    expect(statuses("slow")).toEqual(["ready"]);
  });

  test("a board that does not say how many they are confirms nothing", async () => {
    fill("mute", 2);
    await allMatching("mute");
    await page.route("**/bulk/count", (route) => route.abort());
    await page.locator('#bulk [data-to="archived"]').click();
    await page.locator("[data-ask-error]", { hasText: "did not say how many" }).waitFor();

    expect(await ok().isDisabled()).toBe(true);
    await page.keyboard.press("Escape");
  });

  test("all matching that are assigned or prioritized are counted too", async () => {
    const ids = fill("quiet", 3);
    await allMatching("quiet");
    await page.locator("#bulk [data-do=priority]").click();
    await page.locator('#menu [data-priority="4"]').click();
    await page.locator("#ask-title", { hasText: "Prioritize 3 tasks?" }).waitFor();
    await ok().click();

    await until(() => ids.every((id) => getTask(t.board, id).priority === 4));
  });

  test("a number that has changed while one read it is refused", async () => {
    fill("grows", 5);
    await allMatching("grows");
    await page.locator('#bulk [data-to="archived"]').click();
    await page.locator("#ask-title", { hasText: "Archive 5 tasks?" }).waitFor();
    fill("grows", 20);
    await ok().click();

    await page
      .locator("#toasts .toast.error", { hasText: "they must be 5, as you confirmed, they are 25 now" })
      .waitFor();
    expect(statuses("grows")).toEqual(["ready"]);
  });

  test("an Enter that is held down opens the question and does not answer it", async () => {
    const id = await t.shown(page, "Held");
    await page.locator(`#card-${id} h3 a`).focus();
    await page.keyboard.press("m");
    await page.locator('#menu [data-to="archived"]').focus();
    for (let press = 0; press < 4; press++) await page.keyboard.down("Enter");
    await page.keyboard.up("Enter");

    await page.locator("#ask[open]").waitFor();
    expect(getTask(t.board, id).status).toBe("ready");
    await page.keyboard.press("Escape");
  });
});
