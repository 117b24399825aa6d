/**
 * Odd command lines, argument by argument: injection, blanks, names and broken JSON wherever a text goes.
 *
 * @module
 */
import { expect } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Comment, Run, Task } from "../../src/kernel/mod.ts";
import { cli, cliJson, type Place } from "../program.ts";
import type { Scenario } from "./scenario.ts";

interface Shown {
  task: Task;
  runs: Run[];
  comments: Comment[];
}

const show = (place: Place, id: string) => cliJson<Shown>(place, ["show", id]);
const create = (place: Place, ...args: string[]) => cliJson<Task>(place, ["create", ...args]);
const listing = async (place: Place) => (await cli(place, ["list", "--archived", "--json"])).stdout;

/** Puts a text into every argument of every verb that takes one, and expects to read it back. */
async function everywhere(place: Place, evil: string): Promise<void> {
  const { id } = await create(
    place,
    ...[evil, "--body", evil, "--tenant", evil, "--assignee", evil, "--idempotency-key", evil, "--created-by", evil],
    ...["--workspace", `dir:/${evil}`, "--workflow-template-id", evil, "--current-step-key", evil, "--review"],
  );
  const ran = async (...words: string[]) => {
    const { code, stderr } = await cli(place, words);
    expect([words[0], code, stderr.replace(/^hint:.*\n/gm, "")]).toEqual([words[0], 0, ""]);
  };
  await ran("edit", id, "--title", evil, "--body", evil, "--tenant", evil);
  await ran("comment", id, evil, "--author", evil);
  await ran("assign", id, evil);
  await ran("block", id, evil);
  await ran("unblock", id, "--comment", evil);
  await ran("edit", id, "--workspace", "scratch"); // A claim makes the workspace: this one may be made.
  await ran("claim", id);
  await ran("heartbeat", id, "--note", evil);
  await ran("reclaim", id, "--reason", evil);
  await ran("claim", id);
  const metadata = JSON.stringify({ [evil]: evil });
  const { current_run_id: run } = (await show(place, id)).task;
  await ran("complete", id, "--run", String(run), "--summary", evil, "--result", evil, "--metadata", metadata);
  await ran("request-changes", id, evil);
  await ran("complete", id, "--summary", evil, "--result", evil, "--metadata", metadata);
  for (const words of [["show", id], ["runs", id], ["context", id], ["graph", id], ["stats"], ["assignees"]])
    await ran(...words);

  const { task, runs, comments } = await show(place, id);
  expect(task).toMatchObject({ title: evil, body: evil, tenant: evil, assignee: evil, created_by: evil, result: evil });
  expect(task).toMatchObject({ idempotency_key: evil, workflow_template_id: evil, current_step_key: evil });
  expect(comments.map(({ body }) => body)).toEqual([evil, `BLOCKED: ${evil}`, evil, `CHANGES REQUESTED: ${evil}`]);
  expect(comments[0]!.author).toBe(evil);
  expect(runs.at(-1)).toMatchObject({ summary: evil, metadata: { [evil]: evil } });
  expect(runs.find(({ outcome }) => outcome === "reclaimed")?.error).toBe(evil);
  for (const words of [
    ["--search", evil],
    ["--tenant", evil],
    ["--assignee", evil],
  ]) {
    expect((await cliJson<Task[]>(place, ["list", ...words])).map((each) => each.id)).toEqual([id]);
  }
}

export const cliFieldScenarios: readonly Scenario[] = [
  {
    name: "SQL injection in every argument of every verb, and in every filter",
    async run(stage) {
      const place = stage.place();
      await everywhere(place, `'); DROP TABLE tasks; UPDATE tasks SET status='done' WHERE 1=1; --`);
      const before = await listing(place);
      for (const words of [
        ["list", "--sort", "id; DROP TABLE tasks"],
        ["list", "--status", "done' OR '1'='1"],
        ["list", "--limit", "1; DROP TABLE tasks"],
        ["move", "' OR '1'='1", "done"],
        ["watch", "--kinds", "' OR '1'='1", "--since", "0"],
      ]) {
        const { code, stdout, stderr } = await cli(place, words, { ms: 10_000 });
        expect([words.join(" "), code === 1 || code === 2, stdout, /SQL|\n\s+at /.test(stderr)]).toEqual([
          words.join(" "),
          true,
          "",
          false,
        ]);
      }
      expect(await listing(place)).toBe(before);
    },
  },
  {
    name: "shell injection in every argument of every verb",
    async run(stage) {
      const canary = join(stage.dir, "canary");
      await everywhere(stage.place(), `$(touch '${canary}');touch '${canary}'|\`touch '${canary}'\`"&\n-x`);
      expect(existsSync(canary)).toBe(false);
    },
  },
  {
    name: "malformed JSON to a worker's tools is refused and changes nothing",
    async run(stage) {
      const place = stage.place();
      const { id } = await create(place, "x", "--assignee", "coder");
      const { current_run_id: run } = await cliJson<Task>(place, ["claim", id]);
      const worker = {
        ...place,
        env: { ...place.env, KANBAN_TASK: id, KANBAN_RUN: String(run), KANBAN_PROFILE: "coder" },
      };
      await cli(worker, ["tool", "kanban_show", "{}"]); // The first use of a tool is kept in the run.
      const before = JSON.stringify(await show(place, id));
      const file = join(stage.dir, "broken.json");
      writeFileSync(file, '{"summary":');
      for (const text of ["{", "{'summary':'x'}", '{"summary":"x"}}', `@${file}`, "\u201c{}\u201d", "{summary:1}"]) {
        const { code } = await cli(worker, ["tool", "kanban_complete", text]);
        expect([text, code]).toEqual([text, 2]);
      }
      for (const [name, text] of [
        ...["[]", "5", "null", '"x"'].map((text) => ["kanban_complete", text] as const),
        ["kanban_complete", '{"summary":5}'],
        ["kanban_complete", '{"summary":"x","metadata":[1]}'],
        ["kanban_complete", '{"summary":" "}'],
        ["kanban_complete", "{}"],
        ["kanban_complete", '{"summary":"x","colour":1}'],
        ["kanban_block", '{"reason":null}'],
        ["kanban_heartbeat", '{"note":{}}'],
        ["kanban_comment", '{"body":" "}'],
        ["kanban_create", '{"title":"x","assignee":5}'],
        ["kanban_link", '{"parent_id":5,"child_id":[]}'],
        ["toString", "{}"],
      ] as const) {
        const { code, stdout, stderr } = await cli(worker, ["tool", name, text]);
        expect([name, text, code === 1 || code === 2, /\n\s+at /.test(stdout + stderr)]).toEqual([
          name,
          text,
          true,
          false,
        ]);
      }
      expect(JSON.stringify(await show(place, id))).toBe(before);
      expect((await cliJson<Task[]>(place, ["list"])).length).toBe(1);
    },
  },
  {
    name: "empty and blank arguments of every verb",
    async run(stage) {
      const place = stage.place();
      const { id } = await create(place, "x", "--assignee", "", "--tenant", " ", "--body", "");
      expect((await show(place, id)).task).toMatchObject({ assignee: null, tenant: null, body: null });
      const before = JSON.stringify(await show(place, id));
      for (const blank of ["", " ", "\n\t", "\u00a0"]) {
        for (const words of [
          ["create", blank],
          ["edit", id, "--title", blank],
          ["comment", id, blank],
          ["block", id, blank],
          ["complete", id, "--summary", blank],
          ["complete", id, "--result", blank],
          ["unblock", id, "--comment", blank],
          ["request-changes", id, blank],
          ["move", id, blank],
          ["claim", id, "--ttl", blank],
        ]) {
          const { code, stdout } = await cli(place, words);
          const about = JSON.stringify(words.slice(0, 3));
          expect([about, code === 1 || code === 2, stdout]).toEqual([about, true, ""]);
        }
      }
      expect(JSON.stringify(await show(place, id))).toBe(before);
      expect((await cliJson<Task[]>(place, ["list"])).length).toBe(1);
    },
  },
  {
    name: "newlines in names, summaries and errors: every plain table stays one line per thing",
    async run(stage) {
      const place = stage.place();
      const name = "one\ntwo\r\nthree\u2028four\u0085five";
      const { id } = await create(place, name, "--tenant", name, "--assignee", name);
      await cliJson(place, ["claim", id]);
      await cliJson(place, ["reclaim", id, "--reason", name]);
      await cliJson(place, ["complete", id, "--summary", name]);
      const lines = async (...words: string[]) =>
        (await cli(place, words)).stdout.trimEnd().split(/[\n\r\u2028\u0085]/);

      expect((await lines("list")).length).toBe(1);
      const [flat, ...more] = (await lines("assignees")).filter((line) => line.includes("two"));
      expect([flat?.includes("one two three fourfive"), more]).toEqual([true, []]);
      expect((await lines("graph", id)).filter((line) => /two|three|four|five/.test(line)).length).toBe(1);
      // Two attempts, each with one line beneath, under one head.
      expect((await lines("runs", id)).filter((line) => /^\s*\d+\s/.test(line)).length).toBe(2);
    },
  },
  {
    name: "assignees of every shape through create, assign, list, next and dispatch",
    async run(stage) {
      const place = stage.place();
      const names = [
        "-x",
        "--json",
        "None",
        "null",
        "0",
        "a b",
        "a,b",
        "../../bin/sh",
        "__proto__",
        "👩‍💻",
        "ü".repeat(200),
      ];
      for (const name of names) {
        const { id } = await create(place, `of ${name}`, `--assignee=${name}`);
        const other = await create(place, "nobody's");
        await cliJson(place, ["assign", other.id, "--", name]);
        const found = await cliJson<Task[]>(place, ["list", `--assignee=${name}`]);
        expect([name, found.map((task) => [task.id, task.assignee])]).toEqual([
          name,
          [
            [id, name],
            [other.id, name],
          ],
        ]);
        expect([name, (await cliJson<Task>(place, ["next", `--assignee=${name}`])).id]).toEqual([name, id]);
        await cliJson(place, ["assign", other.id, "none"]);
        expect((await show(place, other.id)).task.assignee).toBe(null);
      }
      const over = await cli(place, ["create", "x", "--assignee", "x".repeat(201)]);
      expect([over.code, over.stderr]).toEqual([2, expect.stringContaining("assignee")]);
      const known = (await cliJson<{ name: string }[]>(place, ["assignees"])).map(({ name }) => name);
      expect(names.filter((name) => !known.includes(name))).toEqual([]);
      const pass = await cliJson<{ spawned: unknown[]; skipped_no_profile: string[]; skipped_unassigned: string[] }>(
        place,
        ["dispatch"],
      );
      expect([pass.spawned, pass.skipped_no_profile.length, pass.skipped_unassigned.length]).toEqual([
        [],
        names.length,
        names.length,
      ]);
    },
  },
  {
    name: "done and archived tasks: what brings them back, and what must not",
    async run(stage) {
      const place = stage.place();
      const { id } = await create(place, "x", "--idempotency-key", "k");
      await cliJson(place, ["complete", id, "--summary", "first"]);
      const refuses = async (...verbs: string[][]) => {
        const before = JSON.stringify(await show(place, id));
        for (const words of verbs) {
          const { code, stdout, stderr } = await cli(place, words);
          expect([words.join(" "), code, stdout]).toEqual([words.join(" "), 1, ""]);
          expect(stderr).toMatch(/it is (?:done|archived)/);
        }
        expect(JSON.stringify(await show(place, id))).toBe(before);
      };
      const common = [
        ["claim", id],
        ["block", id, "why"],
        ["unblock", id],
        ["approve", id],
        ["heartbeat", id],
        ["reclaim", id],
      ];
      await refuses(...common, ["complete", id], ["request-changes", id, "more"], ["move", id, "running"]);
      await cliJson(place, ["move", id, "ready"]);
      expect((await show(place, id)).task).toMatchObject({ status: "ready", completed_at: null, result: null });
      await cliJson(place, ["complete", id, "--summary", "second"]);
      expect((await show(place, id)).runs.map(({ summary }) => summary)).toEqual(["first", "second"]);
      expect((await create(place, "again", "--idempotency-key", "k")).id).toBe(id);
      await cliJson(place, ["archive", id]);
      await refuses(
        ...common,
        ...[
          ["complete", id],
          ["request-changes", id, "more"],
          ["archive", id],
          ["assign", id, "ann"],
        ],
        ...["triage", "todo", "ready", "running"].map((to) => ["move", id, to]),
        ["edit", id, "--title", "y"],
      );
      expect((await create(place, "fresh", "--idempotency-key", "k")).id).not.toBe(id);
    },
  },
];
