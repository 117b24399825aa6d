import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { getTask, listTasks } from "../../kernel/mod.ts";
import { type BrowserTest, noBrowser, testBrowser } from "../../testing/browser.ts";
import { until } from "../../testing/mod.ts";

// Longer than anything inside waits: a test that runs out of time takes the browser with it.
setDefaultTimeout(60_000);

let t: BrowserTest;
let page: Page;

/** 31 January 2027, 9:00 where the person is. */
const MORNING = "2027-01-31T09:00";

describe.skipIf(noBrowser !== null)("pickers", () => {
  beforeAll(async () => {
    t = await testBrowser();
    ({ page } = await t.open({ timezoneId: "Asia/Kolkata" }));
  });
  afterAll(() => t?.close());
  afterEach(() => expect(t.problems()).toEqual([]));

  /** Chooses a date as the browser's calendar does: it sets the field and says that it changed. */
  const choose = (form: string) =>
    page.evaluate(`(() => {
      const date = document.querySelector("${form} [data-date]");
      date.value = "${MORNING}";
      date.dispatchEvent(new Event("change", { bubbles: true }));
    })()`);
  const made = (title: string) => until(() => listTasks(t.board, { search: title })[0]);

  test("a new task: the date of the calendar is one of the person's time zone, the folder shows with its kind", async () => {
    await t.visit(page, "/new");
    const form = page.locator("#new-form");
    await form.locator('[name="title"]').fill("Picked");
    await form.locator("summary", { hasText: "More" }).click();
    expect(await form.locator('[name="workspace_path"]').isVisible()).toBe(false);
    await form.locator('[name="workspace_kind"]').selectOption("dir");
    await form.locator('[name="workspace_path"]').fill("/tmp/project");
    await choose("#new-form");
    expect(await form.locator('[name="not_before"]').inputValue()).toBe(`${MORNING}+05:30`);
    await form.locator("button", { hasText: "Create" }).click();

    await page.waitForURL(/\/t\//);
    // Until its answer is here the form is a draft, which the next visit would find.
    const drafts = `Object.keys(sessionStorage).filter((name) => name.startsWith("kanban.draft."))`;
    await until(async () => (await page.evaluate<string[]>(drafts)).length === 0);
    expect(await made("Picked")).toMatchObject({
      not_before: Date.parse(`${MORNING}+05:30`),
      workspace_kind: "dir",
      workspace_path: "/tmp/project",
    });
  });

  test("what is wrong with a field of the page is said on the page", async () => {
    await t.visit(page, "/new");
    const form = page.locator("#new-form");
    await form.locator('[name="title"]').fill("Wrong limit");
    await form.locator("summary", { hasText: "More" }).click();
    await form.locator('[name="max_runtime"]').fill("soon");
    await form.locator("button", { hasText: "Create" }).click();
    await form.locator(".error", { hasText: "max_runtime" }).waitFor();
    expect(await form.locator('[name="title"]').inputValue()).toBe("Wrong limit");
    expect(listTasks(t.board, { search: "Wrong limit" })).toEqual([]);
  });

  test("in the drawer the start of a task is chosen from the calendar, its limit from a list", async () => {
    const id = t.create("Start later");
    await t.visit(page, `/t/${id}`);
    await page.locator('[data-do="add-property"]').click();
    await page.locator("#menu button", { hasText: "Not before" }).click();
    await choose("#d-edit-not_before");
    await page.keyboard.press("Enter");
    await until(() => getTask(t.board, id).not_before === Date.parse(`${MORNING}+05:30`));
    const limits = await page.evaluate<string[]>(
      `[...document.querySelector("#edit-max_runtime").list.options].map((option) => option.value)`,
    );
    expect(limits).toContain("30m");
  });
});
