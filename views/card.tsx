/** @jsxImportSource hono/jsx */
/**
 * One task as a card: the same markup in the page, in an update of the stream and in an answer.
 *
 * A card is rendered once per event and shared by all viewers, so nothing in it depends on who looks:
 * filters, selection, open menus and lanes belong to the page around it. The whole card is one link;
 * what else can be pressed lies above it. It is written with the `html` tag because a page holds
 * hundreds of them.
 *
 * @module
 */
import type { Card, Waiting } from "../src/kernel/mod.ts";
import { remembered } from "./card_memo.ts";
import { guarded } from "./guard.tsx";
import { type Html, html, markup } from "./html.ts";
import { Avatar, avatarMark, iconMark, priorityMark, ringMark, StatusMark, tagMark } from "./marks.tsx";
import { strip } from "./strip.ts";
import { say, span, stamp, when } from "./time.ts";

export interface CardView {
  card: Card;
  now: number;
  /** When it came to its status; null: as far as the row tells. */
  since: number | null;
  /** How long it has been where it is, against the tiers of its status. */
  stale: "fresh" | "amber" | "red";
  /** Why it does not go on. */
  waits: Waiting | null;
  /** Running: the last line its worker printed. */
  tail: string | null;
}

/** The list item of a card: its place in the column (`data-a`, `data-b`) and the guarded card itself. */
export function CardItem({ view }: { view: CardView }): Html {
  if (view.card.status === "running") return freshCard(view); // Its clock says something else each second.
  return remembered(view, ageOf(view), freshCard);
}

/** The same, rendered now, whatever was rendered before. */
export function freshCard(view: CardView): Html {
  const { card } = view;
  const [a, b] = place(card);
  const lane = card.status === "running" ? html` data-lane="${card.assignee ?? card.claimer ?? ""}"` : null;
  const body = markup(guarded("task", card.id, () => cardBody(view)));
  return html`<li
    id="card-${card.id}"
    class="item"
    data-id="${card.id}"
    data-status="${card.status}"
    data-a="${a}"
    data-b="${b}"
    ${lane}
  >
    ${body}
  </li>`;
}

/** Ascending sort key inside a column, the same order as the kernel's pages. */
export function place(card: Card): [number, number] {
  if (card.status === "done" || card.status === "archived") return [-(card.completed_at ?? card.created_at), 0];
  if (card.status === "running") return [card.run_started_at ?? card.created_at, 0];
  return [-card.priority, card.status === "ready" ? (card.ready_at ?? card.created_at) : card.created_at];
}

function cardBody(view: CardView): Html {
  const { card, stale } = view;
  const { id } = card;
  return html`<article class="card ${stale}">
    ${top(view)}
    <h3>
      <a href="/t/${id}" data-open="${id}">${card.title}</a>
    </h3>
    ${meta(view)}${waitLine(view)}${card.status === "running" ? strip(view) : null}${why(card)}${ANSWERS[card.status]?.(id)}
    <div class="acts">
      <button class="icon" type="button" data-do="menu" aria-haspopup="menu" aria-label="Move ${id}" title="Move  M">
        ${iconMark("move")}</button
      ><button
        class="icon"
        type="button"
        data-do="actions"
        aria-haspopup="menu"
        aria-label="Actions for ${id}"
        title="Actions  ."
      >
        ${iconMark("dots")}
      </button>
    </div>
  </article>`;
}

/** Priority, id, time in its state and who does it; over the glyph lies the checkbox. */
function top(view: CardView): Html {
  const { card, now, since } = view;
  const { id, status, assignee } = card;
  const about = since === null ? "created" : `created ${stamp(card.created_at)}, ${status} since`;
  const age = status === "running" ? null : html`<span class="age">${when("short", standing(view), now, about)}</span>`;
  return html`<div class="top">
    <label class="pick"><input type="checkbox" aria-label="Select ${id}" data-pick="${id}" /></label
    >${priorityMark(card.priority)}<span class="id mono">${id}</span
    ><span class="grow"></span>${age}${assignee && avatarMark(assignee)}
  </div>`;
}

function meta({ card, waits }: CardView): Html {
  const { progress, unfinished_parents, comment_count, attempts, link_counts, status } = card;
  const took = status === "done" ? card.age.time_to_complete_seconds : null;
  return html`<div class="meta">
    ${[
      card.tenant && tagMark(card.tenant),
      unfinished_parents > 0 &&
        waits?.kind !== "parents" &&
        fact("Parents that are not finished", "link", html`waits for <span class="num">${unfinished_parents}</span>`),
      card.held && html`<span title="A person parked it here">held</span>`,
      progress &&
        html`<span title="Children done"
          >${ringMark(progress.done, progress.total)}<span class="num">${progress.done}/${progress.total}</span></span
        >`,
      comment_count > 0 && fact("Comments", "chat", html`<span class="num">${comment_count}</span>`),
      link_counts.children > 0 &&
        !progress &&
        fact("Tasks that wait for this one", "graph", html`<span class="num">${link_counts.children}</span>`),
      took !== null && html`<span class="num">${span(took)}</span>`,
      attempts > 1 &&
        status !== "running" &&
        html`<span class="${card.failures > 0 ? "late" : ""}"
          >${iconMark("redo")}<span class="num">${attempts}</span> tries</span
        >`,
    ]}
  </div>`;
}

/**
 * What it waits for, in a line. A question and a review stand on the card anyway, and that it is held is a mark
 * of its own. What ends by itself is muted; what a person has to mend is not.
 */
function waitLine({ card, waits, now }: CardView): Html | null {
  if (waits === null || waits.kind === "parked" || (card.status !== "todo" && card.status !== "ready")) return null;
  const late = waits.kind === "no_profile";
  return html`<p class="waits ${late ? "late" : ""}">
    ${iconMark(late ? "warn" : "clock")}<span>waits for ${waitWords(waits, card, now)}</span>
  </p>`;
}

/** A card is drawn again only when its own task changes, so its line leaves out what others change: its place in line. */
function waitWords({ kind, words, until }: Waiting, { assignee, failures }: Card, now: number): Html | string {
  if (kind === "slots") return "a free slot";
  if (kind === "profile_slots") return `a free slot of ${assignee}`;
  if (kind !== "back_off" || until === null) return words;
  const after = failures === 0 ? "" : ` after ${failures} ${failures === 1 ? "failure" : "failures"}`;
  return html`its next try${after}, ${when("left", until, now, "tried again")}`;
}

function fact(title: string, icon: Parameters<typeof iconMark>[0], text: Html): Html {
  return html`<span title="${title}">${iconMark(icon)}${text}</span>`;
}

/** What a person must know at a glance: the question, the failure, or the first line of the result. */
function why(card: Card): Html | null {
  const { status } = card;
  if (status !== "blocked" && status !== "review" && status !== "done") return null;
  const text =
    status === "blocked" ? (card.question ?? card.last_error) : firstLine(card.latest_summary ?? card.result);
  return text ? html`<p class="why c-${status}">${text}</p>` : null;
}

function form(path: string, inside: Html): Html {
  return html`<form hx-post="${path}" hx-swap="none" method="post" action="${path}">${inside}</form>`;
}

/** What is asked of a person is answered on the card. */
const ANSWERS: Partial<Record<Card["status"], (id: string) => Html>> = {
  blocked: (id) =>
    html`<div class="reply">
      <details>
        <summary class="btn">Reply</summary>
        ${form(
          `/t/${id}/unblock`,
          html`<input
              name="comment"
              required
              autocomplete="off"
              aria-label="Answer"
              placeholder="Answer, then it goes on"
            /><button class="btn primary">Send</button>`,
        )}
      </details>
      ${form(`/t/${id}/unblock`, html`<button class="btn ghost">Unblock</button>`)}
    </div>`,
  review: (id) =>
    html`<div class="reply">
      ${form(`/t/${id}/approve`, html`<button class="btn">${iconMark("check")}Approve</button>`)}
      <details>
        <summary class="btn ghost">Request changes</summary>
        ${form(
          `/t/${id}/request-changes`,
          html`<input
              name="reason"
              required
              autocomplete="off"
              aria-label="What should change"
              placeholder="What should change"
            /><button class="btn primary">Send</button>`,
        )}
      </details>
    </div>`,
};

/** Since when the card is where it is, as far as is known. */
function standing({ card, since }: CardView): number {
  if (since !== null) return since;
  if (card.status === "done" || card.status === "archived") return card.completed_at ?? card.created_at;
  if (card.status === "ready") return card.ready_at ?? card.created_at;
  return card.created_at;
}

/** The words for its age: all that a card at rest takes from the clock. */
function ageOf(view: CardView): string {
  return say("short", standing(view), view.now);
}

function firstLine(text: string | null): string | null {
  return text?.split("\n", 1)[0]?.slice(0, 400) ?? null;
}

/** The heading of a lane in Running. */
export function LaneHead({ name, count }: { name: string; count: number }) {
  return (
    <li class="lane" data-lane-head={name}>
      {name ? <Avatar name={name} beside /> : <StatusMark status="running" />}
      {name || "nobody"}
      <span class="num">{count}</span>
    </li>
  );
}
