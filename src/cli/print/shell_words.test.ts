import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { refusal } from "../../testing/mod.ts";
import { shellWords } from "./shell_words.ts";

describe("shellWords()", () => {
  test.each([
    ["", []],
    ["  make   test ", ["make", "test"]],
    [`a 'b c' "d e" f\\ g ''`, ["a", "b c", "d e", "f g", ""]],
    [`x="1 2"y`, ["x=1 2y"]],
    [`'$HOME | *' "a\\"b"`, ["$HOME | *", 'a"b']],
    ["work --task={task} {prompt}", ["work", "--task={task}", "{prompt}"]],
  ])("%p becomes %p", (line, words) => {
    expect(shellWords(line)).toEqual(words);
  });

  test("whatever stands in single quotes is one word", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" }).filter((text) => !text.includes("'"))), (words) => {
        expect(shellWords(words.map((word) => `'${word}'`).join(" "))).toEqual(words);
      }),
    );
  });

  test.each(["a | b", "a && b", "a > f", "$(id)", "`id`", "echo $HOME", 'echo "$HOME"', "ls *.ts", "~/x", "a; b"])(
    "refuses %p: it needs a shell",
    (line) => {
      const { message, hint } = refusal(() => shellWords(line));
      expect(message).toStartWith("Cannot use the command: it is started without a shell, which ");
      expect(hint).toContain("--command sh -- -c '");
    },
  );

  test.each([`a 'b`, `a "b`, "a \\"])("refuses %p: it is not closed", (line) => {
    expect(refusal(() => shellWords(line)).message).toContain("Cannot use the command: it must have");
  });
});
