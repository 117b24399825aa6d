import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { acceptName, type BrowserTest, launchBrowser, live, noBrowser, testBrowser } from "../../testing/browser.ts";
import { dump, until } from "../../testing/mod.ts";

setDefaultTimeout(60_000);

let t: BrowserTest;
let page: Page;
/** The server as another machine names it: for the browser it is no loopback address, so it sends no Sec-Fetch headers. */
let url: string;

describe.skipIf(noBrowser !== null)(
  `from another machine, over plain http${noBrowser === null ? "" : ` (skipped: ${noBrowser})`}`,
  () => {
    beforeAll(async () => {
      t = await testBrowser({
        server: ["--host", "0.0.0.0", "--allow-host", "board.test"],
        browser: ["--host-resolver-rules=MAP *.test 127.0.0.1"],
      });
      url = `http://board.test:${new URL(t.url).port}`;
      page = await (await t.browser.newContext()).newPage();
    });
    afterAll(() => t?.close());
    afterEach(() => expect(t.problems()).toEqual([]));

    test("the link that kanban serve prints signs in, and the board lives [L9]", async () => {
      const headers: Record<string, string>[] = [];
      page.on("request", (request) => void request.allHeaders().then((all) => headers.push(all)));
      const link = await t.link();
      expect(link).toStartWith(`${url}/login#`);
      await page.goto(link);
      await acceptName(page);
      await page.waitForURL(`${url}/`);
      await live(page);
      expect(headers.some((sent) => "sec-fetch-site" in sent)).toBe(false); // Else this proves nothing.

      const id = t.create("From elsewhere");
      await page.locator(`#list-ready > #card-${id}`).waitFor();
      await page.locator(`#card-${id} h3 a`).click();
      await page.locator("#drawer .compose [name=body]").fill("from another machine");
      await page.locator("#drawer .compose [name=body]").press("Enter");
      await page.locator("#d-comments", { hasText: "from another machine" }).waitFor();
      await page.reload();
      await page.locator("#d-comments", { hasText: "from another machine" }).waitFor();
      await page.goto(`${url}/list`);
      await live(page);
    });

    test("a form works without scripts", async () => {
      const id = t.create("A rough idea", { triage: true });
      const plain = await t.browser.newContext({ javaScriptEnabled: false });
      await plain.addCookies(await page.context().cookies());
      const reader = await plain.newPage();
      await reader.goto(`${url}/t/${id}`);
      await reader.locator('#drawer form[action$="/move"] button', { hasText: "Make it ready" }).click();
      await reader.waitForURL(`${url}/t/${id}`);
      await until(async () => (await reader.locator("#drawer .sheet").getAttribute("data-status")) === "ready");
      await plain.close();
    });

    test("a link on another site leads to the page with the session", async () => {
      const chat = Bun.serve({
        hostname: "127.0.0.1",
        port: 0,
        fetch: () => new Response(`<a href="${url}/needs">look</a>`, { headers: { "content-type": "text/html" } }),
      });
      const reader = await page.context().newPage();
      try {
        await reader.goto(`http://chat.test:${chat.port}`);
        await reader.locator("a").click();
        await reader.locator("#needs").waitFor();
      } finally {
        await reader.close();
        await chat.stop(true);
      }
    });

    test("another port of the same name, and another site, get nothing by any try [L9]", async () => {
      const evil = Bun.serve({
        hostname: "127.0.0.1",
        port: 0,
        fetch: () => new Response("<title>evil</title>", { headers: { "content-type": "text/html" } }),
      });
      const before = dump(t.board);
      const victim = await page.context().newPage();
      try {
        for (const name of ["board.test", "evil.test"]) {
          await victim.goto(`http://${name}:${evil.port}`);
          const tried = await victim.evaluate(ATTEMPTS.replaceAll("BOARD", url));
          expect(tried).toEqual(["", "", "", "", "", "", "", "", ""]);
        }
        expect(dump(t.board)).toBe(before);
      } finally {
        await victim.close();
        await evil.stop(true);
      }
    });

    test("a name that was not allowed gets nothing", async () => {
      const fooled = await launchBrowser("--host-resolver-rules=MAP *.test 127.0.0.1");
      try {
        const rebound = await fooled.newPage();
        const opened = await rebound.goto(`http://rebound.test:${new URL(url).port}/`);
        expect(opened!.status()).toBe(403);
        expect(await rebound.evaluate("fetch('/login').then((r) => r.status)")).toBe(403);
      } finally {
        await fooled.close();
      }
    });

    test("a browser that keeps no cookie is told so", async () => {
      const context = await t.browser.newContext();
      const visitor = await context.newPage();
      await visitor.route(`${url}/`, async (route) => {
        await context.clearCookies();
        await route.continue();
      });
      await visitor.goto(await t.link());
      await acceptName(visitor);
      await visitor.locator("#login-say", { hasText: "did not keep or send the session" }).waitFor();
      await context.close();
    });
  },
);

describe.skipIf(noBrowser !== null)("through a tunnel to another port of this machine", () => {
  test("the board signs in, lives and acts", async () => {
    const tunnelled = await testBrowser();
    const port = Number(new URL(tunnelled.url).port);
    const tunnel = forward(port);
    try {
      const visitor = await tunnelled.browser.newPage();
      const here = `http://localhost:${tunnel.port}`;
      await visitor.goto((await tunnelled.link()).replace(tunnelled.url, here));
      await acceptName(visitor);
      await visitor.waitForURL(`${here}/`);
      await live(visitor);
      const id = tunnelled.create("Through the tunnel");
      await visitor.locator(`#card-${id} h3 a`).click();
      await visitor.locator("#drawer .compose [name=body]").fill("and back");
      await visitor.locator("#drawer .compose [name=body]").press("Enter");
      await visitor.locator("#d-comments", { hasText: "and back" }).waitFor();
    } finally {
      tunnel.stop(true);
      await tunnelled.close();
    }
  });
});

/** What `ssh -L` does: hands on bytes from a port of its own. */
function forward(to: number): Bun.TCPSocketListener<unknown> {
  return Bun.listen<{ up: Promise<Bun.Socket> }>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(down) {
        const up = Bun.connect({
          hostname: "127.0.0.1",
          port: to,
          socket: { data: (_, bytes) => void down.write(bytes), close: () => void down.end() },
        });
        down.data = { up };
      },
      data: (down, bytes) => void down.data.up.then((up) => up.write(bytes)),
      close: (down) => void down.data.up.then((up) => up.end()),
    },
  });
}

// As text: the tests' own types know no browser. Each attempt gives what it could read.
const ATTEMPTS = `(async () => {
  const form = new URLSearchParams({ title: "evil" });
  const post = (path, more) => fetch("BOARD" + path, { method: "POST", credentials: "include", ...more }).then((r) => r.text());
  const attempts = [
    fetch("BOARD/api/board", { credentials: "include" }).then((r) => r.text()),
    fetch("BOARD/api/board", { credentials: "include", headers: { "HX-Request": "true" } }).then((r) => r.text()),
    fetch("BOARD/", { credentials: "include", mode: "no-cors" }).then((r) => r.text()),
    post("/api/tasks", { body: '{"title":"evil"}', headers: { "content-type": "application/json" } }),
    post("/tasks", { mode: "no-cors", body: form }),
    post("/tasks", { mode: "no-cors", body: form, referrerPolicy: "no-referrer" }),
    post("/stream", { mode: "no-cors", body: new URLSearchParams({ sub: "key=a&since=0" }) }),
    new Promise((done) => { const f = document.createElement("iframe"); f.src = "BOARD/"; f.onload = () => { try { done(f.contentDocument.title) } catch { done("") } }; document.body.append(f); }),
    new Promise((done) => { const f = document.createElement("iframe"); f.sandbox = "allow-scripts allow-forms"; f.srcdoc = '<form method="post" action="BOARD/tasks"><input name="title" value="evil"></form><script>document.forms[0].submit()<' + '/script>'; f.onload = () => setTimeout(() => done(""), 300); document.body.append(f); }),
  ];
  return (await Promise.allSettled(attempts)).map(({ value }) => value ?? "");
})()`;
