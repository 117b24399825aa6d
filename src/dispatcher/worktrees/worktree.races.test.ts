import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { archiveTask, createTask, setWorkspacePath } from "../../kernel/mod.ts";
import { type TestHome, testHome } from "../../testing/dispatcher.ts";
import { commit, git, gitStandIn, listing, newRepository, withEnvironment } from "../../testing/git.ts";
import { collectWorkspaces } from "../collect.ts";
import { resolveWorkspace } from "./workspace.ts";
import { worktreeStatus } from "./worktree_status.ts";

setDefaultTimeout(120_000); // Many processes of git, and the machine may be busy.

let t: TestHome;
let root = "";
let repo = "";
beforeEach(() => {
  t = testHome();
  root = realpathSync(t.home.dir);
  repo = newRepository(join(root, "re po"));
});
afterEach(() => t.close());

/** What belongs to worktrees of tasks in a git folder. */
const OURS = /^(worktrees\/t_|(logs\/)?refs\/heads\/kanban|packed-refs$)/; // Git makes the last one when it deletes a branch.
const worktree = (path = "") => ({ workspace_kind: "worktree", workspace_path: path || null }) as const;

/** Starts a task in a worktree; the path, or why not. */
async function start(path: string | null): Promise<{ id: string; path: string; problem: string | null }> {
  const { task } = createTask(t.board, { title: "x", workspace_kind: "worktree", workspace_path: path });
  const place = path ?? join(repo, ".worktrees", task.id);
  const options = { ...task, workspace_path: place };
  const made = await resolveWorkspace(t.board, t.home, options, { repo }).catch((error: Error) => error);
  setWorkspacePath(t.board, task.id, place);
  return { id: task.id, path: place, problem: typeof made === "string" ? null : made.message };
}

const collect = (dryRun: boolean) => collectWorkspaces(t.board, t.home, { logRetentionMs: Infinity, dryRun });

describe("worktrees of one repository", () => {
  test("twelve at once, three times: no start fails, and nothing of the user's is touched [J3]", async () => {
    git(repo, "worktree", "add", "-q", "--detach", join(root, "theirs"));
    rmSync(join(root, "theirs"), { recursive: true });
    const before = listing(join(repo, ".git"), OURS);
    t.script("true", { workspace: "worktree", repo });
    const d = t.dispatcher({ maxWorkers: 1_000 });

    for (let round = 1; round <= 3; round++) {
      const tasks = Array.from({ length: 12 }, () => t.ready());
      await t.pass(d);
      for (const { id } of tasks) {
        expect(t.kinds(id)).toEqual(["created", "claimed", "spawned"]);
        expect(readFileSync(join(repo, ".worktrees", id, "README"), "utf8")).toBe("README");
      }
    }

    expect(t.warnings).toEqual([]);
    expect(listing(join(repo, ".git"), OURS)).toEqual(before);
  });

  test("made by two processes of two homes at once: none fails [J3]", async () => {
    const source = `
      const { testHome } = await import(${JSON.stringify(join(import.meta.dir, "../../testing/dispatcher.ts"))});
      const { resolveWorkspace } = await import(${JSON.stringify(join(import.meta.dir, "workspace.ts"))});
      const t = testHome();
      const made = Array.from({ length: 4 }, () => {
        const task = t.ready({ workspace_kind: "worktree" });
        return resolveWorkspace(t.board, t.home, task, { repo: ${JSON.stringify(repo)} });
      });
      await Promise.all(made);
      t.close();
      process.exit(0);`;

    const children = [1, 2].map(() =>
      Bun.spawn([process.execPath, "-e", source], { stdout: "inherit", stderr: "pipe" }),
    );
    const ends = await Promise.all(children.map(async ({ exited, stderr }) => [await exited, await stderr.text()]));

    expect(ends).toEqual([
      [0, ""],
      [0, ""],
    ]);
    expect(git(repo, "worktree", "list").split("\n").length).toBe(9);
  });

  test("a race that is lost to another git is tried again, and is no failure [J3]", async () => {
    const tries = join(root, "tries");
    const lost = `if [ $verb = worktree ]; then
      echo x >>'${tries}'
      [ $(wc -l <'${tries}') -lt 4 ] && { echo "fatal: failed to read .git/worktrees/x/commondir: Success" >&2; exit 128; }
    fi`;

    const made = await withEnvironment({ PATH: gitStandIn(join(root, "bin"), lost) }, () => start(null));

    expect(made.problem).toBeNull();
    expect(readFileSync(tries, "utf8")).toBe("x\nx\nx\nx\n");
  });
});

/** Worktrees of the user, each in a state that a repository-wide command, or a careless one, would destroy. */
const FOREIGN: Record<string, (path: string) => void> = {
  absent: (path) => rmSync(path, { recursive: true }),
  "absent and locked": (path) => {
    git(repo, "worktree", "lock", "--reason", "on a stick", path);
    rmSync(path, { recursive: true });
  },
  locked: (path) => git(repo, "worktree", "lock", path),
  "in the middle of a rebase": (path) => {
    git(path, "switch", "-qc", "rebased", "HEAD~1");
    commit(path, "README", "ours");
    expect(() => git(path, "rebase", "main")).toThrow("could not apply");
  },
  "on no branch, with commits and staged files": (path) => {
    commit(path, "alone");
    writeFileSync(join(path, "staged"), "x");
    git(path, "add", "staged");
  },
};

function plant(): Record<string, string> {
  commit(repo, "README", "second");
  const places: Record<string, string> = {};
  Object.entries(FOREIGN).forEach(([state, bring], i) => {
    const path = (places[state] = join(root, `theirs ${i}`));
    git(repo, "worktree", "add", "-q", "--detach", path);
    bring(path);
  });
  return places;
}

describe("the user's own worktrees", () => {
  const everything = (places: Record<string, string>, without?: RegExp) => [
    listing(join(repo, ".git"), without),
    ...Object.values(places).map((path) => (existsSync(path) ? listing(path) : null)),
  ];

  test("are as they were after each verb on a task's worktree beside them [J1]", async () => {
    const places = plant();
    const before = everything(places, OURS);
    const verbs: Record<string, () => Promise<unknown>> = {};
    let made = { id: "", path: "", problem: null as string | null };
    verbs["start"] = async () => (made = await start(null));
    verbs["show"] = () => worktreeStatus(t.board, t.home, made.path);
    verbs["start again, deleted by hand"] = async () => {
      rmSync(made.path, { recursive: true });
      await start(made.path);
      archiveTask(t.board, made.id);
    };
    verbs["gc --dry-run"] = () => collect(true);
    verbs["gc"] = () => collect(false);

    for (const [verb, run] of Object.entries(verbs)) {
      await run();
      expect([verb, ...everything(places, OURS)]).toEqual([verb, ...before]);
    }

    expect(made.problem).toBeNull();
    expect(existsSync(made.path)).toBe(false);
  });

  test.each(Object.keys(FOREIGN))(
    "that is %s is as it was after each verb on a task that is worked on in it [J1]",
    async (state) => {
      const places = plant();
      const path = places[state]!;
      const before = everything(places);

      const made = await start(path);
      expect(everything(places)).toEqual(before);
      const look = await worktreeStatus(t.board, t.home, path);
      expect(everything(places)).toEqual(before);
      archiveTask(t.board, made.id);
      const dry = await collect(true);
      expect(everything(places)).toEqual(before);
      const run = await collect(false);
      expect(everything(places)).toEqual(before);

      expect(run).toEqual(dry);
      expect(run.worktrees).toEqual([]);
      if (state.startsWith("absent")) {
        expect(made.problem).toContain("whose folder is gone");
        expect(look.kind).toBe("none");
      } else {
        expect(made.problem).toBeNull();
        expect(look.kind).toBe("found");
        expect(run.kept).toEqual([{ path, reason: expect.any(String), task_id: made.id }]);
      }
    },
  );
});

const SUBCOMMANDS = [
  ...["worktree", "rev-parse", "config", "for-each-ref", "reset", "symbolic-ref", "merge-base", "status", "ls-files"],
  ...["rev-list", "show-ref", "branch", "cherry", "commit-tree", "diff-tree", "submodule"],
];

describe("another git", () => {
  test("of which any command fails makes nothing half, and takes nothing for merged or clean [J5]", async () => {
    const [ahead, conflicting] = [await start(null), await start(null)];
    for (const { path } of [ahead, conflicting]) commit(path, "work");
    commit(repo, "work", "other");
    for (const { id } of [ahead, conflicting]) archiveTask(t.board, id);
    const bin = join(root, "bin");

    for (const verb of SUBCOMMANDS) {
      const words = `no ${verb} today`;
      const merged = await start(null);
      archiveTask(t.board, merged.id);
      const PATH = gitStandIn(bin, `[ "$verb" = ${verb} ] && { echo "fatal: ${words}" >&2; exit 128; }`);

      const { next, gone } = await withEnvironment({ PATH }, async () => ({
        next: await start(null),
        gone: await collect(false),
      }));

      const kept = Object.fromEntries(gone.kept.map(({ path, reason }) => [path, reason]));
      const unmerged = /has commits that are neither merged nor pushed$/;
      for (const { path } of [ahead, conflicting]) {
        expect(readFileSync(join(path, "work"), "utf8")).toBe("work");
        if (kept[path] !== words) expect([verb, kept[path]]).toEqual([verb, expect.stringMatching(unmerged)]);
      }
      expect([verb, existsSync(merged.path)]).toEqual([verb, kept[merged.path] === words]);
      if (next.problem !== null) expect(next.problem).toEndWith(`: ${words}`);
      // As soon as it works again, what was begun is finished.
      await resolveWorkspace(t.board, t.home, { id: next.id, ...worktree(next.path) }, { repo });
      expect([verb, git(next.path, "status", "--porcelain")]).toEqual([verb, ""]);
    }
  });

  test("that knows nothing newer than 2.30 is enough for all of it [J2]", async () => {
    const old = `[ "$verb" = version ] && { echo "git version 2.30.2"; exit; }
for word in "$@"; do
  case "$verb $word" in
    status\\ -z | ls-files\\ -z | diff-tree\\ -z | config\\ -z) ;;
    *\\ -z | *\\ --path-format* | *\\ --write-tree | *\\ --orphan | *\\ --reason* | *\\ --relative-paths | *\\ --exists)
      echo "error: unknown option $word" >&2; exit 129 ;;
  esac
done`;
    const PATH = gitStandIn(join(root, "bin"), old);

    await withEnvironment({ PATH }, async () => {
      const made = await start(null);
      expect(made.problem).toBeNull();
      commit(made.path, "work");
      expect(await worktreeStatus(t.board, t.home, made.path)).toMatchObject({
        kind: "found",
        status: { commits_ahead: 1, merged: false },
      });
      git(repo, "merge", "-q", "--squash", `kanban/${made.id}`);
      git(repo, "commit", "-qm", "squashed");
      archiveTask(t.board, made.id);
      expect((await collect(false)).worktrees).toEqual([{ task_id: made.id, path: made.path, loses: null }]);
    });
  });

  test.each([
    ["is not there", "no git", "git is not installed, or not on PATH"],
    [
      "is too old",
      '[ "$verb" = version ] && { echo "git version 2.25.1"; exit; }',
      "git 2.25.1 is too old, it must be 2.30 or newer",
    ],
    [
      "finds another owner",
      '[ "$verb" = rev-parse ] && { echo "fatal: detected dubious ownership in repository at \'/r\'" >&2; exit 128; }',
      'git refuses "/r": it belongs to another user',
    ],
  ])("that %s is named in true words, and nothing is left [J2]", async (_, script, words) => {
    const before = listing(repo);
    const folder = join(root, "bin");
    if (script === "no git") mkdirSync(folder);
    const PATH = script === "no git" ? folder : gitStandIn(folder, script);

    const { problem } = await withEnvironment({ PATH }, () => start(null));

    expect(problem).toEndWith(`: ${words}`);
    expect(listing(repo)).toEqual(before);
  });
});
