/**
 * What exactly will be started for a run: argv, environment, generated files.
 *
 * Nothing here touches the disk. Text that people or agents wrote becomes whole argv elements, a file or
 * the standard input, never shell words; an element that begins with a dash gets a space before it, so that
 * no program takes it for a flag.
 *
 * @module
 */
import { isAbsolute, join } from "node:path";
import { type Env, type Home, runDir } from "../../home.ts";
import { type JsonObject, type Run, type Task } from "../../kernel/mod.ts";
import { fill } from "./placeholders.ts";
import type { Profile } from "./profile.ts";
import { promptOf, type Values } from "./prompt.ts";
import type { Between } from "../logs/run_output.ts";
import { ofShared, SharedTrouble } from "../shared_trouble.ts";
import type { Skill } from "./skills.ts";
import { requireProgram } from "./program.ts";
import { contractOf, DEFAULT_PATH, inherited } from "./worker_env.ts";

/** What an agent preset gets to build its command line from. */
export interface StartRequest {
  readonly profile: Profile;
  readonly task: Task;
  readonly run: Run;
  readonly workspace: string;
  /** The private folder of this run; the preset's files are created in it. */
  readonly dir: string;
  /** The program that runs this CLI: `KANBAN_BIN`. */
  readonly bin: string;
  /** A file that registers our MCP server in the common `mcpServers` form; it will be there. */
  readonly mcp_config: string;
  readonly skills: readonly Skill[];
  /** All profiles of the board: whom follow-ups can be given to. */
  readonly roster: readonly Profile[];
  /** What the worker will find in its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The profile's prompt with its placeholders filled, or the standard one. */
  readonly prompt: string;
}

/** What an agent preset makes of it. The argv is taken literally. */
export interface AgentPlan {
  readonly argv: readonly string[];
  /** Other names of its program, for where the one in `argv` cannot be found. */
  readonly also?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Written with mode 0600 into the run's folder before the start, removed when the run has ended. */
  readonly files?: readonly GeneratedFile[];
  /** Made in the run's folder, as folders of its `AGENT_HOME`. */
  readonly home?: readonly HomeFolder[];
  /** Given to the agent as its stdin, through such a file. */
  readonly stdin?: string | null;
}

export interface GeneratedFile {
  /** A plain file name. */
  readonly name: string;
  readonly content: string;
}

/** A folder of a run's own home: what the user's has, by links, but for some files of its own. */
export interface HomeFolder {
  /** A plain name. */
  readonly name: string;
  /** The user's, which need not be there; null where it is not known. */
  readonly of: string | null;
  readonly files: readonly GeneratedFile[];
}

/** A run's process as it was before the dispatcher read it. */
export interface FinishedRun {
  readonly agent: string;
  readonly run: Run;
  readonly exit_code: number | null;
  readonly signal: string | null;
  /** What this run printed; of a long output the beginning and the end, in whole lines. */
  readonly output: string;
  /** What was left out of that. */
  readonly between?: Between | null;
  /** What the agent wrote about the run beside it, in its `AGENT_REPORT`. */
  readonly report?: JsonObject | null;
}

/**
 * A fault of something that tasks share, such as an account or a provider: it is booked on that thing, and never
 * counts against the task that met it.
 */
export interface SharedFault {
  /** What is at fault: this profile alone, all that use its account, or all that use its provider. */
  readonly on: "profile" | "account" | "provider";
  /** It lasts until a person does something about it: not signed in, an unknown model, a bill. */
  readonly permanent: boolean;
  /** When it ends, as far as the provider says, in seconds from now. */
  readonly retry_seconds?: number;
}

/** How an agent's own output judges its run; what is left out follows from the exit code. */
export interface Verdict {
  /** Why the run ended, where that is no fault of its task. */
  readonly fault?: SharedFault;
  readonly outcome?: "completed" | "crashed" | "rate_limited" | "abandoned";
  readonly error?: string;
  /** The request that it was making again when it ended: a status, or why there was no answer. */
  readonly retrying?: string;
  /** What it said last. */
  readonly summary?: string;
  /** Its last lines that are no events. */
  readonly tail?: string;
  readonly retry_seconds?: number;
  readonly usage?: JsonObject;
  readonly session_id?: string;
}

/** What an agent's program needs of its surroundings. */
export interface AgentUse {
  readonly program: string;
  readonly accounts: readonly string[];
  /** Where it keeps its sign-in; `~` is the worker's home folder, `${NAME:-…}` a variable and what holds without it. */
  readonly credential_files?: readonly string[];
  /** Its model calls our tools, so that its first call soon shows that its account works. */
  readonly calls: boolean;
}

/** The presets of known agents. The layer above brings them: this one knows processes, not agents. */
export interface Agents {
  names(): readonly string[];
  /** Throws with a sentence when the run cannot be started so. */
  expand(start: StartRequest): AgentPlan;
  /** Which program a profile's agent is, and which variables hold its account, the first that is set first. */
  uses?(profile: Profile): AgentUse | null;
  /** Null: the exit code alone decides. Also asked about runs that the worker closed itself. */
  judge(finished: FinishedRun): Verdict | null;
}

/** Everything that a start needs. */
export interface Plan {
  /** argv[0] is absolute. */
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly files: readonly GeneratedFile[];
  readonly home: readonly HomeFolder[];
  readonly stdin: string | null;
  /** The worker has our tools, so that it can send heartbeats. */
  readonly tools: boolean;
}

export interface PlanInput {
  readonly home: Home;
  readonly profile: Profile;
  readonly task: Task;
  readonly run: Run;
  readonly workspace: string;
  readonly skills: readonly Skill[];
  readonly roster: readonly Profile[];
  readonly bin: string;
  /** The dispatcher's own environment. */
  readonly environment: Env;
  readonly agents: Agents | null;
}

const MCP_FILE = "mcp.json";
const PROMPT_FILE = "prompt.txt";

/**
 * Plans the start of a run.
 *
 * @throws {KanbanError} `refused` when the profile's program or its agent's preset cannot be found.
 */
export function planStart(input: PlanInput): Plan {
  const { home, profile, task, run, workspace, skills, roster, bin } = input;
  const dir = runDir(home, run.id);
  const contract = contractOf(input);
  const env = { ...inherited(input.environment, profile), ...contract };
  const mcp = { name: MCP_FILE, content: mcpConfig(bin, contract) };
  const values: Values = {
    task: task.id,
    run: String(run.id),
    workspace,
    mcp_config: join(dir, MCP_FILE),
    prompt_file: join(dir, PROMPT_FILE),
    skills: skills.map(({ name }) => name).join(","),
    profile_dir: profile.dir,
    model: task.model ?? "",
  };
  const prompt = promptOf(input, values);
  if (profile.command !== null) {
    const argv = profile.command.map((element) => fill(element, { ...values, prompt }));
    const uses = (placeholder: string) => profile.command!.some((element) => element.includes(placeholder));
    return {
      argv: resolved(argv, env, workspace, profile),
      cwd: workspace,
      env,
      files: [
        ...(uses("{mcp_config}") ? [mcp] : []),
        ...(uses("{prompt_file}") ? [{ name: PROMPT_FILE, content: prompt }] : []),
      ],
      home: [],
      stdin: profile.stdin === null ? null : prompt,
      tools: uses("{mcp_config}"),
    };
  }
  if (input.agents === null || !input.agents.names().includes(profile.agent!)) {
    throw new SharedTrouble(
      "profile",
      `Cannot start profile "${profile.name}": there is no preset for agent "${profile.agent}"`,
    );
  }
  const request = {
    profile,
    task,
    run,
    workspace,
    dir,
    bin,
    mcp_config: values.mcp_config,
    skills,
    roster,
    env,
    prompt,
  };
  const plan = input.agents.expand(request);
  const full = { ...env, ...plan.env, ...contract };
  return {
    argv: resolved(plan.argv, full, workspace, profile, plan.also),
    cwd: workspace,
    env: full,
    files: [mcp, ...(plan.files ?? [])],
    home: plan.home ?? [],
    stdin: plan.stdin ?? null,
    tools: true,
  };
}

/**
 * Some agents start their MCP servers with an almost empty environment, so it is repeated here. Some
 * expand `${NAME}` in this file: the tenant, which may be any text, stays out; the tools know it from
 * the task.
 */
function mcpConfig(bin: string, { KANBAN_TENANT: _, ...env }: Record<string, string>): string {
  return `${JSON.stringify({ mcpServers: { kanban: { command: bin, args: ["mcp"], env } } }, null, 2)}\n`;
}

function resolved(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
  profile: Profile,
  also: readonly string[] = [],
): string[] {
  const [name = "", ...rest] = argv;
  const places = { path: env["PATH"] ?? DEFAULT_PATH, cwd };
  const find = () => requireProgram([name, ...also], profile.name, places);
  // A path in the workspace is another file for each task.
  const isOfTask = (name.includes("/") && !isAbsolute(name)) || (profile.command?.[0]?.includes("{") ?? false);
  return [isOfTask ? find() : ofShared("profile", find), ...rest];
}
