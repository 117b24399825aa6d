/** @jsxImportSource hono/jsx */
import { expect, test } from "bun:test";
import { testBoard } from "../../src/testing/mod.ts";
import { shellView } from "../../src/testing/views.ts";
import { Overlays } from "./overlays.tsx";

test("the menus offer the current names, on every page", () => {
  const { menus } = shellView(testBoard().board);
  const shown = (profiles: string[]) => String(<Overlays menus={{ ...menus, profiles }} />);

  const first = shown(["coder"]);
  const second = shown(["coder", "linguist"]);

  expect(first).toContain("coder");
  expect(first).not.toContain("linguist");
  expect(second).toContain("linguist");
  expect(shown(["coder"])).toBe(first);
});
