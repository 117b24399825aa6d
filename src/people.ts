/**
 * The people that a home knows without its board: who is logged in, and the names under `people:` in `config.yaml`.
 *
 * The settings are read as a whole in `config.ts`, which says what is wrong with them. Here only the names are taken
 * out, from a file that changed: each `kanban list` and each page asks for them, and loading the schema of all settings
 * takes longer than either.
 *
 * @module
 */
import { readSmall, statOrNull } from "./files.ts";
import { type Home, loginName } from "./home.ts";
import { isPersonName } from "./kernel/input.ts";

/** As much as the settings may have: `config.ts`, which is not loaded for this. */
const SETTINGS_BYTES_MAX = 1024 * 1024;

/** What was read last, by the file's path. */
const read = new Map<string, { mark: string; names: readonly string[] }>();

/** Names of people that are known whatever the board says. */
export function namedPeople(home: Home): ReadonlySet<string> {
  return new Set([loginName(), ...configured(home.config)]);
}

function configured(path: string): readonly string[] {
  const stat = statOrNull(path);
  if (stat === null) return [];
  const mark = [stat.ino, stat.size, stat.mtimeMs].join();
  const known = read.get(path);
  if (known?.mark === mark) return known.names;
  const names = namesIn(path);
  read.set(path, { mark, names });
  return names;
}

function namesIn(path: string): string[] {
  try {
    const text = readSmall(path, SETTINGS_BYTES_MAX, { links: "follow" });
    if (!/^["']?people["']?\s*:/m.test(text)) return [];
    const listed = (Bun.YAML.parse(text) as { people?: unknown } | null)?.people;
    return Array.isArray(listed) ? listed.filter(isPersonName).map((name) => name.trim()) : [];
  } catch {
    return []; // Whoever loads the settings is told what is wrong with the file.
  }
}
