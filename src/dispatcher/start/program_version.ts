/**
 * Which version of an agent's program is installed: what it prints when it is asked.
 *
 * @module
 */
const WAIT_MS = 3_000;
const CHARACTERS_MAX = 60;

/** The version that an agent's program prints, or null when it fails, is silent or takes too long. */
export async function programVersion(program: string): Promise<string | null> {
  try {
    const child = Bun.spawn([program, "--version"], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "ignore",
      timeout: WAIT_MS,
      killSignal: "SIGKILL",
    });
    // A grandchild may keep the pipe open after the program itself is gone.
    const late = Promise.withResolvers<string>();
    const timer = setTimeout(() => late.resolve(""), WAIT_MS);
    const text = await Promise.race([new Response(child.stdout).text(), late.promise]);
    clearTimeout(timer); // Else the command would end only when it does.
    if ((await child.exited) !== 0) return null;
    const line = text.split("\n").find((one) => one.trim() !== "");
    return line?.trim().slice(0, CHARACTERS_MAX) ?? null;
  } catch {
    return null;
  }
}
