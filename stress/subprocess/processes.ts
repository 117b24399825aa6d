/**
 * Looking at processes: which belong to a home, which are dead but not buried.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";

export interface Process {
  pid: number;
  parent: number;
  state: string;
  command: string;
}

/** Whether this machine lets us look at processes as the tests need it. */
export function canLook(): boolean {
  try {
    return readFileSync("/proc/self/stat", "utf8").length > 0;
  } catch {
    return false;
  }
}

/** Every process whose environment names this home, but not the ones in `except`. */
export function processesOf(homeDir: string, except: readonly number[] = []): Process[] {
  return all().filter(({ pid }) => !except.includes(pid) && environmentOf(pid).includes(`KANBAN_HOME=${homeDir}\0`));
}

/** Children of a process that ended and were not waited for. */
export function zombiesOf(parent: number): Process[] {
  return all().filter((each) => each.parent === parent && each.state === "Z");
}

/** Whether a process runs; a zombie does not. */
export function isAlive(pid: number): boolean {
  const found = one(pid);
  return found !== null && found.state !== "Z";
}

function all(): Process[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => one(Number(name)) ?? []);
}

function one(pid: number): Process | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    return { pid, parent: Number(parent), state: state!, command };
  } catch {
    return null; // It ended while we looked.
  }
}

function environmentOf(pid: number): string {
  try {
    return `${readFileSync(`/proc/${pid}/environ`, "utf8")}\0`;
  } catch {
    return "";
  }
}
