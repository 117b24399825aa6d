/**
 * The scripted model: what it does next, whatever protocol a request came in.
 *
 * It keeps nothing between requests. The step that is due is read off the conversation itself, by the
 * number of tool calls in it. So an agent may retry, ask for a title in between, and run beside others.
 *
 * @module
 */
import type { Refusal } from "./dialect.ts";
import { callWith, findShell, type OfferedTool } from "./offered_tool.ts";

/** One turn of the model: a call, a text, or both. A turn without a call ends the agent's session. */
export interface Step {
  /** A tool by its name without the agent's prefix: `kanban_show` also finds `mcp__kanban__kanban_show`. */
  readonly tool?: string;
  /** `$TASK` inside a text means the first task id of the conversation. */
  readonly args?: Readonly<Record<string, unknown>>;
  /** A command line, called through the tool that this agent has for its shell. */
  readonly shell?: string;
  readonly text?: string;
  /** How long the model thinks first. */
  readonly delay_ms?: number;
}

/** What goes wrong, and for how many requests with tools; then the steps continue. Without a number: always. */
export interface Fault {
  /** `hang` never answers, `cut` sends half an answer and closes the connection. */
  readonly kind: Refusal | "hang" | "cut";
  readonly times?: number;
}

export interface Script {
  readonly steps: readonly Step[];
  readonly fault?: Fault;
}

/** A request of any protocol, as far as the script depends on it. */
export interface Conversation {
  readonly model: string;
  readonly tools: readonly OfferedTool[];
  /** Names of the tools that were called so far, in order. */
  readonly called: readonly string[];
  /** Everything in it as one text. */
  readonly text: string;
}

export interface Call {
  readonly id: string;
  readonly tool: OfferedTool;
  readonly args: Readonly<Record<string, unknown>>;
}

export interface Reply {
  readonly id: string;
  readonly model: string;
  readonly text: string;
  readonly call: Call | null;
  readonly delay_ms: number;
}

/** The tokens that every turn reports: the sums that a board must show follow from the number of turns. */
export const USAGE = { input: 1_000, output: 20, cached: 100 };

/** Tools by which an agent's model looks for tools that it was not shown. */
const FINDERS = /^(tool_?search|searchtools?)(_tool)?$/i;

let serial = 0;

/** What the model answers. */
export function replyTo(script: Script, { tools, called, text, model }: Conversation): Reply {
  const id = `sim${++serial}`;
  const say = (words: string, delay_ms = 0): Reply => ({ id, model, text: words, call: null, delay_ms });
  // Titles and summaries are asked for without tools.
  if (tools.length === 0) return say("kanban work");
  const calls = script.steps.filter((step) => step.tool !== undefined || step.shell !== undefined);
  const done = called.filter((name) => !FINDERS.test(name)).length;
  const step = calls[done];
  if (step === undefined) {
    const last = script.steps.at(-1);
    return last === undefined || calls.includes(last) ? say("done") : say(last.text ?? "done", last.delay_ms);
  }
  const call = callFor(filled(step, text), { tools, called, text, done });
  if (call === null) return say(`I was not offered ${step.tool ?? "a shell"}, only: ${namesOf(tools)}`);
  return { id, model, text: step.text ?? "", call: { id: `call_${id}`, ...call }, delay_ms: step.delay_ms ?? 0 };
}

function callFor(
  step: Step,
  { tools, called, text, done }: Pick<Conversation, "tools" | "called" | "text"> & { done: number },
): Omit<Call, "id"> | null {
  if (step.shell !== undefined) {
    const shell = findShell(tools);
    return shell === undefined ? null : { tool: shell, args: callWith(shell, step.shell) };
  }
  const wanted = step.tool!;
  const args = step.args ?? {};
  const found = tools.find(({ name }) => isNamed(name, wanted));
  if (found) return { tool: found, args };
  // Some agents show a tool's schema on request and have it called through another tool, by its full name.
  const bridge = tools.find(({ name }) => name === "tool_call");
  const full = (text.match(/[\w.-]+/g) ?? []).find((word) => word !== wanted && isNamed(word, wanted));
  if (bridge && full !== undefined) return { tool: bridge, args: { name: full, arguments: args } };
  const finder = tools.find(({ name }) => FINDERS.test(name));
  const searched = called.filter((name) => FINDERS.test(name)).length;
  return finder && searched <= done ? { tool: finder, args: { query: wanted } } : null;
}

/** Agents put the name of the server before that of a tool, each with other characters between. */
function isNamed(offered: string, wanted: string): boolean {
  return offered === wanted || (offered.endsWith(wanted) && /[^A-Za-z0-9]$/.test(offered.slice(0, -wanted.length)));
}

function filled(step: Step, text: string): Step {
  const task = /\bt_[0-9a-f]{8}\b/.exec(text)?.[0] ?? "t_00000000";
  return JSON.parse(JSON.stringify(step).replaceAll("$TASK", task)) as Step;
}

function namesOf(tools: readonly OfferedTool[]): string {
  return tools.map(({ namespace, name }) => (namespace === undefined ? name : `${namespace}/${name}`)).join(", ");
}
