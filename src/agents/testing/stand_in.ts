/**
 * A small program that replaces each agent: it takes that agent's flags, finds its prompt and its
 * MCP configuration where that agent finds them, works through the tools, and prints that agent's output.
 *
 * It is as strict as they are: an unknown flag or a missing prompt ends it with an error. The body of its task says
 * what to do, as `act: …`.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import type { Act, Agent, Given, Server } from "./stand_in_agent.ts";
import { AGENTS } from "./stand_in_agents.ts";

/** Reads the command line as strictly as the agent does. */
function read(agent: Agent, argv: readonly string[]): Given & { prompt: string } {
  const words = [...argv];
  for (const word of agent.words) if (words.shift() !== word) throw new Error(`unknown command, expected ${word}`);
  const flags: Record<string, string> = {};
  const overrides: string[] = [];
  const positionals: string[] = [];
  while (words.length > 0) {
    const word = words.shift()!;
    const takes = Object.hasOwn(agent.flags, word) ? agent.flags[word] : undefined;
    if (takes === undefined && word.startsWith("-") && word !== "-") throw new Error(`unknown option '${word}'`);
    if (takes === undefined) positionals.push(word);
    else if (takes === 1) flags[word] = words.shift() ?? "";
    else if (takes === "some" || (takes === "maybe" && words[0]?.startsWith("-") === false)) {
      while (words[0]?.startsWith("-") === false) flags[word] = words.shift()!;
    } else flags[word] = "";
    if (word === "-c") overrides.push(flags[word]!);
  }
  if (agent.prompt !== "positional" && positionals.length > 0)
    throw new Error(`unexpected argument '${positionals[0]}'`);
  return { flags, overrides, prompt: promptOf(agent, flags, positionals) };
}

function promptOf(agent: Agent, flags: Given["flags"], positionals: readonly string[]): string {
  const stdin = agent.prompt === "stdin" || (agent.prompt === "positional" && positionals[0] === "-");
  const prompt = stdin ? readFileSync(0, "utf8") : agent.prompt === "positional" ? positionals[0] : flags[agent.prompt];
  if (!prompt?.trim()) throw new Error("no prompt provided");
  return prompt;
}

/** Calls tools one by one, over MCP where the agent has a server and from the shell where it has none. */
async function connect(server: Server | null): Promise<(tool: string, args: object) => Promise<Record<string, any>>> {
  if (server === null) {
    return async (tool, args) => {
      const child = Bun.spawn(["/bin/sh", "-c", `"$KANBAN_BIN" tool ${tool} "$0"`, JSON.stringify(args)]);
      return JSON.parse(await new Response(child.stdout).text());
    };
  }
  // A server is started with its own variables and hardly more, as several agents do.
  const env = { PATH: process.env["PATH"]!, HOME: process.env["HOME"] ?? "/", ...server.env };
  const child = Bun.spawn([server.command, ...server.args], { env, stdin: "pipe", stdout: "pipe", stderr: "ignore" });
  const reader = child.stdout.getReader();
  let id = 0;
  let rest = "";
  const ask = async (method: string, params: object) => {
    child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id: ++id, method, params })}\n`);
    child.stdin.flush();
    while (!rest.includes("\n")) {
      const { value, done } = await reader.read();
      if (done) throw new Error("MCP server closed the connection");
      rest += new TextDecoder().decode(value);
    }
    const line = rest.slice(0, rest.indexOf("\n"));
    rest = rest.slice(line.length + 1);
    return JSON.parse(line).result;
  };
  await ask("initialize", {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "stand-in", version: "1" },
  });
  return async (tool, args) => JSON.parse((await ask("tools/call", { name: tool, arguments: args })).content[0].text);
}

async function main(): Promise<number> {
  const [name, ...argv] = process.argv.slice(2);
  if (argv[0] === "--version") {
    console.log(`${name} 9.9.9 (stand-in)`);
    return 0;
  }
  const agent = AGENTS[name!]!;
  const given = read(agent, argv);
  const call = await connect(agent.servers(given));
  const shown = await call("kanban_show", {});
  const act = (/^act: (\w+)$/m.exec(shown["worker_context"])?.[1] ?? "ok") as Act;
  if (act === "crash") process.kill(process.pid, "SIGKILL");
  if (act === "ok") {
    const handoff = { program: name!, argv, prompt: given.prompt, env: Object.keys(process.env).sort() };
    await call("kanban_heartbeat", { note: "half way" });
    const done = await call("kanban_complete", { summary: "All done", metadata: handoff });
    if (done["ok"] !== true) throw new Error(String(done["error"]));
  }
  const say = (event: object | string) => console.log(typeof event === "string" ? event : JSON.stringify(event));
  return agent.print(act, say, given);
}

try {
  process.exit(await main());
} catch (error) {
  console.error(`Error: ${(error as Error).message}`);
  process.exit(2);
}
