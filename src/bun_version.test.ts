import { expect, test } from "bun:test";
import manifest from "../package.json";
import { bunProblem, NEEDED_BUN } from "./bun_version.ts";

test("an older Bun is told which one is needed, and how to run without installing it", () => {
  expect(bunProblem("1.3.5", "run demo")).toBe(
    "kanban needs Bun 1.4.5 or newer, this is 1.3.5. Without installing it: npx --yes bun@1.4.5 run demo",
  );
  expect([bunProblem(NEEDED_BUN, "x"), bunProblem("1.10.0", "x"), bunProblem(Bun.version, "x")]).toEqual([
    null,
    null,
    null,
  ]);
});

test("every package script that installs asks first, and the manifest says the same version", () => {
  expect(manifest.engines.bun).toBe(`>=${NEEDED_BUN}`);
  expect(manifest.dependencies.bun).toBe(NEEDED_BUN);
  for (const [name, script] of Object.entries(manifest.scripts)) {
    if (script.includes("install")) expect(script).toStartWith(`bun src/bun_version.ts run ${name} && bun install`);
  }
});
