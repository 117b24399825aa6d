import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { blockTask, createTask } from "../../kernel/mod.ts";
import { refusal } from "../../testing/mod.ts";
import { type TestWeb, testWeb } from "../../testing/web.ts";
import { basePathOf, chunksWithin, refuseOwnPath } from "./base_path.ts";
import { cookieName, newSession } from "./keys.ts";

const BASE = "/kanban";
let t: TestWeb;
beforeAll(async () => void (t = await testWeb({ base: BASE })));
afterAll(() => t.close());

describe("basePathOf()", () => {
  test.each([
    ["", ""],
    ["/", ""],
    ["/kanban", "/kanban"],
    ["/kanban/", "/kanban"],
    ["/tools/board-2.0~a", "/tools/board-2.0~a"],
  ])("takes %j for %j", (text, base) => expect(basePathOf(text)).toBe(base));

  test.each(["kanban", "//evil.example", "/kan ban", "/..", "/a/./b", '/"onload=x', "/a?b", "https://x/kanban"])(
    "refuses %j",
    (text) => expect(refusal(() => basePathOf(text)).code).toBe("invalid"),
  );

  test("refuses what a path of the board begins with", () => {
    for (const base of ["/api", "/api/kanban", "/t", "/static"]) {
      const { message } = refusal(() => refuseOwnPath(base, t.app.routes));
      expect(message).toContain(`there is /${base.split("/")[1]}`);
    }
    for (const base of ["", "/kanban", "/tasks-of-acme"]) expect(refuseOwnPath(base, t.app.routes)).toBeUndefined();
  });
});

describe("under a base path", () => {
  const PAGES = ["/", "/needs", "/list", "/runs", "/deps", "/insights", "/new", "/help"];
  const links = (html: string) => [...html.matchAll(/\s(?:href|src|action)="(\/[^"]*)"/g)].map((match) => match[1]!);

  test("every link, form and file of every page has it, whether the proxy left it in the request or not", async () => {
    const { task } = createTask(t.board, { title: "Linked", body: "see t_00000000" });
    blockTask(t.board, task.id, { reason: "Which?" });
    for (const path of [...PAGES, `/t/${task.id}`]) {
      for (const asked of [path, BASE + path]) {
        const page = await t.page(asked);
        expect([asked, page.status]).toEqual([asked, 200]);
        expect([asked, links(page.html).filter((link) => !link.startsWith(`${BASE}/`))]).toEqual([asked, []]);
        expect(page.html).toContain(`data-base="${BASE}"`);
        expect(page.html).not.toContain(`${BASE}${BASE}`);
      }
    }
    expect((await t.page(BASE)).status).toBe(200);
    expect((await t.page(`${BASE}x/needs`)).status).toBe(404);
  });

  test("files are found, redirects lead to it, and cookies belong to it", async () => {
    const page = await t.page(`${BASE}/`);
    for (const path of links(page.html).filter((link) => /\/(?:static|vendor)\//.test(link))) {
      expect([path, (await t.send("GET", path)).status]).toEqual([path, 200]);
    }
    const task = createTask(t.board, { title: "Moved" }).task.id;
    const headers = { ...t.browser, "content-type": "application/x-www-form-urlencoded" };
    const moved = await t.send("POST", `${BASE}/t/${task}/move`, { headers, body: "to=todo" });
    expect([moved.status, moved.headers.get("location")]).toEqual([303, `${BASE}/t/${task}`]);
    const cookie = `${cookieName(t.web.keys)}=${newSession(t.web.keys, "ann")}`;
    const out = await t.send("POST", `${BASE}/logout`, { headers: { ...headers, cookie } });
    expect(out.headers.get("location")).toBe(`${BASE}/login`);
    expect(out.headers.get("set-cookie")).toContain(`Path=${BASE}`);
  });

  test("text that looks like a link stays as it is", async () => {
    const title = ' href="/evil" src="/x"';
    createTask(t.board, { title });
    const { html } = await t.page(`${BASE}/list`);
    expect(html).toContain("href=&quot;/evil&quot;");
    expect(html).not.toContain(`${BASE}/evil`);
  });

  test("messages of the stream have it, once for all who share them", () => {
    const outward = chunksWithin(BASE);
    const chunk = new TextEncoder().encode('data: <a href="/t/t_00000000">x</a> <a href="//other.example/">y</a>\n\n');
    expect(new TextDecoder().decode(outward(chunk))).toBe(
      'data: <a href="/kanban/t/t_00000000">x</a> <a href="//other.example/">y</a>\n\n',
    );
    expect(outward(chunk)).toBe(outward(chunk));
    expect(chunksWithin("")(chunk)).toBe(chunk);
  });
});
