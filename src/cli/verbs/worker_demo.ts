/**
 * `kanban worker-demo`: the scripted worker behind the built-in profile `demo`.
 *
 * @module
 */
import { KanbanError } from "../../kernel/errors.ts";
import { runDemoWorker } from "../../worker/mod.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "worker-demo",
  act: "tools",
  args: {},
  examples: ["KANBAN_TASK=t_1a2b KANBAN_RUN=7 kanban worker-demo"],
  notes: "A dispatcher starts it for the profile demo. Outside a worker's environment it is refused.",
  async run({ board, worker }) {
    if (worker === null) {
      throw new KanbanError(
        "refused",
        "Cannot run worker-demo: KANBAN_TASK and KANBAN_RUN must be set, they are not",
        "Let a dispatcher start it: kanban create TITLE --assignee demo",
      );
    }
    return runDemoWorker(board, worker);
  },
});
