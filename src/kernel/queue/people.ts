/**
 * Who an assignee is: a profile, a person, or a name that was probably meant as a profile.
 *
 * A profile wins over everything, since a dispatcher starts it. Then come the people that the settings name and those
 * that the board knows by what they did (`known_names.ts`). Of the other names only two kinds are worth a warning: one
 * that is a typing slip away from a profile, and one under which workers ran, whose profile is gone. Any other is taken
 * for a person who was not here yet.
 *
 * @module
 */
import type { Board } from "../store/db.ts";
import { knownAs, listKnownPeople } from "../store/known_names.ts";
import { suggest } from "./suggest.ts";

/** Who can be assigned, as the files of the home say it. */
export interface Roster {
  /** Of the profiles that there are, whether they can be used or not. */
  readonly names: ReadonlySet<string>;
  /** Of people that are known without the board. */
  readonly people: ReadonlySet<string>;
  /** Of profiles that are there and cannot be used, where `names` has only the others. */
  readonly unusable?: ReadonlySet<string>;
}

/** `missing`: a profile was probably meant that is not there. `unknown`: nothing is known of this name. */
export type Standing = "profile" | "person" | "missing" | "unknown";

/** Who goes by this name. */
export function standingOf(board: Board, name: string, { names, people, unusable }: Roster): Standing {
  if (names.has(name)) return "profile";
  if (unusable?.has(name)) return "missing";
  if (people.has(name)) return "person";
  const used = knownAs(board, name);
  if (used === "person") return "person";
  return used === "worker" || suggest(name, [...names]) !== null ? "missing" : "unknown";
}

/** Names of everyone who is a person here, sorted; a name that is a profile's too is the profile's. */
export function peopleNames(board: Board, { names, people }: Roster): string[] {
  const known = listKnownPeople(board).map(({ name }) => name);
  return [...new Set([...people, ...known])].filter((name) => !names.has(name)).sort();
}
