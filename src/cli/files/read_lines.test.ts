import { afterAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { refusal, tempDir } from "../../testing/mod.ts";
import { openLines } from "./read_lines.ts";

const dir = tempDir();
const path = join(dir.path, "lines");
afterAll(() => dir.remove());

function linesOf(text: string | Uint8Array): string[] {
  writeFileSync(path, text);
  const { lines, close } = openLines(path, { spool: dir.path, check: () => {} });
  try {
    return [...lines];
  } finally {
    close();
  }
}

describe("openLines()", () => {
  test("gives the lines of any text, wherever they are cut in reading", () => {
    const line = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 20 }),
      fc.integer({ min: 1, max: 4 }).map((n) => "é🗂".repeat(n * 25_000)),
    );
    fc.assert(
      fc.property(
        fc.array(
          line.map((text) => text.replaceAll("\n", "").replace(/^\ufeff/, "")),
          { maxLength: 8 },
        ),
        fc.boolean(),
        (lines, ended) => {
          const text = lines.join("\n") + (ended ? "\n" : "");
          const expected = text === "" ? [] : text.replace(/\n$/, "").split("\n");
          expect(linesOf(text)).toEqual(expected);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("names the line that is no text", () => {
    expect(
      refusal(() => linesOf(Buffer.concat([Buffer.from("a\nb\n"), Buffer.of(0xff), Buffer.from("\n")]))).message,
    ).toBe(`Cannot read "${path}": line 3 must be UTF-8 text, it has other bytes`);
  });
});
