/**
 * What a refusal must leave as it was: every byte of the database that means anything.
 *
 * Pages that nothing uses are left out. SQLite does not keep their old content for a rollback, so a
 * refused call that had taken such a page and given it back leaves other garbage in it.
 *
 * @module
 */
import type { Database } from "bun:sqlite";

/** Where the file's header has its page size, the first trunk of the freelist, and its length in pages. */
const HEADER = { pageSize: 16, freelist: 32, free: 36 };

/** A hash of the database without its unused pages. */
export function fingerprint(db: Database): number | bigint {
  const bytes = db.serialize();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(HEADER.free) === 0) return Bun.hash(bytes);
  const size = view.getUint16(HEADER.pageSize) === 1 ? 65_536 : view.getUint16(HEADER.pageSize);
  const start = (page: number) => (page - 1) * size;
  // A trunk holds the number of the next one, how many unused pages it lists, and their numbers.
  for (let trunk = view.getUint32(HEADER.freelist); trunk !== 0; trunk = view.getUint32(start(trunk))) {
    const listed = view.getUint32(start(trunk) + 4);
    for (let i = 0; i < listed; i++) {
      const unused = start(view.getUint32(start(trunk) + 8 + 4 * i));
      bytes.fill(0, unused, unused + size);
    }
  }
  return Bun.hash(bytes);
}
