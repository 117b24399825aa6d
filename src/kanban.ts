#!/usr/bin/env bun
/**
 * The command `kanban` of a clone: runs `dist/` where that is a build of the very sources beside it, else the
 * sources.
 *
 * The build lists the files it was made of, each with its size and time. They are compared at every start (about a
 * millisecond), so that an edit, a checkout or a pull counts from the next call on. It imports next to nothing: every
 * command pays for each module that it loads.
 *
 * @module
 */
import { readFileSync, statSync } from "node:fs";
import { bunProblem } from "./bun_version.ts";

/** What a build was made of: paths in the clone, sizes in bytes, times in milliseconds since the epoch. */
export type BuildStamp = readonly (readonly [path: string, size: number, mtimeMs: number])[];

/** The name of the stamp in `dist/`. */
export const STAMP = "sources.json";

/** Whether `dist/` of this clone was built of its sources as they are now. */
export function isCurrent(clone: string): boolean {
  try {
    const stamp = JSON.parse(readFileSync(`${clone}/dist/${STAMP}`, "utf8")) as BuildStamp;
    return stamp.every(([path, size, mtimeMs]) => {
      const found = statSync(`${clone}/${path}`);
      return found.size === size && found.mtimeMs === mtimeMs;
    });
  } catch {
    return false; // No build, half a build, or a file of it is gone.
  }
}

async function start(clone: string): Promise<never> {
  const problem = bunProblem(Bun.version, "src/kanban.ts");
  if (problem !== null) {
    console.error(problem);
    process.exit(1);
  }
  // A variable keeps the build out of the type check: most clones have none.
  const built: string = `${clone}/dist/main.js`;
  const { main } = isCurrent(clone) ? await import(built) : await import("./cli/program_entry.ts");
  process.exit(await main(process.argv.slice(2)));
}

if (import.meta.main) void start(`${import.meta.dir}/..`);
