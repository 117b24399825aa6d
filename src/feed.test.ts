import { afterEach, describe, expect, test } from "bun:test";
import { renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Feed, openFeed } from "./feed.ts";
import { type Board, closeBoard, createTask, type Event, latestEventId, openBoard } from "./kernel/mod.ts";
import { tempDir, until } from "./testing/mod.ts";

const open: { close(): void }[] = [];
afterEach(() => {
  for (const thing of open.splice(0).reverse()) thing.close();
});

/** A board on disk and a feed of it. The board is another connection, as another process has one. */
function setup(options: Parameters<typeof openFeed>[1] = {}): { board: Board; feed: Feed; path: string } {
  const dir = tempDir();
  const path = join(dir.path, "kanban.db");
  const board = openBoard(path);
  const feed = openFeed(path, options);
  open.push({ close: () => dir.remove() }, { close: () => closeBoard(board) }, feed);
  return { board, feed, path };
}

const titles = ["one", "two", "three"];
const create = (board: Board, title = "x", more: { assignee?: string; tenant?: string } = {}) =>
  createTask(board, { title, ...more }).task;

describe("onCommit()", () => {
  test("is called soon after each commit of another connection, and for nothing else", async () => {
    const { board, feed } = setup({ fallbackMs: 60_000 });
    let calls = 0;
    feed.onCommit(() => calls++);
    feed.onCommit(() => (calls += 100))();

    feed.poke();
    create(board);
    await until(() => calls === 1);
    feed.poke();
    create(board);
    await until(() => calls === 2);

    expect(calls).toBe(2);
  });

  test("follows a link to the file that is really written", async () => {
    const { board, path } = setup();
    const folder = tempDir();
    symlinkSync(path, join(folder.path, "link.db"));
    const linked = openFeed(join(folder.path, "link.db"), { fallbackMs: 60_000 });
    open.push({ close: () => folder.remove() }, linked);
    let calls = 0;
    linked.onCommit(() => calls++);

    create(board);

    await until(() => calls === 1);
  });

  test("works where files cannot be watched", async () => {
    const { board, feed } = setup({ watch: false });
    let calls = 0;
    feed.onCommit(() => calls++);

    create(board);

    await until(() => calls === 1, { ms: 1_000 });
  });
});

describe("onEvents()", () => {
  test("hands the same array to every listener, each event once and in order", async () => {
    const { board, feed } = setup();
    const [first, second]: (readonly Event[])[][] = [[], []];
    create(board, "before");
    await until(() => feed.latest === latestEventId(board));
    feed.onEvents((events) => first!.push(events));
    feed.onEvents((events) => second!.push(events));

    for (const title of titles) create(board, title);
    await until(() => feed.latest === latestEventId(board));

    const ids = first!.flat().map(({ id }) => id);
    expect(ids).toEqual([2, 3, 4]);
    expect(second!.every((events, at) => events === first![at])).toBe(true);
  });
});

describe("a listener that throws", () => {
  test("is reported, and takes nothing from the others", async () => {
    const errors: unknown[] = [];
    const { board, feed } = setup({ fallbackMs: 60_000, onError: (error) => errors.push(error) });
    const seen: number[] = [];
    let commits = 0;
    const fail = () => {
      throw new Error("mine");
    };
    feed.onCommit(fail);
    feed.onCommit(() => commits++);
    feed.onEvents(fail);
    feed.onEvents((events) => seen.push(...events.map(({ id }) => id)));

    create(board);
    await until(() => seen.length === 1);
    create(board);
    await until(() => seen.length === 2);

    expect([seen, commits]).toEqual([[1, 2], 2]);
    expect(errors).toHaveLength(4);
  });
});

describe("follow()", () => {
  test("gives what was there after the cursor, in pages, then each as it comes, until it is aborted", async () => {
    const { board, feed } = setup();
    for (let i = 0; i < 600; i++) create(board);
    const stop = new AbortController();
    const seen: number[] = [];
    const pages: number[] = [];
    const reader = (async () => {
      for await (const events of feed.follow({ after: 50, signal: stop.signal })) {
        seen.push(...events.map(({ id }) => id));
        pages.push(events.length);
      }
    })();
    await until(() => seen.length === 550);

    create(board);
    await until(() => seen.length === 551);
    stop.abort();
    await reader;

    expect(seen).toEqual(Array.from({ length: 551 }, (_, i) => i + 51));
    expect(pages.slice(0, 2)).toEqual([500, 50]);
  });

  test("begins now, and keeps to its filter", async () => {
    const { board, feed } = setup();
    create(board, "old", { tenant: "ops" });
    const stop = new AbortController();
    const seen: string[] = [];
    const reader = (async () => {
      for await (const events of feed.follow({ tenant: "ops", signal: stop.signal })) {
        seen.push(...events.map(({ task_id }) => task_id));
      }
    })();

    create(board, "other");
    const mine = create(board, "mine", { tenant: "ops" });
    await until(() => seen.length > 0);
    stop.abort();
    await reader;

    expect(seen).toEqual([mine.id]);
  });

  test("ends when the feed is closed", async () => {
    const { feed } = setup();
    const reader = (async () => {
      for await (const _ of feed.follow()) throw new Error("nothing was written");
    })();

    feed.close();

    await reader;
    feed.close();
  });
});

describe("intact()", () => {
  test.each([
    ["the database was replaced", (path: string) => (renameSync(path, `${path}.old`), writeFileSync(path, ""))],
    ["the database was removed", (path: string) => rmSync(path)],
    ["its WAL was replaced", (path: string) => (rmSync(`${path}-wal`), writeFileSync(`${path}-wal`, ""))],
  ])("is false after %s, and says so once [T: database or WAL]", async (_, act) => {
    const { feed, path } = setup({ fallbackMs: 10 });
    let losses = 0;
    feed.onLost(() => losses++);
    expect(feed.intact()).toBe(true);

    act(path);
    await until(() => losses > 0);

    expect(feed.intact()).toBe(false);
    expect(losses).toBe(1);
  });
});
