import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { logPath } from "../../home.ts";
import {
  addComment,
  addPerson,
  asActor,
  blockTask,
  claimTask,
  completeTask,
  editTask,
  failRun,
  heartbeat,
  isPersonName,
  linkTasks,
  recordSpawned,
  saveView,
} from "../../kernel/mod.ts";
import { type BrowserTest, launchBrowser, noBrowser, testBrowser } from "../../testing/browser.ts";

setDefaultTimeout(60_000);

/** Text that becomes something else if it is not escaped. */
const PAYLOADS = [
  `<script>pwned("script")</script>`,
  `<img src=x onerror=pwned("img")>`,
  `"><svg onload=pwned("svg")>`,
  `' onmouseover='pwned("attribute")`,
  `<hx-partial hx-target="body" hx-swap="innerHTML">pwned</hx-partial>`,
  `<div hx-get="/logout" hx-trigger="load" hx-post="/pause">htmx</div>`,
  `<a href="javascript:pwned('link')">link</a>`,
  `[markdown](javascript:pwned(1)) ![image](https://evil.example/x.png) <https://evil.example>`,
  `<style>*{display:none}</style><link rel=stylesheet href=//evil.example/x.css>`,
  `<meta http-equiv=refresh content="0;url=//evil.example"><base href="//evil.example/">`,
  `<iframe srcdoc="<script>parent.pwned('frame')</script>"></iframe>`,
  `</title></textarea></template></select><form action=//evil.example><input name=x>`,
  "{{constructor.constructor('pwned(1)')()}} ${pwned(1)} `pwned(1)`",
  "\r\revent: reset\rdata: gap\r\r\u2028\u202e\u0007 pwned",
  `&lt;script&gt;pwned("entity")&lt;/script&gt; &#60;script&#62;`,
] as const;

let t: BrowserTest;
let page: Page;
const ids: Record<string, string> = {};

describe.skipIf(noBrowser !== null)(
  `pages keep what others wrote as text${noBrowser === null ? "" : ` (skipped: ${noBrowser})`}`,
  () => {
    beforeAll(async () => {
      t = await testBrowser();
      seed();
      ({ page } = await t.open());
      await page.addInitScript({ content: "window.pwned = (how) => console.error('pwned: ' + how);" });
    });
    afterAll(() => t?.close());
    afterEach(() => expect(t.problems()).toEqual([]));

    /** A board with something in every column, and every payload in every field that takes text. */
    function seed(): void {
      const all = PAYLOADS.join("\n\n");
      for (const payload of PAYLOADS) {
        const id = t.create(payload, {
          body: payload,
          assignee: payload.slice(0, 200),
          tenant: payload.slice(0, 200),
          priority: 2,
        });
        ids["edited"] ??= id;
        const author = payload.slice(0, 200);
        addComment(t.board, id, { body: payload, author });
        if (!isPersonName(author)) continue;
        const person = asActor(t.board, author);
        addPerson(t.board, author);
        saveView(person, {
          name: author,
          page: "list",
          query: new URLSearchParams({ q: payload }).toString(),
          shared: true,
        });
        addComment(person, id, { body: `@maya ${all} ${PAYLOADS.map((name) => `@${name}`).join(" ")}` });
        editTask(person, id, { title: `${payload} 2`, body: all });
      }
      ids["ready"] = t.create("Everything at once", {
        body: all,
        skills: ["a"],
        workspace_kind: "dir",
        workspace_path: `/tmp/${PAYLOADS[1]}`,
      });
      ids["child"] = t.create(`Child ${PAYLOADS[0]}`, { parents: [ids["ready"]] });
      ids["triage"] = t.create("An idea", { triage: true });
      ids["blocked"] = t.create("Asks");
      blockTask(t.board, ids["blocked"], { reason: all });
      ids["done"] = t.create("Finished");
      completeTask(t.board, ids["done"], {
        summary: all,
        result: all,
        metadata: Object.fromEntries(PAYLOADS.map((payload) => [payload, payload])),
      });
      ids["review"] = t.create("To approve", { review: true });
      const reviewed = claimTask(t.board, ids["review"], { claimer: PAYLOADS[1] });
      completeTask(t.board, ids["review"], { runId: reviewed.run.id, summary: all, result: all });
      ids["failed"] = t.create("Failed", { assignee: "demo" });
      const failed = claimTask(t.board, ids["failed"], { claimer: "w" });
      failRun(
        t.board,
        { taskId: ids["failed"], runId: failed.run.id },
        { kind: "crashed", error: all, pid: 1, exit_code: 1, signal: null, log_tail: all },
        { failureLimit: 1, backoffMs: () => 0 },
      );
      ids["running"] = t.create("Running", { assignee: "demo" });
      const { run } = claimTask(t.board, ids["running"], { claimer: PAYLOADS[2] });
      recordSpawned(t.board, { taskId: ids["running"], runId: run.id, pid: 4_000_000, pid_started: "1", boot_id: "b" });
      heartbeat(t.board, ids["running"], { runId: run.id, note: all });
      mkdirSync(t.home.logs, { recursive: true });
      writeFileSync(
        logPath(t.home, ids["running"]),
        `\x1b[31m${all}\x1b[0m\n\x1b]8;;javascript:pwned(1)\x07link\x1b]8;;\x07\n`,
      );
      linkTasks(t.board, ids["child"], ids["running"]);
    }

    const pages = () => ({
      board: "/",
      archived: "/?archived=1&tenant=*",
      filtered: `/?tenant=${encodeURIComponent(PAYLOADS[2])}&q=${encodeURIComponent(PAYLOADS[2].slice(0, 20))}`,
      drawer: `/t/${ids["ready"]}`,
      "drawer-edited": `/t/${ids["edited"]}`,
      "drawer-blocked": `/t/${ids["blocked"]}`,
      "drawer-done": `/t/${ids["done"]}`,
      "drawer-running": `/t/${ids["running"]}`,
      "drawer-failed": `/t/${ids["failed"]}`,
      needs: "/needs",
      runs: "/runs",
      list: "/list",
      deps: "/deps",
      insights: "/insights",
      new: "/new",
      help: "/help",
      api: "/api",
    });

    test("no payload in any field becomes more than text [S: XSS by title]", async () => {
      for (const [name, path] of Object.entries(pages())) {
        await t.visit(page, path);
        if (name === "drawer-edited") {
          await page.locator('[data-do="history"]').first().click();
          await page.locator("#history-body del, #history-body ins").first().waitFor();
        }
        const found = await page.evaluate(`({
        scripts: [...document.scripts].filter((s) => !new URL(s.src).pathname.match(/^\\/(static|vendor)\\//)).length,
        handlers: [...document.querySelectorAll("*")].filter((e) => [...e.attributes].some((a) => /^on|^style$|^srcdoc$/i.test(a.name)) && !e.closest(".carried, #menu")).map((e) => e.outerHTML.slice(0, 80)),
        links: [...document.querySelectorAll("a")].map((a) => a.getAttribute("href") ?? "").filter((href) => !/^(https?:|mailto:|\\/|#)/.test(href)),
        foreign: [...document.querySelectorAll("[src], link[href], form[action]")].filter((e) => new URL(e.src ?? e.href ?? e.action, location.href).origin !== location.origin).length,
        frames: document.querySelectorAll("iframe, object, embed, base, meta[http-equiv]").length,
        ours: [...document.querySelectorAll("hx-partial")].length,
      })`);
        expect({ name, found }).toEqual({
          name,
          found: { scripts: 0, handlers: [], links: [], foreign: 0, frames: 0, ours: 0 },
        });
        expect([name, t.problems()]).toEqual([name, []]);
      }
    });

    test("no payload that arrives by the stream becomes more than text [S: htmx and SSE]", async () => {
      await t.visit(page, `/t/${ids["running"]}`);
      for (const payload of PAYLOADS) {
        const id = t.create(`Live ${payload}`, { tenant: payload.slice(0, 200), priority: 4 });
        addComment(t.board, ids["running"]!, { body: payload });
        await page.locator(`#card-${id}`).waitFor();
      }
      const last = PAYLOADS.at(-1)!;
      await page.locator("#drawer", { hasText: last.slice(0, 20) }).waitFor();
      expect(await page.locator("#view, #drawer").count()).toBe(2);
      expect(await page.evaluate("document.body.dataset.page")).toBe("board");
    });

    test("markdown links open elsewhere and reveal nothing", async () => {
      addComment(t.board, ids["triage"]!, { body: "see [the docs](https://example.com/docs)" });
      await t.visit(page, `/t/${ids["triage"]}`);
      const link = page.locator('#drawer a[href="https://example.com/docs"]');
      expect(await link.getAttribute("target")).toBe("_blank");
      expect(await link.getAttribute("rel")).toContain("noopener");
      expect(await link.getAttribute("rel")).toContain("noreferrer");
    });

    test("reading needs no script", async () => {
      const { context } = await t.open();
      const [cookie] = await context.cookies();
      const plain = await t.browser.newContext({ javaScriptEnabled: false });
      await plain.addCookies([cookie!]);
      const reader = await plain.newPage();
      for (const [path, text] of [
        ["/", "Everything at once"],
        [`/t/${ids["done"]}`, "Finished"],
        ["/needs", "Asks"],
        ["/list", "Asks"],
        ["/insights", "Throughput"],
      ]) {
        await reader.goto(t.url + path!);
        expect(await reader.locator("body").textContent()).toContain(text!);
      }
      // What is done is folded.
      await reader.goto(`${t.url}/list`);
      await reader.locator("summary", { hasText: "Done" }).click();
      await reader.locator("#list-done a", { hasText: "Show" }).click();
      await reader.locator("body", { hasText: "Finished" }).waitFor();
      // And a form still works: the browser sends its origin as "null" and says that it comes from here.
      await reader.goto(`${t.url}/t/${ids["triage"]}`);
      await reader.locator('#drawer form[action$="/move"] button', { hasText: "Make it ready" }).click();
      await reader.waitForURL(`${t.url}/t/${ids["triage"]}`);
      expect(await reader.locator("#drawer .sheet").getAttribute("data-status")).toBe("ready");
      await plain.close();
      await context.close();
    });

    test("another site and another port get nothing by any try [S: requests from other]", async () => {
      const { context, page: victim } = await t.open({ watched: false });
      const evil = Bun.serve({
        hostname: "127.0.0.1",
        port: 0,
        fetch: () => new Response("<title>evil</title>", { headers: { "content-type": "text/html" } }),
      });
      try {
        for (const origin of [`http://127.0.0.1:${evil.port}`, `http://localhost:${evil.port}`]) {
          await victim.goto(origin);
          const tried = await victim.evaluate(`(async () => {
          const attempts = [
            fetch("${t.url}/api/board", { credentials: "include" }).then((r) => r.text()),
            fetch("${t.url}/api/tasks", { method: "POST", credentials: "include", body: '{"title":"evil"}', headers: { "content-type": "application/json" } }).then((r) => r.text()),
            fetch("${t.url}/tasks", { method: "POST", credentials: "include", mode: "no-cors", body: new URLSearchParams({ title: "evil" }) }).then((r) => r.text()),
            fetch("${t.url}/pause", { method: "POST", credentials: "include", mode: "no-cors" }).then((r) => r.text()),
            new Promise((done, fail) => { const i = new Image(); i.onload = () => done("loaded"); i.onerror = fail; i.src = "${t.url}/insights/flow.svg"; }),
            new Promise((done) => { const f = document.createElement("iframe"); f.src = "${t.url}/"; f.onload = () => { try { done(f.contentDocument.title) } catch { done("") } }; document.body.append(f); }),
          ];
          return (await Promise.allSettled(attempts)).map(({ value }) => value ?? "");
        })()`);
          expect(tried).toEqual(["", "", "", "", "", ""]);
        }
        const { board } = t.cli;
        expect(board((b) => b.db.query("SELECT count(*) AS n FROM tasks WHERE title = 'evil'").get())).toEqual({
          n: 0,
        });
        expect(board((b) => b.db.query("SELECT paused FROM board_state").get())).toEqual({ paused: 0 });
      } finally {
        await evil.stop(true);
        await context.close();
      }
    });

    test("a link on another site leads to the page with the session", async () => {
      const { context, page: reader } = await t.open({ watched: false });
      const headers = { "content-type": "text/html" };
      const chat = Bun.serve({
        hostname: "127.0.0.1",
        port: 0,
        fetch: () => new Response(`<a href="${t.url}/needs">look at this</a>`, { headers }),
      });
      try {
        await reader.goto(`http://localhost:${chat.port}`);
        await reader.locator("a").click();
        await reader.locator("#needs").waitFor();
        expect(reader.url()).toBe(`${t.url}/needs`);
      } finally {
        await chat.stop(true);
        await context.close();
      }
    });

    test("a page of a name that an attacker points at this machine gets nothing [S: DNS rebinding]", async () => {
      const port = new URL(t.url).port;
      const fooled = await launchBrowser("--host-resolver-rules=MAP evil.example 127.0.0.1");
      try {
        const rebound = await fooled.newPage();
        const opened = await rebound.goto(`http://evil.example:${port}/`);
        expect(opened!.status()).toBe(403);
        // The page that was shown is of the attacker's origin: from there everything is same-origin.
        const tried = await rebound.evaluate<number[]>(`Promise.all(
          ["/api/board", "/static/board.css", "/login", "/stream?view=/&since=0", "/api/events"].map((path) =>
            fetch(path, { credentials: "include" }).then((r) => r.status)),
        )`);
        expect(tried).toEqual([403, 403, 403, 403, 403]);
        const posted = await rebound.evaluate<number>(
          `fetch("/login", { method: "POST", body: new URLSearchParams({ code: "x" }) }).then((r) => r.status)`,
        );
        expect(posted).toBe(403);
      } finally {
        await fooled.close();
      }
    });

    test("a name that an attacker points at this machine is refused", async () => {
      const port = new URL(t.url).port;
      for (const host of [`evil.example:${port}`, "evil.example", `127.0.0.1.evil.example:${port}`]) {
        const response = await fetch(`${t.url}/static/board.css`, { headers: { host } });
        expect([host, response.status]).toEqual([host, 403]);
      }
    });
  },
);
