import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { addComment, latestEventId, moveTask, setPaused } from "../../kernel/mod.ts";
import { until } from "../../testing/mod.ts";
import { into, out, type TestServer, testServer } from "../../testing/server.ts";
import { openEvents } from "../../testing/sse.ts";
import { signInOf } from "../access/keys.ts";
import { testWeb } from "../../testing/web.ts";

let t: TestServer;
beforeEach(() => void (t = testServer()));
afterEach(() => {
  t.close();
  expect(t.warnings).toEqual([]);
});

describe("one stream for several tabs", () => {
  test("sends each what belongs to its view and its drawer, under its key", async () => {
    const open = t.create("Open", { tenant: "b" });
    const stream = await t.sharedStream([
      { key: "a.1", view: "/?tenant=a" },
      { key: "b.7", view: "/?tenant=b" },
      { key: "c.1", view: "/runs", open: open.id },
    ]);
    for (const key of ["a.1", "b.7", "c.1"]) await stream.next((m) => m.to === key && m.event === "hello");

    const task = t.create("For a", { tenant: "a" });
    await stream.next((m) => m.to === "a.1" && into(task, "ready")(m));
    await stream.next((m) => m.to === "b.7" && out(task)(m));
    await stream.next((m) => m.to === "c.1" && m.event === "stale" && m.data === "runs");
    addComment(t.board, open.id, { body: "a remark" });
    await stream.next((m) => m.to === "c.1" && m.data.includes("a remark"));
    expect(stream.messages.some((m) => m.to !== "c.1" && m.data.includes("a remark"))).toBe(false);
  });

  test("brings each from what it has seen itself", async () => {
    const before = String(latestEventId(t.board));
    const task = t.create("Missed by one");
    const stream = await t.sharedStream([{ key: "late", since: before }, { key: "early" }]);
    await stream.next((m) => m.to === "late" && into(task, "ready")(m));
    await stream.next((m) => m.to === "early" && m.event === "hello");
    expect(stream.messages.some((m) => m.to === "early" && m.data.includes(task.id))).toBe(false);
    moveTask(t.board, task.id, "todo");
    for (const key of ["late", "early"]) await stream.next((m) => m.to === key && into(task, "todo")(m));
  });

  test("brings a tab that was away what moved without an event, and one that was not nothing", async () => {
    const task = t.create("Waits for the dispatcher");
    const stream = await t.sharedStream([{ key: "fresh" }]);
    const { data: mark } = await stream.next(({ event }) => event === "mark");
    setPaused(t.board, true);
    await stream.next((m) => m.to === "fresh" && m.data.includes('hx-target="#daemon"'));
    const { data: paused } = await stream.next(({ event, data }) => event === "mark" && data !== mark);

    const again = await t.sharedStream([
      { key: "away", mark, open: task.id },
      { key: "here", mark: paused },
    ]);
    for (const key of ["away", "here"]) await again.next((m) => m.to === key && m.event === "hello");
    const away = again.messages.filter(({ to }) => to === "away");
    expect(away.find(({ data }) => data.includes('hx-target="#daemon"'))?.data).toContain("Paused");
    expect(away.some(({ event, data }) => event === "stale" && data.includes("ready"))).toBe(true);
    expect(away.some(({ data }) => data.includes(`hx-target="#drawer-${task.id}`))).toBe(true);
    const here = again.messages.filter(({ to }) => to === "here").map(({ event }) => event);
    expect(here).toEqual(["mark", "hello"]);
  });

  test("with `once` it ends when each has what it missed, which passes every proxy", async () => {
    const before = String(latestEventId(t.board));
    const task = t.create("Missed");
    const stream = await t.sharedStream([{ key: "a", since: before }], { once: "1" });
    await until(() => stream.ended);
    expect(stream.messages.some((m) => m.to === "a" && into(task, "ready")(m))).toBe(true);
  });

  test("makes pages of another build load themselves again", async () => {
    const stream = await t.sharedStream([{ key: "a" }, { key: "b" }], { build: "old" });
    for (const key of ["a", "b"]) expect((await stream.next((m) => m.to === key)).data).toBe("build");
  });

  test.each<[string, Record<string, string>[]]>([
    ["no tab", []],
    ["a key that is none", [{ key: "a\nevent: reset" }]],
    ["no key", [{}]],
    ["no position", [{ key: "a", since: "soon" }]],
    ["too many tabs", Array.from({ length: 65 }, (_, n) => ({ key: `k${n}` }))],
  ])("is refused with %s", async (_, tabs) => {
    expect((await t.sharedStream(tabs)).status).toBe(400);
  });

  test("is refused to other sites, however they ask", async () => {
    const cookie = await t.signIn();
    const form = () => new URLSearchParams({ sub: "key=a&since=0" });
    const { url } = t.server;
    for (const headers of [{}, { origin: "http://evil.example" }, { "sec-fetch-site": "same-site" }]) {
      expect((await openEvents(`${url}/stream`, { cookie, ...headers }, form())).status).toBe(403);
    }
    const own = await openEvents(`${url}/stream`, { cookie, origin: url }, form());
    expect(own.status).toBe(200);
    own.close();
  });
});

test("a page of another sign-in is sent away, whatever its browser's cookie says by now", async () => {
  const w = await testWeb();
  try {
    const ask = async (as: string) => {
      const body = new URLSearchParams({ as, build: w.web.build, once: "1", sub: "key=a&since=0&view=/" }).toString();
      const headers = { ...w.browser, "content-type": "application/x-www-form-urlencoded" };
      return (await w.send("POST", "/stream", { headers, body })).text();
    };
    const own = /data-as="([^"]+)"/.exec((await w.page("/")).html)![1]!;
    expect(await ask(own)).toContain("event: hello");
    const other = await ask(signInOf(w.web.keys, { kind: "browser", session: "another", name: "maya" }));
    expect(other).toContain("event: reset\ndata: session");
    expect(other).not.toContain("event: hello");
  } finally {
    w.close();
  }
});
