import { afterEach, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { homeOf, prepareHome } from "../../home.ts";
import { shellPath } from "../../home_trouble.ts";
import {
  archiveTask,
  blockTask,
  claimForWorker,
  claimTask,
  failRun,
  closeBoard,
  createTask,
  endUnavailable,
  openBoard,
  queueDeliveries,
  setPaused,
  subscribe,
  unlinkTasks,
} from "../../kernel/mod.ts";
import { tempDir } from "../../testing/mod.ts";
import { checkUp } from "./checkup.ts";
import type { Finding } from "./finding.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0).reverse()) close();
});

/** A home with an empty board, and what is amiss with it: no finding of another check may be. */
function setup() {
  const dir = tempDir();
  const home = homeOf({ KANBAN_HOME: join(dir.path, "home") });
  prepareHome(home);
  const board = openBoard(home.db, { actor: "ann" });
  closing.push(dir.remove, () => closeBoard(board));
  const amiss = async (...checks: string[]): Promise<Finding[]> => {
    const found = (await checkUp({ home, board })).filter(({ level }) => level !== "ok");
    expect(found.filter(({ check }) => !checks.includes(check))).toEqual([]);
    return found.map(({ check: _, ...rest }) => rest);
  };
  const ready = (title: string, more: { assignee?: string; parents?: string[] } = {}) =>
    createTask(board, { title, assignee: "demo", ...more }).task.id;
  return { home, board, amiss, ready, path: (name: string) => join(dir.path, name) };
}

const warning = (message: string | RegExp, next: string): Finding => ({
  level: "warning",
  message: expect.stringMatching(message) as unknown as string,
  next,
});
const error = (message: string | RegExp, next: string | RegExp): Finding => ({
  level: "error",
  message: expect.stringMatching(message) as unknown as string,
  next: expect.stringMatching(next) as unknown as string,
});

describe("checkUp()", () => {
  test("names what nothing is started for, and how a permanent one is released", async () => {
    const { board, amiss, ready } = setup();
    const profiles = new Map([["demo", { max_running: null, max_runtime_seconds: null }]]);
    for (const [key, permanent] of [
      ["dead key", true],
      ["down", false],
    ] as const) {
      ready(key);
      const { task, run } = claimForWorker(board, { claimer: "d", boot_id: "b", profiles, maxWorkers: 9 })!;
      const fault = { on: { kind: "account", key }, reason: "HTTP 401", permanent, proof: "call" } as const;
      endUnavailable(board, { taskId: task.id, runId: run.id }, { ...fault, profile: "demo", profiles: ["other"] });
      blockTask(board, task.id);
    }

    expect(await amiss("holds", "dispatcher", "notifications")).toEqual([
      warning(/^nothing is started for account dead key: HTTP 401$/, "kanban release 'dead key'"),
      warning(/^nothing is started for account down: HTTP 401, it is tried again by itself$/, "kanban holds"),
    ]);
  });

  test("names the copy of an upgrade once it is a month old", async () => {
    const { amiss, home } = setup();
    const copies = ["", ".2", ".part", ".mine"].map((end) => `${home.db}.v1.bak${end}`);
    for (const copy of copies) writeFileSync(copy, "the board of before");
    const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);
    for (const copy of copies) utimesSync(copy, daysAgo(31), daysAgo(31));
    utimesSync(copies[1]!, daysAgo(29), daysAgo(29));

    expect(await amiss("copies")).toEqual([
      warning(/v1\.bak is the board before its upgrade/, `rm ${shellPath(copies[0]!)}`),
    ]);
  });

  test("finds nothing amiss in a fresh home", async () => {
    expect(await setup().amiss()).toEqual([]);
  });

  test("tells who may read or write the home", async () => {
    const { home, amiss } = setup();
    const next = `chmod 700 '${home.dir}'`;

    chmodSync(home.dir, 0o755);
    const shared = `Set KANBAN_HOME to a folder of its own; or, if no other user needs this one: ${next}`;
    expect(await amiss("home")).toEqual([warning(/^others may look into .* \(mode 755\)$/, shared)]);
    chmodSync(home.dir, 0o720);
    expect(await amiss("home")).toMatchObject([{ level: "error", next }]);
  });

  test("tells who may read a database that lies elsewhere", async () => {
    const { home, path } = setup();
    const elsewhere = homeOf({ KANBAN_HOME: home.dir }, path("other.db"));
    const board = openBoard(elsewhere.db);
    closing.push(() => closeBoard(board));
    chmodSync(elsewhere.db, 0o644);

    const found = (await checkUp({ home: elsewhere, board })).filter(({ check }) => check === "database");

    expect(found[0]).toMatchObject(warning(/^others may read .*other\.db$/, `chmod 600 '${elsewhere.db}'`));
  });

  test("names what will never start, with the command that helps", async () => {
    const { board, amiss, ready } = setup();
    const parent = ready("parent");
    const child = ready("child", { parents: [parent] });
    archiveTask(board, parent);
    const slip = ready("for a profile", { assignee: "dmo" });

    expect(await amiss("tasks", "dispatcher")).toEqual([
      warning(
        `${child} waits for ${parent}, archived unfinished, and never starts`,
        `kanban unlink ${parent} ${child}`,
      ),
      warning(`ready, but no profile is named "dmo": ${slip}`, `kanban assign ${slip} PROFILE`),
    ]);
    unlinkTasks(board, parent, child); // The child is ready now, for a profile.
    expect(await amiss("tasks", "dispatcher")).toHaveLength(2);
  });

  test("finds nothing amiss in backlog and in tasks of people; a dispatcher is missed by tasks of profiles", async () => {
    const { board, amiss, ready } = setup();
    createTask(board, { title: "backlog" });
    ready("bob's", { assignee: "bob" });

    expect(await amiss("tasks", "dispatcher")).toEqual([]);

    ready("a profile's", { assignee: "demo" });
    expect(await amiss("tasks", "dispatcher")).toEqual([warning(/^1 task ready and no dispatcher runs$/, "kanban up")]);
  });

  test("names who is listed as a person and is a profile", async () => {
    const { home, amiss } = setup();
    writeFileSync(home.config, "people: [demo, bob]\n");

    expect(await amiss("tasks")).toEqual([
      warning(
        `"demo" under people: in the settings is a profile's name too; its tasks go to the profile`,
        "kanban profile list",
      ),
    ]);
  });

  test("names the error that several tasks gave up with, and a repo that is not there", async () => {
    const { home, board, ready, amiss } = setup();
    const gaveUp = (error: string) => {
      const { task, run } = claimTask(board, ready("x"), { claimer: "w" });
      const breaker = { failureLimit: 1, backoffMs: () => 0 };
      failRun(board, { taskId: task.id, runId: run.id }, { kind: "spawn_failed", error }, breaker);
      return task.id;
    };
    const ids = [gaveUp("no key\nat all"), gaveUp("no key\nat all")];
    gaveUp("something else");

    expect(await amiss("tasks")).toEqual([
      warning(
        `2 tasks gave up with: no key (${ids.join(", ")})`,
        `kanban show ${ids[0]}, then: kanban unblock ${ids.join(" ")}`,
      ),
    ]);
    mkdirSync(`${home.profiles}/gone`, { recursive: true });
    writeFileSync(`${home.profiles}/gone/config.yaml`, "command: [/bin/true]\nrepo: /no/such/repo\n");
    expect((await amiss("profiles", "tasks")).map(({ message }) => message)).toEqual([
      'profile gone: its repo "/no/such/repo" is no folder, so its worktrees cannot be made',
      expect.stringContaining("2 tasks gave up with: no key"),
    ]);
  });

  test("names what has been starting for more than a minute [A9]", async () => {
    const { home, board, ready } = setup();
    const id = ready("slow");
    const profiles = new Map([["demo", { max_running: null, max_runtime_seconds: null }]]);
    claimForWorker(board, { claimer: "dispatcher@here:1", boot_id: "boot", profiles, maxWorkers: 1 });
    const slow = async (ms: number) => {
      const found = await checkUp({ home, board: { ...board, now: () => Date.now() + ms } });
      return found.filter(({ message }) => message.includes("has been starting")).map(({ check: _, ...rest }) => rest);
    };

    expect(await slow(0)).toEqual([]);
    expect(await slow(61_000)).toEqual([
      warning(
        new RegExp(`^${id} has been starting for 6\\d s \\(run 1\\) and has no process yet`),
        `kanban reclaim ${id}`,
      ),
    ]);
  });

  test("tells of a paused board, and of runs that nobody looks after", async () => {
    const { home, board, amiss, ready } = setup();
    const ids = [ready("one"), ready("two")];
    claimTask(board, ids[0]!, { claimer: "ann", ttlSeconds: 3_600 });
    expect(await amiss("dispatcher")).toEqual([
      warning(/^1 task ready and no dispatcher runs$/, "kanban up"),
      warning(/^1 run open and no dispatcher runs$/, "kanban up"),
    ]);

    claimTask(board, ids[1]!, { claimer: "ann", ttlSeconds: 60 });
    setPaused(board, true);
    const later = { ...board, now: () => Date.now() + 120_000 };
    const found = (await checkUp({ home, board: later })).filter(({ level }) => level !== "ok");

    expect(found).toMatchObject([
      warning(/^the board is paused by ann since \d{4}-.*Z$/, "kanban resume"),
      warning(/^the lease of 1 run is over and no dispatcher runs$/, "kanban up"),
    ]);
  });

  test("finds profiles that cannot work", async () => {
    const { home, amiss } = setup();
    const profile = (name: string, text: string) => {
      mkdirSync(join(home.profiles, name), { mode: 0o700 });
      writeFileSync(join(home.profiles, name, "config.yaml"), text);
    };
    profile("broken", "command: 5");
    profile("ghost", "command: [no-such-program-here]");
    profile("here", `command: [./lint.sh]\nworkspace: dir:${home.dir}`);
    profile("somewhere", "command: [./lint.sh]");
    writeFileSync(join(home.profiles, "somewhere", "lint.sh"), "", { mode: 0o700 }); // Not where it is looked for.
    profile("tree", `command: [./kanban]\nworkspace: worktree\nrepo: ${home.run}`);
    writeFileSync(join(home.run, "kanban"), "", { mode: 0o700 });

    expect(await amiss("profiles")).toEqual([
      error(/^Cannot read ".*broken\/config\.yaml": command/, /^Correct .*broken\/config\.yaml$/),
      error(/^profile ghost: its program "no-such-program-here" is not on PATH/, /^kanban profile show ghost$/),
      error(
        /^profile here: its program ".\/lint.sh" is not an executable file in .*, so its/,
        /^kanban profile show here$/,
      ),
      warning(
        /^profile somewhere: its program ".\/lint.sh" is looked for in the workspace of each task$/,
        "kanban profile show somewhere",
      ),
    ]);
  });

  test("finds settings that cannot be used", async () => {
    const { home, amiss } = setup();
    writeFileSync(home.config, "notify: { slack: {}, pager: {}, telegram: { token: x } }");
    expect(await amiss("config")).toEqual([
      warning(/^slack cannot send: it needs notify\.slack\.token$/, `Correct ${home.config}`),
      warning(/^notify\.pager: no such platform$/, `Correct ${home.config}`),
    ]);

    writeFileSync(home.config, "dispatcher: { max_wrokers: 3 }");
    expect(await amiss("config")).toEqual([
      error(/"dispatcher\.max_wrokers" is not a known key$/, /^Known keys: max_workers/),
    ]);
  });

  test("tells what could not be delivered, and what cannot be", async () => {
    const { board, amiss } = setup();
    const [a, b] = ["a", "b"].map((title) => createTask(board, { title, triage: true }).task.id) as [string, string];
    const blocked = createTask(board, { title: "c" }).task.id;
    subscribe(board, a, { platform: "telegram", chat_id: "42" });
    subscribe(board, b, { platform: "webhook", chat_id: "ops" });
    subscribe(board, blocked, { platform: "pager", chat_id: "duty" });
    blockTask(board, blocked, { reason: "which?" });
    queueDeliveries(board, { ready: [], waiting: ["telegram", "webhook"] });

    expect(await amiss("notifications")).toEqual([
      warning(/^nothing can be sent to telegram 42: not configured/, `kanban notify-list ${a}`),
      warning(/^nothing can be sent to webhook ops: not configured/, `kanban notify-list ${b}`),
      warning(/^1 message to pager duty failed: no platform is named "pager"$/, `kanban notify-list ${blocked}`),
      warning(/^nothing can be sent to pager duty: no such platform/, `kanban notify-list ${blocked}`),
    ]);
  });

  test("names a few of many messages that cannot be sent, and counts the others", async () => {
    const { board, amiss } = setup();
    for (let i = 0; i < 8; i++) {
      const { task } = createTask(board, { title: `told ${i}`, triage: true });
      subscribe(board, task.id, { platform: "pager", chat_id: `${i}` });
    }

    const found = await amiss("notifications");

    expect(found).toHaveLength(6);
    expect(found[5]).toEqual(warning(/^the like is the matter with 3 more$/, "kanban notify-list"));
  });

  test("tells of a write-ahead log that cannot be emptied [T: reader that never]", async () => {
    const { home, board, amiss } = setup();
    const reader = openBoard(home.db);
    closing.push(() => closeBoard(reader));
    reader.db.run("BEGIN");
    reader.db.query("SELECT count(*) FROM tasks").get();

    for (let i = 0; i < 70; i++) {
      archiveTask(board, createTask(board, { title: `long ${i}`, body: "b".repeat(1_000_000) }).task.id);
    }

    expect(await amiss("wal")).toEqual([
      warning(/^the write-ahead log has grown to \d+ MiB: some program reads/, `fuser -v '${home.db}'`),
    ]);
  });

  test("tells of damage", async () => {
    const { board, amiss } = setup();
    board.db.run("PRAGMA foreign_keys = OFF");
    board.db.run("INSERT INTO task_comments (task_key, author, body, created_at) VALUES (99, 'a', 'b', 0)");

    expect(await amiss("database")).toEqual([
      error(/kanban\.db: row 1 of task_comments points to nothing in tasks$/, /put a backup in its place$/),
    ]);
  });

  test("tells what archived tasks left behind that gc does not touch", async () => {
    const { home, board, amiss, ready } = setup();
    const id = ready("made by hand");
    archiveTask(board, id);
    board.db.run(`UPDATE tasks SET workspace_path = '${join(home.workspaces, id)}'`);
    mkdirSync(join(home.workspaces, id));

    expect(await amiss("workspaces")).toEqual([
      warning(/ of an archived task is kept: it was not made by this board$/, `ls -la '${join(home.workspaces, id)}'`),
    ]);
  });
});
