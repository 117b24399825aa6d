import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Locator, Page, Route } from "playwright-core";
import { addComment, editTask, getTask, listComments, listTasks, showTask } from "../../kernel/mod.ts";
import { type BrowserTest, live, noBrowser, testBrowser } from "../../testing/browser.ts";
import { until } from "../../testing/mod.ts";

// Longer than anything inside waits: a test that runs out of time takes the browser with it.
setDefaultTimeout(30_000);

let t: BrowserTest;
let page: Page;

describe.skipIf(noBrowser !== null)(
  `the board in a browser${noBrowser === null ? "" : ` (skipped: ${noBrowser})`}`,
  () => {
    beforeAll(async () => {
      t = await testBrowser();
      ({ page } = await t.open({ intercepted: true }));
    });
    afterAll(() => t?.close());
    beforeEach(async () => {
      await page.mouse.move(0, 0);
    });
    afterEach(() => expect(t.problems()).toEqual([]));

    const card = (id: string): Locator => page.locator(`#card-${id}`);

    describe("creating", () => {
      test("in one line at the head of a column, which stays open", async () => {
        await t.shown(page, "Other", { triage: true });
        await page.locator('#col-triage [data-do="quick"]').click();
        await page.keyboard.type("A rough idea");
        await page.keyboard.press("Enter");
        await until(() => listTasks(t.board, { search: "A rough idea" })[0]?.status === "triage");
        const field = page.locator('#col-triage .quick input[name="title"]');
        await until(async () => (await field.inputValue()) === "");
        expect(await page.evaluate("document.activeElement.name")).toBe("title");
      });

      test("in the full form, opened by C, with what is wrong beneath it", async () => {
        await t.shown(page, "Other");
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
        expect(made).toMatchObject({ created_by: "maya", max_runtime_seconds: 7200, status: "ready" });
        await page.locator("#create:not([open])").waitFor({ state: "attached" });
      });
    });

    test("a card in the narrowest column shows the profile that was meant, to its last letter", async () => {
      const id = await t.shown(page, "Check it", { assignee: "demmo" });
      await page.evaluate(`document.querySelector("#card-${id}").style.width = "180px"`);
      const line = card(id).locator(".waits");

      expect(await line.innerText()).toEndWith('(did you mean "demo"?)');
      expect(await line.evaluate((span) => span.scrollHeight - span.clientHeight)).toBe(0);
    });

    describe("finding and selecting", () => {
      test("typing narrows the board, and the address keeps it", async () => {
        const id = await t.shown(page, "Needle in hay");
        const other = t.create("Only hay", { tenant: getTask(t.board, id).tenant });
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
        const first = await t.shown(page, "Bulk one", { priority: 3 });
        const { tenant } = getTask(t.board, first);
        const second = t.create("Bulk two", { tenant, priority: 2 });
        const third = t.create("Bulk three", { tenant, priority: 1 });
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
        const first = await t.shown(page, "Sweep one");
        const { tenant } = getTask(t.board, first);
        const second = t.create("Sweep two", { tenant });
        await card(second).waitFor();
        await card(first).locator(".pick").click();
        await page.locator('[data-do="bulk-all"]').click();
        await page.locator('#bulk [data-to="archived"]').click();
        await page.locator("[data-ask-ok]").click();
        await t.becomes(first, "archived");
        await t.becomes(second, "archived");
        await card(first).waitFor({ state: "detached" });
      });

      test("more cards: the keyboard continues at the first of them, with other changes meanwhile", async () => {
        const first = await t.shown(page, "Card 1", { priority: 4 });
        const { tenant } = getTask(t.board, first);
        const ids = Array.from({ length: 52 }, (_, n) => t.create(`Card ${n + 2}`, { tenant }));
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
        const id = await t.shown(page, "Palette target");
        await page.keyboard.press("j");
        await page.keyboard.press("Control+k");
        await page.keyboard.type("todo");
        await page
          .locator("#palette-list [role=option]:first-of-type[aria-selected=true]", { hasText: "Move to Todo" })
          .waitFor();
        await page.keyboard.press("Enter");
        await t.becomes(id, "todo");
        await page.keyboard.press("Control+k");
        await page.keyboard.type("Palette tar");
        await page.locator("#palette-list [role=option][aria-selected=true]", { hasText: "Palette target" }).waitFor();
        await page.keyboard.press("Enter");
        await page.locator(`#drawer-${id}`).waitFor();
      });
    });

    describe("the drawer", () => {
      test("opens by Enter with its own address, follows by J, closes by Escape", async () => {
        const first = await t.shown(page, "Drawer one", { priority: 2 });
        const second = t.create("Drawer two", { tenant: getTask(t.board, first).tenant, priority: 1 });
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
        const id = await t.shown(page, "Old title");
        await t.visit(page, `/t/${id}`);
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
        const id = await t.shown(page, "Talk");
        await t.visit(page, `/t/${id}`);
        await page.locator(".compose [name=body]").fill("Said **here**");
        await page.keyboard.press("Enter");
        await page.locator("#drawer strong", { hasText: "here" }).waitFor();
        expect(listComments(t.board, id)[0]).toMatchObject({ author: "maya", body: "Said **here**" });
        expect(await page.locator(".compose [name=body]").inputValue()).toBe("");
      });

      test("completes with summary, result and metadata; an error in metadata is under the form", async () => {
        const id = await t.shown(page, "Handoff");
        await t.visit(page, `/t/${id}`);
        await page.locator("#d-complete > summary").click();
        const form = page.locator("#d-complete form");
        await form.locator('[name="summary"]').fill("short");
        await form.locator('[name="metadata"]').fill("[1]");
        await form.locator("button").click();
        await page.locator("#error-complete", { hasText: "metadata" }).waitFor();
        await form.locator('[name="metadata"]').fill('{"files": 3}');
        await form.locator("button").click();
        await t.becomes(id, "done");
        expect(showTask(t.board, id).runs[0]).toMatchObject({ summary: "short", metadata: { files: 3 } });
      });

      test("of a large task begins short, and shows the rest when asked", async () => {
        const end = "the very end";
        const id = t.create("Large", { body: `${"word ".repeat(60_000)}${end}` });
        addComment(t.board, id, { body: `${"said ".repeat(60_000)}${end}` });
        for (let i = 0; i < 25; i++) t.create(`Child ${i}`, { parents: [id] });
        await t.visit(page, `/t/${id}`);
        const chips = page.locator("#d-deps .chip:has(a)");
        expect(await chips.count()).toBe(20);
        await page.locator("#d-deps .chip.more", { hasText: "+5" }).click();
        await until(async () => (await chips.count()) === 25);
        await page.locator("#d-comments button", { hasText: "Show all" }).click();
        await page.locator("#d-comments .prose", { hasText: end }).waitFor();
        expect(await page.locator('#drawer [name="body"]#edit-body').count()).toBe(0);
        await page.locator("#d-description button", { hasText: "Show all" }).click();
        await page.locator("#edit-body").waitFor({ state: "attached" });
        expect(await page.locator("#edit-body").inputValue()).toEndWith(end);
        // What is typed outlives an update of the drawer, and what was saved is shown.
        await page.locator('#d-description [data-do="edit"]').click();
        await page.locator("#edit-body").fill(`${"new ".repeat(60_000)}${end}`);
        addComment(t.board, id, { body: "while it is edited" });
        await page.locator("#d-comments", { hasText: "while it is edited" }).waitFor();
        expect(await page.locator("#edit-body").inputValue()).toStartWith("new new");
        await page.locator("#edit-body").press("Control+Enter");
        await until(() => getTask(t.board, id).body!.startsWith("new "));
        await page.locator("#d-description .prose", { hasText: /^\s*new new/ }).waitFor();
      });

      test("links a parent that is found by its title", async () => {
        const child = await t.shown(page, "The child");
        const parent = t.create("The wanted parent");
        await t.visit(page, `/t/${child}`);
        await page.locator('[data-do="add-property"]').click();
        await page.locator("#menu button", { hasText: "Waits for" }).click();
        const parents = page.locator("#d-pick-parent");
        await parents.locator("input[name=q]").fill("wanted");
        await parents.locator(".pick-row", { hasText: "The wanted parent" }).click();
        await until(() => showTask(t.board, child).parents.some(({ id }) => id === parent));
      });
    });

    test("everything a menu of keys promises opens: ? shows it, G N goes to the list of needs", async () => {
      await t.shown(page, "Help");
      await page.keyboard.press("?");
      await page.locator("dialog[open]").waitFor();
      await page.keyboard.press("Escape");
      await page.keyboard.press("g");
      await page.keyboard.press("n");
      await page.waitForURL(/\/needs$/);
    });
  },
);
