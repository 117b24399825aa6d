/**
 * A hostile worker that tries one trick after the other while a victim's tasks go on: no program of its
 * choice runs outside of a worker, no command of a person hangs, and no task of the victim waits for longer
 * than a second.
 *
 * Some tricks bring the home itself into disorder. Then claiming stops, which is right: the victim's tasks must
 * go on within a second of the repair, without a failure on their account.
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Board, closeBoard, createTask, getTask, openBoard } from "../../src/kernel/mod.ts";
import { until } from "../harness.ts";
import { violationsIn } from "../invariants.ts";
import { cli, cliJson, type Place, placeAt, type Program, startProgram, stop, writeProfile } from "../program.ts";
import type { Found } from "../namespace.ts";
import { LOG_BYTES_MAX, PREAMBLE, type Trick, TRICKS } from "./tricks.ts";

/** How long a task of the victim may take from its creation to its end, on a machine that is not slower than usual. */
const VICTIM_MS = 1_000;
/** How many times the time of an undisturbed task it may take on a slow one. */
const SLOWER = 12;
/** What a person types must come back within this, in milliseconds. */
const PERSON_MS = 15_000;

interface Lab {
  readonly dir: string;
  readonly place: Place;
  readonly board: Board;
  readonly canary: string;
  readonly violations: string[];
  /** Every task of the victim. */
  readonly victims: string[];
}

/** Plays every trick in turn. */
export async function hostile(dir: string): Promise<Found | { why: string }> {
  if (process.platform !== "linux") return { why: "the tricks are written for Linux" };
  const home = join(dir, "home");
  mkdirSync(home, { mode: 0o700 });
  const place = placeAt(home);
  writeFileSync(place.home.config, configText(), { mode: 0o600 });
  repository(join(dir, "repo"));
  writeProfile(place, "victim", { command: ["/usr/bin/env", "true"], complete_on_exit: true });
  const daemon = startProgram(place, ["up", "--no-open", "--port", "0"]);
  await until(() => existsSync(place.home.dispatcherState), "the dispatcher");
  const board = openBoard(place.home.db, { actor: "judge" });
  const lab: Lab = { dir, place, board, canary: join(dir, "canary"), violations: [], victims: [] };
  try {
    const usual = await undisturbed(lab);
    const boundMs = Math.max(VICTIM_MS, SLOWER * usual);
    let worst = 0;
    for (const [at, trick] of TRICKS.entries()) worst = Math.max(worst, await play(lab, trick, { at, boundMs }));
    await end(lab, daemon);
    return {
      violations: [...lab.violations, ...violationsIn(place.home.db)],
      did: `${TRICKS.length} tricks of a hostile worker, a victim waited ${Math.round(worst)} ms at most (${Math.round(usual)} undisturbed)`,
    };
  } finally {
    daemon.kill("SIGKILL");
    closeBoard(board);
  }
}

function configText(): string {
  return JSON.stringify({ dispatcher: { max_workers: 4, failure_limit: 2, log_bytes_max: LOG_BYTES_MAX } });
}

function repository(path: string): void {
  const git = (...args: string[]) => {
    const done = Bun.spawnSync([
      "git",
      "-c",
      "user.name=judge",
      "-c",
      "user.email=judge@localhost",
      "-C",
      path,
      ...args,
    ]);
    if (done.exitCode !== 0) throw new Error(`git ${args.join(" ")}: ${done.stderr}`);
  };
  mkdirSync(path);
  git("init", "-q", "-b", "main");
  writeFileSync(join(path, "file"), "text\n");
  git("add", "file");
  git("commit", "-q", "-m", "first");
}

/** The time that a task of the victim takes when it is not disturbed: the median of five. */
async function undisturbed(lab: Lab): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 5; i++) times.push(await victim(lab, PERSON_MS));
  return times.sort((a, b) => a - b)[2]!;
}

/** Creates a task of the victim and waits for its end. Returns how long that took; `Infinity` past `ms`. */
async function victim({ board, victims }: Lab, ms: number): Promise<number> {
  const began = performance.now();
  const { task } = createTask(board, { title: "victim", assignee: "victim" });
  victims.push(task.id);
  while (getTask(board, task.id).status !== "done") {
    if (performance.now() - began > ms) return Infinity;
    await Bun.sleep(5);
  }
  return performance.now() - began;
}

/** Plays one trick and judges it. Returns the longest time that a task of the victim took. */
async function play(lab: Lab, trick: Trick, { at, boundMs }: { at: number; boundMs: number }): Promise<number> {
  const { place, board, dir } = lab;
  const profile = `hostile-${at}`;
  const precious = join(dir, `precious-${at}`);
  const played = join(dir, `played-${at}`);
  const script = join(dir, `trick-${at}`);
  writeFileSync(
    script,
    `echo "$1"\n[ -e '${played}' ] && exit 0\nset -e\n${PREAMBLE}${trick.script}\ntouch '${played}'\n`,
  );
  writeProfile(place, profile, {
    command: ["/bin/sh", script, "{prompt}"],
    env: { CANARY: lab.canary, PRECIOUS: precious },
    workspace: "worktree",
    repo: join(dir, "repo"),
    complete_on_exit: true,
    max_runtime: "20s",
  });
  const { task } = createTask(board, { title: trick.what, assignee: profile });
  const wrong = (text: string) => lab.violations.push(`${trick.id}, ${trick.what}: ${text}`);
  try {
    await until(() => existsSync(played), "the trick to be played", PERSON_MS);
  } catch {
    wrong(`it was never played: ${JSON.stringify(getTask(board, task.id).last_error)}`);
    return 0;
  }
  let worst = trick.stops ? 0 : await go(lab, boundMs, wrong);
  await person(lab, task.id, wrong);
  if (trick.mend !== undefined) {
    Bun.spawnSync(["/bin/sh", "-c", trick.mend], { env: { ...place.env, REPO: join(dir, "repo") } });
    worst = Math.max(worst, await go(lab, boundMs, wrong));
  }
  await until(
    () => ["done", "ready", "blocked"].includes(getTask(board, task.id).status),
    "the trickster's end",
    PERSON_MS,
  );
  const work = async (title: string, assignee: string) => {
    const { task: more } = createTask(board, { title, assignee });
    await until(() => getTask(board, more.id).status === "done", `"${title}"`, PERSON_MS);
    return more.id;
  };
  const found = (await trick.judge?.({ place, precious, taskId: task.id, profile, work })) ?? null;
  if (found !== null) wrong(found);
  const ran = existsSync(lab.canary) ? readFileSync(lab.canary, "utf8").trim() : "";
  if (ran !== "") wrong(`a planted program ran outside of its worker: ${ran.split("\n")[0]}`);
  writeFileSync(lab.canary, "");
  return worst;
}

/** Some tasks of the victim, one after the other. */
async function go(lab: Lab, boundMs: number, wrong: (text: string) => void): Promise<number> {
  let worst = 0;
  for (let i = 0; i < 3; i++) worst = Math.max(worst, await victim(lab, PERSON_MS));
  if (worst > boundMs) wrong(`a task of the victim took ${Math.round(worst)} ms, ${Math.round(boundMs)} were allowed`);
  return worst;
}

/** What a person types meanwhile. */
async function person({ place }: Lab, id: string, wrong: (text: string) => void): Promise<void> {
  for (const words of [["show", id], ["list"], ["gc", "--dry-run"], ["doctor"], ["profile", "list"]]) {
    const { code, stderr } = await cli(place, words, { ms: PERSON_MS });
    if (![0, 1].includes(code)) wrong(`kanban ${words.join(" ")} exited ${code}: ${stderr.slice(0, 300)}`);
  }
}

/** A dispatcher that is killed and started again must find nothing that stops it; gc then removes what is left. */
async function end(lab: Lab, daemon: Program): Promise<void> {
  const { place, board, violations, victims } = lab;
  const failed = victims.filter((id) => getTask(board, id).failures > 0).length;
  if (failed > 0) violations.push(`${failed} tasks of the victim count a failure`);
  await stop(daemon, "SIGKILL");
  const next = startProgram(place, ["daemon"]);
  await until(() => next.output() !== "", "the next dispatcher");
  if ((await victim(lab, PERSON_MS)) === Infinity) violations.push("nothing is started after a restart");
  const { stderr, code } = await cli(place, ["gc", "--workspace-retention-days", "0"], { ms: PERSON_MS });
  if (code > 1) violations.push(`gc exited ${code}: ${stderr}`);
  const tasks = await cliJson<{ id: string }[]>(place, ["list"]);
  if (tasks.length === 0) violations.push("the board is empty");
  if ((await stop(next)) !== 0) violations.push(`the dispatcher did not end well: ${next.output().slice(-500)}`);
}
