import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { dump, refusal } from "../../testing/mod.ts";
import { HOST, ORIGIN, PORT, type TestWeb, testWeb } from "../../testing/web.ts";
import { CODE_MS, cookieName, endSession, mintCode, newSession, openKeys, sessionOf, spendCode } from "./keys.ts";

let t: TestWeb;
beforeAll(async () => void (t = await testWeb()));
afterAll(() => t.close());

describe("a session cookie", () => {
  const safe = (headers: Record<string, string>) => t.send("GET", "/api/stats", { headers });
  const unsafe = (headers: Record<string, string>, body = "{}") => t.send("POST", "/api/tasks", { headers, body });
  const cookie = () => t.browser["cookie"]!;

  test.each<[string, Record<string, string>, number]>([
    ["one of our pages", { "sec-fetch-site": "same-origin" }, 200],
    ["the address bar", { "sec-fetch-site": "none" }, 200],
    ["an old browser's own page", { origin: ORIGIN }, 200],
    ["a script of ours, over plain http from another machine", { "hx-request": "true" }, 200],
    ["nobody says where it comes from", {}, 401],
    ["nobody says where it comes from, and it looks like a page", { accept: "text/html" }, 401],
    ["another site", { "sec-fetch-site": "cross-site" }, 403],
    ["another site that looks like a script of ours", { "sec-fetch-site": "cross-site", "hx-request": "true" }, 403],
    ["another port of this machine", { "sec-fetch-site": "same-site" }, 403],
    ["another port that says so", { origin: `http://127.0.0.1:${PORT + 1}` }, 403],
    ["another port that says so, as a script", { origin: `http://127.0.0.1:${PORT + 1}`, "hx-request": "true" }, 403],
    ["a frame without an origin", { origin: "null", "hx-request": "true" }, 403],
    ["our host over TLS, which this session did not begin with", { origin: `https://${HOST}` }, 403],
    [
      "another site that pretends in one header",
      { origin: "http://evil.example", "sec-fetch-site": "same-origin" },
      403,
    ],
  ])("reads the API for %s", async (_, headers, status) => {
    expect((await safe({ cookie: cookie(), ...headers })).status).toBe(status);
  });

  test("opens pages from the address bar of a browser that says nothing, but no API and no stream", async () => {
    const headers = { cookie: cookie(), accept: "text/html,*/*;q=0.8" };
    for (const path of ["/", "/list", "/needs", "/new"]) {
      const page = await t.send("GET", path, { headers });
      expect([path, page.status]).toEqual([path, 200]);
      // What makes that harmless: no page of another origin can show or load it.
      expect(page.headers.get("x-frame-options")).toBe("DENY");
      expect(page.headers.get("cross-origin-resource-policy")).toBe("same-origin");
      expect(page.headers.get("x-content-type-options")).toBe("nosniff");
    }
    for (const path of ["/api/board", "/api/events", "/stream?since=0", "/api"]) {
      expect([path, (await t.send("GET", path, { headers })).status]).toEqual([path, 401]);
    }
    expect((await t.send("GET", "/", { headers: { cookie: cookie() } })).status).toBe(401);
  });

  test("answers no preflight, so no page of another origin can send what our scripts do", async () => {
    for (const path of ["/", "/api/board", "/stream", "/login"]) {
      const response = await t.send("OPTIONS", path, {
        headers: {
          cookie: cookie(),
          origin: "http://evil.example",
          "access-control-request-method": "GET",
          "access-control-request-headers": "hx-request",
        },
      });
      expect(response.ok).toBe(false);
      const cors = [...response.headers.keys()].filter((name) => name.startsWith("access-control"));
      expect(cors).toEqual([]);
    }
  });

  test.each([
    ["no headers", {}],
    ["a foreign origin", { origin: "http://evil.example" }],
    ["a foreign origin and our script's header", { origin: "http://evil.example", "hx-request": "true" }],
    ["the origin of another port", { origin: `http://127.0.0.1:${PORT + 1}`, "sec-fetch-site": "same-site" }],
    ["our host over another name", { origin: `http://localhost:${PORT}`, "sec-fetch-site": "same-site" }],
    ["https instead of http", { origin: `https://${HOST}` }],
    ["no origin but a friendly fetch-site", { "sec-fetch-site": "same-origin" }],
    ["no origin but our script's header", { "hx-request": "true" }],
    ["an opaque origin", { origin: "null", "sec-fetch-site": "cross-site" }],
    ["an opaque origin of this site", { origin: "null", "sec-fetch-site": "same-origin" }],
    ["an opaque origin alone", { origin: "null" }],
  ])("changes nothing with %s", async (_, headers) => {
    const types = [
      "application/json",
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
    ];
    const before = dump(t.board);
    for (const type of types) {
      const response = await unsafe({ cookie: cookie(), "content-type": type, ...headers }, '{"title":"x"}');
      expect(response.status).toBe(403);
    }
    expect(dump(t.board)).toBe(before);
  });

  test("changes things for a page of ours, through a tunnel too", async () => {
    const json = { cookie: cookie(), "content-type": "application/json" };
    expect((await unsafe({ ...json, origin: ORIGIN }, '{"title":"a"}')).status).toBe(200);
    const tunnel = { host: "localhost:9000", origin: "http://localhost:9000" };
    expect((await unsafe({ ...json, ...tunnel }, '{"title":"b"}')).status).toBe(200);
    // A page of another port cannot name that port as its own.
    const other = { host: HOST, origin: "http://localhost:9000" };
    expect((await unsafe({ ...json, ...other }, '{"title":"c"}')).status).toBe(403);
  });

  test("is refused when forged, run out, of another port, or signed out", async () => {
    const keys = t.web.keys;
    const name = cookieName(t.web.keys);
    const fetched = async (value: string, cookieName = name) =>
      (await safe({ cookie: `${cookieName}=${value}`, "sec-fetch-site": "same-origin" })).status;
    const good = newSession(keys, "maya");
    expect(await fetched(good)).toBe(200);
    expect(await fetched(`${good.slice(0, -1)}${good.endsWith("A") ? "B" : "A"}`)).toBe(401);
    expect(await fetched(newSession({ ...keys, port: PORT + 1 }, "maya"))).toBe(401);
    expect(await fetched(newSession(keys, "maya", Date.now() - 31 * 86_400_000))).toBe(401);
    expect(await fetched(mintCode(keys))).toBe(401);
    expect(await fetched(good, cookieName({ ...keys, port: PORT + 1 }))).toBe(401);
    endSession(keys, sessionOf(keys, good)!.id);
    expect(await fetched(good)).toBe(401);
  });

  test("ends with /logout, streams included", async () => {
    const session = { ...t.browser, cookie: `${cookieName(t.web.keys)}=${newSession(t.web.keys, "maya")}` };
    const stream = await t.send("GET", "/api/events", { headers: session });
    const reader = stream.body!.getReader();
    const out = await t.send("POST", "/logout", { headers: session });
    expect(out.status).toBe(303);
    expect(out.headers.get("set-cookie")).toContain("Max-Age=0");
    while (!(await reader.read()).done); // What was on its way still comes.
    expect((await t.send("GET", "/api/stats", { headers: session })).status).toBe(401);
  });

  test("that was signed out stays so for the next server; the others continue", async () => {
    const [out, kept] = [newSession(t.web.keys, "maya"), newSession(t.web.keys, "maya")];
    await t.send("POST", "/logout", { headers: { ...t.browser, cookie: `${cookieName(t.web.keys)}=${out}` } });
    const restarted = openKeys(t.home, PORT);
    expect(sessionOf(restarted, out)).toBeNull();
    expect(sessionOf(restarted, kept)).not.toBeNull();
    expect(statSync(t.home.signedOut).mode & 0o777).toBe(0o600);
    expect(openKeys(t.home, PORT, Date.now() + 31 * 86_400_000).ended.size).toBe(0);
  });
});

describe("a list of sign-outs that cannot be used", () => {
  test("keeps no server waiting, and lets no signed-out browser in [A3] [A4]", () => {
    rmSync(t.home.signedOut, { force: true });
    Bun.spawnSync(["mkfifo", t.home.signedOut]);
    expect(refusal(() => openKeys(t.home, PORT)).message).toBe(
      `Cannot use "${t.home.signedOut}": it must be a regular file, it is a pipe`,
    );
    rmSync(t.home.signedOut);
    writeFileSync(t.home.signedOut, "");
    truncateSync(t.home.signedOut, 6 * 1024 ** 3);
    expect(refusal(() => openKeys(t.home, PORT)).message).toEndWith("it is larger than 16 MiB");
    rmSync(t.home.signedOut);
  });

  test("ends a session all the same, until the server does, and says so [A10]", async () => {
    rmSync(t.home.signedOut, { recursive: true, force: true });
    mkdirSync(t.home.signedOut);
    const session = { ...t.browser, cookie: `${cookieName(t.web.keys)}=${newSession(t.web.keys, "maya")}` };

    expect((await t.send("POST", "/logout", { headers: session })).status).toBe(303);

    expect((await t.send("GET", "/api/stats", { headers: session })).status).toBe(401);
    expect(t.warnings.pop()).toContain("a sign-out holds only until this server ends");
    rmSync(t.home.signedOut, { recursive: true });
  });
});

describe("a sign-in code", () => {
  const exchange = (code: string, headers: Record<string, string> = {}) =>
    t.send("POST", "/login", {
      headers: { origin: ORIGIN, "content-type": "application/x-www-form-urlencoded", ...headers },
      body: new URLSearchParams({ code }).toString(),
    });

  test("gives a cookie once: HttpOnly, SameSite=Strict, named by the board", async () => {
    const code = mintCode(t.web.keys);
    const first = await exchange(code);
    expect(first.status).toBe(204);
    const cookie = first.headers.get("set-cookie")!;
    expect(cookie).toMatch(
      new RegExp(`^${cookieName(t.web.keys)}=[^;]+; Max-Age=\\d+; Path=/; HttpOnly; SameSite=Strict$`),
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

  test.each(["one after the other", "all at once"])(
    "may be guessed ten times a minute, %s; the right one is let in all the same [D6] [S: resources]",
    async (how) => {
      const other = await testWeb();
      try {
        const guess = (code: string) =>
          other.send("POST", "/login", {
            headers: { origin: ORIGIN, "content-type": "application/x-www-form-urlencoded" },
            body: new URLSearchParams({ code }).toString(),
          });
        const answers: Response[] = [];
        if (how === "all at once")
          answers.push(...(await Promise.all(Array.from({ length: 15 }, () => guess("wrong")))));
        else for (let i = 0; i < 15; i++) answers.push(await guess(`wrong${i}`));
        expect(answers.map(({ status }) => status)).toEqual([
          ...Array<number>(10).fill(401),
          ...Array<number>(5).fill(429),
        ]);
        const late = await guess("wrong again");
        expect(late.status).toBe(429);
        expect(late.headers.get("retry-after")).toBe("60");
        // The page's script shows it as it is.
        expect(await late.text()).toBe("Cannot sign in: too many wrong codes (maximum 10 a minute). Wait a minute.");
        expect(late.headers.get("set-cookie")).toBeNull();

        // Another user of this machine has the same address as the owner.
        const right = mintCode(other.web.keys);
        const owner = await guess(right);
        expect(owner.status).toBe(204);
        expect(owner.headers.get("set-cookie")).toStartWith(cookieName(other.web.keys));
        // That does not give the others ten more guesses.
        expect((await guess("wrong")).status).toBe(429);
        expect((await guess(right)).status).toBe(429);
      } finally {
        other.close();
      }
    },
  );
});

describe("a page without a session", () => {
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

describe("the page that was asked for before", () => {
  const signIn = (next: string, headers: Record<string, string> = {}) =>
    t.send("POST", "/login", {
      headers: { origin: ORIGIN, "content-type": "application/x-www-form-urlencoded", ...headers },
      body: new URLSearchParams({ code: mintCode(t.web.keys), next }).toString(),
    });
  const asked = async (path: string) => {
    const html = await (await t.send("GET", path, { headers: { accept: "text/html" } })).text();
    return /name="next" value="([^"]*)"/.exec(html)?.[1]?.replaceAll("&amp;", "&");
  };

  test.each(["/t/t_1a2b3c4d", "/?tenant=acme&q=a%20b", "/list?status=done", "/"])(
    "%s is opened after it",
    async (path) => {
      expect(await asked(path)).toBe(path);
      expect(await asked(`/login?next=${encodeURIComponent(path)}`)).toBe(path);
      expect((await signIn(path)).headers.get("location")).toBe(path);
      const page = await signIn(path, { accept: "text/html" });
      expect([page.status, page.headers.get("location")]).toEqual([303, path]);
    },
  );

  test.each([
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "/.//evil.example",
    "/\t/evil.example",
    "/..//evil.example",
    "javascript:alert(1)",
    "login",
    "/login?next=/login",
    "/logout",
    "",
  ])("%j is none of ours: the board is opened", async (path) => {
    expect(await asked(`/login?next=${encodeURIComponent(path)}`)).toBe("/");
    expect((await signIn(path)).headers.get("location")).toBe("/");
    expect((await signIn(path, { accept: "text/html" })).headers.get("location")).toBe("/");
  });

  test("a wrong code keeps it", async () => {
    const refused = await t.send("POST", "/login", {
      headers: { origin: ORIGIN, "content-type": "application/x-www-form-urlencoded", accept: "text/html" },
      body: new URLSearchParams({ code: "wrong", next: "/list" }).toString(),
    });
    expect(await refused.text()).toContain('name="next" value="/list"');
  });
});

test("everything that the login page is made of can be had without a session", async () => {
  const html = await (await t.send("GET", "/login")).text();
  const parts = [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map((match) => match[1]!);
  expect(parts).toContain("/static/icon.svg");
  for (const path of parts) expect(await t.send("GET", path).then(({ status }) => [path, status])).toEqual([path, 200]);
});

describe("behind a proxy that adds TLS", () => {
  let proxied: TestWeb;
  const host = { host: "board.example" };
  const form = { "content-type": "application/x-www-form-urlencoded" };
  beforeAll(async () => void (proxied = await testWeb({ allowHosts: ["board.example"] })));
  afterAll(() => proxied.close());
  const signIn = async (headers: Record<string, string>) => {
    const body = new URLSearchParams({ code: mintCode(proxied.web.keys) }).toString();
    return proxied.send("POST", "/login", { headers: { ...form, ...headers }, body });
  };
  const act = (headers: Record<string, string>) =>
    proxied.send("POST", "/api/tasks", {
      headers: { ...host, "content-type": "application/json", ...headers },
      body: '{"title":"x"}',
    });

  test("the cookie goes over TLS alone, and holds for the https origin alone", async () => {
    const answer = await signIn({ ...host, origin: "https://board.example" });
    expect(answer.status).toBe(204);
    const cookie = answer.headers.get("set-cookie")!;
    expect(cookie).toStartWith(`__Secure-${cookieName(proxied.web.keys)}=`);
    expect(cookie).toContain("; Secure");

    const session = { cookie: cookie.split(";")[0]! };
    expect((await act({ ...session, origin: "https://board.example" })).status).toBe(200);
    const before = dump(proxied.board);
    for (const origin of ["http://board.example", "https://board.example:8443", "https://evil.example", "null"]) {
      expect([origin, (await act({ ...session, origin })).status]).toEqual([origin, 403]);
    }
    expect(dump(proxied.board)).toBe(before);
  });

  test("no header of a proxy is believed: anyone can send one", async () => {
    const answer = await signIn({
      ...host,
      origin: "http://board.example",
      "x-forwarded-proto": "https",
      "x-forwarded-host": "evil.example",
    });
    expect(answer.status).toBe(204);
    expect(answer.headers.get("set-cookie")).not.toContain("Secure");
    const forwarded = { host: "evil.example", "x-forwarded-host": "board.example", origin: "http://board.example" };
    expect((await signIn(forwarded)).status).toBe(403);
  });

  test("one that does not pass Host on is named as the cause", async () => {
    const answer = await signIn({ origin: "https://board.example" });
    expect(answer.status).toBe(403);
    const { error } = (await answer.json()) as { error: { message: string; hint: string } };
    expect(error.message).toBe(`Cannot answer: Origin must be https://${HOST}, it is https://board.example`);
    expect(error.hint).toContain("must pass on the Host");
  });

  test("signing out takes both cookies back", async () => {
    const answer = await signIn({ ...host, origin: "https://board.example" });
    const cookie = answer.headers.get("set-cookie")!.split(";")[0]!;
    const out = await proxied.send("POST", "/logout", {
      headers: { ...host, cookie, origin: "https://board.example" },
    });
    const names = out.headers.getSetCookie().map((one) => one.split("=")[0]);
    expect(names.sort()).toEqual([cookieName(proxied.web.keys, true), cookieName(proxied.web.keys)].sort());
    const again = await proxied.send("GET", "/api/stats", {
      headers: { ...host, cookie, "sec-fetch-site": "same-origin" },
    });
    expect(again.status).toBe(401);
  });
});
