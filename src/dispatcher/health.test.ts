import { afterEach, describe, expect, test } from "bun:test";
import { truncateSync, writeFileSync } from "node:fs";
import { profilePath } from "../home.ts";
import { setPaused } from "../kernel/mod.ts";
import { type TestHome, testHome } from "../testing/dispatcher.ts";
import { checkHealth, newHealth } from "./health.ts";
import { type Dispatcher, newDispatcher } from "./state.ts";
import { noteTrouble } from "./start/start.ts";
import { settleStarts } from "./start/starts.ts";
import { tick } from "./tick.ts";

let t: TestHome;
let d: Dispatcher;
const health = newHealth();
afterEach(() => {
  t?.close();
  Object.assign(health, newHealth());
});

function setup(): void {
  t = testHome();
  d = newDispatcher(t.board, t.home, t.config.dispatcher, {
    warn: (line) => t.warnings.push(line),
    monotonic: () => t.clock.monotonic,
  });
}

/** Looks every second for so many seconds. */
function watch(seconds: number): string[] {
  t.warnings.length = 0;
  for (let second = 0; second < seconds; second++) {
    t.clock.monotonic += 1_000;
    t.clock.ms += 1_000;
    checkHealth(d, health, 60_000);
  }
  return t.warnings;
}

/** Makes passes, each past the longest back-off. */
async function pass(times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    t.advance(300_000);
    await tick(d);
    await settleStarts(d);
  }
}

describe("checkHealth()", () => {
  test("says after thirty seconds who is not there to take the work, and once", () => {
    setup();
    const foreign = t.ready({ assignee: "dmo" });

    expect(watch(30)).toEqual([]);
    expect(watch(1)).toEqual([
      `tasks are ready and no profile here can start them: 1 task (${foreign.id}) for "dmo": ` +
        `no profile here has this name. See what would be started with: kanban dispatch --dry-run`,
    ]);
    expect(watch(1_000)).toEqual([]);
    expect(health.warning).toContain('for "dmo"');
  });

  test("has no word for tasks without an assignee, which are backlog, and for those of people", () => {
    setup();
    for (const assignee of [null, "ann", "someone new"]) t.ready({ assignee });

    expect(watch(300)).toEqual([]);
    expect(health.warning).toBeNull();
  });

  test("speaks again when something changed, at most every five minutes", () => {
    setup();
    t.ready({ assignee: "dmo" });
    watch(31);
    t.ready({ assignee: "demoo" });

    expect(watch(200)).toEqual([]);
    expect(watch(200)).toEqual([expect.stringContaining('"demoo"')]);
  });

  test("is silent while the board is paused, or has no ready task", () => {
    setup();

    expect(watch(100)).toEqual([]);
    t.ready({ assignee: null });
    setPaused(t.board, true);
    expect(watch(100)).toEqual([]);
    expect(health.warning).toBeNull();
  });

  test("is silent while every slot is taken by a living worker", async () => {
    setup();
    t.script("sleep 300");
    d.settings.max_workers = 1;
    t.ready();
    await tick(d);
    await settleStarts(d);
    t.ready();

    expect(watch(100)).toEqual([]);
  });

  test("names the program that cannot be started, and forgets it when a start succeeds", async () => {
    setup();
    t.profile("coder", { command: ["no-such-agent"] });
    t.ready();
    await tick(d);
    await settleStarts(d);

    expect(watch(31)).toEqual([
      expect.stringMatching(
        /^nothing is started for profile "coder": .*"no-such-agent" not found, it must be on PATH\. See: kanban holds/,
      ),
    ]);
    t.script("sleep 300");
    await tick(d);
    await settleStarts(d);
    expect(watch(100)).toEqual([]);
    expect(health.warning).toBeNull();
  });

  test("forgets a failed start when its task waits for a person, and says how many do", async () => {
    setup();
    t.script("true");
    t.ready({ skills: ["juggling"] });
    await pass(1);
    expect(watch(31)).toEqual([expect.stringContaining("workers cannot be started")]);

    await pass(4);

    expect(watch(100)).toEqual([]);
    expect(health.warning).toBeNull();
    t.ready({ assignee: "dmo" });
    expect(watch(300)).toEqual([expect.stringMatching(/has this name\. 1 task is blocked and waits for a person\./)]);
  });

  test("names the error that several tasks gave up with", async () => {
    setup();
    t.script("true");
    for (let i = 0; i < 2; i++) t.ready({ skills: ["juggling"] });
    await pass(1);
    await pass(5);
    t.ready({ assignee: "dmo" });

    expect([...watch(31), ...watch(300)]).toEqual([
      expect.stringMatching(/2 tasks are blocked and wait for a person; 2 of them gave up with: .*juggling/),
    ]);
  });

  test("says nothing about the work of profiles that this dispatcher must leave alone", () => {
    setup();
    t.script("true");
    t.script("true", {}, "writer");
    t.ready({ assignee: "writer" });
    Object.assign(d, { assignees: new Set(["coder"]) });

    expect(watch(100)).toEqual([]);
  });

  test("names the profile that cannot be read", () => {
    setup();
    t.profile("coder", { comand: ["x"] });
    const { id } = t.ready();

    expect(watch(31)).toEqual([
      `tasks are ready and no profile here can start them: 1 task (${id}) for "coder": Cannot read "${profilePath(t.home, "coder")}": ` +
        `"comand" is not a known key. See what would be started with: kanban dispatch --dry-run`,
    ]);
  });

  test("warns of a write-ahead log that some reader keeps from being emptied, every five minutes [T: reader that never]", () => {
    setup();
    const db = t.path("long.db");
    writeFileSync(`${db}-wal`, "");
    truncateSync(`${db}-wal`, 64 * 1024 * 1024);
    Object.assign(d, { home: { ...t.home, db } });

    expect(watch(10)).toEqual([]);
    truncateSync(`${db}-wal`, 65 * 1024 * 1024);

    const warning = "the write-ahead log of the board has grown to 65 MiB: a program holds a read transaction open";
    expect(watch(299)).toEqual([warning]);
    expect(watch(300)).toEqual([warning]);
  });

  test("repeats the trouble of the machine", () => {
    setup();
    noteTrouble(d, "no space left on device");

    expect(watch(31)).toEqual([expect.stringContaining("nothing is started: no space left on device")]);
  });
});
