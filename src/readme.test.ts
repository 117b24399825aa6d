import { expect, test } from "bun:test";

const readme = await Bun.file(`${import.meta.dir}/../README.md`).text();
const lines = [...readme.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block]) => block!.trimEnd().split("\n"));

/** Zsh at its prompt takes `#` as an argument, and dash knows no `$'…'`. */
test("every command of the README works when it is pasted into bash, zsh or dash", () => {
  expect(lines).toContain("npx --yes bun@1.4.5 run check");
  expect(lines.filter((line) => /(^|\s)#/.test(line) || line.includes("$'"))).toEqual([]);
});
