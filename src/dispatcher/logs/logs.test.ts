import { afterEach, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { logPath } from "../../home.ts";
import { type TestHome, testHome } from "../../testing/dispatcher.ts";
import { refusal, until } from "../../testing/mod.ts";
import { followLog, lastLines, LOG_BYTES_MAX, openLog, outputSince, tailLog } from "./logs.ts";

let t: TestHome;
afterEach(() => t?.close());
const ID = "t_00000001";

describe("tailLog()", () => {
  test("begins at a whole line if there is one, and says that there was more", () => {
    t = testHome();
    const path = logPath(t.home, ID);
    writeFileSync(path, "one\ntwo\nthree\n");

    expect(tailLog(t.home, ID, 8)).toEqual({
      task_id: ID,
      path,
      exists: true,
      size_bytes: 14,
      content: "three\n",
      truncated: true,
    });
    expect(tailLog(t.home, ID, 14)).toMatchObject({ content: "one\ntwo\nthree\n", truncated: false });
    expect(tailLog(t.home, ID, 1_000_000)).toMatchObject({ content: "one\ntwo\nthree\n", truncated: false });
  });

  test.each([
    [1, "\n"],
    [5, "hree\n"],
    [6, "three\n"],
    [7, "three\n"],
    [9, "three\n"],
    [10, "two\nthree\n"],
    [11, "two\nthree\n"],
    [13, "two\nthree\n"],
  ])("of %i bytes it gives every whole line", (bytes, content) => {
    t = testHome();
    writeFileSync(logPath(t.home, ID), "one\ntwo\nthree\n");

    expect(tailLog(t.home, ID, bytes)).toMatchObject({ content, truncated: true });
  });

  test("cuts one endless line between characters", () => {
    t = testHome();
    writeFileSync(logPath(t.home, ID), "é".repeat(10));

    expect(tailLog(t.home, ID, 5)).toMatchObject({ content: "éé", truncated: true });
  });

  test("says that there is no log", () => {
    t = testHome();

    expect(tailLog(t.home, ID, 100)).toMatchObject({ exists: false, size_bytes: 0, content: "", truncated: false });
  });

  test.each(["../../etc/passwd", "t_1", "t_0000000G", "", `${ID}\0`])("builds no path from %j", (id) => {
    t = testHome();

    expect(refusal(() => tailLog(t.home, id, 100)).code).toBe("not_found");
  });

  test("follows no link", () => {
    t = testHome();
    writeFileSync(t.path("secret"), "s3cret");
    symlinkSync(t.path("secret"), logPath(t.home, ID));

    expect(refusal(() => tailLog(t.home, ID, 100)).message).toStartWith(`Cannot read log "${logPath(t.home, ID)}": `);
  });
});

describe("what is no file in the place of a log", () => {
  test.each([
    ["a pipe that nobody reads", (path: string) => Bun.spawnSync(["mkfifo", path])],
    ["a folder", (path: string) => mkdirSync(path)],
  ])("%s is refused and blocks nothing", (_, make) => {
    t = testHome();
    make(logPath(t.home, ID));

    for (const act of [() => openLog(t.home, ID), () => tailLog(t.home, ID, 100)]) {
      expect(refusal(act).message).toMatch(/^Cannot (read|write) log ".*": it must be a file/);
    }
  });
});

describe("openLog()", () => {
  test("appends, and puts a log of 2 MiB aside once", () => {
    t = testHome();
    const path = logPath(t.home, ID);
    writeFileSync(path, "x".repeat(LOG_BYTES_MAX - 1));

    const small = openLog(t.home, ID);
    writeSync(small.fd, "y");
    closeSync(small.fd);
    const rotated = openLog(t.home, ID);
    writeSync(rotated.fd, "new");
    closeSync(rotated.fd);

    expect(small.mark.offset).toBe(LOG_BYTES_MAX - 1);
    expect(statSync(`${path}.1`).size).toBe(LOG_BYTES_MAX);
    expect(readFileSync(path, "utf8")).toBe("new");
    expect(rotated.mark.offset).toBe(0);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});

describe("outputSince()", () => {
  test("reads what one run printed, also after its log was put aside", () => {
    t = testHome();
    const path = logPath(t.home, ID);
    writeFileSync(path, "earlier run\n");
    const { fd, mark } = openLog(t.home, ID);
    writeSync(fd, "mine\n");
    closeSync(fd);

    const now = outputSince(t.home, ID, mark, 1_000);
    renameSync(path, `${path}.1`);
    writeFileSync(path, "later run\n");

    expect(now).toBe("mine\n");
    expect(outputSince(t.home, ID, mark, 1_000)).toBe("mine\n");
    rmSync(`${path}.1`);
    expect(outputSince(t.home, ID, mark, 1_000)).toBe("");
  });
});

describe("lastLines()", () => {
  test("keeps whole lines from the end, without blank ones around", () => {
    expect(lastLines("\n\na\nb\n\n", 100)).toBe("a\nb");
    expect(lastLines("first line\nsecond\nthird", 11)).toBe("third");
    expect(lastLines("x".repeat(50), 10)).toBe("x".repeat(10));
    expect(lastLines("", 10)).toBe("");
  });
});

describe("followLog()", () => {
  test("waits for a log, gives what is appended, continues over a rotation, and ends when aborted", async () => {
    t = testHome();
    const path = logPath(t.home, ID);
    const stop = new AbortController();
    let seen = "";
    const reader = (async () => {
      for await (const text of followLog(t.home, ID, { from: 0, signal: stop.signal })) seen += text;
    })();

    writeFileSync(path, "one\n");
    await until(() => seen === "one\n");
    const bytes = Buffer.from("zwölf\n");
    appendFileSync(path, bytes.subarray(0, 3)); // The ö is cut in two.
    await until(() => seen === "one\nzw");
    appendFileSync(path, bytes.subarray(3));
    await until(() => seen.endsWith("zwölf\n"));
    renameSync(path, `${path}.1`);
    writeFileSync(path, "after\n");
    await until(() => seen.endsWith("after\n"));
    stop.abort();
    await reader;

    expect(seen).toBe("one\nzwölf\nafter\n");
  });

  test("begins at the end by default", async () => {
    t = testHome();
    writeFileSync(logPath(t.home, ID), "old\n");
    const stop = new AbortController();
    const log = followLog(t.home, ID, { signal: stop.signal });

    const next = log.next();
    appendFileSync(logPath(t.home, ID), "new\n");

    expect(await next).toEqual({ done: false, value: "new\n" });
    stop.abort();
    expect((await log.next()).done).toBe(true);
  });
});
