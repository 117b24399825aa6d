/** @jsxImportSource hono/jsx */
/**
 * What moves without an event: the output of workers, their leases, the dispatcher coming and going.
 *
 * Checked once a second while a page has a viewer, and sent only when it changed. No event id says what a tab has seen of
 * it. So the server names its state by a mark, which a tab that was away shows when it comes back.
 *
 * @module
 */
import type { DaemonView } from "../../../views/shell/daemon.tsx";
import { DaemonUpdate, StripUpdate } from "../../../views/parts/partials.tsx";
import { statOrNull } from "../../files.ts";
import { logPath } from "../../home.ts";
import { type Board, type Card, getCard, KanbanError, openRuns, read, type WorkerRun } from "../../kernel/mod.ts";
import type { Audience } from "./viewers.tsx";
import { cardViews } from "../pages/cards.ts";
import type { Web } from "../context.ts";
import { daemonView } from "../pages/daemon.ts";
import { queueFace } from "../pages/queue.ts";
import { encode, type Sink } from "./sse.ts";

const BEAT_MS = 1_000;
/** Running cards that are followed; a person does not read more than these. */
const STRIPS_MAX = 200;

export class Pulse {
  #timer: Timer | null = null;
  /** What each running card showed last. */
  #strips = new Map<number, string>();
  #daemon = "";
  /** What every waiting card depends on, at the last check. */
  #queue = "";

  constructor(
    readonly web: Web,
    readonly audiences: ReadonlyMap<string, Audience>,
    readonly onBeat: (board: Board) => void = () => {},
  ) {}

  /** Begins with what pages just rendered show. */
  start(board: Board): void {
    this.#strips = new Map(this.#runs(board).map((run) => [run.id, this.#mark(run)]));
    this.#daemon = faceOf(daemonView(this.web, board));
    this.#queue = queueFace(this.web, board);
    this.#timer ??= setInterval(() => this.#beat(), BEAT_MS);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Tells a tab which state it has seen, once it has what was sent before. */
  markMessage(): Uint8Array {
    return encode({ event: "mark", data: this.#parts.join(".") });
  }

  /** Sends a tab what is no longer as it was at its mark. Says whether what tasks wait for is among that. */
  catchUp(board: Board, audience: Audience, sink: Sink, mark: string): { queue: boolean } {
    const seen = mark.split(".");
    const [daemon, queue, strips] = this.#parts.map((part, i) => part !== seen[i]);
    if (daemon) sink.send(daemonMessage(daemonView(this.web, board)));
    if (strips) {
      const html = this.#draw(board, this.#runs(board)).filter((strip) => audience.shows(strip));
      if (html.length > 0) sink.send(encode({ data: html.map((strip) => strip.html).join("") }));
    }
    if (queue) audience.staleOne(sink);
    return { queue: queue! };
  }

  get #parts(): string[] {
    return [this.#daemon, this.#queue, JSON.stringify([...this.#strips])].map((face) => Bun.hash(face).toString(36));
  }

  #beat(): void {
    try {
      read(this.web.board, () => {
        const before = this.#parts.join();
        this.#tellStrips(this.web.board);
        this.#tellDaemon(this.web.board);
        this.#tellQueue(this.web.board);
        this.onBeat(this.web.board);
        for (const audience of this.audiences.values()) audience.recount(this.web.board);
        if (this.#parts.join() !== before)
          for (const audience of this.audiences.values()) audience.send(this.markMessage());
      });
    } catch (error) {
      // Locked at the moment: the next beat comes in a second.
      if (!(error instanceof KanbanError))
        this.web.warn(`web: cannot update running cards: ${(error as Error).message}`);
    }
  }

  #tellStrips(board: Board): void {
    const before = this.#strips;
    const runs = this.#runs(board).map((run) => ({ run, mark: this.#mark(run) }));
    this.#strips = new Map(runs.map(({ run, mark }) => [run.id, mark]));
    // A run that is new here came with its card.
    const moved = runs.filter(({ run, mark }) => before.has(run.id) && before.get(run.id) !== mark);
    if (moved.length === 0) return;
    const strips = this.#draw(
      board,
      moved.map(({ run }) => run),
    );
    for (const audience of this.audiences.values()) {
      if (audience.view.page === "runs") audience.stale();
      const html = strips.filter((strip) => audience.shows(strip)).map((strip) => strip.html);
      if (html.length > 0) audience.send(encode({ data: html.join("") }));
    }
  }

  /** The strips of these runs, for the cards that are running. */
  #draw(board: Board, runs: readonly WorkerRun[]): { card: Card; html: string }[] {
    const cards = runs.map((run) => getCard(board, run.task_id)).filter((card) => card?.status === "running");
    const views = cardViews(
      this.web,
      board,
      cards.filter((card) => card !== null),
    );
    return views.map((view) => ({ card: view.card, html: String(<StripUpdate view={view} />) }));
  }

  #tellDaemon(board: Board): void {
    const view = daemonView(this.web, board);
    const face = faceOf(view);
    if (face === this.#daemon) return;
    this.#daemon = face;
    const chunk = daemonMessage(view);
    for (const audience of this.audiences.values()) audience.send(chunk);
  }

  /** A dispatcher that came or went, a pause, a new profile: what all waiting cards say is another thing now. */
  #tellQueue(board: Board): void {
    const face = queueFace(this.web, board);
    if (face === this.#queue) return;
    this.#queue = face;
    for (const audience of this.audiences.values()) audience.stale();
  }

  #runs(board: Board): WorkerRun[] {
    return openRuns(board).slice(0, STRIPS_MAX);
  }

  #mark(run: WorkerRun): string {
    const log = run.pid === null ? null : statOrNull(logPath(this.web.home, run.task_id));
    return `${run.last_heartbeat_at} ${run.claim_expires_at} ${log?.size ?? 0}`;
  }
}

function daemonMessage(view: DaemonView): Uint8Array {
  return encode({ data: String(<DaemonUpdate daemon={view} />) });
}

/** What a person sees of the dispatcher; ages tick in the browser and are no change. */
function faceOf({ now, oldest_ready_seconds, ...view }: DaemonView): string {
  const oldest = oldest_ready_seconds === null ? null : Math.round((now / 1_000 - oldest_ready_seconds) / 10);
  return JSON.stringify([view, oldest]);
}
