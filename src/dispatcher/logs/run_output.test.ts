import { afterEach, expect, test } from "bun:test";
import { closeSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { logPath } from "../../home.ts";
import { type TestHome, testHome } from "../../testing/dispatcher.ts";
import { openLog } from "./logs.ts";
import { outputOfRun } from "./run_output.ts";

let t: TestHome;
afterEach(() => t?.close());
const ID = "t_00000001";

/** A log in which a run has printed this, behind an earlier one. */
function printed(output: string) {
  t = testHome();
  writeFileSync(logPath(t.home, ID), "earlier run\n");
  const { fd, mark } = openLog(t.home, ID);
  writeSync(fd, output);
  closeSync(fd);
  return (bytes: number, head: number) => outputOfRun(t.home, ID, mark, { bytes, head });
}

test.each([
  [14, 12, "session 7\n", ["second line"], "middle\nlast\n"],
  [5, 12, "session 7\n", ["second line", "middle"], "last\n"],
  [14, 3, "", ["session 7", "second line"], "middle\nlast\n"],
  [24, 30, "session 7\nsecond line\n", [], "middle\nlast\n"],
  [34, 34, "session 7\nsecond line\nmiddle\nlast\n", [], ""],
] as const)(
  "the last %d bytes, the first %d and all between have each whole line once",
  (bytes, head, first, left, last) => {
    const output = printed("session 7\nsecond line\nmiddle\nlast\n");

    const { text, between } = output(bytes, head);

    expect(text).toBe(first + last);
    expect([...(between?.lines() ?? [])]).toEqual([...left]);
    expect(between?.at ?? first.length).toBe(first.length);
  },
);

test("the middle is read across the borders of its pieces, in characters and in lines", () => {
  const lines = Array.from({ length: 40_000 }, (_, n) => `${n} – ${"ä€😀".repeat(n % 30)}`);
  const { between } = printed(`${lines.join("\n")}\nlast\n`)(5, 0);

  expect([...between!.lines()]).toEqual(lines);
});

test("a log that is gone has said nothing", () => {
  const output = printed("one\n");
  rmSync(logPath(t.home, ID));

  expect(output(10, 10)).toEqual({ text: "", between: null });
});
