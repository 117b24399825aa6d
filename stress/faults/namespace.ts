/**
 * Parts of a suite that run in namespaces of their own: with process numbers that can be chosen, or with
 * a disk that is small.
 *
 * @module
 */
import { join } from "node:path";

export interface Found {
  violations: string[];
  did: string;
}

/** The words that start a program in new namespaces, or why this machine does not let us. */
export function namespaceWords(flags: readonly string[]): string[] | { why: string } {
  if (process.platform !== "linux" || Bun.which("unshare") === null) return { why: "there is no unshare" };
  const own = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
  const words = ["unshare", ...own, ...flags];
  const probe = Bun.spawnSync([...words, "true"]);
  if (probe.exitCode === 0) return words;
  return { why: `no new namespaces: ${probe.stderr.toString().trim().slice(0, 100)}` };
}

/** Runs a module beside this one in new namespaces, or says why this machine does not let us. */
export async function inNamespace(
  module: string,
  dir: string,
  flags: readonly string[],
): Promise<Found | { why: string }> {
  const words = namespaceWords(flags);
  if ("why" in words) return words;
  // A shell is the first process of a new pid namespace: it takes the orphans in, Bun would leave them zombies.
  const argv = ["sh", "-c", '"$@"; exit $?', "sh", process.execPath, join(import.meta.dir, module), dir];
  const child = Bun.spawn([...words, ...argv], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 120_000,
    killSignal: "SIGKILL",
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`${module} ended with ${code}: ${stderr.slice(-2_000)}`);
  return JSON.parse(stdout) as Found | { why: string };
}

/** The other end: says what was found. */
export function tell(found: Found | { why: string }): void {
  console.log(JSON.stringify(found));
}
