/**
 * The API's routes about saved views.
 *
 * @module
 */
import { changeView, getView, removeView, saveView, VIEW_PAGES } from "../../kernel/mod.ts";
import { Done, OneView, ViewsAnswer } from "./responses.ts";
import { change, snapshot, type Web } from "../context.ts";
import { endpoint } from "./endpoint.ts";
import { viewLinks } from "../pages/view_links.ts";
import * as f from "./fields.ts";
import type { z } from "zod";

const list = endpoint({
  method: "get",
  path: "/api/views",
  summary: "Lists saved views: the caller's own and those that are shared, with how many tasks each shows",
  notes: "`n` is null where counting would read more than 100,000 tasks.",
  answer: ViewsAnswer,
  run: (web, { c }) => snapshot(web, (board) => ({ views: viewLinks(board, c.get("caller").name, { patient: true }) })),
});

const save = endpoint({
  method: "post",
  path: "/api/views",
  summary: "Saves a view; one of the caller's with the same name is replaced",
  body: f.shape({
    name: f.text("name"),
    page: f.choice("page", VIEW_PAGES),
    query: f.textOrNone("query", "The filter as the page's address has it: assignee=ann&status=ready").optional(),
    shared: f.toggle("shared", "Everybody sees it").optional(),
  }),
  answer: OneView,
  run: async (web, { body, c }) => {
    const input = { ...body, query: body.query ?? "" };
    const { id } = await change(web, c, (board) => saveView(board, input));
    return viewOf(web, c.get("caller").name, id);
  },
});

const patch = endpoint({
  method: "patch",
  path: "/api/views/:id",
  summary: "Renames a view of the caller's, shares it or ends that, or moves it one place up",
  body: f.shape({
    name: f.text("name").optional(),
    shared: f.toggle("shared").optional(),
    up: f.toggle("up", "One place up").optional(),
  }),
  answer: OneView,
  run: async (web, { id, body, c }) => {
    await change(web, c, (board) => changeView(board, id, body));
    return viewOf(web, c.get("caller").name, id);
  },
});

const remove = endpoint({
  method: "delete",
  path: "/api/views/:id",
  summary: "Removes a view of the caller's",
  answer: Done,
  run: async (web, { id, c }) => {
    await change(web, c, (board) => removeView(board, id));
    return { ok: true as const };
  },
});

function viewOf(web: Web, me: string, named: string): Promise<z.input<typeof OneView>> {
  return snapshot(web, (board) => {
    const { id } = getView(board, me, named);
    return { view: viewLinks(board, me, { patient: true }).find((view) => view.id === id)! };
  });
}

export const VIEW_ENDPOINTS = [list, save, patch, remove];
