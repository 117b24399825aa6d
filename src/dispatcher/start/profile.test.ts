import { afterEach, describe, expect, test } from "bun:test";
import { chownSync, mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { profileDir, profilePath, userHome } from "../../home.ts";
import { type TestHome, testHome } from "../../testing/dispatcher.ts";
import { refusal } from "../../testing/mod.ts";
import { listProfiles, loadProfile, watchProfiles } from "./profile.ts";

let t: TestHome;
afterEach(() => t?.close());

function write(name: string, text: string): void {
  mkdirSync(profileDir(t.home, name), { recursive: true });
  writeFileSync(profilePath(t.home, name), text);
}

describe("loadProfile()", () => {
  test("reads every key", () => {
    t = testHome();
    write(
      "coder",
      `
description: Writes code
agent: claude
model: opus
args: [--max-turns, "50"]
prompt: "Do {task}"
env:
  API_KEY:
  LEVEL: 3
skills: [reviewing, reviewing]
max_running: 2
may: [unblock, approve, unblock]
max_runtime: 30m
stale_after: 2h
account: team-a
workspace: "worktree:~/src/app"
repo: ~/src/app
complete_on_exit: true
options: { budget: 5 }
`,
    );

    expect(loadProfile(t.home, "coder")).toEqual({
      name: "coder",
      description: "Writes code",
      agent: "claude",
      command: null,
      stdin: null,
      prompt: "Do {task}",
      env: { API_KEY: null, LEVEL: "3" },
      skills: ["reviewing"],
      may: ["unblock", "approve"],
      max_running: 2,
      max_runtime_seconds: 1800,
      stale_after_seconds: 7200,
      workspace: { kind: "worktree", path: `${userHome()}/src/app` },
      account: "team-a",
      repo: `${userHome()}/src/app`,
      complete_on_exit: true,
      model: "opus",
      args: ["--max-turns", "50"],
      options: { budget: 5 },
      builtin: false,
      dir: profileDir(t.home, "coder"),
      path: profilePath(t.home, "coder"),
    });
  });

  test.each(["0", "none", "", "0s"])("takes max_runtime %j as no limit", (value) => {
    t = testHome();
    write("coder", `command: [x]\nmax_runtime: ${value}\n`);

    expect(loadProfile(t.home, "coder").max_runtime_seconds).toBeNull();
  });

  test.each([
    ["none", 0],
    ["0", 0],
    ["90m", 5400],
    ["", null],
  ])("takes stale_after %j as %p seconds", (value, seconds) => {
    t = testHome();
    write("coder", `command: [x]\nstale_after: ${value}\n`);

    expect(loadProfile(t.home, "coder").stale_after_seconds).toBe(seconds);
  });

  test("takes a key without a value for none", () => {
    t = testHome();
    write("coder", "command: [x]\nenv:\n  # KEY: value\nskills:\nmax_running:\ndescription:\n");

    expect(loadProfile(t.home, "coder")).toMatchObject({ env: {}, skills: [], max_running: null, description: null });
  });

  test("has demo without a file, and lets a file of that name replace it", () => {
    t = testHome();
    const builtin = loadProfile(t.home, "demo");
    write("demo", "command: [mine]\n");

    expect(builtin).toMatchObject({ name: "demo", builtin: true, path: null, dir: profileDir(t.home, "demo") });
    expect(loadProfile(t.home, "demo")).toMatchObject({ builtin: false, command: ["mine"] });
  });

  test.each([
    ["agent: claude\ncommand: [x]", "command must be left out when agent is set"],
    ["description: nothing to start", "command or agent must say what is started, found nothing"],
    ["command: []", "command must name a program"],
    ["command: ['']", 'command must name a program, found [""]'],
    ["command: run me", 'command must be a list, found "run me"'],
    ["command: [x]\nmax_running: 0", "max_running must be at least 1, found 0"],
    [
      "command: [x]\nmax_runtime: long",
      'max_runtime must be a duration such as 90, 30s, 1.5h, 1h30m, 1d or 1w, or none, found "long"',
    ],
    ["command: [x]\nenv: { A: [b] }", `env.A must be a text, or empty to copy the dispatcher's value, found ["b"]`],
    ["command: [x]\nenv: { A.B: c }", "env must hold names of letters, digits and underscores"],
    ["command: [x]\nenv: { KANBAN_RUN: 1 }", "env must leave the KANBAN_ variables to the dispatcher"],
    ["command: [x]\nmay: unblock", 'may must be a list, found "unblock"'],
    ["command: [x]\nmay: [fly]", "may.0 must be one of link, unlink, edit, "],
    ["command: [x]\nmay: [complete]", "may.0 must be one of link, unlink, edit, "],
    ["command: [x]\nmay: [unblock, profile]", 'found "profile"'],
    ["command: [x]\nskills: ['a,b']", "skills: Cannot use skill"],
    ["command: [x]\nworkspace: 'dir:'", "workspace: Cannot use workspace"],
    ["command: [x]\nrepo: app", 'repo must be an absolute path, found "app"'],
    ["comand: [x]", '"comand" is not a known key'],
    ["command: [x]\nstdin: body", 'stdin must be prompt, or left out, found "body"'],
    ["agent: claude\nstdin: prompt", "stdin must be left out when agent is set"],
    ['command: [sh, -c, "claude -p {prompt}"]', "command must give {prompt} as an element of its own"],
    ['command: [sh, -c, "{prompt}"]', "command must not let sh run {prompt}: give the file {prompt_file} or set stdin"],
    ['command: [sh, "-s"]\nstdin: prompt', "command must not let sh read the prompt as its script"],
  ])("refuses %j", (text, message) => {
    t = testHome();
    write("coder", text);

    const error = refusal(() => loadProfile(t.home, "coder"));

    expect(error.code).toBe("invalid");
    expect(error.message).toContain(`"${profilePath(t.home, "coder")}"`);
    expect(error.message).toContain(message);
  });

  test.each(["../coder", "Coder", "", "a/b", ".hidden", "a".repeat(65), "x\0y"])(
    "refuses the name %j before it becomes a path [S: path traversal]",
    (name) => {
      t = testHome();

      expect(refusal(() => loadProfile(t.home, name)).message).toContain("its name must begin with");
    },
  );

  test("takes a shell whose script gets the texts as arguments", () => {
    t = testHome();
    write("coder", `command: [sh, -c, 'claude -p "$1" >{task}.txt', claude, "{prompt}"]`);

    expect(loadProfile(t.home, "coder").command).toHaveLength(5);
  });

  test("never waits for a pipe that a worker put in the place of the file [A3]", () => {
    t = testHome();
    write("good", "command: [ls]");
    mkdirSync(profileDir(t.home, "bad"));
    expect(Bun.spawnSync(["mkfifo", profilePath(t.home, "bad")]).success).toBeTrue();

    expect(refusal(() => loadProfile(t.home, "bad")).message).toBe(
      `Cannot read "${profilePath(t.home, "bad")}": it must be a regular file, it is a pipe`,
    );
    expect(listProfiles(t.home).profiles.map(({ name }) => name)).toEqual(["demo", "good"]);
  });

  test("reads no gigabytes [A4]", () => {
    t = testHome();
    write("huge", "command: [ls]");
    truncateSync(profilePath(t.home, "huge"), 6 * 1024 ** 3);

    expect(refusal(() => loadProfile(t.home, "huge")).message).toEndWith(
      "it must be a regular file, it is larger than 1 MiB",
    );
  });

  // Only root can give a file away.
  test.skipIf(process.getuid?.() !== 0)(
    "refuses a folder and a file of another user, and says whose they are [A7]",
    () => {
      t = testHome();
      write("coder", "command: [ls]");
      const list = watchProfiles(t.home);
      expect(list().profiles.map(({ name }) => name)).toEqual(["coder", "demo"]);
      for (const path of [profilePath(t.home, "coder"), profileDir(t.home, "coder")]) {
        chownSync(path, 65_533, 65_533);

        expect(refusal(() => loadProfile(t.home, "coder")).message).toStartWith(
          `Cannot use profile "${path}": it must belong to this user (uid 0), it belongs to `,
        );
        expect(list().problems.map(({ name }) => name)).toEqual(["coder"]);

        chownSync(path, 0, 0);
        expect(list().problems).toEqual([]);
      }
    },
  );

  test("says that a folder is none, also for a built-in profile", () => {
    t = testHome();
    const list = watchProfiles(t.home);
    expect(list().problems).toEqual([]);
    writeFileSync(profileDir(t.home, "demo"), "");

    expect(list().problems).toMatchObject([{ name: "demo", error: expect.stringContaining("is not a folder") }]);
  });

  test("says that a profile is not there", () => {
    t = testHome();

    expect(refusal(() => loadProfile(t.home, "nobody"))).toMatchObject({
      code: "not_found",
      message: 'Cannot use profile "nobody": no such profile',
    });
  });
});

describe("listProfiles()", () => {
  test("reports a bad file and lists the others all the same", () => {
    t = testHome();
    write("good", "command: [x]\n");
    write("bad", "command: [\n");
    mkdirSync(profileDir(t.home, "empty-folder"));
    writeFileSync(`${t.home.profiles}/a-file`, "");

    const { profiles, problems } = listProfiles(t.home);

    expect(profiles.map(({ name }) => name)).toEqual(["demo", "good"]);
    expect(problems).toEqual([
      { name: "bad", path: profilePath(t.home, "bad"), error: expect.stringContaining("it must be YAML") },
    ]);
  });

  test("reports a folder whose name no profile may have, instead of passing it over", () => {
    t = testHome();
    write("Coder", "command: [x]\n");

    const { profiles, problems } = listProfiles(t.home);

    expect(profiles.map(({ name }) => name)).toEqual(["demo"]);
    expect(problems).toEqual([
      {
        name: "Coder",
        path: profilePath(t.home, "Coder"),
        error: expect.stringContaining('Cannot use profile "Coder": its name must begin with a lower-case letter'),
      },
    ]);
  });

  test("counts an agent without a preset as a problem where the presets are known", () => {
    t = testHome();
    write("coder", "agent: claud\n");

    expect(listProfiles(t.home).problems).toEqual([]);
    expect(listProfiles(t.home, { names: () => ["claude", "codex"] }).problems[0]!.error).toContain(
      'agent must be one of claude, codex, found "claud"',
    );
  });
});

test("watchProfiles() sees a profile that was added, changed or removed, and else answers from memory", () => {
  t = testHome();
  const profiles = watchProfiles(t.home);
  const first = profiles();
  const again = profiles();
  write("coder", "command: [one]\n");
  const added = profiles();
  write("coder", "command: [another]\n");
  const changed = profiles();
  rmSync(profileDir(t.home, "coder"), { recursive: true });

  expect(again).toBe(first);
  expect(added.profiles.map(({ name }) => name)).toEqual(["coder", "demo"]);
  expect(changed.profiles[0]!.command).toEqual(["another"]);
  expect(profiles().profiles.map(({ name }) => name)).toEqual(["demo"]);
});
