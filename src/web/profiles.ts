/**
 * The profiles found on disk, looked at again at most once a second: every card asks for them.
 *
 * @module
 */
import { listProfiles, type ProfileProblem } from "../dispatcher/mod.ts";
import type { Home } from "../home.ts";

interface Found {
  names: ReadonlySet<string>;
  problems: readonly ProfileProblem[];
}

const FRESH_MS = 1_000;
const seen = new WeakMap<Home, Found & { at: number }>();

/** What a dispatcher of this home can start, by name, and which profiles it cannot use. */
export function profilesOf(home: Home): Found {
  const known = seen.get(home);
  const now = performance.now();
  if (known !== undefined && now - known.at < FRESH_MS) return known;
  const { profiles, problems } = listProfiles(home);
  const found = { at: now, names: new Set(profiles.map(({ name }) => name)), problems };
  seen.set(home, found);
  return found;
}
