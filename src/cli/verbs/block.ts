/**
 * `kanban block`: stops a task with a question that a person has to answer.
 *
 * @module
 */
import { blockTask } from "../../kernel/tasks/claims.ts";
import { KanbanError } from "../../kernel/errors.ts";
import { integer, list, longWord, notBlank, task, words } from "../args.ts";
import { namedRun } from "../guard.ts";
import { told } from "../hints.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "block",
  act: "block",
  args: {
    id: task("Task to block"),
    reason: notBlank(longWord("The question, complete enough to be answered without other context")),
    more: words("Further tasks, after --ids"),
    ids: list("Further tasks to block for the same reason", { hint: "ID…" }),
    run: integer("Only under this run (default: KANBAN_RUN)", { min: 1 }),
  },
  examples: [
    'kanban block t_1a2b "Which currency do the prices have?"',
    'kanban block t_1a2b "Waiting for the API key" --ids t_3c4d t_5e6f',
  ],
  run({ args, board, claim, each, write, out }) {
    const { more, reason, run } = args;
    if (more.length > 0 && args.ids.length === 0) {
      throw new KanbanError(
        "invalid",
        `Cannot run block: one word too many, "${more[0]!}"`,
        "Quote the reason; further tasks follow --ids",
      );
    }
    const ids = [args.id, ...args.ids.flatMap((text) => text.split(",")), ...more];
    if (ids.length > 1 && run !== undefined) {
      throw new KanbanError("invalid", `Cannot block ${ids.length} tasks with one --run: a run belongs to one task`);
    }
    each(ids, (id) => {
      const runId = namedRun(claim, "block", run);
      const blocked = write([id], () => blockTask(board, id, { runId, reason }));
      out(blocked, (task) => told("blocked", task));
    });
  },
});
