/**
 * Helpers for tests of export and import: a board with something of each kind, and the lines it comes to.
 *
 * @module
 */
import { exportBoard } from "../kernel/transfer/export.ts";
import {
  addComment,
  type Board,
  claimTask,
  editTask,
  heartbeat,
  recordUsage,
  setPaused,
  subscribe,
} from "../kernel/mod.ts";
import { testBoard } from "./mod.ts";

/** The lines of an export, as a file has them. */
export function exported(board: Board): string[] {
  const lines: string[] = [];
  exportBoard(board, (line) => lines.push(JSON.stringify(line)));
  return lines;
}

/** A board with something of each kind, and its export. */
export function used() {
  const t = testBoard();
  const parent = t.done({
    title: "Draw the map",
    body: 'Ünïcode, \u202e and "quotes"',
    tenant: "acme",
    skills: ["maps"],
  });
  const child = t.ready({ title: "Walk it", parents: [parent.id], workspace_kind: "dir", workspace_path: "/srv/walk" });
  const { run } = claimTask(t.board, child.id, { claimer: "coder" });
  addComment(t.board, child.id, { body: "left or right?" });
  recordUsage(t.board, run.id, { usage: { tokens: 7, model: "x" }, session_id: "s-1" });
  heartbeat(t.board, child.id, { runId: run.id, note: "on it" });
  subscribe(t.board, child.id, { platform: "slack", chat_id: "C1" });
  editTask(t.board, child.id, { title: "Walk it slowly" });
  setPaused(t.board, true);
  return { ...t, parent, child, run, lines: exported(t.board) };
}
