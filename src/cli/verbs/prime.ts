/**
 * `kanban prime`: the short instructions that an agent needs, for the environment it is in.
 *
 * @module
 */
import { listProfiles } from "../../dispatcher/mod.ts";
import { prepareHome } from "../../home.ts";
import { boardStats } from "../../kernel/mod.ts";
import { primeText } from "../../worker/mod.ts";
import { ownCommand } from "../own_command.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "prime",
  act: "read",
  args: {},
  examples: ["kanban prime"],
  notes:
    "In a worker's environment it prints the worker's instructions, elsewhere an introduction for agents that plan or help.",
  run(context) {
    const { home, worker, out } = context;
    prepareHome(home); // The way to call this CLI that it prints lies in there.
    const text = primeText(worker, () => ({
      command: ownCommand(home).spoken,
      profiles: listProfiles(home).profiles,
      counts: boardStats(context.board).by_status,
    }));
    out({ worker: worker?.task ?? null, text }, () => text);
  },
});
