/**
 * `kanban import`: an exported board into an empty one.
 *
 * @module
 */
import { loadTransfer } from "../../kernel/mod.ts";
import { word } from "../args.ts";
import { count } from "../format.ts";
import { personOnly } from "../guard.ts";
import { readLines } from "../read_lines.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "import",
  summary: "Fill an empty board with what export wrote",
  args: { file: word("File to read; - for standard input") },
  examples: ["kanban import board.jsonl", "kanban --board copy.db import board.jsonl"],
  notes: `All of it comes in, or nothing. Ids, history and numbers stay as they were. A worker belongs to the board that
started it: what was running is here running without a process until its lease runs out, and is then tried again.`,
  async run({ args, board, out, worker }) {
    personOnly(worker, "import a board");
    const { importBoard } = await loadTransfer();
    const counts = importBoard(board, readLines(args.file));
    out(
      counts,
      () => `imported ${count(counts.task, "task")}, ${count(counts.run, "run")}, ${count(counts.event, "event")}`,
    );
  },
});
