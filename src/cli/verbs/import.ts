/**
 * `kanban import`: an exported board into an empty one.
 *
 * @module
 */
import { boardStats, KanbanError, loadTransfer } from "../../kernel/mod.ts";
import { optionalWord } from "../args.ts";
import { refuseBoardFile } from "../files/board_files.ts";
import { openLines } from "../files/read_lines.ts";
import { verb } from "../verb.ts";
import { count } from "../../text.ts";

export default verb({
  name: "import",
  act: "import",
  args: { file: optionalWord("File to read; without one, or with -, the standard input") },
  examples: [
    "kanban import board.jsonl",
    "kanban --board copy.db import board.jsonl",
    "gunzip -c board.jsonl.gz | kanban import",
  ],
  notes: `All of it comes in, or nothing; a board that has tasks is refused. Ids, history and numbers stay as they were.
Nobody sees half of it: while it comes in, which takes a second for some ten thousand lines, others can read the empty
board and not write to it. A command that writes waits, and after twenty seconds says that the board is busy.
A worker belongs to the board that started it: what was running is here running without a process until its lease
runs out, and is then tried again. A dispatcher that runs here starts what is ready at once: kanban pause, before the
import, prevents it.`,
  async run({ args, board, home, out, hint }) {
    const path = args.file ?? "-";
    if (path === "-") refuseTerminal();
    else refuseBoardFile(home, path, "import");
    const { importBoard, lineJudge } = await loadTransfer();
    const target = board; // Opened now: it makes the home that the lines may need.
    const { lines, close } = openLines(path, { spool: home.run, check: lineJudge() });
    try {
      const counts = importBoard(target, lines);
      out(
        counts,
        () => `imported ${count(counts.task, "task")}, ${count(counts.run, "run")}, ${count(counts.event, "event")}`,
      );
    } finally {
      close();
    }
    const { running } = boardStats(target).by_status;
    const are =
      running === 1
        ? "1 task is running without its worker and becomes"
        : `${running} tasks are running without their workers and become`;
    hint(running === 0 ? null : `${are} ready when the lease ends; give one back at once with: kanban reclaim ID`);
  },
});

/** Whoever forgot the file should not wait for ever. */
function refuseTerminal(): void {
  if (!process.stdin.isTTY) return;
  throw new KanbanError(
    "invalid",
    "Cannot import from the terminal: it must be a file or a pipe, it is a keyboard",
    "Name the file: kanban import FILE",
  );
}
