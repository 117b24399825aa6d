/**
 * How a run's process ended, as far as that can be seen from outside: by its exit status, or by what
 * its agent printed.
 *
 * The content of an output was chosen by a foreign program. It is brought into a form that
 * the board takes before anything is done with it: a run whose end is refused would never end.
 *
 * @module
 */
import { exitPath } from "../../home.ts";
import { HomeTrouble } from "../../home_trouble.ts";
import { checkReport, KanbanError, type WorkerRun } from "../../kernel/mod.ts";
import { machineTrouble } from "../breaker.ts";
import { lastLines, outputSince, tailLog } from "../logs/logs.ts";
import { outputOfRun, type RunOutput } from "../logs/run_output.ts";
import type { FinishedRun, SharedFault, Verdict } from "../start/plan.ts";
import { readAgentReport, readStartRecord, type StartRecord } from "../logs/run_files.ts";
import { type Exit, readExit } from "../start/spawn.ts";
import type { Dispatcher } from "../state.ts";
import { cut } from "../../text.ts";

/** A worker that cannot work for now says so with this status (sysexits: EX_TEMPFAIL). */
const EXIT_RATE_LIMITED = 75;
/** How much of a run's output its agent's preset gets to read as one text. */
const OUTPUT_BYTES = 1024 * 1024;
/** How much of its beginning, when that is not all: several agents name their session there and nowhere else. */
const HEAD_BYTES = 64 * 1024;
/** How much is read where only its last lines count. */
const END_BYTES = 16 * 1024;
/** Longest summary out of the last lines of an output, in characters. */
const LAST_CHARACTERS = 4_000;
/** Longest summary that an agent may give, in characters; the log has all of it. */
const SUMMARY_CHARACTERS = 100_000;
/** What a worker says by its exit status alone. */
const THROTTLED: SharedFault = { on: "account", permanent: false };
const RETRY_SECONDS = { min: 1, max: 86_400 };

/** How a run ended. */
export interface End {
  readonly exit: Exit;
  /** What it printed, or the end of it. */
  readonly output: string;
  readonly verdict: Verdict | null;
  readonly outcome: "completed" | "crashed" | "rate_limited" | "abandoned";
  /** What that tasks share is at fault, as far as the exit status or the agent's events say. */
  readonly fault: SharedFault | null;
  /** The worker was given our tools. */
  readonly tools: boolean;
}

/** Reads how a run's process ended. All of its processes must be gone. */
export function readEnd(d: Dispatcher, run: WorkerRun): End {
  const exit = readExit(exitPath(d.home, run.id), run);
  const start = readStartRecord(d.home, run.id);
  const { text: output, between } = outputOf(d, run, start);
  const verdict = start?.agent == null ? null : verdictOf(d, run, { agent: start.agent, exit, output, between });
  const seen = verdict?.outcome ?? byStatus(exit);
  const wellDone = seen === "completed";
  const outcome = wellDone && !start?.complete_on_exit ? "abandoned" : seen;
  const fault = verdict?.fault ?? (outcome === "rate_limited" ? THROTTLED : null);
  return { exit, output, verdict, outcome, fault, tools: start?.tools === true };
}

/** What a run that completes its task by ending leaves as its summary. */
export function summaryOf({ verdict, output }: Pick<End, "verdict" | "output">): string {
  return verdict?.summary?.trim() || readable(lastLines(output, LAST_CHARACTERS)).trim() || "ended without output";
}

/** A text without NUL, which would cut it short in SQL. */
export function readable(text: string): string {
  return text.replaceAll("\0", "\ufffd");
}

/** What the run printed; nothing when there is something else in the place of its log. */
function outputOf(d: Dispatcher, run: WorkerRun, start: StartRecord | null): RunOutput {
  const short = (text: string): RunOutput => ({ text, between: null });
  try {
    // Without its record, the place in the task's log where this run began is unknown.
    if (start === null) return short(tailLog(d.home, run.task_id, END_BYTES).content);
    if (start.agent === null) return short(outputSince(d.home, run.task_id, start.log, END_BYTES));
    return outputOfRun(d.home, run.task_id, start.log, { bytes: OUTPUT_BYTES, head: HEAD_BYTES });
  } catch (error) {
    // A home may be in trouble until a person mends it: meanwhile an end is judged without its output.
    if (machineTrouble(error) !== null && !(error instanceof HomeTrouble)) throw error;
    return short("");
  }
}

function verdictOf(
  d: Dispatcher,
  run: WorkerRun,
  { agent, exit, output, between }: Required<Pick<FinishedRun, "agent" | "output" | "between">> & { exit: Exit },
): Verdict | null {
  try {
    const report = readAgentReport(d.home, run.id);
    const verdict = d.agents?.judge({ agent, run, ...exit, output, between, report }) ?? null;
    return verdict === null ? null : withoutRefused(d, run, bounded(verdict));
  } catch (error) {
    // No output of an agent may keep its exit code from counting, or stop the dispatcher.
    d.warn(`cannot read the output of ${agent} in task ${run.task_id} (run ${run.id}): ${(error as Error).message}`);
    return null;
  }
}

/** A verdict without what the board does not take: the end of a run is kept all the same. */
function withoutRefused(d: Dispatcher, run: WorkerRun, verdict: Verdict): Verdict {
  try {
    checkReport(verdict);
    return verdict;
  } catch (error) {
    if (!(error instanceof KanbanError && error.code === "invalid")) throw error;
    d.warn(`what the agent of task ${run.task_id} (run ${run.id}) reported is not kept: ${error.message}`);
    const { usage: _, session_id: __, ...rest } = verdict;
    return rest;
  }
}

function bounded(verdict: Verdict): Verdict {
  const { summary, retry_seconds, ...rest } = verdict;
  const seconds = Math.round(Math.min(RETRY_SECONDS.max, Math.max(RETRY_SECONDS.min, retry_seconds ?? NaN)));
  return {
    ...rest,
    ...(summary === undefined ? {} : { summary: readable(cut(summary, SUMMARY_CHARACTERS)) }),
    ...(Number.isNaN(seconds) ? {} : { retry_seconds: seconds }),
  };
}

function byStatus({ exit_code }: Exit): End["outcome"] {
  if (exit_code === 0) return "completed";
  return exit_code === EXIT_RATE_LIMITED ? "rate_limited" : "crashed";
}
