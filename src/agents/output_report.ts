/**
 * Reads the lines that an agent printed by the rules of its preset.
 *
 * A later line counts more than an earlier one: an error that was overcome is none, and a request that was made
 * again and answered is no longer repeated.
 *
 * @module
 */
import type { JsonObject } from "../kernel/mod.ts";
import { UsageCount } from "./output_usage.ts";
import {
  type Cause,
  type LineForm,
  matches,
  numberAt,
  type OutputRules,
  type Rule,
  type Sign,
  textAt,
} from "./preset.ts";

/** What is known about the cause of a failure. */
export interface Symptom {
  readonly cause: Cause | null;
  readonly status: number | null;
  /** The part of its text that is worth reading. */
  readonly message: string | null;
  /** When the limit ends, in epoch seconds, or how long to wait, in seconds. */
  readonly ends: number | null;
  readonly wait: number | null;
  /** What a person can do about it. */
  readonly say: string | null;
}

/** What the lines of an output say. */
export interface Report {
  session: string | null;
  /** What it said last. */
  summary: string;
  /** The last error that nothing overcame. */
  error: string | null;
  /** The last event with its cause. */
  sign: Symptom | null;
  /** The last line in which the program says why it stops. */
  line: Symptom | null;
  /** The request that is being made again. */
  retry: Symptom | null;
  usage: Record<string, number>;
  /** The last lines that are no events. */
  text: string[];
}

/** How many of the last lines that are no events are kept. */
const LAST_LINES = 20;

/** Lines that were left out of an output; as in the dispatcher's `run_output.ts`. */
export interface Between {
  /** Where in the output they would be, in characters. */
  readonly at: number;
  lines(): Iterable<string>;
}

/** What an output says. Of what was left out of it only usage is read. */
export function readOutput(rules: OutputRules, output: string, between: Between | null = null): Report {
  const report: Report = {
    session: null,
    summary: "",
    error: null,
    sign: null,
    line: null,
    retry: null,
    usage: {},
    text: [],
  };
  const usage = new UsageCount(rules);
  let joining = false;
  const read = (text: string) => {
    for (const raw of text.split("\n")) {
      const line = raw.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, "").trimEnd();
      const event = parseEvent(line.trimStart());
      if (event === null) {
        readLine(rules, line, report);
        continue;
      }
      joining = readSummary(rules, event, report, joining);
      readEvent(rules, event, report);
      usage.add(event, report.session);
    }
  };
  read(output.slice(0, between?.at ?? output.length));
  if (between !== null) {
    for (const line of between.lines()) {
      const event = usage.mayCount(line) ? parseEvent(line) : null;
      if (event === null) continue;
      report.session = firstText(rules.session, event) ?? report.session;
      usage.add(event, report.session);
    }
    read(output.slice(between.at));
  }
  report.usage = usage.numbers();
  return report;
}

function readEvent(rules: OutputRules, event: JsonObject, report: Report): void {
  report.session = firstText(rules.session, event) ?? report.session;
  const retry = symptomOf(rules.retries, event);
  if (retry !== null) {
    report.retry = retry;
    return;
  }
  if (rules.answers.some((when) => matches(event, when))) {
    report.retry = null;
    report.sign = null;
  }
  const failed = rules.errors.find(({ when }) => matches(event, when));
  if (failed) {
    report.retry = null;
    const said = textAt(event, failed.at) ?? "it reported an error without a message";
    if (!failed.weak || report.error === null) report.error = said;
  }
  report.sign = symptomOf(rules.signs, event) ?? report.sign;
  if (rules.success.some((when) => matches(event, when)))
    Object.assign(report, { error: null, sign: null, line: null, retry: null });
}

function readLine(rules: OutputRules, line: string, report: Report): void {
  // The beginning of an event that was cut: its content may be a file that was read.
  if (line.trim() === "" || line.trimStart().startsWith('{"')) return;
  report.text.push(line);
  if (report.text.length > LAST_LINES) report.text.shift();
  for (const form of rules.lines) {
    const found = lineSymptom(form, line);
    if (found === null) continue;
    if (form.retry) report.retry = found;
    else report.line = found;
    return;
  }
}

function readSummary(rules: OutputRules, event: JsonObject, report: Report, joining: boolean): boolean {
  const rule = rules.summary.find(({ when }) => matches(event, when));
  const text = rule && textAt(event, rule.at);
  if (!text) return false;
  report.summary = joining && rule.join ? report.summary + text : text;
  return rule.join === true;
}

/** What the first sign says that says anything about an event. */
function symptomOf(signs: readonly Sign[], event: JsonObject): Symptom | null {
  for (const { when, status: paths, at, form, cause = null, ends, wait } of signs) {
    if (!matches(event, when)) continue;
    const found = form === undefined ? null : form.exec(textAt(event, at ?? []) ?? "");
    if (form !== undefined && found === null) continue;
    const status = paths === undefined ? statusIn(found) : numberAt(event, paths);
    if (status === null && cause === null) continue;
    return {
      cause: cause ?? causeOf(status),
      status,
      message: found?.groups?.["message"] ?? null,
      ends: ends === undefined ? null : numberAt(event, ends),
      wait: wait === undefined ? null : headerAt(event, wait),
      say: null,
    };
  }
  return null;
}

function lineSymptom({ form, cause, say }: LineForm, line: string): Symptom | null {
  const found = form.exec(line);
  if (found === null) return null;
  const status = statusIn(found);
  const message = found.groups?.["message"] ?? line;
  return { cause: cause ?? causeOf(status), status, message, ends: null, wait: null, say: say ?? null };
}

function statusIn(found: RegExpExecArray | null): number | null {
  const digits = found?.groups?.["status"];
  return digits === undefined ? null : Number(digits);
}

/** What an HTTP status says about the cause of a failure; null when the request itself was at fault. */
export function causeOf(status: number | null): Cause | null {
  if (status === 401 || status === 403) return "account";
  if (status === 402) return "bill";
  if (status === 404) return "model";
  if (status === 429) return "limit";
  if (status === 529) return "overload";
  return status !== null && status >= 500 && status < 600 ? "outage" : null;
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

/** A number that may be the text of a header. */
function headerAt(event: JsonObject, paths: readonly string[]): number | null {
  const text = textAt(event, paths);
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : numberAt(event, paths);
}
