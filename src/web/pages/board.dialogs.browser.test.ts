import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { type BrowserTest, noBrowser, testBrowser } from "../../testing/browser.ts";

// Longer than anything inside waits: a test that runs out of time takes the browser with it.
setDefaultTimeout(60_000);

/**
 * Presses a key at the moment when a box closes, before the browser draws the page again: it moves the focus
 * out of what is hidden only when it draws.
 */
const pressAtClose = (box: string, key: string, ctrlKey = false) => `(() => {
  const box = document.querySelector("${box}");
  const press = () => document.activeElement.dispatchEvent(
    new KeyboardEvent("keydown", { key: "${key}", ctrlKey: ${ctrlKey}, bubbles: true, cancelable: true }),
  );
  if (box.popover) {
    const hide = box.hidePopover;
    box.hidePopover = function () {
      delete box.hidePopover;
      hide.call(box);
      queueMicrotask(press);
    };
    return;
  }
  const observer = new MutationObserver(() => {
    observer.disconnect();
    press();
  });
  observer.observe(box, { attributeFilter: ["open"] });
})()`;

let t: BrowserTest;
let page: Page;

describe.skipIf(noBrowser !== null)("a key after a dialog", () => {
  beforeAll(async () => {
    t = await testBrowser();
    ({ page } = await t.open());
  });
  afterAll(() => t?.close());
  afterEach(() => expect(t.problems()).toEqual([]));

  const openDialogs = () => page.evaluate<string[]>(`[...document.querySelectorAll("dialog[open]")].map((d) => d.id)`);

  test.each([
    ["the form of a new task", "c", "#create"],
    ["the palette", "Control+k", "#palette"],
  ])("acts as soon as %s is closed [L23]", async (_, opens, box) => {
    await t.visit(page, "/");
    await page.keyboard.press(opens);
    await page.locator(`${box}[open] input:focus`).waitFor();
    await page.evaluate(pressAtClose(box, "?"));

    await page.keyboard.press("Escape");

    expect(await openDialogs()).toEqual(["help"]);
  });

  test("acts as soon as a question is answered with Enter [L23]", async () => {
    await t.shown(page, "Asked about", { triage: true });
    await page.evaluate(
      `import("/static/ask.js").then(({ ask }) => void ask({ title: "Which way?", field: "The way" }))`,
    );
    await page.locator("#ask[open] #ask-text:focus").waitFor();
    await page.evaluate(pressAtClose("#ask", "?"));

    await page.keyboard.press("Enter");

    expect(await openDialogs()).toEqual(["help"]);
  });

  test("acts as soon as a menu is closed whose card is gone [L23]", async () => {
    const id = await t.shown(page, "Whose is it", { triage: true });
    await page.locator(`#card-${id} h3 a`).focus();
    await page.keyboard.press("a");
    await page.locator("#menu #assign-name:focus").waitFor();
    await page.evaluate(`document.getElementById("card-${id}").remove()`);
    await page.evaluate(pressAtClose("#menu", "?"));

    await page.keyboard.press("Escape");

    expect(await openDialogs()).toEqual(["help"]);
  });

  test("does not run what the closed palette had chosen, nor send the closed form [L23]", async () => {
    const id = await t.shown(page, "Not opened", { triage: true });
    await page.locator(`#card-${id} h3 a`).focus();
    await page.keyboard.press("Control+k");
    await page.locator("#palette-list [data-act=open]").waitFor();
    await page.evaluate(`document.activeElement.blur(); document.querySelector("#palette-q").focus()`);
    await page.evaluate(`document.getElementById("card-${id}").remove()`);
    await page.evaluate(pressAtClose("#palette", "Enter"));
    await page.keyboard.press("Escape");
    expect(await page.locator("#drawer .sheet").count()).toBe(0);

    await page.keyboard.press("c");
    await page.locator("#create [name=title]:focus").waitFor();
    await page.keyboard.type("Never sent");
    await page.evaluate(pressAtClose("#create", "Enter", true));
    const sent: string[] = [];
    page.on("request", (request) => void sent.push(`${request.method()} ${new URL(request.url()).pathname}`));
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    await page.locator("#help[open]").waitFor();
    expect(sent.filter((line) => line.startsWith("POST"))).toEqual([]);
  });
});
