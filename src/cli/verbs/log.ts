/**
 * `kanban log`: what the workers of a task printed.
 *
 * @module
 */
import { getTask } from "../../kernel/mod.ts";
import { integer, task, toggle } from "../args.ts";
import { cleanLog } from "../format.ts";
import { interrupted } from "../follow.ts";
import { verb } from "../verb.ts";

/** Logs are rotated at 2 MiB when a worker starts; a chatty one may pass that. */
const WHOLE = 16 * 1024 * 1024;

export default verb({
  name: "log",
  summary: "Print what the workers of a task printed",
  act: "read",
  args: {
    id: task("Task whose log to print"),
    tail: integer("Only the last so many bytes, from a whole line", { min: 1, max: WHOLE, hint: "BYTES" }),
    follow: toggle("Go on printing what comes", { short: "f" }),
  },
  examples: ["kanban log t_1a2b", "kanban log t_1a2b --tail 2000", "kanban log t_1a2b -f"],
  notes: "With --json and -f each piece is one line of JSON.",
  async run({ args, board, home, id, out, line, note, json, stdout }) {
    const { id: full, status } = getTask(board, id(args.id));
    const { followLog, tailLog } = await import("../../dispatcher/mod.ts");
    const log = tailLog(home, full, args.tail ?? WHOLE);
    if (json && args.follow) line(log);
    else if (log.exists || json) out(log, () => (stdout.color ? `${cleanLog(log.content)}\x1b[0m` : log.content));
    if (!log.exists && !json) note(`${full} has no log yet: no worker has started (${status})`);
    if (!args.follow) return;
    const signal = interrupted(stdout);
    for await (const text of followLog(home, full, { from: log.size_bytes, signal })) {
      if (json) line({ task_id: full, content: text });
      else stdout.write(text);
    }
  },
});
