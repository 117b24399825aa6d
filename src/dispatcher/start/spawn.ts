/**
 * Starts a worker's process so that its exit status is known even if the dispatcher ends.
 *
 * A constant shell script gets the argv as `"$@"`, runs it in the foreground and writes its status to
 * the run's exit file. No text of a user is ever parsed by that shell. The process leads a session and
 * a process group of its own, so it outlives the dispatcher and can be signalled as a whole.
 *
 * @module
 */
import { closeSync, constants, statSync } from "node:fs";
import { createFile, discard, openRegular, readSmall } from "../../files.ts";
import { ofHome } from "../../home_trouble.ts";
import { KanbanError, type Run } from "../../kernel/mod.ts";
import type { Processes } from "../processes/liveness.ts";

/**
 * `trap :` lets the wrapper survive a SIGTERM to the group, so that it can still write the status;
 * `trap ''` would be inherited by the worker. The status ends with a newline: a reader that finds none
 * is early. It is written over `RESERVED` and not into an empty file, because on a full disk there is
 * room for nothing else. The wrapper ends with the same status, for a parent that is still there. Nothing
 * is assigned before the worker starts: a variable of that name in its environment would change.
 */
const WRAPPER = `trap : TERM INT HUP; "$@"; s=$?; printf '%3d\\n' "$s" 1<>"$0"; exit "$s"`;
const RESERVED = "    ";
export const STATUS_BYTES_MAX = 16;

export interface Start {
  /** argv[0] is an absolute path, see `findProgram`. */
  argv: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** Gets the exit status, a decimal and a newline. */
  exitFile: string;
  /** An open descriptor that gets stdout and stderr. */
  log: number;
  /** A file to read as stdin; null means /dev/null. */
  stdin: string | null;
}

/** How a process ended; both null when it is unknown. */
export interface Exit {
  exit_code: number | null;
  signal: string | null;
}

/** Children of this very process by pid, and how their wrapper ended once it has. */
const children = new Map<number, { started: string | null; exit: Exit | null }>();
const listeners = new Set<(pid: number) => void>();

/**
 * Starts the process and returns its pid, with which its group can be signalled.
 *
 * @throws {KanbanError} `refused` when it cannot be started: no such folder, too long an argument, …
 * @throws {HomeTrouble} when there can be no exit file.
 */
export function spawnWorker(processes: Processes, start: Start): { pid: number; pid_started: string | null } {
  requireFolder(start.cwd);
  discard(start.exitFile); // That of an earlier run: a restored backup repeats ids.
  ofHome(start.exitFile, () => createFile(start.exitFile, RESERVED));
  const { stdin } = start;
  const input = stdin === null ? null : ofHome(stdin, () => openRegular(stdin, constants.O_RDONLY));
  let child: Bun.Subprocess;
  try {
    child = Bun.spawn(["/bin/sh", "-c", WRAPPER, start.exitFile, ...start.argv], {
      cwd: start.cwd,
      env: { ...start.env },
      detached: true,
      stdin: input ?? "ignore",
      stdout: start.log,
      stderr: start.log,
      onExit(_, exitCode, signalCode) {
        const known = children.get(child.pid);
        if (known) known.exit = { exit_code: exitCode, signal: signalName(signalCode) };
        for (const listener of listeners) listener(child.pid);
      },
    });
  } catch (error) {
    const failed = new KanbanError(
      "refused",
      `Cannot start "${start.argv[0]}": ${startProblem(error as NodeJS.ErrnoException)}`,
    );
    failed.cause = error;
    throw failed;
  } finally {
    if (input !== null) closeSync(input);
  }
  const pid_started = processes.startOf(child.pid);
  children.set(child.pid, { started: pid_started, exit: null });
  child.unref();
  return { pid: child.pid, pid_started };
}

/** Calls `listener` with the pid when a process that this one started has ended. Returns the way to stop that. */
export function onChildExit(listener: (pid: number) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

type Process = Pick<Run, "pid" | "pid_started">;

/** Whether this very process started it, so that its end is reported. */
export function isOurChild(process: Process): boolean {
  return childOf(process) !== null;
}

/** Whether this very process started it and the system has not reported its end yet. */
export function awaitsReport(process: Process): boolean {
  return childOf(process)?.exit === null;
}

/** A pid alone may be that of an earlier child whose run another dispatcher has dealt with. */
function childOf({ pid, pid_started }: Process) {
  const child = pid === null ? undefined : children.get(pid);
  return child !== undefined && child.started === pid_started ? child : null;
}

/** Forgets a child whose run has been dealt with: its pid may be reused by another process. */
export function forgetChild(pid: number): void {
  children.delete(pid);
}

/**
 * How a run's process ended: from its exit file, else from what we saw as its parent.
 *
 * Statuses over 128 are how a shell reports a signal.
 */
export function readExit(exitFile: string, process: Process): Exit {
  const seen = childOf(process)?.exit;
  const status = readStatus(exitFile) ?? seen?.exit_code ?? null;
  if (status === null) return { exit_code: null, signal: seen?.signal ?? null };
  const signal = status > 128 ? signalByNumber(status - 128) : null;
  return signal === null ? { exit_code: status, signal: null } : { exit_code: null, signal };
}

/** The status in an exit file, or null if none yet. */
export function readStatus(exitFile: string): number | null {
  try {
    const text = readSmall(exitFile, STATUS_BYTES_MAX);
    return /^ *\d{1,3}\n$/.test(text) ? Number(text) : null;
  } catch {
    return null;
  }
}

function requireFolder(cwd: string): void {
  let isFolder = false;
  try {
    isFolder = statSync(cwd).isDirectory();
  } catch {
    // Reported below: the system would blame the program instead of the folder.
  }
  if (!isFolder) throw new KanbanError("refused", `Cannot start in "${cwd}": no such folder`);
}

function startProblem(error: NodeJS.ErrnoException): string {
  if (error.code === "E2BIG") return "its arguments and environment exceed the limit of this system";
  return error.message;
}

const SIGNALS = [
  "HUP",
  "INT",
  "QUIT",
  "ILL",
  "TRAP",
  "ABRT",
  "BUS",
  "FPE",
  "KILL",
  "USR1",
  "SEGV",
  "USR2",
  "PIPE",
  "ALRM",
  "TERM",
];

function signalByNumber(number: number): string | null {
  const name = SIGNALS[number - 1];
  return name === undefined ? null : `SIG${name}`;
}

function signalName(code: number | string | null): string | null {
  return typeof code === "number" ? (signalByNumber(code) ?? `signal ${code}`) : code;
}
