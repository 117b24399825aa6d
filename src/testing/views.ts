/**
 * View models of a board in memory, for the tests of `views/`: what the web layer would hand them,
 * made of real rows.
 *
 * @module
 */
import type { ViewLink } from "../../views/shell/view_list.tsx";
import { NO_FILTER, type PageFilter } from "../../views/shell/filter_query.ts";
import type { Notice } from "../../views/shell/notices.tsx";
import { RELATIVES_SHOWN } from "../../views/drawer/deps.tsx";
import {
  type Board,
  getCard,
  insightStats,
  latestEventId,
  legalMoves,
  neverReleased,
  showTask,
  type Status,
  STATUSES,
  type Waiting,
  PLAIN_FIELDS,
} from "../kernel/mod.ts";

/** What a task waits for, in these words. */
export function waitsFor(words: string): Waiting {
  return { kind: "no_profile", words, until: null };
}

/** A card and what the web layer adds to it. */
export function cardView(board: Board, id: string) {
  const card = getCard(board, id);
  if (card === null) throw new Error(`There is no task ${id}`);
  return {
    card,
    now: board.now(),
    since: null as number | null,
    stale: "fresh" as "fresh" | "amber" | "red",
    waits: null as Waiting | null,
    tail: null as string | null,
  };
}

/** A task's drawer, without a log. */
export function drawerView(board: Board, id: string) {
  const page = showTask(board, id, { relatives: RELATIVES_SHOWN });
  return {
    page,
    cut: new Set<string>(),
    now: board.now(),
    stale: "fresh" as const,
    plain: PLAIN_FIELDS,
    waits: null as Waiting | null,
    stopped_by: getCard(board, id)?.stopped_by ?? null,
    never_released: neverReleased(board, id),
    log: null,
    markdown: true,
  };
}

/** A dispatcher that runs and has room. */
export function daemonView(board: Board) {
  return {
    running: true,
    pid: 4711 as number | null,
    used: 1,
    max: 4 as number | null,
    oldest_ready_seconds: null as number | null,
    slow_starts: 0,
    held: [],
    ready: 0,
    silent_since: null as number | null,
    unseen: null as string | null,
    paused_by: null as string | null,
    paused_at: null as number | null,
    notices: [] as Notice[],
    now: board.now(),
  };
}

/** What surrounds a page. */
export function shellView(board: Board) {
  const moves = Object.fromEntries(STATUSES.map((status) => [status, legalMoves(status)]));
  return {
    path: "/",
    since: latestEventId(board),
    build: "b1",
    signIn: "s1",
    me: "ann" as string | null,
    theme: null,
    board: "acme",
    nav: { all: 3, running: 1, needs: 0, mine: 2 },
    views: [] as ViewLink[],
    daemon: daemonView(board),
    menus: {
      moves: moves as Record<Status, Record<Status, true | string>>,
      profiles: ["coder"],
      assignees: ["ann"],
      people: ["ann"],
      tenants: ["acme"],
    },
  };
}

/** Nothing filtered. */
export function noFilter(): PageFilter {
  return structuredClone(NO_FILTER);
}

/** The figures of the insights page. */
export function insightsView(board: Board) {
  return { ...insightStats(board, { days: 7 }), now: board.now(), days: 7, filter: noFilter() };
}

/** Every start tag of a document with its attributes, as a browser would read them. */
export async function tags(html: string): Promise<{ name: string; attributes: Record<string, string> }[]> {
  const found: { name: string; attributes: Record<string, string> }[] = [];
  const reader = new HTMLRewriter().on("*", {
    element(element) {
      found.push({ name: element.tagName, attributes: Object.fromEntries([...element.attributes]) });
    },
  });
  await reader.transform(new Response(html)).text();
  return found;
}

/** The text of a piece of markup, entities decoded. */
export function textOf(html: string): string {
  const text = html.replace(/<[^>]*>/g, " ");
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&#x27;", "'")
    .replaceAll("&amp;", "&")
    .replace(/\s+/g, " ")
    .trim();
}
