/**
 * Reads what an agent printed and says how its run went, by the rules of its preset.
 *
 * Structure decides: exit codes, signals, the program's own events, the status of its provider's answers. Words
 * are kept and shown, and decide nothing. What no rule knows is left to the exit code: a crash that shows its
 * last words. A fault of something that tasks share is named, so that it is not counted against the task.
 *
 * @module
 */
import type { JsonObject, Run } from "../kernel/mod.ts";
import { type Between, causeOf, readOutput, type Report, type Symptom } from "./output_report.ts";
import type { Cause, Preset } from "./preset.ts";
import { presetOf } from "./presets.ts";
import { reportedNumbers } from "./report.ts";
import { oneLine } from "../text.ts";

/** A run's process as it was when it had ended. */
export interface FinishedRun {
  readonly agent: string;
  readonly run: Pick<Run, "id">;
  readonly exit_code: number | null;
  readonly signal: string | null;
  /** What this run printed; of a long output the beginning and the end, in whole lines. */
  readonly output: string;
  /** What was left out of that: usage is counted there too. */
  readonly between?: Between | null;
  /** What the agent wrote about the run beside it. */
  readonly report?: JsonObject | null;
}

/** A fault of something that tasks share; as in the dispatcher's `plan.ts`. */
export interface SharedFault {
  on: "profile" | "account" | "provider";
  permanent: boolean;
  retry_seconds?: number;
}

export interface Verdict {
  fault?: SharedFault;
  outcome?: "crashed" | "rate_limited";
  error?: string;
  /** The request that it was making again when it ended: a status, or why there was no answer. */
  retrying?: string;
  /** What it said last. */
  summary?: string;
  /** Its last lines that are no events. */
  tail?: string;
  retry_seconds?: number;
  usage?: JsonObject;
  session_id?: string;
}

const ERROR_CHARACTERS = 600;
const RETRYING_CHARACTERS = 160;
/** A limit that says when it ends is waited for, but not longer: what it says may be wrong. */
const RETRY_SECONDS = { min: 60, max: 6 * 3_600 };

/** What each cause is booked on, and how its run ends. Only limits are waited out without counting a failure. */
const FAULTS: Readonly<Record<Cause, SharedFault & { outcome: "crashed" | "rate_limited" }>> = {
  limit: { on: "account", permanent: false, outcome: "rate_limited" },
  overload: { on: "provider", permanent: false, outcome: "rate_limited" },
  outage: { on: "provider", permanent: false, outcome: "crashed" },
  account: { on: "account", permanent: true, outcome: "crashed" },
  bill: { on: "account", permanent: true, outcome: "crashed" },
  model: { on: "profile", permanent: true, outcome: "crashed" },
  setup: { on: "profile", permanent: true, outcome: "crashed" },
};

/** The verdict on a finished run, or null when the agent has no preset. */
export function judge(finished: FinishedRun, now: () => number = Date.now): Verdict | null {
  const preset = presetOf(finished.agent);
  if (preset === null) return null;
  const report = readOutput(preset.output, finished.output, finished.between);
  Object.assign(report.usage, reportedNumbers(preset.output, finished.report ?? null));
  return {
    ...(report.session !== null && { session_id: report.session }),
    ...(Object.keys(report.usage).length > 0 && { usage: report.usage }),
    ...(report.summary.trim() !== "" && { summary: report.summary.trim() }),
    ...(report.text.length > 0 && { tail: report.text.join("\n") }),
    ...(report.retry !== null && { retrying: retryingText(report.retry) }),
    ...outcomeOf(preset, report, finished, now),
  };
}

/** The request that an agent is making again, by the end of its output; null when it is not, or has no preset. */
export function retryingOf(agent: string, output: string): string | null {
  const preset = presetOf(agent);
  const retry = preset === null ? null : readOutput(preset.output, output).retry;
  return retry === null ? null : retryingText(retry);
}

function retryingText({ status, message }: Symptom): string {
  return status === null ? oneLine(message ?? "no answer", RETRYING_CHARACTERS) : String(status);
}

function outcomeOf(preset: Preset, report: Report, finished: FinishedRun, now: () => number): Partial<Verdict> {
  const failed = finished.exit_code !== 0 && finished.signal === null;
  // Ended from outside, perhaps politely with exit 0: what it was retrying is all there is.
  if (report.error === null && !failed) return report.retry === null ? {} : stillRetrying(preset, report.retry, now);
  const exit = failed ? exitSymptom(preset, finished.exit_code) : null;
  const line = failed ? report.line : null;
  const retry = failed ? report.retry : null;
  const symptom = [report.sign, line, exit, retry].find((found) => found?.cause != null) ?? report.sign ?? line;
  const message = report.error ?? (line ?? exit ?? retry)?.message ?? null;
  if (message === null) return {};
  const error = advised(preset, message, symptom);
  if (symptom?.cause == null) return { outcome: "crashed", error };
  const fault = faultOf(symptom, now);
  const { outcome } = FAULTS[symptom.cause];
  return { outcome, error, ...(outcome === "rate_limited" && retrySeconds(symptom, now)), ...fault };
}

function stillRetrying(preset: Preset, retry: Symptom, now: () => number): Partial<Verdict> {
  const { fault } = faultOf(retry, now);
  if (fault === undefined) return {};
  return { error: advised(preset, `still retrying: ${retryingText(retry)}`, retry), fault };
}

function faultOf(symptom: Symptom, now: () => number): { fault?: SharedFault } {
  if (symptom.cause === null) return {};
  const { on, permanent } = FAULTS[symptom.cause];
  return { fault: { on, permanent, ...(!permanent && retrySeconds(symptom, now)) } };
}

/** What the exit code alone says. */
function exitSymptom({ exit_codes, exits_with_status }: Preset, code: number | null): Symptom | null {
  if (code === null) return null;
  const status = exits_with_status ? httpStatus(code) : null;
  const meaning = exit_codes[code];
  if (meaning === undefined && status === null) return null;
  const text = meaning?.text ?? `the provider answered with status ${status}`;
  const cause = meaning?.cause ?? causeOf(status);
  return { cause, status, message: `${text} (exit code ${code})`, ends: null, wait: null, say: null };
}

/** The HTTP status of a failure of which an exit code has eight bits. Above 511 they would collide with its own codes. */
function httpStatus(code: number): number | null {
  if (code === 529 % 256) return 529;
  return code + 256 >= 400 && code + 256 < 512 ? code + 256 : null;
}

/** The text of the error, with what a person can do about it. */
function advised({ title, sign_in }: Preset, message: string, symptom: Symptom | null): string {
  const { status = null, cause = null, say = null } = symptom ?? {};
  const notes = [
    ...(status === null || new RegExp(`\\b${status}\\b`).test(message) ? [] : [`status ${status}`]),
    ...(cause === "account" ? [sign_in] : []),
    ...(say === null ? [] : [say]),
  ];
  const text = oneLine(message, ERROR_CHARACTERS);
  return `${title}: ${text}${notes.length === 0 ? "" : ` (${notes.join("; ")})`}`;
}

function retrySeconds({ ends, wait }: Symptom, now: () => number): { retry_seconds?: number } {
  const seconds = wait ?? (ends === null ? null : Math.ceil(ends - now() / 1_000));
  if (seconds === null) return {};
  return { retry_seconds: Math.min(RETRY_SECONDS.max, Math.max(RETRY_SECONDS.min, seconds)) };
}
