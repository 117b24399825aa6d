/**
 * The CLI as a process, with a home of its own.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Home, homeOf, profilePath } from "../src/home.ts";
import { until } from "./harness.ts";

const CLI = join(import.meta.dir, "..", "src", "cli", "main.ts");

/** A home for one suite, and the environment that programs get with it: nothing of ours leaks into them. */
export interface Place {
  home: Home;
  env: Record<string, string>;
}

/** Names a home; the first program that runs in it creates it. */
export function placeAt(dir: string, more: Record<string, string> = {}): Place {
  const env = {
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    HOME: dir,
    USER: "stress",
    LANG: "C.UTF-8",
    TMPDIR: process.env["TMPDIR"] ?? "/tmp",
    NO_COLOR: "1",
    KANBAN_HOME: dir,
    ...more,
  };
  return { home: homeOf(env), env };
}

/** Writes a worker profile. */
export function writeProfile({ home }: Place, name: string, settings: object): void {
  mkdirSync(join(home.profiles, name), { recursive: true, mode: 0o700 });
  writeFileSync(profilePath(home, name), JSON.stringify(settings), { mode: 0o600 }); // JSON is YAML.
}

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs one verb to its end. */
export async function cli(
  place: Place,
  args: readonly string[],
  { cwd, stdin, uid, ms = 30_000 }: { cwd?: string; stdin?: string | Uint8Array; uid?: number; ms?: number } = {},
): Promise<Ran> {
  const child = Bun.spawn({
    cmd: [process.execPath, CLI, ...args],
    env: place.env,
    stdin: stdin === undefined ? "ignore" : typeof stdin === "string" ? new TextEncoder().encode(stdin) : stdin,
    stdout: "pipe",
    stderr: "pipe",
    ...(cwd === undefined ? {} : { cwd }),
    ...(uid === undefined ? {} : { uid, gid: uid }),
    timeout: ms,
    killSignal: "SIGKILL",
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, stdout, stderr };
}

/** Runs one verb that must succeed and returns the JSON it prints. */
export async function cliJson<T>(place: Place, args: readonly string[]): Promise<T> {
  const [verb, ...rest] = args;
  const { code, stdout, stderr } = await cli(place, [verb!, "--json", ...rest]);
  if (code !== 0) throw new Error(`kanban ${args.join(" ")} exited ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

/** A program that stays: a daemon, a server. */
export interface Program {
  pid: number;
  /** What it has printed so far, on both streams. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  exited: Promise<number>;
}

/**
 * Starts a verb that runs until it is ended.
 *
 * @param options.under The words of a program that runs it, in namespaces of its own; `pid` is that program's then.
 */
export function startProgram(
  place: Place,
  args: readonly string[],
  { under = [] }: { under?: readonly string[] } = {},
): Program {
  const child = Bun.spawn({
    cmd: [...under, process.execPath, CLI, ...args],
    env: place.env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const read = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) output += decoder.decode(chunk, { stream: true });
  };
  void read(child.stdout);
  void read(child.stderr);
  return { pid: child.pid, output: () => output, kill: (signal) => child.kill(signal), exited: child.exited };
}

/** A running web server: its address and the token that programs send. */
export interface Server extends Program {
  url: string;
  token: string;
}

/** Starts `kanban serve` on a free port. */
export async function startServer(place: Place): Promise<Server> {
  const program = startProgram(place, ["serve", "--no-open", "--port", "0", "--json"]);
  let over = false;
  void program.exited.then(() => (over = true));
  await until(() => over || program.output().includes("\n"), "the server to listen");
  if (over) throw new Error(`the server ended: ${program.output()}`);
  const { port } = JSON.parse(program.output().split("\n")[0]!) as { port: number };
  const token = (await Bun.file(place.home.token).text()).trim();
  return { ...program, url: `http://127.0.0.1:${port}`, token };
}

/** Ends a program and waits for it. */
export async function stop(program: Program, signal: NodeJS.Signals = "SIGTERM"): Promise<number> {
  program.kill(signal);
  const late = setTimeout(() => program.kill("SIGKILL"), 8_000);
  const code = await program.exited;
  clearTimeout(late);
  return code;
}
