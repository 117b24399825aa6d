/**
 * `/stream`: the one stream of a tab. Its address says what the tab shows and what it has seen.
 *
 * @module
 */
import type { Hono } from "hono";
import { isTaskId } from "../kernel/mod.ts";
import { type Ctx, type Env, look, type Web } from "./context.ts";
import { badInput } from "./failure.ts";
import { viewOf } from "./filter.ts";
import { type Client, Hub, type Seen } from "./hub.tsx";

/** Puts the stream on the router. */
export function mountStream(app: Hono<Env>, web: Web): void {
  const hub = new Hub(web);
  app.get("/stream", async (c) => {
    const view = viewOf(c.req.query("view") ?? "/", web.config);
    const open = c.req.query("open") ?? "";
    const seen = seenBy(c);
    let client: Client | null = null;
    const outlet = web.outlets.add(c, { closed: () => client !== null && hub.leave(client) });
    client = { outlet, view, open: isTaskId(open) ? open : null, log: null };
    try {
      await look(web, (board) => hub.join(board, client, seen));
    } catch (error) {
      outlet.close();
      throw error;
    }
    return outlet.response;
  });
}

/** What the header of a reconnecting tab says, else its address. */
function seenBy(c: Ctx): Seen {
  const header = c.req.header("last-event-id");
  const text = header || c.req.query("since") || "";
  const match = /^(\d{1,15})(?:\.(\d{1,15}))?$/.exec(text);
  if (match === null) throw badInput("since", "Cannot open the stream: since must be the id of an event, it is not");
  // A position in the header belongs to the log of this very address; one in `since` to whatever was open before.
  const position = header && match[2] !== undefined ? match[2] : c.req.query("log");
  const log = position !== undefined && /^\d{1,15}$/.test(position) ? Number(position) : null;
  return { since: Number(match[1]), log, build: c.req.query("build") ?? null };
}
