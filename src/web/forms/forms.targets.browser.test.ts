import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { getTask, type Status } from "../../kernel/mod.ts";
import { type BrowserTest, noBrowser, testBrowser } from "../../testing/browser.ts";
import { until } from "../../testing/mod.ts";

// Longer than anything inside waits: a test that runs out of time takes the browser with it.
setDefaultTimeout(60_000);

let t: BrowserTest;
let page: Page;
let ids: { a: string; b: string; c: string };
let board = 0;

describe.skipIf(noBrowser !== null)("what an act means while B and C are selected", () => {
  beforeAll(async () => {
    t = await testBrowser();
    ({ page } = await t.open());
  });
  afterAll(() => t?.close());
  beforeEach(async () => {
    const tenant = `targets${++board}`;
    const [a, b, c] = ["A", "B", "C"].map((name) => t.create(`Task ${name}`, { tenant })) as [string, string, string];
    ids = { a, b, c };
    await t.visit(page, `/?tenant=${tenant}`);
    await page.mouse.move(0, 0);
    for (const id of [b, c]) await select(id);
  });
  afterEach(() => expect(t.problems()).toEqual([]));

  const link = (id: string) => page.locator(`#card-${id} h3 a`);
  const select = (id: string) => link(id).click({ modifiers: ["Control"] });
  const statuses = () => [ids.a, ids.b, ids.c].map((id) => getTask(t.board, id).status);
  const selected = () => page.locator(".item .pick:checked").count();

  /** Waits for the one change and expects that the selected tasks had no part in it. */
  async function onlyA(changed: () => boolean) {
    await until(changed);
    await page.locator("#toasts .toast.ok").last().waitFor();
    for (const id of [ids.b, ids.c])
      expect(getTask(t.board, id)).toMatchObject({ status: "ready", assignee: null, priority: 0 });
    expect(await selected()).toBe(2);
  }
  const a = () => getTask(t.board, ids.a);

  async function drag(id: string, to: Status, { drop = true } = {}) {
    const from = (await page.locator(`#card-${id}`).boundingBox())!;
    const over = (await page.locator(`#col-${to}`).boundingBox())!;
    await page.mouse.move(from.x + from.width / 2, from.y + 20);
    await page.mouse.down();
    await page.mouse.move(from.x + from.width / 2 + 20, from.y + 30, { steps: 3 });
    await page.mouse.move(over.x + over.width / 2, over.y + 120, { steps: 5 });
    if (drop) await page.mouse.up();
  }

  test("the drag of A moves A [L1]", async () => {
    await drag(ids.a, "todo", { drop: false });
    expect(await page.locator(".carried .many").count()).toBe(0);
    await page.mouse.up();

    await onlyA(() => a().status === "todo");
  });

  test("the drag of B moves both, and says so [L1]", async () => {
    await drag(ids.b, "todo", { drop: false });
    expect(await page.locator(".carried .many").textContent()).toBe("2 tasks");
    await page.mouse.up();

    await until(() => statuses().join() === "ready,todo,todo");
    expect(await selected()).toBe(0);
  });

  test("A's own menu moves A", async () => {
    await page.locator(`#card-${ids.a}`).hover();
    await page.locator(`#card-${ids.a} [data-do=menu]`).click();
    await page.locator('#menu [data-to="triage"]').click();

    await onlyA(() => a().status === "triage");
  });

  test("B's own menu names both before it moves them", async () => {
    await page.locator(`#card-${ids.b}`).hover();
    await page.locator(`#card-${ids.b} [data-do=menu]`).click();
    expect(await page.locator("#menu .about").textContent()).toBe("Move 2 tasks");
    await page.locator('#menu [data-to="triage"]').click();

    await until(() => statuses().join() === "ready,triage,triage");
  });

  test.each([
    ["m", '#menu [data-to="triage"]', () => a().status === "triage"],
    ["a", '#menu [data-assign=""]:not([data-new])', null],
    ["p", '#menu [data-priority="3"]', () => a().priority === 3],
  ] as const)("the key %s on A means A", async (key, choice, changed) => {
    await link(ids.a).focus();
    await page.keyboard.press(key);
    await page.locator("#menu:popover-open").waitFor();
    if (changed === null) {
      await page.locator("#assign-name").fill("zoe");
      await page.keyboard.press("Enter");
      return onlyA(() => a().assignee === "zoe");
    }
    await page.locator(choice).click();

    await onlyA(changed);
  });

  test("the key # on A archives A", async () => {
    await link(ids.a).focus();
    await page.keyboard.press("#");
    expect(await page.locator("#ask-title").textContent()).toBe("Archive “Task A”?");
    await page.locator("[data-ask-ok]").click();

    await onlyA(() => a().status === "archived");
  });

  test("the palette on A moves A", async () => {
    await link(ids.a).focus();
    await page.keyboard.press("Control+k");
    await page.locator('#palette-list [data-to="todo"]').click();

    await onlyA(() => a().status === "todo");
  });

  test("the drawer of A moves, assigns, prioritises and archives A", async () => {
    await link(ids.a).click();
    await page.locator(`#drawer-${ids.a}`).waitFor();
    expect(await selected()).toBe(2);

    await page.locator("#drawer #d-actions [data-do=menu]").click();
    await page.locator('#menu [data-to="triage"]').click();
    await onlyA(() => a().status === "triage");

    await page.locator("#drawer #d-body").focus();
    await page.keyboard.press("p");
    await page.locator('#menu [data-priority="4"]').click();
    await onlyA(() => a().priority === 4);

    await page.locator("#drawer #d-body").focus();
    await page.keyboard.press("a");
    await page.locator("#assign-name").fill("zoe");
    await page.keyboard.press("Enter");
    await onlyA(() => a().assignee === "zoe");

    await page.locator("#drawer #d-body").focus();
    await page.keyboard.press("#");
    await page.locator("[data-ask-ok]").click();
    await onlyA(() => a().status === "archived");
  });

  test("the bulk bar means the selection, wherever the focus was before", async () => {
    await link(ids.a).focus();
    await page.locator("#bulk [data-do=menu]").click();
    await page.locator('#menu [data-to="triage"]').click();

    await until(() => statuses().join() === "ready,triage,triage");
  });

  test("an act that does not say what it means is refused by the code", async () => {
    const refused = await page.evaluate(`import("/static/moves.js").then(({ move }) =>
      move({ id: "${ids.a}", status: "ready" }, "todo").then(() => "moved", (error) => error.name))`);

    expect(refused).toBe("TypeError");
    expect(statuses()).toEqual(["ready", "ready", "ready"]);
  });
});
