/**
 * `kanban profile test`: starts a profile on a small task in a board of its own, and says what happened.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, rmdirSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { type Config, loadConfig } from "../../config.ts";
import { checkGit, type Daemon, loadProfile, type Profile, startDaemon, tailLog } from "../../dispatcher/mod.ts";
import { discard } from "../../files.ts";
import { environment, type Home, homeOf, prepareHome } from "../../home.ts";
import {
  archiveTask,
  type Board,
  closeBoard,
  createTask,
  type JsonObject,
  KanbanError,
  listRuns,
  openBoard,
  type Run,
  type Task,
} from "../../kernel/mod.ts";
import { agents } from "../../worker/mod.ts";
import { duration, toggle, word } from "../args.ts";
import { cleanLine, cleanLog } from "../format.ts";
import { interrupted } from "../follow.ts";
import { adviceOn } from "../profile_advice.ts";
import { seek, type Sought, versionOf } from "../profile_program.ts";
import { verb } from "../verb.ts";

const TITLE = "Test of a profile";
const BODY = `This task only tests whether a worker can be started and reach the board.
Change no files. Read this task with kanban_show, then end it with kanban_complete; let the summary be one short sentence about which agent you are.`;
const LOG_BYTES = 4_096;

interface Result {
  profile: string;
  program: string | null;
  version: string | null;
  ok: boolean;
  outcome: string | null;
  summary: string | null;
  error: string | null;
  elapsed_seconds: number;
  usage: JsonObject | null;
  session_id: string | null;
  log: string;
  /** The board of the test, when it was kept. */
  home: string | null;
}

export default verb({
  name: "profile test",
  summary: "Start a profile on a small task in a board of its own, and say what happened",
  act: "profile",
  args: {
    name: word("Name of the profile"),
    timeout: duration("End it after this time (default 5m)"),
    keep: toggle("Keep the board of the test"),
  },
  examples: ["kanban profile test coder", "kanban profile test coder --timeout 60s --json"],
  notes: "The worker is started for real: an agent uses its account and may cost a little.",
  async run({ args, home, out, note, hint, style, stdout }) {
    prepareHome(home); // Its folders are lent to the board of the test.
    const profile = loadProfile(home, args.name);
    await requireGit(profile);
    const sought = seek(profile);
    const { program } = sought;
    const version = program === null || profile.agent === null ? null : await versionOf(program);
    note(
      style.dim(`starting ${cleanLine(program ?? sought.name)}${version === null ? "" : ` (${cleanLine(version)})`}`),
    );
    const bench = makeBench(home);
    try {
      lendProgram(bench.home, sought);
      const { run, elapsed } = await tryOut(bench, {
        name: args.name,
        config: loadConfig(home),
        seconds: args.timeout ?? 300,
        stopped: interrupted(stdout),
      });
      const result: Result = {
        profile: args.name,
        program,
        version,
        ok: run?.outcome === "completed",
        outcome: run?.outcome ?? null,
        summary: run?.summary ?? null,
        error: run === null ? "nothing was started" : run.error,
        elapsed_seconds: Math.round(elapsed / 100) / 10,
        usage: run?.usage ?? null,
        session_id: run?.session_id ?? null,
        log: run === null ? "" : tailLog(bench.home, run.task_id, LOG_BYTES).content,
        home: args.keep ? bench.home.dir : null,
      };
      out(result, (all) => told(all, style.dim));
      const advice = result.ok ? null : adviceOn(profile, result);
      if (advice !== null) hint(cleanLine(advice));
      return result.ok ? 0 : 1;
    } finally {
      bench.close({ keep: args.keep });
    }
  },
});

/** The test itself needs none, but the tasks of a profile that works in worktrees would fail without. */
async function requireGit({ name, workspace }: Profile): Promise<void> {
  if (workspace?.kind !== "worktree") return;
  const git = await checkGit();
  if (git.kind === "ok") return;
  throw new KanbanError("refused", `Cannot use profile "${name}": its tasks need worktrees, ${git.words}`, git.hint);
}

interface Bench {
  home: Home;
  board: Board;
  close(options: { keep: boolean }): void;
}

/** A home of its own that has the profiles and skills of the real one. */
function makeBench(real: Home): Bench {
  const dir = resolve(mkdtempSync(join(tmpdir(), "kanban-profile-test-")));
  const home = homeOf({ ...environment(), KANBAN_HOME: dir, KANBAN_DB: undefined });
  prepareHome(home);
  rmdirSync(home.profiles);
  symlinkSync(real.profiles, home.profiles);
  symlinkSync(real.skills, home.skills);
  const board = openBoard(home.db, { actor: "profile-test" });
  return {
    home,
    board,
    close({ keep }) {
      closeBoard(board);
      if (!keep) discard(dir);
    },
  };
}

/** Where the test is worked on. */
function folderOf(home: Home): string {
  return join(home.workspaces, "test");
}

/** A program that its profile names relative to the workspace is lent to that of the test. */
function lendProgram(home: Home, { name, program }: Sought): void {
  const place = resolve(folderOf(home), name);
  if (program === null || !name.includes("/") || !place.startsWith(`${folderOf(home)}/`)) return;
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(program, place);
}

/** Runs one task to the end of its first run and the last process of it. */
async function tryOut(
  { home, board }: Bench,
  { name, config, seconds, stopped }: { name: string; config: Config; seconds: number; stopped: AbortSignal },
): Promise<{ run: Run | null; elapsed: number }> {
  const started = performance.now();
  // A folder that the task names wins over the profile's own workspace, which the test must not touch.
  const workspace = { workspace_kind: "dir", workspace_path: folderOf(home) } as const;
  const { task } = createTask(board, {
    title: TITLE,
    body: BODY,
    assignee: name,
    max_runtime_seconds: seconds,
    ...workspace,
  });
  // The limit is above the one run that is looked at: it ends as what it was, and not as the last straw.
  const daemon = startDaemon(home, config, { agents, failureLimit: 2, maxWorkers: 1, intervalSeconds: 1 });
  try {
    const run = await endOf(board, task, stopped, performance.now() + (seconds + 60) * 1_000);
    return { run, elapsed: performance.now() - started };
  } finally {
    await stop(daemon);
  }
}

async function endOf(board: Board, task: Task, stopped: AbortSignal, deadline: number): Promise<Run | null> {
  let archived = false;
  for (;;) {
    const run = listRuns(board, task.id)[0] ?? null;
    if (run?.outcome != null && run.process_gone_at !== null) return run;
    if (stopped.aborted && !archived) {
      // The dispatcher ends the worker of an archived task.
      archived = true;
      archiveTask(board, task.id);
      if (run === null) return null;
    }
    if (performance.now() > deadline) return run;
    await Bun.sleep(25);
  }
}

async function stop(daemon: Daemon): Promise<void> {
  daemon.stop();
  await daemon.done;
}

function told(result: Result, dim: (text: string) => string): string {
  const { ok, outcome, summary, error, elapsed_seconds, usage, log } = result;
  const said = summary ?? error;
  const used =
    usage === null
      ? null
      : Object.entries(usage)
          .map(([name, value]) => `${name} ${String(value)}`)
          .join(", ");
  return [
    `${ok ? "works" : "does not work"}: ${outcome ?? "not started"} after ${elapsed_seconds} s`,
    ...(said === null ? [] : [`  ${ok ? "→" : "!"} ${cleanLine(said)}`]),
    ...(used === null ? [] : [`  ${dim(`used ${used}`)}`]),
    ...(ok || log.trim() === "" ? [] : ["", dim("the end of its log:"), cleanLog(log.trimEnd())]),
    ...(result.home === null ? [] : [`  kept in ${cleanLine(result.home)}`]),
  ].join("\n");
}
