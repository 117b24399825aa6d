import { describe, expect, test } from "bun:test";
import { judge } from "../judge.ts";
import { AGENTS, PRESETS, presetOf } from "../presets.ts";
import { agentRun, agentRuns } from "./agent_run.ts";

const RUNS = agentRuns().map((run) => [`${run.agent}, ${run.scenario}`, run] as const);

describe("recorded runs of real agents", () => {
  test("are there for several agents", () => {
    expect(new Set(RUNS.map(([, { agent }]) => agent)).size).toBeGreaterThan(5);
  });

  test.each(RUNS)("%s: small, and nothing of the machine that it was made on", (_, { output, exit_code, signal }) => {
    expect(exit_code === null).toBe(signal !== null);
    expect(Buffer.byteLength(output)).toBeLessThanOrEqual(20_480);
    expect(output).not.toMatch(/\/tmp\/kanban|\/var\/tmp|\/root\b|dummy-key|\x1b/);
  });

  test.each(AGENTS.filter((agent) => PRESETS[agent].tried !== null))(
    "%s: its preset names the version that they were made with",
    (agent) => {
      expect(agentRun(agent, "whole_task").package).toEndWith(`@${PRESETS[agent].tried}`);
    },
  );

  test.each(RUNS.filter(([, { agent, scenario }]) => presetOf(agent) !== null && scenario === "whole_task"))(
    "%s: its preset reads the session, and the tokens where they are printed",
    (_, { agent, exit_code, signal, output }) => {
      const verdict = judge({ agent, run: { id: 1 }, exit_code, signal, output });

      expect(verdict?.session_id).toBeString();
      expect(verdict?.outcome).toBeUndefined();
      // Copilot writes them into a file, and only with a flag.
      if (agent !== "copilot") expect(verdict?.usage).toMatchObject({ output_tokens: expect.any(Number) });
    },
  );
});
