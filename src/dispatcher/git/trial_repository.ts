/**
 * A throw-away repository in which a profile shows that its workers can commit.
 *
 * It has the settings of the user and none of its own, so that a commit in it succeeds where one in a real
 * repository would: with the same name and address, the same signature, the same hooks.
 *
 * @module
 */
import { mkdirSync } from "node:fs";
import { git, type GitFailure } from "./git.ts";

const IDENTITY = ["user.name=kanban", "user.email=kanban@localhost", "commit.gpgsign=false"];

/**
 * Makes a repository of what the folder `dir` holds, with one commit; the folder may be missing. Null when it is
 * there.
 */
export async function makeTrialRepository(dir: string): Promise<GitFailure | null> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const steps = [
    ["init", "--quiet", "--initial-branch=main"],
    ["add", "--all"],
    ["commit", "--quiet", "--allow-empty", "--message=Where a profile is tested"],
  ];
  for (const step of steps) {
    const done = await git(step, { cwd: dir, settings: IDENTITY });
    if (done.kind !== "ok") return done;
  }
  return null;
}

/** Subjects of all commits made in it; null when git gives no answer. */
export async function commitsIn(dir: string): Promise<string[] | null> {
  const found = await git(["log", "--all", "--format=%s"], { cwd: dir });
  return found.kind === "ok" ? found.out.split("\n").filter(Boolean) : null;
}

/** Whether commits in it would have a name and an address. */
export async function hasIdentity(dir: string): Promise<boolean> {
  const found = await git(["config", "--get", "user.email"], { cwd: dir, answers: [1] });
  return found.kind === "ok" && found.code === 0;
}
