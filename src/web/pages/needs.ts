/**
 * Checks that failed: what keeps work from starting and only a person can mend.
 *
 * @module
 */
import type { CheckView } from "../../../views/pages/needs.tsx";
import { dispatcherStatus, NO_PROFILE_WARNING } from "../../dispatcher/mod.ts";
import { assigneeCounts, type Board, missingProfile, standingOf } from "../../kernel/mod.ts";
import type { Web } from "../context.ts";
import { sentence } from "./daemon.ts";
import { queueOf } from "./queue.ts";

/** What keeps ready work from starting and only a person can mend. */
export function failedChecks(web: Web, board: Board): CheckView[] {
  const checks: CheckView[] = [];
  const status = dispatcherStatus(web.home, { board, agents: web.agents });
  if (status.running && !status.answers) {
    const where = `pid ${status.pid} on ${status.host}`;
    checks.push(
      check(
        "The dispatcher does not answer",
        `${where}: no task starts, and ends of runs are not noticed`,
        "kanban doctor",
      ),
    );
  }
  if (status.running && status.trouble !== null)
    checks.push(check("The dispatcher cannot start work", sentence(status.trouble), "kanban doctor"));
  // The one that names missing profiles is said below, by the counters and at once.
  if (status.running && status.warning !== null && !status.warning.startsWith(NO_PROFILE_WARNING))
    checks.push(check("Ready work is not started", sentence(status.warning), "kanban dispatch --dry-run"));
  const queue = queueOf(web, board);
  const { names, limits } = queue;
  // From the counters: this is asked with every page and every update.
  const orphans = assigneeCounts(board).filter(
    ({ name, counts }) => (counts.ready ?? 0) > 0 && standingOf(board, name, queue) === "missing",
  );
  if (orphans.length > 0) {
    const ready = orphans.reduce((sum, { counts }) => sum + (counts.ready ?? 0), 0);
    const whose = orphans
      .slice(0, 3)
      .map(({ name }) => missingProfile(name, queue))
      .join(", ");
    checks.push(
      check(
        "Ready, but no profile can start it",
        `${ready === 1 ? "1 task waits" : `${ready} tasks wait`} for ${whose}`,
        "kanban assignees",
      ),
    );
  }
  for (const name of names) {
    const problem = limits(name);
    if (typeof problem !== "string") continue;
    checks.push(check(`Profile "${name}" cannot be used`, problem, `kanban profile show ${name}`));
  }
  return checks;
}

function check(title: string, text: string, command: string): CheckView {
  return { title, text, command };
}
