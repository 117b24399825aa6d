/**
 * `kanban history`: who changed what in a task; `--restore` puts back what a change replaced.
 *
 * @module
 */
import { restoreFields, taskHistory } from "../../kernel/mod.ts";
import { integer, task } from "../args.ts";
import { told } from "../hints.ts";
import { changeLines } from "../print/change_lines.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "history",
  act: ({ restore }) => (restore === undefined ? "read" : "edit"),
  args: {
    id: task("Task whose changes to list"),
    restore: integer("Put back what this change replaced, by its number", { min: 1, hint: "EVENT_ID" }),
    ifUnchanged: integer("With --restore: refuse when those fields were changed after this event", {
      hint: "EVENT_ID",
    }),
    limit: integer("At most so many changes (default 50)", { min: 1 }),
    before: integer("Older ones: those before this event", { min: 1, hint: "EVENT_ID" }),
  },
  examples: ["kanban history t_1a2b", "kanban history t_1a2b --restore 1234", "kanban history t_1a2b --json"],
  notes:
    "Newest first, each under the number of its event. Replaced titles, bodies and results are kept as long as the task; " +
    "the other changes of a finished task go with its events, see kanban gc. To take a whole act back: kanban undo.",
  run({ args, board, id, write, out, note, hint, json, style, stdout }) {
    const full = id(args.id);
    if (args.restore !== undefined) {
      const eventId = args.restore;
      const restored = write([full], () => restoreFields(board, full, eventId, { base: args.ifUnchanged }));
      return out(restored, (task) => told("restored", task));
    }
    const page = taskHistory(board, full, { limit: args.limit, before: args.before });
    const setting = {
      style,
      terminal: stdout.terminal,
      color: stdout.color,
      width: stdout.width,
      now: board.now(),
    };
    out(page, ({ changes }) => changes.flatMap((change) => changeLines(change, setting)).join("\n"));
    if (json) return;
    if (page.changes.length === 0) note(`${full} has not been changed since it was created`);
    if (page.older !== null) hint(`Older changes: kanban history ${full} --before ${page.older}`);
  },
});
