import { describe, expect, test } from "bun:test";
import { Glob } from "bun";

const STATIC = `${import.meta.dir}/../static`;
const read = (path: string) => Bun.file(path).text();
const names = (pattern: string, cwd: string) => [...new Glob(pattern).scanSync(cwd)].sort();
const scripts = new Map(
  await Promise.all(names("*.js", STATIC).map(async (name) => [name, await read(`${STATIC}/${name}`)] as const)),
);
const views = (
  await Promise.all(
    names("**/*.tsx", import.meta.dir)
      .filter((name) => !name.includes(".test."))
      .map((name) => read(`${import.meta.dir}/${name}`)),
  )
).join("\n");
const all = [...scripts.values()].join("\n");

const found = (text: string, pattern: RegExp) => new Set([...text.matchAll(pattern)].map((match) => match[1]!));

describe("what views declare, scripts do", () => {
  test("every data-do has its handler, every handler something to press", () => {
    const pressed = found(views + all, /(?:data-do="|dataset\.do = ")([a-z-]+)"/g);
    const handled = found(all, /\bact\("([a-z-]+)"/g);
    expect([...pressed].filter((name) => !handled.has(name))).toEqual([]);
    expect([...handled].filter((name) => !pressed.has(name))).toEqual([]);
  });
  test("every data-act is performed", () => {
    const acts = found(views, /\bact(?:="|: ")([a-z-]+)"/g);
    const performed = found(all, /name === "([a-z-]+)"/g);
    const listed = found(all, /\["dispatch", ("pause", "resume")\]/g).size > 0 ? ["dispatch", "pause", "resume"] : [];
    expect(
      [...acts].filter((name) => !performed.has(name) && !listed.includes(name) && !name.startsWith("theme-")),
    ).toEqual([]);
  });
  test("every id that scripts look up is rendered", () => {
    const wanted = found(all, /\$\("#([a-z-]+)"\)/g);
    const composed = [/^list-[a-z]+$/, /-picks$/, /^error-/]; // `list-${name}` and the like
    const rendered = (id: string) => views.includes(`id="${id}"`) || all.includes(`id = "${id}"`);
    expect([...wanted].filter((id) => !rendered(id) && !composed.some((form) => form.test(id)))).toEqual([]);
  });
  test("every form of time is one of both sides", () => {
    const forms = found(views, /form="([a-z]+)"/g);
    expect([...forms].every((form) => form === "short" || scripts.get("time_words.js")!.includes(`"${form}"`))).toBe(
      true,
    );
  });
});

describe("scripts", () => {
  test("board.js reaches every module but the login's", () => {
    const reached = new Set(["login.js"]);
    const visit = (name: string) => {
      if (reached.has(name)) return;
      reached.add(name);
      for (const next of found(scripts.get(name)!, /from "\.\/([a-z_]+\.js)"|import "\.\/[a-z_]+\.js"/g))
        if (next) visit(next);
      for (const next of found(scripts.get(name)!, /^import "\.\/([a-z_]+\.js)"/gm)) visit(next);
    };
    visit("board.js");
    expect([...scripts.keys()].filter((name) => !reached.has(name))).toEqual([]);
  });
  test.each([...scripts.keys()])("%s is a small module with a head, and keeps the policy", (name) => {
    const source = scripts.get(name)!;
    expect(source).toMatch(/^\/\*\*[\s\S]*?@module\n \*\//);
    expect(source.split("\n").length).toBeLessThan(300);
    expect(source).not.toMatch(
      /\beval\(|new Function|\.innerHTML|outerHTML ?=|document\.write|setAttribute\("(style|on)|https?:\/\/(?!www\.w3\.org)/,
    );
  });
  test("none but paths.js asks the browser for a path, or names one to it", () => {
    for (const [name, source] of scripts) {
      const code = source.replaceAll(/^ *(?:\*|\/\/).*$/gm, "");
      const raw =
        /location\.pathname|(?:fetch|assign|open)\([`"]\/|(?:href|action|location) = [`"]\/|path=\/;|State\([^()]*[`"]\//;
      if (name !== "paths.js") expect([name, raw.exec(code)?.[0]]).toEqual([name, undefined]);
    }
  });
  test("only the log is inserted as markup", () => {
    expect(all.match(/insertAdjacentHTML/g)).toHaveLength(1);
  });
});
