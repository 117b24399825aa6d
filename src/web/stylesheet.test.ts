import { afterAll, describe, expect, test } from "bun:test";
import { appendFileSync, cpSync } from "node:fs";
import { join } from "node:path";
import { MASKS, PRIORITY_MASKS } from "../../views/card/masks.tsx";
import { STATIC } from "../program.ts";
import { tempDir } from "../testing/mod.ts";
import { readAssets } from "./static.ts";
import { stylesheet } from "./stylesheet.ts";

const FOLDER = join(STATIC, "css");
const DECLARATION = /@layer ([\w\s,]+);/g;

/** A selector of a rule, and the at-rules around it that have a condition. */
interface Selector {
  text: string;
  within: string[];
}

interface Part {
  name: string;
  text: string;
  /** The at-rules and rules of its top level. */
  top: string[];
  selectors: Selector[];
}

const { "layers.css": layers, ...others } = Object.fromEntries(
  await Promise.all(
    [...new Bun.Glob("*.css").scanSync(FOLDER)].map(
      async (name) => [name, withoutComments(await Bun.file(join(FOLDER, name)).text())] as const,
    ),
  ),
);
const parts = Object.entries(others).map(([file, text]) => partOf(file.replace(/\.css$/, ""), text));

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "");
}

function partOf(name: string, text: string): Part {
  const part: Part = { name, text, top: [], selectors: [] };
  const open: string[] = [];
  for (const [, words, brace] of text.matchAll(/([^{};]*)([{};])/g)) {
    const head = words!.trim().replace(/\s+/g, " ");
    if (brace === "{") {
      if (open.length === 0) part.top.push(head);
      const isRule = !head.startsWith("@") && open.every((at) => /^@(?!keyframes)/.test(at));
      const within = open.filter((at) => !at.startsWith("@layer"));
      if (isRule) part.selectors.push(...split(head).map((selector) => ({ text: selector, within })));
      open.push(head);
    } else if (brace === "}") open.pop();
    else if (open.length === 0) part.top.push(head);
  }
  return part;
}

/** The selectors of a list; a comma between parentheses is none of it. */
function split(list: string): string[] {
  return list.split(/,\s*(?![^(]*\))/);
}

/** The names that the first element of a selector has. */
function firstNames({ text }: Selector): string[] {
  return /^[^\s>~+]+/.exec(text)![0].match(/[#.]?[a-z][\w-]*|\*/gi) ?? [];
}

function unconditional(selectors: readonly Selector[]): Selector[] {
  return selectors.filter(({ within }) => within.length === 0);
}

describe("the parts of the stylesheet", () => {
  const declared = [...layers!.matchAll(DECLARATION)].flatMap(([, names]) =>
    names!.split(",").map((name) => name.trim()),
  );

  test("each is one layer of its own name, whose place is declared once, before all rules", () => {
    expect(parts.map(({ name, top }) => [name, top])).toEqual(parts.map(({ name }) => [name, [`@layer ${name}`]]));
    expect(declared.toSorted()).toEqual(parts.map(({ name }) => name).toSorted());
    expect(layers!.replace(DECLARATION, "").trim()).toBe("");
    expect(withoutComments(stylesheet()).trimStart()).toStartWith(layers!.trim());
  });

  test("a selector has one part", () => {
    const homes = Map.groupBy(
      parts.flatMap(({ name, selectors }) => selectors.map(({ text }) => ({ text, name }))),
      ({ text }) => text,
    );
    const shared = [...homes].map(([text, found]) => [text, [...new Set(found.map(({ name }) => name))]] as const);
    expect(shared.filter(([, names]) => names.length > 1)).toEqual([]);
  });

  test.each(parts)("$name: what has a condition is about what the part has", ({ selectors }) => {
    const own = new Set(unconditional(selectors).flatMap(firstNames));
    const elsewhere = new Set(parts.flatMap((part) => unconditional(part.selectors).flatMap(firstNames)));
    const foreign = selectors.filter((selector) => {
      const names = selector.within.length > 0 ? firstNames(selector) : [];
      return !names.some((name) => own.has(name)) && names.some((name) => elsewhere.has(name));
    });
    expect(foreign).toEqual([]);
  });

  test.each(parts)("$name is short", ({ text }) => {
    expect(text.split("\n").length).toBeLessThan(300);
  });
});

describe("the stylesheet", () => {
  const copy = tempDir();
  afterAll(copy.remove);

  test("and with it the build of a page changes with any part", () => {
    cpSync(FOLDER, copy.path, { recursive: true });
    const builds = new Set([readAssets("1").build]);
    for (const name of ["layers", ...parts.map((part) => part.name)]) {
      appendFileSync(join(copy.path, `${name}.css`), "\n");
      builds.add(readAssets("1", stylesheet(copy.path)).build);
    }
    expect(builds.size).toBe(1 + 1 + parts.length);
    expect(readAssets("2").build).not.toBe(readAssets("1").build);
  });

  test("is not looked for where it cannot be", () => {
    expect(() => stylesheet(join(copy.path, "nowhere"))).toThrow(
      expect.objectContaining({ code: "refused", message: expect.stringContaining(STATIC) }),
    );
  });

  test("fetches the strip of masks, whose cells it knows, and the font, and nothing else", () => {
    const cells = [...MASKS, ...PRIORITY_MASKS];
    expect(stylesheet()).not.toMatch(/@import/);
    expect(
      stylesheet()
        .match(/url\([^)]*\)[^;]*/g)
        ?.sort(),
    ).toEqual([
      `url("inter.woff2") format("woff2")`,
      `url("marks.svg") calc(var(--m) * -14px) 0 / ${cells.length * 14}px 14px no-repeat`,
    ]);
    for (const [cell, name] of cells.entries())
      expect(stylesheet()).toMatch(new RegExp(`\\.m-${name} \\{\\s+--m: ${cell};`));
  });

  test("has a class for every status and every hue", () => {
    for (const status of ["triage", "todo", "ready", "running", "review", "blocked", "done", "archived"])
      expect(stylesheet()).toContain(`.c-${status} {`);
    for (let hue = 0; hue < 12; hue++) expect(stylesheet()).toContain(`.h${hue} {`);
  });
});
