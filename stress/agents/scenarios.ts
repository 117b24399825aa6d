/**
 * What is played with each agent, and what must come of it.
 *
 * A scenario is a script for the model and a judgement on the run that the board then has. What is asked
 * here is what a user may expect of any agent, in the board's terms.
 *
 * @module
 */
import type { JsonObject } from "../../src/kernel/mod.ts";
import type { Script, Step } from "../models/script.ts";

/** A run that was played to its end. */
export interface Played {
  readonly scenario: string;
  readonly outcome: string | null;
  readonly exit_code: number | null;
  readonly signal: string | null;
  readonly summary: string | null;
  readonly error: string | null;
  readonly usage: JsonObject | null;
  readonly session_id: string | null;
  /** From the start to the end of the last process. */
  readonly seconds: number;
  /** From the start to the first request of a model; null: there was none. */
  readonly first_request_seconds: number | null;
  /** What the model was asked and answered, in order. */
  readonly requests: readonly string[];
  /** All that the program printed. */
  readonly output: string;
  readonly failures: number;
  readonly comments: readonly string[];
  /** Subjects of the commits in the repository beyond its first one. */
  readonly commits: readonly string[];
}

export interface Scenario {
  readonly name: string;
  readonly about: string;
  readonly script: Script | "nobody listens";
  /**
   * Where it is worked on: in a new worktree of a repository, in the repository itself, or in one with the
   * agent's `project` files, for agents that have some.
   */
  readonly workspace?: "worktree" | "repository" | "project";
  /** The agent is installed and nothing else: it has no key and knows no model. */
  readonly noAccount?: boolean;
  /** Longest run in seconds; agents repeat a request that failed for minutes. */
  readonly seconds: { readonly quick: number; readonly full: number };
  readonly fullOnly?: boolean;
  /** Only a preset can tell from what was printed; an agent without one is played and not judged. */
  readonly needsPreset?: boolean;
  /** What is wrong with the end, each a sentence. */
  judge(played: Played, agent: Known): string[];
}

/** What is known of an agent before it is played. */
export interface Known {
  /** It says how many tokens it used, and names its session. */
  readonly reports: boolean;
  /** How a person gives it an account, in the words of its preset; null: it has none. */
  readonly signIn: string | null;
}

/** Everything that is wrong with how a scenario ended. */
export function judgementOf(scenario: Scenario, played: Played, agent: Known): string[] {
  const offered = played.requests.some((answer) => answer.includes("I was not offered"))
    ? ["its model was not offered our tools, or no shell"]
    : [];
  return [...offered, ...(scenario.needsPreset && agent.signIn === null ? [] : scenario.judge(played, agent))];
}

const SUMMARY = "done by the scripted model";
const COMMIT = "made by the agent";

const SHOW: Step = { tool: "kanban_show", args: {}, text: "I read the task first." };
const COMPLETE: Step = { tool: "kanban_complete", args: { summary: SUMMARY, metadata: { tests_run: 3 } } };
const BYE: Step = { text: "The task is complete." };
const COMMENT = "a remark of the scripted model";

const WORK: readonly Step[] = [
  SHOW,
  { tool: "kanban_heartbeat", args: { note: "half way" } },
  { tool: "kanban_comment", args: { task_id: "$TASK", body: COMMENT } },
  COMPLETE,
  BYE,
];

/** Droid's guard refuses a commit that is not a command of its own. */
const COMMITTING: Script = {
  steps: [
    SHOW,
    { shell: "echo made >made.txt && git add made.txt" },
    { shell: `git commit -m '${COMMIT}'` },
    COMPLETE,
    BYE,
  ],
};

const LAST_WORDS = "I looked around and found nothing to do.";
const REPEATS = { quick: 60, full: 300 };

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "limit",
    about: "each request is refused with the provider's 429",
    script: { steps: WORK, fault: { kind: "limit" } },
    seconds: REPEATS,
    needsPreset: true,
    judge: (played) => unlessTimedOut(played, () => waited(played)),
  },
  {
    name: "dead_key",
    about: "the provider does not know the key",
    script: { steps: WORK, fault: { kind: "dead_key" } },
    seconds: REPEATS,
    needsPreset: true,
    judge: (played, { signIn }) => unlessTimedOut(played, (ended) => advised(ended, signIn)),
  },
  {
    name: "outage",
    about: "the provider answers 500",
    script: { steps: WORK, fault: { kind: "outage" } },
    seconds: REPEATS,
    needsPreset: true,
    judge: (played) =>
      unlessTimedOut(played, ({ failures }) => (failures > 0 ? ["counts as a failure of the task"] : [])),
  },
  {
    name: "overloaded",
    about: "the provider has no room: 529, 503",
    script: { steps: WORK, fault: { kind: "overloaded" } },
    seconds: REPEATS,
    fullOnly: true,
    needsPreset: true,
    judge: (played) =>
      unlessTimedOut(played, ({ failures }) => (failures > 0 ? ["counts as a failure of the task"] : [])),
  },
  {
    name: "unreachable",
    about: "no server at the provider's address",
    script: "nobody listens",
    seconds: REPEATS,
    fullOnly: true,
    needsPreset: true,
    judge: (played) =>
      unlessTimedOut(played, ({ failures }) => (failures > 0 ? ["counts as a failure of the task"] : [])),
  },
  {
    name: "too_long",
    about: "the conversation does not fit into the model",
    script: { steps: WORK, fault: { kind: "too_long" } },
    seconds: REPEATS,
    fullOnly: true,
    needsPreset: true,
    judge: (played) =>
      unlessTimedOut(played, ({ error, outcome }) => [
        ...(outcome === "rate_limited" ? ["is taken for a limit"] : []),
        ...(/long|exceed|maximum|context|compact/i.test(error ?? "")
          ? []
          : [`its error does not say what was too long: ${error}`]),
      ]),
  },
  {
    name: "no_account",
    about: "no account is signed in",
    script: { steps: WORK },
    noAccount: true,
    seconds: { quick: 60, full: 120 },
    fullOnly: true,
    needsPreset: true,
    // opencode has a free model for those; without a network it cannot be reached.
    judge: (played, { signIn }) =>
      unlessTimedOut(played, (ended) => (/cannot connect/i.test(ended.error ?? "") ? [] : advised(ended, signIn))),
  },
  {
    name: "hang",
    about: "the model never answers; the time limit ends the run",
    script: { steps: WORK, fault: { kind: "hang" } },
    seconds: { quick: 30, full: 75 },
    judge: ({ outcome }) => (outcome === "timed_out" ? [] : [`ended as ${outcome}, not by its time limit`]),
  },
  {
    name: "whole_task",
    about: "show, heartbeat, comment, complete",
    script: { steps: WORK },
    seconds: { quick: 120, full: 240 },
    judge: (played, agent) => [
      ...completed(played, agent),
      ...(played.comments.includes(COMMENT) ? [] : ["the comment is missing"]),
      ...(played.session_id !== null || !agent.reports ? [] : ["its session is not kept"]),
    ],
  },
  {
    name: "commit",
    about: "a commit from the agent's own shell, in a worktree",
    script: COMMITTING,
    workspace: "worktree",
    seconds: { quick: 120, full: 240 },
    judge: committed,
  },
  {
    name: "commit_in_place",
    about: "the same in the repository itself",
    script: COMMITTING,
    workspace: "repository",
    seconds: { quick: 120, full: 240 },
    judge: committed,
  },
  {
    name: "project_entry",
    about: "the project has settings for the agent, with a server kanban that is not ours",
    script: { steps: WORK },
    workspace: "project",
    seconds: { quick: 120, full: 240 },
    judge: completed,
  },
  {
    name: "silent_end",
    about: "the model reads the task and ends without a word to the board",
    script: { steps: [SHOW, { text: LAST_WORDS }] },
    seconds: { quick: 120, full: 240 },
    judge: ({ outcome, error }) => (outcome === "abandoned" ? [] : [`ended as ${outcome}, not as abandoned: ${error}`]),
  },
  {
    name: "late_last_turn",
    about: "the last turn takes 12 s after the task is complete",
    script: { steps: [SHOW, COMPLETE, { ...BYE, delay_ms: 12_000 }] },
    seconds: { quick: 120, full: 240 },
    judge: completed,
  },
];

function committed(played: Played, agent: Known): string[] {
  return [...completed(played, agent), ...(played.commits.includes(COMMIT) ? [] : ["the commit is missing"])];
}

function completed({ outcome, error, usage, summary }: Played, { reports }: Known): string[] {
  if (outcome !== "completed") return [`ended as ${outcome}: ${error}`];
  return [
    ...(summary === SUMMARY ? [] : [`its summary is not what it handed over: ${summary}`]),
    ...(reports && typeof usage?.["output_tokens"] !== "number" ? ["its tokens are not kept"] : []),
  ];
}

function advised({ error, outcome }: Played, signIn: string | null): string[] {
  return [
    ...(outcome === "rate_limited" ? ["is taken for a limit"] : []),
    ...(error?.includes(signIn ?? "") ? [] : [`its error does not say how to sign in: ${error}`]),
  ];
}

function waited({ outcome, failures, error }: Played): string[] {
  if (outcome === "rate_limited" && failures === 0) return [];
  return [`ended as ${outcome} with ${failures} failures: ${error}`];
}

/** An agent that still repeats its request has not ended by this fault: nothing can be asked of its last words. */
function unlessTimedOut(played: Played, judge: (played: Played) => string[]): string[] {
  return played.outcome === "timed_out" ? [] : judge(played);
}

/** The same steps for an agent that calls the tools from its shell. */
export function byShell(script: Script): Script {
  const steps = script.steps.map(({ tool, args, ...step }) =>
    tool === undefined ? step : { ...step, shell: `"$KANBAN_BIN" tool ${tool} ${quoted(JSON.stringify(args ?? {}))}` },
  );
  return { ...script, steps };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
