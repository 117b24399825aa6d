/**
 * Which runs the processes work under that started this one.
 *
 * A worker's variables can be left out of a command's environment, but not out of that of the processes
 * above it: the first of them was started by the dispatcher. So the environments of the parents are looked
 * at, and of the leader of the session, which stays where a parent ended early. What leaves its session and
 * its parents cannot be found; the README says so.
 *
 * @module
 */
import { readSmall } from "../files.ts";
import { type Home, homeOf } from "../home.ts";

/** More parents than any real process has. */
const DEPTH_MAX = 64;
/** Linux gives a process at most 6 MiB of arguments and environment. */
const ENVIRONMENT_BYTES_MAX = 16 * 1024 * 1024;
const RUN_ID = /^[1-9]\d{0,14}$/;

/** The ids of the runs of this board that a process above this one names in its environment. */
export function runsAbove(home: Home): number[] {
  return process.platform === "linux" ? runsInProc(home) : runsInPs(home, listProcesses(), environmentsOf);
}

function runsInProc(home: Home): number[] {
  const own = parentAndSession("self");
  const found = new Set<number>();
  const seen = new Set<number>([0, 1, process.pid]);
  const walk = (from: number) => {
    for (let pid = from, depth = 0; depth < DEPTH_MAX && !seen.has(pid); depth++) {
      seen.add(pid);
      const run = runInEnvironment(home, read(`/proc/${pid}/environ`));
      if (run !== null) found.add(run);
      pid = parentAndSession(pid)?.parent ?? 0;
    }
  };
  walk(own?.parent ?? process.ppid);
  walk(own?.session ?? 0);
  return [...found];
}

/** The run that an environment of `NAME=value` and NUL names, if it is one of this board. */
function runInEnvironment(home: Home, environment: string | null): number | null {
  if (environment === null || !environment.includes("KANBAN_RUN=")) return null; // Nearly every one.
  const pairs = environment.split("\0").map((pair): [string, string] => {
    const end = pair.indexOf("=");
    return [pair.slice(0, end), pair.slice(end + 1)];
  });
  const variables: Record<string, string> = Object.fromEntries(pairs);
  const run = variables["KANBAN_RUN"] ?? "";
  return RUN_ID.test(run) && boardOf(variables) === home.db ? Number(run) : null;
}

/** The board that an environment names, or null when it names none that could be used. */
function boardOf(variables: Record<string, string>): string | null {
  try {
    return homeOf(variables).db;
  } catch {
    return null;
  }
}

/** Reads fields 4 and 6 of /proc/<pid>/stat. The program's name in it may hold any character. */
function parentAndSession(pid: number | "self"): { parent: number; session: number } | null {
  const line = read(`/proc/${pid}/stat`);
  const [, parent, , session] = line?.slice(line.lastIndexOf(")") + 2).split(" ") ?? [];
  return parent === undefined ? null : { parent: Number(parent), session: Number(session) };
}

function read(path: string): string | null {
  try {
    return readSmall(path, ENVIRONMENT_BYTES_MAX);
  } catch {
    return null; // It ended meanwhile, or belongs to another user.
  }
}

/**
 * The same where there is no /proc.
 *
 * @param parents Of each process, by its pid.
 * @param environments Prints command and environment of processes, a line each, as ps does: in one row of
 * words, so that a home can only be searched for as the dispatcher wrote it.
 */
export function runsInPs(
  home: Home,
  parents: ReadonlyMap<number, number>,
  environments: (pids: readonly number[]) => string,
): number[] {
  const above: number[] = [];
  for (let pid = process.ppid; pid > 1 && above.length < DEPTH_MAX; pid = parents.get(pid) ?? 0) above.push(pid);
  if (above.length === 0) return [];
  const rows = environments(above)
    .split("\n")
    .map((row) => `${row.trimEnd()} `)
    .filter((row) => row.includes(` KANBAN_DB=${home.db} `));
  return [
    ...new Set(
      rows.flatMap((row) => [...row.matchAll(/ KANBAN_RUN=([1-9]\d{0,14})(?= )/g)].map(([, id]) => Number(id))),
    ),
  ];
}

function listProcesses(): Map<number, number> {
  const rows = ps("-A", "-o", "pid=,ppid=").matchAll(/^\s*(\d+)\s+(\d+)\s*$/gm);
  return new Map([...rows].map(([, pid, parent]) => [Number(pid), Number(parent)]));
}

function environmentsOf(pids: readonly number[]): string {
  return ps("-Eww", "-p", pids.join(","), "-o", "command=");
}

function ps(...flags: string[]): string {
  return Bun.spawnSync(["ps", ...flags], { env: { PATH: "/bin:/usr/bin", LC_ALL: "C" } }).stdout.toString();
}
