import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { BrowserContext, Page, Request } from "playwright-core";
import { moveTask } from "../../kernel/mod.ts";
import { type BrowserTest, live, noBrowser, testBrowser } from "../../testing/browser.ts";
import { until } from "../../testing/mod.ts";

setDefaultTimeout(120_000);

/** HTTP/1.1 gives a browser six connections to a server: with more windows than these, streams of their own block all. */
const WINDOWS = 8;
/** Far above what a page takes on a busy machine, far below the minute that a blocked one takes. */
const DEADLINE_MS = 30_000;

let t: BrowserTest;
let context: BrowserContext;
/** The streams that are open in the browser. */
let streams: Set<Request>;

describe.skipIf(noBrowser !== null)(
  `the tabs of one browser${noBrowser === null ? "" : ` (skipped: ${noBrowser})`}`,
  () => {
    beforeAll(async () => void (t = await testBrowser()));
    afterAll(() => t?.close());
    afterEach(async () => {
      await context?.close();
      expect(t.problems()).toEqual([]);
    });

    /** A browser that is signed in, of which only the first page is open. */
    async function signIn(): Promise<Page> {
      const opened = await t.open();
      context = opened.context;
      streams = new Set();
      context.on("request", (request) => request.url().endsWith("/stream") && streams.add(request));
      context.on("requestfinished", (request) => streams.delete(request));
      context.on("requestfailed", (request) => streams.delete(request));
      await opened.page.reload(); // So that its stream is counted.
      await live(opened.page);
      return opened.page;
    }

    async function another(path = "/"): Promise<Page> {
      const page = await context.newPage();
      await page.goto(t.url + path, { timeout: DEADLINE_MS });
      await live(page);
      return page;
    }

    const windows = (path: (n: number) => string) =>
      Array.from({ length: WINDOWS }, (_, n) => n).reduce<Promise<Page[]>>(
        async (pages, n) => [...(await pages), await another(path(n))],
        Promise.resolve([]),
      );
    // Of a tab that is closed no request ends.
    const open = () => [...streams].filter((request) => !request.frame().page().isClosed()).length;
    const streamsAre = (n: number) => until(() => open() === n, { what: `${n} open streams`, ms: DEADLINE_MS });
    const oneStream = () => streamsAre(1);
    const card = (page: Page, column: string, id: string) =>
      page.locator(`#list-${column} > #card-${id}`).waitFor({ timeout: DEADLINE_MS });

    test("eight windows have one stream between them; a further page loads, and posts [L6]", async () => {
      const first = await signIn();
      const tenant = (n: number) => `w${n}`;
      const pages = await windows((n) => `/?tenant=${tenant(n)}`);
      await oneStream();

      const ids = pages.map((_, n) => t.create(`For window ${n}`, { tenant: tenant(n) }));
      for (const [n, page] of pages.entries()) {
        await card(page, "ready", ids[n]!);
        expect(await page.locator(".item").count()).toBe(1); // What is for the others does not come here.
      }
      const ninth = await another(`/t/${ids[0]}`);
      await ninth.locator(".compose [name=body]").fill("from the ninth window");
      await ninth.locator(".compose [name=body]").press("Enter");
      await ninth.locator("#drawer", { hasText: "from the ninth window" }).waitFor({ timeout: DEADLINE_MS });
      await card(first, "ready", ids[0]!);
      await oneStream();
    });

    test("each window gets what its own drawer and log show", async () => {
      await signIn();
      const ids = ["One", "Two"].map((title) => t.create(title, { tenant: "drawers" }));
      const pages = [await another(`/t/${ids[0]}`), await another(`/t/${ids[1]}`)];
      await t.cli.run("comment", ids[0]!, "about the first");
      await t.cli.run("comment", ids[1]!, "about the second");
      await pages[0]!.locator("#d-comments", { hasText: "about the first" }).waitFor();
      await pages[1]!.locator("#d-comments", { hasText: "about the second" }).waitFor();
      expect(await pages[0]!.locator("#drawer").textContent()).not.toContain("about the second");
    });

    test("when the tab with the stream is closed another takes over, and nothing is missed", async () => {
      const first = await signIn();
      const rest = [await another("/?tenant=heir"), await another("/?tenant=heir")];
      await oneStream();
      const closing = first.close();
      const id = t.create("In between", { tenant: "heir" });
      await closing;
      for (const page of rest) await card(page, "ready", id);
      await oneStream();
      await rest[0]!.close();
      moveTask(t.board, id, "todo");
      await card(rest[1]!, "todo", id);
    });

    /** Stops the scripts of a page in two ways; the returned function lets them run again. */
    const STOPS: Record<string, (page: Page) => Promise<() => Promise<unknown>>> = {
      async frozen(page) {
        const cdp = await context.newCDPSession(page);
        await cdp.send("Page.setWebLifecycleState", { state: "frozen" });
        return () => cdp.send("Page.setWebLifecycleState", { state: "active" });
      },
      async halted(page) {
        const cdp = await context.newCDPSession(page);
        await cdp.send("Debugger.enable");
        const paused = new Promise((resolve) => cdp.once("Debugger.paused", resolve));
        await cdp.send("Debugger.pause");
        await paused;
        return async () => {
          await cdp.send("Debugger.resume");
          await cdp.detach();
        };
      },
    };
    test.each(Object.keys(STOPS))(
      "a tab with the stream that is %s loses it, and joins the others when it runs again",
      async (how) => {
        const first = await signIn();
        await first.goto(`${t.url}/?tenant=${how}`);
        await live(first);
        const rest = [await another(`/?tenant=${how}`), await another(`/?tenant=${how}`)];
        await oneStream();

        const resume = await STOPS[how]!(first);
        const id = t.create("While it does not run", { tenant: how });
        for (const page of rest) await card(page, "ready", id);
        await resume();
        await card(first, "ready", id);
        moveTask(t.board, id, "todo");
        for (const page of [first, ...rest]) await card(page, "todo", id);
        await oneStream();
      },
    );

    test("eight tabs in the background have no stream, and catch up when they are shown [L6]", async () => {
      const first = await signIn();
      await context.addInitScript({ content: HIDEABLE });
      const hidden: Page[] = [];
      for (let n = 0; n < WINDOWS; n++) {
        const page = await context.newPage();
        await page.goto(`${t.url}/?tenant=back`, { timeout: DEADLINE_MS });
        hidden.push(page);
      }
      await oneStream();
      await first.close();
      await streamsAre(0);

      const id = t.create("While nobody looks", { tenant: "back" });
      await t.cli.run("pause"); // Which is no event.
      expect(await hidden[3]!.locator(`#card-${id}`).count()).toBe(0);
      await hidden[3]!.evaluate("show(true)");
      await card(hidden[3]!, "ready", id);
      await live(hidden[3]!);
      await hidden[3]!.locator("#daemon", { hasText: "Paused" }).waitFor();
      await t.cli.run("resume");
      await hidden[5]!.evaluate("show(true)");
      await card(hidden[5]!, "ready", id);
      await oneStream();
      await hidden[3]!.evaluate("show(false)"); // The one that has the stream.
      moveTask(t.board, id, "todo");
      await card(hidden[5]!, "todo", id);
      expect(await hidden[3]!.locator(`#list-ready > #card-${id}`).count()).toBe(1);
      await oneStream();
    });

    test("signing out in one reaches all", async () => {
      const first = await signIn();
      const rest = [await another(), await another("/list")];
      await first.evaluate("fetch('/logout', { method: 'POST' })");
      for (const page of [first, ...rest]) await page.locator("#signed-out").waitFor({ timeout: DEADLINE_MS });
      await streamsAre(0);
    });

    test("tabs of two sign-ins share nothing; the older one loads itself again when it has to connect", async () => {
      const first = await signIn();
      const second = await context.newPage();
      await second.goto(await t.link());
      await second.waitForURL(`${t.url}/`);
      await live(second);
      await streamsAre(2);

      const reload = first.waitForEvent("load");
      await first.evaluate("dispatchEvent(new Event('online'))"); // Which makes it connect again.
      await reload;
      await live(first);
      await oneStream();
    });

    test("where the browser has no locks, as over plain http, they still have one stream, and hand it on", async () => {
      const first = await signIn();
      await context.addInitScript({ content: "Object.defineProperty(navigator, 'locks', { value: undefined });" });
      await first.goto(`${t.url}/?tenant=lease`);
      await live(first);
      const rest = [await another("/?tenant=lease"), await another("/?tenant=lease")];
      await oneStream();
      const resume = await STOPS["halted"]!(first);
      const id = t.create("While it does not run", { tenant: "lease" });
      for (const page of rest) await card(page, "ready", id);
      await resume();
      await card(first, "ready", id);
      await oneStream();
      await first.close();
      await rest[0]!.close();
      moveTask(t.board, id, "todo");
      await card(rest[1]!, "todo", id);
      await oneStream();
    });

    test("where it has no channel either, each page has a stream of its own", async () => {
      const first = await signIn();
      await context.addInitScript({ content: "delete globalThis.BroadcastChannel;" });
      await first.reload();
      await live(first);
      const second = await another("/?tenant=alone");
      await streamsAre(2);
      const id = t.create("For both", { tenant: "alone" });
      await card(first, "ready", id);
      await card(second, "ready", id);
    });
  },
);

// As text: the tests' own types know no browser. A page of a test is never in the background by itself.
const HIDEABLE = `(() => {
  let hidden = true;
  Object.defineProperty(document, "hidden", { get: () => hidden });
  Object.defineProperty(document, "visibilityState", { get: () => (hidden ? "hidden" : "visible") });
  window.show = (yes) => { hidden = !yes; document.dispatchEvent(new Event("visibilitychange")); };
})();`;
