/**
 * `/stream`: the one stream of a tab. Its address says what the tab shows and what it has seen.
 *
 * @module
 */
import type { Hono } from "hono";
import { isTaskId } from "../../kernel/mod.ts";
import { type Ctx, type Env, snapshot, type Web } from "../context.ts";
import { badInput } from "../failure.ts";
import { viewOf } from "../pages/filter.ts";
import { type Client, Hub, type Seen } from "./hub.tsx";

/** Puts the stream on the router. */
export function mountStream(app: Hono<Env>, web: Web): void {
  const hub = new Hub(web);
  app.get("/stream", async (c) => {
    const view = viewOf(c.req.query("view") ?? "/", web.config);
    const open = c.req.query("open") ?? "";
    const seen = seenBy(c, open);
    let client: Client | null = null;
    const outlet = web.outlets.add(c, { closed: () => client !== null && hub.leave(client) });
    client = { outlet, view, open: isTaskId(open) ? open : null, drawer: null, log: null };
    try {
      await snapshot(web, (board) => hub.join(board, client, seen));
    } catch (error) {
      outlet.close();
      throw error;
    }
    return outlet.response;
  });
}

/**
 * What the header of a reconnecting tab says, else its address. An id may also say whose log the tab
 * followed and up to which byte; that is worth something only while the same task is open.
 */
function seenBy(c: Ctx, open: string): Seen {
  const text = c.req.header("last-event-id") || c.req.query("since") || "";
  const match = /^(\d{1,15})(?:\.(t_[0-9a-f]{8})\.(\d{1,15}))?$/.exec(text);
  if (match === null) throw badInput("since", "Cannot open the stream: since is not the id of an event");
  const shown = match[2] === open ? match[3] : c.req.query("log");
  const log = shown !== undefined && /^\d{1,15}$/.test(shown) ? Number(shown) : null;
  return { since: Number(match[1]), log, build: c.req.query("build") ?? null };
}
