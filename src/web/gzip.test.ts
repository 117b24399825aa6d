import { afterAll, beforeAll, expect, test } from "bun:test";
import { blockTask, createTask, listTasks, setPaused } from "../kernel/mod.ts";
import { HOST, ORIGIN, type TestWeb, testWeb } from "../testing/web.ts";
import { createApp } from "./app.tsx";

let t: TestWeb;
beforeAll(async () => {
  t = await testWeb();
  for (let i = 0; i < 120; i++)
    createTask(t.board, { title: `Task ${i}`, tenant: `tenant-${i % 7}`, assignee: "coder", priority: i % 4 });
});
afterAll(() => t.close());

const get = (path: string, accepted?: string) =>
  t.send("GET", path, {
    headers: { ...t.browser, ...(accepted === undefined ? {} : { "accept-encoding": accepted }) },
  });

/** A page without what the real clock says on it. */
const clock = (text: string) => text.replace(/data-now="\d+"|<time [^>]*>[^<]*| \d+(?:\.\d+)?\w+ ago/g, "");

test.each(["/", "/static/board.css", "/static/board.js", "/static/marks.svg", "/list"])(
  "%s is sent compressed to a client that takes it, with the same text and the same headers",
  async (path) => {
    const plain = await get(path);
    const packed = await get(path, "gzip, deflate, br");

    expect(plain.headers.get("content-encoding")).toBeNull();
    expect(packed.headers.get("vary")?.toLowerCase()).toContain("accept-encoding");
    for (const name of ["content-type", "cache-control", "etag", "content-security-policy"])
      expect([name, packed.headers.get(name)]).toEqual([name, plain.headers.get(name)]);
    const bytes = new Uint8Array(await packed.arrayBuffer());
    const text =
      packed.headers.get("content-encoding") === "gzip" ? Buffer.from(Bun.gunzipSync(bytes)) : Buffer.from(bytes);
    expect(clock(text.toString())).toBe(clock(await plain.text()));
    if (path === "/") expect(bytes.length).toBeLessThan(40_000);
  },
);

test("a page in kept pieces is the page that is rendered again, after any change in between", async () => {
  const changes: (() => unknown)[] = [
    () => {},
    () => createTask(t.board, { title: "One more", assignee: "somebody", tenant: "new" }),
    () => setPaused(t.board, true),
    () => setPaused(t.board, false),
    () => blockTask(t.board, listTasks(t.board, { limit: 1 })[0]!.id, { reason: "Which one?" }),
  ];
  for (const change of changes) {
    change();
    for (const [path, cookie] of [
      ["/", ""],
      ["/?tenant=tenant-1", ""],
      ["/?q=task", "kanban_theme=dark"],
      ["/", "kanban_lanes=0"],
    ] as const) {
      const headers = { ...t.browser, cookie: `${t.browser["cookie"]}; ${cookie}`, "accept-encoding": "gzip" };
      const packed = await (await t.send("GET", path, { headers })).arrayBuffer();
      // A second server over the same board has kept nothing of it: asked once, it writes the page.
      const fresh = await createApp({ ...t.web }).request(`${ORIGIN}${path}`, {
        headers: { host: HOST, ...headers, "accept-encoding": "" },
      });
      expect(clock(Buffer.from(Bun.gunzipSync(packed)).toString())).toBe(clock(await fresh.text()));
    }
  }
});

test("what a page is made of is kept for as long as the build is the same", async () => {
  const page = await (await get("/")).text();
  const named = [...page.matchAll(/(?:href|src)="(\/(?:static|vendor)\/[^"]+)"/g)].map(([, path]) => path!);
  const built = named.filter((path) => path.includes(`/${t.web.build}/`));

  expect(named.filter((path) => !built.includes(path)).toSorted()).toEqual(["/static/manifest.webmanifest"]);
  expect(built.length).toBeGreaterThanOrEqual(4);
  for (const path of [...built, `/static/${t.web.build}/marks.svg`]) {
    const response = await get(path);
    expect([path, response.status, response.headers.get("cache-control")]).toEqual([
      path,
      200,
      "private, max-age=31536000, immutable",
    ]);
  }
  expect((await get("/static/another/board.js")).headers.get("cache-control")).toBe("no-cache");
  expect((await get("/static/another/nothing.js")).status).toBe(404);
});

test("a client that refuses gzip gets none, nor do programs and small answers", async () => {
  for (const accepted of ["br", "gzip;q=0", "gzip; q=0.0", "identity"])
    expect([accepted, (await get("/", accepted)).headers.get("content-encoding")]).toEqual([accepted, null]);
  expect((await get("/", "gzip;q=0.5")).headers.get("content-encoding")).toBe("gzip");
  expect((await get("/api/board", "gzip")).headers.get("content-encoding")).toBeNull();
  expect((await get("/static/icon.svg", "gzip")).headers.get("content-encoding")).toBeNull();
});

test("a page says how long the server took for it, to callers alone", async () => {
  expect((await get("/")).headers.get("server-timing")).toMatch(/^app;dur=\d+\.\d\d$/);
  expect((await t.send("GET", "/login")).headers.get("server-timing")).toBeNull();
  expect((await get("/static/board.css")).headers.get("server-timing")).toBeNull();
});
