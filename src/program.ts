/**
 * Where the program's own files are, and how the program starts itself.
 *
 * It runs in three forms: from its sources, from what `bun run build` writes to `dist/`, and as one compiled
 * binary. Beside a build and beside a binary are the same folders: `static/`, with the skills in it, and
 * `vendor/`. No other module may ask for its own place: a bundler puts many modules into one file. In a build this
 * one is in the folder beside `main.js`, for a file with bytecode does not know its own path.
 *
 * @module
 */
import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

const IN_BINARY = import.meta.dir.startsWith("/$bunfs/");
const IN_SOURCES = import.meta.path.endsWith(".ts");
/** The folder that holds `static/`. */
const BASE = IN_BINARY
  ? dirname(realpathSync(process.execPath))
  : IN_SOURCES
    ? join(import.meta.dir, "..")
    : dirname(import.meta.dir);

/** Scripts, styles and pictures for browsers. */
export const STATIC = join(BASE, "static");

/** The skills that come with the program. On a real disk in every form: other programs read them. */
export const BUNDLED_SKILLS = join(STATIC, "skills");

/** The files of other packages that browsers load: their names here, and what they are in their package. */
export const VENDOR: Readonly<Record<string, string>> = {
  "htmx.js": "htmx.org/dist/htmx.min.js",
};

/** The path of a file of `VENDOR`. */
export function vendorPath(name: string): string {
  return IN_SOURCES ? Bun.resolveSync(VENDOR[name]!, import.meta.dir) : join(BASE, "vendor", name);
}

/**
 * The argv prefix that runs this CLI.
 *
 * Bun reads `bunfig.toml` and `.env` from the folder it is started in. A worker's workspace is not
 * ours, so neither may be able to load code into the CLI or change its environment. (A binary is compiled
 * to read neither.)
 *
 * A build inside a clone names the clone's launcher and not itself: the launcher decides at every start
 * whether the build is still that of the sources.
 */
export function cliArgv(): string[] {
  if (IN_BINARY) return [process.execPath];
  const launcher = join(BASE, IN_SOURCES ? "src" : "../src", "kanban.ts");
  return [...bun(), IN_SOURCES || existsSync(launcher) ? launcher : join(BASE, "main.js")];
}

/** The argv of the worker built in as profile `demo`; from the sources it skips the CLI's own start-up. */
export function demoArgv(): string[] {
  return IN_SOURCES ? [...bun(), join(import.meta.dir, "worker", "demo_process.ts")] : [...cliArgv(), "worker-demo"];
}

function bun(): string[] {
  return [process.execPath, "--config=/dev/null", "--no-env-file"];
}
