import { expect, test } from "bun:test";
import * as kernel from "./kernel/mod.ts";
import { assertThrows } from "./testing/mod.ts";

// Every ```ts block in a kernel doc comment is a test: it runs with the kernel's public names in scope.
const examples: [file: string, code: string][] = [];
for (const file of [...new Bun.Glob("kernel/**/*.ts").scanSync(import.meta.dir)].sort()) {
  const source = await Bun.file(`${import.meta.dir}/${file}`).text();
  for (const [, block] of source.matchAll(/\* ```ts\n([\s\S]*?)\* ```/g)) {
    examples.push([file, block!.replace(/^ *\* ?/gm, "")]);
  }
}

test("there are examples to run", () => {
  expect(examples.length).toBeGreaterThan(2);
});

test.each(examples)("the example in %s runs", (_file, example) => {
  const code = new Bun.Transpiler({ loader: "ts" }).transformSync(example);
  const run = new Function(...Object.keys(kernel), "assertThrows", code);
  expect(() => run(...Object.values(kernel), assertThrows)).not.toThrow();
});
