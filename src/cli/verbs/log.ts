/**
 * `kanban log`: what the workers of a task printed.
 *
 * @module
 */
import type { Home } from "../../home.ts";
import { getTask, KanbanError, listRuns } from "../../kernel/mod.ts";
import type { Transcript } from "../../agents/mod.ts";
import { integer, task, toggle } from "../args.ts";
import { cleanLog } from "../print/format.ts";
import { interrupted } from "../flags/follow.ts";
import { verb } from "../verb.ts";

/** Logs are rotated at 2 MiB when a worker starts; a chatty one may pass that. */
const WHOLE = 16 * 1024 * 1024;

export default verb({
  name: "log",
  act: "read",
  args: {
    id: task("Task whose log to print"),
    tail: integer("Only the last so many bytes, from a whole line", { min: 1, max: WHOLE, hint: "BYTES" }),
    follow: toggle("Go on printing what comes", { short: "f" }),
    raw: toggle("The lines as they were printed, also those of agents"),
  },
  examples: ["kanban log t_1a2b", "kanban log t_1a2b --tail 2000", "kanban log t_1a2b -f"],
  notes: `What an agent prints as events is shown as what it said, the tools it called (→), what they answered (←) and
what went wrong (!). With --json and -f each piece is one line of JSON, with the lines as they were printed.`,
  async run({ args, board, home, id, out, line, note, json, stdout }) {
    const { id: full, status, assignee } = getTask(board, id(args.id));
    const { followLog, tailLog } = await import("../../dispatcher/mod.ts");
    const log = tailLog(home, full, args.tail ?? WHOLE);
    const transcript =
      json || args.raw
        ? null
        : await transcriptFor(home, [assignee, ...listRuns(board, full).map(({ profile }) => profile)]);
    const readOn = (piece: string) => transcript!.push(piece) + (args.follow ? "" : transcript!.end());
    // Before the first line: who has seen that may end it.
    const signal = args.follow ? interrupted(stdout) : undefined;
    if (json && args.follow) line(log);
    else if (log.exists || json) {
      const shown = transcript === null ? log.content : readOn(log.content);
      if (transcript !== null && args.follow) stdout.write(shown);
      else out(log, () => (stdout.color ? `${cleanLog(shown)}\x1b[0m` : shown));
    }
    if (!log.exists && !json) note(`${full} has no log yet: no worker has started (${status})`);
    if (signal === undefined) return;
    for await (const text of followLog(home, full, { from: log.size_bytes, signal })) {
      if (json) line({ task_id: full, content: text });
      else stdout.write(transcript === null ? text : transcript.push(text));
    }
    if (transcript !== null) stdout.write(transcript.end());
  },
});

/** Reads the lines of the agents behind these profiles; null when none of them is one, or known any more. */
async function transcriptFor(home: Home, profiles: readonly (string | null)[]): Promise<Transcript | null> {
  const { loadProfile } = await import("../../dispatcher/mod.ts");
  const { transcriptOf } = await import("../../agents/mod.ts");
  const agents = new Set<string>();
  for (const name of new Set(profiles)) {
    try {
      const agent = name === null ? null : loadProfile(home, name).agent;
      if (agent !== null) agents.add(agent);
    } catch (error) {
      if (!(error instanceof KanbanError)) throw error; // A person, or a profile that is gone or cannot be read.
    }
  }
  return transcriptOf(agents);
}
