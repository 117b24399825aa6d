/**
 * Which Bun this needs. An older one fails before it runs a line of ours, and without a word: it cannot read the lock
 * file. So the package scripts ask here first, in what any Bun understands.
 *
 * @module
 */

/** The oldest one that it was tried with. */
export const NEEDED_BUN = "1.4.5";

/** What to say to a Bun that is too old, or null. `words` are those after `bun`. */
export function bunProblem(version: string, words: string): string | null {
  if (Bun.semver.order(version, NEEDED_BUN) >= 0) return null;
  return `kanban needs Bun ${NEEDED_BUN} or newer, this is ${version}. Without installing it: npx --yes bun@${NEEDED_BUN} ${words}`;
}

if (import.meta.main) {
  const problem = bunProblem(Bun.version, process.argv.slice(2).join(" "));
  if (problem !== null) {
    console.error(problem);
    process.exit(1);
  }
}
