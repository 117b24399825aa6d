import { afterEach, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  activeHolds,
  getTask,
  listRuns,
  releaseHolds,
  subscribe,
  queueDeliveries,
  listSubscriptions,
} from "../kernel/mod.ts";
import { type TestHome, testHome } from "../testing/dispatcher.ts";
import { until } from "../testing/mod.ts";
import type { Agents, Verdict } from "./start/plan.ts";
import { needsOf } from "./shared.ts";
import type { Dispatcher } from "./state.ts";
import { tick } from "./tick.ts";

let t: TestHome;
const variables = ["CLAUDE_KEY", "CODEX_KEY"];
afterEach(() => {
  t?.close();
  for (const name of variables) delete process.env[name];
});

/** Two agents whose programs say how they end: `fault` decides, by the profile of the run. */
function agentsThat(fault: (profile: string) => Verdict | null): Agents {
  return {
    names: () => ["claude", "codex"],
    uses: ({ agent }) => ({
      program: "sh",
      accounts: [agent === "claude" ? "CLAUDE_KEY" : "CODEX_KEY", "CLAUDE_URL"],
      calls: true,
    }),
    expand: () => ({ argv: ["/bin/sh", "-c", "exit 0"] }),
    judge: ({ run }) => fault(run.profile!),
  };
}

const DEAD_KEY: Verdict = {
  outcome: "crashed",
  error: "HTTP 401: invalid key",
  fault: { on: "account", permanent: true },
};
const OUTAGE: Verdict = { outcome: "crashed", error: "HTTP 503", fault: { on: "provider", permanent: false } };

/** Makes a pass and sees every worker that it started to its end. */
async function pass(d: Dispatcher): Promise<void> {
  await t.pass(d);
  await until(
    async () => {
      await tick(d, { claims: false });
      return d.pass.runs.length === 0;
    },
    { what: "the workers to end" },
  );
}

const runsOf = (ids: readonly string[]) => ids.flatMap((id) => listRuns(t.board, id));
const statuses = (ids: readonly string[]) => new Set(ids.map((id) => getTask(t.board, id).status));

describe("a dead key", () => {
  /** A hundred tasks on a profile whose key is dead until it is changed. */
  function hundred(maxWorkers = 1) {
    t = testHome();
    t.profile("coder", { agent: "claude", complete_on_exit: true, env: { CLAUDE_KEY: "dead" } });
    const ids = Array.from({ length: 100 }, () => t.ready().id);
    for (const id of ids) subscribe(t.board, id, { platform: "test", chat_id: "C1" });
    let dead = true;
    const agents = agentsThat(() => (dead ? DEAD_KEY : { outcome: "completed", summary: "done" }));
    const mend = () => {
      dead = false;
      t.profile("coder", { agent: "claude", complete_on_exit: true, env: { CLAUDE_KEY: "alive" } });
    };
    return { ids, agents, mend, d: t.dispatcher({ agents, maxWorkers }) };
  }

  test("costs a hundred tasks one run, blocks none and is notified once; with a new key all continue by themselves [N7]", async () => {
    const { ids, d, agents, mend } = hundred(4);

    for (let i = 0; i < 5; i++) {
      await pass(d);
      t.advance(3_600_000);
    }
    expect(runsOf(ids)).toMatchObject([{ outcome: "unavailable", error: "HTTP 401: invalid key" }]);
    expect(statuses(ids)).toEqual(new Set(["ready"]));
    queueDeliveries(t.board, { ready: ["test"], waiting: [] });
    expect(listSubscriptions(t.board).reduce((sum, { pending }) => sum + pending, 0)).toBe(1);
    expect(activeHolds(t.board)).toMatchObject([{ kind: "account", until: null, profiles: ["coder"] }]);
    mend();
    const many = t.dispatcher({ agents, maxWorkers: 100 });
    await pass(many);
    await pass(many);

    expect(statuses(ids)).toEqual(new Set(["done"]));
    expect(activeHolds(t.board)).toEqual([]);
    expect(runsOf(ids)).toHaveLength(101);
  }, 60_000);

  test("that a person repairs elsewhere is released by name, and all continue", async () => {
    const { ids, d, mend } = hundred();
    await pass(d);
    const [{ key }] = activeHolds(t.board) as unknown as [{ key: string }];
    expect(key).toMatch(/^claude:CLAUDE_KEY:[0-9a-f]{8}$/);
    await pass(d);
    expect(runsOf(ids)).toHaveLength(1);

    mend();
    releaseHolds(t.board, key);
    await pass(d);

    expect(runsOf(ids)).toMatchObject([{ outcome: "unavailable" }, { outcome: "completed" }]);
  });
});

describe("a sign-in that is no longer accepted", () => {
  /** A profile whose agent keeps its sign-in in this file, and was signed out. */
  function signedOut(place: string, config: string | null = null) {
    t = testHome();
    const set = config === null ? {} : { CONFIG: config && join(t.home.dir, config) };
    t.profile("coder", { agent: "claude", env: { HOME: t.home.dir, ...set }, complete_on_exit: true });
    let signedIn = false;
    const agents = agentsThat(() => (signedIn ? null : DEAD_KEY));
    const uses: Agents["uses"] = (profile) => ({ ...agents.uses!(profile)!, credential_files: ["~/none", place] });
    const { id } = t.ready();
    return { id, d: t.dispatcher({ agents: { ...agents, uses } }), signIn: () => (signedIn = true) };
  }

  test.each([
    ["~/.claude/login.json", ".claude/login.json", null],
    ["${CONFIG:-~/.claude}/login.json", ".claude/login.json", null],
    ["${CONFIG:-~/.claude}/login.json", ".claude/login.json", ""],
    ["${CONFIG:-~/.claude}/login.json", "b/login.json", "b"],
  ])("in %s, which is %s: a new one is tried at once", async (place, file, config) => {
    const { id, d, signIn } = signedOut(place, config);
    const path = join(t.home.dir, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "old");
    await pass(d);
    await pass(d);
    expect(runsOf([id])).toHaveLength(1);

    signIn();
    writeFileSync(path, "a new one");
    await pass(d);

    expect(runsOf([id])).toMatchObject([{ outcome: "unavailable" }, { outcome: "completed" }]);
    expect(activeHolds(t.board)).toEqual([]);
  });

  test("is recognised by the time of its file: its content is never read", async () => {
    const { id, d } = signedOut("~/login.json");
    const path = join(t.home.dir, "login.json");
    writeFileSync(path, "one", { mode: 0o200 });
    utimesSync(path, 1, 1);
    await pass(d);
    writeFileSync(path, "two");
    utimesSync(path, 1, 1);
    await pass(d);
    expect(runsOf([id])).toHaveLength(1);

    utimesSync(path, 2, 2);
    await pass(d);

    expect(runsOf([id])).toHaveLength(2);
  });
});

test("an outage of an hour blocks nothing, and costs its probes alone [N7]", async () => {
  t = testHome();
  for (const name of ["coder", "writer"]) t.profile(name, { agent: "claude", complete_on_exit: true });
  const ids = ["coder", "writer", "coder", "writer"].map((assignee) => t.ready({ assignee }).id);
  let out = true;
  const d = t.dispatcher({ agents: agentsThat(() => (out ? OUTAGE : { outcome: "completed" })), maxWorkers: 1 });
  const end = t.clock.ms + 3_600_000;

  while (t.clock.ms < end) {
    await pass(d);
    t.advance(d.wake.at === null ? 60_000 : Math.max(1_000, d.wake.at - t.clock.ms));
  }
  expect(statuses(ids)).toEqual(new Set(["ready"]));
  for (const id of ids) expect(getTask(t.board, id).failures).toBe(0);
  expect(runsOf(ids).length).toBeWithin(10, 15); // 1 s, 2 s, … 512 s, then every quarter of an hour.
  out = false;
  t.advance(900_000);
  for (let i = 0; i < 4; i++) await pass(d);

  expect(statuses(ids)).toEqual(new Set(["done"]));
}, 60_000);

test("two dispatchers agree: while one probes the other starts nothing", async () => {
  t = testHome();
  t.profile("coder", { agent: "claude", complete_on_exit: true });
  const ids = [t.ready().id, t.ready().id, t.ready().id];
  const agents = agentsThat(() => OUTAGE);
  const [one, two] = [t.dispatcher({ agents, maxWorkers: 1 }), t.dispatcher({ agents, maxWorkers: 9 })];
  await pass(one);
  await pass(two);
  expect(runsOf(ids)).toHaveLength(1);
  t.advance(1_000);

  await t.pass(one);
  await t.pass(two);

  expect(runsOf(ids)).toHaveLength(2);
});

describe("the key of an account", () => {
  const keyOf = (name: string, d: Dispatcher) => {
    const profile = d.profiles().profiles.find((each) => each.name === name)!;
    return needsOf(d, profile).find(({ kind }) => kind === "account")!.key;
  };

  test("is shared by profiles that use the same credential, and by no others", () => {
    t = testHome();
    process.env["CLAUDE_KEY"] = "one";
    t.profile("a", { agent: "claude", env: { CLAUDE_KEY: null } });
    t.profile("b", { agent: "claude", env: { CLAUDE_KEY: "one" } });
    t.profile("c", { agent: "claude", env: { CLAUDE_KEY: "two" } });
    t.profile("d", { agent: "claude" });
    t.profile("e", { agent: "codex" });
    t.profile("f", { agent: "codex", account: "team" });
    t.profile("g", { command: ["true"], account: "team" });
    t.profile("h", { command: ["true"] });
    t.profile("i", { agent: "codex", env: { HOME: "/srv/other" } });
    const d = t.dispatcher({ agents: agentsThat(() => null) });

    const keys = Object.fromEntries([..."abcdefghi"].map((name) => [name, keyOf(name, d)]));

    expect(keys["a"]).toBe(keys["b"]!);
    expect(keys).toMatchObject({ d: "claude:login", e: "codex:login", f: "team", g: "team", h: "command:h" });
    expect(keys["i"]).toMatch(/^codex:login:[0-9a-f]{8}$/);
    expect(new Set(Object.values(keys)).size).toBe(7);
    expect(JSON.stringify(keys)).not.toContain("one");
  });

  test("of another home is another one: values cannot be tried against it", () => {
    const seen = [0, 1].map(() => {
      t = testHome();
      t.profile("a", { agent: "claude", env: { CLAUDE_KEY: "one" } });
      const key = keyOf("a", t.dispatcher({ agents: agentsThat(() => null) }));
      const again = keyOf("a", t.dispatcher({ agents: agentsThat(() => null) }));
      t.close();
      expect(again).toBe(key);
      return key;
    });

    expect(seen[0]).not.toBe(seen[1]!);
  });

  test("a hold of one account leaves the tasks of another alone", async () => {
    t = testHome();
    t.profile("coder", { agent: "claude", env: { CLAUDE_KEY: "dead" }, complete_on_exit: true });
    t.profile("writer", { agent: "claude", env: { CLAUDE_KEY: "dead" }, complete_on_exit: true });
    t.profile("reader", { agent: "claude", env: { CLAUDE_KEY: "good" }, complete_on_exit: true });
    const [coder, writer, reader] = ["coder", "writer", "reader"].map((assignee) => t.ready({ assignee }).id);
    const agents = agentsThat((profile) => (profile === "reader" ? { outcome: "completed" } : DEAD_KEY));
    const d = t.dispatcher({ agents, maxWorkers: 1 });

    for (let i = 0; i < 3; i++) await pass(d);

    expect(runsOf([coder!]).length).toBe(1);
    expect(runsOf([writer!])).toEqual([]);
    expect(getTask(t.board, reader!).status).toBe("done");
  });
});

describe("what keeps a start from being made", () => {
  test("a program that is missing costs no task an attempt; installed, it is used at once", async () => {
    t = testHome();
    mkdirSync(t.path("bin"));
    t.profile("coder", { command: ["frob"], env: { PATH: `${t.path("bin")}:/usr/bin:/bin` }, complete_on_exit: true });
    const ids = [t.ready().id, t.ready().id, t.ready().id];
    const d = t.dispatcher({ failureLimit: 1 });

    for (let i = 0; i < 4; i++) {
      await pass(d);
      t.advance(900_000);
    }
    // The starts of one pass are made at the same time.
    const lost = runsOf(ids);
    for (const run of lost) expect(run).toMatchObject({ outcome: "unavailable", pid: null });
    expect(lost.length).toBeLessThanOrEqual(3);
    expect(activeHolds(t.board)).toMatchObject([{ kind: "profile", key: "coder", until: null }]);
    expect(statuses(ids)).toEqual(new Set(["ready"]));
    for (const mode of [0o600, 0o700]) {
      writeFileSync(join(t.path("bin"), "frob"), "#!/bin/sh\nexit 0\n");
      chmodSync(join(t.path("bin"), "frob"), mode);
      for (let i = 0; i < 2; i++) await pass(d);
    }

    expect(statuses(ids)).toEqual(new Set(["done"]));
    expect(activeHolds(t.board)).toEqual([]);
  });

  test("a dispatcher that stays notices by itself that the program is there", async () => {
    t = testHome({ now: Date.now });
    const program = join(t.home.dir, "frob");
    t.profile("coder", { command: [program], complete_on_exit: true });
    const { id } = t.ready();
    t.start();
    await until(() => activeHolds(t.board).length === 1);

    writeFileSync(program, "#!/bin/sh\nexit 0\n", { mode: 0o700 });

    await until(() => getTask(t.board, id).status === "done", { ms: 15_000 });
    expect(runsOf([id])).toMatchObject([{ outcome: "unavailable" }, { outcome: "completed" }]);
    await t.stopDaemons();
  });

  test("a repository that is gone is held for all of its profile's worktrees; a worktree of the task's own is not", async () => {
    t = testHome();
    const repo = t.path("repo");
    t.script("true", { repo, workspace: "worktree", complete_on_exit: true });
    const { id } = t.ready();
    const d = t.dispatcher({ maxWorkers: 1 });

    await pass(d);

    expect(t.run(id)).toMatchObject({ outcome: "unavailable" });
    expect(activeHolds(t.board)).toMatchObject([{ kind: "repository", key: repo, until: null }]);
    const git = (...words: string[]) => Bun.spawnSync(["git", ...words]).exitCode;
    expect(git("init", "-q", repo)).toBe(0);
    const me = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"];
    expect(git("-C", repo, ...me, "commit", "-q", "--allow-empty", "-m", "first")).toBe(0);
    await pass(d);
    expect(getTask(t.board, id).status).toBe("done");
    expect(activeHolds(t.board)).toEqual([]);
    t.script("true", {}, "writer");
    const place = { workspace_kind: "worktree", workspace_path: t.path("nowhere/tree") } as const;
    const own = t.ready({ assignee: "writer", ...place });
    await pass(d);

    expect(t.run(own.id)).toMatchObject({ outcome: "spawn_failed" });
    expect(activeHolds(t.board)).toEqual([]);
    rmSync(repo, { recursive: true });
  });

  test("a skill of the profile that cannot be found holds the profile; one of the task's own fails the task", async () => {
    t = testHome();
    t.script("true", { skills: ["juggling"] });
    t.script("true", {}, "writer");
    const [coder, writer] = [t.ready(), t.ready({ assignee: "writer", skills: ["juggling"] })];

    await pass(t.dispatcher());

    expect(t.run(coder.id)).toMatchObject({ outcome: "unavailable" });
    expect(t.run(writer.id)).toMatchObject({ outcome: "spawn_failed" });
    expect(activeHolds(t.board)).toMatchObject([{ kind: "profile", key: "coder" }]);
  });
});

test("a hold whose profile was removed is over; one whose file cannot be read stays", async () => {
  t = testHome();
  t.profile("coder", { agent: "claude" });
  t.ready();
  const d = t.dispatcher({ agents: agentsThat(() => DEAD_KEY) });
  await pass(d);
  t.profile("coder", { agnt: "claude" });
  await pass(d);
  expect(activeHolds(t.board)).toHaveLength(1);

  rmSync(join(t.home.profiles, "coder"), { recursive: true });
  await pass(d);

  expect(activeHolds(t.board)).toEqual([]);
});
