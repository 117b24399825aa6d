/**
 * Dispatchers of one home in PID namespaces of their own, as in containers, one after the other: each is
 * killed, and the next one finds workers that it cannot see. None may be called crashed, ended, or get a
 * second one beside it.
 *
 * @module
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Board, closeBoard, getTask, listRuns, openBoard } from "../../src/kernel/mod.ts";
import { until } from "../harness.ts";
import { violationsIn } from "../invariants.ts";
import { cliJson, type Place, placeAt, type Program, startProgram, stop, writeProfile } from "../program.ts";
import { type Found, namespaceWords } from "../namespace.ts";

/** The host, a namespace, the host again: each dispatcher meets workers of its own place, and of others. */
const TURNS = ["host", "namespace", "namespace", "host", "namespace", "host"] as const;
/** The first process of a namespace takes all others with it: it must outlive the dispatcher. */
const INIT = ["sh", "-c", '"$@" & wait $!; while :; do sleep 0.5; done', "sh"];

interface Dispatching {
  /** By its number on the host. */
  pid: number;
  program: Program;
}

/** Plays it, or says why this machine cannot. */
export async function namespaces(dir: string): Promise<Found | { why: string }> {
  const words = namespaceWords(["--pid", "--fork", "--mount-proc", "--kill-child"]);
  if ("why" in words) return words;
  const home = join(dir, "home");
  mkdirSync(home, { mode: 0o700 });
  const place = placeAt(home);
  writeFileSync(place.home.config, JSON.stringify({ dispatcher: { max_workers: TURNS.length + 1 } }));
  const ledger = join(dir, "ledger");
  const go = join(dir, "go");
  writeProfile(place, "coder", {
    command: [
      "/bin/sh",
      "-c",
      `echo "began $KANBAN_TASK" >>'${ledger}'; until test -e '${go}'; do sleep 0.1; done
       echo "ended $KANBAN_TASK" >>'${ledger}'; "$KANBAN_BIN" complete --summary done`,
    ],
  });
  const started: Program[] = [];
  const start = async (turn: (typeof TURNS)[number]): Promise<Dispatching> => {
    const mark = crypto.randomUUID();
    const marked = { ...place, env: { ...place.env, STRESS_MARK: mark } };
    const program = startProgram(marked, ["daemon"], { under: turn === "host" ? [] : [...words, ...INIT] });
    started.push(program);
    await until(() => program.output().includes("the dispatcher runs on"), `a dispatcher (${turn})`);
    return { pid: processOf(mark)!, program };
  };
  // This board's clock is the judge's own and decides nothing.
  const board = openBoard(place.home.db, { actor: "judge" });
  try {
    const violations: string[] = [];
    const tasks: string[] = [];
    for (const turn of TURNS) {
      const dispatcher = await start(turn);
      if (tasks.length === 0) violations.push(...(await second(place, words)));
      tasks.push((await cliJson<{ id: string }>(place, ["create", turn, "--assignee", "coder"])).id);
      // A pass that has looked at all others starts it.
      await until(() => listRuns(board, tasks.at(-1)!).at(-1)?.pid != null, `the worker of turn ${tasks.length}`);
      violations.push(...harmed(board, tasks, turn));
      process.kill(dispatcher.pid, "SIGKILL");
      await until(() => !existsSync(`/proc/${dispatcher.pid}`), "the dispatcher to die");
    }
    const last = await start("host");
    writeFileSync(go, "");
    await until(() => tasks.every((id) => getTask(board, id).status === "done"), "the workers to complete");
    violations.push(...harmed(board, tasks, "the end"));
    const lines = readFileSync(ledger, "utf8").trim().split("\n").sort();
    const due = tasks.flatMap((id) => [`began ${id}`, `ended ${id}`]).sort();
    if (lines.join() !== due.join()) violations.push(`the workers wrote ${lines.join(", ")}`);
    if (!last.program.output().includes("cannot see the processes of"))
      violations.push(`the dispatcher does not say what it cannot see: ${last.program.output()}`);
    if ((await stop(last.program)) !== 0) violations.push("the dispatcher did not end well");
    return { violations: [...violations, ...violationsIn(place.home.db)], did: `${TURNS.length} changes of namespace` };
  } finally {
    writeFileSync(go, ""); // Workers outlive whatever went wrong here.
    for (const program of started) program.kill("SIGKILL");
    closeBoard(board);
  }
}

/** A second dispatcher at the same time, in another namespace, must be refused and name the first. */
async function second(place: Place, words: readonly string[]): Promise<string[]> {
  const program = startProgram(place, ["daemon"], { under: [...words, "sh", "-c", '"$@"; exit $?', "sh"] });
  const code = await program.exited;
  await until(() => program.output() !== "", "its words");
  const named = /the board has one already: pid \d+ on /.test(program.output());
  return code === 1 && named ? [] : [`a second dispatcher ended with ${code}: ${program.output()}`];
}

/** Every task must be under its first run, in the hands of the worker that began it. */
function harmed(board: Board, tasks: readonly string[], when: string): string[] {
  return tasks.flatMap((id) => {
    const runs = listRuns(board, id);
    const lost = runs.find(({ outcome }) => outcome !== null && outcome !== "completed");
    if (runs.length === 1 && lost === undefined) return [];
    return [`${when}: ${id} has ${runs.length} runs, one ended ${lost?.outcome}: ${lost?.error}`];
  });
}

/** The Bun process with this mark in its environment; its workers do not inherit it. */
function processOf(mark: string): number | null {
  const found = readdirSync("/proc").find((name) => {
    try {
      const isBun = readlinkSync(`/proc/${name}/exe`) === readlinkSync("/proc/self/exe");
      return isBun && readFileSync(`/proc/${name}/environ`, "utf8").includes(`STRESS_MARK=${mark}`);
    } catch {
      return false;
    }
  });
  return found === undefined ? null : Number(found);
}
