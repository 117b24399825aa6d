import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Locator, Page, Route } from "playwright-core";
import {
  completeTask,
  type CreateInput,
  createTask,
  editTask,
  getTask,
  listComments,
  listTasks,
  showTask,
  type Status,
} from "../kernel/mod.ts";
import { type BrowserTest, live, noBrowser, testBrowser } from "../testing/browser.ts";
import { until } from "../testing/mod.ts";

// Longer than anything inside waits: a test that runs out of time takes the browser with it.
setDefaultTimeout(30_000);

let t: BrowserTest;
let page: Page;

describe.skipIf(noBrowser !== null)(
  `the board in a browser${noBrowser === null ? "" : ` (skipped: ${noBrowser})`}`,
  () => {
    beforeAll(async () => {
      t = await testBrowser();
      ({ page } = await t.open());
    });
    afterAll(() => t?.close());
    beforeEach(async () => {
      await page.mouse.move(0, 0);
    });
    afterEach(() => expect(t.problems()).toEqual([]));

    const create = (title: string, input: Partial<CreateInput> = {}) =>
      createTask(t.board, { title, ...input }).task.id;
    const card = (id: string): Locator => page.locator(`#card-${id}`);
    const inColumn = (id: string, status: Status) => page.locator(`#list-${status} > #card-${id}`).waitFor();
    const becomes = (id: string, status: Status) =>
      until(() => getTask(t.board, id).status === status, { what: `${id} to be ${status}` });
    /** A fresh board with one card, on screen. */
    async function shown(title: string, input: Partial<CreateInput> = {}): Promise<string> {
      const tenant = `t${Math.random().toString(36).slice(2)}`;
      const id = create(title, { tenant, ...input });
      await page.goto(`${t.url}/?tenant=${tenant}`);
      await live(page);
      await card(id).waitFor();
      return id;
    }
    async function drag(id: string, to: Status, { drop = true, on = page } = {}) {
      const from = (await on.locator(`#card-${id}`).boundingBox())!;
      const over = (await on.locator(`#col-${to}`).boundingBox())!;
      await on.mouse.move(from.x + from.width / 2, from.y + 20);
      await on.mouse.down();
      await on.mouse.move(from.x + from.width / 2 + 20, from.y + 30, { steps: 3 });
      await on.mouse.move(over.x + over.width / 2, over.y + 120, { steps: 5 });
      if (drop) await on.mouse.up();
    }

    describe("moving a card", () => {
      test("by mouse: only legal targets are lit, the others say why; Z brings it back", async () => {
        const id = await shown("Drag me");
        await drag(id, "todo", { drop: false });
        expect(await page.locator("#col-todo").getAttribute("class")).toContain("yes");
        const running = page.locator("#col-running");
        expect(await running.getAttribute("class")).toContain("no");
        expect(await running.locator(".whynot").textContent()).toContain("claimed by workers");
        await page.mouse.up();
        await becomes(id, "todo");
        await inColumn(id, "todo");
        expect(getTask(t.board, id).held).toBe(true);

        await page.locator("#toasts [data-undo]").waitFor();
        await page.keyboard.press("z");
        await becomes(id, "ready");
        await inColumn(id, "ready");
      });

      test("by mouse: Escape lets it stay, and a forbidden column takes nothing", async () => {
        const id = await shown("Stay");
        await drag(id, "todo", { drop: false });
        await page.keyboard.press("Escape");
        await page.mouse.up();
        await drag(id, "running");
        await drag(id, "review");
        await inColumn(id, "ready");
        expect(showTask(t.board, id).totals.events).toBe(1);
      });

      test("by mouse: Blocked asks for the question, Done for a summary, Archived for a yes", async () => {
        const asked = await shown("Ask");
        await drag(asked, "blocked");
        await page.locator("#ask-text").fill("Which of them?");
        await page.keyboard.press("Enter");
        await becomes(asked, "blocked");
        expect(listComments(t.board, asked)[0]!.body).toBe("BLOCKED: Which of them?");
        await page.locator(`#list-blocked #card-${asked}`, { hasText: "Which of them?" }).waitFor();

        const done = await shown("Finish");
        await drag(done, "done");
        await page.locator("#ask-text").fill("all of it");
        await page.locator("[data-ask-ok]").click();
        await becomes(done, "done");
        expect(showTask(t.board, done).runs[0]!.summary).toBe("all of it");
        await inColumn(done, "done");

        const kept = await shown("Keep");
        await drag(kept, "done");
        await page.keyboard.press("Escape");
        await inColumn(kept, "ready");
        expect(getTask(t.board, kept).status).toBe("ready");
      });

      test("by keyboard: M, a letter, Enter", async () => {
        const id = await shown("Keys");
        await page.keyboard.press("j");
        expect(await page.evaluate("document.activeElement.textContent")).toContain("Keys");
        await page.keyboard.press("m");
        await page.locator("#menu:popover-open").waitFor();
        await page.keyboard.press("t"); // On from Triage, which has the focus, to Todo.
        await page.keyboard.press("Enter");
        await becomes(id, "todo");
      });

      test("by the menu on the card, which names what is not possible", async () => {
        const id = await shown("Menu");
        await card(id).hover();
        await card(id).locator('[data-do="menu"]').click();
        const forbidden = page.locator('#menu [data-to="running"]');
        expect(await forbidden.getAttribute("aria-disabled")).toBe("true");
        expect(await forbidden.textContent()).toContain("claimed by workers");
        await page.locator('#menu [data-to="triage"]').click();
        await becomes(id, "triage");
        await inColumn(id, "triage");
      });

      test("by touch on a phone", async () => {
        const id = create("Thumb", { tenant: "phone" });
        const phone = await t.open({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
        await phone.page.goto(`${t.url}/?tenant=phone`);
        await live(phone.page);
        const handle = phone.page.locator(`#card-${id} [data-do="menu"]`);
        await handle.scrollIntoViewIfNeeded();
        await handle.tap();
        await phone.page.locator('#menu [data-to="todo"]').tap();
        await becomes(id, "todo");
        await phone.context.close();
      });

      test("by a finger that drags the handle", async () => {
        const id = create("Finger", { tenant: "tablet" });
        const tablet = await t.open({ viewport: { width: 1200, height: 800 }, hasTouch: true });
        await tablet.page.goto(`${t.url}/?tenant=tablet`);
        await live(tablet.page);
        const box = (await tablet.page.locator(`#card-${id} [data-do="menu"]`).boundingBox())!;
        const over = (await tablet.page.locator("#col-todo").boundingBox())!;
        const devtools = await tablet.context.newCDPSession(tablet.page);
        const touch = (type: "touchStart" | "touchMove" | "touchEnd", points: { x: number; y: number }[]) =>
          devtools.send("Input.dispatchTouchEvent", { type, touchPoints: points });
        const from = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
        const to = { x: over.x + over.width / 2, y: over.y + 140 };
        await touch("touchStart", [from]);
        for (let step = 1; step <= 6; step++) {
          await touch("touchMove", [
            { x: from.x + ((to.x - from.x) * step) / 6, y: from.y + ((to.y - from.y) * step) / 6 },
          ]);
        }
        await touch("touchEnd", []);
        await becomes(id, "todo");
        await tablet.context.close();
      });

      test("that somebody else moved first: a sentence, and the card is where it really is", async () => {
        const id = create("Contested", { tenant: "contest" });
        const late = await t.open({ watched: false });
        await late.page.route("**/stream?*", (route) => route.abort()); // This tab hears of nothing.
        await late.page.goto(`${t.url}/?tenant=contest`);
        await late.page.locator(`#list-ready #card-${id}`).waitFor();
        completeTask(t.board, id);

        await drag(id, "todo", { on: late.page });
        const notice = late.page.locator("#toasts .toast.error").first();
        await notice.waitFor();
        expect(await notice.textContent()).toContain("it must be ready, as you saw it, it is done");
        await late.page.locator(`#list-done #card-${id}`).waitFor();
        expect(getTask(t.board, id).status).toBe("done");
        await late.context.close();
      });
    });

    describe("creating", () => {
      test("in one line at the head of a column, which stays open", async () => {
        await shown("Other", { triage: true });
        await page.locator('#col-triage [data-do="quick"]').click();
        await page.keyboard.type("A rough idea");
        await page.keyboard.press("Enter");
        await until(() => listTasks(t.board, { search: "A rough idea" })[0]?.status === "triage");
        const field = page.locator('#col-triage .quick input[name="title"]');
        await until(async () => (await field.inputValue()) === "");
        expect(await page.evaluate("document.activeElement.name")).toBe("title");
      });

      test("in the full form, opened by C, with what is wrong beneath it", async () => {
        await shown("Other");
        await page.keyboard.press("c");
        const form = page.locator("#create-form");
        await form.locator('[name="title"]').fill("Made by form");
        await form.locator("summary", { hasText: "More" }).click();
        await form.locator('[name="max_runtime"]').fill("soon");
        await form.locator('[name="title"]').press("Control+Enter");
        await form.locator("#error-create", { hasText: "max_runtime" }).waitFor();
        expect(await form.locator('[name="title"]').inputValue()).toBe("Made by form");
        await form.locator('[name="max_runtime"]').fill("2h");
        await form.locator('[name="title"]').press("Control+Enter");
        const made = await until(() => listTasks(t.board, { search: "Made by form" })[0]);
        expect(made).toMatchObject({ created_by: "dashboard", max_runtime_seconds: 7200, status: "ready" });
        await page.locator("#create:not([open])").waitFor({ state: "attached" });
      });
    });

    describe("finding and selecting", () => {
      test("typing narrows the board, and the address keeps it", async () => {
        const id = await shown("Needle in hay");
        const other = create("Only hay", { tenant: getTask(t.board, id).tenant });
        await card(other).waitFor();
        await page.keyboard.press("/");
        await page.keyboard.type("needle");
        await card(other).waitFor({ state: "detached" });
        await card(id).waitFor();
        await until(() => page.url().includes("q=needle"));
        expect(await page.evaluate("document.activeElement.id")).toBe("search");
        await page.reload();
        await card(id).waitFor();
        expect(await card(other).count()).toBe(0);
      });

      test("X and Shift+J select, the bar moves them all; ctrl-click selects without opening", async () => {
        const first = await shown("Bulk one", { priority: 3 });
        const { tenant } = getTask(t.board, first);
        const second = create("Bulk two", { tenant, priority: 2 });
        const third = create("Bulk three", { tenant, priority: 1 });
        await card(third).waitFor();
        await page.keyboard.press("j");
        await page.keyboard.press("x");
        await page.keyboard.press("Shift+J");
        expect(await page.locator("[data-selected]").textContent()).toBe("2");
        await card(third)
          .locator("h3 a")
          .click({ modifiers: ["Control"] });
        expect(await page.locator("[data-selected]").textContent()).toBe("3");
        expect(await page.locator("#drawer .sheet").count()).toBe(0);
        await page.keyboard.press("p");
        await page.locator('#menu [data-priority="4"]').click();
        await until(() => [first, second, third].every((id) => getTask(t.board, id).priority === 4));
      });

      test("all that match the filter can be archived at once, after a yes", async () => {
        const first = await shown("Sweep one");
        const { tenant } = getTask(t.board, first);
        const second = create("Sweep two", { tenant });
        await card(second).waitFor();
        await card(first).locator(".pick").click();
        await page.locator('[data-do="bulk-all"]').click();
        await page.locator('#bulk [data-to="archived"]').click();
        await page.locator("[data-ask-ok]").click();
        await becomes(first, "archived");
        await becomes(second, "archived");
        await card(first).waitFor({ state: "detached" });
      });

      test("more cards: the keyboard goes on at the first of them, whatever else changes meanwhile", async () => {
        const first = await shown("Card 1", { priority: 4 });
        const { tenant } = getTask(t.board, first);
        const ids = Array.from({ length: 52 }, (_, n) => create(`Card ${n + 2}`, { tenant }));
        await page.reload();
        await live(page);
        let held: Route | null = null;
        await page.route("**/c/ready?*", (route) => void (held = route));
        await page.focus("#list-ready .more");
        await page.keyboard.press("Enter");
        await until(() => held !== null, { what: "the page of cards to be asked for" });

        editTask(t.board, first, { title: "Another title" });
        await page.getByText("Another title").waitFor();
        await held!.continue();

        await card(ids[51]!).waitFor();
        await until(() => page.evaluate(`document.activeElement.closest(".item")?.id === "card-${ids[49]}"`), {
          what: "the focus to be on the first new card",
        });
        await page.unroute("**/c/ready?*");
      });

      test("the palette finds tasks and acts on the focused one", async () => {
        const id = await shown("Palette target");
        await page.keyboard.press("j");
        await page.keyboard.press("Control+k");
        await page.keyboard.type("todo");
        await page
          .locator("#palette-list [role=option]:first-of-type[aria-selected=true]", { hasText: "Move to Todo" })
          .waitFor();
        await page.keyboard.press("Enter");
        await becomes(id, "todo");
        await page.keyboard.press("Control+k");
        await page.keyboard.type("Palette tar");
        await page.locator("#palette-list [role=option][aria-selected=true]", { hasText: "Palette target" }).waitFor();
        await page.keyboard.press("Enter");
        await page.locator(`#drawer-${id}`).waitFor();
      });
    });

    describe("the drawer", () => {
      test("opens by Enter with its own address, follows by J, closes by Escape", async () => {
        const first = await shown("Drawer one", { priority: 2 });
        const second = create("Drawer two", { tenant: getTask(t.board, first).tenant, priority: 1 });
        await card(second).waitFor();
        await page.keyboard.press("j");
        await page.keyboard.press("Enter");
        await page.locator(`#drawer-${first}`).waitFor();
        expect(new URL(page.url()).pathname).toBe(`/t/${first}`);
        await page.locator('#drawer [data-do="next"]').click();
        await page.locator(`#drawer-${second}`).waitFor();
        await page.keyboard.press("Escape");
        await page.locator("#drawer .sheet").waitFor({ state: "detached" });
        expect(new URL(page.url()).pathname).toBe("/");
      });

      test("edits in place: Enter saves, Escape restores", async () => {
        const id = await shown("Old title");
        await page.goto(`${t.url}/t/${id}`);
        await live(page);
        const edit = page.locator('#drawer [data-edit="title"]');
        const field = edit.locator('[name="title"]');
        await edit.locator('[data-do="edit"]').click();
        await field.fill("Not this one");
        await field.press("Escape");
        await page.locator("#d-title", { hasText: "Old title" }).waitFor();
        await edit.locator('[data-do="edit"]').click();
        expect(await field.inputValue()).toBe("Old title");
        await field.fill("New title");
        await field.press("Enter");
        await until(() => getTask(t.board, id).title === "New title");
        await page.locator("#d-title", { hasText: "New title" }).waitFor();
      });

      test("sends a comment with Enter and shows it", async () => {
        const id = await shown("Talk");
        await page.goto(`${t.url}/t/${id}`);
        await live(page);
        await page.locator(".compose [name=body]").fill("Said **here**");
        await page.keyboard.press("Enter");
        await page.locator("#drawer strong", { hasText: "here" }).waitFor();
        expect(listComments(t.board, id)[0]).toMatchObject({ author: "dashboard", body: "Said **here**" });
        expect(await page.locator(".compose [name=body]").inputValue()).toBe("");
      });

      test("completes with summary, result and metadata; wrong metadata is told under the form", async () => {
        const id = await shown("Handoff");
        await page.goto(`${t.url}/t/${id}`);
        await live(page);
        await page.locator("#d-complete > summary").click();
        const form = page.locator("#d-complete form");
        await form.locator('[name="summary"]').fill("short");
        await form.locator('[name="metadata"]').fill("[1]");
        await form.locator("button").click();
        await page.locator("#error-complete", { hasText: "metadata" }).waitFor();
        await form.locator('[name="metadata"]').fill('{"files": 3}');
        await form.locator("button").click();
        await becomes(id, "done");
        expect(showTask(t.board, id).runs[0]).toMatchObject({ summary: "short", metadata: { files: 3 } });
      });

      test("links a parent that is found by its title", async () => {
        const child = await shown("The child");
        const parent = create("The wanted parent");
        await page.goto(`${t.url}/t/${child}`);
        await live(page);
        const parents = page.locator("#drawer details:has(input[name=q])").first();
        await parents.locator("summary").click();
        await parents.locator("input[name=q]").fill("wanted");
        await parents.locator(".pick-row", { hasText: "The wanted parent" }).click();
        await until(() => showTask(t.board, child).parents.some(({ id }) => id === parent));
      });
    });

    test("everything a menu of keys promises opens: ? shows it, G N goes to the list of needs", async () => {
      await shown("Help");
      await page.keyboard.press("?");
      await page.locator("dialog[open]").waitFor();
      await page.keyboard.press("Escape");
      await page.keyboard.press("g");
      await page.keyboard.press("n");
      await page.waitForURL(/\/needs$/);
    });
  },
);
