/**
 * Writing a whole board down, from one snapshot and in the memory of one row.
 *
 * @module
 */
import { type Board, each, read } from "../store/db.ts";
import { schemaVersion } from "../store/migrations.ts";
import { FORMAT, KIND_NAMES, kindOf, noRecords, type RecordCounts, type StoredRow, toRecord } from "./records.ts";
import type { JsonObject } from "../schema.ts";

/**
 * Hands every line of the export to `sink`, as what its JSON stands for; what others write meanwhile
 * is not in it.
 *
 * @returns How many records of each kind there were.
 */
export function exportBoard(board: Board, sink: (line: JsonObject) => void): RecordCounts {
  return read(board, () => {
    const counts = noRecords();
    sink({ kanban: { format: FORMAT, schema: schemaVersion, exported_at: board.now() } });
    for (const name of KIND_NAMES) {
      const kind = kindOf(name);
      for (const row of each<StoredRow>(board, kind.select)) {
        sink({ [name]: toRecord(kind, row) });
        counts[name]++;
      }
    }
    sink({ end: counts });
    return counts;
  });
}
