/**
 * `kanban profile add`: makes a worker profile of an agent or of any program.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { profilePath, userHome } from "../../home.ts";
import { GRANTS, KanbanError, parseWorkspace, type WorkspaceKind } from "../../kernel/mod.ts";
import { addProfile, type Profile } from "../../dispatcher/mod.ts";
import { accountVariables, AGENTS } from "../../agents/mod.ts";
import { choice, choices, duration, integer, list, skills, text, toggle, type Values, word, words } from "../args.ts";
import { seek } from "../profiles/profile_program.ts";
import { shellWords } from "../print/shell_words.ts";
import { verb } from "../verb.ts";
import { shown } from "./profile_list.ts";
import { oneLine } from "../../text.ts";

const args = {
  name: word("Name of the profile: what tasks are assigned to"),
  rest: words("Further arguments of --command, after --"),
  agent: choice(AGENTS, `An agent that is known: ${AGENTS.join(", ")}`, { hint: "AGENT" }),
  command: text(
    "Any program, with its arguments; {prompt} {prompt_file} {task} {run} {workspace} {model} {mcp_config} {skills} stand for values",
    {
      hint: "COMMAND",
    },
  ),
  stdin: choice(["prompt"], "Give the prompt to --command as its standard input", { hint: "prompt" }),
  model: text("Model that the agent uses", { hint: "MODEL" }),
  arg: list("A further argument for the agent; repeat it for more", { hint: "ARG" }),
  description: text("What it is good at, in one line"),
  prompt: text("What the worker is told instead of the standard text"),
  env: list("A variable for the worker: NAME=VALUE, or NAME to copy the dispatcher's; repeat it for more", {
    hint: "NAME[=VALUE]",
  }),
  skill: skills("Skill that its workers load; repeat it for more"),
  may: choices(GRANTS, `What its workers may do beyond what every worker may: ${GRANTS.join(", ")}`, { hint: "ACT" }),
  maxRunning: integer("At most so many at a time", { min: 1 }),
  maxRuntime: duration("End a run that takes longer"),
  workspace: text("Where its tasks are worked on: scratch, dir:PATH, worktree or worktree:PATH", { hint: "KIND" }),
  repo: text("Repository of its worktrees", { hint: "PATH" }),
  completeOnExit: toggle("A clean exit completes the task, with the last output as summary"),
  force: toggle("Replace a profile of that name"),
} as const;

export default verb({
  name: "profile add",
  act: "profile",
  args,
  examples: [
    "kanban profile add coder --agent claude --model sonnet",
    "kanban profile add greeter --command 'python3 /srv/greet.py {task}' --complete-on-exit",
    "kanban profile add remote --command 'ssh host my-agent' --stdin prompt",
    "kanban profile add builder --command make -- -C /srv/app test",
  ],
  notes: `The program is started in the workspace of its task, without a shell: its arguments stay whole, whatever a
title holds. {prompt} and {workspace} are arguments of their own; for a program that would read an argument as
code (sh -c, ssh, python3 -c) use {prompt_file} or --stdin prompt. An agent's profile copies the variables of its account from the dispatcher's environment. Try it
with: kanban profile test NAME`,
  run({ args, home, out, note, style }) {
    const path = profilePath(home, args.name);
    const profile = addProfile(home, args.name, fieldsOf(args), { force: args.force });
    const added = shown(profile);
    out(added, ({ name }) => `added ${name}, ${oneLine(path)}`);
    if (added.permissions !== null) note(oneLine(added.permissions));
    if (added.program === null) note(`${style.yellow("!")} ${missing(profile)}`);
  },
});

/** The fields of the file, in the order in which a person reads them. */
function fieldsOf(given: Values<typeof args>): Record<string, unknown> {
  const { agent, command } = given;
  if ((agent === undefined) === (command === undefined)) {
    throw new KanbanError(
      "invalid",
      `Cannot add profile "${given.name}": it needs either --agent or --command, got ${agent ? "both" : "neither"}`,
    );
  }
  const workspace = given.workspace === undefined ? null : parseWorkspace(given.workspace, userHome()).workspace_kind;
  const argv = command === undefined ? undefined : [...inFull(shellWords(command), workspace), ...given.rest];
  if (argv === undefined && given.rest.length > 0) {
    throw new KanbanError(
      "invalid",
      `Cannot add profile "${given.name}": further words belong to --command`,
      "Give arguments to an agent with --arg=ARG",
    );
  }
  if (agent === undefined && (given.model !== undefined || given.arg.length > 0)) {
    throw new KanbanError("invalid", `Cannot add profile "${given.name}": --model and --arg belong to --agent`);
  }
  const env = { ...accountVariables(agent), ...Object.fromEntries(given.env.map(variable)) };
  return {
    description: given.description,
    agent,
    command: argv,
    stdin: given.stdin,
    model: given.model,
    args: given.arg.length > 0 ? given.arg : undefined,
    prompt: given.prompt,
    env: Object.keys(env).length > 0 ? env : undefined,
    skills: given.skill,
    may: given.may.length > 0 ? given.may : undefined,
    max_running: given.maxRunning,
    max_runtime: given.maxRuntime,
    workspace: given.workspace,
    repo: given.repo,
    complete_on_exit: given.completeOnExit || undefined,
  };
}

/** A scratch workspace is empty: there `./program` can only mean the one in the caller's folder. */
function inFull([program, ...rest]: readonly string[], workspace: WorkspaceKind | null): string[] {
  if (program === undefined) return [];
  const here = (workspace ?? "scratch") === "scratch" && /^[^/].*\//.test(program) && existsSync(program);
  return [here ? resolve(program) : program, ...rest];
}

function missing(profile: Profile): string {
  const { command } = profile;
  const { instead } = seek(profile);
  if (instead !== null) return `its program cannot be started: ${oneLine(instead)}`;
  if (command?.[0]?.includes("/") && !command[0].startsWith("/"))
    return `${oneLine(command[0])} is not here; it is looked for in the workspace of each task`;
  return "its program cannot be found on this PATH; nothing can be started until it is there";
}

function variable(typed: string): [string, string | null] {
  const at = typed.indexOf("=");
  return at === -1 ? [typed, null] : [typed.slice(0, at), typed.slice(at + 1)];
}
