/**
 * The dispatcher as a process: signals end it, a pid file names it.
 *
 * @module
 */
import type { Config } from "../config.ts";
import { discard, fileProblem, readSmall, replaceFile } from "../files.ts";
import type { Home } from "../home.ts";
import { KanbanError } from "../kernel/mod.ts";
import { onEndSignal } from "../signals.ts";
import { type Daemon, type DaemonOptions, startDaemon } from "./daemon.ts";

/**
 * Runs the dispatcher until a signal ends it, and returns the exit status.
 *
 * @param options.drain The first signal waits for the workers, the second one ends at once.
 * @param options.pidfile Holds the pid as long as it runs.
 * @throws {KanbanError} `refused` when another one runs, or the pid file cannot be written.
 */
export async function runDaemon(
  home: Home,
  config: Config,
  { pidfile, drain = false, ...options }: DaemonOptions & { pidfile?: string; drain?: boolean } = {},
): Promise<number> {
  let daemon: Daemon | undefined;
  let signals = 0;
  const onSignal = () => {
    if (!drain || ++signals > 1) return daemon?.stop();
    options.warn?.("no more tasks are started; it ends after its workers, or at once at a second signal");
    daemon?.drain();
  };
  // Before the start, which does the first pass at once: a signal that came during it would kill us.
  const off = onEndSignal(onSignal);
  try {
    daemon = startDaemon(home, config, {
      ...options,
      ...(pidfile === undefined ? {} : { locked: () => writePid(pidfile) }),
    });
    return await daemon.done;
  } finally {
    off();
    if (pidfile !== undefined && isOurs(pidfile)) discard(pidfile);
  }
}

const PID_BYTES_MAX = 64;

function writePid(pidfile: string): void {
  try {
    replaceFile(pidfile, `${process.pid}\n`, { mode: 0o644, flush: false });
  } catch (error) {
    throw new KanbanError("refused", `Cannot write the pid file "${pidfile}": ${fileProblem(pidfile, error)}`);
  }
}

function isOurs(pidfile: string): boolean {
  try {
    return Number(readSmall(pidfile, PID_BYTES_MAX)) === process.pid;
  } catch {
    return false;
  }
}
