/**
 * `/static/board.js`: the modules of `static/`, joined into one when it is first asked for. A page would else ask for
 * forty files, six at a time. Names stay as they are, so that what a browser says of an error can be read.
 *
 * @module
 */
import { join } from "node:path";
import { STATIC } from "../program.ts";

/** What every page begins with; it imports the rest. */
export const ENTRY = "board.js";

/**
 * The text of the script.
 *
 * @param folder Where the modules are.
 * @throws {Error} When one of them cannot be read, or is no JavaScript.
 */
export async function script(folder = STATIC): Promise<string> {
  const { outputs } = await Bun.build({
    entrypoints: [join(folder, ENTRY)],
    target: "browser",
    minify: { whitespace: true, syntax: true },
  });
  return outputs[0]!.text();
}
