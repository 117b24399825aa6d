import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BUNDLED_SKILLS } from "../program.ts";
import { NAME_PATTERN, OUTCOMES, WORKSPACE_KINDS } from "../kernel/mod.ts";
import { ORCHESTRATOR_TOOLS, WORKER_TOOLS } from "./toolset.ts";

const read = (name: string) => readFileSync(join(BUNDLED_SKILLS, name, "SKILL.md"), "utf8");
const worker = read("kanban-worker");
const orchestrator = read("kanban-orchestrator");

test.each(readdirSync(BUNDLED_SKILLS))("%s is in the Agent Skills format", (name) => {
  const match = /^---\n([\s\S]*?)\n---\n\n# /.exec(read(name));
  expect(match).not.toBeNull();
  const head = Bun.YAML.parse(match![1]!) as Record<string, string>;
  expect(Object.keys(head)).toEqual(["name", "description"]);
  expect(head["name"]).toBe(name);
  expect(name).toMatch(NAME_PATTERN);
  expect(head["description"]!.length).toBeGreaterThan(80);
  expect(head["description"]!.length).toBeLessThanOrEqual(1_024);
});

test.each([worker, orchestrator])("examples in JSON can be parsed", (text) => {
  const blocks = [...text.matchAll(/```json\n([\s\S]*?)```/g)].flatMap(([, code]) =>
    code!.includes("kanban_create")
      ? [...code!.matchAll(/kanban_create (\{[\s\S]*?\})\n *→ (\{.*\})/g)].flatMap((m) => [m[1]!, m[2]!])
      : [code!],
  );
  expect(blocks.length).toBeGreaterThan(2);
  for (const block of blocks) expect(() => JSON.parse(block)).not.toThrow();
});

describe("kanban-worker", () => {
  test("names every outcome, workspace kind and tool with its command", () => {
    const told = OUTCOMES.filter((outcome) => outcome !== "gave_up");
    for (const outcome of told) expect(worker).toMatch(new RegExp(`^- \`${outcome}\``, "m"));
    for (const kind of WORKSPACE_KINDS) expect(worker).toContain(`\n- \`${kind}\`: `);
    for (const { name } of WORKER_TOOLS) expect(worker).toContain(`tool ${name} `);
  });

  test.each([
    /stop if it is not yours/,
    /Files of an earlier attempt/,
    /Heartbeats worth sending/,
    /A question that gets answered/,
    /^Code:$/m,
    /^Research:$/m,
    /^Review:$/m,
    /tenant/,
    /No secrets, no personal data/,
    /idempotency_key/,
    /`timed_out`.*block and say how it could be split/,
  ])("has %p", (topic) => {
    expect(worker).toMatch(topic);
  });
});

describe("kanban-orchestrator", () => {
  test("teaches the planner's tools and none of a worker's", () => {
    for (const { name } of ORCHESTRATOR_TOOLS) expect(orchestrator).toContain(name);
    expect(orchestrator).not.toMatch(/kanban_complete|kanban_heartbeat|kanban_block\b/);
  });

  test.each([
    /Does it belong on the board/,
    /Never do it yourself/,
    /\| profile +\| good at +\| workspace +\|/,
    /Draw it, agree on it, then create it/,
    /Report back/,
    /Fan-out, fan-in/,
    /Pipeline with gates/,
    /Same-profile queue/,
    /A new task, not a re-run/,
    /Parent first/,
    /Unknown shape/,
    /same `tenant` to every task/,
  ])("has %p", (topic) => {
    expect(orchestrator).toMatch(topic);
  });

  test("names for a worker that plans what it does not have", () => {
    const names = WORKER_TOOLS.map((tool) => tool.name);
    const missing = ORCHESTRATOR_TOOLS.filter(({ name }) => !names.includes(name));
    const section = /^If you are a worker whose task is to plan.*$/m.exec(orchestrator)![0];
    for (const { name } of missing) expect(section).toContain(`no \`${name}\``);
    const create = WORKER_TOOLS.find(({ name }) => name === "kanban_create")!;
    expect(create.inputSchema["properties"]).not.toHaveProperty("review");
    expect(section).toContain("takes no `review`");
  });

  test("has a worked example of four tasks", () => {
    expect(orchestrator.match(/kanban_create \{"title"/g)).toHaveLength(4);
  });
});
