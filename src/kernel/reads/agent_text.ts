/**
 * The one cleaning of text that an agent reads: what a person cannot see, a model must not see either.
 *
 * Control characters but tab and newline, marks that reorder text, and everything that has no shape of its own
 * (Unicode's "default ignorable" characters: tags, zero-width characters, variation selectors, fillers) are
 * taken out. Instructions can be hidden in any of them. A joiner stays where a script or an emoji needs it.
 *
 * @module
 */

import { visible } from "../../text.ts";

/** Text as an agent may read it: cleaned, with newlines and tabs. Cleaning it again changes nothing. */
export function agentText(text: string): string {
  return visible(text);
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
