/**
 * Pausing the board: no task is claimed any more, running work continues.
 *
 * The claim itself checks it, in its own transaction, so no dispatcher and no person slips through.
 *
 * @module
 */
import { type Board, one, run, write } from "../store/db.ts";

export interface BoardState {
  paused: boolean;
  paused_by: string | null;
  paused_at: number | null;
}

/** Stops or resumes claiming on the whole board; running work continues. Enforced inside every claim. */
export function setPaused(board: Board, paused: boolean): BoardState {
  return write(board, () => {
    run(
      board,
      `UPDATE board_state SET paused = $paused, paused_by = CASE WHEN $paused = 1 THEN $by END,
         paused_at = CASE WHEN $paused = 1 THEN $now END
       WHERE paused <> $paused`,
      { paused: paused ? 1 : 0, by: board.actor, now: board.now() },
    );
    return boardState(board);
  });
}

/** Whether the board is paused, by whom and since when. */
export function boardState(board: Board): BoardState {
  const row = one<{ paused: number; paused_by: string | null; paused_at: number | null }>(
    board,
    "SELECT paused, paused_by, paused_at FROM board_state",
  )!;
  return { ...row, paused: row.paused === 1 };
}
