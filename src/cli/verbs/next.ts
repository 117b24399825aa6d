/**
 * `kanban next`: the task that is to be done next, and with --claim takes it.
 *
 * @module
 */
import { peekNext } from "../../kernel/tasks/claims.ts";
import { KanbanError } from "../../kernel/errors.ts";
import type { Task } from "../../kernel/mod.ts";
import type { Args } from "../args.ts";
import { duration, text, toggle } from "../args.ts";
import { priorityLabel } from "../print/format.ts";
import { claimedText, take } from "../flags/claim.ts";
import { type Context, verb } from "../verb.ts";
import { oneLine } from "../../text.ts";

export default verb({
  name: "next",
  act: ({ claim }) => (claim ? "claim" : "read"),
  args: {
    assignee: text("Only of this assignee", { hint: "NAME", short: "a" }),
    claim: toggle("Take it"),
    ttl: duration("How long the claim holds without a heartbeat (default 1d)"),
  },
  examples: ["kanban next", "kanban next --claim --assignee translator --json"],
  notes: "The exit status is 1 when nothing is ready.",
  async run(context) {
    const { args, board, out } = context;
    if (args.claim) out(await takeNext(context, args.assignee, args.ttl), (task) => claimedText(task, board.now()));
    else out(peek(context, args.assignee), nextText);
  },
});

/** Takes the first in the queue; the loser of a race for it takes the one after. */
async function takeNext(context: Context<Args>, assignee: string | undefined, ttl: number | undefined): Promise<Task> {
  for (let lost: string | null = null; ;) {
    const next = peek(context, assignee);
    try {
      return await take(context, next.id, ttl);
    } catch (error) {
      // Still the first after it was refused: then it was not taken, and trying again cannot help.
      if (!(error instanceof KanbanError) || error.code !== "conflict" || next.id === lost) throw error;
      lost = next.id;
    }
  }
}

function peek({ board }: Context<Args>, assignee: string | undefined): Task {
  const next = peekNext(board, { assignee });
  if (next !== null) return next;
  const whose = assignee === undefined ? "" : ` for ${oneLine(assignee)}`;
  throw new KanbanError(
    "not_found",
    `Cannot find a next task: nothing is ready${whose}`,
    "See what is waited for with: kanban list",
  );
}

function nextText(task: Task): string {
  const about = [priorityLabel(task.priority), oneLine(task.assignee ?? "unassigned")].filter(Boolean).join(", ");
  return `${task.id} (${about}): ${oneLine(task.title)}`;
}
