import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { addComment, blockTask, getTask, listComments, listTasks } from "../../kernel/mod.ts";
import { type BrowserTest, live, noBrowser, testBrowser } from "../../testing/browser.ts";
import { until } from "../../testing/mod.ts";

// Longer than anything inside waits: a test that runs out of time takes the browser with it.
setDefaultTimeout(30_000);

const values = (options: { value?: string }[]) => options.map(({ value }) => value);

let t: BrowserTest;
let page: Page;

describe.skipIf(noBrowser !== null)("what a person types", () => {
  beforeAll(async () => {
    t = await testBrowser();
    ({ page } = await t.open());
  });
  afterAll(() => t?.close());
  afterEach(() => expect(t.problems()).toEqual([]));

  test("what is added to a filtered board is on it, and tenants that exist are offered", async () => {
    t.create("Neighbour", { tenant: "globex" });
    await t.visit(page, "/?tenant=acme%20%26%20sons&assignee=ann");
    await page.locator('#col-triage [data-do="quick"]').click();
    await page.keyboard.type("Quick");
    await page.keyboard.press("Enter");
    await page.locator("#list-triage .item", { hasText: "Quick" }).waitFor();
    expect(listTasks(t.board, { search: "Quick" })).toMatchObject([{ tenant: "acme & sons", assignee: "ann" }]);

    await page.keyboard.press("Escape");
    await page.keyboard.press("c");
    const field = (name: string) => page.locator(`#create [name="${name}"]`);
    expect([await field("tenant").inputValue(), await field("assignee").inputValue()]).toEqual(["acme & sons", "ann"]);
    const offered = page.locator("#create-tenants option").evaluateAll(values);
    expect(await offered).toContain("globex");
    await page.locator("#create [data-stay]").check();
    await field("title").fill("First of two");
    await page.keyboard.press("Control+Enter");
    await page.locator(".item", { hasText: "First of two" }).waitFor();
    expect(await field("tenant").inputValue()).toBe("acme & sons");
    await field("tenant").fill("");
    await page.keyboard.press("Escape");
    await page.keyboard.press("c");
    expect(await field("tenant").inputValue()).toBe("");
  });

  test("assigns to a new name that is part of a known one, and says what Enter will do", async () => {
    const id = t.create("For whom", { tenant: "names", assignee: "zoebel" });
    await t.visit(page, "/?tenant=names");
    const press = async (name: string, ...keys: string[]) => {
      await page.locator(`#card-${id} h3 a`).focus();
      await page.keyboard.press("a");
      await page.keyboard.type(name);
      for (const key of keys) await page.keyboard.press(key);
    };
    await press("zoe");
    expect(await page.locator("#menu [data-first]").textContent()).toContain("zoebel");
    expect(await page.locator("#menu button:visible").allTextContents()).toEqual([
      expect.stringContaining("zoebel"),
      "Assign to “zoe”",
    ]);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await until(() => getTask(t.board, id).assignee === "zoe");
    await press("zoeb", "Enter");
    await until(() => getTask(t.board, id).assignee === "zoebel");
    await press("somebody else", "Enter");
    await until(() => getTask(t.board, id).assignee === "somebody else");
  });

  test("Reply puts the keyboard into the answer, Escape takes it back", async () => {
    const id = t.create("Which way?", { tenant: "reply" });
    blockTask(t.board, id, { reason: "Left or right?" });
    await t.visit(page, "/?tenant=reply");
    const reply = page.locator(`#card-${id} [data-do=answer]`);
    const line = page.locator(`#card-${id} .answer [name=comment]`);
    const focused = () => page.evaluate("document.activeElement.name || document.activeElement.textContent");
    await reply.click();
    await until(async () => (await focused()) === "comment");
    await page.keyboard.type("le");
    addComment(t.board, id, { body: "meanwhile" });
    await page.locator(`#card-${id} [title=Comments]`, { hasText: "2" }).waitFor();
    await page.keyboard.type("ft");
    expect(await line.inputValue()).toBe("left");
    await page.keyboard.press("Escape");
    expect([await focused(), await line.count()]).toEqual(["Reply", 0]);
    await page.keyboard.press("Enter");
    await until(async () => (await focused()) === "comment");
    await page.keyboard.type("right");
    await page.keyboard.press("Enter");
    await until(() => getTask(t.board, id).status === "ready");
    expect(listComments(t.board, id).at(-1)!.body).toBe("right");
  });

  test("what was typed in a drawer and not sent is there again when it is opened again", async () => {
    const id = t.create("Interrupted", { tenant: "draft", body: "as it was" });
    const other = t.create("In between", { tenant: "draft" });
    const open = (task: string) => page.locator(`#card-${task} h3 a`).click();
    const comment = page.locator(".compose [name=body]");
    await t.visit(page, "/?tenant=draft");
    await open(id);
    await comment.fill("half a thought");
    await page.locator('[data-edit="body"] [data-do="edit"]').click();
    await page.locator("#edit-body").fill("as it will be");
    await page.mouse.click(700, 450); // Outside, by accident, where no notice of an earlier act can be.
    await page.locator("#drawer .sheet").waitFor({ state: "detached" });
    await open(other);
    await page.locator(`#drawer-${other}`).waitFor();
    expect(await comment.inputValue()).toBe("");
    await page.reload();
    await live(page);
    await t.visit(page, `/t/${id}?tenant=draft`);
    expect([await comment.inputValue(), await page.locator("#edit-body").inputValue()]).toEqual([
      "half a thought",
      "as it will be",
    ]);
    await page.locator("#edit-body").press("Escape");
    await comment.press("Enter");
    await until(() => listComments(t.board, id).length === 1);
    await until(async () => (await comment.inputValue()) === "");
    await t.visit(page, `/t/${id}?tenant=draft`);
    expect([await comment.inputValue(), await page.locator("#edit-body").isVisible()]).toEqual(["", false]);
    expect(getTask(t.board, id).body).toBe("as it was");
  });

  test("what is wrong with a form stays beneath it while the drawer is updated", async () => {
    const id = t.create("Busy", { tenant: "wrong" });
    await t.visit(page, `/t/${id}?tenant=wrong`);
    const heard = async (what: string) => {
      addComment(t.board, id, { body: what });
      await page.locator("#d-comments", { hasText: what }).waitFor();
    };
    await page.locator("#d-complete summary").click();
    await page.locator("#d-complete [name=metadata]").fill("{oops");
    await page.locator("#d-complete .primary").click();
    await page.locator("#error-complete", { hasText: "Cannot use metadata" }).waitFor();
    await page.locator('[data-do="add-property"]').click();
    await page.locator("#menu button", { hasText: "Time limit" }).click();
    await page.locator("#edit-max_runtime").fill("soon");
    await page.keyboard.press("Enter");
    await page.locator("#error-edit-max_runtime", { hasText: "duration" }).waitFor();
    await heard("meanwhile");
    expect(await page.locator("#error-complete").textContent()).toContain("Cannot use metadata");
    expect(await page.locator("#error-edit-max_runtime").textContent()).toContain("duration");
    await page.locator("#edit-max_runtime").fill("30m");
    await page.keyboard.press("Enter");
    await until(() => getTask(t.board, id).max_runtime_seconds === 1800);
    await page.locator("#error-edit-max_runtime", { hasText: /^$/ }).waitFor({ state: "attached" });
  });

  test("Enter in the search for a parent takes what is found for what was typed", async () => {
    const [alpha, beta] = [t.create("Parent alpha", { tenant: "pick" }), t.create("Parent beta", { tenant: "pick" })];
    for (const [path, form] of [
      ["/", "#create-form"],
      ["/new", "main form"],
    ] as const) {
      await t.visit(page, path);
      if (path === "/") await page.keyboard.press("c");
      const picker = page.locator(`${form} [data-picker]`);
      await picker.fill("Parent alpha");
      await page.locator(`${form} .picks button`, { hasText: "Parent alpha" }).waitFor();
      await picker.fill("Parent beta");
      await picker.press("Enter");
      await page.locator(`${form} [data-parent="${beta}"]`).waitFor();
      await picker.fill("Parent alpha");
      await picker.press("Enter");
      await page.locator(`${form} [data-parent="${alpha}"]`).waitFor();
      expect(new URL(page.url()).pathname).toBe(path);
    }
  });
});
