/**
 * Plays scenarios with one installed agent: a model for each, a board, a daemon, real runs.
 *
 * Runs as a program of its own, in namespaces without a network and with their own process numbers, so
 * nothing that an agent starts can reach out or stay behind. Its argument is an `Order` in JSON.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { logPath, prepareHome } from "../../src/home.ts";
import {
  archiveTask,
  type Board,
  closeBoard,
  createTask,
  getTask,
  listComments,
  listRuns,
  openBoard,
} from "../../src/kernel/mod.ts";
import { until } from "../harness.ts";
import { type Model, startModel } from "../models/server.ts";
import { tell } from "../namespace.ts";
import { type Place, placeAt, startProgram, stop, writeProfile } from "../program.ts";
import { type AgentProgram, PROGRAMS } from "./catalogue.ts";
import { KEY, type Order } from "./order.ts";
import { byShell, type Played, type Scenario, SCENARIOS } from "./scenarios.ts";

/** Runs at once: most of them only wait for a model that fails, and those come first. */
const AT_ONCE = 8;
/** How long after its time limit the last process of a run may still be there. */
const GRACE_MS = 60_000;

interface Stage {
  readonly order: Order;
  readonly program: AgentProgram;
  readonly place: Place;
  readonly board: Board;
}

/** A scenario that was begun: its model, its folders and its task. */
interface Begun {
  readonly scenario: Scenario;
  readonly model: Model | null;
  readonly repo: string;
  readonly task: string;
}

async function main(order: Order): Promise<void> {
  const program = PROGRAMS.find(({ name }) => name === order.agent)!;
  const scenarios = SCENARIOS.filter(({ name }) => order.scenarios.includes(name));
  const place = placeAt(join(order.dir, "board"), { TMPDIR: join(order.dir, "tmp") });
  mkdirSync(join(order.dir, "tmp"), { recursive: true });
  prepareHome(place.home);
  writeFileSync(place.home.config, JSON.stringify({ dispatcher: { max_workers: atOnce(program), failure_limit: 2 } }));
  const board = openBoard(place.home.db, { actor: "player" });
  const stage: Stage = { order, program, place, board };
  const begun = scenarios.map((scenario) => begin(stage, scenario));
  const daemon = startProgram(place, ["daemon"]);
  try {
    tell(await Promise.all(begun.map((each) => watch(stage, each))));
  } finally {
    await stop(daemon);
    for (const { model } of begun) model?.[Symbol.dispose]();
    closeBoard(board);
  }
}

function atOnce(program: AgentProgram): number {
  return program.atOnce ?? AT_ONCE;
}

/** Makes everything that a scenario needs; the daemon starts its task when there is room. */
function begin({ order, program, place, board }: Stage, scenario: Scenario): Begun {
  const dir = join(order.dir, scenario.name);
  const home = join(dir, "home");
  const repo = join(dir, "repo");
  makeRepository(repo, scenario.workspace === "project" ? program.project : {});
  const { script } = scenario;
  const model = script === "nobody listens" ? null : startModel({ script: program.byShell ? byShell(script) : script });
  // A port that only root may listen on, and that no program uses.
  const { env, files } = scenario.noAccount
    ? { env: {}, files: {} }
    : program.setUp({ url: model?.url ?? "http://127.0.0.1:9", key: KEY });
  mkdirSync(home);
  // As people have it: of their repositories none names them.
  writeFiles(home, { ".gitconfig": "[user]\nname = Agent\nemail = agent@example.com\n", ...files });
  const path = [join(order.installed, program.bin ?? "node_modules/.bin"), place.env["PATH"]].join(":");
  writeProfile(place, scenario.name, {
    ...program.start,
    ...(program.model !== null && !scenario.noAccount && { model: program.model }),
    // All use the same key: without this, a dead one would hold the scenarios that are still to come.
    account: scenario.name,
    env: { ...program.env, ...env, PATH: path, HOME: home },
    max_runtime: `${scenario.seconds[order.scale]}s`,
    ...(scenario.workspace === "worktree" && { workspace: "worktree", repo }),
    ...((scenario.workspace === "repository" || scenario.workspace === "project") && { workspace: `dir:${repo}` }),
  });
  const title = `Scenario ${scenario.name}`;
  const { task } = createTask(board, { title, body: "Follow the script.", assignee: scenario.name });
  return { scenario, model, repo, task: task.id };
}

function makeRepository(dir: string, files: Readonly<Record<string, string>> = {}): void {
  mkdirSync(dir, { recursive: true });
  writeFiles(dir, { "README.md": "# A repository of a test\n", ...files });
  git(dir, "init", "--quiet", "--initial-branch=main");
  git(dir, "add", ".");
  const identity = ["-c", "user.name=Agent", "-c", "user.email=agent@example.com"];
  git(dir, ...identity, "commit", "--quiet", "--message=first");
}

function writeFiles(dir: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
}

function git(dir: string, ...args: string[]): string {
  const { stdout, stderr, exitCode } = Bun.spawnSync(["git", "-C", dir, ...args], {
    env: { PATH: process.env["PATH"] },
  });
  if (exitCode !== 0) throw new Error(`git ${args[0]} exited ${exitCode}: ${stderr.toString()}`);
  return stdout.toString();
}

/** Waits for the end of the first run; its task is then archived, so that no second one begins. */
async function watch({ order, program, place, board }: Stage, { scenario, model, repo, task }: Begun): Promise<Played> {
  const run = () => listRuns(board, task)[0];
  const turns = Math.ceil(order.scenarios.length / atOnce(program));
  const longest = turns * (Math.max(...SCENARIOS.map(({ seconds }) => seconds[order.scale])) * 1_000 + GRACE_MS);
  await until(() => run()?.process_gone_at != null, `the end of ${scenario.name}`, longest);
  // What the agent said of itself is written after the end; some never say it.
  await until(() => run()!.session_id !== null, "its session", 3_000).catch(() => {});
  const { failures } = getTask(board, task);
  archiveTask(board, task);
  const { outcome, exit_code, signal, summary, error, usage, session_id, started_at, process_gone_at } = run()!;
  const seen = model?.seen ?? [];
  const asked = seen.filter(({ dialect }) => dialect !== null);
  console.error(`${scenario.name}: ${outcome} after ${(process_gone_at! - started_at) / 1_000} s`);
  return {
    scenario: scenario.name,
    ...{ outcome, exit_code, signal, summary, error, usage, session_id, failures },
    seconds: (process_gone_at! - started_at) / 1_000,
    first_request_seconds: asked[0] === undefined ? null : (asked[0].at - started_at) / 1_000,
    requests: seen.map(({ dialect, path, answered }) => (dialect === null ? `${path}: ${answered}` : answered)),
    output: await Bun.file(logPath(place.home, task)).text(),
    comments: listComments(board, task).map(({ body }) => body),
    commits: git(repo, "log", "--all", "--format=%s").trim().split("\n"),
  };
}

if (import.meta.main) await main(JSON.parse(process.argv[2]!) as Order);
