/**
 * `kanban export`: the whole board as text that other programs, and `kanban import`, read.
 *
 * @module
 */
import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import { KanbanError, loadTransfer, type RecordCounts } from "../../kernel/mod.ts";
import { optionalWord, toggle } from "../args.ts";
import { cleanLine, count, json } from "../format.ts";
import { verb } from "../verb.ts";

/** Lines are written together up to this many characters. */
const CHUNK = 65_536;

export default verb({
  name: "export",
  summary: "Write the whole board as lines of JSON",
  args: {
    file: optionalWord("File to write; without one, or with -, the standard output"),
    force: toggle("Replace a file that is there"),
  },
  examples: [
    "kanban export board.jsonl",
    `kanban export | grep '^{"task"' | wc -l`,
    "kanban export | ssh other-machine kanban import -",
  ],
  notes: `Everything is in it: tasks, links, runs, comments, events, subscriptions with their chat ids; one row a line,
{"task": {…}}, from one moment of the board. Logs, workspaces, profiles and settings are files of their own and are
not in it. To keep a copy of the board for yourself, backup is quicker.`,
  async run({ args, board, out, stdout }) {
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
    const counts = toFile(path, args.force, lines);
    out({ path, ...counts }, () => `exported ${count(counts.task, "task")} to ${cleanLine(path)}`);
  },
});

/** Fills a draft beside the file and puts it in place when it is whole. */
function toFile(path: string, force: boolean, fill: (write: (text: string) => void) => RecordCounts): RecordCounts {
  const draft = `${path}.${process.pid}`;
  let fd: number | undefined;
  try {
    fd = openSync(draft, "wx", 0o600);
    const counts = fill((text) => writeWhole(fd!, Buffer.from(text)));
    fsyncSync(fd);
    if (force) renameSync(draft, path);
    else linkSync(draft, path); // Unlike a rename this never replaces what is there.
    return counts;
  } catch (error) {
    throw explained(path, error);
  } finally {
    if (fd !== undefined) {
      closeSync(fd);
      rmSync(draft, { force: true });
    }
  }
}

function writeWhole(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
}

function explained(path: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof KanbanError || code === undefined) return error;
  const shown = cleanLine(path);
  return code === "EEXIST"
    ? new KanbanError(
        "refused",
        `Cannot export to "${shown}": the file must not exist yet, it does`,
        "Replace it with --force",
      )
    : new KanbanError("refused", `Cannot export to "${shown}": ${cleanLine(message)}`, "Nothing was written");
}
