/**
 * Starts programs in turns and measures how long each takes and what memory it needs.
 *
 * A process of its own, because the operating system counts the starter's memory as the program's
 * until the program is loaded: started by a large process, the smallest program seems large.
 *
 * @module
 */
import { contest } from "../harness.ts";

export interface StarterInput {
  commands: string[][];
  env: Record<string, string>;
  times: number;
}

/** One list per command, in the order of the turns. */
export type StarterResult = { ms: number; megabytes: number }[][];

contest(({ commands, env, times }: StarterInput) => async (): Promise<StarterResult> => {
  const results: StarterResult = commands.map(() => []);
  for (let i = 0; i < times; i++) {
    for (const [at, cmd] of commands.entries()) results[at]!.push(await one(cmd, env));
  }
  return results;
});

async function one(cmd: string[], env: Record<string, string>) {
  const started = performance.now();
  const child = Bun.spawn({ cmd, env, stdio: ["ignore", "ignore", "pipe"] });
  const code = await child.exited;
  const ms = performance.now() - started;
  if (code !== 0) throw new Error(`${cmd.join(" ")} exited ${code}: ${await new Response(child.stderr).text()}`);
  return { ms, megabytes: (child.resourceUsage()?.maxRSS ?? 0) / 1_048_576 };
}
