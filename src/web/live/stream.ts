/**
 * `/stream`: what pages are sent while they are open.
 *
 * A browser has one stream for all of its tabs, since it opens no more than six connections to a server over HTTP/1.1:
 * `POST`, with one `sub` for each tab. A page that is alone, or cannot share, asks with `GET` for its own. Both say what
 * a tab shows and what it has seen. When a tab shows something else, the stream is opened again: a subscription is
 * known to its request alone, and what was missed in between comes by event id.
 *
 * @module
 */
import type { Hono } from "hono";
import { isTaskId } from "../../kernel/mod.ts";
import { signInOf } from "../access/keys.ts";
import { type Ctx, type Env, snapshot, type Web } from "../context.ts";
import { badInput } from "../failure.ts";
import { readForm } from "../forms/form_fields.ts";
import { viewOf } from "../pages/filter.ts";
import { type Client, Hub, type Seen } from "./hub.tsx";
import type { Outlet } from "./sse.ts";

/** Tabs of one stream. */
const SUBS_MAX = 64;

/** What a tab shows and has seen, as its request says it. */
interface Subscription {
  /** Whose messages these are; null: the stream is this tab's alone. */
  key: string | null;
  view: string;
  open: string;
  seen: Seen;
}

/** Puts the stream on the router. */
export function mountStream(app: Hono<Env>, web: Web): void {
  const hub = new Hub(web);
  app.get("/stream", (c) => {
    const position = c.req.header("last-event-id") || c.req.query("since") || "";
    return answer(web, hub, c, [
      subscription((name) => c.req.query(name) ?? null, { position, key: null, signIn: null }),
    ]);
  });
  app.post("/stream", async (c) => {
    const form = await readForm(c.req.raw);
    const subs = form.getAll("sub").map(String);
    if (subs.length === 0 || subs.length > SUBS_MAX) {
      throw badInput("sub", `Cannot open the stream: 1 to ${SUBS_MAX} tabs are needed, it names ${subs.length}`);
    }
    const page = form.get("as");
    const signIn = page === null ? null : { page, request: signInOf(web.keys, c.get("caller")) };
    const tabs = subs.map((text) => {
      const fields = new URLSearchParams(text);
      const get = (name: string) => (name === "build" ? form.get("build") : fields.get(name));
      return subscription(get, { position: fields.get("since") ?? "", key: keyOf(fields.get("key")), signIn });
    });
    return answer(web, hub, c, tabs, { once: form.has("once") });
  });
}

/** Opens the stream of some tabs; with `once` it ends as soon as they have what they missed. */
async function answer(
  web: Web,
  hub: Hub,
  c: Ctx,
  tabs: readonly Subscription[],
  { once = false } = {},
): Promise<Response> {
  const clients: Client[] = [];
  const outlet = web.outlets.add(c, { page: true, closed: () => clients.forEach((client) => hub.leave(client)) });
  clients.push(...tabs.map((tab) => clientOf(web, outlet, tab, c.get("caller").name)));
  try {
    await snapshot(web, (board) => clients.forEach((client, i) => hub.join(board, client, tabs[i]!.seen)));
  } catch (error) {
    outlet.close();
    throw error;
  }
  if (once) outlet.close();
  return outlet.response;
}

function clientOf(web: Web, outlet: Outlet, { key, view, open }: Subscription, me: string): Client {
  return {
    me,
    outlet: key === null ? outlet : outlet.lane(key),
    view: viewOf(view, web.config),
    open: isTaskId(open) ? open : null,
    drawer: null,
    log: null,
  };
}

/**
 * One tab. Its position is the id that it saw last. An id may also say whose log the tab followed and up to which byte;
 * that is worth something only while the same task is open.
 */
function subscription(
  get: (name: string) => string | null,
  { position, key, signIn }: { position: string; key: string | null; signIn: Seen["signIn"] },
): Subscription {
  const match = /^(\d{1,15})(?:\.(t_[0-9a-f]{8})\.(\d{1,15}))?$/.exec(position);
  if (match === null) throw badInput("since", "Cannot open the stream: since is not the id of an event");
  const open = get("open") ?? "";
  const shown = match[2] === open ? match[3] : (get("log") ?? undefined);
  const log = shown !== undefined && /^\d{1,15}$/.test(shown) ? Number(shown) : null;
  return {
    key,
    view: get("view") ?? "/",
    open,
    seen: { since: Number(match[1]), log, build: get("build"), mark: get("mark"), signIn },
  };
}

/** A key is written into the stream, so it must not be able to begin a field. */
function keyOf(text: string | null): string {
  if (text !== null && /^[\w.]{1,40}$/.test(text)) return text;
  throw badInput("sub", "Cannot open the stream: each tab needs a key of up to 40 letters, digits and dots");
}
