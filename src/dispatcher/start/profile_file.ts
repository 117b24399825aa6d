/**
 * How a profile's file is written: judged first, then whole or not at all.
 *
 * @module
 */
import { existsSync, mkdirSync } from "node:fs";
import { replaceFile } from "../../files.ts";
import { type Home, prepareHome, profileDir, profilePath } from "../../home.ts";
import { ofHome } from "../../home_trouble.ts";
import { KanbanError } from "../../kernel/mod.ts";
import { parseProfile, type Profile } from "./profile.ts";

/**
 * Writes a new profile, as its file has it.
 *
 * @param fields In the order in which a person reads them; those that are undefined are left out.
 * @throws {KanbanError} `invalid` naming the key; `conflict` when the profile exists, unless `force`.
 */
export function addProfile(
  home: Home,
  name: string,
  fields: Readonly<Record<string, unknown>>,
  { force = false } = {},
): Profile {
  prepareHome(home);
  const path = profilePath(home, name);
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  const source = `${Bun.YAML.stringify(given, null, 2)}\n`;
  const profile = judged(name, path, () => parseProfile(home, name, path, source));
  if (existsSync(path) && !force) {
    throw new KanbanError(
      "conflict",
      `Cannot add profile "${name}": there is one already`,
      `Look at it with: kanban profile show ${name}; replace it with --force`,
    );
  }
  const dir = profileDir(home, name);
  ofHome(dir, () => mkdirSync(dir, { recursive: true, mode: 0o700 }));
  // A dispatcher may read it at this moment.
  ofHome(path, () => replaceFile(path, source));
  return profile;
}

/** What is wrong is said of the profile that is being made: its file is not there yet. */
function judged<T>(name: string, path: string, fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    if (!(error instanceof KanbanError)) throw error;
    const message = error.message.replace(`Cannot read "${path}"`, `Cannot add profile "${name}"`);
    throw new KanbanError(error.code, message, error.hint);
  }
}
