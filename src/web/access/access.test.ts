import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, chownSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { createTask, eventsAfter } from "../../kernel/mod.ts";
import { refusal } from "../../testing/mod.ts";
import { ORIGIN, PORT, type TestWeb, testWeb } from "../../testing/web.ts";
import { OPEN_ROUTES } from "./access.ts";
import { isToken, openKeys } from "./keys.ts";

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

  test("without credentials only the login page, its parts and the exchange answer [S: access]", async () => {
    const open: string[] = [];
    for (const { method, path } of [...routes(), { method: "GET", path: "/no/such/route" }]) {
      const response = await t.send(method, path, { headers: { origin: ORIGIN, "sec-fetch-site": "same-origin" } });
      const isGuarded = response.status === 401 && response.headers.get("set-cookie") === null;
      if (!isGuarded || OPEN_ROUTES.has(`${method} ${path}`)) open.push(`${method} ${path}`);
    }
    // Files of the program are the same for everybody.
    const files = open.filter((route) => /^GET \/(?:static|vendor)\/\S+$/.test(route));
    expect(files.length).toBe(4);
    expect(open.filter((route) => !files.includes(route)).sort()).toEqual(["GET /login", "POST /login"]);
  });

  test("a foreign Host is refused before anything else, with the right token in hand [S: DNS rebinding]", async () => {
    const hosts = [
      "evil.example",
      `evil.example:${PORT}`,
      "0.0.0.0",
      `127.0.0.1.evil.example:${PORT}`,
      `localhost.evil.example:${PORT}`,
      `evil.localhost:${PORT}`,
      "127.0.0.1:4747:80",
      "user@127.0.0.1",
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
      expect(response.headers.get("referrer-policy")).toBe("same-origin");
      expect(response.headers.get("x-frame-options")).toBe("DENY");
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
    }
  });
});

describe("the token", () => {
  test("accepts a program with any Origin", async () => {
    const response = await t.send("GET", "/api/stats", { headers: { ...t.bearer, "sec-fetch-site": "cross-site" } });
    expect(response.status).toBe(200);
  });

  test.each(["", "wrong", "Bearer", "0".repeat(43)])("is not %p", async (given) => {
    const response = await t.send("GET", "/api/stats", { headers: { authorization: `Bearer ${given}` } });
    expect(response.status).toBe(401);
    expect(isToken(t.web.keys, given)).toBe(false);
  });

  test("is in a 0600 file of 256 bits, and the same one for every process [S: file modes]", () => {
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
      expect(refusal(() => openKeys(other.home, 1)).message).toContain("it must be 256 bits");
      rmSync(other.home.token);
      expect(openKeys(other.home, 1).token).not.toBe(other.web.keys.token);
    } finally {
      other.close();
    }
  });
});

describe("a token that cannot be used", () => {
  let other: TestWeb;
  beforeAll(async () => void (other = await testWeb()));
  afterAll(() => other.close());

  test("keeps no server waiting, and is not followed elsewhere [A3] [A4]", () => {
    const { home } = other;
    const put: [string, () => unknown][] = [
      ["it is a pipe", () => Bun.spawnSync(["mkfifo", home.token])],
      ["it is a link", () => symlinkSync("/etc/passwd", home.token)],
      [
        "it is larger than 4 KiB",
        () => (writeFileSync(home.token, "", { mode: 0o600 }), truncateSync(home.token, 6e9)),
      ],
    ];
    for (const [found, act] of put) {
      rmSync(home.token);
      act();
      expect(refusal(() => openKeys(home, 1)).message).toEndWith(`it must be a regular file, ${found}`);
    }
  });

  test.skipIf(process.getuid?.() !== 0)("is refused when another user owns it, who is named [A7]", () => {
    const { home } = other;
    rmSync(home.token, { force: true });
    openKeys(home, 1);
    chownSync(home.token, 65_533, 65_533);

    expect(refusal(() => openKeys(home, 1)).message).toMatch(
      /^Cannot use access token ".*": it must belong to this user \(uid 0\), it belongs to .*uid 65533/,
    );
  });
});
