#!/usr/bin/env bun
/**
 * The entry of a binary and of a clone without a build.
 *
 * A file of its own, for `main.ts` is loaded by other modules too: a bundler moves it into a chunk, and there no
 * module can tell whether it was started.
 *
 * @module
 */
import { main } from "./main.ts";

export { main };

if (import.meta.main) void main(process.argv.slice(2)).then((status) => process.exit(status));
