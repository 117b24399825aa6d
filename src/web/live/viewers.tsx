/** @jsxImportSource hono/jsx */
/**
 * All tabs of a person with the same view: what a frame means for it is decided and written once.
 *
 * A board gets its cards; the other pages receive a stale message and fetch themselves again, at
 * most once a second, so that a storm of events costs them no more than a clock.
 *
 * @module
 */
import type { NavCounts } from "../../../views/shell/layout.tsx";
import { Counts, Nav, NeedOut } from "../../../views/parts/partials.tsx";
import { type Board, matchingIds, readsTasks, type Status } from "../../kernel/mod.ts";
import { totalsOf } from "../pages/board.tsx";
import { belongs, columnsOf, isSorted, kernelFilter, type View } from "../pages/filter.ts";
import type { Drawn, Frame } from "./changes.tsx";
import { encode, type Sink } from "./sse.ts";

const STALE_MS = 1_000;
const STALE_INSIGHTS_MS = 10_000;
/** How often totals are counted that no counter holds. */
const RECOUNT_MS = 1_000;

export class Audience {
  readonly view: View;
  readonly #outlets = new Set<Sink>();
  #totals: Partial<Record<Status, number>> = {};
  #countedAt = -Infinity;
  #uncounted = false;
  #nav = "";
  #staleAt = -Infinity;
  #staleTimer: Timer | null = null;

  constructor(
    view: View,
    readonly me: string,
  ) {
    this.view = view;
  }

  get size(): number {
    return this.#outlets.size;
  }

  add(outlet: Sink): void {
    this.#outlets.add(outlet);
  }

  remove(outlet: Sink): void {
    this.#outlets.delete(outlet);
    if (this.#outlets.size > 0 || this.#staleTimer === null) return;
    clearTimeout(this.#staleTimer);
    this.#staleTimer = null;
  }

  send(chunk: Uint8Array): void {
    for (const outlet of this.#outlets) outlet.send(chunk);
  }

  /** Sends a frame to all tabs. */
  tell(board: Board, frame: Frame, nav: NavCounts): void {
    const html = this.#changes(board, frame, nav);
    this.send(encode(html === "" ? { id: frame.to } : { id: frame.to, data: html }));
    if (!this.#placed || frame.cards === null) this.stale();
  }

  /** Sends one tab what it missed. */
  tellOne(board: Board, outlet: Sink, frame: Frame, nav: NavCounts): void {
    const counts = this.#placed ? String(<Counts counts={totalsOf(board, this.view.filter)} />) : "";
    outlet.send(encode({ id: frame.to, data: this.#cards(board, frame) + counts + String(<Nav nav={nav} />) }));
    if (!this.#placed || frame.cards === null) outlet.send(encode({ event: "stale", data: this.#tokens() }));
  }

  /** Makes every tab fetch what it shows again: now if it has been a while, else when it has. */
  stale(): void {
    const pause = this.view.page === "insights" ? STALE_INSIGHTS_MS : STALE_MS;
    if (this.view.page === "other" || this.#staleTimer !== null) return;
    const wait = Math.max(0, this.#staleAt + pause - performance.now());
    this.#staleTimer = setTimeout(() => {
      this.#staleTimer = null;
      this.#staleAt = performance.now();
      this.send(encode({ event: "stale", data: this.#tokens() }));
    }, wait);
  }

  /** Makes one tab fetch what it shows again. */
  staleOne(outlet: Sink): void {
    if (this.view.page !== "other") outlet.send(encode({ event: "stale", data: this.#tokens() }));
  }

  /** Sends totals that were skipped under load; called once a second. */
  recount(board: Board): void {
    if (!this.#costly || !this.#uncounted) return;
    const counts = String(<Counts counts={this.#newTotals(board)} />);
    if (counts !== "") this.send(encode({ data: counts }));
  }

  /** Whether what changed is put into its place: a list in another order than that of the columns is fetched again. */
  get #placed(): boolean {
    return this.view.page === "board" || this.#grouped;
  }

  get #grouped(): boolean {
    return this.view.page === "list" && !isSorted(this.view);
  }

  get #costly(): boolean {
    return readsTasks(kernelFilter(this.view.filter, 0));
  }

  /** Whether a card shows in this view, as far as the card itself shows. */
  shows(drawn: Pick<Drawn, "card">): boolean {
    return this.#placed && belongs(drawn.card, this.view.filter);
  }

  #changes(board: Board, frame: Frame, nav: NavCounts): string {
    const counts = this.#newTotals(board);
    const bar = String(<Nav nav={nav} />);
    const changed = bar === this.#nav ? "" : bar;
    this.#nav = bar;
    return this.#cards(board, frame) + String(<Counts counts={counts} />) + changed;
  }

  #cards(board: Board, { cards }: Frame): string {
    if (cards === null) return "";
    const { page, filter } = this.view;
    const drawn = [...cards.values()];
    if (page === "needs") return drawn.map((one) => (needsPerson(one) ? "" : String(<NeedOut id={one.id} />))).join("");
    if (!this.#placed) return "";
    const ids = drawn.map(({ id }) => id);
    const found = this.#costly ? matchingIds(board, ids, kernelFilter(filter, board.now())) : null;
    return drawn
      .map((one) => (this.shows(one) && (found?.has(one.id) ?? true) ? (this.#grouped ? one.row : one.into) : one.out))
      .join("");
  }

  /** Totals that differ from those sent last. */
  #newTotals(board: Board): Partial<Record<Status, number>> {
    if (!this.#placed) return {};
    // A search has to read every task. What is skipped here comes with the next frame or the next beat.
    if (this.#costly && performance.now() - this.#countedAt < RECOUNT_MS) {
      this.#uncounted = true;
      return {};
    }
    this.#uncounted = false;
    this.#countedAt = performance.now();
    const before = this.#totals;
    this.#totals = totalsOf(board, this.view.filter);
    return Object.fromEntries(Object.entries(this.#totals).filter(([status, n]) => before[status as Status] !== n));
  }

  #tokens(): string {
    return this.#placed ? columnsOf(this.view.filter).join(" ") : this.view.page;
  }
}

function needsPerson({ card }: Drawn): boolean {
  return card.status === "blocked" || card.status === "review";
}
