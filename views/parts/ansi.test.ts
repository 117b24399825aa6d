import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ansiHtml, ansiPlain, ansiStart } from "./ansi.ts";

const ESC = "\x1b";

describe("ansiHtml()", () => {
  test("keeps colours as classes and escapes text", () => {
    expect(ansiHtml(`${ESC}[32m✓${ESC}[0m <b>&`)).toBe('<span class="a2">✓</span> &lt;b&gt;&amp;');
  });
  test("a colour continues in the next piece", () => {
    const state = ansiStart();

    const first = ansiHtml(`a${ESC}[1;31mb`, state);
    const second = ansiHtml(`c${ESC}[22;39md`, state);

    expect([first, second]).toEqual(['a<span class="a1 ab">b</span>', '<span class="a1 ab">c</span>d']);
  });
  test.each([
    [`${ESC}[38;5;196mx`, "a1"],
    [`${ESC}[38;2;20;200;20mx`, "a2"],
    [`${ESC}[94mx`, "a4"],
    [`${ESC}[2mx`, "ad"],
  ])("maps %j to %s", (source, name) => {
    expect(ansiHtml(source)).toBe(`<span class="${name}">x</span>`);
  });
  test("a background colour colours nothing", () => {
    expect(ansiHtml(`${ESC}[48;5;31mx`)).toBe("x");
  });
  test("drops cursor moves, titles, links, bells and characters that reorder text", () => {
    expect(ansiHtml(`a${ESC}[2J${ESC}]0;title\x07${ESC}]8;;javascript:x${ESC}\\b\x07\x9b\u202ec`)).toBe("abc");
  });
  test("a carriage return redraws its line", () => {
    expect(ansiHtml("10 %\r50 %\r100 %\r\nnext\r\n")).toBe("100 %\nnext\n");
  });
  test("for any input, only spans with our classes and harmless characters come out", () => {
    const part = fc.constantFrom(
      ESC,
      "[",
      "]",
      "31",
      ";",
      "m",
      "<",
      ">",
      '"',
      "&",
      "\r",
      "\n",
      "\x07",
      "\x9b",
      "a",
      "\0",
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        const rest = ansiHtml(parts.join("")).replace(/<span class="[ abd0-7]+">|<\/span>/g, "");
        expect(rest).not.toMatch(/[<>"\r\x00-\x08\x0b-\x1f\x7f-\x9f]/);
      }),
    );
  });
});

test("ansiPlain() is one line's text", () => {
  expect(ansiPlain(`${ESC}[32mok${ESC}[0m\r`)).toBe("ok");
});
