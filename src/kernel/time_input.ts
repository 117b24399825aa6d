/**
 * Lengths of time and moments as people type them.
 *
 * A moment without a zone is one of the local clock. Only whole texts are understood: what has one word too many is
 * refused, since a task that starts at a guessed time is worse than one that is not created.
 *
 * @module
 */
import { invalid, SECONDS_MAX } from "./input.ts";
import { printable } from "./store/ids.ts";

const UNIT_SECONDS: Readonly<Record<string, number>> = { w: 604_800, d: 86_400, h: 3_600, m: 60, s: 1 };
const DURATION = /^(?:\d{1,12}|(?:\d{1,9}(?:\.\d{1,6})?\s?[wdhms]\s?)+)$/i;
const DAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const DAY = `today|tomorrow|${DAYS.map((day) => `${day.slice(0, 3)}(?:${day.slice(3)})?`).join("|")}`;
const CLOCK = "(\\d{1,2})(?::(\\d{2}))?\\s?(am|pm)?";
/** `tomorrow`, `mon 9:00`, `today at 6pm`, `9:00`. A number alone is no time of day. */
const SPOKEN = new RegExp(
  `^(?:(${DAY})(?:,?\\s+(?:at\\s+)?${CLOCK})?|(?:at\\s+)?(\\d{1,2}):(\\d{2})\\s?(am|pm)?)$`,
  "i",
);
const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)\s?(Z|[+-]\d{2}:\d{2})?)?$/i;

/**
 * Seconds of `90`, `30s`, `1.5h`, `1h30m`, `1d 4h` or `1w`, rounded to whole ones. Each unit may be there once, the
 * largest first.
 *
 * @throws {KanbanError} `invalid`, also over 100 years.
 */
export function parseDuration(text: string, field: string): number {
  const seconds = secondsOf(text.trim());
  if (seconds === null || seconds > SECONDS_MAX) {
    throw invalid(field, "a duration such as 90, 30s, 1.5h, 1h30m, 1d or 1w (at most 100 years)", quoted(text));
  }
  return seconds;
}

/**
 * Epoch milliseconds of a moment: a duration from now (`2h`), an ISO date or time (`2026-12-01`, `2026-12-01T08:00Z`),
 * or `tomorrow`, `today 18:00`, `mon 9am`; `9:00` is the next one.
 *
 * @throws {KanbanError} `invalid`.
 */
export function parseInstant(text: string, now: number, field: string): number {
  const trimmed = text.trim();
  const from = secondsOf(trimmed);
  const at =
    from !== null && from <= SECONDS_MAX ? now + from * 1_000 : (isoInstant(trimmed) ?? spokenInstant(trimmed, now));
  if (at !== null && Number.isFinite(at)) return at;
  throw invalid(field, "a duration from now (2h), a date (2026-12-01T08:00) or a day (tomorrow 9:00)", quoted(text));
}

/**
 * Epoch milliseconds of a moment that is mostly past: a duration ago (`7d`), or a date or time.
 *
 * @throws {KanbanError} `invalid`.
 */
export function parsePast(text: string, now: number, field: string): number {
  const trimmed = text.trim();
  const ago = secondsOf(trimmed);
  if (ago !== null && ago <= SECONDS_MAX) return now - ago * 1_000;
  const at = isoInstant(trimmed);
  if (at !== null) return at;
  throw invalid(field, "a duration ago (7d) or a date such as 2026-12-01T08:00", quoted(text));
}

function secondsOf(text: string): number | null {
  if (!DURATION.test(text)) return null;
  if (/^\d+$/.test(text)) return Number(text);
  let sum = 0;
  let larger = Infinity;
  for (const [, number, letter] of text.matchAll(/([\d.]+)\s?([wdhms])/gi)) {
    const unit = UNIT_SECONDS[letter!.toLowerCase()]!;
    if (unit >= larger) return null;
    larger = unit;
    sum += Number(number) * unit;
  }
  return Math.round(sum);
}

function isoInstant(text: string): number | null {
  const match = ISO.exec(text);
  if (match === null) return null;
  const [, date = "", time = "00:00", zone = ""] = match;
  // Date.parse takes February 30 for March 2: the calendar has to give the same day back.
  const day = Date.parse(`${date}T00:00Z`);
  if (!Number.isFinite(day) || !new Date(day).toISOString().startsWith(date)) return null;
  const at = Date.parse(`${date}T${time}${zone.toUpperCase()}`);
  return Number.isFinite(at) ? at : null;
}

function spokenInstant(text: string, now: number): number | null {
  const match = SPOKEN.exec(text);
  if (match === null) return null;
  const [, day, dayHour, dayMinute, dayHalf, hour, minute, half] = match;
  const minutes = minutesOf(dayHour ?? hour ?? "0", dayMinute ?? minute ?? "0", dayHalf ?? half);
  if (minutes === null) return null;
  const at = new Date(now);
  at.setHours(0, minutes, 0, 0);
  if (day === undefined) {
    if (at.getTime() <= now) at.setDate(at.getDate() + 1);
  } else {
    const name = day.toLowerCase();
    const weekday = DAYS.findIndex((known) => known.slice(0, 3) === name.slice(0, 3));
    // "today" and "tomorrow" begin like no day of the week. A day of the week is never today.
    if (name === "tomorrow") at.setDate(at.getDate() + 1);
    else if (name !== "today") at.setDate(at.getDate() + ((weekday - at.getDay() + 6) % 7) + 1);
  }
  return at.getTime();
}

/** Minutes of a day, or null for 25:00, 9:75 and 13pm. */
function minutesOf(hour: string, minute: string, half: string | undefined): number | null {
  const [hours, minutes] = [Number(hour), Number(minute)];
  if (minutes > 59 || hours > 23 || (half !== undefined && (hours < 1 || hours > 12))) return null;
  const shift = half?.toLowerCase() === "pm" ? 12 : 0;
  return (half === undefined ? hours : (hours % 12) + shift) * 60 + minutes;
}

function quoted(text: string): string {
  return `"${printable(text)}"`;
}
