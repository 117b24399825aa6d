/**
 * What a stand-in for an agent is: the flags it takes, where it finds its servers, and what it prints.
 *
 * @module
 */
import { readFileSync } from "node:fs";

/** Flags and how many values each takes: 0, 1, or "some" for all up to the next flag. */
type Flags = Readonly<Record<string, 0 | 1 | "some" | "maybe">>;

export interface Agent {
  /** Words before the flags: `codex exec`. */
  words: readonly string[];
  flags: Flags;
  /** The flag whose value is the prompt, "stdin", or "positional" (`-` then means stdin). */
  prompt: string;
  /** Where this agent reads servers for one run. Null: it has no such way. */
  servers(given: Given): Server | null;
  print(act: Act, say: (event: object | string) => void, given: Given): number;
}

export interface Given {
  flags: Readonly<Record<string, string>>;
  overrides: readonly string[];
}

export interface Server {
  command: string;
  args: string[];
  env: Record<string, string>;
}

export type Act = "ok" | "limit" | "silent" | "error" | "crash" | "long";

export const SESSION = "5b1f7a52-0000-4000-8000-000000000001";
export const json = (path: string) => JSON.parse(readFileSync(path, "utf8"));
export const fromServers = (path: string, name = "kanban"): Server => json(path).mcpServers[name];
