/**
 * `kanban complete`: marks tasks done and leaves the handoff for the tasks that wait for them.
 *
 * @module
 */
import { completeTask } from "../../kernel/tasks/claims.ts";
import { KanbanError } from "../../kernel/errors.ts";
import { integer, jsonObject, longValue, notBlank, tasks } from "../args.ts";
import { namedRun } from "../guard.ts";
import { told } from "../hints.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "complete",
  act: "complete",
  args: {
    ids: tasks("Tasks that are done"),
    summary: notBlank(longValue("What the next worker needs to know")),
    metadata: jsonObject("The same for programs: a JSON object"),
    result: notBlank(longValue("The result itself")),
    run: integer("Only under this run (default: KANBAN_RUN)", { min: 1 }),
  },
  examples: [
    'kanban complete t_1a2b --summary "Translated; glossary in docs/" --metadata \'{"words": 812}\'',
    "kanban done t_1a2b t_3c4d",
    "kanban complete t_1a2b --run 7 --result @report.md",
  ],
  run({ args, board, claim, each, write, out }) {
    const { ids, summary, metadata, result } = args;
    if (ids.length > 1) {
      for (const flag of ["summary", "metadata", "run"] as const)
        if (args[flag] !== undefined) throw oneOnly(flag, ids.length);
    }
    each(ids, (id) => {
      const runId = namedRun(claim, "complete", args.run);
      const handoff = { summary: summary ?? null, metadata: metadata ?? null, result: result ?? null };
      const done = write([id], () => completeTask(board, id, { runId, ...handoff }));
      out(
        done,
        (task) => `${told("completed", task)}${task.status === "review" ? ", a person has to approve it" : ""}`,
      );
    });
  },
});

function oneOnly(flag: string, found: number): KanbanError {
  return new KanbanError(
    "invalid",
    `Cannot complete ${found} tasks with one --${flag}: it belongs to one run`,
    `Complete them one by one, or leave --${flag} out`,
  );
}
