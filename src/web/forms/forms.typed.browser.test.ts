import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page, Route } from "playwright-core";
import { blockTask, createTask, getTask, listComments, listTasks, unblockTask } from "../../kernel/mod.ts";
import { type BrowserTest, noBrowser, testBrowser } from "../../testing/browser.ts";
import { until } from "../../testing/mod.ts";

// Longer than anything inside waits: a test that runs out of time takes the browser with it.
setDefaultTimeout(60_000);

let t: BrowserTest;
let page: Page;

describe.skipIf(noBrowser !== null)("typed text while a post is out", () => {
  beforeAll(async () => {
    t = await testBrowser();
    ({ page } = await t.open({ intercepted: true }));
  });
  afterAll(() => t?.close());
  afterEach(async () => {
    await page.unrouteAll();
    // What was made to fail on purpose.
    expect(t.problems().filter((line) => !/Failed to fetch|^500 .*\/tasks$/.test(line))).toEqual([]);
    await until(async () => (await page.locator("[aria-busy=true]").count()) === 0);
    await page.evaluate("sessionStorage.clear()");
  });

  /** Holds the first post to a path; answers it in the end, or refuses or loses it. */
  async function hold(path: string) {
    let held: Route | null = null;
    await page.route(`**${path}`, async (route) => {
      if (route.request().method() !== "POST" || held !== null) return route.continue();
      held = route;
    });
    const sent = () => until(() => held !== null, { what: `a post to ${path}` });
    return {
      sent,
      answer: async () => void (await sent(), await held!.continue()),
      lose: async () => void (await sent(), await held!.abort()),
      fail: async () => void (await sent(), await held!.fulfill({ status: 500, contentType: "text/html", body: "" })),
    };
  }
  const bodies = (id: string) => listComments(t.board, id).map(({ body }) => body);
  const compose = () => page.locator(".compose textarea");
  const errors = () => page.locator("#toasts .toast.error").allTextContents();

  test("a comment is cleared when it is sent, and what is typed next stays [L3]", async () => {
    const id = t.create("Comment", { tenant: "typed" });
    await t.visit(page, `/t/${id}?tenant=typed`);
    const post = await hold(`/t/${id}/comments`);
    await compose().fill("first");
    await page.keyboard.press("Enter");
    expect(await compose().inputValue()).toBe("");
    await page.keyboard.type("second");
    await post.answer();
    await page.locator("#d-comments .note", { hasText: "first" }).waitFor();

    await page.locator(".compose .btn:not([aria-busy])").waitFor();
    expect([bodies(id), await compose().inputValue()]).toEqual([["first"], "second"]);
  });

  test("a comment that failed is back, and behind newer text it is in a notice that sends it again", async () => {
    const id = t.create("Fails", { tenant: "typed" });
    await t.visit(page, `/t/${id}?tenant=typed`);
    const failed = await hold(`/t/${id}/comments`);
    await compose().fill("comes back");
    await page.keyboard.press("Enter");
    await failed.lose();
    await until(async () => (await compose().inputValue()) === "comes back");

    await page.unrouteAll();
    const again = await hold(`/t/${id}/comments`);
    await page.keyboard.press("Enter");
    await again.sent();
    await page.keyboard.type("newer");
    await again.lose();
    const notice = page.locator("#toasts .toast.error", { hasText: "Not sent: “comes back”" });
    await notice.waitFor();
    expect(await compose().inputValue()).toBe("newer");
    await page.reload(); // The notice outlives the page.
    await notice.locator("[data-do=resend]").click();
    await until(() => bodies(id).join() === "comes back");
    expect(await compose().inputValue()).toBe("newer");
    await notice.waitFor({ state: "detached" });
  });

  test("what was out when the page was left arrives by the next page, once", async () => {
    const id = t.create("Left", { tenant: "typed" });
    for (const arrives of [true, false]) {
      await t.visit(page, `/t/${id}?tenant=typed`);
      let asked = 0;
      await page.route(`**/t/${id}/comments`, async (route) => {
        if (asked++ > 0) return route.continue();
        if (arrives) await route.fetch();
      });
      await compose().fill(arrives ? "arrived" : "did not arrive");
      await page.keyboard.press("Enter");
      await until(() => asked === 1 && bodies(id).length > 0);
      await t.visit(page, "/runs");
      await page.locator("#toasts .toast.ok", { hasText: arrives ? "Already done" : "Comment added" }).waitFor();
      await page.unrouteAll();
    }

    expect(bodies(id)).toEqual(["arrived", "did not arrive"]);
    await t.visit(page, `/t/${id}?tenant=typed`);
    expect(await compose().inputValue()).toBe("");
  });

  test("a new task's form: cleared when sent, restored with all its fields when refused", async () => {
    const parent = t.create("Parent of it", { tenant: "typed" });
    await t.visit(page, "/?tenant=typed");
    await page.keyboard.press("c");
    const field = (name: string) => page.locator(`#create [name="${name}"]`);
    await field("title").fill("Not yet");
    await field("body").fill("Two\nlines");
    await field("priority").selectOption("3");
    await page.locator("#create summary").click();
    await field("max_runtime").fill("soon");
    await field("review").check();
    await page.locator("#create [data-picker]").fill("Parent of it");
    await page.locator(`#create .picks [data-id="${parent}"]`).click();
    const post = await hold("/tasks");
    await page.keyboard.press("Control+Enter");
    await post.sent();
    expect([await field("title").inputValue(), await field("body").inputValue()]).toEqual(["", ""]);
    await post.answer();

    await page.locator("#error-create", { hasText: "duration" }).waitFor();
    await until(async () => (await field("title").inputValue()) === "Not yet");
    const values = ["title", "body", "priority", "max_runtime"].map((name) => field(name).inputValue());
    expect(await Promise.all(values)).toEqual(["Not yet", "Two\nlines", "3", "soon"]);
    expect(await field("review").isChecked()).toBe(true);
    expect(await page.locator(`#create [data-parent="${parent}"]`).count()).toBe(1);

    await page.reload();
    await page.locator('#live[data-state="live"]').waitFor();
    await page.keyboard.press("c");
    expect([await field("title").inputValue(), await field("body").inputValue()]).toEqual(["Not yet", "Two\nlines"]);
    expect(await page.locator(`#create [data-parent="${parent}"]`).count()).toBe(1);
    await field("max_runtime").fill("30m");
    await page.keyboard.press("Control+Enter");
    await page.locator(".item", { hasText: "Not yet" }).waitFor();
    const [task] = listTasks(t.board, { search: "Not yet" });
    expect(task).toMatchObject({ body: "Two\nlines", priority: 3, max_runtime_seconds: 1800, review: true });
    await page.keyboard.press("c");
    expect(await field("title").inputValue()).toBe("");
    await page.keyboard.press("Escape");
  });

  test("the next title of a form that stays open is typed while the last one is out", async () => {
    await t.visit(page, "/?tenant=next");
    await page.keyboard.press("c");
    await page.locator("#create [data-stay]").check();
    const title = page.locator("#create [name=title]");
    await title.fill("One");
    const post = await hold("/tasks");
    await page.keyboard.press("Control+Enter");
    await page.keyboard.type("Two");
    await post.answer();
    await page.locator(".item", { hasText: "One" }).waitFor();

    expect(await title.inputValue()).toBe("Two");
    await page.keyboard.press("Control+Enter");
    await page.locator(".item", { hasText: "Two" }).waitFor();
    expect(
      listTasks(t.board, { tenant: "next" })
        .map(({ title }) => title)
        .sort(),
    ).toEqual(["One", "Two"]);
    await page.keyboard.press("Escape");
  });

  test("a quick add that failed is back in its line", async () => {
    await t.visit(page, "/?tenant=quick");
    await page.locator('#col-triage [data-do="quick"]').click();
    const post = await hold("/tasks");
    await page.keyboard.type("Idea");
    await page.keyboard.press("Enter");
    const line = page.locator("#col-triage .quick [name=title]");
    await post.sent();
    expect(await line.inputValue()).toBe("");
    await post.fail();

    await until(async () => (await line.inputValue()) === "Idea");
    await page.keyboard.press("Enter");
    await page.locator("#list-triage .item", { hasText: "Idea" }).waitFor();
    expect(listTasks(t.board, { search: "Idea" })).toHaveLength(1);
  });

  test("more that is typed into an edit in place while it is saved stays and is saved next", async () => {
    const id = t.create("Title", { tenant: "edit" });
    await t.visit(page, `/t/${id}?tenant=edit`);
    await page.locator('#drawer [data-edit="title"] [data-do="edit"]').click();
    const post = await hold(`/t/${id}/edit`);
    const field = page.locator("#edit-title");
    await field.fill("Title two");
    await page.keyboard.press("Enter");
    await post.sent();
    await page.keyboard.type(" and three");
    await post.answer();
    await until(() => getTask(t.board, id).title === "Title two");
    await page.locator(`#drawer [data-edit="title"] .btn.primary:not([aria-busy])`).waitFor();

    expect([await field.isVisible(), await field.inputValue()]).toEqual([true, "Title two and three"]);
    await page.keyboard.press("Enter");
    await until(() => getTask(t.board, id).title === "Title two and three");
  });

  test("the question for Blocked that could not be sent is there when it is asked again", async () => {
    const id = t.create("Ask", { tenant: "ask" });
    await t.visit(page, "/?tenant=ask");
    const ask = async () => {
      await page.locator(`#card-${id} h3 a`).focus();
      await page.keyboard.press("m");
      await page.locator('#menu [data-to="blocked"]').click();
    };
    await ask();
    await page.locator("#ask-text").fill("Which of them?");
    const post = await hold(`/t/${id}/move`);
    await page.keyboard.press("Enter");
    await post.lose();
    await until(async () => (await errors()).length > 0);

    await ask();
    expect(await page.locator("#ask-text").inputValue()).toBe("Which of them?");
    await page.keyboard.press("Enter");
    await t.becomes(id, "blocked");
    await page.locator(`#list-blocked #card-${id}:not(.busy)`).waitFor();
    unblockTask(t.board, id, {});
    await page.locator(`#list-ready #card-${id}`).waitFor();
    await ask();
    expect(await page.locator("#ask-text").inputValue()).toBe("");
    await page.keyboard.press("Escape");
  });

  describe("that another person makes pointless", () => {
    const TYPED = "my half of an answer";
    const KEPT = "It was answered meanwhile. What you typed is kept as a comment, not sent.";
    const asked = (tenant: string) => {
      const { id } = createTask(t.board, { title: `Asked in ${tenant}`, tenant }).task;
      blockTask(t.board, id, { reason: "Which?" });
      return id;
    };

    test("on a card: the line becomes a comment, under the keyboard", async () => {
      const id = asked("card");
      await t.visit(page, "/?tenant=card");
      await page.locator(`#card-${id} [data-do=answer]`).click();
      await page.keyboard.type(TYPED);
      unblockTask(t.board, id, { comment: "another was quicker" });
      await page.locator(`#list-ready #card-${id} .happened`, { hasText: KEPT }).waitFor();
      await page.keyboard.type("?c");

      const line = page.locator(`#card-${id} .answer [name=body]`);
      expect([await line.inputValue(), await page.locator("dialog[open]").count()]).toEqual([`${TYPED}?c`, 0]);
      expect(bodies(id)).toEqual(["BLOCKED: Which?", "another was quicker"]);
      await page.keyboard.press("Enter");
      await until(() => bodies(id).includes(`${TYPED}?c`));
      await page.locator(`#card-${id} .answer`).waitFor({ state: "detached" });
    });

    test("in the drawer: the comment box takes it, with what was there", async () => {
      const id = asked("drawer");
      await t.visit(page, `/t/${id}?tenant=drawer`);
      await compose().fill("a comment");
      await page.locator("#drawer [name=comment]").fill(TYPED);
      unblockTask(t.board, id, { comment: "another was quicker" });
      await page.locator(".compose .happened", { hasText: KEPT }).waitFor();
      await page.keyboard.type("?c");

      expect([await compose().inputValue(), await page.locator("dialog[open]").count()]).toEqual([
        `a comment\n\n${TYPED}?c`,
        0,
      ]);
      await page.reload();
      expect(await compose().inputValue()).toBe(`a comment\n\n${TYPED}?c`);
    });

    test("in a drawer that was closed: it is in the comment box when it is opened", async () => {
      const id = asked("closed");
      await t.visit(page, `/t/${id}?tenant=closed`);
      await page.locator("#drawer [name=comment]").fill(TYPED);
      await page.locator("#drawer [data-do=close]").click();
      await page.locator("#drawer .sheet").waitFor({ state: "detached" });
      unblockTask(t.board, id, {});
      await page.locator(`#list-ready #card-${id}`).waitFor();
      await page.locator(`#card-${id} h3 a`).click();

      await page.locator(`#drawer-${id}`).waitFor();
      expect(await compose().inputValue()).toBe(TYPED);
    });

    test("in Needs you: a notice holds it under the keyboard, and no other task gets it", async () => {
      const [id, other] = [asked("needs"), asked("needs")];
      await t.visit(page, `/needs/${id}`);
      await page.locator(".pane .need-answer textarea").click();
      await page.keyboard.type(TYPED);
      unblockTask(t.board, id, {});
      await page.locator(`#kept-${id} .happened`, { hasText: KEPT }).waitFor();
      await page.keyboard.type("?c");

      expect(await page.locator(`#kept-${id} textarea`).inputValue()).toBe(`${TYPED}?c`);
      await page.locator(`#kept-${id} .primary`).click();
      await until(() => bodies(id).includes(`${TYPED}?c`));
      expect(bodies(other)).toEqual(["BLOCKED: Which?"]);
    });

    test("on a card that leaves the page: a notice holds it under the keyboard", async () => {
      const id = asked("left");
      await t.visit(page, "/?tenant=left&status=blocked");
      await page.locator(`#card-${id} [data-do=answer]`).click();
      await page.keyboard.type(TYPED);
      unblockTask(t.board, id, {});
      await page.locator(`#kept-${id} .happened`, { hasText: KEPT }).waitFor();
      await page.keyboard.type("?c");

      expect(await page.locator(`#kept-${id} textarea`).inputValue()).toBe(`${TYPED}?c`);
      await page.locator(`#kept-${id} .primary`).click();
      await until(() => bodies(id).includes(`${TYPED}?c`));
      await page.locator(`#kept-${id}`).waitFor({ state: "detached" });
    });
  });
});
