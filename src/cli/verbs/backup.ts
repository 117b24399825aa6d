/**
 * `kanban backup`: a consistent copy of the board, while it is in use.
 *
 * @module
 */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { backupBoard } from "../../kernel/mod.ts";
import { word } from "../args.ts";
import { refuseBoardFile } from "../files/board_files.ts";
import { verb } from "../verb.ts";
import { oneLine } from "../../text.ts";

export default verb({
  name: "backup",
  act: "read",
  args: { file: word("File to write; it must not exist") },
  examples: ['kanban backup "board $(date +%F).db"'],
  notes: `Never copy kanban.db itself: what was written last may not be in it yet. To restore, stop the dispatcher
and let its workers end: runs that are not in the copy have numbers that will be given out again. Then move
kanban.db, kanban.db-wal and kanban.db-shm away and put the copy in the place of kanban.db.`,
  run({ args, board, home, out }) {
    const path = resolve(args.file);
    refuseBoardFile(home, path, "back up to");
    backupBoard(board, path);
    const { size } = statSync(path);
    out({ path, size_bytes: size }, () => `backed up to ${oneLine(path)} (${size} bytes)`);
  },
});
