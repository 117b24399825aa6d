/**
 * Where the program of a profile is, and why what is there cannot be started.
 *
 * @module
 */
import { accessSync, constants, statSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { KanbanError } from "../../kernel/mod.ts";

/** Where a program is looked for. */
interface Places {
  readonly path: string;
  readonly cwd: string;
}

/**
 * The absolute path of an executable, or null.
 *
 * A name with a slash is relative to `cwd`; any other is looked for on `path`. Empty entries of a
 * path mean the current folder by tradition; a workspace's files are not ours to run by accident.
 */
export function findProgram(name: string, places: Places): string | null {
  return candidates(name, places).find((file) => problemOf(file) === null) ?? null;
}

/** What is there under the program's name and cannot be started, and why in words; null when nothing is there. */
export function unusableProgram(name: string, places: Places): { file: string; problem: string } | null {
  for (const file of candidates(name, places)) {
    const problem = problemOf(file);
    if (problem !== null && problem !== NOTHING) return { file, problem };
  }
  return null;
}

/**
 * The absolute path of the program that a profile starts.
 *
 * @param names The name that messages use, then others that the program is installed under too.
 * @throws {KanbanError} `refused` when it is not there, or cannot be started.
 */
export function requireProgram(names: readonly [string, ...string[]], profile: string, places: Places): string {
  for (const each of names) {
    const program = findProgram(each, places);
    if (program !== null) return program;
  }
  const [name] = names;
  const cannot = `Cannot start profile "${profile}": program "${name}"`;
  const unusable = unusableProgram(name, places);
  if (unusable !== null) {
    const { file, problem } = unusable;
    throw new KanbanError(
      "refused",
      `${cannot} must be an executable file, ${file === name ? "it" : file} ${problem}`,
      problem === NOT_EXECUTABLE
        ? `Make it executable with: chmod +x ${file}`
        : `Change it, see: kanban profile show ${profile}`,
    );
  }
  const needed = name.includes("/") ? "it must be an executable file" : "it must be on PATH";
  const where = name.includes("/") && !isAbsolute(name) ? ` in ${places.cwd}` : "";
  throw new KanbanError(
    "refused",
    `${cannot} not found${where}, ${needed}`,
    `Install it, or change it with: kanban profile show ${profile}`,
  );
}

function candidates(name: string, { path, cwd }: Places): string[] {
  if (name === "") return [];
  if (name.includes("/")) return [resolve(cwd, name)];
  const folders = path.split(":").filter((folder) => folder !== "");
  return folders.map((folder) => (isAbsolute(folder) ? join(folder, name) : resolve(cwd, folder, name)));
}

const NOTHING = "does not exist";
const NOT_EXECUTABLE = "exists, but is not executable";

function problemOf(file: string): string | null {
  try {
    if (!statSync(file).isFile()) return "exists, but is not a file";
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "EACCES" ? "cannot be reached: permission denied" : NOTHING;
  }
  try {
    accessSync(file, constants.X_OK);
    return null;
  } catch {
    return NOT_EXECUTABLE;
  }
}
