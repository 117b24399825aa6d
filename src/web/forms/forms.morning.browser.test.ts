import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Locator, Page } from "playwright-core";
import { blockTask, getTask, listComments, listTasks } from "../../kernel/mod.ts";
import { type BrowserTest, live, noBrowser, testBrowser } from "../../testing/browser.ts";
import { until } from "../../testing/mod.ts";

// Longer than anything inside waits: a test that runs out of time takes the browser with it.
setDefaultTimeout(240_000);

const TENANT = "morning";
let t: BrowserTest;
let page: Page;

/** The same numbers for the same seed. */
function dice(seed: number) {
  let state = seed;
  const roll = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return { chance: (share: number) => roll() < share, upTo: (n: number) => Math.floor(roll() * n) };
}

describe.skipIf(noBrowser !== null)("a morning of an impatient person on a slow network that fails", () => {
  beforeAll(async () => {
    t = await testBrowser();
    ({ page } = await t.open({ watched: false, intercepted: true }));
  });
  afterAll(() => t?.close());

  test.each([4, 5])("nothing is lost, doubled, or changed that was not meant: seed %d", async (seed) => {
    const { chance, upTo } = dice(seed);
    const bystanders = [1, 2, 3].map((n) => t.create(`Bystander ${seed} ${n}`, { tenant: TENANT }));
    const before = bystanders.map((id) => getTask(t.board, id));
    const talk = t.create(`Talk ${seed}`, { tenant: TENANT });
    const worked = t.create(`Worked ${seed}`, { tenant: TENANT });
    const meant = { titles: [] as string[], comments: [] as string[], answers: new Map<string, string>() };
    let bad = true;
    // Every post is late; some never reach the board, of some the answer is lost.
    await page.route("**/*", async (route) => {
      if (!bad || route.request().method() !== "POST" || route.request().url().endsWith("/stream"))
        return route.continue().catch(() => {});
      const fate = upTo(100);
      await Bun.sleep(50 + upTo(250)); // The network, and no wait of the test.
      if (fate < 12) return route.abort().catch(() => {});
      if (fate < 24) return void (await route.fetch().catch(() => {}), await route.abort().catch(() => {}));
      await route.continue().catch(() => {});
    });
    const visit = async (path: string) => {
      await page.goto(t.url + path);
      await live(page);
    };
    const board = () => visit(`/?tenant=${TENANT}`);
    const again = async (press: () => Promise<void>) => {
      for (let n = 0; n <= upTo(3); n++) await press();
    };
    const enter = () => page.keyboard.press("Enter");

    const acts: Record<string, (n: number) => Promise<void>> = {
      async comment(n) {
        await visit(`/t/${talk}?tenant=${TENANT}`);
        const box = page.locator(".compose textarea");
        if ((await box.inputValue()) !== "") return void (await box.press("Enter"));
        meant.comments.push(`comment ${seed}-${n}`);
        await box.fill(`comment ${seed}-${n}`);
        await again(enter);
      },
      async quick(n) {
        await board();
        const line = page.locator("#col-triage .quick [name=title]");
        if (!(await line.isVisible())) await page.locator('#col-triage [data-do="quick"]').click();
        if ((await line.inputValue()) !== "") return void (await line.press("Enter"));
        meant.titles.push(`quick ${seed}-${n}`);
        await line.fill(`quick ${seed}-${n}`);
        await again(enter);
      },
      async create(n) {
        await board();
        await page.locator("body").press("c");
        const title = page.locator("#create [name=title]");
        if ((await title.inputValue()) === "") {
          meant.titles.push(`form ${seed}-${n}`);
          await title.fill(`form ${seed}-${n}`);
        }
        await again(() => page.keyboard.press("Control+Enter"));
        if (chance(0.3)) await page.keyboard.press("Escape");
      },
      async answer(n) {
        const id = t.create(`Asked ${seed}-${n}`, { tenant: TENANT });
        blockTask(t.board, id, { reason: "Which?" });
        meant.answers.set(id, `answer ${seed}-${n}`);
        await visit(`/t/${id}?tenant=${TENANT}`);
        await page.locator("#d-actions [name=comment]").fill(`answer ${seed}-${n}`);
        await again(enter);
      },
      async move() {
        await board();
        await page.locator(`#card-${worked} h3 a`).focus();
        await page.keyboard.press("m");
        await page
          .locator(`#menu [data-to="${chance(0.5) ? "triage" : "todo"}"]:not([aria-disabled])`)
          .or(page.locator('#menu [data-to="ready"]:not([aria-disabled])'))
          .first()
          .click();
      },
      async select() {
        // A selection that is left standing means nothing to what is done elsewhere.
        await board();
        await page.locator(`#card-${bystanders[upTo(3)]} h3 a`).click({ modifiers: ["Control"] });
        await page.locator(`#card-${worked} h3 a`).focus();
        await page.keyboard.press("p");
        await page.locator(`#menu [data-priority="${1 + upTo(4)}"]`).click();
      },
      async look() {
        await board();
        await page.locator(`#card-${talk} h3 a`).click();
        await page.keyboard.press("Escape");
      },
    };
    const names = Object.keys(acts);
    for (let n = 0; n < 12; n++) await acts[names[upTo(names.length)]!]!(n);

    bad = false;
    await settle(talk, [...meant.answers.keys()]);
    const comments = listComments(t.board, talk, { limit: 500 }).map(({ body }) => body);
    expect(comments.filter((body) => body.startsWith("comment ")).sort()).toEqual(meant.comments.toSorted());
    const titles = listTasks(t.board, { tenant: TENANT, limit: 500 }).map(({ title }) => title);
    expect(titles.filter((title) => /^(quick|form) /.test(title) && title.includes(` ${seed}-`)).sort()).toEqual(
      meant.titles.toSorted(),
    );
    for (const [id, answer] of meant.answers)
      expect(listComments(t.board, id).map(({ body }) => body)).toEqual(["BLOCKED: Which?", answer]);
    expect(bystanders.map((id) => getTask(t.board, id))).toEqual(before);
    await page.unrouteAll();
  });

  /** With the network back, the person sends what the page kept, wherever it is. */
  async function settle(talk: string, asked: string[]) {
    const send = async (box: Locator, key = "Enter") => {
      if (!(await box.isVisible()) || (await box.inputValue()) === "") return;
      await box.press(key);
      await until(async () => (await page.locator("[aria-busy=true]").count()) === 0);
    };
    for (const path of [`/t/${talk}`, ...asked.map((id) => `/t/${id}`), "/"]) {
      await t.visit(page, `${path}?tenant=${TENANT}`);
      const unsent = page.locator("[data-do=resend]");
      while ((await unsent.count()) > 0) {
        const left = await unsent.count();
        await unsent.first().click();
        await until(async () => (await unsent.count()) < left);
      }
      await send(page.locator(".compose textarea"));
      if ((await page.locator("#d-actions [name=comment]").count()) > 0)
        await send(page.locator("#d-actions [name=comment]"));
      if (path !== "/") continue;
      await send(page.locator("#col-triage .quick [name=title]"));
      await page.locator("body").press("c");
      await send(page.locator("#create [name=title]"), "Control+Enter");
    }
    await until(async () => (await page.locator("[aria-busy=true]").count()) === 0);
  }
});
