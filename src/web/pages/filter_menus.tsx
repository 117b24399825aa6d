/** @jsxImportSource hono/jsx */
/**
 * The menus of filters: `/filter?page=/list&field=assignee` and the filter itself.
 *
 * To htmx it answers a menu, or with `find` the options that have a text in them; to a browser a page with all fields.
 *
 * @module
 */
import type { Hono } from "hono";
import { FilterMenu, type FilterMenuView, Options } from "../../../views/shell/filter_menu.tsx";
import { FilterPage } from "../../../views/shell/filter_page.tsx";
import { choiceWord, FIELDS, type FieldName } from "../../../views/shell/filter_words.ts";
import { type ChoiceName, CHOICES } from "../../../views/shell/filter_query.ts";
import { document } from "../../../views/shell/document.tsx";
import { type Board, type Facet, facetsOf, peopleNames, STATUSES } from "../../kernel/mod.ts";
import { type Ctx, type Env, snapshot, type Web } from "../context.ts";
import { columnsOf, type Filter, filterOf, kernelFilter, pageOf } from "./filter.ts";
import { readShell } from "./page_shell.ts";
import { queueOf } from "./queue.ts";

/** Names that a menu holds; others are found by typing. */
const NAMES_MAX = 100;

/** Puts them on the router. */
export function mountFilterMenus(app: Hono<Env>, web: Web): void {
  app.get("/filter", async (c) => {
    c.header("vary", "HX-Request");
    const { path, filter } = filteredPage(web, c);
    if (c.req.header("hx-request") === "true") {
      const view = await snapshot(web, (board) => menuView(web, board, c, path, filter));
      const find = c.req.query("find");
      return c.html(String(find === undefined ? <FilterMenu view={view} /> : <Options view={view} />));
    }
    return c.html(
      await snapshot(web, (board) => {
        const fields = CHOICES.map((field) => ({
          field,
          options: optionsOf(board, field, filter).slice(0, NAMES_MAX),
        }));
        return document(<FilterPage shell={readShell(web, board, c)} view={{ path, filter, fields }} />);
      }),
    );
  });
}

/** The page that the menu is for, one of ours whatever the address says, and its filter. */
function filteredPage(web: Web, c: Ctx): { path: string; filter: Filter } {
  const { searchParams } = new URL(c.req.url);
  const { page, path } = pageOf(searchParams.get("page") ?? "/");
  return { path, filter: filterOf(searchParams, web.config, page) };
}

function menuView(web: Web, board: Board, c: Ctx, path: string, filter: Filter): FilterMenuView {
  const given = c.req.query("field") ?? "";
  const field = Object.hasOwn(FIELDS, given) ? (given as FieldName) : null;
  const op = c.req.query("op") === "none" ? "none" : "any";
  const choice = CHOICES.find((name) => name === field);
  const every = choice === undefined ? [] : optionsOf(board, choice, filter);
  const find = (c.req.query("find") ?? "").toLowerCase();
  const found =
    choice === undefined ? [] : every.filter(({ value }) => choiceWord(choice, value).toLowerCase().includes(find));
  const people = choice === "assignee" || choice === "creator" ? peopleNames(board, queueOf(web, board)) : [];
  return { path, filter, field, op, options: found.slice(0, NAMES_MAX), people, more: every.length > NAMES_MAX };
}

/** The values of a choice in the order of its menu: closed ones all and in theirs, names by how many tasks have them. */
function optionsOf(board: Board, field: ChoiceName, filter: Filter): Facet[] {
  const facets = facetsOf(board, field, { filter: kernelFilter(filter, board.now()), statuses: columnsOf(filter) });
  if (field !== "status" && field !== "priority") return facets;
  const known = new Map(facets.map(({ value, n }) => [value, n]));
  const counted = facets.some(({ n }) => n !== null) || facets.length === 0;
  const closed = field === "status" ? STATUSES : ["4", "3", "2", "1", "0"];
  const others = facets.map(({ value }) => value).filter((value) => !(closed as readonly string[]).includes(value));
  return [...closed, ...others].map((value) => ({ value, n: known.get(value) ?? (counted ? 0 : null) }));
}
