/**
 * The one cleaning of text that an agent reads: what a person cannot see, a model must not see either.
 *
 * Control characters but tab and newline, marks that reorder text, and everything that has no shape of its own
 * (Unicode's "default ignorable" characters: tags, zero-width characters, variation selectors, fillers) are
 * taken out. Instructions can be hidden in any of them. A joiner stays where a script or an emoji needs it.
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

/** Text as an agent may read it: cleaned, with newlines and tabs. Cleaning it again changes nothing. */
export function agentText(text: string): string {
  if (!SUSPECT.test(text)) return text;
  return text
    .toWellFormed()
    .replace(/\r\n?|[\u2028\u2029]/g, "\n")
    .replace(NEVER_SEEN, "")
    .replace(SELDOM_SEEN, (found, needless: string | undefined) => (needless === undefined ? found : ""));
}

/** The same on one line: titles and names cannot begin a line of their own. */
export function agentLine(text: string): string {
  return agentText(text).replace(/\s+/gu, " ").trim();
}

/** Whether a path of others may stand among words of ours: one word of plain characters is no sentence. */
export function isPlainPath(path: string): boolean {
  return /^[\w./@:+~-]+$/.test(path);
}

/** The same value with every text in it cleaned, the names of fields too. */
export function agentValue<T>(value: T): T {
  if (typeof value === "string") return agentText(value) as T;
  if (Array.isArray(value)) return value.map(agentValue) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [agentText(name), agentValue(entry)])) as T;
}
