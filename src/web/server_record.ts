/**
 * Where the web boards of a home listen, as each says it about itself while it runs.
 *
 * A server writes one file, which names its address and its process, and removes it at its end. One that was killed
 * leaves its file behind: its reader checks whether that process is still alive. Of a server on another machine or
 * in another PID namespace nothing can be known, so it is left alone and not named.
 *
 * @module
 */
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Processes, systemProcesses, viewOf } from "../dispatcher/mod.ts";
import { discard, readSmall, replaceFile } from "../files.ts";
import type { Home } from "../home.ts";
import { ofHome } from "../home_trouble.ts";
import { isHostName } from "./access/hosts.ts";

/** What a server binds to, and how others name it. */
export interface Address {
  readonly host: string;
  readonly port: number;
  /** What was given with `--allow-host`. */
  readonly allowed: readonly string[];
  /** What was given with `--base-path`: "" or "/kanban". */
  readonly base: string;
}

export interface ServerRecord extends Address {
  readonly started_at: number;
  readonly pid: number;
  readonly pid_started: string | null;
  readonly boot_id: string;
  readonly machine: string;
  readonly pid_namespace: string;
}

/** Far above what a record has. */
const RECORD_BYTES_MAX = 64 * 1024;

/**
 * Says where this process serves the board. Returns what takes that back.
 *
 * @throws {HomeTrouble} when it cannot be written.
 */
export function publishServer(
  home: Home,
  { host, port, allowed, base }: Address,
  processes = systemProcesses(),
): () => void {
  const { pid } = process;
  const record: ServerRecord = {
    ...{ host, port, allowed, base, pid, started_at: Date.now() },
    pid_started: processes.startOf(pid),
    boot_id: processes.bootId,
    machine: processes.host,
    pid_namespace: processes.namespace,
  };
  const path = join(home.servers, `${pid}-${port}.json`);
  ofHome(home.servers, () => mkdirSync(home.servers, { recursive: true, mode: 0o700 }));
  for (const { file, life } of records(home, processes)) if (life === "gone") discard(file);
  ofHome(path, () => replaceFile(path, JSON.stringify(record), { flush: false })); // It says nothing after a restart.
  return () => discard(path);
}

/** The servers of a home that run here, the newest first. */
export function runningServers(home: Home, processes = systemProcesses()): ServerRecord[] {
  return records(home, processes)
    .filter(({ life }) => life === "running")
    .map(({ record }) => record)
    .sort((a, b) => b.started_at - a.started_at || b.port - a.port);
}

interface Found {
  file: string;
  record: ServerRecord;
  life: "running" | "gone" | "unseen";
}

function records(home: Home, processes: Processes): Found[] {
  return namesIn(home.servers).flatMap((name) => {
    const file = join(home.servers, name);
    const record = name.endsWith(".json") ? read(file) : null;
    return record === null ? [] : [{ file, record, life: lifeOf(processes, record) }];
  });
}

function lifeOf(processes: Processes, { pid, pid_started, boot_id, machine, pid_namespace }: ServerRecord) {
  const run = { id: 0, pid, pid_started, boot_id, host: machine, pid_namespace };
  const view = viewOf(processes, run);
  if (view.kind !== "visible") return view.kind;
  return processes.look(pid)?.started === pid_started ? "running" : "gone";
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // No server ever ran, or the home is in trouble, which is said elsewhere.
  }
}

function read(file: string): ServerRecord | null {
  try {
    const found: unknown = JSON.parse(readSmall(file, RECORD_BYTES_MAX));
    return isRecord(found) ? found : null;
  } catch {
    return null; // It has just been removed, or is no file of ours.
  }
}

/** A worker can reach the file. */
function isRecord(found: unknown): found is ServerRecord {
  const { host, port, allowed, base, started_at, pid, pid_started, boot_id, machine, pid_namespace } = (found ??
    {}) as Partial<Record<keyof ServerRecord, unknown>>;
  return (
    [host, base, boot_id, machine, pid_namespace].every((text) => typeof text === "string") &&
    /^[\w.:-]+$/.test(host as string) &&
    /^[\w./~-]*$/.test(base as string) &&
    Array.isArray(allowed) &&
    allowed.every((name) => typeof name === "string" && isHostName(name)) &&
    [port, started_at, pid].every((number) => Number.isSafeInteger(number) && (number as number) > 0) &&
    (pid_started === null || typeof pid_started === "string")
  );
}
