/**
 * The notifier: wakes on events, takes up what subscriptions cover, and sends it.
 *
 * Any number of them may run on one board; what each sends is claimed first. One chat is sent to one message at a
 * time and a platform to a few chats at a time, so a chat that hangs or fails blocks only itself. Without messages it
 * costs one read of its settings and at what is due every five seconds.
 *
 * @module
 */
import { type Feed, openFeed } from "../feed.ts";
import type { Home } from "../home.ts";
import {
  type Board,
  claimDeliveries,
  closeBoard,
  concernsSubscriptions,
  type Event,
  type Delivery,
  KanbanError,
  nextDelivery,
  openBoard,
  patiently,
  queueDeliveries,
  recordDelivered,
  recordFailedTry,
  releaseDelivery,
  upgradeNote,
} from "../kernel/mod.ts";
import { BoardTargets } from "./board_targets.ts";
import { deliver, type Outcome, PATIENCE, type Patience } from "./deliver.ts";
import { type NotifySettings, watchSettings } from "./settings.ts";

/** Messages on their way at the same time, per platform. */
const SENDING_MAX = 8;
/** How much longer than a try its claim lasts: time enough to record the outcome on a busy board. */
const LEASE_MARGIN_MS = 45_000;
/** How often to look for new settings. */
const SETTINGS_MS = 5_000;
/** How long a stopping notifier waits for answers. */
const GRACE_MS = 1_000;
/** Exit status when the board was replaced. */
const EXIT_INTERNAL = 70;

export interface NotifierOptions extends Partial<Patience> {
  /** The feed of this process, if it has one already. */
  feed?: Feed;
  /** Gets one line per thing that a person should know. */
  warn?(line: string): void;
}

export interface Notifier {
  /** Takes nothing up any more; what is on its way gets a second to be answered. */
  stop(): void;
  /** The exit status, once it has ended: 0, or 70 when the board was replaced. */
  readonly done: Promise<number>;
}

/**
 * Starts sending what subscriptions cover, first what came while no notifier ran.
 *
 * @throws {KanbanError} when the board cannot be opened.
 */
export function startNotifier(home: Home, options: NotifierOptions = {}): Notifier {
  return new RunningNotifier(home, options);
}

class RunningNotifier implements Notifier {
  readonly done: Promise<number>;
  readonly #board: Board;
  readonly #feed: Feed;
  readonly #patience: Patience;
  readonly #warn: (line: string) => void;
  readonly #settings: () => NotifySettings;
  readonly #offs: (() => void)[];
  readonly #sending = new Map<Delivery, Promise<void>>();
  readonly #cut = new AbortController();
  readonly #everyone: BoardTargets;
  #known: NotifySettings = { platforms: new Map(), board: [] };
  /** Tasks of which something happened; null means that any may have something. */
  #tasks: Set<string> | null = null;
  #stopping = false;
  #lost = false;
  #woken = true;
  #wake = () => {};
  #faults = 0;

  constructor(
    readonly home: Home,
    { feed, warn = () => {}, ...patience }: NotifierOptions,
  ) {
    const upgraded = (copy: string) => warn(upgradeNote(copy));
    this.#board = openBoard(home.db, { busyMs: 50, actor: "notifier", upgraded });
    this.#feed = feed ?? openFeed(home.db);
    this.#patience = { ...PATIENCE, ...patience };
    this.#warn = warn;
    this.#settings = watchSettings(home, warn);
    this.#everyone = new BoardTargets(this.#board, home);
    this.#offs = [this.#feed.onEvents((events) => this.#note(events)), this.#feed.onLost(() => this.#leave())];
    this.done = this.#run().finally(() => this.#close(feed === undefined));
  }

  stop(): void {
    this.#stopping = true;
    this.#rouse();
  }

  async #run(): Promise<number> {
    while (!this.#stopping) {
      let waitMs: number;
      try {
        waitMs = this.#pass();
        this.#faults = 0;
      } catch (error) {
        waitMs = this.#survive(error);
      }
      await this.#wait(waitMs);
    }
    const answered = Promise.all(this.#sending.values());
    // The timer alone keeps no process: who has nothing left to send ends at once.
    const grace = new Promise<void>((done) => setTimeout(done, GRACE_MS).unref());
    if (!this.#lost) await Promise.race([answered, grace]);
    this.#cut.abort();
    await answered;
    return this.#lost ? EXIT_INTERNAL : 0;
  }

  /** Begins everything that can begin now. Returns the time until the next thing is due. */
  #pass(): number {
    this.#woken = false;
    const settings = this.#settings();
    const { platforms } = settings;
    if (settings !== this.#known) this.#tasks = null;
    this.#known = settings;
    const ready = [...platforms].filter(([, { ready: can }]) => can).map(([name]) => name);
    const waiting = [...platforms.keys()].filter((name) => !ready.includes(name));
    if (this.#tasks === null || this.#tasks.size > 0) {
      queueDeliveries(this.#board, { ready, waiting }, this.#tasks && [...this.#tasks]);
      this.#tasks = new Set();
    }
    const now = this.#board.now();
    const due = nextDelivery(this.#board, ready);
    if (due !== null && due <= now) for (const delivery of this.#claim(ready)) this.#begin(delivery);
    this.#everyone.configure(settings.board);
    for (const delivery of this.#everyone.claim(ready, [...this.#sending.keys()])) this.#begin(delivery);
    const next = [nextDelivery(this.#board, ready, now), this.#everyone.next()].filter((at) => at !== null);
    // A target that is added begins with what happens next: so it has to be noticed before that.
    return Math.min(SETTINGS_MS, ...next.map((at) => at - now));
  }

  #claim(ready: readonly string[]): Delivery[] {
    const busy = [...this.#sending.keys()];
    const slots = new Map<string, number>();
    for (const name of ready) {
      const left = SENDING_MAX - busy.filter(({ platform }) => platform === name).length;
      if (left > 0) slots.set(name, left);
    }
    return claimDeliveries(this.#board, { slots, busy, leaseMs: this.#patience.timeoutMs + LEASE_MARGIN_MS });
  }

  #begin(delivery: Delivery): void {
    const sent = this.#send(delivery).finally(() => {
      this.#sending.delete(delivery);
      this.#rouse();
    });
    this.#sending.set(delivery, sent);
  }

  async #send(delivery: Delivery): Promise<void> {
    const platform = this.#known.platforms.get(delivery.platform);
    if (!platform?.ready) return;
    const stop = this.#cut.signal;
    const outcome = await deliver({ delivery, platform, home: this.home, patience: this.#patience, stop });
    // The message is out: the board has to learn of it, however long the disk is full. Only the end of
    // the process is not held up for it; then the claim runs out and the message is sent again.
    for (let told = false; !this.#lost;) {
      try {
        return await patiently(() => this.#record(delivery, outcome), { deadlineMs: GRACE_MS });
      } catch (error) {
        if (!told) this.#warn(`notify: cannot record what was sent: ${(error as Error).message}`);
        told = true;
        if (stop.aborted) return;
        await Bun.sleep(GRACE_MS);
      }
    }
  }

  #record(delivery: Delivery, outcome: Outcome): void {
    if (this.#everyone.owns(delivery)) return this.#recordForBoard(delivery, outcome);
    if ("delivered" in outcome) return void recordDelivered(this.#board, delivery);
    if ("stopped" in outcome) return releaseDelivery(this.#board, delivery);
    const { failuresMax } = this.#patience;
    const became = recordFailedTry(this.#board, delivery, { ...outcome, failuresMax });
    if (became !== "failed" && became !== "dropped") return;
    const { platform, chat_id, task, event, attempt } = delivery;
    const what = became === "dropped" ? "dropped its subscription" : `gave up ${event?.kind ?? "an event"}`;
    this.#warn(
      `notify: ${platform} ${JSON.stringify(chat_id)}: ${what} of ${task.id} after try ${attempt}: ${outcome.error}. See: kanban notify-list ${task.id}`,
    );
  }

  #recordForBoard(delivery: Delivery, outcome: Outcome): void {
    const gaveUp = this.#everyone.record(delivery, outcome);
    if (!gaveUp || !("error" in outcome)) return;
    const { platform, chat_id, task, event, attempt } = delivery;
    this.#warn(
      `notify: ${platform} ${JSON.stringify(chat_id)}: gave up ${event?.kind ?? "an event"} of ${task.id} after try ${attempt}: ${outcome.error}. See: kanban notify-list`,
    );
  }

  #note(events: readonly Event[]): void {
    const tasks = events.filter(({ kind }) => concernsSubscriptions(kind)).map(({ task_id }) => task_id);
    if (tasks.length === 0) return;
    for (const id of tasks) this.#tasks?.add(id);
    this.#rouse();
  }

  /** It continues after every failure: a full disk becomes free again. Returns the pause. */
  #survive(error: unknown): number {
    if (error instanceof KanbanError && error.code === "busy") return 50;
    this.#warn(`notify: a pass failed and is repeated: ${error instanceof Error ? error.message : String(error)}`);
    return Math.min(30_000, 500 * 2 ** this.#faults++);
  }

  async #wait(ms: number): Promise<void> {
    if (this.#woken || this.#stopping) return;
    const waited = new Promise<void>((done) => (this.#wake = done));
    const timer = ms === Infinity ? undefined : setTimeout(this.#wake, Math.max(1, ms));
    await waited;
    clearTimeout(timer);
  }

  #rouse(): void {
    this.#woken = true;
    this.#wake();
  }

  /** Another file has replaced the board: nothing more may be written. */
  #leave(): void {
    this.#lost = true;
    this.stop();
  }

  #close(ownFeed: boolean): void {
    for (const off of this.#offs) off();
    if (ownFeed) this.#feed.close();
    this.#everyone.close();
    closeBoard(this.#board);
  }
}
