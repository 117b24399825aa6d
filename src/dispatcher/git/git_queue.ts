/**
 * One writer at a time per git repository, in this process and among processes.
 *
 * Git itself has one writer at a time and answers the others with a failure. Waiting in line avoids that;
 * a race that is lost all the same, to a git that the user runs, is tried again. The line among processes
 * is a lock that the system releases when its holder dies. Its file is in a folder of this user, where the
 * dispatchers of all homes find the same one, and not in the repository, which is the user's. The lock only
 * saves tries, so one that cannot be taken, or takes too long, is done without.
 *
 * @module
 */
import { lstatSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KanbanError, type Lock, tryLock } from "../../kernel/mod.ts";

/** How long to wait for a process that holds the lock; a turn takes some milliseconds. */
const LOCK_WAIT_MS = 15_000;

const lines = new Map<string, Promise<void>>();

/**
 * Runs `fn` when it is its turn for `name`: the common git folder of a repository, or the path of a
 * worktree.
 *
 * @throws what `fn` throws; the reason of `signal` when it is aborted before the turn comes.
 */
export async function inTurn<T>(
  name: string,
  fn: () => Promise<T>,
  { signal, waitMs = LOCK_WAIT_MS }: { signal?: AbortSignal | undefined; waitMs?: number } = {},
): Promise<T> {
  const { promise: mine, resolve: leave } = Promise.withResolvers<void>();
  const before = lines.get(name) ?? Promise.resolve();
  const line = before.then(() => mine);
  lines.set(name, line);
  let lock: Lock | null = null;
  try {
    await unlessAborted(before, signal);
    lock = await lockAmongProcesses(name, waitMs, signal);
    return await fn();
  } finally {
    lock?.release();
    leave();
    if (lines.get(name) === line) lines.delete(name);
  }
}

async function lockAmongProcesses(name: string, waitMs: number, signal?: AbortSignal): Promise<Lock | null> {
  const path = lockPath(name);
  const deadline = performance.now() + waitMs;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const lock = path === null ? null : tryLock(path);
      if (lock !== null || path === null) return lock;
    } catch (error) {
      if (error instanceof KanbanError) return null;
      throw error;
    }
    if (performance.now() > deadline) return null;
    await Bun.sleep(5 + Math.random() * 15);
  }
}

/** Null when the folder of the locks is not ours alone: another user may have made it first. */
function lockPath(name: string): string | null {
  const uid = process.getuid?.() ?? 0;
  const folder = join(tmpdir(), `kanban-git-${uid}`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const stat = lstatSync(folder);
    if (!stat.isDirectory() || stat.uid !== uid || (stat.mode & 0o077) !== 0) return null;
    return join(folder, `${new Bun.CryptoHasher("sha256").update(name).digest("hex").slice(0, 24)}.db`);
  } catch {
    return null;
  }
}

async function unlessAborted(promise: Promise<void>, signal?: AbortSignal): Promise<void> {
  if (signal === undefined) return promise;
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
