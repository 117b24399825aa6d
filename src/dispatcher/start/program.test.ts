import { afterEach, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestHome, testHome } from "../../testing/dispatcher.ts";
import { refusal } from "../../testing/mod.ts";
import { findProgram, requireProgram, unusableProgram } from "./program.ts";

let t: TestHome;
afterEach(() => t?.close());

describe("findProgram()", () => {
  test("looks on the path it is given, in order, and for executable files alone", () => {
    t = testHome();
    for (const [folder, mode] of [
      ["one", 0o644],
      ["two", 0o755],
    ] as const) {
      mkdirSync(t.path(folder));
      writeFileSync(join(t.path(folder), "tool"), "", { mode });
    }
    mkdirSync(join(t.path("one"), "folder"));
    const at = { path: `${t.path("one")}::${t.path("two")}`, cwd: "/" };

    expect(findProgram("tool", at)).toBe(join(t.path("two"), "tool"));
    expect(findProgram("folder", at)).toBeNull();
    expect(findProgram("", at)).toBeNull();
    expect(findProgram("eval", at)).toBeNull();
  });

  test("takes a name with a slash from the current folder, and never a bare one", () => {
    t = testHome();
    writeFileSync(t.path("tool"), "", { mode: 0o755 });
    const at = { path: ":", cwd: t.home.dir };

    expect(findProgram("./tool", at)).toBe(t.path("tool"));
    expect(findProgram("tool", at)).toBeNull();
    expect(findProgram(t.path("tool"), at)).toBe(t.path("tool"));
  });
});

describe("requireProgram()", () => {
  test("says what it found in the place of a program [C3]", () => {
    t = testHome();
    const script = t.path("run.sh");
    writeFileSync(script, "#!/bin/sh\n", { mode: 0o644 });
    mkdirSync(t.path("folder"));
    const at = { path: t.home.dir, cwd: t.home.dir };
    const cannot = 'Cannot start profile "coder": program';

    for (const name of ["run.sh", "./run.sh", script]) {
      const there = name === script ? "it" : script;
      expect(refusal(() => requireProgram([name], "coder", at))).toMatchObject({
        code: "refused",
        message: `${cannot} "${name}" must be an executable file, ${there} exists, but is not executable`,
        hint: `Make it executable with: chmod +x ${script}`,
      });
    }
    expect(refusal(() => requireProgram(["./folder"], "coder", at)).message).toBe(
      `${cannot} "./folder" must be an executable file, ${t.path("folder")} exists, but is not a file`,
    );
    expect(unusableProgram("nothing", at)).toBeNull();
    chmodSync(script, 0o755);
    expect(requireProgram(["run.sh"], "coder", at)).toBe(script);
    expect(unusableProgram("run.sh", at)).toBeNull();
  });
});
