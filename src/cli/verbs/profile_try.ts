/**
 * `kanban profile test`: starts a profile on a small task in a board of its own, and says what happened.
 *
 * @module
 */
import { type Config, loadConfig } from "../../config.ts";
import {
  checkGit,
  type Daemon,
  loadProfile,
  type Profile,
  programVersion,
  startDaemon,
  tailLog,
} from "../../dispatcher/mod.ts";
import { prepareHome } from "../../home.ts";
import { archiveTask, type JsonObject, KanbanError, listRuns, type Run, type Task } from "../../kernel/mod.ts";
import { agents, presetOf, serverName, transcriptOf } from "../../agents/mod.ts";
import { duration, toggle, word } from "../args.ts";
import { cleanLog } from "../print/format.ts";
import { interrupted } from "../flags/follow.ts";
import { adviceOn } from "../profiles/profile_advice.ts";
import { type Bench, makeBench, makeTask } from "../profiles/profile_bench.ts";
import { type Checks, checksOf, findingsOf } from "../profiles/profile_checks.ts";
import { seek } from "../profiles/profile_program.ts";
import { verb } from "../verb.ts";
import { oneLine } from "../../text.ts";

const LOG_BYTES = 8_192;
/** How much of a log is searched for what git said. */
const SEARCHED_BYTES = 256 * 1024;

interface Result {
  profile: string;
  program: string | null;
  version: string | null;
  ok: boolean;
  outcome: string | null;
  summary: string | null;
  error: string | null;
  /** What an agent reached; null for any other program, and without git. */
  checks: Checks | null;
  /** What it did not reach, a sentence each. */
  failures: string[];
  /** What a worker can do without, but a person should know. */
  remarks: string[];
  elapsed_seconds: number;
  usage: JsonObject | null;
  session_id: string | null;
  log: string;
  /** The board of the test, when it was kept. */
  home: string | null;
}

export default verb({
  name: "profile test",
  act: "profile",
  args: {
    name: word("Name of the profile"),
    timeout: duration("End it after this time (default 5m)"),
    keep: toggle("Keep the board of the test"),
  },
  examples: ["kanban profile test coder", "kanban profile test coder --timeout 60s --json"],
  notes: `The worker is started for real: an agent uses its account and may cost a little. An agent is told to use a
tool, to call the board from its shell and to commit in the worktree of a repository that is made for the test; what
it did not do is named.`,
  async run({ args, home, out, note, hint, style, stdout }) {
    prepareHome(home); // Its folders are lent to the board of the test.
    const profile = loadProfile(home, args.name);
    await requireGit(profile);
    const sought = seek(profile);
    const { program } = sought;
    const version = program === null || profile.agent === null ? null : await programVersion(program);
    note(style.dim(`starting ${oneLine(program ?? sought.name)}${version === null ? "" : ` (${oneLine(version)})`}`));
    const bench = makeBench(home, { repository: profile.agent !== null && (await checkGit()).kind === "ok" });
    try {
      const task = await makeTask(bench, { name: args.name, seconds: args.timeout ?? 300, sought });
      if ("trouble" in task) throw noRepository(args.name, task.trouble);
      const { run, elapsed } = await tryOut(bench, task, { config: loadConfig(home), stopped: interrupted(stdout) });
      const reached = run === null ? NOTHING : await reachedIn(bench, profile, run);
      const result: Result = {
        profile: args.name,
        program,
        version,
        ok: run?.outcome === "completed" && reached.failures.length === 0,
        outcome: run?.outcome ?? null,
        summary: run?.summary ?? null,
        error: run === null ? "nothing was started" : run.error,
        ...reached,
        elapsed_seconds: Math.round(elapsed / 100) / 10,
        usage: run?.usage ?? null,
        session_id: run?.session_id ?? null,
        log: run === null ? "" : tailLog(bench.home, run.task_id, LOG_BYTES).content,
        home: args.keep ? bench.home.dir : null,
      };
      out(result, (all) => told(all, { dim: style.dim, log: readable(profile, all.log) }));
      const advice = result.ok ? null : adviceOn(profile, result);
      if (advice !== null) hint(oneLine(advice));
      return result.ok ? 0 : 1;
    } finally {
      bench.close({ keep: args.keep });
    }
  },
});

const NOTHING = { checks: null, failures: [], remarks: [] };

/** What the agent of a run that ended by itself reached; the error of any other says what is wrong. */
async function reachedIn({ home, board, repository }: Bench, { agent }: Profile, run: Run) {
  const preset = presetOf(agent ?? "");
  if (preset === null || repository === null || !["completed", "abandoned"].includes(run.outcome ?? "")) return NOTHING;
  const offered = preset.mcp.how !== "none";
  const checks = await checksOf(board, { task: run.task_id, repository, offered });
  const log = tailLog(home, run.task_id, SEARCHED_BYTES).content;
  return { checks, ...(await findingsOf(checks, { server: serverName(preset.mcp), repository, log })) };
}

function noRepository(name: string, trouble: string): KanbanError {
  return new KanbanError("refused", `Cannot test profile "${name}": it needs a repository to commit in, ${trouble}`);
}

/** The test itself needs none, but the tasks of a profile that works in worktrees would fail without. */
async function requireGit({ name, workspace }: Profile): Promise<void> {
  if (workspace?.kind !== "worktree") return;
  const git = await checkGit();
  if (git.kind === "ok") return;
  throw new KanbanError("refused", `Cannot use profile "${name}": its tasks need worktrees, ${git.words}`, git.hint);
}

/** Runs the task to the end of its first run and the last process of it. */
async function tryOut(
  { home, board }: Bench,
  task: Task,
  { config, stopped }: { config: Config; stopped: AbortSignal },
): Promise<{ run: Run | null; elapsed: number }> {
  const started = performance.now();
  // The limit is above the one run that is looked at: it ends as what it was, and not as the last straw.
  const daemon = startDaemon(home, config, { agents, failureLimit: 2, maxWorkers: 1, intervalSeconds: 1 });
  try {
    const run = await endOf(board, task, stopped, performance.now() + (task.max_runtime_seconds! + 60) * 1_000);
    return { run, elapsed: performance.now() - started };
  } finally {
    await stop(daemon);
  }
}

async function endOf(board: Bench["board"], task: Task, stopped: AbortSignal, deadline: number): Promise<Run | null> {
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

/** The log of an agent as lines for a person. */
function readable({ agent }: Profile, log: string): string {
  const transcript = agent === null ? null : transcriptOf([agent]);
  return transcript === null ? log : transcript.push(log) + transcript.end();
}

function told(result: Result, { dim, log }: { dim: (text: string) => string; log: string }): string {
  const { ok, outcome, summary, error, failures, remarks, elapsed_seconds, usage } = result;
  const said = summary ?? error;
  const used =
    usage === null
      ? null
      : Object.entries(usage)
          .map(([name, value]) => `${name} ${String(value)}`)
          .join(", ");
  return [
    `${ok ? "works" : "does not work"}: ${outcome ?? "not started"} after ${elapsed_seconds} s`,
    ...failures.map((failure) => `  ✗ ${oneLine(failure)}`),
    ...remarks.map((remark) => `  ! ${oneLine(remark)}`),
    ...(said === null ? [] : [`  ${ok || error === null ? "→" : "!"} ${oneLine(said)}`]),
    ...(used === null ? [] : [`  ${dim(`used ${used}`)}`]),
    ...(ok || log.trim() === "" ? [] : ["", dim("the end of its log:"), cleanLog(log.trimEnd())]),
    ...(result.home === null ? [] : [`  kept in ${oneLine(result.home)}`]),
  ].join("\n");
}
