/**
 * Starts git: the one module that does, a test sees to that.
 *
 * Git runs programs that its configuration names, and a worker can write the configuration of the
 * repository that it works in. So every call gets a short environment, no hooks, no monitor, no pager, and
 * no remote unless it may fetch: for an object that it lacks, git would ask one by the program that the
 * configuration names. What else a repository could name is kept out by `git_view.ts`. A call ends with its process: a program
 * that git left in the background may hold the pipes for ever, so they are closed soon after. It never
 * throws: each way in which git can fail is an answer of its own, because a failure is no "no".
 *
 * @module
 */
import { statSync } from "node:fs";
import { isAbsolute } from "node:path";
import { type Env, environment } from "../../home.ts";
import { findProgram } from "../start/program.ts";

/** The oldest git whose commands we use. */
const GIT_MIN = "2.30";

export type GitResult = { readonly kind: "ok"; readonly code: number; readonly out: string } | GitFailure;

/** Why there is no answer, in words. `stopped`: it took too long, or the caller did not want it any more. */
export interface GitFailure {
  readonly kind: "failed" | "not_a_repository" | "dubious_ownership" | "no_git" | "too_old" | "stopped";
  readonly words: string;
  /** What a person can do about it. */
  readonly hint?: string;
}

export interface GitOptions {
  readonly cwd: string;
  /** `GIT_DIR` and the like; wins over everything else. */
  readonly env?: Readonly<Record<string, string>>;
  /** Settings for this call alone, as `name=value`. */
  readonly settings?: readonly string[];
  /** Statuses beside 0 that are an answer. Default none. */
  readonly answers?: readonly number[];
  readonly input?: string;
  /** It may fetch: with the user's proxies and keys. */
  readonly network?: boolean;
  readonly deadlineMs?: number;
  /** More output than this is a failure. */
  readonly bytesMax?: number;
  readonly signal?: AbortSignal | undefined;
}

const DEADLINE_MS = 30_000;
const BYTES_MAX = 16 * 1024 * 1024;
const COMPLAINT_BYTES_MAX = 64 * 1024;
/** How long the pipes of a process that has ended may stay open. */
const PIPES_MS = 100;
/** How long a killed process may take to end; one that waits for a dead disk never does. */
const KILLED_MS = 1_000;

const COPIED = /^(HOME|XDG_CONFIG_HOME|TMPDIR)$/;
const COPIED_FOR_NETWORK =
  /^(SSH_AUTH_SOCK|SSH_AGENT_PID|GIT_SSH|GIT_SSH_COMMAND|(HTTPS?|ALL|NO)_PROXY|(https?|all|no)_proxy)$/;
const DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin";
/** No transport is allowed; before 2.45 there is no other way to keep git from fetching what it lacks. */
const NO_REMOTE = { GIT_NO_LAZY_FETCH: "1", GIT_ALLOW_PROTOCOL: "" };

/** Events of the commands that we use. Since 2.54 a hook can be set by the configuration, outside of every folder. */
const HOOKS = ["reference-transaction", "post-checkout", "post-index-change"];

/** For every call. A monitor is switched off by an empty value: before 2.36 "false" was the name of a program. */
const SETTINGS = [
  "core.fsmonitor=",
  "core.hooksPath=/dev/null",
  ...HOOKS.map((event) => `hook.${event}.enabled=false`),
  "core.untrackedCache=false",
  "gc.auto=0",
  "maintenance.auto=false",
  "submodule.recurse=false",
];

/**
 * Runs `git ARGS` and answers when its process has ended.
 *
 * @returns `ok` for status 0 and the statuses in `answers`; else what is wrong, with git's own words.
 */
export async function git(args: readonly string[], options: GitOptions): Promise<GitResult> {
  const version = await gitVersion(options.signal);
  return version.kind === "ok" ? start(version.out, args, options) : version;
}

/** The version of the git on the PATH, or why it cannot be used. */
export async function checkGit(): Promise<{ kind: "ok"; version: string } | GitFailure> {
  const found = await gitVersion();
  return found.kind === "ok" ? { kind: "ok", version: versions.get(keyOf(found.out))!.version } : found;
}

/** The path of the git on the PATH; null if none. */
export function gitProgram(): string | null {
  return findProgram("git", { path: pathOf(environment()), cwd: "/" });
}

/** Sums up what a program complained of: the line that says why, else its last lines. */
export function reasonIn(complaint: string): string {
  const lines = complaint.split("\n").map((line) => line.trim());
  const why = lines.find((line) => line.startsWith("fatal: ")) ?? lines.find((line) => line.startsWith("error: "));
  if (why !== undefined) return why.replace(/^(fatal|error): /, "");
  return lines.filter(Boolean).slice(-5).join("; ");
}

/** Known good programs: a newer git may be installed at the same path while we run. */
const versions = new Map<string, { version: string }>();

function keyOf(program: string): string {
  const stat = statSync(program, { throwIfNoEntry: false });
  return `${program}\0${stat?.ino}\0${stat?.mtimeMs}`;
}

/** `ok` with the path of the program. */
async function gitVersion(signal?: AbortSignal): Promise<GitResult> {
  const program = gitProgram();
  if (program === null)
    return { kind: "no_git", words: "git is not installed, or not on PATH", hint: `Install git ${GIT_MIN} or newer` };
  const key = keyOf(program);
  if (versions.has(key)) return { kind: "ok", code: 0, out: program };
  const ran = await start(program, ["--version"], { cwd: "/", signal });
  if (ran.kind !== "ok") return ran;
  const [, version, major, minor] = /^git version ((\d+)\.(\d+)\S*)/.exec(ran.out) ?? [];
  if (version === undefined) return { kind: "failed", words: `"${program}" is not git: it prints no version` };
  const [majorMin, minorMin] = GIT_MIN.split(".").map(Number) as [number, number];
  if (Number(major) < majorMin || (Number(major) === majorMin && Number(minor) < minorMin)) {
    return {
      kind: "too_old",
      words: `git ${version} is too old, it must be ${GIT_MIN} or newer`,
      hint: `Install git ${GIT_MIN} or newer`,
    };
  }
  versions.set(key, { version });
  return { kind: "ok", code: 0, out: program };
}

async function start(program: string, args: readonly string[], options: GitOptions): Promise<GitResult> {
  const { cwd, input, signal, deadlineMs = DEADLINE_MS, answers = [] } = options;
  if (signal?.aborted) return stopped(args, signal);
  const settings = [...SETTINGS, ...(options.settings ?? [])].flatMap((setting) => ["-c", setting]);
  let child: Bun.Subprocess<"ignore" | Buffer, "pipe", "pipe">;
  try {
    child = Bun.spawn([program, "--no-pager", "--literal-pathspecs", ...settings, ...args], {
      cwd,
      env: environmentOf(options),
      stdin: input === undefined ? "ignore" : Buffer.from(input),
      stdout: "pipe",
      stderr: "pipe",
      detached: true, // A process group of its own, to be ended as a whole; and no terminal to ask on.
    });
  } catch (error) {
    return { kind: "failed", words: (error as Error).message };
  }
  let why: GitFailure | null = null;
  const end = (failure: GitFailure) => {
    why ??= failure;
    killGroup(child.pid);
    ended.resolve();
  };
  const ended = Promise.withResolvers<void>();
  const tooMuch = () => end({ kind: "failed", words: `git ${args[0]} printed too much` });
  const out = collect(child.stdout, options.bytesMax ?? BYTES_MAX, tooMuch);
  const err = collect(child.stderr, COMPLAINT_BYTES_MAX);
  const timer = setTimeout(() => end(tookTooLong(args, deadlineMs)), deadlineMs);
  const abort = () => end(stopped(args, signal!));
  signal?.addEventListener("abort", abort);
  await Promise.race([child.exited, ended.promise]);
  clearTimeout(timer);
  signal?.removeEventListener("abort", abort);
  if (why !== null) await Promise.race([child.exited, Bun.sleep(KILLED_MS)]);
  await Promise.race([Promise.all([out.done, err.done]), Bun.sleep(PIPES_MS)]);
  const [text, complaint] = [out.close(), err.close()];
  child.unref();
  if (why !== null) return why;
  const code = child.exitCode;
  if (code !== null && (code === 0 || answers.includes(code))) return { kind: "ok", code, out: text };
  return failureOf(args, complaint, code, child.signalCode);
}

function environmentOf({ env = {}, network = false }: GitOptions): Record<string, string> {
  const mine = environment();
  const copied = Object.entries(mine).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (COPIED.test(entry[0]) || (network && COPIED_FOR_NETWORK.test(entry[0]))),
  );
  return {
    ...Object.fromEntries(copied),
    PATH: pathOf(mine),
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "", // Empty: no window that asks for a password either.
    ...(network ? {} : NO_REMOTE),
    ...env,
  };
}

/** Relative folders would be looked up in a worker's folder. */
function pathOf(env: Env): string {
  const folders = (env["PATH"] ?? "").split(":").filter(isAbsolute);
  return folders.length === 0 ? DEFAULT_PATH : folders.join(":");
}

/** Reads a pipe until its end, or until it is closed. Without `tooMuch` the rest of a long text is dropped. */
function collect(stream: ReadableStream<Uint8Array>, bytesMax: number, tooMuch?: () => void) {
  const reader = stream.getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  const done = (async () => {
    for (;;) {
      const { value, done: over } = await reader.read();
      if (over) return;
      if (size < bytesMax) parts.push(value.subarray(0, bytesMax - size)); // A part of it may be far over the limit.
      size += value.length;
      if (size > bytesMax && tooMuch !== undefined) return tooMuch();
    }
  })().catch(() => {}); // A pipe that breaks has ended.
  return {
    done,
    close(): string {
      void reader.cancel().catch(() => {});
      return Buffer.concat(parts).toString("utf8");
    },
  };
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

function failureOf(
  args: readonly string[],
  complaint: string,
  code: number | null,
  signal: NodeJS.Signals | number | null,
): GitFailure {
  const words = reasonIn(complaint);
  if (/^not a git repository/.test(words)) return { kind: "not_a_repository", words: "it is not a git repository" };
  const [, unsafe] = /(?:detected dubious ownership in|unsafe) repository (?:at )?\(?'([^']+)'/.exec(complaint) ?? [];
  if (unsafe !== undefined) {
    return {
      kind: "dubious_ownership",
      words: `git refuses "${unsafe}": it belongs to another user`,
      hint: `If you trust it: git config --global --add safe.directory '${unsafe}'`,
    };
  }
  const how = signal === null ? `ended with status ${code}` : `was ended by ${signal}`;
  return { kind: "failed", words: words === "" ? `git ${args[0]} ${how} without a word` : words };
}

function tookTooLong(args: readonly string[], deadlineMs: number): GitFailure {
  return { kind: "stopped", words: `git ${args[0]} took longer than ${Math.ceil(deadlineMs / 1_000)} s` };
}

function stopped(args: readonly string[], { reason }: AbortSignal): GitFailure {
  return { kind: "stopped", words: `git ${args[0]} was stopped: ${reason instanceof Error ? reason.message : reason}` };
}
