import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { printed, spawnScript } from "../../testing/kernel.ts";
import { refusal, tempDir, until } from "../../testing/mod.ts";
import { acquireLock, type Lock, type LockHolder, lockHolder, tryLock } from "../mod.ts";

// Processes take seconds where many share a machine; a hang is still found.
setDefaultTimeout(60_000);

const dir = tempDir();
afterAll(dir.remove);
let files = 0;
const fresh = () => `${dir.path}/${files++} lock.db`;

const ME: LockHolder = { pid: process.pid, host: "here", started_at: 1_000 };
const OTHER: LockHolder = { pid: process.pid, host: "here", started_at: 2_000 };

function acquired(result: ReturnType<typeof acquireLock>): Lock {
  if ("heldBy" in result) throw new Error(`Held by ${JSON.stringify(result.heldBy)}`);
  return result;
}

/** Holds the lock until it is killed or told to end; prints what it got. */
const HOLDER = `
  const got = kernel.acquireLock(args[0], { pid: process.pid, host: "test", started_at: args[1] });
  print("heldBy" in got ? { lost: got.heldBy } : { won: process.pid });
  if (!("heldBy" in got)) setInterval(() => {}, 1_000);`;

describe("acquireLock()", () => {
  test("gives it to the first, and tells the second who has it", () => {
    const path = fresh();
    const lock = acquired(acquireLock(path, ME));

    expect(acquireLock(path, OTHER)).toEqual({ heldBy: ME });
    expect(lockHolder(path)).toEqual(ME);

    lock.release();
    expect(lockHolder(path)).toBeNull();
    acquired(acquireLock(path, OTHER)).release();
  });

  test("releasing twice releases once: the next holder keeps it", () => {
    const path = fresh();
    const first = acquired(acquireLock(path, ME));
    first.release();
    const second = acquired(acquireLock(path, OTHER));

    first.release();

    expect(lockHolder(path)).toEqual(OTHER);
    second.release();
  });

  test("stays held although nobody keeps the lock but the kernel", () => {
    const path = fresh();
    acquireLock(path, ME);
    Bun.gc(true);

    expect(lockHolder(path)).toEqual(ME);
  });

  test("of several processes that start at once, exactly one wins, and the others name it", async () => {
    const path = fresh();
    const scripts = Array.from({ length: 6 }, (_, i) => spawnScript(HOLDER, path, i));
    const first = await Promise.all(
      scripts.map(async ({ stdout }) => {
        const { value } = await stdout.getReader().read();
        return JSON.parse(new TextDecoder().decode(value)) as { won?: number; lost?: LockHolder };
      }),
    );

    const winners = first.flatMap(({ won }) => won ?? []);
    expect(winners.length).toBe(1);
    expect(first.flatMap(({ lost }) => lost?.pid ?? [])).toEqual(Array.from({ length: 5 }, () => winners[0]!));

    for (const script of scripts) script.kill("SIGKILL");
    await Promise.all(scripts.map(({ exited }) => exited));
  });

  test("is free again as soon as its holder is killed, without any clean-up", async () => {
    const path = fresh();
    const holder = spawnScript(HOLDER, path, 7);
    await until(() => existsSync(path) && lockHolder(path)?.pid === holder.pid, {
      what: "the other process to hold it",
    });
    expect(acquireLock(path, ME)).toEqual({ heldBy: { pid: holder.pid, host: "test", started_at: 7 } });

    holder.kill("SIGKILL");
    await holder.exited;

    expect(lockHolder(path)).toBeNull();
    acquired(acquireLock(path, ME)).release();
  });

  test("a holder that ends by itself leaves it free", async () => {
    const path = fresh();

    await printed(
      spawnScript(
        `kernel.acquireLock(args[0], { pid: process.pid, host: "test", started_at: 1 }); process.exit(0)`,
        path,
      ),
    );

    expect(lockHolder(path)).toBeNull();
  });
});

describe("tryLock()", () => {
  test("gives it to the first, null to the others at once, and again after its release", () => {
    const path = fresh();
    const lock = tryLock(path)!;

    expect(tryLock(path)).toBeNull();
    lock.release();

    acquired(tryLock(path)!).release();
  });

  test("is free again as soon as its holder is killed [J3]", async () => {
    const path = fresh();
    const holder = spawnScript(`print(kernel.tryLock(args[0]) !== null); setInterval(() => {}, 1_000);`, path);
    await holder.stdout.getReader().read();
    expect(tryLock(path)).toBeNull();

    holder.kill("SIGKILL");
    await holder.exited;

    acquired(tryLock(path)!).release();
  });
});

describe("lockHolder()", () => {
  test("of a path where no lock ever was is null, and makes no file", () => {
    const path = fresh();

    expect(lockHolder(path)).toBeNull();
    expect(existsSync(path)).toBe(false);
  });

  test("looking takes nothing from the holder", () => {
    const path = fresh();
    const lock = acquired(acquireLock(path, ME));

    for (let i = 0; i < 20; i++) expect(lockHolder(path)).toEqual(ME);

    lock.release();
  });
});

describe("a file that is no lock", () => {
  const garbage = () => {
    const path = fresh();
    writeFileSync(path, Buffer.alloc(8_192, 7));
    return path;
  };

  test("is refused when somebody wants the lock, with what to do", () => {
    const error = refusal(() => acquireLock(garbage(), ME));

    expect(error.code).toBe("refused");
    expect(error.message).toEndWith("it must be a lock of ours, it is another file");
    expect(error.hint).toStartWith("Remove it");
  });

  test("that is a folder is refused in words", () => {
    expect(refusal(() => acquireLock(dir.path, ME)).message).toStartWith(`Cannot take the lock "${dir.path}": `);
  });

  test("is held by nobody", () => {
    expect(lockHolder(garbage())).toBeNull();
    expect(lockHolder(dir.path)).toBeNull();
  });
});
