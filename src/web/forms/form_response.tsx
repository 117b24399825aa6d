/** @jsxImportSource hono/jsx */
/**
 * What a form gets back. To htmx a bundle of partials: the card where it now belongs, the counts, the
 * open drawer, a toast; partials whose target is not on the page do nothing, so no page needs an answer
 * of its own. Without scripts: a redirect, or the page of the error.
 *
 * @module
 */
import type { CardView } from "../../../views/card/card.tsx";
import type { DrawerView } from "../../../views/drawer/drawer.tsx";
import { BulkDone, changed, type Change, refused } from "../../../views/parts/partials.tsx";
import type { ToastView } from "../../../views/shell/toast.tsx";
import { type Board, type FieldConflict, getCard, matchingIds, readsTasks } from "../../kernel/mod.ts";
import { totalsOf } from "../pages/board.tsx";
import { cardViews } from "../pages/cards.ts";
import { currentPage } from "../access/base_path.ts";
import { type Ctx, snapshot, type Web } from "../context.ts";
import { daemonView } from "../pages/daemon.ts";
import { conflictPartial } from "./conflict.tsx";
import { failureOf } from "../failure.ts";
import { belongs, isSorted, kernelFilter, type View, viewOf } from "../pages/filter.ts";
import { navCounts } from "../pages/page_shell.ts";
import { updateView } from "../pages/task.ts";

/** Whether htmx asks. */
export function isHtmx(c: Ctx): boolean {
  return c.req.header("hx-request") === "true";
}

/** The page that htmx asks from. */
export function currentView(web: Web, c: Ctx): View {
  return viewOf(currentPage(web, c), web.config);
}

/** After a task changed. */
export async function taskReply(web: Web, c: Ctx, id: string, toast: ToastView): Promise<Response> {
  if (!isHtmx(c)) return c.redirect(`/t/${id}`, 303);
  const view = currentView(web, c);
  const html = await snapshot(web, (board) => {
    const shown = shownCard(web, board, view, id);
    const change: Change = {
      row: view.page === "list",
      nav: navCounts(web, board, c.get("caller").name),
      drawer: openDrawer(web, board, view, id),
      toast,
    };
    if (isPlaced(view)) change.counts = totalsOf(board, view.filter);
    if (shown.inView) change.card = shown.card;
    else change.out = id;
    if (shown.card?.card.status !== "blocked" && shown.card?.card.status !== "review") change.settled = id;
    return changed(change);
  });
  return c.html(html);
}

/** After something of the whole board changed: pause, dispatch. */
export async function boardReply(web: Web, c: Ctx, toast: ToastView): Promise<Response> {
  if (!isHtmx(c)) return c.redirect("/", 303);
  return c.html(
    await snapshot(web, (board) =>
      changed({ daemon: daemonView(web, board), nav: navCounts(web, board, c.get("caller").name), toast }),
    ),
  );
}

/** After a bulk action; the cards follow by the stream. */
export function bulkReply(c: Ctx, result: Parameters<typeof BulkDone>[0]): Response {
  if (!isHtmx(c)) return c.redirect("/", 303);
  return c.html(String(<BulkDone {...result} />)) as Response;
}

/** An edit that another change came before: where it was sent, what it said, and what it found. */
interface Sides {
  path: string;
  form: URLSearchParams;
  conflicts: readonly FieldConflict[];
}

/**
 * A refusal. With the task's id the answer carries the card as it really is, which rolls an optimistic move
 * back; with `form` its text is under that form.
 */
export async function refusalReply(
  web: Web,
  c: Ctx,
  error: unknown,
  where: { id?: string; form?: string | null; sides?: Sides | undefined } = {},
): Promise<Response> {
  const { status, error: said } = failureOf(error, web.warn);
  const view = currentView(web, c);
  const real =
    where.id === undefined
      ? {}
      : await snapshot(web, (board) => {
          const shown = shownCard(web, board, view, where.id!);
          return {
            card: shown.inView ? shown.card : null,
            row: view.page === "list",
            drawer: where.form && !where.sides ? null : openDrawer(web, board, view, where.id!),
            ...(where.sides ? { conflict: conflictPartial(board, { id: where.id!, ...where.sides }) } : {}),
          };
        });
  return c.html(refused({ message: said.message, hint: said.hint ?? null, form: where.form ?? null, ...real }), status);
}

/** A card, and whether the view that asks shows it. */
function shownCard(web: Web, board: Board, view: View, id: string): { card: CardView | null; inView: boolean } {
  const card = getCard(board, id);
  if (card === null) return { card: null, inView: false };
  const { filter } = view;
  const placed = isPlaced(view);
  const narrowed = kernelFilter(filter, board.now());
  const found = placed && readsTasks(narrowed) ? matchingIds(board, [id], narrowed).has(id) : true;
  return { card: cardViews(web, board, [card])[0]!, inView: placed && found && belongs(card, filter) };
}

/** Whether the page has a place for each of its tasks by status. */
function isPlaced(view: View): boolean {
  return view.page === "board" || (view.page === "list" && !isSorted(view));
}

function openDrawer(web: Web, board: Board, view: View, id: string): DrawerView | null {
  if (view.task !== id || getCard(board, id) === null) return null;
  web.drawers.forget(id);
  return updateView(web, board, id);
}
