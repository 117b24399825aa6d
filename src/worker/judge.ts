/**
 * Reads what an agent printed and says how its run went, by the rules of its preset.
 *
 * The exit code alone is not believed: some agents exit 0 after an error, most exit 1 at a limit that
 * is no failure of the task. What is left open here (no error seen) is for the exit code to decide.
 *
 * @module
 */
import type { JsonObject, Run } from "../kernel/mod.ts";
import { matches, type OutputRules, type Preset, type Rule, valueAt } from "./preset.ts";
import { presetOf } from "./presets.ts";
import { reportedNumbers } from "./report.ts";

/** A run's process as it was when it had ended. */
export interface FinishedRun {
  readonly agent: string;
  readonly run: Pick<Run, "id">;
  readonly exit_code: number | null;
  readonly signal: string | null;
  /** The end of what this run printed, from a whole line. */
  readonly output: string;
  /** What the agent wrote about the run beside it. */
  readonly report?: JsonObject | null;
}

export interface Verdict {
  outcome?: "crashed" | "rate_limited";
  error?: string;
  summary?: string;
  retry_seconds?: number;
  usage?: JsonObject;
  session_id?: string;
}

const ERROR_CHARACTERS = 600;
/** A limit that says when it ends is waited for, but not longer: what it says may be wrong. */
const RETRY_SECONDS = { min: 60, max: 6 * 3_600 };
/** What an agent without an account says. */
const NO_ACCOUNT =
  /not (?:logged|signed) in|please (?:log|sign) in|(?:run|use) \W?(?:\S+ )?\/?(?:auth )?login|401 unauthori[sz]ed|auth(?:entication)? (?:method|required|failed|information)|(?:no|invalid|missing|incorrect) .{0,20}api.?key|error code: 401/i;
/** How many of the last lines that are no events may explain a failure. */
const LAST_LINES = 20;

/** The verdict on a finished run, or null when the agent has no preset. */
export function judge(finished: FinishedRun, now: () => number = Date.now): Verdict | null {
  const preset = presetOf(finished.agent);
  if (preset === null) return null;
  const report = readOutput(preset.output, finished.output);
  Object.assign(report.usage, reportedNumbers(preset.output, finished.report ?? null));
  return {
    ...(report.session !== null && { session_id: report.session }),
    ...(Object.keys(report.usage).length > 0 && { usage: report.usage }),
    ...(report.summary.trim() !== "" && { summary: report.summary.trim() }),
    ...outcomeOf(preset, report, finished, now),
  };
}

/** What the lines of an output say. */
interface Report {
  session: string | null;
  summary: string;
  /** The last error that nothing overcame. */
  error: string | null;
  limited: boolean;
  /** When the limit ends, in epoch seconds. */
  limitEnds: number | null;
  usage: Record<string, number>;
  /** The last lines that are no events. */
  text: string[];
}

function readOutput(rules: OutputRules, output: string): Report {
  const report: Report = {
    session: null,
    summary: "",
    error: null,
    limited: false,
    limitEnds: null,
    usage: {},
    text: [],
  };
  let joining = false;
  for (const raw of output.split("\n")) {
    const line = raw.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, "").trim();
    const event = parseEvent(line);
    if (event === null) {
      // The beginning of an event that was cut: what stands in it may be a file that was read.
      if (line.startsWith('{"')) continue;
      if (line !== "") report.text.push(line);
      if (report.text.length > LAST_LINES) report.text.shift();
      continue;
    }
    joining = readSummary(rules, event, report, joining);
    readEvent(rules, event, report);
  }
  return report;
}

function readEvent(rules: OutputRules, event: JsonObject, report: Report): void {
  report.session = firstText(rules.session, event) ?? report.session;
  const failed = rules.errors.find(({ when }) => matches(event, when));
  if (failed) report.error = textAt(event, failed.at) ?? "it reported an error without a message";
  if (rules.success.some((when) => matches(event, when))) {
    report.error = null;
    report.limited = false;
  }
  const limit = rules.limits.find(({ when }) => matches(event, when));
  if (limit) {
    report.limited = true;
    report.limitEnds = numberAt(event, limit.at) ?? report.limitEnds;
  }
  for (const { when, counts, numbers } of rules.usage) {
    if (!matches(event, when)) continue;
    for (const [name, paths] of Object.entries(numbers)) {
      const found = numberAt(event, paths);
      if (found !== null) report.usage[name] = counts === "total" ? found : (report.usage[name] ?? 0) + found;
    }
  }
}

function readSummary(rules: OutputRules, event: JsonObject, report: Report, joining: boolean): boolean {
  const rule = rules.summary.find(({ when }) => matches(event, when));
  const text = rule && textAt(event, rule.at);
  if (!text) return false;
  report.summary = joining && rule.join ? report.summary + text : text;
  return rule.join === true;
}

function outcomeOf(preset: Preset, report: Report, finished: FinishedRun, now: () => number): Partial<Verdict> {
  const { output } = preset;
  const failedAlone = finished.exit_code !== 0 && finished.signal === null;
  const plain = output.error_words?.exec(report.text.join("\n"))?.[1] ?? null;
  // Lines that are no events explain a failure; after a clean exit they are only what a model said.
  const message = report.error ?? plain ?? (failedAlone ? lastWords(preset, report) : null);
  const limited = report.limited && (message !== null || failedAlone);
  if (finished.signal === null && (limited || output.limit_words.test(message ?? ""))) {
    const error = `${preset.title}: ${shorten(message ?? "its limit is reached")}`;
    return { outcome: "rate_limited", error, ...retryAfter(report.limitEnds, now) };
  }
  if (message === null) return meaningOf(preset, finished);
  return { outcome: "crashed", error: advised(preset, message) };
}

/** The error as it is told, with what a person can do about it. */
function advised(preset: Preset, message: string): string {
  const remedy = remedyFor(preset, message);
  return `${preset.title}: ${shorten(message)}${remedy === null ? "" : ` (${remedy})`}`;
}

function remedyFor({ remedies, sign_in }: Preset, message: string): string | null {
  const remedy = remedies?.find(({ words }) => words.test(message));
  return remedy?.say ?? (NO_ACCOUNT.test(message) ? sign_in : null);
}

/** The line of plain text that tells of a limit, or of something that a person can help, among the last. */
function lastWords(preset: Preset, { text }: Report): string | null {
  return (
    text.findLast((line) => preset.output.limit_words.test(line)) ??
    text.findLast((line) => remedyFor(preset, line) !== null) ??
    null
  );
}

function meaningOf(preset: Preset, { exit_code }: FinishedRun): Partial<Verdict> {
  const meaning = exit_code === null ? undefined : preset.exit_codes[exit_code];
  return meaning === undefined
    ? {}
    : { outcome: "crashed", error: advised(preset, `${meaning} (exit code ${exit_code})`) };
}

function retryAfter(endsAt: number | null, now: () => number): { retry_seconds?: number } {
  if (endsAt === null) return {};
  const seconds = Math.ceil(endsAt - now() / 1_000);
  return { retry_seconds: Math.min(RETRY_SECONDS.max, Math.max(RETRY_SECONDS.min, seconds)) };
}

function parseEvent(line: string): JsonObject | null {
  if (!line.startsWith("{")) return null;
  try {
    return JSON.parse(line) as JsonObject;
  } catch {
    return null;
  }
}

function firstText(rules: readonly Rule[], event: JsonObject): string | null {
  const rule = rules.find(({ when }) => matches(event, when));
  return rule ? textAt(event, rule.at) : null;
}

function textAt(event: JsonObject, paths: readonly string[]): string | null {
  for (const path of paths) {
    const value = valueAt(event, path);
    if (typeof value === "string" && value.trim() !== "") return value;
  }
  return null;
}

function numberAt(event: JsonObject, paths: readonly string[]): number | null {
  for (const path of paths) {
    const value = valueAt(event, path);
    if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
  }
  return null;
}

function shorten(text: string): string {
  const line = text.replace(/[\0\s]+/g, " ").trim();
  return line.length > ERROR_CHARACTERS ? `${line.slice(0, ERROR_CHARACTERS).replace(/[\ud800-\udbff]$/, "")}…` : line;
}
