import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page, Route } from "playwright-core";
import { approveTask, blockTask, claimTask, completeTask, getTask, listComments, listTasks } from "../../kernel/mod.ts";
import { type BrowserTest, noBrowser, testBrowser } from "../../testing/browser.ts";
import { until } from "../../testing/mod.ts";

// Longer than anything inside waits: a test that runs out of time takes the browser with it.
setDefaultTimeout(60_000);

let t: BrowserTest;
let page: Page;

describe.skipIf(noBrowser !== null)("an act that is made twice by impatience", () => {
  beforeAll(async () => {
    t = await testBrowser();
    ({ page } = await t.open({ intercepted: true }));
  });
  afterAll(() => t?.close());
  afterEach(async () => {
    await page.unrouteAll();
    expect(t.problems()).toEqual([]);
  });

  /** Holds the posts to a path until they are let go; counts how many came. */
  async function hold(path: string) {
    const held: Route[] = [];
    let open = false;
    await page.route(`**${path}`, async (route) => {
      if (route.request().method() !== "POST" || open) return route.continue();
      held.push(route);
    });
    return {
      count: () => held.length,
      async release() {
        open = true;
        for (const route of held) await route.continue();
      },
    };
  }
  /** The browser says of a lost answer that it is lost, and nothing else went wrong. */
  const onlyLost = () => expect(t.problems().filter((line) => !line.includes("Failed to fetch"))).toEqual([]);

  /** The server does what is posted, and the answer is lost on the way back: once. */
  async function loseAnswer(path: string) {
    let lost = 0;
    await page.route(`**${path}`, async (route) => {
      if (route.request().method() !== "POST" || lost > 0) return route.continue();
      lost++;
      await route.fetch();
      await route.abort();
    });
    return () => lost;
  }
  const titled = (search: string) => listTasks(t.board, { search });
  const busy = (selector: string) => page.locator(`${selector}[aria-busy=true]`);
  const bodies = (id: string) => listComments(t.board, id).map(({ body }) => body);
  const settled = () => page.locator("#toasts .toast.ok").last().waitFor();

  test("a double click on Create makes one task, and the button shows that it is sending [L2]", async () => {
    await t.visit(page, "/?tenant=double");
    const posts = await hold("/tasks");
    await page.keyboard.press("c");
    await page.locator("#create [name=title]").fill("Double clicked");
    const create = page.locator("#create .btn.primary");
    await create.dblclick();
    await busy("#create .btn.primary").waitFor();
    await create.click();
    await posts.release();

    await page.locator(".item", { hasText: "Double clicked" }).waitFor();
    await busy("#create .btn.primary").waitFor({ state: "detached" });
    expect(titled("Double clicked")).toHaveLength(1);
    expect(await page.locator("#create[open]").count()).toBe(0);
  });

  test("Ctrl+Enter pressed three times makes one task, and the same title can be made again on purpose", async () => {
    await t.visit(page, "/?tenant=thrice");
    for (const count of [1, 2]) {
      const posts = await hold("/tasks");
      await page.keyboard.press("c");
      await page.locator("#create [name=title]").fill("Thrice");
      for (let press = 0; press < 3; press++) await page.keyboard.press("Control+Enter");
      await until(() => posts.count() > 0);
      await posts.release();
      await page.locator("#create:not([open])").waitFor({ state: "attached" });
      expect(titled("Thrice")).toHaveLength(count);
      await page.unroute("**/tasks");
    }
  });

  test("Enter twice in a quick add under a second of latency makes one task", async () => {
    await t.visit(page, "/?tenant=quickly");
    const posts = await hold("/tasks");
    await page.locator('#col-triage [data-do="quick"]').click();
    await page.keyboard.type("Quickly twice");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await until(() => posts.count() > 0);
    await posts.release();

    // Posts of a form leave in their order: once this one has arrived, so have those before it.
    await page.keyboard.type("Quickly after");
    await page.keyboard.press("Enter");
    await page.locator("#list-triage .item", { hasText: "Quickly after" }).waitFor();
    expect(titled("Quickly twice")).toHaveLength(1);
  });

  test("Enter twice in the comment box writes one comment, and a second comment meanwhile is a second one", async () => {
    const id = t.create("Commented", { tenant: "comments" });
    await t.visit(page, `/t/${id}?tenant=comments`);
    const posts = await hold(`/t/${id}/comments`);
    await page.locator(".compose textarea").fill("once");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await page.keyboard.type("and twice");
    await page.keyboard.press("Enter");
    await until(() => posts.count() > 0);
    await posts.release();

    await until(() => bodies(id).length === 2);
    await busy(".compose .btn").waitFor({ state: "detached" });
    expect(bodies(id)).toEqual(["once", "and twice"]);
  });

  test("the comment whose answer was lost is back in its field, and sent again it is there once [L2]", async () => {
    const id = t.create("Lost answer", { tenant: "lost" });
    await t.visit(page, `/t/${id}?tenant=lost`);
    const lost = await loseAnswer(`/t/${id}/comments`);
    const box = page.locator(".compose textarea");
    await box.fill("did it arrive?");
    await page.keyboard.press("Enter");
    await page.locator("#toasts .toast.error").waitFor();
    expect([lost(), bodies(id), await box.inputValue()]).toEqual([1, ["did it arrive?"], "did it arrive?"]);

    // Also by another drawer of the same task: the key is kept with the text.
    await t.visit(page, `/t/${id}?tenant=lost`);
    await until(async () => (await box.inputValue()) === "did it arrive?");
    await box.press("Enter");
    await settled();
    expect([bodies(id), await box.inputValue()]).toEqual([["did it arrive?"], ""]);
    onlyLost();
  });

  test("the task whose answer was lost is made once, and the form is closed by the second try", async () => {
    await t.visit(page, "/?tenant=lostform");
    const lost = await loseAnswer("/tasks");
    await page.keyboard.press("c");
    await page.locator("#create [name=title]").fill("Lost form");
    await page.keyboard.press("Control+Enter");
    await until(async () => (await page.locator("#create [name=title]").inputValue()) === "Lost form");
    await until(() => lost() === 1);
    await page.keyboard.press("Control+Enter");
    await page.locator("#create:not([open])").waitFor({ state: "attached" });

    expect(titled("Lost form")).toHaveLength(1);
    onlyLost();
  });

  test("a double click on the create page makes one task and leads to it", async () => {
    await t.visit(page, "/new");
    const posts = await hold("/tasks");
    await page.locator("main form [name=title]").fill("From the page");
    await page.locator("main form .btn.primary").dblclick();
    await until(() => posts.count() > 0);
    await posts.release();
    await page.waitForURL("**/t/t_*");

    expect(titled("From the page")).toHaveLength(1);
  });

  test("what is pressed twice on a card is done once and complains of nothing", async () => {
    const asked = t.create("Asked", { tenant: "cards" });
    blockTask(t.board, asked, { reason: "Which?" });
    const review = t.create("Reviewed", { tenant: "cards", review: true });
    const { run } = claimTask(t.board, review, { claimer: "w" });
    completeTask(t.board, review, { runId: run.id, summary: "done" });
    await t.visit(page, "/?tenant=cards");
    for (const [id, path] of [
      [asked, "unblock"],
      [review, "approve"],
    ] as const) {
      const posts = await hold(`/t/${id}/${path}`);
      const button = page.locator(`#card-${id} [hx-post$="${path}"]`);
      await button.dblclick();
      await until(() => posts.count() > 0);
      await button.click();
      await posts.release();
      await until(() => ["ready", "done"].includes(getTask(t.board, id).status));
      await settled();
    }
    expect(await page.locator("#toasts .toast.error").count()).toBe(0);
    expect(() => approveTask(t.board, review)).toThrow("it is done");
  });

  test("an answer whose answer was lost is given once, and the page finds out that it was", async () => {
    const id = t.create("Answered", { tenant: "reply" });
    blockTask(t.board, id, { reason: "Which?" });
    await t.visit(page, `/t/${id}?tenant=reply`);
    await loseAnswer(`/t/${id}/unblock`);
    const line = page.locator("#drawer [name=comment]");
    await line.fill("this one");
    await line.press("Enter");
    await page.locator("#toasts .toast.ok", { hasText: "Already done" }).waitFor();

    expect(bodies(id)).toEqual(["BLOCKED: Which?", "this one"]);
    expect(getTask(t.board, id).status).toBe("ready");
    expect(await page.locator(".compose textarea").inputValue()).toBe("");
    onlyLost();
  });

  test("Z pressed again while its undo is out, or after its answer was lost, takes back no second act", async () => {
    const id = t.create("Undone once", { tenant: "undo" });
    await t.visit(page, "/?tenant=undo");
    const card = page.locator(`#card-${id} h3 a`);
    const prioritize = async (priority: number) => {
      await card.focus();
      await page.keyboard.press("p");
      await page.locator(`#menu [data-priority="${priority}"]`).click();
      await until(() => getTask(t.board, id).priority === priority);
    };
    const priority = () => getTask(t.board, id).priority;
    for (const n of [1, 2, 3]) await prioritize(n);
    await page.locator("#toasts [data-undo]").nth(2).waitFor();
    const posts = await hold("/undo");
    await card.focus();
    for (let press = 0; press < 3; press++) await page.keyboard.press("z");
    await until(() => posts.count() > 0);
    await posts.release();
    await until(() => priority() === 2);
    await page.locator("#toasts", { hasText: "Undid" }).waitFor();
    await page.unrouteAll();

    await t.visit(page, "/?tenant=undo"); // Without notices: Z means the newest act.
    const lost = await loseAnswer("/undo");
    await card.focus();
    await page.keyboard.press("z");
    await page.locator("#toasts .toast.error").first().waitFor();
    expect([lost(), priority()]).toEqual([1, 1]);
    const answered = page.waitForResponse("**/undo");
    await page.keyboard.press("z");
    await answered;
    expect(priority()).toBe(1);
    onlyLost();
  });

  test("a key that is held down acts once", async () => {
    const ids = [1, 2, 3].map((n) => t.create(`Held ${n}`, { tenant: "held" }));
    await t.visit(page, "/?tenant=held");
    await page.locator(`#card-${ids[0]} h3 a`).focus();
    for (let press = 0; press < 4; press++) await page.keyboard.down("x"); // Without a release it repeats.
    await page.keyboard.up("x");

    expect(await page.locator(".item .pick:checked").count()).toBe(1);
  });
});
