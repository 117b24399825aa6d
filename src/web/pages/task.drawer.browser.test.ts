import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { appendFileSync, mkdirSync } from "node:fs";
import type { Page } from "playwright-core";
import { logPath } from "../../home.ts";
import { claimTask, completeTask, getTask, listTasks, recordSpawned, showTask } from "../../kernel/mod.ts";
import { type BrowserTest, noBrowser, testBrowser } from "../../testing/browser.ts";
import { until } from "../../testing/mod.ts";

// Longer than anything inside waits: a test that runs out of time takes the browser with it.
setDefaultTimeout(60_000);

let t: BrowserTest;
let page: Page;

describe.skipIf(noBrowser !== null)("the drawer", () => {
  beforeAll(async () => {
    t = await testBrowser();
    ({ page } = await t.open({ permissions: ["clipboard-read", "clipboard-write"] }));
  });
  afterAll(() => t?.close());
  afterEach(() => expect(t.problems()).toEqual([]));

  const visible = () =>
    page.evaluate<string[]>(
      `[...document.querySelectorAll("#d-body > *")].filter((part) => part.checkVisibility()).map((part) => part.id)`,
    );
  const more = async (item: string) => {
    await page.locator('#drawer [data-do="task-menu"]').click();
    await page.locator("#menu button", { hasText: item }).click();
  };

  test("has its sections in the order of the status, also when that changes while it is open [L18]", async () => {
    const id = t.create("Follow me", { body: "What to do" });
    await t.visit(page, `/t/${id}`);
    expect(await visible()).toEqual(["d-edit-title", "d-props", "d-actions", "d-description", "d-next", "d-events"]);

    const { run } = claimTask(t.board, id, { claimer: "w", boot_id: "b" });
    recordSpawned(t.board, { taskId: id, runId: run.id, pid: 4_000_000, pid_started: "1", boot_id: "b" });
    await page.locator('.sheet[data-status="running"]').waitFor();
    mkdirSync(t.home.logs, { recursive: true });
    appendFileSync(logPath(t.home, id), "first line\n");
    await page.locator("#d-log .log", { hasText: "first line" }).waitFor();
    const running = ["d-edit-title", "d-props", "d-actions", "d-log", "d-description", "d-runs", "d-events"];
    expect(await visible()).toEqual(running);
    appendFileSync(logPath(t.home, id), "second line\n");
    await page.locator("#d-log .log", { hasText: "second line" }).waitFor();

    completeTask(t.board, id, { runId: run.id, summary: "It is done", result: "On a branch" });
    await page.locator('.sheet[data-status="done"]').waitFor();
    expect(await visible()).toEqual([
      ...["d-edit-title", "d-props", "d-actions", "d-result", "d-evidence"],
      ...["d-description", "d-runs", "d-log", "d-events"],
    ]);
    // The log moved with what it had.
    expect(await page.locator("#d-log .log").textContent()).toContain("second line");
  });

  test("+ Add lists what has no value; the chosen one is typed, saved, and no longer listed", async () => {
    const id = t.create("Add to me");
    await t.visit(page, `/t/${id}`);
    const add = page.locator('[data-do="add-property"]');
    const skills = page.locator("#menu button", { hasText: "Skills" });
    expect(await page.locator("#d-edit-skills").isVisible()).toBe(false);
    await add.click();
    await skills.click();
    await page.locator("#edit-skills").fill("translate, review");
    await page.keyboard.press("Escape");
    expect(await page.locator("#edit-skills").isVisible()).toBe(false);
    expect(await page.evaluate("document.activeElement.dataset.do")).toBe("add-property");

    await add.click();
    await skills.click();
    await page.locator("#edit-skills").fill("translate, review");
    await page.keyboard.press("Enter");

    await until(() => getTask(t.board, id).skills.join() === "translate,review");
    await page.locator("#d-props dd", { hasText: "translate, review" }).waitFor();
    await add.click();
    expect(await skills.count()).toBe(0);
    await page.locator("#menu button", { hasText: "Priority" }).click();
    await page.locator("#menu [data-priority='3']").click();
    await until(() => getTask(t.board, id).priority === 3);
    await add.click();
    await page.locator("#menu button", { hasText: "Review" }).click();
    await until(() => getTask(t.board, id).review);
  });

  test("a press on the title or the description edits it; a link in it and a marked text do not", async () => {
    const id = t.create("Press me", { body: "Some words and https://example.com/docs here" });
    await t.visit(page, `/t/${id}`);
    await page.locator("#d-title").click();
    await page.locator("#edit-title:focus").fill("Pressed");
    await page.keyboard.press("Enter");
    await until(() => getTask(t.board, id).title === "Pressed");

    await page.locator("#d-description .prose").click({ position: { x: 8, y: 8 } });
    await page.locator("#edit-body:focus").waitFor();
    await page.keyboard.press("Escape");
    await page
      .locator("#d-description a")
      .evaluate(`(link) => link.addEventListener("click", (e) => e.preventDefault())`);
    await page.locator("#d-description a").click();
    await page.locator("#d-description .prose p").click({ clickCount: 3 });
    expect(await page.locator("#edit-body").isVisible()).toBe(false);
  });

  test("the menu blocks, archives, and copies the address and the command that makes the same task", async () => {
    const parent = t.create("First");
    const input = {
      body: "It's\n`two` lines",
      assignee: "coder",
      tenant: "acme",
      priority: 2,
      skills: ["a"],
      review: true,
    };
    const id = t.create("Copy 'me' $HOME", { ...input, max_runtime_seconds: 90, parents: [parent] });
    await t.visit(page, `/t/${id}`);
    const clipboard = () => page.evaluate<string>("navigator.clipboard.readText()");
    await more("Copy link");
    await until(async () => (await clipboard()).endsWith(`/t/${id}`));
    await more("Copy as command");
    const command = await until(async () => /^kanban create [^]*/.exec(await clipboard())?.[0]);
    const shell = Bun.spawn(["/bin/sh", "-c", `kanban() { printf '%s\\0' "$@"; }\n${command}`], { stdout: "pipe" });
    const words = (await shell.stdout.text()).split("\0").slice(0, -1);
    const copy = await t.cli.json<{ id: string }>(...words);
    expect(showTask(t.board, copy.id)).toMatchObject({
      task: { ...input, title: "Copy 'me' $HOME", max_runtime_seconds: 90 },
      parents: [{ id: parent }],
    });

    const open = await t.shown(page, "Block me");
    await t.visit(page, `/t/${open}`);
    await more("Block…");
    await page.locator("#ask-text").fill("Which one?");
    await page.keyboard.press("Enter");
    await t.becomes(open, "blocked");
  });

  test("as a full page it takes all but the side bar, and keeps that from task to task", async () => {
    const first = await t.shown(page, "Wide one", { priority: 2 });
    const second = t.create("Wide two", { tenant: getTask(t.board, first).tenant, priority: 1 });
    await page.locator(`#card-${second}`).waitFor();
    await page.locator(`#card-${first} h3 a`).click();
    await page.locator(`#drawer-${first}`).waitFor();
    const left = async () => (await page.locator("#drawer").boundingBox())!.x;
    const side = (await page.locator("nav.side").boundingBox())!.width;
    expect(await left()).toBeGreaterThan(side + 100);

    await page.locator('#drawer [data-do="wide"]').click();
    await until(async () => Math.abs((await left()) - side) < 2);
    await page.locator('#drawer [data-do="next"]').click();
    await page.locator(`#drawer-${second}`).waitFor();
    expect(Math.abs((await left()) - side)).toBeLessThan(2);
    await page.locator('#drawer [data-do="wide"]').click();
    await until(async () => (await left()) > side + 100);
  });

  test("duplicates into the form of a new task, filled with what this one has", async () => {
    const parent = t.create("Before");
    const id = t.create("Make two of me", { body: "The **same**", tenant: "acme", priority: 3, parents: [parent] });
    await t.visit(page, `/t/${id}`);
    await more("Duplicate");
    await page.waitForURL(/\/new\?from=/);
    await page.locator("main form button", { hasText: "Create" }).click();
    const twin = await until(() => listTasks(t.board, { search: "Make two of me" }).find((one) => one.id !== id));
    expect(showTask(t.board, twin.id)).toMatchObject({
      task: { body: "The **same**", tenant: "acme", priority: 3 },
      parents: [{ id: parent }],
    });
  });
});
