/**
 * Turns what agents printed into lines for a person: what they said, which tools they called, what went wrong.
 *
 * It reads a log piece by piece, as it comes. A line that is no event, or an event that no rule knows, is
 * shown as it is. An escape in JSON is a real character afterwards: the printer cleans it.
 *
 * @module
 */
import type { JsonObject } from "../kernel/mod.ts";
import { LINES, type LineRule } from "./line_rules.ts";
import { matches, valueAt } from "./preset.ts";
import type { AgentName } from "./presets.ts";
import { oneLine } from "../text.ts";

export interface Transcript {
  /** What there is to show after one more piece of the log; a line that is not whole yet waits for its end. */
  push(piece: string): string;
  /** The rest, when no more comes. */
  end(): string;
}

/** Longest line that is waited for, in characters; what is longer is shown as it is. */
const LINE_MAX = 4 * 1024 * 1024;
const ARGUMENTS_CHARACTERS = 300;
const RESULT_CHARACTERS = 200;
const ERROR_CHARACTERS = 1_000;

/** A transcript of the output of these agents; null when none of them prints events that are known. */
export function transcriptOf(agents: Iterable<string>): Transcript | null {
  const known = [...agents].filter((agent) => Object.hasOwn(LINES, agent)) as AgentName[];
  const sets = [...new Set(known.map((agent) => LINES[agent]))];
  if (sets.length === 0) return null;
  let rest = "";
  /** Pieces of one text follow each other without a line break; the next line begins with one. */
  let open = false;
  const renderLine = (line: string): string => {
    const event = eventIn(line);
    const parts = event === null ? null : partsBy(sets, event);
    let text = "";
    for (const part of parts ?? [{ text: line, join: false }]) {
      if (open && !part.join) text += "\n";
      text += part.join ? part.text : `${part.text}\n`;
      open = part.join && !part.text.endsWith("\n");
    }
    return text;
  };
  return {
    push(piece) {
      const lines = (rest + piece).split("\n");
      rest = lines.pop()!;
      const text = lines.map(renderLine).join("");
      if (rest.length <= LINE_MAX) return text;
      const long = rest;
      rest = "";
      return `${text}${long}`;
    },
    end() {
      const text = rest === "" ? "" : renderLine(rest);
      rest = "";
      return open ? `${text}\n` : text;
    },
  };
}

interface Part {
  readonly text: string;
  readonly join: boolean;
}

/** What an event is shown as, or null when the rules of no agent know it. Two may have events of one name. */
function partsBy(sets: readonly (readonly LineRule[])[], event: JsonObject): Part[] | null {
  const found = sets.map((rules) => partsOf(rules, event)).filter((parts) => parts !== null);
  return found.find((parts) => parts.length > 0) ?? found[0] ?? null;
}

function partsOf(rules: readonly LineRule[], event: JsonObject): Part[] | null {
  const known = rules.filter(({ when }) => matches(event, when));
  if (known.length === 0) return null;
  const parts: Part[] = [];
  for (const rule of known) {
    const found = "each" in rule ? partsOfEach(rule, event) : partOf(rule, event);
    parts.push(...found);
    if (found.length > 0 && !("more" in rule)) break;
  }
  return parts;
}

function partsOfEach({ each, rules }: Extract<LineRule, { each: string }>, event: JsonObject): Part[] {
  const list = valueAt(event, each);
  const members = Array.isArray(list) ? (list as unknown[]).filter(isObject) : [];
  return members.flatMap((member) => partsOf(rules, member) ?? []);
}

function partOf(rule: Exclude<LineRule, { each: string }>, event: JsonObject): Part[] {
  const text = textOf(rule, event);
  return text === null ? [] : [{ text, join: "join" in rule && rule.join === true }];
}

function textOf(rule: Exclude<LineRule, { each: string }>, event: JsonObject): string | null {
  if (rule.as === "nothing") return null;
  const found = rule.at.map((path) => valueAt(event, path)).find(isPrintable);
  if (found === undefined) return null;
  const text = String(found);
  switch (rule.as) {
    case "text":
      return rule.join ? text : text.trimEnd();
    case "tool":
      return `→ ${oneLine(`${text}${argumentsOf(rule.with === undefined ? undefined : valueAt(event, rule.with))}`, ARGUMENTS_CHARACTERS)}`;
    case "result":
      return `← ${oneLine(text, RESULT_CHARACTERS)}`;
    case "error":
      return `! ${oneLine(text, ERROR_CHARACTERS)}`;
  }
}

/** A command is what its person would type; any other arguments are JSON. */
function argumentsOf(value: unknown): string {
  if (value === undefined || value === null || (isObject(value) && Object.keys(value).length === 0)) return "";
  if (isObject(value) && typeof value["command"] === "string") return ` ${value["command"]}`;
  return ` ${typeof value === "string" ? value : JSON.stringify(value)}`;
}

function eventIn(line: string): JsonObject | null {
  if (!line.trimStart().startsWith("{")) return null;
  try {
    const found: unknown = JSON.parse(line);
    return isObject(found) ? found : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPrintable(value: unknown): boolean {
  return (typeof value === "string" && value.trim() !== "") || typeof value === "number";
}
