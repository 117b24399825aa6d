/**
 * What a preset is: everything there is to know about starting one agent's program and reading what it prints.
 *
 * A preset is data, so that a new agent, or a new version of one, is an entry and not code. `expand.ts`
 * turns it into a command line, `judge.ts` reads the program's output by it.
 *
 * @module
 */
import type { JsonObject } from "../kernel/mod.ts";

/** How our MCP server is passed to an agent for one run, without a change to any file of the user. */
export type McpPlacement =
  /** A flag that takes a file; `{mcp}` in the arguments is its path. */
  | { how: "flag"; args: readonly string[]; form: "standard" | "bare" | "copilot" | "qwen" }
  /** A variable that holds settings as JSON, in the form of opencode: no file of a project wins over it. */
  | { how: "inline"; name: string }
  /**
   * The settings file in a home folder of the run, which the variable names; `folder` and `linked` in it have
   * what the user's have. A project's own server of the same name would win, so this one is called `server`.
   */
  | { how: "home"; variable: string; folder: string; linked: readonly string[]; server: string }
  /** Single settings on the command line, as `-c key=value` in TOML. */
  | { how: "overrides" }
  /** It reads only the user's own files: its worker calls the tools from the shell. */
  | { how: "none" };

/** Which events a rule is about: every named path must have one of the values; null means that nothing is there. */
export type Match = Readonly<
  Record<string, string | number | boolean | null | readonly (string | number | boolean | null)[]>
>;

export interface Rule {
  readonly when: Match;
  /** Where the value is in the event: the first of these paths that is there. `*` is every element of a list. */
  readonly at: readonly string[];
  /** Pieces that follow each other make one text. */
  readonly join?: boolean;
  /** It says less than an error before it. */
  readonly weak?: boolean;
}

/**
 * What made a run fail through no fault of its task: its account's limit, the provider's overload or outage, an
 * account that is not accepted, a bill, a model that the provider does not have, or a wrong start of the program.
 */
export type Cause = "limit" | "overload" | "outage" | "account" | "bill" | "model" | "setup";

/** What an event says about the cause of a failure. */
export interface Sign {
  readonly when: Match;
  /** Where the HTTP status of the provider's response is, as a number. */
  readonly status?: readonly string[];
  /**
   * Where the program writes a text of a fixed form, and that form from its first character on. Groups: `status`,
   * and `message`, the part that is worth reading. A sign whose text has another form says nothing.
   */
  readonly at?: readonly string[];
  readonly form?: RegExp;
  /** The cause, where no status says it. */
  readonly cause?: Cause;
  /** Where it says when a limit ends: in epoch seconds, or in seconds from now. */
  readonly ends?: readonly string[];
  readonly wait?: readonly string[];
}

/** A line of plain text that the program writes about itself. Its form covers the line from the first character on. */
export interface LineForm {
  /** Groups as in `Sign`. */
  readonly form: RegExp;
  readonly cause?: Cause;
  /** It announces that a request is made again, which is no failure yet. */
  readonly retry?: true;
  /** What a person can do about it. */
  readonly say?: string;
}

/**
 * How the lines that an agent prints are read. Rules are tried on every line, in order.
 *
 * Text that a task or a model can write decides nothing: a rule names fields of the program's own events, a
 * status, or a form that the program gives a whole line or field. What no rule knows is a plain failure.
 */
export interface OutputRules {
  /** The version of the program that the rules were tried with; null when they were only read in its documentation. */
  readonly tried: string | null;
  readonly session: readonly Rule[];
  /** What it said last. */
  readonly summary: readonly Rule[];
  /** Events that mean it failed, and where they say why. */
  readonly errors: readonly Rule[];
  /** Events that mean it went well after all: an error before them was overcome. */
  readonly success: readonly Match[];
  /** Events of a model that answers again: what was repeated before them has worked. */
  readonly answers: readonly Match[];
  /** Events that say why it failed, or will. */
  readonly signs: readonly Sign[];
  /** Events that announce that a request is made again. They are no errors. */
  readonly retries: readonly Sign[];
  /** Lines that are no events. Except for retries they count only when the program did not end well. */
  readonly lines: readonly LineForm[];
  /** Events with usage. */
  readonly usage: readonly UsageRule[];
  /** Numbers of the file `{report}` that it writes at its end: those of all members of the object at `of` together. */
  readonly report?: { readonly of: string; readonly numbers: Readonly<Record<string, readonly string[]>> };
}

/**
 * Which numbers an event has: our names and their paths. They are those of a step, of the session so far, or of the
 * message that `id` names, which a later number of the same name includes.
 */
export type UsageRule = {
  readonly when: Match;
  readonly numbers: Readonly<Record<string, readonly string[]>>;
} & ({ readonly counts: "total" | "step" } | { readonly counts: "message"; readonly id: readonly string[] });

/** What an exit code of the program means. */
export interface ExitMeaning {
  readonly text: string;
  readonly cause?: Cause;
}

export interface Preset {
  readonly title: string;
  readonly program: string;
  /** Other names of its program, for where the first is not on PATH. */
  readonly also?: readonly string[];
  /** The version that whole tasks were done with, by a scripted model; null: its flags were only read about. */
  readonly tried: string | null;
  /**
   * Its arguments, each one whole; the prompt is its standard input. `{workspace}`, `{profile}`, `{model}` (with
   * `model`), `{args}` (the profile's own), `{mcp}` (with `mcp`), `{skills}` (with `skill`), `{skill_folders}`
   * (with `skill_folder`), `{repository}` (with `repository`) and `{report}` (a file, see `output`) are placeholders.
   */
  readonly argv: readonly string[];
  /** What it may do without asking anybody, and which of its arguments say so; none where it is its own default. */
  readonly permissions: { readonly by: readonly string[]; readonly may: string };
  readonly model: readonly string[];
  readonly mcp: McpPlacement;
  /** Arguments that load a skill, by its name `{skill}` or its folder `{folder}`; null: their texts are in the prompt. */
  readonly skill: readonly string[] | null;
  /** Arguments that let its tools read the folder `{folder}` of a skill, where they may read only the workspace. */
  readonly skill_folder?: readonly string[];
  /** Arguments that let its sandbox write into the git folder `{folder}`: once for each that a commit is written to. */
  readonly repository?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Variables with its account: a new profile copies them from the dispatcher's environment. */
  readonly accounts: readonly string[];
  /**
   * Where it keeps its sign-in: a new one changes one of these. `~` is the worker's home folder, `${NAME:-…}` a
   * variable of the worker and what holds without it. Only their time and author are checked.
   */
  readonly credential_files: readonly string[];
  /** How a person gives it an account: added to an error that is about that. */
  readonly sign_in: string;
  readonly output: OutputRules;
  /** What its exit codes mean, where the output says nothing. */
  readonly exit_codes: Readonly<Record<number, ExitMeaning>>;
  /** It exits with the HTTP status of the provider's last answer, of which the system keeps eight bits. */
  readonly exits_with_status?: true;
}

/** The value at a dotted path of an event, or undefined. */
export function valueAt(event: JsonObject, path: string): unknown {
  let value: unknown = event;
  for (const key of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** The first of these paths that has a text. */
export function textAt(event: JsonObject, paths: readonly string[]): string | null {
  for (const path of paths) {
    const text = valuesAt(event, path)
      .filter((value) => typeof value === "string" && value.trim() !== "")
      .join("\n");
    if (text !== "") return text;
  }
  return null;
}

/** The values at a path; `*` matches every element of a list. */
function valuesAt(event: JsonObject, path: string): unknown[] {
  const [list, rest] = path.split(".*.");
  if (rest === undefined) return [valueAt(event, path)];
  const elements = valueAt(event, list!);
  if (!Array.isArray(elements)) return [];
  return elements
    .filter((element) => typeof element === "object" && element !== null)
    .map((element) => valueAt(element as JsonObject, rest));
}

/** The first of these paths that has an amount. */
export function numberAt(event: JsonObject, paths: readonly string[]): number | null {
  for (const path of paths) {
    const value = valueAt(event, path);
    if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
  }
  return null;
}

export function matches(event: JsonObject, when: Match): boolean {
  return Object.entries(when).every(([path, wanted]) => {
    const found = valueAt(event, path) ?? null;
    return Array.isArray(wanted) ? wanted.includes(found) : found === wanted;
  });
}
