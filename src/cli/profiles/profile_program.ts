/**
 * The program behind a profile: where it is.
 *
 * @module
 */
import { isAbsolute } from "node:path";
import { findProgram, type Profile, unusableProgram } from "../../dispatcher/mod.ts";
import { environment } from "../../home.ts";
import { presetOf } from "../../agents/mod.ts";

/** The program of a profile, and where it has to be. */
export interface Sought {
  /** As the profile names it. */
  readonly name: string;
  /** Its absolute path, or null when it cannot be found. */
  readonly program: string | null;
  /** What it has to be, in words; null when that shows only in the workspace of each task. */
  readonly needed: string | null;
  /** What is there instead, in words; null when nothing is. */
  readonly instead: string | null;
}

/** Looks for the profile's program, on the PATH and in the folder that its workers get. */
export function seek({ command, agent, options, env, workspace, repo }: Profile): Sought {
  const named = typeof options["program"] === "string" ? options["program"] : null;
  const name = command?.[0] ?? named ?? presetOf(agent ?? "")?.program ?? agent ?? "";
  const path = env["PATH"] ?? environment()["PATH"] ?? "";
  // A worktree has what its repository has; any other folder that is made for a task is empty.
  const folder = workspace?.kind === "worktree" ? repo : (workspace?.path ?? null);
  // A program that the profile names itself has no other name.
  const also = name === presetOf(agent ?? "")?.program ? (presetOf(agent ?? "")?.also ?? []) : [];
  const found = (needed: string, cwd: string): Sought => {
    const places = [name, ...also].map((each) => findProgram(each, { path, cwd }));
    const program = places.find((place) => place !== null) ?? null;
    const unusable = program === null ? unusableProgram(name, { path, cwd }) : null;
    const instead = unusable === null ? null : `${unusable.file} ${unusable.problem}`;
    return { name, program, needed, instead };
  };
  if (!name.includes("/")) return found("on PATH", folder ?? "/");
  if (isAbsolute(name)) return found("an executable file", "/");
  if (folder === null) return { name, program: null, needed: null, instead: null };
  return found(`an executable file in ${folder}`, folder);
}
