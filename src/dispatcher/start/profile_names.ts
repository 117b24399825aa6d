/**
 * Which profiles a home has, by name alone: what is in their files is read elsewhere, and takes longer.
 *
 * @module
 */
import { readdirSync } from "node:fs";
import { statOrNull } from "../../files.ts";
import { type Home, profilePath } from "../../home.ts";

/** Built in, without a file. */
const BUILTIN_NAMES = ["demo"];

/** Names that have a file, and the built-in ones, sorted. One that no profile may have is listed too: as a problem. */
export function profileNames(home: Home): string[] {
  const names = new Set(BUILTIN_NAMES);
  try {
    for (const name of readdirSync(home.profiles)) {
      if (statOrNull(profilePath(home, name)) !== null) names.add(name);
    }
  } catch {
    // No folder yet: no profile was made.
  }
  return [...names].sort();
}
