/**
 * What follows from other rows and is kept beside them: the counts of lanes, and the highest id of a run.
 *
 * @module
 */
import { type Board, run } from "./db.ts";

/** Folds what the newest events changed into the counts, as a trigger does from time to time. Call it inside `write`. */
export function foldCounts(board: Board): void {
  run(
    board,
    `UPDATE lanes SET n = lanes.n + c.n FROM (SELECT lane, sum(n) AS n FROM lane_changes GROUP BY lane) c
     WHERE c.lane = lanes.key AND c.n <> 0`,
  );
  run(board, "UPDATE folded SET event_id = (SELECT coalesce(max(id), 0) FROM task_events)");
}

/** Counts every lane anew; for rows that came in without events of ours. Call it inside `write`. */
export function countLanes(board: Board): void {
  run(board, "UPDATE lanes SET n = (SELECT count(*) FROM tasks WHERE lane = lanes.key)");
  run(board, "UPDATE folded SET event_id = (SELECT coalesce(max(id), 0) FROM task_events)");
}

/** The next run gets an id that is higher than those of all that came in without events of ours. */
export function continueRunIds(board: Board): void {
  run(
    board,
    `UPDATE task_events SET run_seq = (SELECT coalesce(max(id), 0) FROM runs)
     WHERE id = (SELECT max(id) FROM task_events)`,
  );
}
