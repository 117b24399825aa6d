/** @jsxImportSource hono/jsx */
/**
 * The router: guards first, then every route, and one way for errors to leave.
 *
 * @module
 */
import { Hono } from "hono";
import { document } from "../../views/shell/document.tsx";
import { ErrorPage } from "../../views/shell/failure.tsx";
import { LoginPage } from "../../views/shell/login.tsx";
import { refused } from "../../views/parts/partials.tsx";
import { askedPage, outward, pathWithin } from "./access/base_path.ts";
import { callerGuard, hostGuard, secureHeaders, sizeGuard } from "./access/access.ts";
import { mountApiPages } from "./api/api_page.tsx";
import { BOARD_ENDPOINTS } from "./api/api_board.ts";
import { VIEW_ENDPOINTS } from "./api/api_views.ts";
import { TASK_ENDPOINTS } from "./api/api_tasks.ts";
import { UNDO_ENDPOINTS } from "./api/api_undo.ts";
import { mountBoard } from "./pages/board.tsx";
import type { Ctx, Env, Web } from "./context.ts";
import { mount } from "./api/endpoint.ts";
import { type Failure, failureOf, Refusal } from "./failure.ts";
import { gzipped } from "./gzip.ts";
import { mountFilterMenus } from "./pages/filter_menus.tsx";
import { mountViewForms } from "./forms/forms_views.tsx";
import { mountForms } from "./forms/forms.tsx";
import { mountList } from "./pages/list.tsx";
import { mountLogin, ownPage, wantsPage } from "./access/login.tsx";
import { mountPages } from "./pages/pages.tsx";
import { mountPartials } from "./pages/partials.tsx";
import { isHtmx } from "./forms/form_response.tsx";
import { shellOf } from "./pages/page_shell.ts";
import { mountAttention } from "./pages/attention.ts";
import { mountStart } from "./forms/forms_start.tsx";
import { mountStatic } from "./static.ts";
import { mountStream } from "./live/stream.ts";
import { timed } from "./timing.ts";

/** Every endpoint of the JSON API. */
export const ENDPOINTS = [...TASK_ENDPOINTS, ...UNDO_ENDPOINTS, ...BOARD_ENDPOINTS, ...VIEW_ENDPOINTS];

/** The whole server as a function from request to response. */
export function createApp(web: Web): Hono<Env> {
  const app = new Hono<Env>({ getPath: pathWithin(web.base) });
  app.onError((error, c) => answer(web, c, failureOf(error, web.warn)));
  app.notFound((c) => {
    const missing = new Refusal(404, "not_found", `Cannot find ${c.req.method} ${c.req.path}: no such address`);
    return answer(web, c, failureOf(missing, web.warn));
  });
  app.use(timed(), secureHeaders(), gzipped(), outward(web), hostGuard(web), sizeGuard(), callerGuard(web));
  mountStatic(app, web);
  mountLogin(app, web);
  mount(app, web, ENDPOINTS);
  mountApiPages(app, web, ENDPOINTS);
  mountBoard(app, web);
  mountPages(app, web);
  mountList(app, web);
  mountFilterMenus(app, web);
  mountStart(app, web);
  mountAttention(app, web);
  mountPartials(app, web);
  mountForms(app, web);
  mountViewForms(app, web);
  mountStream(app, web);
  return app;
}

/** A refusal as JSON for programs, as a notice for htmx, as a page for people. */
async function answer(web: Web, c: Ctx, { status, error }: Failure): Promise<Response> {
  if (status === 429 || status === 503) c.header("retry-after", status === 429 ? "60" : "1");
  if (isHtmx(c)) return c.html(refused({ message: error.message, hint: error.hint ?? null }), status);
  if (!wantsPage(c) || c.req.path.startsWith("/api/")) return c.json({ error }, status);
  if (status === 401 || c.get("caller") === undefined) {
    if (isLinkFromElsewhere(c)) c.header("refresh", "0");
    const next = c.req.method === "GET" ? ownPage(askedPage(c)) : "/";
    return c.html(document(<LoginPage next={next} {...(status === 401 ? {} : { error: error.message })} />), status);
  }
  const shell = await shellOf(web, c);
  return c.html(
    document(<ErrorPage shell={shell} status={status} message={error.message} hint={error.hint ?? null} />),
    status,
  );
}

/**
 * A person followed a link on another site. The browser withholds the session cookie from that one
 * request; loaded once more from here, the page has it.
 */
function isLinkFromElsewhere(c: Ctx): boolean {
  const site = c.req.header("sec-fetch-site");
  const isPage = c.req.method === "GET" && c.req.header("sec-fetch-mode") === "navigate";
  return isPage && c.req.header("sec-fetch-dest") === "document" && (site === "cross-site" || site === "same-site");
}
