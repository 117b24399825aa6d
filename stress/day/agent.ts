/**
 * A worker of the day: in the place of an agent's program it asks its provider, does its task if that lets it,
 * and prints what the real program printed in the same case.
 *
 * Its argument is the agent that it stands for; what follows are that agent's own flags.
 *
 * @module
 */
import { agentRun } from "../../src/agents/testing/agent_run.ts";

/** The recorded run that shows what the agent makes of an answer, by its status. */
const RECORDED: Readonly<Record<number, string>> = {
  200: "whole_task",
  401: "dead_key",
  429: "limit",
  500: "outage",
};

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`Cannot work: ${name} is not set`);
  return value;
}

async function call(tool: string, args: object): Promise<void> {
  const child = Bun.spawn([variable("KANBAN_BIN"), "tool", tool, JSON.stringify(args)], { stderr: "inherit" });
  const answer = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error(`${tool} was refused: ${answer}`);
}

const agent = process.argv[2]!;
const [key, url] =
  agent === "claude" ? ["ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"] : ["CODEX_API_KEY", "OPENAI_BASE_URL"];
const request = { headers: { authorization: variable(key!) } };
const { status } = await fetch(`${variable(url!)}/runs/${variable("KANBAN_RUN")}`, request);
if (status === 200) {
  await call("kanban_show", {});
  await call("kanban_complete", { summary: `done with the key ${variable(key!)}` });
}
const { output, exit_code } = agentRun(agent, RECORDED[status]!);
await Bun.write(Bun.stdout, output);
process.exit(status === 200 ? 0 : exit_code!);
