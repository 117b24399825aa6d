/**
 * The two letters of an avatar: initials, unless those are another known name's too.
 *
 * "translator" and "transcriber" would both be TR. Names that share their initials get the first letter and one in
 * which they differ: TL and TC. What is known is set by the server whenever it reads the profiles and assignees
 * (`setKnownNames`), because an avatar is drawn in many places that know nothing of other names.
 *
 * @module
 */

/** Two letters for each name, no two the same; the order of the names does not matter. */
export function shortNames(names: Iterable<string>): Map<string, string> {
  const known = [...new Set(names)].sort();
  const found = new Map<string, string>();
  const taken = new Set<string>();
  const groups = Map.groupBy(known, initials);
  for (const [short, [name, ...others]] of groups) {
    if (others.length > 0) continue;
    found.set(name!, short);
    taken.add(short);
  }
  for (const group of groups.values()) {
    if (group.length === 1) continue;
    for (const name of group) {
      const short = candidates(name, group).find((one) => !taken.has(one))!;
      found.set(name, short);
      taken.add(short);
    }
  }
  return found;
}

/** Of two words their initials, of one its first two letters. */
export function initials(name: string): string {
  const words = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const letters = words.length > 1 ? words.slice(0, 2).map((word) => [...word][0]) : [...(words[0] ?? "?")].slice(0, 2);
  return letters.join("").toUpperCase();
}

/** The first letter with the ones where the group differs, then with any other, then with a number. */
function* candidates(name: string, group: readonly string[]): Generator<string> {
  const letters = [...name.replace(/[^\p{L}\p{N}]+/gu, "")].map((letter) => letter.toUpperCase());
  const first = letters[0] ?? "?";
  const others = group.filter((other) => other !== name).map((other) => other.toUpperCase());
  const same = Math.max(...others.map((other) => sharedLetters(name.toUpperCase(), other)));
  for (const letter of letters.slice(Math.max(1, same))) yield first + letter;
  for (const letter of letters.slice(1)) yield first + letter;
  for (let number = 1; ; number++) yield first + number;
}

function sharedLetters(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}

let known = new Map<string, string>();

/** From now on avatars of these names have letters of their own. */
export function setKnownNames(names: Iterable<string>): void {
  known = shortNames(names);
}

/** The letters of a name. */
export function shortName(name: string): string {
  return known.get(name) ?? initials(name);
}
