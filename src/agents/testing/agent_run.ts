/**
 * Runs of real agents, as `bun run stress agents --scale full --record src/worker/testing/fixtures` keeps
 * them: what each program printed in each scenario, and how it ended.
 *
 * A fixture's first line is about the run; each further line is one that the program printed, an event as
 * it is and any other text as a JSON string. Long texts are cut, and paths, keys and names of machines are
 * replaced.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface AgentRun {
  readonly agent: string;
  readonly scenario: string;
  /** What was installed: a package and its version. */
  readonly package: string;
  readonly exit_code: number | null;
  readonly signal: string | null;
  /** As the dispatcher hands it to `judge`. */
  readonly output: string;
}

const FIXTURES = join(import.meta.dir, "fixtures");

/** Every recorded run, by agent and scenario. */
export function agentRuns(): AgentRun[] {
  const files = [...new Bun.Glob("*/*.jsonl").scanSync(FIXTURES)].sort();
  return files.map((file) => readRun(join(FIXTURES, file)));
}

/** The run of one agent in one scenario. */
export function agentRun(agent: string, scenario: string): AgentRun {
  return readRun(join(FIXTURES, agent, `${scenario}.jsonl`));
}

function readRun(path: string): AgentRun {
  const [head, ...lines] = readFileSync(path, "utf8").trimEnd().split("\n");
  const output = lines.map((line) => (line.startsWith("{") ? line : (JSON.parse(line) as string)));
  return { ...(JSON.parse(head!) as Omit<AgentRun, "output">), output: `${output.join("\n")}\n` };
}
