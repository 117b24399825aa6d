/** @jsxImportSource hono/jsx */
/**
 * One task as a card: the same markup in the page, in an update of the stream and in an answer.
 *
 * A card is rendered once per event and shared by all viewers, so nothing in it depends on who looks:
 * filters, selection, open menus and lanes belong to the page around it. The whole card is one link; other
 * controls are above it.
 *
 * A page holds hundreds of them, and a browser pays for each element: at most 14 of them and 900 bytes
 * beside its texts. So glyphs are masks of the stylesheet instead of drawings, the buttons to move a card
 * come to the one that is pointed at (`static/tools.js`), and it is written with the `html` tag.
 *
 * @module
 */
import type { Card, Waiting } from "../../src/kernel/mod.ts";
import { remembered } from "./card_memo.ts";
import { guarded } from "../parts/error_boundary.tsx";
import { type Html, html, markup } from "../parts/html.ts";
import { Avatar, avatarMark, priorityMark, StatusMark, tagMark } from "../parts/icons.tsx";
import { plainText } from "../parts/plain_text.ts";
import { shortName } from "../parts/short_names.ts";
import { strip, stripWords } from "./run_strip.ts";
import { say, span, stamp, when } from "../parts/time.ts";

export interface CardView {
  card: Card;
  now: number;
  /** When it came to its status; null: as far as the row shows. */
  since: number | null;
  /** How long it has been where it is, against the tiers of its status. */
  stale: "fresh" | "amber" | "red";
  /** Why it does not continue. */
  waits: Waiting | null;
  /** Running: the last line its worker printed. */
  tail: string | null;
}

/** The list item of a card: its place in the column (`data-a`, `data-b`) and the guarded card itself. */
export function CardItem({ view }: { view: CardView }): Html {
  return remembered(view, clockWords(view), freshCard);
}

/** The same, always rendered again. */
export function freshCard(view: CardView): Html {
  const { card, stale } = view;
  const { id, status } = card;
  const [a, b] = place(card);
  const lane = status === "running" ? html`data-lane="${card.assignee ?? card.claimer ?? ""}"` : null;
  const tint = stale === "fresh" ? "" : ` ${stale}`;
  const body = markup(guarded("task", id, () => cardBody(view)));
  return html`<li
    id="card-${id}"
    class="item card${tint}"
    data-id="${id}"
    data-status="${status}"
    data-a="${a}"
    data-b="${b}"
    ${born(card, b)}
    ${lane}
  >
    ${body}
  </li>`;
}

/** When it was created, where its key does not say so: other columns are sorted by that. */
function born({ created_at }: Card, b: number): Html | null {
  return created_at === Math.abs(b) ? null : html`data-c="${created_at}"`;
}

/** Ascending sort key inside a column, the same order as the kernel's pages. */
export function place(card: Card): [number, number] {
  const { created_at } = card;
  if (card.status === "done" || card.status === "archived") return [-(card.completed_at ?? created_at), -created_at];
  if (card.status === "running") return [card.run_started_at ?? created_at, created_at];
  return [-card.priority, card.status === "ready" ? (card.ready_at ?? created_at) : created_at];
}

function cardBody(view: CardView): Html {
  const { card } = view;
  const { id, status } = card;
  return html`${top(view)}
    <h3><a href="/t/${id}" data-open="${id}">${card.title}</a></h3>
    ${meta(view)}${waitLine(view)}${status === "running" ? strip(view) : null}${why(card)}${answers(card)}`;
}

/** Priority, id, time in its state and who does it; the checkbox is over the glyph. */
function top(view: CardView): Html {
  const { card, now, since } = view;
  const { id, title, status, assignee } = card;
  const about = since === null ? "created" : `created ${stamp(card.created_at)}, ${status} since`;
  const age = status === "running" ? null : when("short", standing(view), now, about);
  return html`<input type="checkbox" class="pick" aria-label="Select ${title}" />${priorityMark(card.priority)}<span
      class="id mono"
      >${id}</span
    >${age}${assignee && avatarMark(assignee)}`;
}

function meta({ card, waits }: CardView): Html | null {
  const { progress, unfinished_parents, comment_count, attempts, link_counts, status } = card;
  const took = status === "done" ? card.age.time_to_complete_seconds : null;
  const facts = [
    card.tenant && tagMark(card.tenant),
    card.model && html`<span class="ell" title="Model">${card.model}</span>`,
    unfinished_parents > 0 &&
      waits?.kind !== "parents" &&
      fact("Parents that are not finished", "m-link", `waits for ${unfinished_parents}`),
    card.held && heldMark(card),
    progress &&
      fact("Children done", `ring r${tenths(progress.done, progress.total)}`, `${progress.done}/${progress.total}`),
    comment_count > 0 && fact("Comments", "m-chat", String(comment_count)),
    link_counts.children > 0 &&
      !progress &&
      fact("Tasks that wait for this one", "m-graph", String(link_counts.children)),
    took !== null && html`<span class="num">${span(took)}</span>`,
    attempts > 1 &&
      status !== "running" &&
      html`<span class="num m-redo${card.failures > 0 ? " late" : ""}">${attempts} tries</span>`,
  ].filter(Boolean);
  return facts.length === 0 ? null : html`<div class="meta">${facts}</div>`;
}

function heldMark({ stopped_by }: Card): Html {
  if (stopped_by === null) return html`<span title="A person parked it here">parked</span>`;
  return html`<span class="ell">Stopped by ${stopped_by}</span>`;
}

/** A share in tenths: nothing and everything are said only of nothing and of everything. */
function tenths(done: number, total: number): number {
  if (done === 0 || done === total) return done === 0 ? 0 : 10;
  return Math.max(1, Math.min(9, Math.round((done / total) * 10)));
}

/**
 * What it waits for, in a line. A question and a review are on the card anyway, and that it is held is a mark
 * of its own. What ends by itself is muted; what a person has to mend is not.
 */
function waitLine({ card, waits, now }: CardView): Html | null {
  if (waits === null || waits.kind === "parked" || (card.status !== "todo" && card.status !== "ready")) return null;
  const late = waits.kind === "no_profile";
  return html`<p class="waits ${late ? "m-warn late" : "m-clock"}">waits for ${waitWords(waits, card, now)}</p>`;
}

/** A card is drawn again only when its own task changes, so its line leaves out what others change: its place in line. */
function waitWords({ kind, words, until }: Waiting, { assignee, failures }: Card, now: number): Html | string {
  if (kind === "slots") return "a free slot";
  if (kind === "profile_slots") return `a free slot of ${assignee}`;
  if (kind !== "back_off" || until === null) return words;
  const after = failures === 0 ? "" : ` after ${failures} ${failures === 1 ? "failure" : "failures"}`;
  return html`its next try${after}, ${when("left", until, now, "tried again")}`;
}

function fact(title: string, mark: string, text: string): Html {
  return html`<span class="num ${mark}" title="${title}">${text}</span>`;
}

/** A card has no more of a text; the drawer has the whole. */
const WHY_MAX = 1_000;

/** What a person must know at a glance, in plain words: the question, the failure, the summary, or its first line. */
function why(card: Card): Html | null {
  const { status } = card;
  if (status !== "blocked" && status !== "review" && status !== "done") return null;
  const source = status === "blocked" ? (card.question ?? card.last_error) : (card.latest_summary ?? card.result);
  if (!source) return null;
  const text = plainText(status === "done" ? firstLine(source) : source);
  return html`<p class="why c-${status}">${text.length > WHY_MAX ? `${text.slice(0, WHY_MAX)}…` : text}</p>`;
}

/**
 * What is asked of a person is answered on the card; the line to type in comes from a template, when it is asked for.
 * The second button is a glyph with its name as title; the stylesheet writes the name out where there is room.
 */
const ANSWERS: Partial<Record<Card["status"], (id: string) => Html>> = {
  blocked: (id) =>
    html`<button class="btn m-chat" data-do="answer">Reply</button
      ><button class="btn ghost m-play" hx-post="/t/${id}/unblock" hx-swap="none" title="Unblock"></button>`,
  review: (id) =>
    html`<button class="btn m-check" hx-post="/t/${id}/approve" hx-swap="none">Approve</button
      ><button class="btn ghost m-redo" data-do="answer" title="Request changes"></button>`,
};

/** What a person can do about it on the card itself. */
function answers({ id, status, stopped_by }: Card): Html | null {
  if (stopped_by !== null) return html`<button class="btn" data-do="go" data-to="ready">Start again</button>`;
  return ANSWERS[status]?.(id) ?? null;
}

/** Since when the card is where it is, as far as is known. */
export function standing({ card, since }: CardView): number {
  if (since !== null) return since;
  if (card.status === "done" || card.status === "archived") return card.completed_at ?? card.created_at;
  if (card.status === "ready") return card.ready_at ?? card.created_at;
  return card.created_at;
}

/** All that a card says of the clock, and of what changes without a commit: while it is the same, so is the card. */
export function clockWords(view: CardView): string {
  const { card, now, waits, stale } = view;
  const who = card.assignee === null ? "" : shortName(card.assignee);
  if (card.status === "running") return `${stripWords(view)} ${stale} ${who}`;
  const left = waits?.kind === "back_off" && waits.until !== null ? say("left", waits.until, now) : "";
  return `${say("short", standing(view), now)} ${stale} ${left} ${who}`;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0]!.slice(0, 400);
}

/** The heading of a lane in Running. */
export function LaneHead({ name, count }: { name: string; count: number }) {
  return (
    <li class="lane" data-lane-head={name}>
      {name ? <Avatar name={name} beside /> : <StatusMark status="running" />}
      {name || "unassigned"}
      <span class="num">{count}</span>
    </li>
  );
}
