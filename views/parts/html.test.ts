import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { html, markup, memo } from "./html.ts";

describe("html", () => {
  test("escapes every value", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const made = String(html`<a title="${text}">${text}</a>`);
        expect(made.slice(10, -4).includes("<")).toBe(false);
        expect(made.split('"').length).toBe(3);
      }),
    );
  });
  test("leaves markup alone, joins lists, drops what is nothing", () => {
    expect(String(html`<p>${html`<b>x</b>`}${[1, "&", null]}${false}${undefined}</p>`)).toBe("<p><b>x</b>1&amp;</p>");
  });
  test("drops the indentation of the source", () => {
    const made = String(
      html`<p class="a">
        <b>x</b>
        ${"y"}
      </p>`,
    );
    expect(made).toBe('<p class="a"><b>x</b>y</p>');
  });
  test("refuses objects, which would print as [object Object]", () => {
    expect(() => html`${{} as string}`).toThrow("Cannot write object as markup");
  });
});

describe("memo()", () => {
  test("renders the same arguments once", () => {
    let calls = 0;
    const mark = memo((name: string) => markup(`${name}${++calls}`));
    expect([String(mark("a")), String(mark("a")), String(mark("b"))]).toEqual(["a1", "a1", "b2"]);
  });
  test("stays small with any names", () => {
    let calls = 0;
    const mark = memo((n: number) => markup(`${n}${calls++}`));
    for (let n = 0; n < 1_001; n++) mark(n);
    mark(0);
    expect(calls).toBe(1_002);
  });
});
