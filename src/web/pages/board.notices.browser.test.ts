import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { createTask, getTask } from "../../kernel/mod.ts";
import { type BrowserTest, noBrowser, testBrowser } from "../../testing/browser.ts";

// Longer than anything inside waits: a test that runs out of time takes the browser with it.
setDefaultTimeout(60_000);

let t: BrowserTest;
let page: Page;

describe.skipIf(noBrowser !== null)("a notice while a dialog is open", () => {
  beforeAll(async () => {
    t = await testBrowser();
    ({ page } = await t.open({ intercepted: true }));
  });
  afterAll(() => t?.close());
  afterEach(async () => {
    await page.unrouteAll();
    expect(t.problems().filter((line) => !line.includes("Failed to fetch"))).toEqual([]);
    await page.evaluate("sessionStorage.clear()");
  });

  const toast = (text: string) => page.locator("#toasts .toast", { hasText: text });

  /** Whether what one sees and presses in the middle of an element is that element, undimmed. */
  const isOnTop = (selector: string) =>
    page.evaluate<boolean>(`(() => {
      const element = document.querySelector(${JSON.stringify(selector)});
      const { left, top, width, height } = element.getBoundingClientRect();
      return element.contains(document.elementFromPoint(left + width / 2, top + height / 2));
    })()`);
  /** What a screen reader finds on the page. */
  async function spoken() {
    const devtools = await page.context().newCDPSession(page);
    const { nodes } = await devtools.send("Accessibility.getFullAXTree");
    await devtools.detach();
    return nodes.filter((node) => !node.ignored).map((node) => String(node.name?.value ?? ""));
  }

  test("of a form that was lost: the form says it, and the notice is above it, pressed and read [L14]", async () => {
    await t.visit(page, "/?tenant=notices");
    await page.route("**/tasks", (route) => route.abort());
    await page.keyboard.press("c");
    await page.locator("#create [name=title]").fill("Not made");
    await page.keyboard.press("Control+Enter");
    await page.locator("#error-create", { hasText: "The board did not answer" }).waitFor();
    await toast("Not saved").waitFor();

    expect(await isOnTop("#toasts .toast.error")).toBe(true);
    expect((await spoken()).join("\n")).toContain("Not saved: the board does not answer");
    await toast("Not saved").locator("[data-do=dismiss]").click();
    await toast("Not saved").waitFor({ state: "detached" });
    expect(await page.locator("#create[open] [name=title]").inputValue()).toBe("Not made");
    await page.keyboard.press("Escape");
  });

  test("of an act behind it: a refusal is on top, its live region in the dialog, and both come back with its end", async () => {
    const id = createTask(t.board, { title: "Behind", tenant: "behind" }).task.id;
    await t.visit(page, "/?tenant=behind");
    let release = () => {};
    await page.route(`**/t/${id}/priority`, async (route) => {
      await new Promise<void>((resolve) => (release = resolve));
      await route.abort();
    });
    await page.locator(`#card-${id} h3 a`).focus();
    const asked = page.waitForRequest(`**/t/${id}/priority`);
    await page.keyboard.press("p");
    await page.locator('#menu [data-priority="4"]').click();
    await asked;
    await page.keyboard.press("?");
    await page.locator("#help[open]").waitFor();
    release();
    await toast("Not saved").waitFor();

    expect(await isOnTop("#toasts .toast.error")).toBe(true);
    expect(await page.locator("#help #say").textContent()).toContain("Not saved");
    await page.keyboard.press("Escape");
    await page.locator("#help:not([open])").waitFor({ state: "attached" });
    expect(await page.locator("dialog #notices").count()).toBe(0);
    expect(await isOnTop("#toasts .toast.error")).toBe(true);
    expect(getTask(t.board, id).priority).toBe(0);
    await page.keyboard.press("c"); // A notice is no menu: the keys go on.
    await page.locator("#create[open]").waitFor();
    expect(await isOnTop("#toasts .toast.error")).toBe(true);
    await page.keyboard.press("Escape");
  });
});
