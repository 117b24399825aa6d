/**
 * Which processes are ours, and which of them live.
 *
 * A worker's process is identified by its pid, its start time as the operating system reports it, and the
 * place where both mean something: the boot of the machine and the PID namespace. In its own place a pid
 * that does not match them is another process: it is never signalled, and the worker counts as gone. A
 * zombie is dead. Of a worker in another place nothing can be said: "not seen" is not "gone".
 *
 * The worker leads a process group of its own. When the leader is gone, members may be left behind,
 * in the group or in sessions of their own; they are found by the run's variables in their environment.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import type { Home } from "../../home.ts";
import type { Run } from "../../kernel/mod.ts";
import { macProcesses } from "./liveness_ps.ts";
import { isRestart, linuxPlace, type Place } from "./process_place.ts";
import { sendSignal, type Signal } from "./signal.ts";

/** One process. */
export interface Seen {
  readonly pid: number;
  /** Its process group. */
  readonly group: number;
  readonly session: number;
  /** One letter, as in ps: R, S, D, T, … */
  readonly state: string;
  /** Start time, opaque, comparable for equality; with `order` for age. */
  readonly started: string;
  /** Grows with the start time. */
  readonly order: number;
}

/** What the operating system knows about processes. Tests put a layer before it whose signals do nothing. */
export interface Processes extends Place {
  /** A living process; a zombie counts as none. */
  look(pid: number): Seen | null;
  /** Every living process. */
  all(): Seen[];
  /** How long ago a live process was started, in milliseconds; null if none. */
  ageMs(pid: number): number | null;
  /** Start time of a process of our own, also when it is a zombie already. */
  startOf(pid: number): string | null;
  /** How much processor time processes and the children that they waited for have used, in milliseconds. */
  cpuMs(pids: readonly number[]): number;
  /** Whether a process was started with all of these `NAME=value` in its environment. */
  bears(pid: number, variables: readonly string[]): boolean;
  /** Signals a process, or with a negative pid its whole group. False when no process received it. */
  signal(pid: number, signal: Signal): boolean;
}

/** What identifies a run's process. */
export type Worker = Pick<Run, "id" | "pid" | "pid_started" | "boot_id" | "host" | "pid_namespace">;

declare const SEEN_HERE: unique symbol;
/** A run whose processes are visible from here. Only `viewOf` makes one. */
export type VisibleRun<R extends Worker = Worker> = R & { readonly [SEEN_HERE]: true };

/**
 * What a place can know about a run's processes: `visible` ones can be checked, those of an earlier boot
 * of this machine are `gone`, and of `unseen` ones, on another machine or in another PID namespace, nothing
 * is known.
 */
export type View<R extends Worker> =
  { readonly kind: "visible"; readonly run: VisibleRun<R> } | { readonly kind: "gone" | "unseen" };

/** Decides what can be known from a place about a run that a dispatcher made. When in doubt, nothing. */
export function viewOf<R extends Worker>(place: Place, run: R): View<R> {
  if (run.boot_id === place.bootId && run.pid_namespace === place.namespace) {
    return { kind: "visible", run: run as VisibleRun<R> };
  }
  return { kind: isRestart(run, place) ? "gone" : "unseen" };
}

/** The processes of this machine. */
export function systemProcesses(): Processes {
  return process.platform === "linux" ? linuxProcesses() : macProcesses();
}

/** The unit of Linux's start times, independent of its own clock: part of its interface to programs. */
const TICKS_PER_SECOND = 100;

function linuxProcesses(): Processes {
  return {
    ...linuxPlace(),
    look: (pid) => living(parseStat(read(`/proc/${pid}/stat`))),
    all: () =>
      readdirSync("/proc")
        .filter((name) => name.charCodeAt(0) <= 57 && name.charCodeAt(0) >= 48)
        .map((name) => living(parseStat(read(`/proc/${name}/stat`))))
        .filter((seen) => seen !== null),
    ageMs(pid) {
      const seen = this.look(pid);
      const uptime = Number.parseFloat(read("/proc/uptime") ?? "");
      return seen === null || Number.isNaN(uptime) ? null : uptime * 1_000 - (seen.order * 1_000) / TICKS_PER_SECOND;
    },
    startOf: (pid) => parseStat(read(`/proc/${pid}/stat`))?.started ?? null,
    cpuMs: (pids) => pids.reduce((sum, pid) => sum + cpuMsOf(read(`/proc/${pid}/stat`)), 0),
    bears(pid, variables) {
      const environment = read(`/proc/${pid}/environ`);
      if (environment === null || !environment.includes(variables[0]!)) return false;
      const found = new Set(environment.split("\0"));
      return variables.every((variable) => found.has(variable));
    },
    signal: sendSignal,
  };
}

/** Reads a line of /proc/<pid>/stat. The program's name in it may hold any character. */
export function parseStat(line: string | null): Seen | null {
  if (line === null) return null;
  const pid = Number(line.slice(0, line.indexOf(" ")));
  const [state, , group, session, ...rest] = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const started = rest[15];
  if (!pid || started === undefined) return null;
  return { pid, group: Number(group), session: Number(session), state: state!, started, order: Number(started) };
}

/** utime, stime, cutime and cstime of a line of /proc/<pid>/stat. */
export function cpuMsOf(line: string | null): number {
  const fields = line === null ? [] : line.slice(line.lastIndexOf(")") + 2).split(" ");
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return (ticks * 1_000) / TICKS_PER_SECOND;
}

function living(seen: Seen | null): Seen | null {
  return seen === null || seen.state === "Z" || seen.state === "X" ? null : seen;
}

/** The worker's leading process, or null when it is gone or the pid is another process's by now. */
export function leaderOf(processes: Processes, worker: VisibleRun): Seen | null {
  if (worker.pid === null) return null;
  const seen = processes.look(worker.pid);
  return seen !== null && seen.started === worker.pid_started ? seen : null;
}

/**
 * Every living process of a run.
 *
 * @param witnessed Its leader was seen alive a moment ago, so that a group of that number cannot be a
 * stranger's: members count even if they emptied their environment.
 */
export function membersOf(
  processes: Processes,
  home: Home,
  worker: VisibleRun,
  { witnessed, all = processes.all() }: { witnessed: boolean; all?: readonly Seen[] },
): Seen[] {
  const leader = worker.pid === null ? undefined : all.find((seen) => seen.pid === worker.pid);
  const stranger = leader !== undefined && leader.started !== worker.pid_started;
  const groupIsOurs = worker.pid !== null && !stranger && (witnessed || leader !== undefined);
  const oldest = worker.pid_started === null ? 0 : Number(worker.pid_started) || 0;
  return all.filter((seen) => {
    if (seen.pid === process.pid) return false;
    if (groupIsOurs && seen.group === worker.pid) return true;
    // A descendant is never older than its ancestor: that spares reading most environments.
    return seen.order >= oldest && processes.bears(seen.pid, marksOf(home, worker.id));
  });
}

/** What marks the processes of a run of this board: run ids repeat across boards and homes. */
function marksOf(home: Home, runId: number): string[] {
  return [`KANBAN_RUN=${runId}`, `KANBAN_HOME=${home.dir}`, `KANBAN_DB=${home.db}`];
}

/**
 * The leader of a run whose start was never recorded: its dispatcher died between starting and
 * recording it.
 */
export function findUnrecorded(processes: Processes, home: Home, { id }: VisibleRun): Seen | null {
  return leaderWithMarks(processes, home, id);
}

/**
 * The leader of a run that does not say in which PID namespace it was started: the program that started it
 * did not keep that yet. Null unless it is provably among the processes here.
 */
export function recognise(processes: Processes, home: Home, worker: Worker): Seen | null {
  if (worker.pid_namespace !== null || worker.boot_id !== processes.bootId) return null;
  if (worker.pid === null) return leaderWithMarks(processes, home, worker.id);
  const seen = processes.look(worker.pid);
  const isTheOne = seen?.started === worker.pid_started && processes.bears(worker.pid, marksOf(home, worker.id));
  return isTheOne ? seen : null;
}

function leaderWithMarks(processes: Processes, home: Home, runId: number): Seen | null {
  const leads = ({ pid, group, session }: Seen) => pid === group && pid === session;
  const ours = processes.all().filter((seen) => leads(seen) && processes.bears(seen.pid, marksOf(home, runId)));
  // What a worker started in a session of its own is younger, but may have a smaller number.
  return ours.sort((a, b) => a.order - b.order)[0] ?? null;
}

/** Whether every process of the worker but its waiting wrapper is stopped (SIGSTOP, a debugger). */
export function isStopped(members: readonly Seen[], leaderPid: number | null): boolean {
  if (members.some((seen) => seen.pid === leaderPid && isStop(seen))) return true;
  const workers = members.filter((seen) => seen.pid !== leaderPid);
  return workers.length > 0 && workers.every(isStop);
}

function isStop({ state }: Seen): boolean {
  return state === "T" || state === "t";
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null; // It ended meanwhile, or belongs to another user.
  }
}
