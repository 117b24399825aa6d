/**
 * `kanban context`: what a worker of a task gets to read.
 *
 * @module
 */
import { buildContext } from "../../kernel/context/worker_context.ts";
import { READABLE, readField } from "../../kernel/context/field_reads.ts";
import { markNote, newMark, quote } from "../../kernel/reads/quoted_text.ts";
import type { FieldPart } from "../../kernel/mod.ts";
import { integer, task, text } from "../args.ts";
import { readBytes } from "../files/read_bytes.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "context",
  act: "read",
  args: {
    id: task("Task whose context to print"),
    field: text("Print this field alone, a part at a time", { hint: "FIELD" }),
    from: integer("Begin at this byte of a text, or entry of a list", { min: 0, max: Number.MAX_SAFE_INTEGER }),
  },
  examples: ["kanban context t_1a2b", "kanban context t_1a2b --field body --from 8192"],
  notes: `What does not fit into the limit (context_bytes in config.yaml) is cut, and the text names the command that
prints the rest. Fields: ${READABLE}.`,
  async run({ args, board, home, id, out, worker }) {
    const full = id(args.id);
    const program = worker === null ? "kanban" : '"$KANBAN_BIN"';
    const call = (task: string, field: string, from: number) =>
      `${program} context ${task} --field ${field}${from === 0 ? "" : ` --from ${from}`}`;
    const reading = { budget: await readBytes(home), call };
    if (args.field === undefined && args.from === undefined) {
      return out({ task_id: full, context: buildContext(board, full, reading) }, ({ context }) => context);
    }
    const part = readField(board, full, { field: args.field ?? "body", from: args.from, ...reading });
    out(part, () => {
      const { next } = part;
      return next === null ? textOf(part) : `${textOf(part)}\nThe rest: ${call(full, next.field, next.from)}`;
    });
  },
});

/** A list as lines of JSON, between marks as everything that others wrote. */
function textOf(part: FieldPart): string {
  if ("text" in part) return part.text;
  const mark = newMark();
  const lines = part.entries.map((entry) => JSON.stringify(entry)).join("\n");
  return `${markNote(mark)}\n\n${quote(mark, `${part.field} ${part.from + 1} to ${part.to} of ${part.total}`, lines)}`;
}
