import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { blockTask, getTask } from "../../kernel/mod.ts";
import { acceptName, type BrowserTest, live, noBrowser, testBrowser } from "../../testing/browser.ts";
import { type Nginx, noNginx, startNginx } from "../../testing/nginx.ts";
import { until } from "../../testing/mod.ts";

setDefaultTimeout(60_000);

const missing = noBrowser ?? noNginx;
let t: BrowserTest;
let page: Page;
let nginx: Nginx;
let url: string;
const asked: string[] = [];

describe.skipIf(missing !== null)(
  `the board under a path of a proxy${missing === null ? "" : ` (skipped: ${missing})`}`,
  () => {
    beforeAll(async () => {
      t = await testBrowser({ server: ["--base-path", "/kanban"] });
      // Nothing of the board is outside of its path: what asks for it there gets 404.
      nginx = await startNginx(Number(new URL(t.url).port), "proxy_set_header Host $http_host;", "/kanban/");
      url = `${nginx.url}/kanban`;
      page = await t.browser.newPage();
      page.on("response", (response) => {
        if (response.status() === 404) asked.push(response.url());
      });
      await page.goto((await t.link()).replace(`${t.url}/kanban`, url));
      await acceptName(page);
      await page.waitForURL(`${url}/`);
      await live(page);
    });
    afterAll(async () => {
      await t?.close();
      await nginx?.close();
    });
    afterEach(() => expect([t.problems(), asked]).toEqual([[], []]));

    const path = () => new URL(page.url()).pathname;

    test("lives, opens a card, and comes back from it", async () => {
      const id = t.create("Under a path");
      await page.locator(`#card-${id} h3 a`).click();
      await page.locator("#drawer .compose [name=body]").fill("said there");
      await page.locator("#drawer .compose [name=body]").press("Enter");
      await page.locator("#d-comments", { hasText: "said there" }).waitFor();
      expect(path()).toBe(`/kanban/t/${id}`);
      await page.locator('#drawer [data-do="close"]').first().click();
      await until(() => path() === "/kanban/", { what: "the board's address" });
      await page.goBack({ waitUntil: "commit" });
      await page.locator(`#drawer-${id}`).waitFor();
      await page.reload();
      await page.locator(`#drawer-${id}`).waitFor();
      await page.goForward({ waitUntil: "commit" });
      await until(async () => (await page.locator("#drawer .sheet").count()) === 0, { what: "the drawer to close" });
    });

    test("acts, filters and walks between its pages", async () => {
      const id = t.create("To move", { tenant: "walk" });
      await page.goto(`${url}/?tenant=walk`);
      await live(page);
      await page.locator(`#card-${id} h3 a`).focus();
      await page.keyboard.press("m");
      await page.locator('#menu [data-to="todo"]').click();
      await page.locator(`#list-todo > #card-${id}`).waitFor();
      await until(() => getTask(t.board, id).status === "todo"); // The card is there before its answer.
      await page.locator("#search").fill("nothing like this");
      await until(() => page.url().includes("q=nothing"), { what: "the filter in the address" });
      expect(path()).toBe("/kanban/");
      for (const name of ["list", "runs", "deps", "insights", "needs"]) {
        await page.locator(`nav.side a[href="/kanban/${name}"]`).click();
        await page.waitForURL(`${url}/${name}**`);
        await live(page);
      }
      await page.keyboard.press("g");
    });

    test("a question is answered, and what comes by the stream leads to the right place", async () => {
      await page.goto(`${url}/needs`);
      await live(page);
      const id = t.create("Asks");
      blockTask(t.board, id, { reason: "Red or blue?" });
      const link = page.locator(`a[href="/kanban/needs/${id}"], a[href="/kanban/t/${id}"]`).first();
      await link.waitFor();
      await link.click();
      await until(() => path().startsWith("/kanban/"), { what: "the address" });
    });

    test("Z pressed again after its answer was lost takes back no second act", async () => {
      const id = t.create("Undone once", { tenant: "undo" });
      const priority = () => getTask(t.board, id).priority;
      await page.goto(`${url}/?tenant=undo`);
      await live(page);
      for (const n of [1, 2, 3]) {
        await page.locator(`#card-${id} h3 a`).focus();
        await page.keyboard.press("p");
        await page.locator(`#menu [data-priority="${n}"]`).click();
        await until(() => priority() === n, { what: "the change" });
      }
      await page.goto(`${url}/?tenant=undo`); // Without notices: Z means the newest act.
      await live(page);
      let lost = 0;
      await page.route("**/undo", async (route) => {
        if (lost++ > 0) return route.continue();
        await route.fetch();
        await route.abort();
      });
      await page.locator(`#card-${id} h3 a`).focus();
      await page.keyboard.press("z");
      await page.locator("#toasts .toast.error").first().waitFor();
      const answered = page.waitForResponse("**/undo");
      await page.keyboard.press("z");
      await answered;
      await page.unroute("**/undo");
      expect([lost, priority()]).toEqual([2, 2]);
      expect(t.problems().filter((line) => !line.includes("Failed to fetch"))).toEqual([]);
    });

    test("the button that signs out forgets the name", async () => {
      const visitor = await t.browser.newPage();
      await visitor.goto((await t.link()).replace(`${t.url}/kanban`, url));
      await acceptName(visitor);
      await visitor.waitForURL(`${url}/`);
      await live(visitor);
      expect(await visitor.evaluate("localStorage.getItem('kanban.name')")).not.toBeNull();
      await visitor.locator(".nav.me").click();
      await visitor.locator("#person").getByRole("button", { name: "Sign out" }).click();
      await visitor.locator("#login").waitFor();
      expect(await visitor.evaluate("localStorage.getItem('kanban.name')")).toBeNull();
      await visitor.close();
    });

    test("signing out leads to its login page, and back to the page that was open", async () => {
      await page.goto(`${url}/list`);
      await live(page);
      await page.evaluate("fetch('/kanban/logout', { method: 'POST' })");
      await page.locator("#signed-out a").click();
      await page.locator("#login").waitFor();
      expect(path()).toBe("/kanban/login");
      const code = (await t.link()).split("#")[1]!;
      await page.locator("#code").fill(code);
      await page.locator("#login .primary").click();
      await page.waitForURL(`${url}/list`);
      await live(page);
    });
  },
);
