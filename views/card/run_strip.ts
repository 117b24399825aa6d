/**
 * The live part of a running card: how long, which attempt, the last heartbeat and line, the lease.
 *
 * The stream replaces only this when a worker's output or heartbeat moves on; clock and lease bar tick
 * in the browser.
 *
 * @module
 */
import type { Card } from "../../src/kernel/mod.ts";
import type { CardView } from "./card.tsx";
import { type Html, html } from "../parts/html.ts";
import { say, when } from "../parts/time.ts";

/** Below this share of its lease, in per cent, a run is at risk, and only then it is shown; `static/tick.js` has the same. */
const LOW = 25;

export function strip({ card, now, tail }: CardView): Html {
  const share = leaseShare(card, now);
  const left = share === null ? null : Math.round(share); // The browser moves it on from there.
  const tone = left !== null && left < LOW ? "c-blocked" : "c-running";
  const started = card.run_started_at ?? card.started_at ?? now;
  const attempt = card.attempts > 0 ? html`data-try="${card.attempts}"` : null;
  const beat = card.last_heartbeat_at === null ? null : when("ago", card.last_heartbeat_at, now, null);
  const line = tail ?? (card.worker_pid === null ? `claimed by ${card.claimer ?? "a person"}` : "no output yet");
  return html`<div class="run ${tone}" id="run-${card.id}" ${attempt}>
    ${when("clock", started, now, null)}${beat}
    <div class="tail ell">${line}</div>
    ${left === null ? null : lease(card, left)}
  </div>`;
}

function lease(card: Card, left: number): Html {
  return html`<progress
    class="lease"
    max="${leaseTotal(card)}"
    value="${(left * leaseTotal(card)) / 100}"
    aria-label="lease ${left} % left"
    data-until="${card.claim_expires_at}"
  ></progress>`;
}

/** All that a strip says of the clock, and the line it shows. */
export function stripWords({ card, now, tail }: CardView): string {
  const beat = card.last_heartbeat_at === null ? "" : say("ago", card.last_heartbeat_at, now);
  const started = say("clock", card.run_started_at ?? card.started_at ?? now, now);
  return `${started} ${beat} ${Math.round(leaseShare(card, now) ?? 0)} ${tail ?? ""}`;
}

/** Per cent of the lease that is left, or null without one. */
function leaseShare(card: Card, now: number): number | null {
  if (card.claim_expires_at === null) return null;
  return Math.max(0, Math.min(100, ((card.claim_expires_at - now) / leaseTotal(card)) * 100));
}

function leaseTotal(card: Card): number {
  return (card.run_ttl_seconds ?? 1) * 1_000;
}
