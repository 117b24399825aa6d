/**
 * What an agent printed, in the compact form that tests keep: no path of this machine, no key, no long
 * text, at most 20 KB.
 *
 * The first line says which program ended how; each further one is a line that the program printed: an
 * event as it is, anything else as a JSON string. `src/agents/testing/agent_run.ts` reads it.
 *
 * @module
 */
import { hostname } from "node:os";
import type { Played } from "./scenarios.ts";

export interface Recorded {
  readonly agent: string;
  /** Package and version. */
  readonly package: string;
  readonly played: Played;
  /** Texts of this machine and what stands for each: paths, keys, addresses. */
  readonly replaced: readonly (readonly [string, string])[];
}

const BYTES_MAX = 20_000;
/** The lengths that are tried one after the other until the whole is small enough. */
const TEXT_MAX = [400, 120];
const ITEMS_MAX = 4;
/** Lines of one kind in a row that are kept: pieces of a text, beats. */
const ALIKE_MAX = 6;
const GAP = JSON.stringify("(lines were left out here)");
const STACK = /^"\s+at /;

/** The text of a fixture. */
export function fixtureOf({ agent, package: name, played, replaced }: Recorded): string {
  const { scenario, exit_code, signal } = played;
  const head = JSON.stringify({ agent, package: name, scenario, exit_code, signal });
  let output = withoutControls(played.output);
  for (const [text, other] of [...replaced, [hostname(), "host"] as const]) output = output.replaceAll(text, other);
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  let text = "";
  for (const max of TEXT_MAX) {
    text = [head, ...thinned(lines.map((line) => compact(line, max)))].join("\n");
    if (bytesOf(text) <= BYTES_MAX) break;
  }
  return `${shortened(text)}\n`;
}

function withoutControls(text: string): string {
  return text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, "").replace(/\r/g, "");
}

/** A line as JSON: an event with its long parts cut, or the text itself. */
function compact(line: string, max: number): string {
  const event = line.startsWith("{") ? parsed(line) : null;
  return JSON.stringify(event === null ? cut(line, max) : trimmed(event, max));
}

function parsed(line: string): object | null {
  try {
    return JSON.parse(line) as object;
  } catch {
    return null;
  }
}

function trimmed(value: unknown, max: number): unknown {
  if (typeof value === "string") return cut(value, max);
  if (Array.isArray(value)) return value.slice(0, ITEMS_MAX).map((item) => trimmed(item, max));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, trimmed(inner, max)]));
}

function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** Without most of what only repeats: a text that comes in pieces says no more in a hundred lines. */
function thinned(lines: readonly string[]): string[] {
  const kindOf = (line: string) => (line.startsWith("{") ? line.replace(/"(?:[^"\\]|\\.)*"(?!:)|[\d.]+/g, "") : line);
  let alike = 0;
  return lines.filter((line, at) => {
    // Of a stack one line says enough.
    if (STACK.test(line) && at > 0 && STACK.test(lines[at - 1]!)) return false;
    alike = at > 0 && kindOf(line) === kindOf(lines[at - 1]!) ? alike + 1 : 0;
    const isLast = at === lines.length - 1 || kindOf(lines[at + 1]!) !== kindOf(line);
    return alike < ALIKE_MAX || isLast;
  });
}

/** The head and as many of the last lines as there is room for: the end is what a judgement needs. */
function shortened(text: string): string {
  if (bytesOf(text) <= BYTES_MAX) return text;
  const lines = text.split("\n");
  const first = lines.slice(0, 4);
  const last: string[] = [];
  let room = BYTES_MAX - bytesOf(first.join("\n")) - bytesOf(GAP) - 2;
  for (const line of lines.slice(4).reverse()) {
    room -= bytesOf(line) + 1;
    if (room < 0) break;
    last.unshift(line);
  }
  return [...first, GAP, ...last].join("\n");
}

const bytesOf = (text: string): number => Buffer.byteLength(text);
