/**
 * The little language of the scripted worker: one directive a line in the body of a task.
 *
 * A line that only begins like a directive (`sleep well`, `exit strategy`) is prose and means nothing,
 * so that any task text can be given to the scripted worker.
 *
 * ```ts
 * const lines = parseDirectives("Say hello.\nsleep 2s\nattempt 1: kill\ncomplete greeted");
 * assertEquals(lines.map((line) => line.verb), ["sleep", "kill", "complete"]);
 * ```
 *
 * @module
 */
import type { JsonObject } from "../kernel/mod.ts";

type Act =
  | { verb: "sleep"; ms: number }
  | { verb: "heartbeat" | "complete"; text: string | null }
  | { verb: "comment" | "create" | "block" | "fail"; text: string }
  | { verb: "metadata"; value: JsonObject }
  | { verb: "exit"; code: number }
  | { verb: "kill" };

/** One line to obey. `attempt` limits it to that run of the task; null means every run. */
export type Directive = Act & {
  /** Line of the body, from 1. */
  line: number;
  attempt: number | null;
};

const LINE = /^\s*(?:attempt\s+(\d{1,6})\s*:\s*)?([a-z]+)(?:\s+(.*?))?\s*$/;
const LENGTH = /^(\d{1,6}(?:\.\d{1,3})?)(ms|s|m|h)?$/;
const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** The directives of a body, in order; every other line is left out. */
export function parseDirectives(body: string): Directive[] {
  return body.split("\n").flatMap((text, index) => {
    const match = LINE.exec(text);
    const act = match && parseAct(match[2]!, match[3] ?? "");
    if (!act) return [];
    return [
      {
        ...act,
        line: index + 1,
        attempt: match[1] === undefined ? null : Number(match[1]),
      },
    ];
  });
}

function parseAct(verb: string, rest: string): Act | null {
  switch (verb) {
    case "sleep": {
      const match = LENGTH.exec(rest);
      return match && { verb, ms: Number(match[1]) * UNIT_MS[match[2] ?? "s"]! };
    }
    case "heartbeat":
    case "complete":
      return { verb, text: rest || null };
    case "comment":
    case "create":
    case "block":
    case "fail":
      return rest ? { verb, text: rest } : null;
    case "exit":
      return /^\d{1,3}$/.test(rest) && Number(rest) <= 255 ? { verb, code: Number(rest) } : null;
    case "kill":
      return rest === "" ? { verb } : null;
    case "metadata": {
      const value = parseObject(rest);
      return value && { verb, value };
    }
    default:
      return null;
  }
}

function parseObject(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
  } catch {
    return null;
  }
}
