/**
 * The program behind a profile: where it is, and which version of it.
 *
 * @module
 */
import { findProgram, type Profile } from "../dispatcher/mod.ts";
import { environment } from "../home.ts";
import { presetOf } from "../worker/mod.ts";

const WAIT_MS = 3_000;
const CHARACTERS_MAX = 60;

/**
 * Where the profile's program is, on the PATH and in the folder that its workers get; null when it
 * cannot be found. A workspace that is made for each task holds nothing yet.
 */
export function programOf({ command, agent, options, env, dir, workspace }: Profile): string | null {
  const named = typeof options["program"] === "string" ? options["program"] : null;
  const program = command?.[0] ?? named ?? presetOf(agent ?? "")?.program;
  const path = env["PATH"] ?? environment()["PATH"] ?? "";
  const cwd = workspace?.kind === "dir" ? (workspace.path ?? dir) : dir;
  return program ? findProgram(program, { path, cwd }) : null;
}

/** The version that an agent's program prints, or null when it fails, is silent or takes too long. */
export async function versionOf(program: string): Promise<string | null> {
  try {
    const child = Bun.spawn([program, "--version"], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "ignore",
      timeout: WAIT_MS,
      killSignal: "SIGKILL",
    });
    // A grandchild may keep the pipe open after the program itself is gone.
    const text = await Promise.race([new Response(child.stdout).text(), Bun.sleep(WAIT_MS).then(() => "")]);
    if ((await child.exited) !== 0) return null;
    const line = text.split("\n").find((one) => one.trim() !== "");
    return line?.trim().slice(0, CHARACTERS_MAX) ?? null;
  } catch {
    return null;
  }
}
