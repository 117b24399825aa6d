/** @jsxImportSource hono/jsx */
/**
 * All viewers of pages, and the messages sent to them.
 *
 * The first event of a quiet period is drawn at once; those that follow are gathered for a moment. What is drawn is
 * one frame, composed once per view: all tabs with the same view get the same bytes. Without a viewer, nothing is
 * rendered; a viewer that comes back catches up from the ring of the newest frames, else from the event log.
 *
 * @module
 */
import {
  type Board,
  type Event,
  eventsAfter,
  hasRelative,
  KanbanError,
  latestEventId,
  read,
} from "../../kernel/mod.ts";
import { Audience } from "./viewers.tsx";
import type { Web } from "../context.ts";
import type { DrawerState } from "./open_drawers.tsx";
import type { View } from "../pages/filter.ts";
import { CARDS_MAX, drawFrame, type Frame, mergeSince, touch, untouched } from "./changes.tsx";
import { LogTail } from "./log_tail.ts";
import { Pulse } from "./live_status.tsx";
import { waitsOf } from "../pages/queue.ts";
import { boardCounts, countsFor, navCounts } from "../pages/page_shell.ts";
import { encode, type Sink } from "./sse.ts";

/** How long to wait when the database is locked just then. */
const AGAIN_MS = 20;
const FRAMES_MAX = 256;
/** Events that a client may have missed and still be caught up one by one. */
const MISSED_MAX = 500;
/** How often open logs are read. */
const LOG_MS = 250;

/** Says to a tab that it has everything up to now, gets what comes, and what the server's clock shows. */
const hello = () => encode({ event: "hello", data: String(Date.now()) });

/** One tab. */
export interface Client {
  outlet: Sink;
  view: View;
  /** Who is signed in. */
  me: string;
  /** The task in its drawer. */
  open: string | null;
  /** What the stream sent of it last. */
  drawer: DrawerState | null;
  log: LogTail | null;
}

/** What a client that comes says it has seen. */
export interface Seen {
  since: number;
  /** Byte up to which its drawer shows the log. */
  log: number | null;
  build: string | null;
  /** What it was sent last of what moves without an event (`Pulse.mark`); null: its page is fresh. */
  mark: string | null;
  /** The sign-in that its page was made for, and that of its request; null: it does not say. */
  signIn: { page: string; request: string } | null;
}

type BoardCounts = ReturnType<typeof boardCounts>;

/** Tabs of one person with one view get the same messages. */
const audienceKey = ({ me, view }: Pick<Client, "me" | "view">) => JSON.stringify([me, view.path]);

export class Hub {
  readonly #web: Web;
  readonly #clients = new Set<Client>();
  readonly #audiences = new Map<string, Audience>();
  readonly #pulse: Pulse;
  #ring: Frame[] = [];
  #touched = untouched();
  /** The newest event that was drawn. */
  #drawn = 0;
  #newest = 0;
  #window: Timer | null = null;
  #logs: Timer | null = null;
  #unsubscribe: (() => void) | null = null;
  #nav: BoardCounts | null = null;
  /** What the tasks in open drawers waited for at the last check. */
  #waits = new Map<string, string>();

  constructor(web: Web) {
    this.#web = web;
    this.#pulse = new Pulse(web, this.#audiences, (board) => this.#tellWaits(board));
  }

  /** Adds a tab and sends it what it missed. Call it inside `read`; after a failure it may be called again. */
  join(board: Board, client: Client, seen: Seen): void {
    if (!client.outlet.open) return; // It hung up while it waited for the board.
    if (this.#unsubscribe === null) this.#start(board);
    this.#clients.add(client);
    this.#audience(client).add(client.outlet);
    const old = outdated(seen, this.#web.build);
    if (old !== null) return client.outlet.send(encode({ event: "reset", data: old }));
    this.#catchUp(board, client, seen.since);
    if (client.open !== null) this.#follow(board, client, client.open, seen.log);
    if (seen.mark !== null) {
      const { queue } = this.#pulse.catchUp(board, this.#audience(client), client.outlet, seen.mark);
      if (queue && client.open !== null) this.#sendDrawer(board, client.open, [client]);
    }
    client.outlet.send(this.#pulse.markMessage());
    client.outlet.send(hello());
  }

  /** Watches the task in a tab's drawer. */
  #follow(board: Board, client: Client, id: string, log: number | null): void {
    if (!this.#waits.has(id)) {
      for (const [task, words] of waitsOf(this.#web, board, new Set([id]))) this.#waits.set(task, words);
    }
    client.log = new LogTail(this.#web.home, id, log);
    this.#logs ??= setInterval(() => this.#sendLogs(), LOG_MS);
  }

  /** Forgets a tab that is gone. */
  leave(client: Client): void {
    this.#clients.delete(client);
    const audience = this.#audiences.get(audienceKey(client));
    audience?.remove(client.outlet);
    if (audience?.size === 0) this.#audiences.delete(audienceKey(client));
    if (this.#clients.size === 0) this.#stop();
  }

  #start(board: Board): void {
    this.#nav = boardCounts(this.#web, board);
    this.#pulse.start(board);
    this.#drawn = this.#newest = latestEventId(board);
    this.#ring = [];
    this.#unsubscribe = this.#web.feed.onEvents((events) => this.#gather(events));
  }

  #stop(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = null;
    this.#pulse.stop();
    if (this.#window !== null) clearTimeout(this.#window);
    if (this.#logs !== null) clearInterval(this.#logs);
    this.#window = this.#logs = null;
    this.#touched = untouched();
  }

  #audience(client: Client): Audience {
    const key = audienceKey(client);
    let audience = this.#audiences.get(key);
    if (audience === undefined) this.#audiences.set(key, (audience = new Audience(client.view, client.me)));
    return audience;
  }

  #gather(events: readonly Event[]): void {
    const fresh = events.filter(({ id }) => id > this.#drawn);
    if (fresh.length === 0) return;
    touch(this.#touched, fresh);
    this.#newest = fresh.at(-1)!.id;
    if (this.#window === null) this.#flush();
  }

  /** Draws what was gathered; what comes within the window after it waits for its end. */
  #flush(): void {
    let pause = this.#web.gatherMs;
    try {
      read(this.#web.board, () => this.#draw(this.#web.board));
    } catch (error) {
      if (error instanceof KanbanError && error.code === "busy") pause = AGAIN_MS;
      else this.#web.warn(`web: cannot render an update: ${(error as Error).message}`);
    }
    this.#window = setTimeout(() => {
      this.#window = null;
      if (this.#newest > this.#drawn) this.#flush();
    }, pause);
  }

  /** Renders what was collected and sends it to all viewers. */
  #draw(board: Board): void {
    const touched = this.#touched;
    const frame = drawFrame(this.#web, board, { from: this.#drawn, to: this.#newest }, touched);
    const nav = boardCounts(this.#web, board);
    for (const audience of this.#audiences.values()) audience.tell(board, frame, countsFor(board, nav, audience.me));
    this.#sayNeeds(nav);
    this.#updateDrawers(board, new Set([...touched.ids, ...touched.beats, ...(frame.cards?.keys() ?? [])]));
    this.#touched = untouched();
    this.#drawn = frame.to;
    this.#ring.push(frame);
    if (this.#ring.length > FRAMES_MAX) this.#ring.shift();
    this.#keepPositions();
  }

  #sayNeeds(nav: BoardCounts): void {
    if (this.#nav !== null && nav.needs > this.#nav.needs) {
      const text = nav.needs === 1 ? "1 task needs you" : `${nav.needs} tasks need you`;
      const chunk = encode({ event: "say", data: text });
      for (const { outlet } of this.#clients) outlet.send(chunk);
    }
    this.#nav = nav;
  }

  #updateDrawers(board: Board, ids: ReadonlySet<string>): void {
    for (const [id, clients] of Map.groupBy(this.#clients, ({ open }) => open)) {
      if (id === null || !(ids.has(id) || hasRelative(board, id, ids))) continue;
      this.#sendDrawer(board, id, clients, ids);
    }
    this.#web.drawers.keep(new Set([...this.#clients].flatMap(({ open }) => open ?? [])));
  }

  #sendDrawer(board: Board, id: string, clients: readonly Client[], touched: Iterable<string> = []): void {
    const { state, chunk } = this.#web.drawers.update(this.#web, board, id, touched);
    for (const client of clients) {
      const news = chunk(client.drawer);
      client.drawer = state;
      if (news !== null) client.outlet.send(news);
    }
  }

  /** A place in line moves, and a dispatcher comes, without an event of the task in a drawer. */
  #tellWaits(board: Board): void {
    const open = new Set([...this.#clients].flatMap(({ open: id }) => (id === null ? [] : [id])));
    const before = this.#waits;
    this.#waits = waitsOf(this.#web, board, open);
    const moved = [...open].filter((id) => before.has(id) && before.get(id) !== this.#waits.get(id));
    this.#updateDrawers(board, new Set(moved));
  }

  /** Brings a client from the event it saw last to the frame that was drawn last. */
  #catchUp(board: Board, client: Client, since: number): void {
    const newest = latestEventId(board);
    if (since > newest) return client.outlet.send(encode({ event: "reset", data: "gap" })); // Another board, or a restored one.
    if (since >= this.#drawn) return;
    const frame = mergeSince(this.#ring, since) ?? this.#fromLog(board, since);
    if (frame === null) return client.outlet.send(encode({ id: this.#drawn, event: "reset", data: "gap" }));
    const nav = navCounts(this.#web, board, client.me);
    this.#audience(client).tellOne(board, client.outlet, frame, nav);
    if (client.open !== null && (frame.cards === null || frame.cards.has(client.open))) {
      this.#sendDrawer(board, client.open, [client]);
    }
  }

  /** What happened since an event that the ring does not reach back to; null when it is too much. */
  #fromLog(board: Board, since: number): Frame | null {
    const missed = eventsAfter(board, since, { limit: MISSED_MAX + 1 });
    if (missed.length > MISSED_MAX) return null;
    const touched = untouched();
    touch(touched, missed);
    if (touched.ids.size > CARDS_MAX) return { from: since, to: this.#drawn, cards: null };
    return drawFrame(this.#web, board, { from: since, to: this.#drawn }, touched);
  }

  #sendLogs(): void {
    let followed = 0;
    for (const { outlet, open, log } of this.#clients) {
      if (log === null) continue;
      followed++;
      const step = log.step();
      if (step === "reset") outlet.send(encode({ event: "log-reset", data: "" }));
      else if (step !== null)
        outlet.send(encode({ id: `${this.#drawn}.${open}.${step.position}`, event: "log", data: step.html }));
    }
    if (followed > 0 || this.#logs === null) return;
    clearInterval(this.#logs);
    this.#logs = null;
  }

  /** The id that a client sends back also says how far its log goes; a frame's id alone would lose that. */
  #keepPositions(): void {
    for (const { outlet, open, log } of this.#clients) {
      if (log !== null) outlet.send(encode({ id: `${this.#drawn}.${open}.${log.position}` }));
    }
  }
}

/** Why a page has to load itself again, or null. */
function outdated({ build, signIn }: Seen, current: string): "build" | "session" | null {
  if (build !== null && build !== current) return "build";
  return signIn !== null && signIn.page !== signIn.request ? "session" : null;
}
