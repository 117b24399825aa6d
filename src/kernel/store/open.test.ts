import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Database } from "bun:sqlite";
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { printed, spawnScript } from "../../testing/kernel.ts";
import { dump, refusal, tempDir } from "../../testing/mod.ts";
import { all, one, run } from "./db.ts";
import { closeBoard, createTask, KanbanError, openBoard, schemaVersion, write } from "../mod.ts";

// Processes take seconds where many share a machine; a hang is still found.
setDefaultTimeout(60_000);

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

describe("openBoard()", () => {
  test("makes a board of a path where nothing is, and of an empty file", () => {
    const [path, empty] = [fresh(), fresh()];
    writeFileSync(empty, "");

    for (const file of [path, empty]) {
      const board = openBoard(file);
      createTask(board, { title: "first" });
      expect(board.db.query("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
      closeBoard(board);
    }
  });

  test("finds what an earlier process stored, and changes nothing by opening", () => {
    const path = boardFile(3);
    const first = openBoard(path);
    const before = dump(first);
    closeBoard(first);

    const second = openBoard(path);

    expect(dump(second)).toBe(before);
    closeBoard(second);
  });

  test("waits for locks as long as it is told, and keeps FULL only on demand", () => {
    const path = boardFile();
    const [normal, careful] = [openBoard(path, { busyMs: 50 }), openBoard(path, { synchronous: "FULL" })];
    const pragma = (board: typeof normal, name: string) =>
      Object.values(board.db.query<object, []>(`PRAGMA ${name}`).get()!)[0];

    expect([pragma(normal, "busy_timeout"), pragma(normal, "synchronous")]).toEqual([50, 1]);
    expect([pragma(careful, "busy_timeout"), pragma(careful, "synchronous")]).toEqual([5_000, 2]);
    closeBoard(normal);
    closeBoard(careful);
  });

  /** What stands at a path, so that a refusal can be shown to have left it alone. */
  const bytes = (path: string) =>
    existsSync(path) ? new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex") : null;

  function overwrite(path: string, from: number, to: number, byte: number): string {
    const file = openSync(path, "r+");
    writeSync(file, Buffer.alloc(to - from, byte), 0, to - from, from);
    closeSync(file);
    return path;
  }

  test.each<[string, () => string, RegExp]>([
    [
      "a text",
      () => (writeFileSync(`${dir.path}/text`, "hello world ".repeat(500)), `${dir.path}/text`),
      /it must be a kanban board, the file is not a database$/,
    ],
    [
      "another program's database",
      () => {
        const path = fresh();
        const db = new Database(path);
        db.run("CREATE TABLE notes (text)");
        db.close();
        return path;
      },
      /it must be a kanban board, it is another program's database$/,
    ],
    [
      "an empty database of another program",
      () => {
        const path = fresh();
        const db = new Database(path);
        db.run("PRAGMA application_id = 77");
        db.close();
        return path;
      },
      /it is another program's database$/,
    ],
    [
      "a newer schema",
      () => {
        const path = boardFile();
        const db = new Database(path);
        db.run(`PRAGMA user_version = ${schemaVersion + 1}`);
        db.close();
        return path;
      },
      new RegExp(`this program knows schema ${schemaVersion}, the file has schema ${schemaVersion + 1}$`),
    ],
    [
      "a schema that no board has",
      () => {
        const path = boardFile();
        const db = new Database(path);
        db.run("PRAGMA user_version = 0");
        db.close();
        return path;
      },
      /the schema of a board must be 1 or higher, the file has schema 0$/,
    ],
    [
      "damaged pages",
      () => overwrite(boardFile(50), 4_096, 20 * 4_096, 0x5a),
      /it must be intact, the file is damaged$/,
    ],
    [
      "a file cut short",
      () => {
        const path = boardFile(50);
        truncateSync(path, 5_000);
        return path;
      },
      /it must be intact, the file is damaged$/,
    ],
    ["a header of zeros", () => overwrite(boardFile(), 0, 100, 0), /the file is not a database$/],
    [
      "a folder",
      () => (mkdirSync(`${dir.path}/folder`), `${dir.path}/folder`),
      /its folder and file must be open to this user, they are not$/,
    ],
    [
      "a missing folder",
      () => `${dir.path}/missing/kanban.db`,
      /its folder and file must be open to this user, they are not$/,
    ],
  ])("refuses %s and leaves it as it is", (what, make, message) => {
    const path = make();
    const before = what === "a folder" ? null : bytes(path);

    const error = refusal(() => openBoard(path));

    expect(error.code).toBe("refused");
    expect(error.message).toStartWith(`Cannot open board "${path}": `);
    expect(error.message).toMatch(message);
    expect(error.hint).toBeDefined();
    if (what !== "a folder") expect(bytes(path)).toBe(before);
    if (what === "a missing folder") expect(existsSync(`${dir.path}/missing`)).toBe(false);
  });

  /** A board as a killed process leaves it: what was written last stands in its log alone. */
  function killed(change: string): string {
    const [path, left] = [boardFile(50), fresh()];
    const db = new Database(path);
    db.run(change);
    for (const end of ["", "-wal"]) Bun.spawnSync(["cp", `${path}${end}`, `${left}${end}`]);
    db.close();
    expect(statSync(`${left}-wal`).size).toBeGreaterThan(0);
    return left;
  }
  const ANY_CHANGE = "UPDATE tasks SET priority = 1 WHERE key = 1";

  // SQLite plays the log into the file and deletes it when the last connection closes.
  test.each<[string, () => string]>([
    ["damaged", () => overwrite(killed(ANY_CHANGE), 4_096, 20 * 4_096, 0x5a)],
    ["newer", () => killed(`PRAGMA user_version = ${schemaVersion + 1}`)],
    ["somebody else's", () => killed("PRAGMA application_id = 77")],
    ["older than any board", () => killed("PRAGMA user_version = 0")],
  ])("leaves a file that is %s and its write-ahead log apart", (_, make) => {
    const path = make();
    const before = [bytes(path), bytes(`${path}-wal`)];

    expect(refusal(() => openBoard(path)).code).toBe("refused");

    expect([bytes(path), bytes(`${path}-wal`)]).toEqual(before);
  });

  test("what the hint says about a damaged file restores a backup", () => {
    const [path, backup] = [killed("UPDATE tasks SET last_error = 'changed'"), boardFile(50)];
    overwrite(path, 4_096, 20 * 4_096, 0x5a);
    const { hint } = refusal(() => openBoard(path));
    const named = [...hint!.matchAll(/-(wal|shm)/g)].map(([end]) => end);

    for (const end of ["", ...named]) if (existsSync(path + end)) renameSync(path + end, `${path}.bad${end}`);
    copyFileSync(backup, path);

    const [board, whole] = [openBoard(path), openBoard(backup)];
    expect(dump(board)).toBe(dump(whole));
    closeBoard(board);
    closeBoard(whole);
  });

  test("damage found later is told as damage, for reading and for writing", () => {
    const path = boardFile(300);
    const intact = openBoard(path);
    const root = one<{ rootpage: number }>(
      intact,
      "SELECT rootpage FROM sqlite_schema WHERE name = 'task_comments'",
    )!.rootpage;
    closeBoard(intact);
    overwrite(path, (root - 1) * 2_048, root * 2_048, 0x5a);
    const board = openBoard(path);

    const reading = refusal(() => all(board, "SELECT * FROM task_comments"));
    const writing = refusal(() => run(board, "DELETE FROM task_comments"));

    expect(reading).toMatchObject({
      code: "refused",
      message: "Cannot read the board: it must be intact, the file is damaged",
    });
    expect(writing).toMatchObject({
      code: "refused",
      message: "Cannot write to the board: it must be intact, the file is damaged",
    });
    closeBoard(board);
  });

  // In a process of its own, because the superuser may write anywhere and has to become somebody else.
  test.each([
    ["a read-only file in a read-only folder", "kanban.db", 0o444, /it must be writable, it is read-only$/],
    [
      "a read-only folder without a board",
      "new.db",
      0o444,
      /its folder and file must be open to this user, they are not$/,
    ],
    ["a file that nobody may read", "kanban.db", 0o000, /its folder and file must be open to this user, they are not$/],
  ])("refuses %s", async (_what, name, mode, message) => {
    const folder = `${dir.path}/readonly ${files++}`;
    mkdirSync(folder);
    closeBoard(openBoard(`${folder}/kanban.db`));
    chmodSync(dir.path, 0o755);
    chmodSync(`${folder}/kanban.db`, mode);
    chmodSync(folder, 0o555);

    const script = spawnScript(
      `if (process.getuid() === 0) { process.setgid(65534); process.setuid(65534); }
       try {
         const board = kernel.openBoard(args[0], { busyMs: 5 });
         kernel.createTask(board, { title: "x" });
         print("it opened and wrote");
       } catch (error) { print({ name: error.name, code: error.code, message: error.message }); }`,
      `${folder}/${name}`,
    );
    const [error] = await printed<KanbanError>(script);
    chmodSync(folder, 0o755);

    expect(error).toMatchObject({ name: "KanbanError", code: "refused", message: expect.stringMatching(message) });
  });
});
