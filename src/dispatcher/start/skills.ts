/**
 * Finds the skills that a worker is given: folders with a `SKILL.md`.
 *
 * @module
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Home } from "../../home.ts";
import { BUNDLED_SKILLS } from "../../program.ts";
import { KanbanError } from "../../kernel/mod.ts";

/** A skill's name and its folder. */
export interface Skill {
  readonly name: string;
  readonly dir: string;
}

/** The skill that every worker gets, where the program was installed with its folders. */
const ALWAYS = "kanban-worker";
/** Those that come with the program. A worker may write into every other folder: none there takes their place. */
const BUILT_IN: ReadonlySet<string> = new Set([ALWAYS, "kanban-orchestrator"]);

/**
 * The skills of a worker, `kanban-worker` first, each once, in the order given.
 *
 * Looked for in the profile's `skills/`, the home's, then in `dirs`; those that come with the program, in the
 * program's own folder and nowhere else.
 *
 * @throws {KanbanError} `refused` naming the skill that cannot be found.
 */
export function findSkills(
  home: Home,
  { names, profileDir, dirs = [] }: { names: readonly string[]; profileDir: string; dirs?: readonly string[] },
): Skill[] {
  const others = [join(profileDir, "skills"), home.skills, BUNDLED_SKILLS, ...dirs];
  return [...new Set([ALWAYS, ...names])].flatMap((name) => {
    const folders = BUILT_IN.has(name) ? [BUNDLED_SKILLS] : others;
    const dir = folders.map((folder) => join(folder, name)).find(isSkill);
    if (dir !== undefined) return [{ name, dir }];
    if (name === ALWAYS && !names.includes(ALWAYS)) return [];
    throw new KanbanError(
      "refused",
      `Cannot load skill "${name}": no folder of that name with a SKILL.md is in ${folders.join(", ")}`,
    );
  });
}

/** Folders of skills in `folder` that are ignored, because their names are those of skills of the program. */
export function ignoredSkills(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return []; // There is no such folder.
  }
  return names.filter((name) => BUILT_IN.has(name)).map((name) => join(folder, name));
}

function isSkill(dir: string): boolean {
  return statSync(join(dir, "SKILL.md"), { throwIfNoEntry: false })?.isFile() ?? false;
}
