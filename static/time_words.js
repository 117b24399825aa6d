/**
 * Times as people read them, word for word as `views/parts/time.ts` prints them first.
 *
 * @module
 */

const two = (n) => String(n).padStart(2, "0");

function short(s) {
  if (s < 60) return `${s}s`;
  if (s < 3600) return `${Math.floor(s / 60)}m`;
  if (s < 86_400) return `${Math.floor(s / 3600)}h`;
  return `${Math.floor(s / 86_400)}d`;
}

function span(s) {
  if (s < 60) return `${s}s`;
  if (s < 3600) return `${Math.floor(s / 60)}m ${two(s % 60)}s`;
  if (s < 86_400) return `${Math.floor(s / 3600)}h ${two(Math.floor((s % 3600) / 60))}m`;
  return `${Math.floor(s / 86_400)}d ${Math.floor((s % 86_400) / 3600)}h`;
}

function clock(s) {
  const hours = Math.floor(s / 3600);
  const rest = `${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** The text of an instant in one of the forms of `views/parts/time.ts`; a test holds the two together. */
export function words(form, at, time) {
  const seconds = Math.floor((time - at) / 1000);
  const past = Math.max(0, seconds);
  if (form === "ago") return `${short(past)} ago`;
  if (form === "clock") return clock(past);
  if (form === "span") return span(past);
  if (form === "left") return time > at ? "ran out" : `${span(Math.floor((at - time) / 1000))} left`;
  return short(past);
}
