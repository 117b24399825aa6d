import { afterEach, describe, expect, test } from "bun:test";
import {
  existsSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { exitPath, runDir } from "../home.ts";
import { type TestHome, testHome } from "../testing/dispatcher.ts";
import { removeOldRunFiles } from "./run_files.ts";

let t: TestHome;
afterEach(() => t?.close());
const LONG_AGO = new Date(Date.now() - 3_600_000);

describe("removeOldRunFiles()", () => {
  test("removes what runs left behind, but nothing of living or young ones", () => {
    t = testHome();
    for (const id of [1, 2, 3]) {
      mkdirSync(runDir(t.home, id));
      writeFileSync(exitPath(t.home, id), "  0\n");
    }
    for (const id of [1, 2])
      for (const path of [runDir(t.home, id), exitPath(t.home, id)]) utimesSync(path, LONG_AGO, LONG_AGO);

    removeOldRunFiles(t.home, new Set([2]));

    expect(readdirSync(t.home.runs).sort()).toEqual(["2", "3"]);
    expect(readdirSync(t.home.exits).sort()).toEqual(["2", "3"]);
  });

  test("a link that leads nowhere or in a circle keeps no dispatcher from starting", () => {
    t = testHome();
    writeFileSync(t.path("precious"), "");
    for (const [id, target] of [
      [7, "7"],
      [8, "gone"],
      [9, t.path("precious")],
    ] as const) {
      symlinkSync(target, exitPath(t.home, id));
      lutimesSync(exitPath(t.home, id), LONG_AGO, LONG_AGO);
    }
    symlinkSync("6", exitPath(t.home, 6));

    removeOldRunFiles(t.home, new Set());

    expect(readdirSync(t.home.exits)).toEqual(["6"]);
    expect(lstatSync(exitPath(t.home, 6)).isSymbolicLink()).toBeTrue();
    expect(existsSync(t.path("precious"))).toBeTrue();
  });
});
