import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gitLinkOf } from "../../git_link.ts";
import { KanbanError, planWorktree, recordWorktree, worktreeAt } from "../../kernel/mod.ts";
import { type TestHome, testHome } from "../../testing/dispatcher.ts";
import { commit, git, gitStandIn, listing, newRepository, withEnvironment } from "../../testing/git.ts";
import { until } from "../../testing/mod.ts";
import { defaultWorktree, ensureWorktree } from "./worktree.ts";
import type { MakeOptions } from "./worktree_making.ts";
import { worktreeStatus } from "./worktree_status.ts";

let t: TestHome;
let root = "";
let repo = "";
const taskId = "t_00000001";
const at = (...names: string[]) => join(root, ...names);

beforeEach(() => {
  t = testHome();
  root = realpathSync(t.home.dir);
  repo = newRepository(at("re po"));
});
afterEach(() => t.close());

const ensure = (path: string, options: Partial<MakeOptions> = {}) =>
  ensureWorktree(t.board, t.home, { taskId, path, repo, branchPrefix: "kanban/", ...options });

/** The refusal of a promise, and that it changed nothing in the repository. */
async function refused(promise: Promise<unknown>): Promise<KanbanError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(KanbanError);
  return error as KanbanError;
}

describe("ensureWorktree()", () => {
  test("adds a worktree on a branch of its own that does not show in the main one", async () => {
    const path = defaultWorktree(repo, taskId);

    await ensure(path);

    expect(git(path, "branch", "--show-current")).toBe(`kanban/${taskId}`);
    expect(readFileSync(join(path, "README"), "utf8")).toBe("README");
    expect(git(path, "status", "--porcelain")).toBe("");
    expect(git(repo, "status", "--porcelain")).toBe("");
  });

  test("records where it came from [A2]", async () => {
    const path = defaultWorktree(repo, taskId);

    await ensure(path);

    expect(worktreeAt(t.board, path)).toEqual({
      path,
      repository: join(repo, ".git"),
      git_dir: join(repo, ".git", "worktrees", taskId),
      branch: `kanban/${taskId}`,
      base: git(repo, "rev-parse", "HEAD"),
      base_branch: "main",
      made_at: t.clock.ms,
    });
  });

  test("keeps the worktree and the work in it on retry, without starting git", async () => {
    const path = defaultWorktree(repo, taskId);
    await ensure(path);
    commit(path, "done");
    writeFileSync(join(path, "half"), "");

    await withEnvironment({ PATH: at("no git here") }, () => ensure(path));

    expect(existsSync(join(path, "done"))).toBe(true);
    expect(existsSync(join(path, "half"))).toBe(true);
  });

  test("comes back to its branch when the folder was deleted by hand", async () => {
    const path = defaultWorktree(repo, taskId);
    await ensure(path);
    commit(path, "done");
    rmSync(path, { recursive: true });

    await ensure(path);

    expect(existsSync(join(path, "done"))).toBe(true);
    expect(worktreeAt(t.board, path)).toMatchObject({ branch: `kanban/${taskId}`, made_at: t.clock.ms });
  });

  test("takes the repository that the path is in, else the one that is known of it, else the profile's [J10]", async () => {
    const [outside, sibling] = [at("outside", taskId), at("sibling")];
    planWorktree(t.board, { path: sibling, repository: join(repo, ".git") });

    await ensure(outside);
    await ensure(join(repo, "trees", "two"), { taskId: "t_00000002", repo: null });
    await ensure(sibling, { taskId: "t_00000003", repo: null });

    for (const path of [outside, join(repo, "trees", "two"), sibling])
      expect(gitLinkOf(path)).toMatchObject({ kind: "linked", repository: join(repo, ".git") });
  });

  test("refuses the main working tree itself, and a repository without a commit", async () => {
    const empty = at("empty");
    mkdirSync(empty);
    git(empty, "init", "-q");

    expect((await refused(ensure(repo, { repo: null }))).message).toContain(
      "it must be a linked worktree, it is the main working tree of a repository",
    );
    expect((await refused(ensure(join(empty, "x"), { repo: null }))).message).toContain(
      "its repository has no commit yet: HEAD names none",
    );
    expect(existsSync(join(empty, "x"))).toBe(false);
  });

  test("makes a branch that tracks none, with any settings of the user [J11]", async () => {
    git(repo, "config", "branch.autoSetupMerge", "always");
    const path = defaultWorktree(repo, taskId);

    await ensure(path);

    expect(git(repo, "for-each-ref", "--format=%(upstream)", `refs/heads/kanban/${taskId}`)).toBe("");
  });

  test("names its branch otherwise if a branch blocks the name, and as the settings say [J8]", async () => {
    git(repo, "branch", "kanban");
    git(repo, "branch", "a");
    const [one, two, three] = ["t_00000001", "t_00000002", "t_00000003"].map((id) => defaultWorktree(repo, id));

    await ensure(one!);
    await ensure(two!, { taskId: "t_00000002", branchPrefix: "agents/" });
    await ensure(three!, { taskId: "t_00000003", branchPrefix: "a/b/" });

    const branches = [one, two, three].map((path) => git(path!, "branch", "--show-current"));
    expect(branches).toEqual(["kanban-t_00000001", "agents/t_00000002", "a-b-t_00000003"]);
    git(repo, "branch", "-m", "kanban", "free");
    rmSync(one!, { recursive: true });
    await ensure(one!);
    expect(git(one!, "branch", "--show-current")).toBe("kanban-t_00000001");
  });

  test("names the top of a submodule when it is called inside of it [J7]", async () => {
    newRepository(at("lib"));
    git(repo, "submodule", "add", "-q", at("lib"), "lib");
    const path = defaultWorktree(join(repo, "lib"), taskId);

    await ensure(path, { repo: null });

    expect(gitLinkOf(path)).toMatchObject({ kind: "linked", repository: join(repo, ".git", "modules", "lib") });
    expect(readFileSync(join(path, "README"), "utf8")).toBe("README");
  });

  test("fills submodules where the main working tree has them, and says when that fails [J7]", async () => {
    newRepository(at("lib"));
    newRepository(at("origin"));
    git(at("origin"), "submodule", "add", "-q", at("lib"), "lib");
    git(at("origin"), "commit", "-qm", "with lib");
    git(root, "clone", "-q", "--recurse-submodules", at("origin"), "clone");
    git(root, "clone", "-q", at("origin"), "bare clone");
    const warnings: string[] = [];
    const warn = (line: string) => void warnings.push(line);

    await ensure(at("clone", ".worktrees", "a"), { warn });
    await ensure(at("bare clone", ".worktrees", "a"), { warn });
    expect(warnings).toEqual([]);
    expect(readFileSync(at("clone", ".worktrees", "a", "lib", "README"), "utf8")).toBe("README");
    expect(git(at("clone", ".worktrees", "a"), "status", "--porcelain")).toBe("");
    expect(readdirSync(at("bare clone", ".worktrees", "a", "lib"))).toEqual([]);

    renameSync(at("lib"), at("lib away"));
    await ensure(at("clone", ".worktrees", "b"), { taskId: "t_00000002", warn });
    expect(warnings).toEqual([
      expect.stringContaining(`worktree "${at("clone", ".worktrees", "b")}" lacks submodules: `),
    ]);
  });

  test("finishes one whose maker was killed before its files were there", async () => {
    const path = defaultWorktree(repo, taskId);
    git(repo, "worktree", "add", "-q", "--no-checkout", "-b", `kanban/${taskId}`, path);

    await ensure(path); // Killed before it was recorded.

    expect(git(path, "status", "--porcelain")).toBe("");
    const record = worktreeAt(t.board, path)!;
    expect(record).toMatchObject({ branch: `kanban/${taskId}`, made_at: t.clock.ms });
    recordWorktree(t.board, { ...record, made_at: null }); // Killed while it was filled.
    rmSync(join(path, "README"));
    writeFileSync(join(record.git_dir!, "index.lock"), "");
    await ensure(path);
    expect(git(path, "status", "--porcelain")).toBe("");
    expect(worktreeAt(t.board, path)!.made_at).toBe(t.clock.ms);
  });

  test.each([
    ["has written no link yet", () => ""],
    ["has written nothing but the link and its lock", (record: string) => `gitdir: ${record}\n`],
  ])("knows one that is half made where another git %s", async (_, link) => {
    const path = defaultWorktree(repo, taskId);
    const record = join(repo, ".git", "worktrees", taskId);
    for (const folder of [path, record]) mkdirSync(folder, { recursive: true });
    writeFileSync(join(record, "locked"), "initializing");
    writeFileSync(join(path, ".git"), link(record));

    expect((await refused(ensure(path))).message).toContain("it is incomplete: git");
    expect(readdirSync(path)).toEqual([".git"]);
    expect(readdirSync(record)).toEqual(["locked"]);
  });

  test("is ended by its signal, and git with it [A9]", async () => {
    const path = defaultWorktree(repo, taskId);
    const script = '[ $verb = worktree ] && { echo $$ >"$GIT_DIR/pid"; sleep 30; }';
    const stop = new AbortController();
    const making = withEnvironment({ PATH: gitStandIn(at("bin"), script) }, () =>
      ensure(path, { signal: stop.signal }),
    );
    await until(() => existsSync(join(repo, ".git", "pid")));

    stop.abort(new Error("the start took longer than 2 minutes"));

    expect(making).rejects.toThrow("the start took longer than 2 minutes");
    await making.catch(() => {});
    await t.untilGone(Number(readFileSync(join(repo, ".git", "pid"), "utf8")));
    await ensure(path);
  });
});

describe("a worktree whose files do not fit its record", () => {
  /** Makes it; then a refusal may change none of its files. */
  async function made(): Promise<string> {
    const path = at("tree");
    await ensure(path);
    return path;
  }
  const everything = () => ({ git: listing(join(repo, ".git")), record: worktreeAt(t.board, at("tree")) });

  test("is refused when its .git names another repository [A2]", async () => {
    const path = await made();
    newRepository(at("other"));
    git(at("other"), "worktree", "add", "-q", at("theirs"));
    const link = readFileSync(at("theirs", ".git"), "utf8");
    writeFileSync(join(path, ".git"), link);
    writeFileSync(join(/gitdir: (.*)/.exec(link)![1]!, "gitdir"), `${join(path, ".git")}\n`);
    const before = everything();

    const { message, hint } = await refused(ensure(path));

    expect(message).toContain("its .git names another repository than the one it was made in");
    expect(hint).toContain(`It was made in ${join(repo, ".git")}`);
    expect(everything()).toEqual(before);
  });

  test("is refused when its .git names a repository of its own, and its status says so [A2]", async () => {
    const path = await made();
    git(path, "init", "-q", "evil");
    writeFileSync(join(path, ".git"), `gitdir: ${join(path, "evil", ".git")}\n`);
    const before = everything();

    const { message, hint } = await refused(ensure(path));
    const look = await worktreeStatus(t.board, t.home, path);

    expect(message).toContain("its .git names a repository of its own");
    expect(hint).toContain(`git -C '${join(repo, ".git")}' worktree repair '${path}'`);
    expect(look).toMatchObject({ kind: "refused", problem: "its .git names a repository of its own" });
    rmSync(join(path, ".git"));
    expect(await worktreeStatus(t.board, t.home, path)).toMatchObject({ problem: "its .git file is missing" });
    expect(everything()).toEqual(before);
  });

  test("is refused when its .git is gone, or a pipe [A3]", async () => {
    const path = await made();
    rmSync(join(path, ".git"));
    const before = everything();

    expect((await refused(ensure(path))).message).toContain("its .git file is missing");
    Bun.spawnSync(["mkfifo", join(path, ".git")]);
    expect((await refused(ensure(path))).message).toContain("it is a pipe");

    expect(lstatSync(join(path, ".git")).isFIFO()).toBe(true);
    expect(everything()).toEqual(before);
  });

  test("differs from one whose repository was moved, and is used again when that is repaired [J6]", async () => {
    const path = await made();
    renameSync(repo, at("moved"));

    const { message, hint } = await refused(ensure(path));
    expect(message).toContain("its repository was removed or moved");
    expect(hint).toBe(`If it was moved, tell git: git -C REPO worktree repair '${path}'`);

    git(at("moved"), "worktree", "repair", path);
    await ensure(path);
    expect(worktreeAt(t.board, path)).toMatchObject({ repository: at("moved", ".git"), branch: `kanban/${taskId}` });
  });

  test("whose repository was moved before it was made is refused in the same words [J6]", async () => {
    planWorktree(t.board, { path: at("later"), repository: join(repo, ".git") });
    renameSync(repo, at("moved"));

    const { message } = await refused(ensure(at("later")));

    expect(message).toContain(`its repository was removed or moved, it was ${join(repo, ".git")}`);
    expect(existsSync(at("later"))).toBe(false);
  });
});
