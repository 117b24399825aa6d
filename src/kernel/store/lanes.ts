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

/** A part of the board: these owners and projects, and not those. Left out: any; "" stands for "without one". */
export interface LaneNames {
  owners?: readonly string[] | undefined;
  notOwners?: readonly string[] | undefined;
  projects?: readonly string[] | undefined;
  notProjects?: readonly string[] | undefined;
}

export interface LaneFilter extends LaneNames {
  status: Status;
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

/** The lane of tasks like this one; it is made if it does not exist yet. Call it inside `write`. */
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

/** The condition that an owner and a project, as lanes have them, are those of a part; `namesOf` gives its parameters. */
export const namedAs = (owner: string, project: string) =>
  `($laneOwners IS NULL OR ${owner} IN (SELECT value FROM json_each($laneOwners)))
  AND ($laneNotOwners IS NULL OR ${owner} NOT IN (SELECT value FROM json_each($laneNotOwners)))
  AND ($laneProjects IS NULL OR ${project} IN (SELECT value FROM json_each($laneProjects)))
  AND ($laneNotProjects IS NULL OR ${project} NOT IN (SELECT value FROM json_each($laneNotProjects)))`;

/** The parameters of `namedAs`. */
export function namesOf({ owners, notOwners, projects, notProjects }: LaneNames): Params {
  const list = (names: readonly string[] | undefined) => (names === undefined ? null : JSON.stringify(names));
  return {
    laneOwners: list(owners),
    laneNotOwners: list(notOwners),
    laneProjects: list(projects),
    laneNotProjects: list(notProjects),
  };
}

const IN_PART = `l.status = +$laneStatus AND ${namedAs("l.owner", "l.project")}`;

const partOf = ({ status, ...names }: LaneFilter): Params => ({ laneStatus: status, ...namesOf(names) });

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
  let sql = headsWhere.get(where);
  if (sql === undefined) {
    sql = `SELECT h.urgency, h.queue_at, h.key, h.lane FROM lanes l
      CROSS JOIN tasks h ON h.key = (${walkOf("l.key", where, "1")})
      WHERE ${IN_PART} ORDER BY h.urgency, h.queue_at, h.key`;
    headsWhere.set(where, sql);
  }
  return all(board, sql, { ...params, ...partOf(filter), ...afterOf(after) });
}

/** The statements by their conditions, which are few: a text that is joined at each use is hashed at each use. */
const headsWhere = new Map<string, string>();

/**
 * The first tasks of a part of the board, in its order: of all lanes the one whose next task comes first, again and
 * again. What a lane has beyond that is not read, so a column of forty lanes costs little more than one of two.
 */
export function firstInLanes(board: Board, filter: LaneFilter, walk: LaneWalk): Position[] {
  const heads = headsOfLanes(board, filter, walk);
  const { limit, where = "true", params } = walk;
  if (limit <= 1) return heads.slice(0, 1);
  // Only a lane whose first task is among the first can have another one of them.
  const lanes = heads.slice(0, limit).map(({ lane, ...head }): Lane => ({ lane, rows: [head], at: 0 }));
  const part = Math.max(PART_MIN, Math.ceil((2 * limit) / lanes.length));
  const more = nextOf(where);
  const found: Position[] = [];
  while (found.length < limit && lanes.length > 0) {
    const first = lanes.shift()!;
    const taken = first.rows[first.at++]!;
    found.push(taken);
    if (first.at === first.rows.length) {
      const { lane } = first;
      first.rows = all<Position>(board, more, { ...params, lane, part, ...afterOf(taken) });
      first.at = 0;
    }
    if (first.rows.length > 0) lanes.splice(placeIn(lanes, first.rows[first.at]!), 0, first);
  }
  return found;
}

/** At least so many tasks of a lane are read at once. */
const PART_MIN = 8;

/** A lane from which some tasks are taken already. */
interface Lane {
  lane: number;
  rows: Position[];
  /** The first one of `rows` that is left. */
  at: number;
}

/** Where a lane whose next task stands there belongs among these, which are in the order of theirs. */
function placeIn(lanes: readonly Lane[], next: Position): number {
  let [from, to] = [0, lanes.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    const { rows, at } = lanes[middle]!;
    if (isBefore(rows[at]!, next)) from = middle + 1;
    else to = middle;
  }
  return from;
}

function isBefore(a: Position, b: Position): boolean {
  return (a.urgency - b.urgency || a.queue_at - b.queue_at || a.key - b.key) < 0;
}

/** A query for the next tasks of a lane. */
const nextOf = (where: string) => `SELECT t.urgency, t.queue_at, t.key FROM tasks t
  WHERE t.lane = +$lane AND (t.urgency, t.queue_at, t.key) > (+$afterUrgency, +$afterAt, +$afterKey) AND ${where}
  ORDER BY t.urgency, t.queue_at, t.key LIMIT $part + 0`;

function afterOf(after: Position | null | undefined): Params {
  return {
    afterUrgency: after?.urgency ?? null,
    afterAt: after?.queue_at ?? null,
    afterKey: after?.key ?? null,
  };
}
