/**
 * The kind of file system of a path, its free space, and whether it accepts writes.
 *
 * @module
 */
import { accessSync, constants, existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";

/** Magic numbers of file systems whose locks several machines would have to agree on (Linux, statfs). */
const NETWORK: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB"],
  [0x01021997, "9P"],
  [0x5346414f, "AFS"],
  [0x6b414653, "AFS"],
  [0x00c36400, "Ceph"],
  [0x0bd00bd0, "Lustre"],
  [0x01161970, "GFS2"],
  [0x7461636f, "OCFS2"],
  [0x19830326, "BeeGFS"],
  [0x47504653, "GPFS"],
]);

export interface FileSystem {
  /** The name of the network file system, or null for a local one. */
  network: string | null;
  /** Bytes that this user may still write. */
  free_bytes: number;
}

/** Reads the file system of a path that exists. */
export function fileSystemOf(path: string, statfs: (path: string) => StatFs = statfsSync): FileSystem {
  const { type, bavail, bsize } = statfs(path);
  const network = process.platform === "linux" ? NETWORK.get(type >>> 0) : undefined;
  return { network: network ?? null, free_bytes: bavail * bsize };
}

/** Whether the disk is read-only for every user; a folder that only this user may not write does not count. */
export function isReadOnly(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EROFS";
  }
}

/** The path, or the nearest folder above it that is there. */
export function existing(path: string): string {
  return existsSync(path) || path === dirname(path) ? path : existing(dirname(path));
}

interface StatFs {
  type: number;
  bavail: number;
  bsize: number;
}
