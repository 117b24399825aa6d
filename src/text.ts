/**
 * The one policy for text that is printed: what is taken out of it, how it is cut, and how lengths of time and numbers
 * are worded.
 *
 * Text of others may carry instructions to a terminal, marks that reorder it, and characters without a shape in which
 * words for a model can be hidden. None of it is ever part of what a person sees, so it is taken out for people and
 * agents alike.
 *
 * @module
 */

/** Characters without a shape, control characters, annotations; and lone surrogates, which are no text. */
const SUSPECT = /[\p{DI}\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufff9-\ufffb\p{Cs}]/u;
/** Of these only the joiners and the one selector that makes a picture of a sign are ever needed. */
const NEVER_SEEN = /[[\p{DI}--[\u200c\u200d\ufe0f]]\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufff9-\ufffb]/gv;

/** Scripts whose words are written with joiners between their letters. */
const JOINED_LETTER = `[${[
  ...["Arabic", "Syriac", "Mongolian", "Devanagari", "Bengali", "Gurmukhi", "Gujarati", "Oriya", "Tamil"],
  ...["Telugu", "Kannada", "Malayalam", "Sinhala", "Myanmar", "Khmer", "Tibetan"],
]
  .map((script) => `\\p{Script=${script}}`)
  .join("")}]`;
const PICTURE = "\\p{Extended_Pictographic}";

/** The others, and whether each is needed: then the group is empty. */
const SELDOM_SEEN = new RegExp(
  [
    `(?<=${PICTURE}\\ufe0f?|\\p{EMod})\\u200d(?=${PICTURE})`, // Families, professions: one picture of several.
    `(?<=[${PICTURE}#*0-9])\\ufe0f`, // A picture in colour, a key of a keypad.
    `(?<=${JOINED_LETTER})[\\u200c\\u200d](?=${JOINED_LETTER})`,
    "([\\u200c\\u200d\\ufe0f])",
  ].join("|"),
  "gu",
);

/**
 * CSI and OSC sequences, in their 7-bit and 8-bit forms, and the two-byte escapes. No introducer may be inside a
 * sequence: that keeps the search linear on a megabyte of them.
 */
const ESCAPES =
  /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x90\x98\x9c-\x9f]*(?:\x07|\x1b\\|\x9c)|\x1b[ -/]*[0-~]/g;

/** What a reader sees of a text, with newlines and tabs. Doing it again changes nothing. */
export function visible(text: string): string {
  if (!SUSPECT.test(text)) return text;
  return text
    .toWellFormed()
    .replace(/\r\n?|[\u2028\u2029]/g, "\n")
    .replace(NEVER_SEEN, "")
    .replace(SELDOM_SEEN, (found, needless: string | undefined) => (needless === undefined ? found : ""));
}

/** The same without whole sequences that a terminal obeys: for output of programs, terminals and chats. */
export function harmless(text: string): string {
  if (!SUSPECT.test(text)) return text;
  // Of a lone surrogate and an escape sequence around it nothing may be left over.
  return visible(text.toWellFormed().replace(ESCAPES, ""));
}

/** JSON in which everything that `harmless` takes out is an escape: to look at it is safe, and nothing of it is lost. */
export function harmlessJson(json: string): string {
  if (!SUSPECT.test(json)) return json;
  return json
    .replace(/[\u2028\u2029]/g, escaped)
    .replace(NEVER_SEEN, escaped)
    .replace(SELDOM_SEEN, (found, needless: string | undefined) => (needless === undefined ? found : escaped(found)));
}

/** Harmless text on one line, cut to `max` characters: for titles, names and everything else in a row. */
export function oneLine(text: string, max = Infinity): string {
  // Nothing of a megabyte beyond this can be among the first characters that are kept.
  const start = max === Infinity ? text : text.slice(0, Math.max(8_192, max * 4));
  const line = harmless(start).replace(/\s+/gu, " ").trim();
  return start.length < text.length ? shortened([...line], max) : cut(line, max);
}

/** A text of at most `max` characters, the last of them an ellipsis where it was longer. Splits no character. */
export function cut(text: string, max: number): string {
  const characters = text.length <= max ? [] : [...text];
  return characters.length <= max ? text : shortened(characters, max);
}

function shortened(characters: readonly string[], max: number): string {
  return `${characters
    .slice(0, max - 1)
    .join("")
    .trimEnd()}…`;
}

/** A length of time in its two largest units: `45s`, `2m 10s`, `1h 03m`, `3d 4h`, `30m`. Never negative. */
export function span(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return `${s}s`;
  if (s < 3_600) return pair(s, [60, "m"], [1, "s"]);
  return s < 86_400 ? pair(s, [3_600, "h"], [60, "m"]) : pair(s, [86_400, "d"], [3_600, "h"]);
}

/** A length of time in its largest unit alone: `45s`, `2m`, `1h`, `3d`, `2y`. Never negative. */
export function shortSpan(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return `${s}s`;
  if (s < 3_600) return `${Math.floor(s / 60)}m`;
  if (s < 86_400) return `${Math.floor(s / 3_600)}h`;
  return s < 86_400 * 730 ? `${Math.floor(s / 86_400)}d` : `${Math.floor(s / (86_400 * 365))}y`;
}

/** An instant as it stays true: ISO, UTC, to the second. */
export function instant(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
}

/** `1 task`, `3 tasks`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

/** A value as JSON in a message, cut to `max` characters. */
export function excerpt(value: unknown, max = 80): string {
  return cut(value === undefined ? "nothing" : (JSON.stringify(value) ?? "nothing"), max);
}

/** One word as a person types it into a shell: in quotes where it has to be. */
export function shellWord(word: string): string {
  return /^[\w./:@=+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * Finds `@NAME` of one of these names, the longest first; group 1 is the name. Not in addresses, paths and longer
 * words. Null when there are no names.
 *
 * @param encode What was done to the text that is searched, such as escaping it for HTML.
 */
export function mentionPattern(names: Iterable<string>, encode = (name: string) => name): RegExp | null {
  const longest = [...new Set(names)].filter((name) => name !== "").sort((a, b) => b.length - a.length);
  if (longest.length === 0) return null;
  const any = longest.map((name) => encode(name).replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")).join("|");
  return new RegExp(`(?<![\\p{L}\\p{N}_.@/+-])@(${any})(?![\\p{L}\\p{N}_-]|[.@][\\p{L}\\p{N}])`, "giu");
}

/** A name for comparison, as a pattern that ignores case compares it: "\u017f" is an s there, and "\u03c2" a sigma. */
export function folded(name: string): string {
  return name.toUpperCase().toLowerCase();
}

function escaped(character: string): string {
  return [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`)
    .join("");
}

type Unit = readonly [seconds: number, letter: string];

function pair(s: number, [big, first]: Unit, [small, second]: Unit): string {
  const rest = Math.floor((s % big) / small);
  return `${Math.floor(s / big)}${first}${rest === 0 ? "" : ` ${String(rest).padStart(big === 86_400 ? 1 : 2, "0")}${second}`}`;
}
