/**
 * Times as people read them, and the `<time>` elements that keep ticking in the browser.
 *
 * The server prints the text once; `static/tick.js` reads `datetime` and `data-form` and rewrites it
 * each second with the same words, so nothing has to be sent while only time passes.
 *
 * @module
 */
import { type Html, html } from "./html.ts";

/** How a `<time>` is worded: `short` 3m, `ago` 3m ago, `clock` 04:12, `left` 12m 18s left, `span` 6m 10s. */
export type Form = "short" | "ago" | "clock" | "left" | "span";

/** One unit, rounded down: 12s, 3m, 2h, 1d. Never negative. */
export function short(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return `${s}s`;
  if (s < 3600) return `${Math.floor(s / 60)}m`;
  if (s < 86_400) return `${Math.floor(s / 3600)}h`;
  return `${Math.floor(s / 86_400)}d`;
}

/** Two units: 6m 10s, 2h 05m, 3d 4h; under a second in tenths. */
export function span(seconds: number): string {
  const s = Math.max(0, seconds);
  if (s < 1 && s > 0) return `${Math.max(0.1, s).toFixed(1)}s`;
  const whole = Math.floor(s);
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${pad(whole % 60)}s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)}h ${pad(Math.floor((whole % 3600) / 60))}m`;
  return `${Math.floor(whole / 86_400)}d ${Math.floor((whole % 86_400) / 3600)}h`;
}

/** A running clock: 04:12, with hours from the first on: 1:02:03. */
export function clock(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(s / 3600);
  const rest = `${pad(Math.floor((s % 3600) / 60))}:${pad(s % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** The text of an instant in one of the forms, as seen at `now` (both epoch milliseconds). */
export function say(form: Form, at: number, now: number): string {
  const seconds = (now - at) / 1000;
  if (form === "short") return short(seconds);
  if (form === "ago") return `${short(seconds)} ago`;
  if (form === "clock") return clock(seconds);
  if (form === "span") return span(Math.floor(Math.max(0, seconds)));
  return seconds > 0 ? "ran out" : `${span(Math.floor(-seconds))} left`;
}

/**
 * A ticking `<time>`. `about` says on hover what the instant is ("created"); the script shows it in local time.
 * Omit it where hovering is impossible, as below the link of a card.
 */
export function when(form: Form, at: number, now: number, about: string | null): Html {
  const title = about === null ? null : html`title="${about} ${stamp(at)} UTC"`;
  return html`<time datetime="${new Date(at).toISOString()}" data-form="${form}" ${title}>${say(form, at, now)}</time>`;
}

/** The same inside JSX. */
export function When({ at, now, form, about }: { at: number; now: number; form: Form; about: string }): Html {
  return when(form, at, now, about);
}

/** Day, month and time of day in UTC order, for places without a script. */
export function stamp(at: number): string {
  return new Date(at).toISOString().slice(0, 16).replace("T", " ");
}

const pad = (n: number): string => String(n).padStart(2, "0");
