import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { archiveTask, setWorkspacePath } from "../../kernel/mod.ts";
import { type TestHome, testHome } from "../../testing/dispatcher.ts";
import { commit, git, newRepository, withEnvironment } from "../../testing/git.ts";
import { collectWorkspaces } from "../collect.ts";
import { ensureWorktree } from "../worktrees/worktree.ts";
import { removeWorktree } from "../worktrees/worktree_removal.ts";
import { worktreeStatus } from "../worktrees/worktree_status.ts";

let t: TestHome;
let root = "";
let repo = "";
let tree = "";
const at = (...names: string[]) => join(root, ...names);
const DAY_MS = 86_400_000;

beforeEach(async () => {
  t = testHome();
  root = realpathSync(t.home.dir);
  repo = newRepository(at("repo"));
  mkdirSync(at("ran"));
  tree = await start();
});
afterEach(() => t.close());

/** What the dispatcher does before it starts a worker in a worktree. Returns the path. */
async function start(signal?: AbortSignal): Promise<string> {
  const { id } = t.ready({ workspace_kind: "worktree" });
  const path = join(repo, ".worktrees", id);
  await ensureWorktree(t.board, t.home, { taskId: id, path, repo, branchPrefix: "kanban/", signal });
  setWorkspacePath(t.board, id, path);
  return path;
}

const taskOf = (path: string) => path.slice(-10);

/** A program that notes that it ran. */
function program(name: string, rest = "cat"): string {
  const path = at(`program ${name}`);
  writeFileSync(path, `#!/bin/sh\ntouch '${at("ran", name)}'\n${rest}\n`);
  chmodSync(path, 0o755);
  return path;
}

const ran = () => readdirSync(at("ran")).sort();

/** Everything that a worker could have git run, in all the places where it may write. */
function plant(): void {
  const set = (name: string, value: string) => git(repo, "config", name, value);
  const quoted = (name: string) => `'${program(name)}'`;
  set("core.fsmonitor", quoted("fsmonitor"));
  set("core.sshCommand", program("ssh"));
  set("core.pager", program("pager"));
  set("core.editor", program("editor"));
  set("core.alternateRefsCommand", program("alternates"));
  set("diff.external", program("diff"));
  set("alias.status", `!'${program("alias")}'`);
  set("credential.helper", `!'${program("credential")}'`);
  set("submodule.lib.update", `!'${program("submodule")}'`);
  set("extensions.partialClone", "origin");
  set("remote.origin.url", `ext::${program("ext")}`);
  set("remote.origin.promisor", "true");
  for (const kind of ["clean", "smudge"]) set(`filter.theirs.${kind}`, quoted(kind));
  for (const hook of ["post-checkout", "reference-transaction", "post-index-change", "pre-auto-gc"])
    symlinkSync(program(hook, "exit 0"), join(repo, ".git", "hooks", hook));
  writeFileSync(join(repo, ".git", "info", "attributes"), "* filter=theirs\n");
  set("extensions.worktreeConfig", "true");
  const own = join(repo, ".git", "worktrees", taskOf(tree));
  writeFileSync(join(own, "config.worktree"), `[core]\n\tfsmonitor = ${JSON.stringify(quoted("own fsmonitor"))}\n`);
}

/** Files whose state git can find only by reading them. */
function touch(): void {
  utimesSync(join(tree, "README"), new Date(), new Date(Date.now() - 60_000));
}

describe("reading, making and removing a worktree", () => {
  test("runs nothing that a worker planted in the repository [A1]", async () => {
    plant();
    touch();
    // The plants are sharp: what a worker or a person does by hand runs them.
    git(tree, "status");
    git(repo, "worktree", "add", "-q", at("sharp"));
    const sharp = [
      "clean",
      "fsmonitor",
      "own fsmonitor",
      "post-checkout",
      "post-index-change",
      "reference-transaction",
    ];
    expect(ran()).toEqual([...sharp, "smudge"]);
    for (const name of ran()) rmSync(at("ran", name));
    touch();

    const look = await worktreeStatus(t.board, t.home, tree);
    const dry = await removeWorktree(t.board, t.home, tree, { dryRun: true });
    const next = await start();
    const removed = await removeWorktree(t.board, t.home, tree);

    expect(look).toMatchObject({ kind: "found", status: { changed_files: [], merged: true } });
    expect([dry, removed]).toEqual([
      { kept: null, loses: null },
      { kept: null, loses: null },
    ]);
    expect(readFileSync(join(next, "README"), "utf8")).toBe("README");
    expect(existsSync(tree)).toBe(false);
    expect(ran()).toEqual([]);
  });

  test("fetches nothing by the program of a repository that lacks the commit of a branch [A1]", async () => {
    const set = (name: string, value: string) => git(repo, "config", name, value);
    set("core.repositoryFormatVersion", "1");
    set("extensions.partialClone", "origin");
    set("remote.origin.promisor", "true");
    set("remote.origin.url", repo);
    set("remote.origin.uploadpack", `'${program("upload-pack", "exit 1")}'`);
    const { id } = t.ready({ workspace_kind: "worktree" });
    const branch = join(repo, ".git", "refs", "heads", "kanban", id);
    const lacking = "1234567890".repeat(4);
    writeFileSync(branch, `${lacking}\n`);
    expect(() => git(repo, "cat-file", "-e", lacking)).toThrow();
    expect(ran()).toEqual(["upload-pack"]); // It is sharp.
    rmSync(at("ran", "upload-pack"));

    const path = join(repo, ".worktrees", id);
    const options = { taskId: id, path, repo, branchPrefix: "kanban/" };
    const refused = await ensureWorktree(t.board, t.home, options).catch((error: Error) => error.message);

    expect(refused).toContain("Cannot use worktree");
    expect(existsSync(path)).toBe(false);
    expect(readFileSync(branch, "utf8")).toBe(`${lacking}\n`);
    expect(ran()).toEqual([]);
  });

  test("runs no filter of a repository when it fills a worktree, and those of the user's own settings [A1]", async () => {
    const mine = [`smudge = "'${program("mine", "tr a-z A-Z")}'"`, `clean = "'${program("my clean", "tr A-Z a-z")}'"`];
    writeFileSync(at(".gitconfig"), `[filter "mine"]\n\t${mine.join("\n\t")}\n`);
    commit(repo, "low", "text");
    commit(repo, ".gitattributes", "low filter=mine\nREADME filter=theirs\n");
    for (const kind of ["smudge", "process"]) git(repo, "config", `filter.theirs.${kind}`, `'${program(kind)}'`);
    git(repo, "config", "filter.theirs.required", "true");

    const path = await withEnvironment({ HOME: root }, () => start());

    expect(ran()).toEqual(["mine"]);
    expect(readFileSync(join(path, "low"), "utf8")).toBe("TEXT");
    expect(readFileSync(join(path, "README"), "utf8")).toBe("README");
    utimesSync(join(path, "low"), new Date(), new Date(Date.now() - 60_000));
    const look = await withEnvironment({ HOME: root }, () => worktreeStatus(t.board, t.home, path));
    expect(ran()).toEqual(["mine"]);
    // Without its filter, git cannot see that it is unchanged.
    expect(look).toMatchObject({ kind: "found", status: { changed_files: ["low"] } });
  });

  test("clears away views that a killed process left", async () => {
    const place = join(t.home.run, "views");
    for (const name of ["git-old", "git-new"]) mkdirSync(join(place, name));
    utimesSync(join(place, "git-old"), new Date(), new Date(Date.now() - 2 * 3_600_000));

    await worktreeStatus(t.board, t.home, tree);

    expect(readdirSync(place)).toEqual(["git-new"]);
  });

  test("runs nothing of repositories inside of the worktree [A1]", async () => {
    for (const name of ["nested", "module"]) {
      const inner = newRepository(join(tree, name));
      git(inner, "config", "core.fsmonitor", `'${program(`${name} fsmonitor`)}'`);
      git(inner, "config", "filter.x.clean", `'${program(`${name} clean`)}'`);
      writeFileSync(join(inner, ".git", "info", "attributes"), "* filter=x\n");
      utimesSync(join(inner, "README"), new Date(), new Date(Date.now() - 60_000));
    }
    git(tree, "-c", "advice.addEmbeddedRepo=false", "add", "module");
    git(tree, "commit", "-qm", "a module");
    git(tree, "status");
    expect(ran()).toEqual(["module clean", "module fsmonitor"]);
    for (const name of ran()) rmSync(at("ran", name));
    utimesSync(join(tree, "module", "README"), new Date(), new Date(Date.now() - 90_000));

    const look = await worktreeStatus(t.board, t.home, tree);

    // A repository of its own may hold work that is nowhere else.
    expect(look).toMatchObject({ kind: "found", status: { changed_files: ["nested/", "module"] } });
    expect((await removeWorktree(t.board, t.home, tree)).kept).toContain("it has changed files: nested/, module");
    expect(ran()).toEqual([]);
  });

  test("starts no git in a repository that a worker put in the place of its own [A2]", async () => {
    const common = join(tree, ".g", "common");
    git(root, "clone", "-q", "--bare", repo, common);
    git(common, "config", "core.fsmonitor", `'${program("hostile")}'`);
    mkdirSync(join(common, "worktrees", "x"), { recursive: true });
    writeFileSync(join(common, "worktrees", "x", "HEAD"), "ref: refs/heads/main\n");
    writeFileSync(join(common, "worktrees", "x", "commondir"), "../..\n");
    writeFileSync(join(common, "worktrees", "x", "gitdir"), `${join(tree, ".git")}\n`);
    writeFileSync(join(tree, ".git"), `gitdir: ${join(common, "worktrees", "x")}\n`);
    git(tree, "status");
    expect(ran()).toEqual(["hostile"]);
    rmSync(at("ran", "hostile"));
    archiveTask(t.board, taskOf(tree));

    const look = await worktreeStatus(t.board, t.home, tree);
    const { kept } = await collectWorkspaces(t.board, t.home, { logRetentionMs: DAY_MS });

    const problem = "its .git names a repository inside of it";
    expect(look).toMatchObject({ kind: "refused", problem });
    expect(kept).toEqual([{ path: tree, reason: problem, task_id: taskOf(tree) }]);
    expect(ran()).toEqual([]);
  });

  test.each(["config", "HEAD", "index", "packed-refs", "refs/heads/main", "info/exclude", "shallow", "locked"])(
    "does not wait for a pipe in the place of %s [A3]",
    async (name) => {
      const own = join(repo, ".git", "worktrees", taskOf(tree));
      const path = join(["HEAD", "index", "locked"].includes(name) ? own : join(repo, ".git"), name);
      rmSync(path, { force: true });
      Bun.spawnSync(["mkfifo", path]);
      const before = performance.now();

      const look = await worktreeStatus(t.board, t.home, tree, { signal: AbortSignal.timeout(500) });
      const [removal] = await Promise.all([
        removeWorktree(t.board, t.home, tree, { dryRun: true, signal: AbortSignal.timeout(500) }),
      ]);
      const made = await start(AbortSignal.timeout(500)).catch((error: Error) => error.message);

      // What is of no consequence is passed over; for all else there is an answer in words, and soon.
      expect(["found", "refused"]).toContain(look.kind);
      if (look.kind === "refused") expect(look.problem).not.toBe("");
      expect(removal).toHaveProperty("kept");
      expect(made).not.toBe("");
      expect(performance.now() - before).toBeLessThan(12_000);
    },
  );

  test.each([
    ["a pipe", "gitdir"],
    ["a link to a pipe", "HEAD"],
  ])(
    "%s that another worker left in the repository ends a start and a removal at once, and says where [A3]",
    async (what, name) => {
      const pipe = join(repo, ".git", "worktrees", taskOf(await start()), name);
      rmSync(pipe);
      Bun.spawnSync(["mkfifo", what === "a pipe" ? pipe : at("fifo")]);
      if (what !== "a pipe") symlinkSync(at("fifo"), pipe);

      const made = await start().catch((error: Error) => error.message);
      const removal = await removeWorktree(t.board, t.home, tree);

      const words = `"${pipe}" is not a file of git`;
      expect(made).toEndWith(words);
      expect(removal).toEqual({ kept: words });
      expect(existsSync(tree)).toBe(true);
    },
  );

  test("reads no file that the configuration includes [A3]", async () => {
    Bun.spawnSync(["mkfifo", at("pipe")]);
    appendFileSync(join(repo, ".git", "config"), `[include]\n\tpath = "${at("pipe")}"\n`);

    expect(await worktreeStatus(t.board, t.home, tree)).toMatchObject({ kind: "found", status: { merged: true } });
  });

  test("leaves no view behind, also when git fails", async () => {
    writeFileSync(join(repo, ".git", "config"), "[core");

    expect(await worktreeStatus(t.board, t.home, tree)).toMatchObject({ kind: "refused" });

    expect(readdirSync(join(t.home.run, "views"))).toEqual([]);
  });
});
