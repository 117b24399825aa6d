/**
 * The dispatcher: as pages show it, whichever process it runs in, and the one pass that a request asks for.
 *
 * @module
 */
import type { DaemonView } from "../../../views/shell/daemon.tsx";
import { dispatcherStatus, dispatchOnce, type PassResult } from "../../dispatcher/mod.ts";
import { homeTrouble } from "../../home_roots.ts";
import { type Board, boardState, boardStats, countReady, openRuns, slowStarts } from "../../kernel/mod.ts";
import type { Web } from "../context.ts";
import { noticesOf } from "./notices.ts";
import { queueOf } from "./queue.ts";

/** How many workers one request may start unless it says otherwise. */
export const STARTS = 8;

/** One pass; the workers it starts are adopted by a running dispatcher. */
export async function dispatchPass(
  web: Web,
  {
    max = STARTS,
    dryRun = false,
    assignees,
  }: { max?: number | undefined; dryRun?: boolean | undefined; assignees?: readonly string[] } = {},
): Promise<PassResult> {
  const given = {
    ...(web.agents === undefined ? {} : { agents: web.agents }),
    ...(assignees === undefined ? {} : { assignees }),
  };
  const result = await dispatchOnce(web.board, web.home, web.config, { max, dryRun, warn: web.warn, ...given });
  web.feed.poke();
  return result;
}

/** Reads it from the board and from what the dispatcher says about itself. */
export function daemonView(web: Web, board: Board): DaemonView {
  const status = dispatcherStatus(web.home, { board, agents: web.agents });
  const pause = boardState(board);
  const { oldest_ready_age_seconds, holds } = boardStats(board);
  const ready = countReady(board, { profiles: queueOf(web, board).names });
  const known = status.running ? status : { trouble: null, warning: null, silent_since: null };
  const notices = noticesOf(web, board, {
    running: status.running,
    silentSince: known.silent_since,
    paused: pause.paused_at === null || !pause.paused ? null : { by: pause.paused_by, at: pause.paused_at },
    // On a read-only disk the dispatcher cannot say it: so the home is checked as well.
    trouble: known.trouble ?? homeTrouble(web.home)?.text ?? null,
    warning: known.warning,
    ready,
  });
  return {
    running: status.running,
    pid: status.running ? status.pid : null,
    used: openRuns(board).filter(({ boot_id }) => boot_id !== null).length,
    max: status.running && status.max_workers > 0 ? status.max_workers : null,
    oldest_ready_seconds: oldest_ready_age_seconds,
    slow_starts: slowStarts(board).length,
    ready,
    silent_since: status.running ? status.silent_since : null,
    unseen: status.running ? status.unseen : null,
    held: holds.map(({ kind, key, reason }) => ({ name: `${kind} ${key}`, reason })),
    paused_by: pause.paused ? pause.paused_by : null,
    paused_at: pause.paused ? pause.paused_at : null,
    notices,
    now: board.now(),
  };
}

/** What a terminal prints after a prefix, as a sentence of its own. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
