import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULTS } from "../config.ts";
import { type Agents, type Daemon, startDaemon } from "../dispatcher/mod.ts";
import { homeOf, prepareHome, profileDir, profilePath } from "../home.ts";
import {
  activeHolds,
  archiveTask,
  type Board,
  closeBoard,
  createTask,
  getTask,
  type JsonObject,
  listRuns,
  openBoard,
  releaseHolds,
  type Run,
} from "../kernel/mod.ts";
import { tempDir, until } from "../testing/mod.ts";
import { agents } from "./agents.ts";
import { type AgentName, AGENTS, PRESETS } from "./presets.ts";

const STAND_IN = join(import.meta.dir, "testing", "stand_in.ts");
const TITLE = "$(touch x); --help";

/** A home whose profiles are all agents, with stand-ins of their programs on PATH. */
const dir = tempDir();
const home = homeOf({ KANBAN_HOME: join(dir.path, "home") });
const bin = join(dir.path, "bin");
let board: Board;
let daemon: Daemon;

beforeAll(() => {
  prepareHome(home);
  mkdirSync(bin);
  for (const agent of AGENTS) {
    const program = join(bin, PRESETS[agent].program);
    writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${STAND_IN}' '${PRESETS[agent].program}' "$@"\n`);
    chmodSync(program, 0o755);
    addProfile(agent, `agent: ${agent}\nmodel: some-model\n`);
  }
  addProfile("finisher", "agent: gemini\ncomplete_on_exit: true\n");
  board = openBoard(home.db, { actor: "ann" });
  const hook: Agents = agents;
  daemon = startDaemon(home, DEFAULTS, { agents: hook, maxWorkers: 3, failureLimit: 1 });
});

afterAll(async () => {
  daemon.stop();
  await daemon.done;
  closeBoard(board);
  dir.remove();
});

function addProfile(name: string, yaml: string): void {
  mkdirSync(profileDir(home, name), { recursive: true });
  writeFileSync(profilePath(home, name), `${yaml}env:\n  PATH: ${JSON.stringify(`${bin}:/usr/bin:/bin`)}\n`);
}

/** Gives a task to an agent and waits until its run is over and its process forgotten. */
async function work(assignee: string, act: string): Promise<{ run: Run; status: string }> {
  const { task } = createTask(board, { title: TITLE, assignee, body: `act: ${act}`, tenant: "${HOME}" });
  const run = await until(() => listRuns(board, task.id).find((found) => found.process_gone_at !== null), {
    ms: 15_000,
    what: `the run of ${assignee}`,
  });
  return { run, status: getTask(board, task.id).status };
}

/** The runs that completed, by their agent. */
const completed: Partial<Record<AgentName, Run>> = {};

describe.each(AGENTS.map((agent) => [agent] as const))("%s", (agent: AgentName) => {
  test("works through the tools and completes", async () => {
    const { run, status } = await work(agent, "ok");
    completed[agent] = run;

    expect({ status, outcome: run.outcome, error: run.error, summary: run.summary }).toEqual({
      status: "done",
      outcome: "completed",
      error: null,
      summary: "All done",
    });
    const { argv, prompt, env } = run.metadata as { argv: string[]; prompt: string; env: string[] };
    expect(prompt).toContain("You are a worker of a kanban board");
    expect(prompt).toContain(run.task_id);
    expect(prompt).not.toContain("touch x");
    expect(argv).toContain("some-model");
    expect(argv.join(" ")).not.toContain("touch x");
    expect(env.filter((name) => /SECRET|TOKEN|(?<!^GIT_CONFIG_)KEY/.test(name))).toEqual([]);
    expect(env).toContain("KANBAN_RUN");
  });

  test("waits at a limit without a failure", async () => {
    const { run, status } = await work(agent, "limit");

    expect({ status, outcome: run.outcome }).toEqual({ status: "ready", outcome: "rate_limited" });
    expect(run.error).toStartWith(`${PRESETS[agent].title}: `);
    expect(getTask(board, run.task_id)).toMatchObject({ failures: 0 });
    archiveTask(board, run.task_id);
    for (const { key } of activeHolds(board)) releaseHolds(board, key); // The limit is over.
  });

  test("fails with the error that it reports, though most exit 0", async () => {
    const { run, status } = await work(agent, "error");

    // A key that its provider refuses is no fault of the task.
    const isKey = agent === "hermes" || agent === "pi";
    expect({ status, outcome: run.outcome, exit_code: run.exit_code }).toEqual({
      status: isKey ? "ready" : "blocked",
      outcome: isKey ? "unavailable" : "gave_up",
      exit_code: 0,
    });
    expect(run.error).toStartWith(`${PRESETS[agent].title}: `);
    expect(run.error).toMatch(/the model is unknown|stream disconnected|bad request|the key is invalid/);
  });
});

test("usage and session are kept on the run, in our own words", () => {
  const usage: Partial<Record<AgentName, JsonObject>> = {};
  for (const agent of ["claude", "codex", "opencode", "gemini", "copilot", "droid", "hermes", "pi", "kilo"] as const) {
    const { usage: used, session_id } = completed[agent]!;
    usage[agent] = { ...used, session: session_id };
  }
  const session = "5b1f7a52-0000-4000-8000-000000000001";
  expect(usage).toEqual({
    claude: {
      input_tokens: 100,
      output_tokens: 20,
      cache_read_tokens: 5,
      cache_write_tokens: 7,
      cost_usd: 0.25,
      turns: 3,
      session,
    },
    codex: { input_tokens: 100, output_tokens: 20, cache_read_tokens: 5, session },
    opencode: {
      input_tokens: 100,
      output_tokens: 20,
      reasoning_tokens: 2,
      cache_read_tokens: 6,
      cache_write_tokens: 0,
      cost_usd: 0.25,
      session,
    },
    gemini: { input_tokens: 105, output_tokens: 20, cache_read_tokens: 5, tool_calls: 2, session },
    copilot: { input_tokens: 120, output_tokens: 20, cache_read_tokens: 10, premium_requests: 2, session },
    droid: { turns: 3, session },
    hermes: { input_tokens: 100, output_tokens: 20, cache_read_tokens: 5, cache_write_tokens: 7, session },
    pi: {
      ...{ input_tokens: 100, output_tokens: 20, cache_read_tokens: 6, cache_write_tokens: 0, cost_usd: 0.25 },
      session,
    },
    kilo: usage.opencode!,
  });
});

test("a clean exit without completing is abandoned, and the usage is kept all the same", async () => {
  const { run, status } = await work("claude", "silent");

  expect({ status, outcome: run.outcome }).toEqual({ status: "blocked", outcome: "gave_up" });
  expect(run.error).toContain("without completing or blocking");
  expect(run.usage).toMatchObject({ cost_usd: 0.25 });
});

test("the session that an agent names at its beginning outlives an output of any length", async () => {
  const { run } = await work("codex", "long");
  expect(run).toMatchObject({ session_id: completed.codex!.session_id, usage: { input_tokens: 100 } });
});

test("a profile that completes on exit hands over what the agent said last", async () => {
  const { run, status } = await work("finisher", "silent");
  expect({ status, summary: run.summary }).toEqual({ status: "done", summary: "All done" });
});

test("a killed agent is a crash, with any output", async () => {
  const { run } = await work("codex", "crash");
  expect(run).toMatchObject({ outcome: "gave_up", signal: "SIGKILL" });
});

test("nothing of a run is left behind: no configuration, no prompt", () => {
  expect(readdirSync(home.runs)).toEqual([]);
});
