import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type Cli, testCli } from "../../testing/cli.ts";

type Edited = { results: { task: { last_event_id: number } }[] };

let cli: Cli;
let id: string;
beforeEach(async () => {
  cli = testCli();
  id = await cli.create("Translate README", "--body", "Keep the tone.\nMind the links.");
});
afterEach(() => cli.remove());

interface Page {
  changes: { event_id: number; kind: string; by: string; fields: { field: string; was: unknown; now: unknown }[] }[];
}

describe("history", () => {
  test("lists who changed what, whole in a pipe, word by word on a terminal, and as JSON", async () => {
    await cli.run("edit", id, "--body", "Keep the style.\nMind the links.", "--priority", "high");

    const piped = await cli.run("history", id);
    expect(piped.stdout).toMatch(/^3 {2}\d{4}-\d\d-\d\dT[\d:]+Z {2}\S.* {2}edited\n {2}body\n/);
    expect(piped.stdout).toContain("    - Keep the tone.\n    - Mind the links.\n    + Keep the style.\n");
    expect(piped.stdout).toMatch(/\n2 .* reprioritized\n {2}priority {2}none → P1\n$/);
    const { screen } = await cli.terminal(["history", id], { env: { NO_COLOR: "1" } });
    expect(screen).toContain("  body\r\n    Keep the [-tone-]{+style+}.\r\n");
    const { changes } = await cli.json<Page>("history", id);
    expect(changes[0]!.fields).toEqual([
      { field: "body", was: "Keep the tone.\nMind the links.", now: "Keep the style.\nMind the links." },
    ]);
  });

  test("--restore puts back what a change replaced, and not over what came after --if-unchanged", async () => {
    const { results } = await cli.json<Edited>("edit", id, "--title", "Translate it");
    const edited = results[0]!.task;
    const restored = await cli.run("history", id, "--restore", `${edited.last_event_id}`);
    expect(restored.stdout).toContain(`restored ${id} (ready): Translate README`);

    const before = cli.dump();
    const late = ["--restore", `${edited.last_event_id + 1}`, "--if-unchanged", `${edited.last_event_id}`];
    const refused = await cli.run("history", id, ...late);
    expect([refused.exit, refused.stderr]).toEqual([1, expect.stringContaining("its title must be as it was")]);
    expect(cli.dump()).toBe(before);
  });

  test("says so when nothing was changed", async () => {
    const { exit, stdout, stderr } = await cli.run("history", id);
    expect([exit, stdout, stderr]).toEqual([0, "", `${id} has not been changed since it was created\n`]);
  });
});

test("edit --if-unchanged writes over nobody's text: it is refused with both, which --json has", async () => {
  const { task } = await cli.json<{ task: { last_event_id: number } }>("show", id);
  await cli.run("edit", id, "--body", "theirs");
  const before = cli.dump();

  const edit = ["edit", id, "--body", "mine", "--if-unchanged", `${task.last_event_id}`];
  const refused = await cli.run(...edit);
  const asJson = await cli.run(...edit, "--json");

  expect(refused.exit).toBe(1);
  expect(refused.stderr).toContain(`Cannot edit task "${id}": its body must be as it was at event 1`);
  const { error } = JSON.parse(asJson.stdout).results[0] as { error: { code: string; conflicts: object[] } };
  expect(error).toMatchObject({
    code: "conflict",
    conflicts: [{ base: "Keep the tone.\nMind the links.", now: "theirs" }],
  });
  expect(cli.dump()).toBe(before);
  const now = (await cli.run("show", id)).stdout;
  const base = /event {2,}(\d+)/.exec(now)![1]!;
  expect((await cli.run("edit", id, "--body", "mine", "--if-unchanged", base)).exit).toBe(0);
});
