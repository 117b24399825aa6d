/**
 * Whether the work of a worktree is part of another branch: by its commits, or by what they changed.
 *
 * A branch that was squashed, rebased or picked when it was merged is no ancestor of its base. It counts
 * as merged when each of its commits has an equal one in the base, when one commit of the base has all of
 * its changes, or when the base holds every file that it touched just as it left it.
 *
 * @module
 */
import { answer, GitTrouble, type View } from "../git/git_view.ts";

/**
 * Whether `base` has the work of the commit `head`.
 *
 * @throws {GitTrouble} when git gives no answer.
 */
export async function containsWork(view: View, base: string, head: string): Promise<boolean> {
  if (await isYes(view, ["merge-base", "--is-ancestor", head, base])) return true;
  const fork = answer(await view.run(["merge-base", base, head], { answers: [1] })).trim();
  if (fork === "") return false; // They have nothing in common.
  return (
    (await hasEachCommit(view, base, head)) ||
    (await hasEachFile(view, { fork, base, head })) ||
    (await hasSquash(view, { fork, base, head }))
  );
}

async function isYes(view: View, args: readonly string[]): Promise<boolean> {
  const found = await view.run(args, { answers: [1] });
  if (found.kind !== "ok") throw new GitTrouble(found);
  return found.code === 0;
}

/** What a merge commit changed by itself is compared by nothing here, so a branch that has one does not count. */
async function hasEachCommit(view: View, base: string, head: string): Promise<boolean> {
  const merges = answer(await view.run(["rev-list", "--count", "--merges", `${base}..${head}`]));
  return Number(merges) === 0 && (await allEqual(view, base, head));
}

async function hasEachFile(
  view: View,
  { fork, base, head }: { fork: string; base: string; head: string },
): Promise<boolean> {
  const touched = await filesBetween(view, fork, head);
  if (touched.length === 0) return false; // It undid its own work: that is still in its commits alone.
  const different = new Set(await filesBetween(view, base, head));
  return touched.every((file) => !different.has(file));
}

/** Makes one commit of the whole work, beside the repository, and looks for its equal. */
async function hasSquash(
  view: View,
  { fork, base, head }: { fork: string; base: string; head: string },
): Promise<boolean> {
  const settings = ["user.name=kanban", "user.email=kanban@localhost"];
  const made = await view.run(["commit-tree", `${head}^{tree}`, "-p", fork, "-m", "squashed"], {
    settings,
    writes: true,
  });
  return allEqual(view, base, answer(made).trim());
}

/** Whether each commit that `head` has and `base` has not makes the same change as one of `base`. */
async function allEqual(view: View, base: string, head: string): Promise<boolean> {
  const lines = answer(await view.run(["cherry", base, head], { writes: true }))
    .split("\n")
    .filter(Boolean);
  return lines.length > 0 && lines.every((line) => line.startsWith("- "));
}

async function filesBetween(view: View, one: string, other: string): Promise<string[]> {
  const args = ["diff-tree", "-r", "-z", "--no-renames", "--name-only", `${one}^{commit}`, `${other}^{commit}`];
  return answer(await view.run(args))
    .split("\0")
    .filter(Boolean);
}
