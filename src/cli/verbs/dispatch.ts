/**
 * `kanban dispatch`: one pass of the dispatcher.
 *
 * @module
 */
import { loadConfig } from "../../config.ts";
import { dispatchOnce, type PassResult } from "../../dispatcher/mod.ts";
import { asActor, boardState } from "../../kernel/mod.ts";
import { toggle } from "../args.ts";
import { dispatchFlags, dispatchOptions, perPassFlags } from "../flags/dispatching.ts";
import { verb } from "../verb.ts";
import { count, oneLine } from "../../text.ts";

export default verb({
  name: "dispatch",
  act: ({ dryRun }) => (dryRun ? "read" : "dispatch"),
  args: { dryRun: toggle("Say what would be started, and change nothing"), ...dispatchFlags, ...perPassFlags },
  examples: ["kanban dispatch --dry-run", "kanban dispatch --max 2 --json"],
  async run({ args, board, home, out, note }) {
    const options = { ...dispatchOptions(args, note), dryRun: args.dryRun };
    const result = await dispatchOnce(asActor(board, "dispatcher"), home, loadConfig(home), options);
    const { paused, paused_by } = boardState(board);
    if (paused)
      note(`nothing is started: the board was paused${paused_by ? ` by ${oneLine(paused_by)}` : ""}; kanban resume`);
    out(result, () => resultText(result, args.dryRun));
  },
});

function resultText(result: PassResult, dryRun: boolean): string {
  const { spawned, skipped_no_profile, skipped_unassigned, ready, workers, max_workers } = result;
  const lines = spawned.map(({ task_id, assignee, workspace }) => {
    const where = workspace ? ` in ${oneLine(workspace)}` : "";
    return `${dryRun ? "would start" : "started"} ${task_id} for ${oneLine(assignee)}${where}`;
  });
  for (const what of ["reclaimed", "crashed", "timed_out", "auto_blocked", "promoted"] as const) {
    if (result[what] > 0) lines.push(`${what.replace("_", " ")}: ${count(result[what], "task")}`);
  }
  if (skipped_unassigned.length > 0) lines.push(`not started, not assigned: ${skipped_unassigned.join(", ")}`);
  if (skipped_no_profile.length > 0)
    lines.push(`left alone, no profile of that name can be used: ${skipped_no_profile.join(", ")}`);
  const waiting = dryRun ? ready - spawned.length : ready;
  if (waiting > 0 && workers >= max_workers)
    lines.push(
      `${waiting} ready, ${max_workers === 1 ? "the one worker is" : `all ${max_workers} workers are`} busy; for more: dispatcher.max_workers in config.yaml`,
    );
  else if (waiting > 0) lines.push(`${waiting} ready, not started; kanban list says what each waits for`);
  return lines.length === 0 ? "Nothing to do" : lines.join("\n");
}
