import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { asActor, assignTask, addComment, editTask, getTask, taskHistory } from "../../kernel/mod.ts";
import { type BrowserTest, live, noBrowser, testBrowser } from "../../testing/browser.ts";
import { faintTexts } from "../../testing/contrast.ts";

// Longer than anything inside waits: a test that runs out of time takes the browser with it.
setDefaultTimeout(60_000);

/** Where pictures of the dialogs go, for `SHOTS=DIR bun test src/web/forms/conflict`. */
const SHOTS = process.env["SHOTS"];

let t: BrowserTest;
let page: Page;
let id: string;

describe.skipIf(noBrowser !== null)("two changes of one task", () => {
  beforeAll(async () => {
    t = await testBrowser();
    ({ page } = await t.open());
    if (SHOTS !== undefined) mkdirSync(SHOTS, { recursive: true });
  });
  afterAll(() => t?.close());
  beforeEach(async () => {
    id = t.create("Translate README", { body: "Keep the tone.\n\nMind the links." });
    await open(page);
  });
  afterEach(() => expect(t.problems()).toEqual([]));

  async function open(on: Page): Promise<void> {
    await t.visit(on, `/t/${id}`);
    await on.locator(`#drawer-${id}`).waitFor();
  }
  const bob = () => asActor(t.board, "bob");
  const field = (name: string, on = page) => on.locator(`#edit-${name}`);
  const dialog = (on = page) => on.locator("#conflict[open]");
  /** Begins to edit a field and types; saves nothing. */
  async function type(name: string, text: string, on = page): Promise<void> {
    await on.locator(`[data-edit="${name}"] [data-do="edit"]`).click();
    await field(name, on).fill(text);
  }
  /** Waits until the drawer has heard of a change. */
  const heard = (on = page) =>
    on.locator(`#d-base[data-event="${getTask(t.board, id).last_event_id}"]`).waitFor({ state: "attached" });
  const gone = () => page.locator("#conflict:not([open])").waitFor({ state: "attached" });
  const picture = async (name: string) => {
    if (SHOTS !== undefined) await page.screenshot({ path: join(SHOTS, `${name}.png`) });
  };

  test("in two tabs: the second sees both texts; its own replaces the other, which is kept [L4]", async () => {
    const { page: other, context } = await t.open();
    await open(other);
    await type("title", "Translate README to German");
    await type("title", "Translate README, soon", other);
    await page.keyboard.press("Enter");
    await page.locator("#d-title", { hasText: "to German" }).waitFor();
    await heard(other);

    await other.keyboard.press("Enter");
    await dialog(other).waitFor();
    expect(await other.locator("#conflict .sides section:nth-child(1)").textContent()).toContain("Theirs, by maya");
    expect(await other.locator("#conflict .sides section:nth-child(1) ins").allTextContents()).toEqual([" to German"]);
    expect(await other.locator("#conflict .sides section:nth-child(2) ins").allTextContents()).toEqual([", soon"]);
    expect(getTask(t.board, id).title).toBe("Translate README to German");
    await other.locator("#conflict [data-mine]").click();

    await other.locator("#d-title", { hasText: "Translate README, soon" }).waitFor();
    expect(await dialog(other).count()).toBe(0);
    expect(getTask(t.board, id).title).toBe("Translate README, soon");
    expect(taskHistory(t.board, id).changes[0]!.fields).toEqual([
      { field: "title", was: "Translate README to German", now: "Translate README, soon" },
    ]);
    await context.close();
  });

  test("an edit in a terminal does not write over what is typed, with the focus elsewhere; Both joins the two [L4]", async () => {
    await type("body", "Keep the tone.\n\nMind the links and the tables.");
    await page.locator("#compose-body").focus();
    const edited = await t.cli.run("edit", id, "--body", "Keep the style.\n\nMind the links.");
    expect(edited.exit).toBe(0);
    await heard();
    await page.locator("#error-edit-body", { hasText: "Somebody else has changed this" }).waitFor();
    expect(await field("body").inputValue()).toBe("Keep the tone.\n\nMind the links and the tables.");

    await field("body").focus();
    await page.keyboard.press("Control+Enter");
    await dialog().waitFor();
    await picture("conflict-dark-1440");
    await page.locator('#conflict [data-do="conflict-both"]').click();
    const joined = page.locator("#conflict-text");
    expect(await joined.inputValue()).toBe("Keep the style.\n\nMind the links and the tables.");
    await joined.press("End");
    await joined.fill(`${await joined.inputValue()}\nBoth.`);
    await page.locator("#conflict [data-mine]", { hasText: "Save this text" }).click();

    await gone();
    await page.locator("#d-description .prose", { hasText: "Both." }).waitFor();
    expect(getTask(t.board, id).body).toBe("Keep the style.\n\nMind the links and the tables.\nBoth.");
  });

  test("Theirs shows the other text, and mine can be taken up again", async () => {
    await type("title", "Mine");
    editTask(bob(), id, { title: "Bob's" });
    await heard();
    await page.keyboard.press("Enter");
    await dialog().waitFor();
    await page.locator('#conflict [data-do="conflict-theirs"]').click();

    await gone();
    await page.locator("#d-title", { hasText: "Bob's" }).waitFor();
    expect(await field("title").isVisible()).toBe(false);
    expect(getTask(t.board, id).title).toBe("Bob's");
    await page.locator("#toasts button", { hasText: "Edit mine again" }).click();
    expect(await field("title").inputValue()).toBe("Mine");
    await field("title").press("Enter");
    await page.locator("#d-title", { hasText: "Mine" }).waitFor();
    expect(getTask(t.board, id).title).toBe("Mine");
  });

  test.each(["Escape", "the button"])(
    "closed with %s, what was typed is still in its field, and nothing is saved",
    async (how) => {
      await type("title", "Mine");
      editTask(bob(), id, { title: "Bob's" });
      await heard();
      await page.keyboard.press("Enter");
      await dialog().waitFor();
      if (how === "Escape") await page.keyboard.press("Escape");
      else await page.locator('#conflict [data-do="conflict-close"]').click();

      await gone();
      expect(await field("title").inputValue()).toBe("Mine");
      expect(getTask(t.board, id).title).toBe("Bob's");
      await field("title").press("Enter");
      await dialog().waitFor();
    },
  );

  test("a change of something else, and a text that nobody has touched, are no conflict", async () => {
    await type("title", "Mine");
    editTask(bob(), id, { body: "Bob's", priority: 3 });
    addComment(t.board, id, { body: "hello" });
    await heard();
    await page.keyboard.press("Enter");
    await page.locator("#d-title", { hasText: "Mine" }).waitFor();

    await page.locator('[data-edit="title"] [data-do="edit"]').click();
    editTask(bob(), id, { title: "Bob's title" });
    await page.locator("#d-title", { hasText: "Bob's title" }).waitFor({ state: "attached" });
    expect(await field("title").inputValue()).toBe("Bob's title");
    await field("title").fill("Bob's title, mended");
    await page.keyboard.press("Enter");
    await page.locator("#d-title", { hasText: "mended" }).waitFor();
    expect(getTask(t.board, id).title).toBe("Bob's title, mended");
  });

  test("a draft that a reload brings back is still an edit of what was there before", async () => {
    await type("body", "Typed before the reload");
    await t.cli.run("edit", id, "--body", "Written meanwhile");
    await page.reload();
    await live(page);
    expect(await field("body").inputValue()).toBe("Typed before the reload");

    await field("body").press("Control+Enter");

    await dialog().waitFor();
    expect(getTask(t.board, id).body).toBe("Written meanwhile");
    expect(await page.locator("#conflict .sides").textContent()).toContain("Typed before the reload");
  });

  test.each([
    ["priority", () => editTask(bob(), id, { priority: 4 }), '[data-priority="1"]', ["Urgent", "Low"], { priority: 1 }],
    ["assign", () => assignTask(bob(), id, "coder"), '[data-assign=""]', ["coder", "none"], { assignee: null }],
  ] as const)(
    "%s from the drawer's menu is judged by what the drawer showed when it was opened",
    async (menu, change, choice, words, after) => {
      if (menu === "assign") assignTask(t.board, id, "ann");
      else editTask(t.board, id, { priority: 2 });
      await heard();
      await page.locator(`#d-props [data-do="${menu}"]`).first().click();
      await page.locator("#menu:popover-open").waitFor();
      change();
      await heard();
      await page.locator(`#menu ${choice}`).first().click();

      await dialog().waitFor();
      const sides = await page.locator("#conflict .sides .diff").allTextContents();
      expect(sides).toEqual([...words]);
      expect(await page.locator('#conflict [data-do="conflict-both"]').count()).toBe(0);
      await page.locator("#conflict [data-mine]").click();
      await gone();
      expect(getTask(t.board, id)).toMatchObject(after);
    },
  );

  test("the history says who replaced what, marked not by colour alone, and puts it back", async () => {
    editTask(bob(), id, { title: "Translate it", body: "Keep the style.\n\nMind the links." });
    await heard();
    await page.locator('#d-events [data-do="history"]').click();
    const change = page.locator("#history[open] .changes li").first();
    await change.waitFor();
    expect(await change.locator("b").textContent()).toBe("bob");
    expect(await change.locator("h3").allTextContents()).toEqual(["Title", "Description"]);
    expect(await change.locator("del").allTextContents()).toEqual(["README", "tone"]);
    expect(await change.locator("ins").allTextContents()).toEqual(["it", "style"]);
    const line = (tag: string) =>
      page.evaluate(`getComputedStyle(document.querySelector("#history ${tag}")).textDecorationLine`);
    expect([await line("del"), await line("ins")]).toEqual(["line-through", "underline"]);
    await picture("history-dark-1440");

    await change.locator("button", { hasText: "Put back" }).click();
    await page.locator("#history:not([open])").waitFor({ state: "attached" });
    await page.locator("#d-title", { hasText: "Translate README" }).waitFor();
    expect(getTask(t.board, id)).toMatchObject({
      title: "Translate README",
      body: "Keep the tone.\n\nMind the links.",
    });
    expect(taskHistory(t.board, id).changes.length).toBe(2);
  });

  test("both dialogs fit a phone, and axe finds nothing in them in either theme", async () => {
    await type("body", "Keep the tone of the original, and leave the tables as they are.");
    editTask(bob(), id, { body: `Keep the style.\n\n${"Mind the links. ".repeat(40)}` });
    await heard();
    await field("body").press("Control+Enter");
    await dialog().waitFor();
    const check = async (name: string) => {
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        const { violations } = await new AxeBuilder({ page }).setLegacyMode().include(`#${name}`).analyze();
        expect(violations.map((each) => each.id)).toEqual([]);
        expect(await faintTexts(page)).toEqual([]);
        await picture(`${name}-${colorScheme}-1440-long`);
        await page.setViewportSize({ width: 390, height: 844 });
        const { x, width } = (await page.locator(`#${name}`).boundingBox())!;
        expect([x >= 0, x + width <= 390]).toEqual([true, true]);
        expect(
          await page.evaluate(
            `document.getElementById("${name}").scrollWidth <= document.getElementById("${name}").clientWidth`,
          ),
        ).toBe(true);
        await picture(`${name}-${colorScheme}-390`);
        await page.setViewportSize({ width: 1440, height: 900 });
      }
    };
    await check("conflict");
    await page.locator("#conflict [data-mine]").click();
    await gone();
    await page.locator('#d-events [data-do="history"]').click();
    await page.locator("#history[open] .changes li").first().waitFor();
    await check("history");
    await page.keyboard.press("Escape");
  });
});
