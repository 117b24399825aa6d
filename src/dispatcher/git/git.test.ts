import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gitStandIn, newRepository, withEnvironment } from "../../testing/git.ts";
import { tempDir, until } from "../../testing/mod.ts";
import { checkGit, git, reasonIn } from "./git.ts";
import { systemProcesses } from "../processes/liveness.ts";

const dir = tempDir();
const at = (name: string) => join(realpathSync(dir.path), name);
let repo = "";
let stands = 0;
beforeAll(() => {
  repo = newRepository(at("repo"));
});
afterAll(() => dir.remove());

/** Runs `fn` where git is a script. */
const asGit = <T>(script: string, fn: () => Promise<T>) =>
  withEnvironment({ PATH: gitStandIn(at(`bin${++stands}`), script) }, fn);

describe("git()", () => {
  test("answers with what git printed and how it ended", async () => {
    expect(await git(["rev-parse", "--show-toplevel"], { cwd: repo })).toEqual({
      kind: "ok",
      code: 0,
      out: `${repo}\n`,
    });
    const quiet = ["show-ref", "--verify", "--quiet", "refs/heads/none"];
    expect(await git(quiet, { cwd: repo, answers: [1] })).toEqual({ kind: "ok", code: 1, out: "" });
    expect(await git(quiet, { cwd: repo })).toEqual({
      kind: "failed",
      words: "git show-ref ended with status 1 without a word",
    });
  });

  test("distinguishes a folder of no repository, a refusal and another owner [J2]", async () => {
    const outside = { cwd: "/", env: { GIT_CEILING_DIRECTORIES: "/" } };

    expect(await git(["rev-parse", "HEAD"], outside)).toEqual({
      kind: "not_a_repository",
      words: "it is not a git repository",
    });
    expect(await git(["rev-parse", "--verify", "none"], { cwd: repo })).toEqual({
      kind: "failed",
      words: "Needed a single revision",
    });
    for (const [words, program] of [
      [`detected dubious ownership in repository at '${repo}'`, "newer"],
      [`unsafe repository ('${repo}' is owned by someone else)`, "2.35.2"],
    ]) {
      const script = `[ $verb = rev-parse ] && { echo "fatal: ${words}" >&2; exit 128; } # ${program}`;
      expect(await asGit(script, () => git(["rev-parse", "HEAD"], { cwd: repo }))).toEqual({
        kind: "dubious_ownership",
        words: `git refuses "${repo}": it belongs to another user`,
        hint: `If you trust it: git config --global --add safe.directory '${repo}'`,
      });
    }
  });

  test.skipIf(process.getuid?.() !== 0)("knows a repository of another user [J2]", async () => {
    const theirs = newRepository(at("theirs"));
    Bun.spawnSync(["chown", "-R", "65534:65534", theirs]);

    expect(await git(["rev-parse", "HEAD"], { cwd: theirs })).toMatchObject({ kind: "dubious_ownership" });
  });

  test("says that there is no git, or one that is too old [J2]", async () => {
    mkdirSync(at("empty"));
    writeFileSync(at("git"), "#!/bin/sh\ntouch ran\n");
    chmodSync(at("git"), 0o755);

    // A relative folder would be looked up where a worker writes.
    const none = await withEnvironment({ PATH: `${at("empty")}:.:` }, () => git(["status"], { cwd: at(".") }));
    const old = await asGit('[ $verb = version ] && { echo "git version 2.29.2"; exit; }', () => checkGit());
    const other = await asGit("echo hello; exit", () => checkGit());

    expect(existsSync(at("ran"))).toBe(false);
    expect(none).toEqual({
      kind: "no_git",
      words: "git is not installed, or not on PATH",
      hint: "Install git 2.30 or newer",
    });
    expect(old).toEqual({
      kind: "too_old",
      words: "git 2.29.2 is too old, it must be 2.30 or newer",
      hint: "Install git 2.30 or newer",
    });
    expect(other).toMatchObject({ kind: "failed", words: expect.stringContaining("prints no version") });
    expect(await asGit('[ $verb = version ] && { echo "git version 2.30.2.windows.1"; exit; }', checkGit)).toEqual({
      kind: "ok",
      version: "2.30.2.windows.1",
    });
  });

  test("gets an allow-listed environment and its safe settings [A1]", async () => {
    const secret = { AWS_SECRET: "x", GIT_DIR: "/hostile", GIT_CONFIG_COUNT: "1", SSH_AUTH_SOCK: "/s", EDITOR: "vi" };
    const script = '[ $verb = env ] && { tr "\\\\0" "\\\\n" </proc/self/environ; echo "$@"; exit; }';
    const PATH = gitStandIn(at("bin env"), script);
    const shown = async (network: boolean) => {
      const ran = await withEnvironment({ ...secret, PATH }, () =>
        git(["env"], { cwd: repo, env: { GIT_WORK_TREE: "/mine" }, network }),
      );
      return ran.kind === "ok" ? ran.out : ran.words;
    };

    const out = await shown(false);

    const names = out.split("\n").flatMap((line) => /^([A-Za-z_]+)=/.exec(line)?.[1] ?? []);
    const known = ["PATH", "HOME", "XDG_CONFIG_HOME", "TMPDIR", "LC_ALL", "GIT_TERMINAL_PROMPT", "GIT_ASKPASS"];
    known.push("GIT_NO_LAZY_FETCH", "GIT_ALLOW_PROTOCOL");
    expect(names.filter((name) => ![...known, "GIT_WORK_TREE", "PWD"].includes(name))).toEqual([]);
    expect(out).toContain("-c core.fsmonitor= -c core.hooksPath=/dev/null");
    expect(await shown(true)).toContain("SSH_AUTH_SOCK=/s");
  });

  test("waits for the process, not for what it left in the background [A9]", async () => {
    const script = '[ $verb = left ] && { sleep 30 & echo $! >"$PWD/left"; echo done; exit; }';
    const before = performance.now();

    const ran = await asGit(script, () => git(["left"], { cwd: at(".") }));

    expect(ran).toEqual({ kind: "ok", code: 0, out: "done\n" });
    expect(performance.now() - before).toBeLessThan(5_000);
    process.kill(Number(await Bun.file(at("left")).text()), "SIGKILL");
  });

  test("ends the whole group at its deadline, and when the caller stops [A9]", async () => {
    const script = '[ $verb = hang ] && { sleep 30 & echo $! >"$PWD/child"; echo $$ >"$PWD/self"; wait; }';
    const gone = (pid: number) => systemProcesses().look(pid) === null;
    const pidIn = async (name: string) => Number(await Bun.file(at(name)).text());

    const late = await asGit(script, () => git(["hang"], { cwd: at("."), deadlineMs: 200 }));

    expect(late).toEqual({ kind: "stopped", words: "git hang took longer than 1 s" });
    for (const name of ["self", "child"]) await until(async () => gone(await pidIn(name)), { what: `${name} to end` });

    const stop = new AbortController();
    const running = asGit(script, () => git(["hang"], { cwd: at("."), signal: stop.signal }));
    await until(async () => !gone(await pidIn("self")), { what: "git to hang" });
    stop.abort(new Error("the start took too long"));
    expect(await running).toEqual({ kind: "stopped", words: "git hang was stopped: the start took too long" });
    expect(await git(["status"], { cwd: repo, signal: stop.signal })).toMatchObject({ kind: "stopped" });
  });

  test("holds no more than its limit of what git prints [A6]", async () => {
    const flood =
      "[ $verb = flood ] && { yes 2>/dev/null; exit; }; [ $verb = moan ] && { yes | head -c 900000 >&2; exit 1; }";

    const ran = await asGit(flood, () => git(["flood"], { cwd: at("."), bytesMax: 100_000 }));
    const moaned = await asGit(flood, () => git(["moan"], { cwd: at(".") }));

    expect(ran).toEqual({ kind: "failed", words: "git flood printed too much" });
    expect(moaned).toEqual({ kind: "failed", words: "y; y; y; y; y" });
  });
});

describe("reasonIn()", () => {
  test("is the line that says why, else the last five [J5]", () => {
    const locked = `fatal: Unable to create '/r/.git/index.lock': File exists.

Another git process seems to be running in this repository, e.g.
an editor opened by 'git commit'. Please make sure all processes
are terminated then try again. If it still fails, a git process
may have crashed in this repository earlier:
remove the file manually to continue.
`;
    expect(reasonIn(locked)).toBe("Unable to create '/r/.git/index.lock': File exists.");
    expect(reasonIn("Preparing worktree\nerror: cannot lock ref\nfatal: it failed\n")).toBe("it failed");
    expect(reasonIn("hint: x\nerror: cannot lock ref\n")).toBe("cannot lock ref");
    expect(reasonIn("1\n2\n3\n4\n\n5\n6\n")).toBe("2; 3; 4; 5; 6");
  });
});
