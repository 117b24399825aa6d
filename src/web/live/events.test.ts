import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { addComment, createTask, eventsAfter, latestEventId, write } from "../../kernel/mod.ts";
import { until } from "../../testing/mod.ts";
import { type TestServer, testServer } from "../../testing/server.ts";
import { testWeb } from "../../testing/web.ts";
import { Outlet } from "./sse.ts";

let t: TestServer;
beforeEach(() => void (t = testServer()));
afterEach(() => {
  t.close();
  expect(t.warnings).toEqual([]);
});

describe("GET /api/events", () => {
  test("begins now, replays all from 0, and continues after the id that was seen", async () => {
    t.create("old");
    const [live, all] = [await t.events(), await t.events("?since=0")];
    const task = t.create("new");
    const message = await live.next(({ data }) => data.includes(task.id));
    expect(live.messages.length).toBe(1);
    expect(JSON.parse(message.data)).toEqual(eventsAfter(t.board, Number(message.id) - 1)[0]!);
    await all.next(({ data }) => data.includes(task.id));
    expect(all.messages.map(({ id }) => Number(id))).toEqual(eventsAfter(t.board, 0).map(({ id }) => id));

    const resumed = await t.events("?since=0", { "last-event-id": message.id });
    const third = t.create("third");
    await resumed.next(({ data }) => data.includes(third.id));
    expect(resumed.messages.length).toBe(1);
  });

  test("a reader gets every event once and in order while others write", async () => {
    const task = t.create("busy");
    const total = 3_000;
    const reader = await t.events("?since=0");
    for (let i = 0; i < total / 100; i++) {
      write(t.board, () => {
        for (let k = 0; k < 100; k++) addComment(t.board, task.id, { body: `${i} ${k}` });
      });
      await Promise.resolve();
      if (i % 5 === 0) await reader.next(() => true);
    }
    await until(() => reader.lastId === String(latestEventId(t.board)), { what: "the last event", ms: 10_000 });
    expect(reader.messages.map(({ id }) => Number(id))).toEqual(
      eventsAfter(t.board, 0, { limit: 10_000 }).map(({ id }) => id),
    );
  });

  test("a reader that takes nothing blocks no other, and gets everything when it reads again [T: slow or dead stream]", async () => {
    const task = t.create("flood");
    const socket = await t.slowReader("/api/events?since=0");
    const lively = await t.events();
    for (let i = 0; i < 40; i++) {
      write(t.board, () => {
        for (let k = 0; k < 25; k++) addComment(t.board, task.id, { body: "x".repeat(4_000), author: "z".repeat(150) });
      });
      const newest = String(latestEventId(t.board));
      await until(() => lively.lastId === newest, { what: `event ${newest}` });
    }
    socket.resume();
    const newest = latestEventId(t.board);
    await until(() => socket.text().includes(`id: ${newest}\n`), { what: "the last event", ms: 10_000 });
    const ids = [...socket.text().matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
    expect(ids).toEqual(eventsAfter(t.board, 0, { limit: 10_000 }).map(({ id }) => id));
    socket.end();
  });

  test("an id that is still to come begins now: it was given before a backup took the board's place", async () => {
    t.create("old");
    const ahead = String(latestEventId(t.board) + 50);
    const [asked, resumed] = [await t.events(`?since=${ahead}`), await t.events("", { "last-event-id": ahead })];

    const { id } = t.create("new");

    for (const reader of [asked, resumed]) {
      await reader.next(({ data }) => data.includes(id));
      expect(reader.messages.length).toBe(1);
    }
  });

  test("refuses what is no id", async () => {
    expect((await t.events("?since=x")).status).toBe(400);
    expect((await t.events("?since=-1")).status).toBe(400);
    expect((await t.events("", { "last-event-id": "x" })).status).toBe(400);
  });
});

describe("readers of the past", () => {
  const turn = () => new Promise((done) => setImmediate(done));

  /** A reader that takes what it is sent as soon as it is there. */
  function reader(t: Awaited<ReturnType<typeof testWeb>>, cursor: number) {
    const chunks: Uint8Array[] = [];
    const own = { outlet: null as Outlet | null, cursor, live: false };
    own.outlet = new Outlet({ pull: () => t.web.tap.readOn(own), closed: () => t.web.tap.remove(own) });
    void (async () => {
      for await (const chunk of own.outlet!.response.body!) chunks.push(chunk);
    })();
    t.web.tap.add(own);
    t.web.tap.readOn(own);
    return { own, chunks, ids: () => idsIn(chunks) };
  }

  const idsIn = (chunks: readonly Uint8Array[]) =>
    [
      ...Buffer.concat(chunks)
        .toString()
        .matchAll(/^id: (\d+)$/gm),
    ].map(([, id]) => Number(id));

  test("get one page in a turn of the event loop, all together, and share it [A11]", async () => {
    const t = await testWeb();
    const { task } = createTask(t.board, { title: "busy" });
    write(t.board, () => {
      for (let n = 0; n < 4_000; n++) addComment(t.board, task.id, { body: "x" });
    });
    const newest = latestEventId(t.board);
    const readers = [0, 0, 0, 7, 7, 501, 3_999].map((cursor) => ({ from: cursor, ...reader(t, cursor) }));

    let turns = 0;
    for (; readers.some(({ own }) => !own.live); turns++) {
      const before = readers.map(({ own }) => own.cursor);
      await turn();
      const moved = before.filter((cursor, index) => readers[index]!.own.cursor !== cursor);
      expect(new Set(moved).size).toBeLessThanOrEqual(1);
    }
    await turn();

    for (const { from, ids } of readers) {
      expect(ids()).toEqual(Array.from({ length: newest - from }, (_, n) => from + 1 + n));
    }
    // Nine pages, and the first ones of those that began elsewhere; a turn may pass until a page is asked for.
    expect(turns).toBeLessThan(4 * (9 + 2));
    const [first, , , late] = readers.map(({ chunks }) => chunks.slice(2));
    expect(late!.length).toBeGreaterThan(5);
    for (const [at, chunk] of late!.entries()) expect(first![at]).toBe(chunk);
    for (const { own } of readers) own.outlet!.close();
    t.close();
  });
});
