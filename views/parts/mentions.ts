/**
 * `@NAME` in a text: people who are told of it, and profiles, which read what is on their own tasks alone.
 *
 * Which names there are is set by the server whenever it reads them (`setMentionable`), because texts are rendered in
 * many places that know nothing of names.
 *
 * @module
 */
import { folded, mentionPattern } from "../../src/text.ts";

interface Names {
  people: readonly string[];
  profiles: readonly string[];
}

let marked: RegExp | null = null;
let asked: RegExp | null = null;
let profiles: ReadonlyMap<string, string> = new Map();
let last = "";

/** Sets whom a text can mention. */
export function setMentionable(names: Names): void {
  const text = JSON.stringify(names);
  if (text === last) return;
  last = text;
  marked = mentionPattern([...names.people, ...names.profiles], Bun.escapeHTML);
  asked = mentionPattern(names.profiles, Bun.escapeHTML);
  profiles = new Map(names.profiles.map((name) => [folded(Bun.escapeHTML(name)), name]));
}

/** Marks the mentions in markup that is escaped; not inside links and code. */
export function withMentions(markup: string): string {
  const pattern = marked;
  if (pattern === null || !markup.includes("@")) return markup;
  return inText(markup, (text) => text.replace(pattern, '<b class="mention">$&</b>'));
}

/** The profiles that this markup mentions, each once. */
export function mentionedProfiles(markup: string): string[] {
  const pattern = asked;
  const found = new Set<string>();
  if (pattern === null || !markup.includes("@")) return [];
  inText(markup, (text) => {
    for (const [, name] of text.matchAll(pattern)) found.add(profiles.get(folded(name!))!);
    return text;
  });
  return [...found];
}

/** Changes what is text outside of links and code. */
function inText(markup: string, change: (text: string) => string): string {
  let inside = 0;
  return markup.replace(/<(\/?)(?:a|pre|code)\b[^>]*>|<[^>]*>|[^<]+/g, (found, closing?: string) => {
    if (closing !== undefined) inside += closing === "" ? 1 : -1;
    return found.startsWith("<") || inside > 0 ? found : change(found);
  });
}
