/**
 * The real agent programs: each is installed from npm and driven by a scripted model through whole tasks,
 * a commit, refusals, hangs and silent ends, under a real dispatcher.
 *
 * It downloads hundreds of megabytes and takes minutes per agent, so it runs only when it is named. Agents
 * are installed and removed one after the other; each is played without any network but the loopback.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { presetOf } from "../src/agents/mod.ts";
import { type AgentProgram, PROGRAMS } from "./agents/catalogue.ts";
import { fixtureOf } from "./agents/fixture.ts";
import { install } from "./agents/install.ts";
import { KEY, type Order } from "./agents/order.ts";
import { judgementOf, type Played, type Scenario, SCENARIOS } from "./agents/scenarios.ts";
import type { Lab, Suite } from "./harness.ts";
import { inNamespace } from "./namespace.ts";
import { columns } from "./report.ts";

const NAMESPACES = ["--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"];
/** Everything that one agent may take. */
const AGENT_MS = 30 * 60_000;
/**
 * Where the agents find everything: not below /tmp, which the sandboxes of some leave open, nor in another
 * folder that all may write in, where some believe no file.
 */
const SEEN_AS = "/mnt";

export const agents: Suite = {
  name: "agents",
  about: "real agents from npm, driven by a scripted model through tasks, a commit, refusals, hangs, silent ends",
  onlyByName: true,
  parts: PROGRAMS.map(({ name }) => name),
  async run(lab) {
    const scenarios = SCENARIOS.filter(({ fullOnly }) => lab.scale === "full" || !fullOnly);
    const results: Result[] = [];
    const skipped: { what: string; why: string }[] = [];
    for (const program of PROGRAMS.filter(({ name }) => lab.only?.includes(name) ?? true)) {
      const dir = mkdtempSync(join(lab.dir, `${program.name}-`));
      const found = await playAgent(program, scenarios, { ...lab, dir });
      rmSync(dir, { recursive: true, force: true });
      if ("why" in found) skipped.push({ what: program.name, why: found.why });
      else results.push(...found.played.map((played) => resultOf(program, played)));
      lab.say(
        `${program.name}: ${"why" in found ? `skipped, ${found.why}` : `${found.played.length} scenarios played`}`,
      );
    }
    const played = new Set(results.map(({ program }) => program.name));
    return {
      violations: results.flatMap(({ program, played: { scenario }, wrong }) =>
        wrong.map((sentence) => `${program.name}, ${scenario}: ${sentence}`),
      ),
      did: `${results.length} runs of ${played.size} agents`,
      skipped,
      details: table(results),
    };
  },
};

async function playAgent(
  program: AgentProgram,
  scenarios: readonly Scenario[],
  { scale, say, record, dir }: Lab,
): Promise<{ played: Played[] } | { why: string }> {
  if (program.cannot !== undefined) return { why: program.cannot };
  const installed = join(dir, "installed");
  mkdirSync(installed);
  say(`${program.name}: npm install ${program.packages.join(" ")}`);
  const why = await install(program.packages, installed);
  if (why !== null) return { why };
  const order: Order = {
    agent: program.name,
    installed: join(SEEN_AS, "installed"),
    dir: SEEN_AS,
    scale,
    scenarios: scenarios.filter(({ workspace }) => workspace !== "project" || program.project).map(({ name }) => name),
  };
  const found = await inNamespace<Played[]>("agents/player.ts", JSON.stringify(order), NAMESPACES, {
    ms: AGENT_MS,
    bind: dir,
    unprivileged: true,
    say: (line) => say(`${program.name}, ${line}`),
  });
  if ("why" in found) return { why: `it must not reach out: ${found.why}` };
  if (record !== null) for (const played of found) keep(record, program, played);
  return { played: found };
}

/** Writes the fixture of a run. */
function keep(folder: string, program: AgentProgram, played: Played): void {
  mkdirSync(join(folder, program.name), { recursive: true });
  const replaced = [
    [join(import.meta.dir, ".."), "/opt/kanban"],
    [join(SEEN_AS, played.scenario), "/home/ann"],
    [SEEN_AS, "/srv/kanban"],
    [KEY, "(key)"],
  ] as const;
  const text = fixtureOf({ agent: program.name, package: program.packages[0], played, replaced });
  writeFileSync(join(folder, program.name, `${played.scenario}.jsonl`), text);
}

interface Result {
  readonly program: AgentProgram;
  readonly played: Played;
  readonly wrong: readonly string[];
}

function resultOf(program: AgentProgram, played: Played): Result {
  const scenario = SCENARIOS.find(({ name }) => name === played.scenario)!;
  const { start, tokens } = program;
  const signIn = "agent" in start ? presetOf(start.agent)!.sign_in : null;
  return { program, played, wrong: judgementOf(scenario, played, { reports: tokens, signIn }) };
}

function table(results: readonly Result[]): string[] {
  const rows = results.map(({ program, played, wrong }) => {
    const { exit_code, signal, usage, seconds, first_request_seconds } = played;
    const number = (name: string) => (typeof usage?.[name] === "number" ? String(usage[name]) : "–");
    return [
      program.name,
      played.scenario,
      `${wrong.length === 0 ? "" : "✗ "}${played.outcome ?? "nothing"}`,
      String(exit_code ?? signal ?? "–"),
      `${number("input_tokens")}/${number("output_tokens")}`,
      number("cost_usd"),
      `${seconds.toFixed(1)} s`,
      first_request_seconds === null ? "–" : `${first_request_seconds.toFixed(1)} s`,
      (played.error ?? "").replace(/\s+/g, " ").slice(0, 90),
    ];
  });
  const head = ["agent", "scenario", "outcome", "exit", "tokens in/out", "cost", "time", "first request", "error"];
  return rows.length === 0 ? [] : columns([head, ...rows]);
}
