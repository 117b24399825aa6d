import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createTask, eventsAfter } from "../kernel/mod.ts";
import { refusal } from "../testing/mod.ts";
import { HOST, ORIGIN, PORT, type TestWeb, testWeb } from "../testing/web.ts";
import { hostsOf, isLoopback, OPEN_ROUTES } from "./access.ts";
import {
  CODE_MS,
  cookieName,
  endSession,
  isToken,
  mintCode,
  newSession,
  openKeys,
  sessionOf,
  spendCode,
} from "./keys.ts";

let t: TestWeb;
beforeAll(async () => void (t = await testWeb()));
afterAll(() => t.close());

/** Every route of the router with a method, parameters filled with something harmless. */
function routes(): { method: string; path: string }[] {
  const seen = new Map<string, { method: string; path: string }>();
  for (const { method, path } of t.app.routes) {
    if (method === "ALL") continue; // The guards themselves.
    const filled = path
      .replace(":name", "board.js")
      .replace(":status", "ready")
      .replace(":chart", "flow.svg")
      .replace(/:\w+/g, "t_00000000");
    seen.set(`${method} ${filled}`, { method, path: filled });
  }
  return [...seen.values()];
}

describe("every route of the router", () => {
  test("there are enough of them for this walk to mean something", () => {
    expect(routes().length).toBeGreaterThan(50);
  });

  test("without credentials only the login page, its parts and the exchange answer", async () => {
    const open: string[] = [];
    for (const { method, path } of [...routes(), { method: "GET", path: "/no/such/route" }]) {
      const response = await t.send(method, path, { headers: { origin: ORIGIN, "sec-fetch-site": "same-origin" } });
      const isGuarded = response.status === 401 && response.headers.get("set-cookie") === null;
      if (!isGuarded || OPEN_ROUTES.has(`${method} ${path}`)) open.push(`${method} ${path}`);
    }
    expect(open.sort()).toEqual(["GET /login", "POST /login"]);
    for (const path of ["/static/board.css", "/static/login.js"]) {
      expect((await t.send("GET", path)).status).toBe(200);
    }
  });

  test("a foreign Host is refused before anything else, with the right token in hand", async () => {
    const hosts = [
      "evil.example",
      `evil.example:${PORT}`,
      "127.0.0.1",
      `127.0.0.1:${PORT + 1}`,
      `localhost.evil.example:${PORT}`,
      "",
    ];
    for (const { method, path } of [...routes(), { method: "GET", path: "/static/board.css" }]) {
      for (const host of hosts) {
        const response = await t.send(method, path, { headers: { ...t.bearer, host } });
        expect(`${method} ${path} ${host} ${response.status}`).toBe(`${method} ${path} ${host} 403`);
      }
    }
  });

  test("no GET changes anything", async () => {
    const { task } = createTask(t.board, { title: "untouched" });
    const before = eventsAfter(t.board, 0);
    const paths = routes().filter(({ method, path }) => method === "GET" && !/^\/(?:stream|api\/events)/.test(path));
    for (const { path } of paths) {
      await t.send("GET", path.replace("t_00000000", task.id), { headers: t.bearer });
    }
    expect(eventsAfter(t.board, 0)).toEqual(before);
  });

  test("every answer carries the security headers, refusals too", async () => {
    for (const path of ["/", "/login", "/api/board", "/static/board.css", "/no/such/route"]) {
      const response = await t.send("GET", path);
      const csp = response.headers.get("content-security-policy")!;
      expect(csp).toContain("default-src 'self'");
      expect(csp).toContain("frame-ancestors 'none'");
      expect(csp).not.toContain("unsafe");
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      expect(response.headers.get("referrer-policy")).toBe("no-referrer");
      expect(response.headers.get("x-frame-options")).toBe("DENY");
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
    }
  });
});

describe("a session cookie", () => {
  const safe = (headers: Record<string, string>) => t.send("GET", "/api/stats", { headers });
  const unsafe = (headers: Record<string, string>, body = "{}") => t.send("POST", "/api/tasks", { headers, body });
  const cookie = () => t.browser["cookie"]!;

  test.each<[string, Record<string, string>, number]>([
    ["one of our pages", { "sec-fetch-site": "same-origin" }, 200],
    ["the address bar", { "sec-fetch-site": "none" }, 200],
    ["an old browser's own page", { origin: ORIGIN }, 200],
    ["nobody says where it comes from", {}, 401],
    ["another site", { "sec-fetch-site": "cross-site" }, 403],
    ["another port of this machine", { "sec-fetch-site": "same-site" }, 403],
    ["another port that says so", { origin: `http://127.0.0.1:${PORT + 1}` }, 403],
    [
      "another site that pretends in one header",
      { origin: "http://evil.example", "sec-fetch-site": "same-origin" },
      403,
    ],
  ])("reads for %s", async (_, headers, status) => {
    expect((await safe({ cookie: cookie(), ...headers })).status).toBe(status);
  });

  test.each([
    ["no headers", {}],
    ["a foreign origin", { origin: "http://evil.example" }],
    ["the origin of another port", { origin: `http://127.0.0.1:${PORT + 1}`, "sec-fetch-site": "same-site" }],
    ["our host over another name", { origin: `http://localhost:${PORT}`, "sec-fetch-site": "same-site" }],
    ["https instead of http", { origin: `https://${HOST}` }],
    ["no origin but a friendly fetch-site", { "sec-fetch-site": "same-origin" }],
    ["an opaque origin", { origin: "null", "sec-fetch-site": "cross-site" }],
    ["an opaque origin alone", { origin: "null" }],
  ])("changes nothing with %s", async (_, headers) => {
    const types = [
      "application/json",
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
    ];
    for (const type of types) {
      const response = await unsafe({ cookie: cookie(), "content-type": type, ...headers }, '{"title":"x"}');
      expect(response.status).toBe(403);
    }
    expect(eventsAfter(t.board, 0, { kinds: ["created"] }).length).toBe(1);
  });

  test("changes things for a page of ours, and for its forms without a script", async () => {
    const json = { cookie: cookie(), "content-type": "application/json" };
    expect((await unsafe({ ...json, origin: ORIGIN }, '{"title":"a"}')).status).toBe(200);
    expect((await unsafe({ ...json, origin: "null", "sec-fetch-site": "same-origin" }, '{"title":"b"}')).status).toBe(
      200,
    );
  });

  test("is refused when forged, run out, of another port, or signed out", async () => {
    const keys = t.web.keys;
    const name = cookieName(PORT);
    const fetched = async (value: string, cookieName = name) =>
      (await safe({ cookie: `${cookieName}=${value}`, "sec-fetch-site": "same-origin" })).status;
    const good = newSession(keys);
    expect(await fetched(good)).toBe(200);
    expect(await fetched(`${good.slice(0, -1)}${good.endsWith("A") ? "B" : "A"}`)).toBe(401);
    expect(await fetched(newSession({ ...keys, port: PORT + 1 }))).toBe(401);
    expect(await fetched(newSession(keys, Date.now() - 31 * 86_400_000))).toBe(401);
    expect(await fetched(mintCode(keys))).toBe(401);
    expect(await fetched(good, cookieName(PORT + 1))).toBe(401);
    endSession(keys, sessionOf(keys, good)!);
    expect(await fetched(good)).toBe(401);
  });

  test("ends with /logout, streams included", async () => {
    const session = { ...t.browser, cookie: `${cookieName(PORT)}=${newSession(t.web.keys)}` };
    const stream = await t.send("GET", "/api/events", { headers: session });
    const reader = stream.body!.getReader();
    const out = await t.send("POST", "/logout", { headers: session });
    expect(out.status).toBe(303);
    expect(out.headers.get("set-cookie")).toContain("Max-Age=0");
    while (!(await reader.read()).done); // What was on its way still comes.
    expect((await t.send("GET", "/api/stats", { headers: session })).status).toBe(401);
  });

  test("that was signed out stays so for the next server; the others go on", async () => {
    const [out, kept] = [newSession(t.web.keys), newSession(t.web.keys)];
    await t.send("POST", "/logout", { headers: { ...t.browser, cookie: `${cookieName(PORT)}=${out}` } });
    const restarted = openKeys(t.home, PORT);
    expect(sessionOf(restarted, out)).toBeNull();
    expect(sessionOf(restarted, kept)).not.toBeNull();
    expect(statSync(t.home.signedOut).mode & 0o777).toBe(0o600);
    expect(openKeys(t.home, PORT, Date.now() + 31 * 86_400_000).ended.size).toBe(0);
  });
});

describe("the token", () => {
  test("lets a program in whatever page it is thought to come from", async () => {
    const response = await t.send("GET", "/api/stats", { headers: { ...t.bearer, "sec-fetch-site": "cross-site" } });
    expect(response.status).toBe(200);
  });

  test.each(["", "wrong", "Bearer", "0".repeat(43)])("is not %p", async (given) => {
    const response = await t.send("GET", "/api/stats", { headers: { authorization: `Bearer ${given}` } });
    expect(response.status).toBe(401);
    expect(isToken(t.web.keys, given)).toBe(false);
  });

  test("lies in a 0600 file of 256 bits, and the same one for every process", () => {
    expect(statSync(t.home.token).mode & 0o777).toBe(0o600);
    expect(Buffer.from(t.web.keys.token, "base64url").length).toBe(32);
    expect(openKeys(t.home, 1).token).toBe(t.web.keys.token);
  });

  test("is refused when others may read its file, or it is none", async () => {
    const other = await testWeb();
    try {
      chmodSync(other.home.token, 0o640);
      expect(refusal(() => openKeys(other.home, 1)).message).toContain("only its owner may read it, its mode is 640");
      chmodSync(other.home.token, 0o600);
      writeFileSync(other.home.token, "short\n");
      expect(refusal(() => openKeys(other.home, 1)).message).toContain("it must hold 256 bits");
      rmSync(other.home.token);
      expect(openKeys(other.home, 1).token).not.toBe(other.web.keys.token);
    } finally {
      other.close();
    }
  });
});

describe("a sign-in code", () => {
  const exchange = (code: string, headers: Record<string, string> = {}) =>
    t.send("POST", "/login", {
      headers: { origin: ORIGIN, "content-type": "application/x-www-form-urlencoded", ...headers },
      body: new URLSearchParams({ code }).toString(),
    });

  test("gives a cookie once: HttpOnly, SameSite=Strict, named with the port", async () => {
    const code = mintCode(t.web.keys);
    const first = await exchange(code);
    expect(first.status).toBe(204);
    const cookie = first.headers.get("set-cookie")!;
    expect(cookie).toMatch(
      new RegExp(`^kanban_session_${PORT}=[^;]+; Max-Age=\\d+; Path=/; HttpOnly; SameSite=Strict$`),
    );
    expect((await exchange(code)).status).toBe(401);
    const signedIn = { cookie: cookie.split(";")[0]!, "sec-fetch-site": "same-origin" };
    expect((await t.send("GET", "/api/stats", { headers: signedIn })).status).toBe(200);
  });

  test("runs out after a minute, and is worth nothing from the future or from before the server", () => {
    const keys = { ...t.web.keys, spent: new Map(), since: 1_000_000 };
    expect(spendCode(keys, mintCode(keys, 1_000_000), 1_000_000 + CODE_MS)).toBe(false);
    expect(spendCode(keys, mintCode(keys, 2_000_000), 1_999_999)).toBe(false);
    expect(spendCode(keys, mintCode(keys, 900_000), 1_000_000)).toBe(false);
    expect(spendCode(keys, mintCode(keys, 1_000_000), 1_000_000 + CODE_MS - 1)).toBe(true);
  });

  test("is refused from a foreign page", async () => {
    const response = await exchange(mintCode(t.web.keys), { origin: "http://evil.example" });
    expect(response.status).toBe(403);
    expect(response.headers.get("set-cookie")).toBeNull();
  });

  test.each([
    ["application/json", '{"code":"x"}'],
    ["multipart/form-data", "x"],
    ["multipart/form-data; boundary=x", "--y"],
  ])("in a body that is no form (%s) is bad input, not a bug of the server", async (type, body) => {
    const response = await t.send("POST", "/login", { headers: { origin: ORIGIN, "content-type": type }, body });

    expect(response.status).toBe(400);
    expect(response.headers.get("set-cookie")).toBeNull();
    expect(t.warnings).toEqual([]);
  });

  test.each(["one after the other", "all at once"])("may be guessed ten times a minute, %s", async (how) => {
    const other = await testWeb();
    try {
      const guess = (code: string) =>
        other.send("POST", "/login", {
          headers: { origin: ORIGIN, "content-type": "application/x-www-form-urlencoded" },
          body: new URLSearchParams({ code }).toString(),
        });
      const answers: Response[] = [];
      if (how === "all at once") answers.push(...(await Promise.all(Array.from({ length: 15 }, () => guess("wrong")))));
      else for (let i = 0; i < 15; i++) answers.push(await guess(`wrong${i}`));
      expect(answers.map(({ status }) => status)).toEqual([
        ...Array<number>(10).fill(401),
        ...Array<number>(5).fill(429),
      ]);
      const late = await guess(mintCode(other.web.keys));
      expect(late.status).toBe(429);
      expect(late.headers.get("retry-after")).toBe("60");
      // The page's script shows it as it is.
      expect(await late.text()).toBe(
        "Cannot sign in: at most 10 wrong codes a minute, there were more. Wait a minute.",
      );
      expect(late.headers.get("set-cookie")).toBeNull();
    } finally {
      other.close();
    }
  });
});

describe("a page for somebody who is not signed in", () => {
  const page = { accept: "text/html", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };

  test("is the login page with status 401", async () => {
    const response = await t.send("GET", "/needs", { headers: { ...page, "sec-fetch-site": "none" } });
    expect(response.status).toBe(401);
    expect(response.headers.get("refresh")).toBeNull();
    expect(await response.text()).toContain('id="login"');
  });

  test("loads itself once more when a link on another site led there, since the cookie was withheld", async () => {
    const response = await t.send("GET", "/needs", { headers: { ...page, "sec-fetch-site": "cross-site" } });
    expect(response.status).toBe(401);
    expect(response.headers.get("refresh")).toBe("0");
  });
});

describe("hosts", () => {
  test("are those of this machine with our port, and the allowed ones with any", () => {
    const { own, allowed } = hostsOf(8080, "0.0.0.0", ["Board.Example"]);
    expect([...own]).toEqual(["127.0.0.1:8080", "localhost:8080", "[::1]:8080"]);
    expect([...allowed]).toEqual(["board.example"]);
    expect([...hostsOf(80, "127.0.0.1", []).own]).toContain("localhost");
  });

  test.each([
    ["127.0.0.1", true],
    ["127.8.9.1", true],
    ["::1", true],
    ["localhost", true],
    ["0.0.0.0", false],
    ["192.168.1.4", false],
    ["127.0.0.1.evil.example", false],
  ])("%s is loopback: %p", (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });
});
