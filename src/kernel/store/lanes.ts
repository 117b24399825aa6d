/**
 * Lanes: the tasks of one status, assignee and tenant, in the order in which a column shows them and the queue
 * takes them.
 *
 * One index holds them all, lane after lane. Whoever reads a part of the board merges the lanes of that part, so
 * that its cost is the number of its lanes and what it returns, however many tasks there are of other profiles and
 * projects. A lane is a row of the table `lanes`, and stays when it becomes empty.
 *
 * @module
 */
import { all, type Board, insert, one, type Params } from "./db.ts";
import type { Status } from "../schema.ts";

/** A part of the board. Left out: of any; "" stands for those without one. */
export interface LaneFilter {
  status: Status;
  owners?: readonly string[] | undefined;
  project?: string | undefined;
}

/** Where a task stands in the order of its status. */
export interface Position {
  urgency: number;
  queue_at: number;
  key: number;
}

/** What is read of each lane. */
export interface LaneWalk {
  limit: number;
  /** Only what comes after this position. */
  after?: Position | null;
  /** A further condition on the task `t`, a literal, and its parameters. */
  where?: string;
  params?: Params;
}

/** The lane of tasks like this one; it is made when there is none yet. Call it inside `write`. */
export function laneOf(
  board: Board,
  { status, assignee, tenant }: { status: Status; assignee: string | null; tenant: string | null },
): number {
  const lane = { status, owner: assignee ?? "", project: tenant ?? "" };
  const known = one<{ key: number }>(
    board,
    "SELECT key FROM lanes WHERE status = $status AND owner = $owner AND project = $project",
    lane,
  );
  if (known !== null) return known.key;
  return insert(board, "INSERT INTO lanes (status, owner, project) VALUES ($status, $owner, $project)", lane);
}

/** The condition that a task has a status, for reads that find it by that: the index knows lanes alone. */
export function inStatus(task: string, status: Status): string {
  return `${task}.lane IN (SELECT key FROM lanes WHERE status = '${status}')`;
}

/** The condition on a lane of a part of the board, and its parameters. */
const IN_PART = `l.status = +$laneStatus
  AND ($laneOwners IS NULL OR l.owner IN (SELECT value FROM json_each($laneOwners)))
  AND ($laneProject IS NULL OR l.project = $laneProject)`;

function partOf({ status, owners, project }: LaneFilter): Params {
  return {
    laneStatus: status,
    laneOwners: owners === undefined ? null : JSON.stringify(owners),
    laneProject: project ?? null,
  };
}

/** A query for the first tasks of the lane with this key. */
const walkOf = (lane: string, where: string, limit: string) => `SELECT t.key FROM tasks t
  WHERE t.lane = ${lane} AND t.urgency >= coalesce($afterUrgency, -9e15)
    AND ($afterKey IS NULL OR (t.urgency, t.queue_at, t.key) > ($afterUrgency, $afterAt, $afterKey))
    AND ${where}
  ORDER BY t.urgency, t.queue_at, t.key LIMIT ${limit}`;

/** The first task of each lane of a part of the board that has one, in order. */
export function headsOfLanes(
  board: Board,
  filter: LaneFilter,
  { where = "true", after, params }: Omit<LaneWalk, "limit"> = {},
): (Position & { lane: number })[] {
  return all(
    board,
    `SELECT h.urgency, h.queue_at, h.key, h.lane FROM lanes l CROSS JOIN tasks h ON h.key = (${walkOf("l.key", where, "1")})
     WHERE ${IN_PART} ORDER BY h.urgency, h.queue_at, h.key`,
    { ...params, ...partOf(filter), ...afterOf(after) },
  );
}

/** The first tasks of a part of the board, in its order. */
export function firstInLanes(board: Board, filter: LaneFilter, walk: LaneWalk): Position[] {
  const heads = headsOfLanes(board, filter, walk);
  const { limit, where = "true", after, params } = walk;
  if (limit <= 1) return heads.slice(0, 1);
  // Only a lane whose first task is among the first can have another one of them.
  const lanes = heads.slice(0, limit).map(({ lane }) => lane);
  return all(
    board,
    `SELECT h.urgency, h.queue_at, h.key FROM json_each($lanes) l
     CROSS JOIN tasks h ON h.key IN (${walkOf("l.value", where, "$limit + 0")})
     ORDER BY h.urgency, h.queue_at, h.key LIMIT $limit + 0`,
    { ...params, lanes: JSON.stringify(lanes), limit, ...afterOf(after) },
  );
}

function afterOf(after: Position | null | undefined): Params {
  return {
    afterUrgency: after?.urgency ?? null,
    afterAt: after?.queue_at ?? null,
    afterKey: after?.key ?? null,
  };
}
