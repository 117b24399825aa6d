/** @jsxImportSource hono/jsx */
/**
 * One task as a row of the list: as a card, it is the same markup in the page, in an update and in an answer.
 *
 * A row carries every column; which of them are seen is a class of the list around it, so rows are shared by all
 * viewers. It has the id, the sort key and the checkbox of a card, so that selecting, moving and placing work on both.
 *
 * @module
 */
import type { Card } from "../../src/kernel/mod.ts";
import { type CardView, place, standing } from "./card.tsx";
import { guarded } from "../parts/error_boundary.tsx";
import { type Html, html, markup } from "../parts/html.ts";
import { avatarMark, priorityMark, tagMark } from "../parts/icons.tsx";
import { plainText } from "../parts/plain_text.ts";
import { when } from "../parts/time.ts";

/** The list item of a row. */
export function RowItem({ view }: { view: CardView }): Html {
  const { card, stale } = view;
  const { id, status } = card;
  const [a, b] = place(card);
  const tint = stale === "fresh" ? "" : ` ${stale}`;
  const body = markup(guarded("task", id, () => cells(view)));
  return html`<li id="card-${id}" class="item tr${tint}" data-id="${id}" data-status="${status}" data-a="${a}" data-b="${b}" data-c="${card.created_at}">${body}</li>`; // prettier-ignore
}

function cells(view: CardView): Html {
  const { card, now } = view;
  const { id, title, assignee, tenant, created_by, created_at } = card;
  const note = noteOf(view);
  return html`<input type="checkbox" class="pick" aria-label="Select ${title}" />${priorityMark(card.priority)}<span
      class="id mono"
      >${id}</span
    ><span class="title"
      ><a class="ell" href="/t/${id}" data-open="${id}">${title}</a>${
        note && html`<span class="faint ell beside" title="${note}">${note}</span>`
      }</span
    ><span class="k-project">${tenant && tagMark(tenant)}</span
    ><span class="k-who"
      >${
        assignee
          ? html`${avatarMark(assignee)}<span class="ell">${assignee}</span>`
          : html`<span class="faint">unassigned</span>`
      }</span
    ><span class="k-creator ell">${created_by}</span>${when("short", created_at, now, "created")}${when(
      "short",
      standing(view),
      now,
      `${card.status} since`,
    )}`;
}

/** A note is one line: the rest is for the task itself. */
const NOTE_MAX = 200;

/** What a person wants to know beside the title: the question, the failure, what it waits for, what it is at. */
function noteOf({ card, waits, tail }: CardView): string | null {
  const text = noteText(card, waits?.words ?? null, tail);
  const first = text?.trim().split("\n", 1)[0] ?? "";
  const line = card.status === "running" ? first : plainText(first);
  return line === "" ? null : [...line].slice(0, NOTE_MAX).join("");
}

function noteText(card: Card, waits: string | null, tail: string | null): string | null {
  if (card.status === "blocked") return card.question ?? card.last_error;
  if (card.status === "running") return tail;
  if (card.status === "review" || card.status === "done") return card.latest_summary;
  if (card.stopped_by !== null) return `stopped by ${card.stopped_by}`;
  return waits === null ? card.last_error : `waits for ${waits}`;
}
