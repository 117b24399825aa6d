/**
 * Twelve tasks of one repository at once, ten rounds, each in a worktree of its own, beside a worktree of the
 * user's whose disk is not plugged in: no start fails, and nothing of the user's is touched.
 *
 * @module
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { closeBoard, createTask, getTask, listRuns, openBoard } from "../../src/kernel/mod.ts";
import { until } from "../harness.ts";
import { violationsIn } from "../invariants.ts";
import type { Found } from "../namespace.ts";
import { cli, placeAt, startProgram, stop, writeProfile } from "../program.ts";

const AT_ONCE = 12;
const ROUNDS = 10;

export async function worktrees(dir: string): Promise<Found | { why: string }> {
  if (Bun.which("git") === null) return { why: "there is no git" };
  const repo = join(dir, "repo");
  const theirs = repositoryWithAbsentWorktree(repo, join(dir, "unplugged"));
  const before = contents(theirs);
  const home = join(dir, "home");
  mkdirSync(home, { mode: 0o700 });
  const place = placeAt(home);
  writeFileSync(place.home.config, JSON.stringify({ dispatcher: { max_workers: AT_ONCE, failure_limit: 1 } }));
  const command = [
    "/bin/sh",
    "-c",
    `test -e README && echo "$KANBAN_TASK" >result && git add -A && git commit -qm done`,
  ];
  const identity = { GIT_AUTHOR_NAME: "w", GIT_AUTHOR_EMAIL: "w@localhost", GIT_COMMITTER_NAME: "w" };
  const env = { ...identity, GIT_COMMITTER_EMAIL: "w@localhost" };
  writeProfile(place, "coder", { command, env, workspace: "worktree", repo, complete_on_exit: true });
  const daemon = startProgram(place, ["daemon"]);
  await until(() => daemon.output() !== "", "the dispatcher");
  const board = openBoard(place.home.db, { actor: "judge" });
  const violations: string[] = [];
  try {
    for (let round = 1; round <= ROUNDS; round++) {
      const ids = Array.from(
        { length: AT_ONCE },
        (_, i) => createTask(board, { title: `${round}.${i}`, assignee: "coder" }).task.id,
      );
      await until(
        () => ids.every((id) => ["done", "blocked"].includes(getTask(board, id).status)),
        `round ${round}`,
        120_000,
      );
      for (const id of ids) {
        const runs = listRuns(board, id);
        if (runs.length === 1 && runs[0]!.outcome === "completed") continue;
        violations.push(
          `a task of round ${round} took ${runs.length} runs: ${runs.map((run) => run.error ?? run.outcome).join("; ")}`,
        );
      }
    }
    const { code } = await cli(place, ["gc", "--workspace-retention-days", "0"]);
    if (code !== 0) violations.push(`gc exited ${code}`);
    if (contents(theirs) !== before) violations.push("what git keeps of the user's absent worktree has changed");
    if ((await stop(daemon)) !== 0) violations.push("the dispatcher did not end well");
    return {
      violations: [...violations, ...violationsIn(place.home.db)],
      did: `${ROUNDS * AT_ONCE} worktrees, ${AT_ONCE} at once`,
    };
  } finally {
    daemon.kill("SIGKILL");
    closeBoard(board);
  }
}

/** Returns git's folder for a worktree whose own folder is away. */
function repositoryWithAbsentWorktree(repo: string, away: string): string {
  mkdirSync(repo);
  const git = (...args: string[]) => {
    const done = Bun.spawnSync(["git", "-c", "user.name=j", "-c", "user.email=j@localhost", "-C", repo, ...args]);
    if (done.exitCode !== 0) throw new Error(`git ${args.join(" ")}: ${done.stderr}`);
  };
  git("init", "-q", "-b", "main");
  writeFileSync(join(repo, "README"), "text\n");
  git("add", "-A");
  git("commit", "-qm", "first");
  git("worktree", "add", "-q", "-b", "theirs", away);
  renameSync(away, `${away}.gone`);
  return join(repo, ".git", "worktrees", "unplugged");
}

/** Every file of a folder with its content. */
function contents(folder: string): string {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return names
    .map(({ parentPath, name }) => `${name} ${readFileSync(join(parentPath, name)).toString("hex")}`)
    .sort()
    .join("\n");
}
