/**
 * The real CLI in a temporary home: every call is a process of its own, as for a user.
 *
 * @module
 */
import { join } from "node:path";
import { type Board, closeBoard, openBoard } from "../kernel/mod.ts";
import { dump, tempDir } from "./mod.ts";

/** The CLI that is tested: its sources, or with `KANBAN_TEST_MAIN=$PWD/dist/main.js bun test src/cli` a build. */
export const MAIN = process.env["KANBAN_TEST_MAIN"] ?? join(import.meta.dir, "../cli/main.ts");

/** NUL ends the output of each command line: nothing that the CLI prints can contain it. */
const BATCH = `
  const { writeSync } = require("node:fs");
  const [main, lines] = process.argv.slice(-2);
  const cli = await import(main);
  for (const words of JSON.parse(lines)) {
    const status = await cli.main(words);
    writeSync(1, "\\0" + status + "\\0");
    writeSync(2, "\\0");
  }`;

/** What became of one call. */
export interface Ran {
  exit: number;
  stdout: string;
  stderr: string;
}

/** What a pseudo terminal got. */
export interface Shown {
  exit: number;
  bytes: Buffer;
  /** The same as text. */
  screen: string;
}

export interface RunOptions {
  /** Given on standard input; without it standard input is empty. */
  stdin?: string | Uint8Array;
  cwd?: string;
  /** Runs as another user; only root can. */
  uid?: number | undefined;
  /** Further variables; undefined takes one away. */
  env?: Record<string, string | undefined>;
}

export interface BatchOptions {
  /** Further variables of the process. */
  env?: Record<string, string>;
  /** Variables that only the process above it has, which waits for it. */
  above?: Record<string, string>;
}

export interface Cli {
  /** The home; its name has a space and an emoji. */
  readonly dir: string;
  readonly env: Record<string, string>;
  /** Runs `kanban WORDS…`. */
  run(...words: string[]): Promise<Ran>;
  runWith(options: RunOptions, ...words: string[]): Promise<Ran>;
  /** Runs many command lines one after the other in one process: for tables of cases. */
  batch(lines: readonly (readonly string[])[], options?: BatchOptions): Promise<Ran[]>;
  /** Runs with --json, expects success and returns what was printed. */
  json<T = Record<string, unknown>>(...words: string[]): Promise<T>;
  /** Creates a task and returns its id. */
  create(title: string, ...flags: string[]): Promise<string>;
  /** Runs it in a pseudo terminal and returns every byte that reached it. */
  terminal(
    words: readonly string[],
    options?: { cols?: number; env?: Record<string, string>; typed?: string },
  ): Promise<Shown>;
  /** Starts it and leaves it running; the caller ends it. */
  start(words: readonly string[], options?: RunOptions): Bun.Subprocess<"ignore", "pipe", "pipe">;
  /** Opens the board that the CLI uses, for one look. */
  board<T>(look: (board: Board) => T): T;
  /** Every row of the board, as text. */
  dump(): string;
  remove(): void;
}

/**
 * A CLI with a fresh, empty home, and an environment with nothing of the caller's but the PATH.
 *
 * @param program The argv prefix that runs it. `batch` does not use it.
 */
export function testCli(program: readonly string[] = [process.execPath, MAIN]): Cli {
  const { path: dir, remove } = tempDir();
  const env: Record<string, string> = {
    PATH: process.env["PATH"] ?? "",
    HOME: dir,
    USER: "ann",
    TZ: "UTC",
    KANBAN_HOME: join(dir, "home"),
  };
  const spawn = (words: readonly string[], { cwd = dir, env: more = {} }: RunOptions) => {
    const all = Object.entries({ ...env, ...more }).filter(([, value]) => value !== undefined);
    return { cmd: [...program, ...words], cwd, env: Object.fromEntries(all) as Record<string, string> };
  };
  const runWith = async (options: RunOptions, ...words: string[]): Promise<Ran> => {
    const stdin = options.stdin === undefined ? "ignore" : new Blob([options.stdin]);
    const user = options.uid === undefined ? {} : { uid: options.uid, gid: options.uid };
    const child = Bun.spawn({ ...spawn(words, options), ...user, stdin, stdout: "pipe", stderr: "pipe" });
    const [stdout, stderr, exit] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    return { exit, stdout, stderr };
  };
  const batch = async (
    lines: readonly (readonly string[])[],
    { env: more = {}, above = {} }: BatchOptions = {},
  ): Promise<Ran[]> => {
    const alone = [process.execPath, "-e", BATCH, MAIN, JSON.stringify(lines)];
    const without = Object.keys(above).flatMap((name) => ["-u", name]);
    // The shell does not become the command: there is one more after it.
    const below = ["/bin/sh", "-c", '"$@"; exit $?', "sh", "env", ...without];
    const cmd = without.length === 0 ? alone : [...below, ...pairs(more), ...alone];
    const options = { ...spawn([], { env: { ...more, ...above } }), cmd };
    const child = Bun.spawn({ ...options, stdin: "ignore", stdout: "pipe", stderr: "pipe", timeout: 60_000 });
    const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    const results = stdout.split("\0");
    const complaints = stderr.split("\0");
    if (results.length !== lines.length * 2 + 1) throw new Error(`The batch ended early: ${stderr}`);
    return lines.map((_, n) => ({ stdout: results[2 * n]!, exit: Number(results[2 * n + 1]), stderr: complaints[n]! }));
  };
  const json = async <T>(...words: string[]): Promise<T> => {
    const { exit, stdout, stderr } = await runWith({}, ...words, "--json");
    if (exit !== 0) throw new Error(`kanban ${words.join(" ")} ended with ${exit}: ${stderr}`);
    return JSON.parse(stdout) as T;
  };
  const file = join(env["KANBAN_HOME"]!, "kanban.db");
  const board = <T>(look: (opened: Board) => T): T => {
    const opened = openBoard(file);
    try {
      return look(opened);
    } finally {
      closeBoard(opened);
    }
  };
  return {
    dir: env["KANBAN_HOME"]!,
    env,
    run: (...words) => runWith({}, ...words),
    runWith,
    batch,
    json,
    create: async (title, ...flags) => (await json<{ id: string }>("create", title, ...flags)).id,
    terminal: (words, options = {}) =>
      inTerminal(spawn(words, { env: { TERM: "xterm", ...options.env } }), options.cols, options.typed),
    start: (words, options = {}) =>
      Bun.spawn({ ...spawn(words, options), stdin: "ignore", stdout: "pipe", stderr: "pipe" }),
    board,
    dump: () => board(dump),
    remove,
  };
}

function pairs(variables: Record<string, string>): string[] {
  return Object.entries(variables).map(([name, value]) => `${name}=${value}`);
}

async function inTerminal(
  what: { cmd: string[]; cwd: string; env: Record<string, string> },
  cols = 100,
  typed = "",
): Promise<Shown> {
  const chunks: Uint8Array[] = [];
  let ended = () => {};
  const drained = new Promise<void>((done) => (ended = done));
  const child = Bun.spawn({
    ...what,
    terminal: { cols, rows: 40, data: (_, bytes) => void chunks.push(bytes.slice()), exit: () => ended() },
  });
  if (typed !== "") child.terminal!.write(typed); // Kept by the terminal until it is read.
  const exit = await child.exited;
  child.terminal!.close();
  await drained;
  const bytes = Buffer.concat(chunks);
  return { exit, bytes, screen: bytes.toString() };
}
