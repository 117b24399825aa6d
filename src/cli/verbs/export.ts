/**
 * `kanban export`: the whole board as text that other programs, and `kanban import`, read.
 *
 * @module
 */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { loadTransfer, type RecordCounts } from "../../kernel/mod.ts";
import { optionalWord, toggle } from "../args.ts";
import { refuseBoardFile } from "../files/board_files.ts";
import { json } from "../print/format.ts";
import { newFile } from "../files/new_file.ts";
import { verb } from "../verb.ts";
import { count, oneLine } from "../../text.ts";

/** Lines are written together up to this many characters. */
const CHUNK = 65_536;

export default verb({
  name: "export",
  act: "read",
  args: {
    file: optionalWord("File to write; without one, or with -, the standard output"),
    force: toggle("Replace a file that is there"),
  },
  examples: [
    "kanban export board.jsonl",
    `kanban export | grep '^{"task"' | wc -l`,
    "kanban export | ssh other-machine kanban import",
  ],
  notes: `Everything is in it: tasks, links, runs, comments, events, subscriptions with their chat ids; one row a line,
{"task": {…}}, from one moment of the board. It has no keys or tokens, but all that people and agents wrote. Logs,
workspaces, profiles and settings are files of their own and are not in it. Running workers continue on this board: let the
workers finish first if the board is to move. To keep a copy of the board for yourself, backup is quicker.`,
  async run({ args, board, home, out, stdout }) {
    const { exportBoard } = await loadTransfer();
    const lines = (write: (text: string) => void): RecordCounts => {
      let text = "";
      const counts = exportBoard(board, (line) => {
        text += `${json(line)}\n`;
        if (text.length < CHUNK) return;
        write(text);
        text = "";
      });
      write(text);
      return counts;
    };
    if (args.file === undefined || args.file === "-") return void lines((text) => stdout.write(text));
    const path = resolve(args.file);
    refuseBoardFile(home, path, "export to");
    const counts = newFile(path, { replace: args.force, act: "export to" }, lines);
    const { size } = statSync(path);
    out(
      { path, size_bytes: size, ...counts },
      () => `exported ${count(counts.task, "task")} to ${oneLine(path)} (${size} bytes)`,
    );
  },
});
