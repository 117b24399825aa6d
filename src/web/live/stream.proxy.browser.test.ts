import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { BrowserContext, Page } from "playwright-core";
import { type BrowserTest, live, noBrowser, testBrowser } from "../../testing/browser.ts";
import { type Nginx, noNginx, startNginx } from "../../testing/nginx.ts";

setDefaultTimeout(60_000);

const missing = noBrowser ?? noNginx;
const HOST = "proxy_set_header Host $http_host;";
let t: BrowserTest;
let nginx: Nginx;
let context: BrowserContext | undefined;

describe.skipIf(missing !== null)(`a page behind nginx${missing === null ? "" : ` (skipped: ${missing})`}`, () => {
  beforeAll(async () => void (t = await testBrowser()));
  afterAll(() => t?.close());
  afterEach(async () => {
    await context?.close();
    await nginx.close();
    expect(t.problems()).toEqual([]);
  });

  /** The login page, behind an nginx with these settings, with a code in its address. */
  async function open(settings: string): Promise<Page> {
    nginx = await startNginx(Number(new URL(t.url).port), settings);
    context = await t.browser.newContext();
    const page = await context.newPage();
    await page.clock.install();
    await page.addInitScript({ content: 'localStorage.setItem("kanban.name", "maya")' });
    await page.goto((await t.link()).replace(t.url, nginx.url));
    return page;
  }

  test("is live, and gets what happens at once", async () => {
    const page = await open(HOST);
    await live(page);
    const id = t.create("Through nginx");
    await page.locator(`#list-ready > #card-${id}`).waitFor();
  });

  test("that holds messages back says so, and asks every few seconds", async () => {
    const page = await open(`${HOST} proxy_ignore_headers X-Accel-Buffering;`);
    await page.waitForURL(`${nginx.url}/`);
    await page.clock.runFor(11_000);
    await page.locator('#live[data-state="delayed"]', { hasText: "Delayed" }).waitFor();
    expect(await page.locator("#live").getAttribute("title")).toContain("A proxy");
    await page.locator("#toasts", { hasText: "proxy_buffering off" }).waitFor();

    const id = t.create("Asked for");
    await page.clock.runFor(6_000);
    await page.locator(`#list-ready > #card-${id}`).waitFor();
    expect(await page.locator("#live").getAttribute("data-state")).toBe("delayed");
  });

  test("that does not pass the Host on is told what is missing", async () => {
    const page = await open("");
    await page.locator("#login-say", { hasText: "must pass on the Host" }).waitFor();
  });
});
