/**
 * Saved views: a page and a filter under a name, of one person or shared with all.
 *
 * They are addressed by an id of their own, because two people may give the same name. Only who made a view changes
 * it. There are few: a list of them is read with every page.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { all, type Board, one, run, write } from "./db.ts";
import { KanbanError } from "../errors.ts";
import { invalid, NAME_MAX, requireText } from "../input.ts";

export const VIEW_PAGES = ["board", "list", "deps", "insights"] as const;
export type ViewPage = (typeof VIEW_PAGES)[number];

export interface SavedView {
  id: string;
  name: string;
  page: ViewPage;
  /** A filter as `parseFilterQuery` reads it; "" shows all. */
  query: string;
  shared: boolean;
  /** Who made it. */
  owner: string;
  created_at: number;
}

/** Characters of a filter. */
export const QUERY_MAX = 4_000;
/** Of one person. */
const VIEWS_MAX = 100;
/** Shared ones of all: every page lists them, and counts their tasks. */
const SHARED_MAX = 200;

type Row = Omit<SavedView, "shared"> & { shared: number };

const SELECT = "SELECT id, name, page, query, shared, owner, created_at FROM saved_views";
const asView = (row: Row): SavedView => ({ ...row, shared: row.shared === 1 });

/** The views that a person sees, in their order: their own and those that are shared. It reads all views. */
export function listViews(board: Board, me: string): SavedView[] {
  return all<Row>(board, `${SELECT} WHERE owner = $me OR shared = 1 ORDER BY place, id`, { me }).map(asView);
}

/**
 * The view that a person means: by its id, or by its name, their own first.
 *
 * @throws {KanbanError} `not_found`.
 */
export function getView(board: Board, me: string, named: string): SavedView {
  const views = listViews(board, me);
  const found =
    views.find(({ id }) => id === named) ??
    views.find(({ name, owner }) => name === named && owner === me) ??
    views.find(({ name }) => name === named);
  if (found !== undefined) return found;
  throw new KanbanError(
    "not_found",
    `Cannot find the view ${JSON.stringify(named)}`,
    "See them with: kanban view list",
  );
}

export interface ViewInput {
  name: string;
  page: string;
  query: string;
  shared?: boolean | undefined;
}

/**
 * Saves a view under a name of the actor's; one of that name is replaced, and keeps its place.
 *
 * @throws {KanbanError} `invalid`; `refused` when there are too many.
 */
export function saveView(board: Board, { name, page, query, shared = false }: ViewInput): SavedView {
  const view = { name: nameOf(name), page: pageOf(page), query: queryOf(query), shared: shared ? 1 : 0 };
  return write(board, () => {
    const before = one<{ id: string }>(board, "SELECT id FROM saved_views WHERE owner = $owner AND name = $name", {
      owner: board.actor,
      name: view.name,
    });
    if (view.shared) roomForShared(board, view.name, before?.id ?? null);
    if (before !== null) {
      const { page, query, shared } = view;
      run(board, "UPDATE saved_views SET page = $page, query = $query, shared = $shared WHERE id = $id", {
        ...{ page, query, shared },
        id: before.id,
      });
      return getView(board, board.actor, before.id);
    }
    const { n, last } = one<{ n: number; last: number }>(
      board,
      "SELECT count(*) FILTER (WHERE owner = $owner) AS n, coalesce(max(place), 0) AS last FROM saved_views",
      { owner: board.actor },
    )!;
    if (n >= VIEWS_MAX) {
      const message = `Cannot save the view ${JSON.stringify(view.name)}: a person can have ${VIEWS_MAX} views`;
      throw new KanbanError("refused", message, "Remove one first");
    }
    const id = `v_${randomBytes(4).toString("hex")}`;
    run(
      board,
      `INSERT INTO saved_views (id, name, page, query, shared, owner, place, created_at)
       VALUES ($id, $name, $page, $query, $shared, $owner, $place, $now)`,
      { id, ...view, owner: board.actor, place: last + 1, now: board.now() },
    );
    return getView(board, board.actor, id);
  });
}

/**
 * Renames a view of the actor's, shares it or ends that, or moves it one place up.
 *
 * @throws {KanbanError} `not_found`; `invalid`; `refused` for the view of another person, and for a name in use.
 */
export function changeView(
  board: Board,
  named: string,
  change: { name?: string | undefined; shared?: boolean | undefined; up?: boolean | undefined },
): SavedView {
  return write(board, () => {
    const view = ownView(board, named, "change");
    const name = change.name === undefined ? view.name : nameOf(change.name);
    const taken = listViews(board, board.actor).some(
      (other) => other.id !== view.id && other.owner === board.actor && other.name === name,
    );
    if (taken) {
      throw new KanbanError(
        "refused",
        `Cannot rename the view ${JSON.stringify(view.name)}: you have ${JSON.stringify(name)} already`,
      );
    }
    if (change.shared) roomForShared(board, name, view.id);
    run(board, "UPDATE saved_views SET name = $name, shared = $shared WHERE id = $id", {
      ...{ id: view.id, name },
      shared: (change.shared ?? view.shared) ? 1 : 0,
    });
    if (change.up) moveUp(board, view.id);
    return getView(board, board.actor, view.id);
  });
}

/**
 * Removes a view of the actor's, and returns it.
 *
 * @throws {KanbanError} `not_found`; `refused` for the view of another person.
 */
export function removeView(board: Board, named: string): SavedView {
  return write(board, () => {
    const view = ownView(board, named, "remove");
    run(board, "DELETE FROM saved_views WHERE id = $id", { id: view.id });
    return view;
  });
}

/** @param own The view itself, which may be shared already. */
function roomForShared(board: Board, name: string, own: string | null): void {
  const { n } = one<{ n: number }>(board, "SELECT count(*) AS n FROM saved_views WHERE shared = 1 AND id IS NOT $own", {
    own,
  })!;
  if (n < SHARED_MAX) return;
  const message = `Cannot share the view ${JSON.stringify(name)}: a board can have ${SHARED_MAX} shared views`;
  throw new KanbanError("refused", message, "Remove a shared one first, or keep this one to yourself");
}

function ownView(board: Board, named: string, act: string): SavedView {
  const view = getView(board, board.actor, named);
  if (view.owner === board.actor) return view;
  throw new KanbanError(
    "refused",
    `Cannot ${act} the view ${JSON.stringify(view.name)}: it must be yours, it is of ${view.owner}`,
    "Save it under a name of your own",
  );
}

/** It takes the place of the one above it, as its owner sees them. */
function moveUp(board: Board, id: string): void {
  const views = listViews(board, board.actor);
  const above = views[views.findIndex((view) => view.id === id) - 1];
  if (above === undefined) return;
  run(
    board,
    `UPDATE saved_views SET place = (SELECT sum(place) FROM saved_views WHERE id = $id OR id = $above) - place
     WHERE id = $id OR id = $above`,
    { id, above: above.id },
  );
}

function nameOf(value: string): string {
  const name = requireText(value, "name").trim();
  if ([...name].length > NAME_MAX) throw invalid("name", `at most ${NAME_MAX} characters`, `${[...name].length}`);
  return name;
}

function pageOf(value: string): ViewPage {
  const page = VIEW_PAGES.find((one) => one === value);
  if (page === undefined) throw invalid("page", `one of ${VIEW_PAGES.join(", ")}`, JSON.stringify(value.slice(0, 80)));
  return page;
}

function queryOf(value: string): string {
  if (value.length > QUERY_MAX) throw invalid("query", `at most ${QUERY_MAX} characters`, `${value.length}`);
  return new URLSearchParams(value).toString();
}
