import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dump, EPOCH, refusal, tempDir, testBoard } from "../../testing/mod.ts";
import { one } from "./db.ts";
import {
  asActor,
  backupBoard,
  closeBoard,
  createTask,
  dataVersion,
  getTask,
  KanbanError,
  listTasks,
  openBoard,
  patiently,
  read,
  write,
} from "../mod.ts";

const dir = tempDir();
afterAll(dir.remove);
let files = 0;
/** A path that nothing stands at yet; its folder has a space and an emoji in its name. */
const fresh = (name = "kanban.db") => `${dir.path}/${files++} ${name}`;

/** A closed board file with some tasks. */
function boardFile(tasks = 1): string {
  const path = fresh();
  const board = openBoard(path);
  write(board, () => {
    for (let i = 0; i < tasks; i++) createTask(board, { title: `task ${i}`, body: "b".repeat(500) });
  });
  closeBoard(board);
  return path;
}

describe("write()", () => {
  test("returns what its function returns and keeps its changes", () => {
    const { board } = testBoard();

    expect(write(board, () => createTask(board, { title: "a" }).task.title)).toBe("a");
    expect(listTasks(board).length).toBe(1);
  });

  test("leaves no trace of a function that throws, whatever it threw", () => {
    const t = testBoard();
    const before = t.dump();
    const act = (error: Error) => () =>
      write(t.board, () => {
        t.ready();
        throw error;
      });

    expect(act(new TypeError("a bug"))).toThrow(new TypeError("a bug"));
    t.refused(act(new KanbanError("refused", "no")), "refused", "no");
    expect(t.dump()).toBe(before);
    expect(t.board.db.inTransaction).toBe(false);
  });

  test("refuses an async function and leaves no trace of it, alone and inside another", () => {
    const t = testBoard();
    const before = t.dump();
    const act = async () => void t.ready();

    for (const wrong of [
      () => write(t.board, act),
      () => write(t.board, () => void write(t.board, act)),
      () => read(t.board, async () => {}),
    ]) {
      expect(wrong).toThrow(new TypeError("Cannot run a transaction: it must end at once, it is async"));
    }
    expect(t.dump()).toBe(before);
  });

  test("inside another joins it: both or none", () => {
    const t = testBoard();
    const before = t.dump();

    expect(() =>
      write(t.board, () => {
        write(t.board, () => t.ready());
        throw new Error("after the inner one");
      }),
    ).toThrow("after the inner one");

    expect(t.dump()).toBe(before);
  });
});

describe("read()", () => {
  test("sees one snapshot while another connection commits", () => {
    const path = boardFile();
    const [reader, writer] = [openBoard(path), openBoard(path)];

    const counts = read(reader, () => {
      const first = listTasks(reader).length;
      createTask(writer, { title: "meanwhile" });
      return [first, listTasks(reader).length];
    });

    expect(counts).toEqual([1, 1]);
    expect(listTasks(reader).length).toBe(2);
    closeBoard(reader);
    closeBoard(writer);
  });

  test("lets an error through and ends its transaction", () => {
    const { board } = testBoard();

    expect(() => read(board, () => getTask(board, "t_00000000"))).toThrow(KanbanError);
    expect(board.db.inTransaction).toBe(false);
  });
});

test("transactions of both kinds may stand inside each other", () => {
  const { board, ready } = testBoard();

  const seen = write(board, () => {
    ready();
    return read(board, () => read(board, () => listTasks(board).length));
  });

  expect(seen).toBe(1);
  expect(board.db.inTransaction).toBe(false);
});

test("a statement that misses a parameter is a bug, not a null", () => {
  const { board } = testBoard();

  expect(() => one(board, "SELECT $missing AS x", {})).toThrow("missing");
});

test("asActor() is the same board with another name", () => {
  const { board, ready } = testBoard();
  const other = asActor(board, "bob");

  expect(createTask(other, { title: "x" }).task.created_by).toBe("bob");
  expect(listTasks(board).length).toBe(1);
  expect(ready().created_by).toBe("ann");
});

test("the clock is the board's own", () => {
  const { board, clock } = testBoard();
  clock.ms = EPOCH + 12_345;

  expect(createTask(board, { title: "x" }).task.created_at).toBe(EPOCH + 12_345);
});

test("dataVersion() changes with commits of other connections, not with its own", () => {
  const path = boardFile();
  const [mine, other] = [openBoard(path), openBoard(path)];
  const first = dataVersion(mine);

  createTask(mine, { title: "own" });
  expect(dataVersion(mine)).toBe(first);
  createTask(other, { title: "theirs" });
  expect(dataVersion(mine)).not.toBe(first);
  closeBoard(mine);
  closeBoard(other);
});

describe("while another connection writes", () => {
  function busy() {
    const path = boardFile();
    const [holder, board] = [openBoard(path), openBoard(path, { busyMs: 5 })];
    holder.db.run("BEGIN IMMEDIATE");
    const close = () => [holder, board].forEach(closeBoard);
    return { holder, board, close };
  }

  test("a write is refused as busy, a read is not", () => {
    const { board, close } = busy();

    expect(listTasks(board).length).toBe(1);
    const error = refusal(() => createTask(board, { title: "x" }));
    expect(error).toMatchObject({
      code: "busy",
      message: "Cannot write to the board: it must be free, another process holds its lock",
    });
    expect(error.cause).toMatchObject({ code: "SQLITE_BUSY" });
    close();
  });

  test("a board opens: only a new one has to be written to", () => {
    const { board, close } = busy();

    const another = openBoard(board.path, { busyMs: 5 });

    expect(listTasks(another).length).toBe(1);
    closeBoard(another);
    close();
  });

  test("patiently() tries again without blocking the event loop, and succeeds", async () => {
    const { holder, board, close } = busy();
    let ticks = 0;
    // The lock is given back by the event loop: a call that blocked it would wait for ever.
    const ticking = setInterval(() => ++ticks === 3 && holder.db.run("COMMIT"), 5);

    const { task } = await patiently(() => createTask(board, { title: "in the end" }));

    clearInterval(ticking);
    expect(task.title).toBe("in the end");
    expect(ticks).toBeGreaterThanOrEqual(3);
    close();
  });

  test("patiently() gives up after its deadline, and at once on any other refusal", async () => {
    const { board, close } = busy();
    let calls = 0;
    const found = () => {
      calls++;
      return getTask(board, "t_00000000");
    };

    await expect(patiently(() => createTask(board, { title: "x" }), { deadlineMs: 30 })).rejects.toMatchObject({
      code: "busy",
    });
    await expect(patiently(found)).rejects.toMatchObject({ code: "not_found" });
    expect(calls).toBe(1);
    close();
  });
});

test("a full disk is told as such, leaves no partial rows, and the board recovers", () => {
  const path = boardFile();
  const board = openBoard(path);
  const pages = one<{ page_count: number }>(board, "PRAGMA page_count")!.page_count;
  board.db.run(`PRAGMA max_page_count = ${pages + 4}`);
  const before = dump(board);

  const error = refusal(() => createTask(board, { title: "large", body: "x".repeat(100_000) }));

  expect(error).toMatchObject({
    code: "refused",
    message: "Cannot write to the board: the disk must have room, it is full",
  });
  expect(dump(board)).toBe(before);
  expect(board.db.inTransaction).toBe(false);
  board.db.run("PRAGMA max_page_count = 100000");
  expect(createTask(board, { title: "large", body: "x".repeat(100_000) }).created).toBe(true);
  closeBoard(board);
});

describe("backupBoard()", () => {
  test("writes a whole copy that opens as a board", () => {
    const board = openBoard(boardFile(20));
    const path = fresh("copy.db");

    backupBoard(board, path);

    const copy = openBoard(path);
    expect(dump(copy)).toBe(dump(board));
    closeBoard(copy);
    closeBoard(board);
  });

  test.each(["a board", "a text", "a folder"])("refuses to write over %s, and leaves it as it is", (what) => {
    const { board } = testBoard();
    const path = what === "a board" ? boardFile() : fresh();
    if (what === "a text") writeFileSync(path, "my notes ".repeat(100));
    if (what === "a folder") mkdirSync(path);
    const before = what === "a folder" ? "" : readFileSync(path).toString("base64");

    expect(refusal(() => backupBoard(board, path))).toMatchObject({
      code: "refused",
      message: expect.stringContaining(`Cannot back up to "${path}": `),
    });

    if (what !== "a folder") expect(readFileSync(path).toString("base64")).toBe(before);
  });

  test("refuses a folder that does not exist", () => {
    const { board } = testBoard();

    expect(refusal(() => backupBoard(board, `${fresh()}/no/copy.db`))).toMatchObject({
      code: "refused",
      message: expect.stringMatching(/its folder and file must be open to this user, they are not$/),
    });
  });
});
