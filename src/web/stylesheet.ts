/**
 * `/static/board.css`: the parts of it in `static/css/`, joined when the server starts.
 *
 * Every part is a cascade layer, so the order of the parts means nothing. `layers.css` is the first, for the first
 * `@layer` that a browser reads decides which layer wins.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { KanbanError } from "../kernel/mod.ts";
import { STATIC } from "../program.ts";

const LAYERS = "layers.css";

/**
 * The text of the stylesheet.
 *
 * @param folder Where the parts are.
 * @throws {KanbanError} `refused` when the program's files are not beside it.
 */
export function stylesheet(folder = join(STATIC, "css")): string {
  if (!existsSync(folder)) {
    throw new KanbanError(
      "refused",
      `Cannot serve the web board: its files must be in "${STATIC}", they are not`,
      "Keep the folders static and vendor beside the program",
    );
  }
  const parts = [...new Bun.Glob("*.css").scanSync(folder)].filter((name) => name !== LAYERS).sort();
  return [LAYERS, ...parts].map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
}
