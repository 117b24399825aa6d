/** @jsxImportSource hono/jsx */
/**
 * The posts about saved views, and the section of the side bar that shows them.
 *
 * @module
 */
import type { Hono } from "hono";
import { PAGE_PATHS, ViewList } from "../../../views/shell/view_list.tsx";
import { changed } from "../../../views/parts/partials.tsx";
import { changeView, removeView, saveView, VIEW_PAGES } from "../../kernel/mod.ts";
import { change, type Ctx, type Env, snapshot, type Web } from "../context.ts";
import { badInput } from "../failure.ts";
import { readForm } from "./form_fields.ts";
import { viewLinks } from "../pages/view_links.ts";
import { isHtmx, refusalReply } from "./form_response.tsx";

/** Puts them on the router. */
export function mountViewForms(app: Hono<Env>, web: Web): void {
  app.get("/views", async (c) => {
    const path = pathOf(c);
    const views = await snapshot(web, (board) => viewLinks(board, c.get("caller").name, { patient: true }));
    return c.html(String(<ViewList views={views} path={path} />));
  });
  app.post("/views", (c) =>
    viewPost(web, c, async (form) => {
      const { page, query } = addressed(form.get("path") ?? "");
      const input = { name: form.get("name") ?? "", page, query, shared: form.get("shared") === "1" };
      const { name } = await change(web, c, (board) => saveView(board, input));
      return `View ${name} saved`;
    }),
  );
  app.post("/views/:id", (c) =>
    viewPost(web, c, async (form) => {
      const up = form.get("up") === "1";
      const fields = up ? { up } : { name: form.get("name") ?? "", shared: form.get("shared") === "1" };
      const { name } = await change(web, c, (board) => changeView(board, c.req.param("id"), fields));
      return `View ${name} ${up ? "moved up" : "changed"}`;
    }),
  );
  app.post("/views/:id/remove", (c) =>
    viewPost(web, c, async () => {
      const { name } = await change(web, c, (board) => removeView(board, c.req.param("id")));
      return `View ${name} removed`;
    }),
  );
}

async function viewPost(web: Web, c: Ctx, act: (form: URLSearchParams) => Promise<string>): Promise<Response> {
  try {
    const text = await act(await readForm(c.req.raw));
    if (!isHtmx(c)) return c.redirect("/", 303);
    const views = await snapshot(web, (board) => viewLinks(board, c.get("caller").name, { patient: true }));
    c.header("hx-trigger", "kanban:viewsaved");
    const section = (
      <hx-partial hx-target="#views" hx-swap="outerMorph">
        <ViewList views={views} path={pathOf(c)} />
      </hx-partial>
    );
    return c.html(`${String(section)}${changed({ toast: { text, tone: "ok" } })}`);
  } catch (error) {
    if (!isHtmx(c)) throw error;
    return refusalReply(web, c, error, { form: "view" });
  }
}

/** The page and the filter of an address of ours. */
function addressed(address: string): { page: string; query: string } {
  const url = URL.parse(address, "http://board/");
  const page = VIEW_PAGES.find((name) => PAGE_PATHS[name] === url?.pathname);
  if (url === null || page === undefined) {
    throw badInput("path", "Cannot save the view: the board, the list, dependencies and insights can be saved");
  }
  return { page, query: url.search.slice(1) };
}

/** The address of the page that htmx asks from. */
function pathOf(c: Ctx): string {
  const url = URL.parse(c.req.header("hx-current-url") ?? "/", "http://board/");
  return url === null ? "/" : url.pathname + url.search;
}
