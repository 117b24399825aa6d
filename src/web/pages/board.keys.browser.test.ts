import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { CDPSession, Page } from "playwright-core";
import { addComment, claimTask, completeTask, type Status, getTask } from "../../kernel/mod.ts";
import { acceptName, type BrowserTest, live, noBrowser, testBrowser } from "../../testing/browser.ts";
import { until } from "../../testing/mod.ts";

// Longer than anything inside waits: a test that runs out of time takes the browser with it.
setDefaultTimeout(60_000);

let t: BrowserTest;
let page: Page;
let keyboard: CDPSession;

/** A key as a layout of another script, or Caps Lock, sends it. */
async function press(key: string, code: string, { shift = false } = {}): Promise<void> {
  const event = { key, code, modifiers: shift ? 8 : 0 };
  await keyboard.send("Input.dispatchKeyEvent", { type: "keyDown", text: key.length === 1 ? key : "", ...event });
  await keyboard.send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
}

describe.skipIf(noBrowser !== null)("keys on the board", () => {
  beforeAll(async () => {
    t = await testBrowser();
    ({ page } = await t.open());
    keyboard = await page.context().newCDPSession(page);
  });
  afterAll(() => t?.close());
  beforeEach(() => page.mouse.move(0, 0));
  afterEach(() => expect(t.problems()).toEqual([]));

  const dialog = (id: string) => page.locator(`dialog#${id}[open]`);

  test.each([
    ["with Caps Lock", "C", "KeyC", false, "create"],
    ["with Caps Lock and Shift, which is no plain C", "c", "KeyC", true, null],
    ["with a Russian layout", "с", "KeyC", false, "create"],
    ["with a Russian layout and Caps Lock", "С", "KeyC", false, "create"],
    ["with a Greek layout", "ψ", "KeyC", false, "create"],
    ["where the layout has no Latin letter there: the question mark", "?", "Digit7", true, "help"],
    ["that is an accented letter of a Latin layout", "ç", "Period", false, null],
  ])("%s: %j on %s", async (_, key, code, shift, opens) => {
    await t.visit(page, "/");
    await press(key, code, { shift });
    if (opens !== null) return dialog(opens).waitFor();
    expect(await page.locator("dialog[open], :popover-open").count()).toBe(0);
  });

  test("walk the cards, extend the selection and go to pages with a Russian layout [L21]", async () => {
    const first = await t.shown(page, "First");
    await page.locator(`#card-${first} h3 a`).focus();
    await press("О", "KeyJ", { shift: true });
    await page.locator(`#card-${first} .pick:checked`).waitFor({ state: "attached" });
    await press("п", "KeyG");
    await press("д", "KeyL");
    await page.waitForURL(`${t.url}/list`);
  });

  test("choose in a menu by its first letter with a Russian layout", async () => {
    const id = await t.shown(page, "Menu");
    await page.locator(`#card-${id} h3 a`).focus();
    await press("ь", "KeyM");
    await page.locator("#menu:popover-open").waitFor();
    await page.locator('#menu [data-to="triage"]:focus').waitFor();
    await press("е", "KeyT");
    await page.locator('#menu [data-to="todo"]:focus').waitFor();
    await page.keyboard.press("Escape");
  });

  test("are text inside fields, in any layout", async () => {
    await t.visit(page, "/");
    await page.locator("#search").focus();
    await press("с", "KeyC");
    await press("C", "KeyC");
    expect(await page.locator("#search").inputValue()).toBe("сC");
    expect(await page.locator("dialog[open]").count()).toBe(0);
  });
});

describe.skipIf(noBrowser !== null)("Tab on a full board", () => {
  let ids: string[] = [];
  beforeAll(async () => {
    t = await testBrowser();
    for (let i = 0; i < 30; i++) {
      const id = t.create(`Ready ${i}`, { assignee: "coder" });
      ids.push(id);
      t.create(`Todo ${i}`, { parents: [id] });
      t.create(`Idea ${i}`, { triage: true });
    }
    ({ page } = await t.open());
  });
  afterAll(() => t?.close());
  afterEach(() => expect(t.problems()).toEqual([]));

  /** What Tab can reach inside the lists, as the cards of it. */
  const stops = () =>
    page.evaluate<string[]>(`[...document.querySelectorAll("#board .list :is(a, button, input)")]
      .filter((e) => e.tabIndex >= 0 && e.checkVisibility()).map((e) => e.closest("[data-id]")?.dataset.id)`);
  const focused = () =>
    page.evaluate<string[]>(`(() => { const e = document.activeElement;
      return [e.closest("[data-id]")?.dataset.id ?? "", e.className || e.tagName]; })()`);

  test("stops once per column, and goes on from there to the next [L21]", async () => {
    await t.visit(page, "/");
    expect((await stops()).length).toBe(3);
    const ready = page.locator("#list-ready > .item").first();
    await ready.locator("h3 a").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    const third = ids[2]!;
    expect((await focused())[0]).toBe(third);

    await page.keyboard.press("Shift+Tab");
    expect(await focused()).toEqual([third, "pick"]);
    await page.keyboard.press("Space");
    await page.locator(`#card-${third} .pick:checked`).waitFor({ state: "attached" });
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowLeft");
    expect((await focused())[0]).not.toBe(third);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Escape");
    expect((await stops()).filter((id) => ids.includes(id)).length).toBeLessThanOrEqual(4);
  });

  test("its buttons can be reached from a card, and a change of the card keeps the stop", async () => {
    await t.visit(page, "/");
    const id = ids[4]!;
    await page.locator(`#card-${id} h3 a`).focus();
    await page.keyboard.press("Tab");
    expect(await focused()).toEqual([id, "icon"]);
    await page.keyboard.press("Shift+Tab");

    addComment(t.board, id, { body: "hello" });
    await page.locator(`#card-${id} .m-chat`).waitFor();

    await until(async () => (await stops()).filter((one) => one !== id).length === 2, { what: "one stop per column" });
    expect(await focused()).toEqual([id, "A"]);
  });

  test("is documented in the help", async () => {
    await t.visit(page, "/help");
    expect(await page.locator("dl.keys").first().textContent()).toContain("TabFrom column to column");
  });

  test("a checkbox has the name of its task", async () => {
    await t.visit(page, "/");
    await page.getByRole("checkbox", { name: "Select Ready 3", exact: true }).first().waitFor();
  });
});

describe.skipIf(noBrowser !== null)("a dialog and what is typed beside it", () => {
  beforeAll(async () => {
    t = await testBrowser();
    ({ page } = await t.open());
  });
  afterAll(() => t?.close());
  afterEach(() => expect(t.problems()).toEqual([]));

  /** What a browser that does not know `closedby` does: events, and nothing closes by itself. */
  const pressAt = (id: string, from: [number, number], to: [number, number]) =>
    page.evaluate(`(() => {
      const dialog = document.getElementById("${id}");
      const at = ([clientX, clientY]) => ({ clientX, clientY, bubbles: true });
      dialog.dispatchEvent(new PointerEvent("pointerdown", at(${JSON.stringify(from)})));
      dialog.dispatchEvent(new MouseEvent("click", at(${JSON.stringify(to)})));
    })()`);

  test("a press on the backdrop closes it, also where the browser does not know closedby", async () => {
    await t.visit(page, "/");
    await page.keyboard.press("?");
    const help = page.locator("#help[open]");
    const { x, y } = (await help.boundingBox())!;
    await pressAt("help", [x + 20, y + 20], [5, 5]);
    await pressAt("help", [x + 20, y + 20], [x + 30, y + 30]);
    expect(await help.count()).toBe(1);

    await pressAt("help", [5, 5], [5, 5]);

    expect(await help.count()).toBe(0);
  });

  test("the form of a new task, which holds typed text, stays", async () => {
    await t.visit(page, "/");
    await page.keyboard.press("c");
    await page.locator("#create[open]").waitFor();
    await pressAt("create", [2, 2], [2, 2]);
    expect(await page.locator("#create[open]").count()).toBe(1);
  });
});

describe.skipIf(noBrowser !== null)("the line of a drag", () => {
  beforeAll(async () => {
    t = await testBrowser();
    ({ page } = await t.open());
  });
  afterAll(() => t?.close());
  afterEach(() => expect(t.problems()).toEqual([]));

  const lift = async (id: string, to: Status) => {
    await page.locator(`#card-${id} h3`).hover(); // It slides to its place; this waits until it is there.
    const from = (await page.locator(`#card-${id}`).boundingBox())!;
    const over = (await page.locator(`#col-${to}`).boundingBox())!;
    await page.mouse.move(from.x + from.width / 2, from.y + 20);
    await page.mouse.down();
    await page.mouse.move(from.x + from.width / 2 + 20, from.y + 30, { steps: 3 });
    await page.mouse.move(over.x + over.width / 2, over.y + 200, { steps: 5 });
    await page.locator(`#list-${to} > .slot`).waitFor();
  };
  const titles = (list: string) =>
    page.evaluate<string[]>(`[...document.querySelectorAll("${list} > :is(.item, .slot)")]
      .map((e) => e.querySelector("h3")?.textContent ?? "the line")`);

  test.each(["running", "done", "ready"] as const)("of a %s card is where the card will be", async (status) => {
    const tenant = `line-${status}`;
    const create = (title: string, priority: number, more = {}) => t.create(title, { tenant, priority, ...more });
    const moved = create("moved", 2);
    const { created_at } = getTask(t.board, moved);
    await until(() => Date.now() > created_at); // Of two tasks of one millisecond neither is the older one.
    for (const [title, priority] of [
      ["urgent", 4],
      ["medium", 2],
      ["low", 1],
    ] as const) {
      create(`ready ${title}`, priority);
      create(`idea ${title}`, priority, { triage: true });
    }
    if (status !== "ready") claimTask(t.board, moved, { claimer: "w" });
    if (status === "done") completeTask(t.board, moved);
    await t.visit(page, `/?tenant=${tenant}`);
    await page.locator(`#list-${status} > #card-${moved}`).waitFor();

    await lift(moved, "triage");
    expect(await titles("#list-triage")).toEqual(["idea urgent", "the line", "idea medium", "idea low"]);
    await page.keyboard.press("Escape");
    await page.mouse.up();
    if (status === "ready") return;

    await lift(moved, "ready");
    const line = await titles("#list-ready");
    expect(line).toEqual(["ready urgent", "ready medium", "the line", "ready low"]);
    await page.mouse.up();
    if (status === "running") await page.locator("[data-ask-ok]").click();
    await t.becomes(moved, "ready");
    await page.locator(`#list-ready > #card-${moved}:not(.busy)`).waitFor();
    expect(await titles("#list-ready")).toEqual(line.map((title) => (title === "the line" ? "moved" : title)));
  });
});

test.skipIf(noBrowser !== null)(
  "a link to a task survives the sign-in, in the tab of the link and in the one that waits",
  async () => {
    t = await testBrowser();
    try {
      const id = t.create("Deep", { tenant: "acme" });
      const context = await t.browser.newContext();
      const [first, second] = [await context.newPage(), await context.newPage()];
      const wanted = `${t.url}/t/${id}?tenant=acme`;
      await first.goto(wanted);
      await first.locator("#code").waitFor();

      await second.goto(await t.link());
      await acceptName(second);

      for (const tab of [first, second]) {
        await tab.waitForURL(wanted);
        await tab.locator(`#drawer-${id}`).waitFor();
        await live(tab);
      }
      await context.close();
    } finally {
      await t.close();
    }
  },
);
