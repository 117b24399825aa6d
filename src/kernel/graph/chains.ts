/**
 * Chains: tasks that depend on each other, whole, those with unfinished tasks first.
 *
 * Links are walked from the one whose child was created last, a bounded number of them, and from each the tasks that
 * are connected to it. A chain belongs to its newest child: a page that begins behind a child does not repeat it.
 *
 * @module
 */
import { all, type Board, read } from "../store/db.ts";
import { type Filter, matchingIds } from "../reads/filter.ts";
import { connected, edgesAmong, type GraphNode } from "./graph.ts";
import { keyOf } from "../store/ids.ts";
import type { Status } from "../schema.ts";

export interface Chain {
  /** In the order of creation, without archived ones. */
  nodes: (GraphNode & { completed_at: number | null })[];
  /** Between these nodes. */
  edges: { parent: string; child: string }[];
  /** It has more tasks than are read of one chain. */
  more: boolean;
}

export interface ChainPage {
  /** With a task that is not finished. */
  chains: Chain[];
  /** All of whose tasks are finished, the newest few; by the last task of each. */
  finished: { id: string; title: string; tasks: number; completed_at: number }[];
  /** The tasks that the filter asks for; null: it asks for all. */
  matches: Set<string> | null;
  /** Pass it as `after` for more; null: these are all. */
  next: string | null;
}

export interface ChainOptions {
  /** A chain is shown when one of its tasks matches. */
  filter?: (Filter & { status?: readonly Status[] | undefined }) | undefined;
  /** Tasks of unfinished chains on a page, about; default 300. */
  limit?: number;
  after?: string | undefined;
}

/** Tasks that are read of one chain. */
const CHAIN_MAX = 300;
/** Links and tasks that are looked at for one page. */
const LINKS_MAX = 20_000;
const TASKS_MAX = 5_000;
const FINISHED_MAX = 50;
const BATCH = 500;

/**
 * A page of chains, from one snapshot.
 *
 * @throws {KanbanError} `not_found` for an `after` that is no task.
 */
export function chainsOf(board: Board, { filter = {}, limit = 300, after }: ChainOptions = {}): ChainPage {
  return read(board, () => {
    const page: ChainPage = { chains: [], finished: [], matches: isEmpty(filter) ? null : new Set(), next: null };
    const seen = new Set<number>();
    let [drawn, links] = [0, 0];
    let before = after === undefined ? Number.MAX_SAFE_INTEGER : keyOf(board, after, "draw");
    while (true) {
      const batch = newestLinks(board, before);
      for (const { parent, child } of batch.links) {
        if (drawn >= limit || links >= LINKS_MAX || seen.size >= TASKS_MAX)
          return { ...page, next: idOf(board, before) };
        before = child;
        links++;
        // Of a chain that is larger than what is read of it, every task leads to one that was read.
        if (!seen.has(child) && !seen.has(parent)) drawn += addChain(board, page, { child, seen, filter });
      }
      if (batch.last) return page;
    }
  });
}

/**
 * The whole chain of one task, archived tasks too, the nearest `limit` of them.
 *
 * @throws {KanbanError} `not_found`.
 */
export function chainOf(board: Board, id: string, limit: number): Chain {
  return read(board, () => {
    const keys = connected(board, keyOf(board, id, "draw"), limit + 1);
    const shown = keys.slice(0, limit);
    return {
      nodes: nodesOf(board, shown, { archived: true }),
      edges: edgesAmong(board, shown),
      more: keys.length > limit,
    };
  });
}

interface Start {
  child: number;
  /** The tasks of the chains that were read. */
  seen: Set<number>;
  filter: NonNullable<ChainOptions["filter"]>;
}

/** Reads the chain of a child and puts it where it belongs. Returns how many tasks it adds to the drawing. */
function addChain(board: Board, page: ChainPage, { child, seen, filter }: Start): number {
  const keys = connected(board, child, CHAIN_MAX + 1);
  for (const key of keys) seen.add(key);
  const shown = keys.slice(0, CHAIN_MAX);
  if (newestOf(board, keys) !== child) return 0; // It was on an earlier page.
  const nodes = nodesOf(board, shown);
  const matched = matchesOf(board, nodes, filter);
  if (nodes.length < 2 || matched.length === 0) return 0;
  for (const id of matched) page.matches?.add(id);
  if (nodes.every(({ completed_at }) => completed_at !== null)) {
    const last = nodes.reduce((a, b) => (b.completed_at! >= a.completed_at! ? b : a));
    const { id, title } = last;
    const chain = { id, title, tasks: nodes.length, completed_at: last.completed_at! };
    if (page.finished.length < FINISHED_MAX) page.finished.push(chain);
    return 0;
  }
  page.chains.push({ nodes, edges: edgesAmong(board, shown), more: keys.length > CHAIN_MAX });
  return nodes.length;
}

/** Links, those of the newest children first; all of one child or none, so that the next batch begins behind it. */
function newestLinks(board: Board, before: number): { links: { parent: number; child: number }[]; last: boolean } {
  const links = all<{ parent: number; child: number }>(
    board,
    `SELECT parent_key AS parent, child_key AS child FROM task_links
     WHERE child_key < $before ORDER BY child_key DESC LIMIT ${BATCH}`,
    { before },
  );
  const last = links.at(-1)?.child;
  if (links.length < BATCH) return { links, last: true };
  return { links: links[0]!.child === last ? links : links.filter(({ child }) => child !== last), last: false };
}

/** The newest task of these that waits for another. */
function newestOf(board: Board, keys: readonly number[]): number {
  return all<{ key: number }>(
    board,
    `SELECT max(k.value) AS key FROM json_each($keys) k
     WHERE EXISTS (SELECT 1 FROM task_links WHERE child_key = k.value)`,
    { keys: JSON.stringify(keys) },
  )[0]!.key;
}

function nodesOf(board: Board, keys: readonly number[], { archived = false } = {}): Chain["nodes"] {
  return all<Chain["nodes"][number]>(
    board,
    `SELECT t.id, t.title, t.status, t.assignee, t.priority, t.tenant, t.completed_at
     FROM json_each($keys) k CROSS JOIN tasks t ON t.key = k.value
     WHERE $archived OR t.status <> 'archived' ORDER BY t.key`,
    { keys: JSON.stringify(keys), archived: archived ? 1 : 0 },
  );
}

function matchesOf(board: Board, nodes: Chain["nodes"], { status, ...filter }: Start["filter"]): string[] {
  const inStatus = nodes.filter((node) => status === undefined || status.includes(node.status)).map(({ id }) => id);
  if (isEmpty(filter)) return inStatus;
  return [...matchingIds(board, inStatus, filter)];
}

/** Whether a filter lets all tasks through. */
function isEmpty(filter: NonNullable<ChainOptions["filter"]>): boolean {
  const isSet = (value: unknown): boolean => {
    if (Array.isArray(value)) return value.length > 0;
    if (typeof value === "object" && value !== null) return Object.values(value).some(isSet);
    return value !== undefined && value !== "" && value !== false;
  };
  return !Object.entries(filter).some(([name, value]) => (name === "failed" ? value !== undefined : isSet(value)));
}

function idOf(board: Board, key: number): string {
  return all<{ id: string }>(board, "SELECT id FROM tasks WHERE key = $key", { key })[0]!.id;
}
