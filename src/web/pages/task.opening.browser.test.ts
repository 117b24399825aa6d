import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page, Route } from "playwright-core";
import { type BrowserTest, noBrowser, testBrowser } from "../../testing/browser.ts";
import { until } from "../../testing/mod.ts";

// Longer than anything inside waits: a test that runs out of time takes the browser with it.
setDefaultTimeout(60_000);

let t: BrowserTest;
let page: Page;

describe.skipIf(noBrowser !== null)("a card that is opened over a slow network", () => {
  beforeAll(async () => {
    t = await testBrowser();
    ({ page } = await t.open({ intercepted: true }));
  });
  afterAll(() => t?.close());
  afterEach(async () => {
    await page.unrouteAll();
    expect(t.problems().filter((line) => !line.includes("Failed to fetch"))).toEqual([]);
  });

  /** Holds the answers for a task; `release` lets them through, whether or not somebody still wants them. */
  async function slow(id: string) {
    const held: Route[] = [];
    await page.route(`**/t/${id}`, (route) => void held.push(route));
    return {
      asked: () => until(() => held.length > 0),
      release: async () => {
        for (const route of held.splice(0)) await route.continue().catch(() => {}); // The page may have ended it.
      },
      lose: async () => {
        for (const route of held.splice(0)) await route.abort();
      },
    };
  }
  const open = (id: string) => page.locator(`#card-${id} h3 a`).click();
  const sheets = () => page.locator("#drawer .sheet").count();
  const loading = () => page.locator("#drawer .sheet.loading");

  test("its sheet is there at once, with its title, its status and a loading state", async () => {
    const id = await t.shown(page, "Slow to open");
    const answer = await slow(id);
    await open(id);
    await loading().waitFor();
    expect(await page.locator("#d-title").textContent()).toBe("Slow to open");
    expect(await loading().locator(".badge").textContent()).toBe("Ready");
    expect(await loading().getAttribute("aria-busy")).toBe("true");

    await answer.asked();
    await answer.release();
    await page.locator(`#drawer-${id}`).waitFor();
    expect([await sheets(), await loading().count(), new URL(page.url()).pathname]).toEqual([1, 0, `/t/${id}`]);
  });

  test("Escape ends it, and the late answer opens nothing [L13]", async () => {
    const id = await t.shown(page, "Never mind");
    const answer = await slow(id);
    const before = page.url();
    const ended = page.waitForEvent("requestfailed", (request) => request.url().endsWith(`/t/${id}`));
    await open(id);
    await answer.asked();
    await page.keyboard.press("Escape");
    expect(await sheets()).toBe(0);
    expect((await ended).failure()?.errorText).toBe("net::ERR_ABORTED");
    await answer.release();

    // Another task that is opened and arrives after it shows that nothing else did.
    const other = t.create("Another", { tenant: new URL(before).searchParams.get("tenant") });
    await page.locator(`#card-${other}`).waitFor();
    expect([await sheets(), page.url()]).toEqual([0, before]);
    expect(await page.evaluate("document.activeElement.dataset.open")).toBe(id);
    expect(await page.locator("#toasts .toast").count()).toBe(0);
  });

  test("another card that is opened meanwhile wins", async () => {
    const slowly = await t.shown(page, "Slowly");
    const tenant = new URL(page.url()).searchParams.get("tenant");
    const quickly = t.create("Quickly", { tenant });
    await page.locator(`#card-${quickly}`).waitFor();
    const answer = await slow(slowly);
    await open(slowly);
    await answer.asked();
    await open(quickly);
    await page.locator(`#drawer-${quickly}`).waitFor();
    await answer.release();

    await page.locator(`#card-${slowly}`).hover();
    expect(await page.locator("#d-title").textContent()).toBe("Quickly");
    expect(new URL(page.url()).pathname).toBe(`/t/${quickly}`);
  });

  test("J held over a slow network shows where it is, and only the last one arrives", async () => {
    const ids = [await t.shown(page, "One")];
    const tenant = new URL(page.url()).searchParams.get("tenant");
    for (const title of ["Two", "Three", "Four"]) ids.push(t.create(title, { tenant }));
    await page.locator(`#card-${ids[3]}`).waitFor();
    await open(ids[0]!);
    await page.locator(`#drawer-${ids[0]}`).waitFor();
    const answers = await Promise.all(ids.slice(1).map((id) => slow(id)));
    const titles = await page.locator("#list-ready h3 a").allTextContents();
    const here = titles.indexOf("One");
    const step = here === 0 ? "j" : "k";
    for (const _ of [1, 2, 3]) await page.keyboard.press(step);
    const last = here === 0 ? titles.at(-1)! : titles[0]!;
    expect(await page.locator("#d-title").textContent()).toBe(last);
    for (const answer of answers) await answer.release();

    await page.locator("#drawer .sheet:not(.loading)").waitFor();
    expect(await page.locator("#d-title").textContent()).toBe(last);
  });

  test("an answer that is lost says so in the sheet, and it can be tried again", async () => {
    const id = await t.shown(page, "Lost");
    const answer = await slow(id);
    await open(id);
    await answer.asked();
    await answer.lose();
    await loading().locator(".trouble", { hasText: "could not be loaded" }).waitFor();
    await page.unrouteAll();
    await loading().locator("[data-do=load-again]").click();

    await page.locator(`#drawer-${id}`).waitFor();
    expect(await loading().count()).toBe(0);
  });
});
