import { afterAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { refusal, tempDir } from "../testing/mod.ts";
import { choice, choices, jsonObject, limit, longValue, longWord, moment, priority, skills } from "./args.ts";

const temp = tempDir();
afterAll(temp.remove);
const file = (name: string, content: string | Uint8Array) => {
  const path = join(temp.path, name);
  writeFileSync(path, content);
  return path;
};

describe("longWord()", () => {
  const read = (typed: string) => longWord("Text").read([typed], "TEXT");

  test("reads a file after @, byte for byte", () => {
    expect(read(`@${file("note.md", "línea\n\n  two \n")}`)).toBe("línea\n\n  two \n");
  });

  test("@@ begins a text with one @", () => {
    expect(read("@@ann look")).toBe("@ann look");
  });

  test("says how to begin a text with @ when there is no such file", () => {
    const error = refusal(() => read("@ann can you look?"));
    expect(error.message).toStartWith("Cannot read TEXT: there is no file");
    expect(error.hint).toContain("write @@");
  });

  test("refuses bytes that are no text", () => {
    const path = file("latin1.txt", new Uint8Array([0x66, 0xfc, 0x72]));
    expect(refusal(() => read(`@${path}`)).message).toBe("Cannot use TEXT: it must be UTF-8 text, it has other bytes");
  });

  test("refuses a folder and an endless file", () => {
    expect(refusal(() => read(`@${temp.path}`)).message).toEndWith("must be a file, it is a folder");
    expect(refusal(() => read("@/dev/zero")).message).toBe("Cannot use TEXT: it must be at most 1 MiB of text");
  });

  test("takes a megabyte", () => {
    expect(read(`@${file("big.txt", "x".repeat(1024 * 1024))}`)).toHaveLength(1024 * 1024);
  });
});

describe("jsonObject()", () => {
  const read = (typed: string) => jsonObject("Metadata").read([typed], "--metadata");

  test("reads an object, also from a file", () => {
    expect(read('{"a": [1]}')).toEqual({ a: [1] });
    expect(read(`@${file("m.json", '{"b":2}')}`)).toEqual({ b: 2 });
  });

  test.each(["{a", "[1]", "3", "null", '"x"', ""])("refuses %j", (typed) => {
    const error = refusal(() => read(typed));
    expect(error.code).toBe("invalid");
    expect(error.message).toStartWith("Cannot use --metadata: it must be a JSON object");
  });
});

describe("values", () => {
  test("a priority is a number or a word", () => {
    const read = (typed: string) => priority("P").read([typed], "--priority");
    expect(["P0", "urgent", "low", "none", "7", "-3"].map(read)).toEqual([4, 4, 1, 0, 7, -3]);
    expect(refusal(() => read("P9")).message).toStartWith("Cannot use --priority: it must be a whole number");
  });

  test("none takes a limit or a start away, nothing leaves it alone", () => {
    expect(limit("L").read(["none"], "--max-runtime")).toBe(null);
    expect(limit("L").read([], "--max-runtime")).toBe(undefined);
    expect(moment("M").read(["none"], "--not-before")).toBe(null);
    expect(moment("M").read(["2026-12-01T08:00Z"], "--not-before")).toBe(Date.UTC(2026, 11, 1, 8));
    expect(refusal(() => moment("M").read(["someday"], "--not-before")).message).toStartWith("Cannot use --not-before");
  });

  test("an empty skill takes all away, no flag leaves them alone", () => {
    expect(skills("S").read([""], "--skill")).toEqual([]);
    expect(skills("S").read([], "--skill")).toBe(undefined);
    expect(skills("S").read(["b", "a", "b "], "--skill")).toEqual(["b", "a"]);
    expect(refusal(() => skills("S").read(["a,b"], "--skill")).message).toStartWith("Cannot use skill");
  });

  test("choices take repeats and commas, and guess at slips", () => {
    const read = (...raw: string[]) => choices(["ready", "running"], "S").read(raw, "--status");
    expect(read("ready,running", "READY")).toEqual(["ready", "running", "ready"]);
    const error = refusal(() => read("redy"));
    expect(error.message).toBe('Cannot use --status: it must be one of ready, running, got "redy"');
    expect(error.hint).toBe("Did you mean: ready");
    expect(choice(["a"], "S").read([], "--sort")).toBe(undefined);
  });

  test("long values are optional", () => {
    expect(longValue("V").read([], "--summary")).toBe(undefined);
  });
});
