/**
 * `kanban prime`: what an agent needs to know, for the environment it is called in.
 *
 * @module
 */
import type { WorkerEnv } from "../home.ts";
import { assigneesText, type RosterEntry, rosterText, workerGuidance } from "./guidance.ts";

/** What there is to know of a board, for an agent that is no worker. */
export interface BoardFacts {
  /** How this CLI is called from a shell. */
  readonly command: string;
  readonly profiles: readonly RosterEntry[];
  readonly counts: Readonly<Record<string, number>>;
}

/** The instruction of a worker, or a short introduction for everybody else. */
export function primeText(worker: WorkerEnv | null, facts: () => BoardFacts): string {
  if (worker === null) return introduction(facts());
  const assignees = assigneesText(worker, facts().profiles);
  return `${workerGuidance(worker)}\n\n${assignees}`;
}

function introduction({ command, profiles, counts }: BoardFacts): string {
  const now = ["ready", "running", "review", "blocked"].map((status) => `${counts[status] ?? 0} ${status}`).join(", ");
  const roster =
    rosterText(profiles) ??
    "none yet, so nothing is worked on until a person makes one (kanban profile add NAME --agent AGENT)";
  const called = command === "kanban" ? "" : ` Below, \`kanban\` stands for \`${command}\`.`;
  return `# The kanban board

Tasks that people and agents share. A dispatcher starts one worker process for each ready task whose assignee is a profile; you are not one of those workers now. On the board: ${now}. Profiles: ${roster}.

Use it for work that should outlive this session, that another agent should do, that can run beside other work, or that waits for a person. Everything takes --json.${called}

- Look: \`kanban list\`, \`kanban show ID\`, \`kanban stats\`.
- Plan: agree on the plan with the person first. Then parents before children:
  \`kanban create "TITLE" --assignee PROFILE --parent ID --body-file -\`
  The body must do for a stranger: goal, context, where things are, how to tell that it is done. A child starts when its parents are finished and is shown what they handed over. Do not do yourself what you put on the board.
- Take a task yourself, when the person asks for it: \`kanban next --claim\` prints its run. Read \`kanban context ID\`, say \`kanban heartbeat ID\` in long work, end with \`kanban complete ID --run N --summary "…"\` or \`kanban block ID "one precise question" --run N\`.
- Answer: \`kanban unblock ID --comment "…"\`, only with an answer that the person gave.
- No secrets and no personal data in titles, bodies, comments and summaries.

Your MCP client may offer the same as kanban_create, kanban_link, kanban_show, kanban_list, kanban_comment and kanban_unblock. The skill kanban-orchestrator has more about planning.`;
}
