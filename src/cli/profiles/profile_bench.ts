/**
 * Where a profile is tested: a home of its own with a board, and for an agent a repository to commit in.
 *
 * It lies below the real home and not in the temporary folder: that is open to most sandboxes, so a worker
 * that may write nowhere else would pass there and fail at its first task.
 *
 * @module
 */
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, symlinkSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { makeTrialRepository } from "../../dispatcher/mod.ts";
import { discard } from "../../files.ts";
import { environment, type Home, homeOf, prepareHome } from "../../home.ts";
import { ofHome } from "../../home_trouble.ts";
import { type Board, closeBoard, createTask, openBoard, type Task } from "../../kernel/mod.ts";
import { COMMIT, REMARK } from "./profile_checks.ts";
import type { Sought } from "./profile_program.ts";

export interface Bench {
  readonly home: Home;
  readonly board: Board;
  /** The repository of the test; null if the profile has none. */
  readonly repository: string | null;
  close(options: { keep: boolean }): void;
}

/** A test that was killed leaves its folder; the next one removes it after a day. */
const LEFT_MS = 24 * 3_600_000;

/** Makes the home of a test, with the profiles and skills of the real one. */
export function makeBench(real: Home, { repository }: { repository: boolean }): Bench {
  const tests = join(real.run, "profile-tests");
  ofHome(tests, () => mkdirSync(tests, { recursive: true, mode: 0o700 }));
  removeOld(tests);
  const dir = resolve(ofHome(tests, () => mkdtempSync(join(tests, "test-"))));
  const home = homeOf({ ...environment(), KANBAN_HOME: dir, KANBAN_DB: undefined });
  prepareHome(home);
  rmdirSync(home.profiles);
  symlinkSync(real.profiles, home.profiles);
  symlinkSync(real.skills, home.skills);
  const board = openBoard(home.db, { actor: "profile-test" });
  return {
    home,
    board,
    repository: repository ? join(dir, "repository") : null,
    close({ keep }) {
      closeBoard(board);
      if (!keep) discard(dir);
    },
  };
}

/**
 * Makes the task of a test and its place. A folder that the task names wins over the profile's own workspace,
 * which the test must not touch. A program that its profile names relative to the workspace is lent to that.
 *
 * @returns The task, or why there is no repository for it.
 */
export async function makeTask(
  { home, board, repository }: Bench,
  { name, seconds, sought }: { name: string; seconds: number; sought: Sought },
): Promise<Task | { readonly trouble: string }> {
  const folder = join(home.workspaces, "test");
  lendProgram(repository ?? folder, sought);
  const failure = repository === null ? null : await makeTrialRepository(repository);
  if (failure !== null) return { trouble: failure.words };
  const place =
    repository === null
      ? ({ workspace_kind: "dir", workspace_path: folder } as const)
      : ({ workspace_kind: "worktree", workspace_path: join(repository, ".worktrees", "test") } as const);
  const body = repository === null ? SMALL : WHOLE;
  return createTask(board, { title: TITLE, body, assignee: name, max_runtime_seconds: seconds, ...place }).task;
}

const TITLE = "Test of a profile";
const SMALL = `This task only tests whether a worker can be started and reach the board.
Change no files. Read this task with kanban_show, then end it with kanban_complete; let the summary be one short sentence about which agent you are.`;
const WHOLE = `This task only tests whether a worker of this profile can do its work. Do these five things in this order and nothing else; when one of them fails, go on with the next.

1. Read this task with kanban_show.
2. Write the comment "${REMARK.tool}" on this task with kanban_comment.
3. Run in your shell: "$KANBAN_BIN" comment "$KANBAN_TASK" "${REMARK.shell}"
4. Run in your shell, in your workspace: echo works > profile-test.txt && git add profile-test.txt && git commit -m "${COMMIT}"
5. End this task with kanban_complete; let the summary be one short sentence about which agent you are and which of these failed.`;

function lendProgram(folder: string, { name, program }: Sought): void {
  const place = resolve(folder, name);
  if (program === null || !name.includes("/") || !place.startsWith(`${folder}/`)) return;
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(program, place);
}

function removeOld(tests: string): void {
  for (const name of readdirSync(tests)) {
    const changed = lstatSync(join(tests, name), { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
    if (Date.now() - changed > LEFT_MS) discard(join(tests, name));
  }
}
