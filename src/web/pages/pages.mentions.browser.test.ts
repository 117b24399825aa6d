import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { addComment, addPerson, countMentions, listComments } from "../../kernel/mod.ts";
import { type BrowserTest, noBrowser, testBrowser } from "../../testing/browser.ts";
import { until } from "../../testing/mod.ts";

setDefaultTimeout(90_000);

describe.skipIf(noBrowser !== null)("mentions", () => {
  let t: BrowserTest;
  beforeAll(async () => {
    t = await testBrowser();
    for (const name of ["bo", "Bo Li", "cy"]) addPerson(t.board, name);
  });
  afterAll(() => t?.close());
  afterEach(() => expect(t.problems()).toEqual([]));

  test("come to Needs you of that person alone, until they are marked as read", async () => {
    const id = t.create("Invoice");
    const [bo, cy] = [await t.open({ name: "bo" }), await t.open({ name: "cy" })];
    await t.visit(bo.page, "/needs");

    addComment(t.board, id, { body: "Is it true, **@bo**?", author: "ann" });

    await bo.page.locator("#needs-mentions", { hasText: "Is it true, @bo?" }).waitFor();
    await bo.page.locator(".side [data-nav=needs]", { hasText: /^1$/ }).waitFor();
    expect(await cy.page.locator(".side [data-nav=needs]").textContent()).toBe("");
    await bo.page.locator("#needs-mentions").getByRole("button", { name: "Mark as read" }).click();
    await bo.page.locator("#needs-mentions").waitFor({ state: "detached" });
    expect(countMentions(t.board, "bo")).toBe(0);
    await bo.context.close();
    await cy.context.close();
  });

  test("are completed from the keyboard, and neither sent nor closed by those keys", async () => {
    const id = t.create("Question");
    const { page, context } = await t.open({ name: "cy" });
    await t.visit(page, `/t/${id}`);
    const box = page.locator("#drawer .compose [name=body]");

    await box.pressSequentially("hi @b");
    const active = () =>
      page.evaluate(
        "document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))?.textContent",
      );
    await page.locator("#mention-list [role=option]").first().waitFor();
    expect(await page.locator("#mention-list [role=option]").allTextContents()).toEqual(["Bo Liperson", "boperson"]);
    expect(await active()).toBe("Bo Liperson");
    await box.press("ArrowDown");
    expect(await active()).toBe("boperson");
    await box.press("ArrowUp");
    await box.press("Enter");
    expect(await box.inputValue()).toBe("hi @Bo Li ");
    expect(listComments(t.board, id)).toEqual([]);

    await box.pressSequentially("@dem");
    await page.locator("#mention-list", { hasText: "demoprofile" }).waitFor();
    await box.press("Escape");
    await page.locator("#mention-list:popover-open").waitFor({ state: "detached" });
    expect(await page.locator(`#drawer-${id}`).isVisible()).toBe(true);
    await box.press("Enter");
    await until(() => countMentions(t.board, "Bo Li") === 1);
    expect(listComments(t.board, id)[0]!.body).toBe("hi @Bo Li @dem");
    await page.locator("#d-comments .mention", { hasText: "@Bo Li" }).waitFor();
    await context.close();
  });

  test("are completed in the description of a task, too", async () => {
    const id = t.create("Described", { body: "First." });
    const { page, context } = await t.open({ name: "cy" });
    const completes = async (field: string) => {
      await page.locator(field).pressSequentially(" @Bo");
      await page.locator("#mention-list", { hasText: "Bo Li" }).waitFor();
      await page.keyboard.press("Enter");
      expect(await page.locator(field).inputValue()).toEndWith(" @Bo Li ");
    };
    await t.visit(page, "/");
    await page.keyboard.press("c");
    await completes("#create-form [name=body]");

    await t.visit(page, `/t/${id}`);
    await page.locator("#d-edit-body .pen").click();
    await completes("#edit-body");
    await context.close();
  });

  test("of a profile offer to make it a task, which is filled in", async () => {
    const id = t.create("Design");
    const { page, context } = await t.open({ name: "cy" });
    addComment(t.board, id, { body: "@demo could build this", author: "cy" });
    await t.visit(page, `/t/${id}`);

    await page.getByRole("link", { name: "Create a task for demo" }).click();

    await page.waitForURL(/\/new\?/);
    expect(await page.locator("#new-form [name=assignee]").inputValue()).toBe("demo");
    expect(await page.locator("#new-form [name=body]").inputValue()).toBe(`See ${id}.\n`);
    await context.close();
  });
});
