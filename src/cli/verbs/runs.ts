/**
 * `kanban runs`: every attempt at a task.
 *
 * @module
 */
import { listRuns } from "../../kernel/tasks/runs.ts";
import { getTask } from "../../kernel/tasks/task_rows.ts";
import { task } from "../args.ts";
import { runLines } from "../print/run_lines.ts";
import { placesOf } from "../files/run_places.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "runs",
  act: "read",
  args: { id: task("Task whose runs to list") },
  examples: ["kanban runs t_1a2b", "kanban runs t_1a2b --json"],
  notes: "The number of a run is the one that --run takes. → is its summary, ! its error.",
  async run({ args, board, id, out, note, json, style, stdout }) {
    const found = getTask(board, id(args.id));
    const runs = listRuns(board, found.id, { limit: 1e9 });
    const places = json ? new Map<number, string>() : await placesOf(runs);
    const setting = { style, terminal: stdout.terminal, width: stdout.width, now: board.now(), places };
    out(runs, () => runLines(runs, setting).join("\n"));
    if (runs.length === 0 && !json) note(`${found.id} was never claimed; it is ${found.status}`);
  },
});
