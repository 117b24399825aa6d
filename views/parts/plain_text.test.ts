import { describe, expect, test } from "bun:test";
import { plainText } from "./plain_text.ts";

describe("plainText()", () => {
  test.each([
    ["**Which** subject _goes_ out?", "Which subject goes out?"],
    ["a `b` ~~c~~ [d](https://example.com) ![e](f.png)", "a b c d e"],
    ["# Draft\n\nOne\ntwo\n\n- a\n- [x] b\n", "Draft One two • a ☑ b"],
    ["> said\n\n```\ncode * here\n```", "said code * here"],
    ["2 * 3 * 4 and snake_case_name", "2 * 3 * 4 and snake_case_name"],
    ["<b>x</b> & <script>", "<b>x</b> & <script>"],
    ["", ""],
  ])("%j is %j", (source, words) => {
    expect(plainText(source)).toBe(words);
  });
  test("reads the beginning of a long text only", () => {
    expect(plainText("word ".repeat(100_000)).length).toBeLessThan(2_001);
  });
});
