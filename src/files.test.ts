import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { createFile, discard, openRegular, readSmall, replaceFile } from "./files.ts";
import { tempDir } from "./testing/mod.ts";

let dir: ReturnType<typeof tempDir>;
const at = (name: string) => join(dir.path, name);
const mode = (name: string) => lstatSync(at(name)).mode & 0o777;
beforeEach(() => (dir = tempDir()));
afterEach(() => dir.remove());

/** Replaces a file by a pipe without a writer. */
function pipe(name: string): string {
  Bun.spawnSync(["mkfifo", at(name)]);
  return at(name);
}

/** The `code` and the message of what `fn` throws. */
function thrown(fn: () => unknown): { code: unknown; message: string } {
  try {
    fn();
  } catch (error) {
    return { code: (error as NodeJS.ErrnoException).code, message: (error as Error).message };
  }
  throw new Error("Expected an error: nothing was thrown");
}

describe("readSmall()", () => {
  test("reads a text up to exactly its limit", () => {
    writeFileSync(at("a"), "fünf");

    expect(readSmall(at("a"), 5)).toBe("fünf");
    expect(thrown(() => readSmall(at("a"), 4))).toEqual({
      code: "EFBIG",
      message: `"${at("a")}" must be a regular file, it is larger than 4 bytes`,
    });
  });

  test("reads an empty file, and one without a size", () => {
    writeFileSync(at("empty"), "");

    expect(readSmall(at("empty"), 10)).toBe("");
    if (process.platform === "linux") expect(readSmall("/proc/self/stat", 10_000)).toStartWith(`${process.pid} (`);
  });

  test("refuses a file of 6 GB without reading it [A4]", () => {
    writeFileSync(at("huge"), "");
    truncateSync(at("huge"), 6 * 1024 ** 3);
    const before = process.memoryUsage().rss;

    expect(thrown(() => readSmall(at("huge"), 64 * 1024)).code).toBe("EFBIG");

    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  });

  test("does not wait for a pipe without a writer [A3]", () => {
    expect(thrown(() => readSmall(pipe("fifo"), 10))).toEqual({
      code: "EINVAL",
      message: `"${at("fifo")}" must be a regular file, it is a pipe`,
    });
  });

  test("says what is in the place of the file", () => {
    mkdirSync(at("folder"));

    expect(thrown(() => readSmall(at("folder"), 10)).message).toEndWith("it is a folder");
    expect(thrown(() => readSmall("/dev/zero", 10)).message).toEndWith("it is a device");
    expect(thrown(() => readSmall(at("none"), 10)).code).toBe("ENOENT");
  });

  test("follows a link only where that is asked for", () => {
    writeFileSync(at("real"), "text");
    symlinkSync("real", at("link"));
    symlinkSync("loop", at("loop"));

    expect(thrown(() => readSmall(at("link"), 10))).toEqual({
      code: "ELOOP",
      message: `"${at("link")}" must be a regular file, it is a link`,
    });
    expect(readSmall(at("link"), 10, { links: "follow" })).toBe("text");
    expect(thrown(() => readSmall(at("loop"), 10, { links: "follow" })).code).toBe("ELOOP");
  });
});

describe("replaceFile()", () => {
  test("replaces a file, with its mode, and leaves nothing beside it", () => {
    writeFileSync(at("a"), "a longer text than the new one", { mode: 0o644 });

    replaceFile(at("a"), "new");

    expect(readFileSync(at("a"), "utf8")).toBe("new");
    expect(mode("a")).toBe(0o600);
    expect(readdirSync(dir.path)).toEqual(["a"]);
  });

  test("gives the requested mode, with any umask", () => {
    const umask = process.umask(0o077);
    try {
      replaceFile(at("script"), "#!/bin/sh\n", { mode: 0o755 });
    } finally {
      process.umask(umask);
    }

    expect(mode("script")).toBe(0o755);
  });

  test("replaces a link and a pipe, and touches nothing behind them [A3]", () => {
    writeFileSync(at("precious"), "kept");
    symlinkSync("precious", at("link"));

    replaceFile(at("link"), "new");
    replaceFile(pipe("fifo"), "new");

    expect(readFileSync(at("precious"), "utf8")).toBe("kept");
    for (const name of ["link", "fifo"]) expect(lstatSync(at(name)).isFile()).toBe(true);
  });

  test("leaves a folder in its place, and no draft", () => {
    mkdirSync(at("folder"));

    expect(thrown(() => replaceFile(at("folder"), "new")).code).toMatch(/EISDIR|ENOTEMPTY|EEXIST/);

    expect(readdirSync(dir.path)).toEqual(["folder"]);
  });

  test("takes a name that is as long as a name may be", () => {
    const name = "n".repeat(255);

    replaceFile(at(name), "new");

    expect(readFileSync(at(name), "utf8")).toBe("new");
  });
});

describe("createFile()", () => {
  test("writes into nothing that is there already", () => {
    writeFileSync(at("a"), "kept");
    symlinkSync("nowhere", at("link"));

    expect(thrown(() => createFile(at("a"), "new")).code).toBe("EEXIST");
    expect(thrown(() => createFile(at("link"), "new")).code).toBe("EEXIST");

    expect(readFileSync(at("a"), "utf8")).toBe("kept");
    expect(existsSync(at("nowhere"))).toBe(false);
  });
});

describe("openRegular()", () => {
  test("refuses a pipe for writing, too, without waiting for a reader [A3]", () => {
    expect(thrown(() => openRegular(pipe("fifo"), constants.O_WRONLY | constants.O_APPEND)).message).toEndWith(
      "it is a pipe",
    );
  });
});

describe("discard()", () => {
  test("removes a folder, a link and nothing at all", () => {
    mkdirSync(at("folder/inner"), { recursive: true });
    writeFileSync(at("precious"), "kept");
    symlinkSync("precious", at("link"));

    for (const name of ["folder", "link", "none"]) expect(discard(at(name))).toBe(true);

    expect(readdirSync(dir.path)).toEqual(["precious"]);
  });

  test("never throws, also where nothing can be removed [A10]", () => {
    if (process.getuid?.() === 0) {
      expect(discard("/proc/self/stat")).toBe(false);
      return;
    }
    mkdirSync(at("closed"));
    writeFileSync(at("closed/file"), "");
    chmodSync(at("closed"), 0o500);

    expect(discard(at("closed/file"))).toBe(false);

    chmodSync(at("closed"), 0o700);
  });
});
