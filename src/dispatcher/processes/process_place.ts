/**
 * Where the number of a process means something: in one boot of one machine, and there in one PID
 * namespace. Containers and sandboxes have namespaces of their own: the same number is another process
 * in each of them.
 *
 * Only the boot id distinguishes machines, whatever their names are. The name of the machine only serves to
 * recognise it after a restart; a clone of it often has the same name, so its machine id counts too.
 *
 * @module
 */
import { readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { readSmall } from "../../files.ts";
import { KanbanError } from "../../kernel/mod.ts";

export interface Place {
  /** Names the current boot of this machine. */
  readonly bootId: string;
  /** Names this machine: `HOSTNAME#HASH of its machine id`, or the host name alone where it has no such id. */
  readonly host: string;
  /** Names the PID namespace; a constant where the system has none. */
  readonly namespace: string;
}

/** Some sandboxes hide the boot id. Its replacement never equals the id of another machine. */
const UNKNOWN = "unknown@";
/** Replaces what a process cannot find out about its place: it is then seen by itself alone. */
const MYSELF = crypto.randomUUID();

const LINE_BYTES_MAX = 4_096;

/** The place of this process on Linux. */
export function linuxPlace({
  bootIdPath = "/proc/sys/kernel/random/boot_id",
  machineIdPath = "/etc/machine-id",
  namespacePath = "/proc/self/ns/pid",
} = {}): Place {
  const host = hostOf(hostname(), line(machineIdPath));
  return { bootId: bootOf(line(bootIdPath), host), host, namespace: target(namespacePath) ?? `${UNKNOWN}${MYSELF}` };
}

/** The name of a machine. An id that its system has not initialised yet is none. */
export function hostOf(name: string, machineId: string | null): string {
  if (machineId === null || !/^[0-9a-f-]{32,36}$/i.test(machineId)) return name;
  // The id itself is meant to stay on its machine.
  const hash = new Bun.CryptoHasher("sha256").update(`kanban ${machineId.toLowerCase()}`).digest("hex");
  return `${name}#${hash.slice(0, 8)}`;
}

/** The boot id of a machine, or its replacement. */
export function bootOf(bootId: string | null, host: string): string {
  // Start times count from the boot: a pid that comes back with the same one would take a rare chance.
  return bootId || `${UNKNOWN}${isUnique(host) ? host : MYSELF}`;
}

/** Whether two boots of this machine can be distinguished, and this machine from its clones. */
export function isRestart(before: { boot_id: string | null; host: string | null }, now: Place): boolean {
  const known = before.boot_id !== null && ![before.boot_id, now.bootId].some((id) => id.startsWith(UNKNOWN));
  return known && before.boot_id !== now.bootId && before.host === now.host && isUnique(now.host);
}

/** The inode of the first PID namespace of every Linux kernel (PROC_PID_INIT_INO). */
const FIRST_NAMESPACE = "4026531836";

/** Where the pids of a place are numbers, for people: its host, and its PID namespace unless that is the first. */
export function placeName({ host, namespace }: Pick<Place, "host" | "namespace">): string {
  const number = /^pid:\[(\d+)\]$/.exec(namespace)?.[1];
  const isFirst = number === undefined || number === FIRST_NAMESPACE;
  return isFirst ? hostName(host) : `${hostName(host)} (PID namespace ${number})`;
}

/** The host name without what makes it unique, for people. */
export function hostName(host: string): string {
  return host.replace(/#[0-9a-f]{8}$/, "");
}

/**
 * Refuses to manage processes where /proc shows those of another PID namespace: each number would be
 * taken for another process.
 *
 * @throws {KanbanError} `refused`.
 */
export function requireOwnProc(self: string | null = target("/proc/self")): void {
  if (self === null || self === String(process.pid)) return;
  throw new KanbanError(
    "refused",
    `Cannot dispatch in this PID namespace: /proc must show its processes, this process is ${process.pid} here and ${self} there`,
    "Mount its own /proc, as unshare --mount-proc does",
  );
}

function isUnique(host: string): boolean {
  return hostName(host) !== host;
}

function line(path: string): string | null {
  try {
    return readSmall(path, LINE_BYTES_MAX, { links: "follow" }).trim();
  } catch {
    return null;
  }
}

function target(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}
