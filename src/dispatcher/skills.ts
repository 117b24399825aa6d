/**
 * Finds the skills that a worker is given: folders with a `SKILL.md`.
 *
 * @module
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import { BUNDLED_SKILLS, type Home } from "../home.ts";
import { KanbanError } from "../kernel/mod.ts";

/** A skill's name and its folder. */
export interface Skill {
  readonly name: string;
  readonly dir: string;
}

/** The skill that every worker gets, where the program was installed with its folders. */
const ALWAYS = "kanban-worker";

/**
 * The skills of a worker, `kanban-worker` first, each once, in the order given.
 *
 * Looked for in the profile's `skills/`, the home's, the program's own, then in `dirs`.
 *
 * @throws {KanbanError} `refused` naming the skill that cannot be found.
 */
export function findSkills(
  home: Home,
  { names, profileDir, dirs = [] }: { names: readonly string[]; profileDir: string; dirs?: readonly string[] },
): Skill[] {
  const folders = [join(profileDir, "skills"), home.skills, BUNDLED_SKILLS, ...dirs];
  return [...new Set([ALWAYS, ...names])].flatMap((name) => {
    const dir = folders.map((folder) => join(folder, name)).find(isSkill);
    if (dir !== undefined) return [{ name, dir }];
    if (name === ALWAYS && !names.includes(ALWAYS)) return [];
    throw new KanbanError(
      "refused",
      `Cannot load skill "${name}": it must be a folder with a SKILL.md in one of ${folders.join(", ")}, there is none`,
    );
  });
}

function isSkill(dir: string): boolean {
  return statSync(join(dir, "SKILL.md"), { throwIfNoEntry: false })?.isFile() ?? false;
}
