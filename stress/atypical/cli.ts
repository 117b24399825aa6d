/**
 * Odd command lines.
 *
 * @module
 */
import { expect } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Run, Task } from "../../src/kernel/mod.ts";
import { cli, cliJson, type Place } from "../program.ts";
import { cliFieldScenarios } from "./cli_fields.ts";
import type { Scenario } from "./scenario.ts";

/** Expects a usage error that names something. Whether the board has changed is asked at the end. */
async function usage(place: Place, args: readonly string[], words: RegExp | string): Promise<void> {
  const { code, stdout, stderr } = await cli(place, args);
  expect([args.join(" "), code]).toEqual([args.join(" "), 2]);
  expect(stdout).toBe("");
  expect(stderr).toMatch(words);
  expect(stderr).not.toMatch(/\n\s+at /);
}

async function exported(place: Place): Promise<string> {
  return (await cli(place, ["list", "--archived", "--json"])).stdout;
}

const create = (place: Place, ...args: string[]) => cliJson<Task>(place, ["create", ...args]);
const show = async (place: Place, id: string) => await cliJson<{ task: Task; runs: Run[] }>(place, ["show", id]);

export const cliScenarios: readonly Scenario[] = [
  {
    name: "malformed JSON as metadata, by flag, file and standard input",
    async run(stage) {
      const place = stage.place();
      const { id } = await create(place, "x");
      const file = join(stage.dir, "broken.json");
      writeFileSync(file, "{oops");
      for (const text of ["{", "[1]", "null", "5", '"a"', "{'a':1}", ""]) {
        await usage(place, ["complete", id, "--summary", "s", "--metadata", text], /metadata/i);
      }
      await usage(place, ["complete", id, "--metadata", `@${file}`], /metadata/i);
      const { code } = await cli(place, ["complete", id, "--metadata", "-"], { stdin: "{oops" });
      expect(code).toBe(2);
      expect((await show(place, id)).task.status).toBe("ready");
    },
  },
  {
    name: "unknown verbs, flags, statuses, durations and priorities change nothing",
    async run(stage) {
      const place = stage.place();
      const { id } = await create(place, "x");
      const before = await exported(place);
      for (const [args, words] of [
        [["toString"], /toString/],
        [["constructor", id], /constructor/],
        [["create"], /title/i],
        [["create", "x", "--colour", "red"], /colour/],
        [["create", "x", "--parent", "--json"], /parent/],
        [["create", "x", "--not-before", "yesterday-ish"], /not-before/],
        [["create", "x", "--not-before", "2026-02-30"], /not-before/],
        [["create", "x", "--priority", "P9"], /priority/],
        [["create", "x", "--workspace", "moon:/x"], /workspace/],
        [["create", "x", "--workspace", "dir:"], /workspace/],
        [["create", "x", "--workspace", "scratch:/x"], /workspace/],
        [["create", "x", "--max-runtime", "5 parsecs"], /max-runtime/],
        [["list", "--status", "sleeping"], /status/],
        [["list", "--limit", "many"], /limit/],
        [["claim", id, "--ttl", "-5"], /ttl/],
        [["move", id, "limbo"], /status/i],
        [["complete", id, id, "--summary", "one for all"], /summary/],
      ] as const) {
        await usage(place, args, words);
      }
      expect(await exported(place)).toBe(before);
    },
  },
  {
    name: "titles that look like flags, after two dashes",
    async run(stage) {
      const place = stage.place();
      for (const title of ["--help", "-rf", "--json=1", "-"]) {
        expect((await create(place, "--", title)).title).toBe(title);
      }
    },
  },
  {
    name: "shell injection through a task that a worker works on leaves no file behind",
    async run(stage) {
      const place = stage.place();
      const canary = join(stage.dir, "canary");
      const evil = `$(touch '${canary}');touch '${canary}'|"x"&`;
      const { id } = await create(
        place,
        evil,
        "--body",
        evil,
        "--tenant",
        evil,
        "--assignee",
        evil,
        "--idempotency-key",
        evil,
      );
      await cliJson(place, ["comment", id, evil, "--author", evil]);
      await cliJson(place, ["assign", id, "demo"]);
      await cliJson(place, ["edit", id, "--body", `comment ${evil}\ncomplete ${evil}`]);
      await cliJson(place, ["dispatch"]);
      const deadline = performance.now() + 15_000;
      while ((await show(place, id)).task.status !== "done" && performance.now() < deadline) await Bun.sleep(50);

      expect((await show(place, id)).runs.at(-1)).toMatchObject({ outcome: "completed", summary: evil });
      expect(existsSync(canary)).toBe(false);
    },
  },
  {
    name: "control characters and escape sequences never reach the terminal",
    async run(stage) {
      const place = stage.place();
      const evil = "a\u001b[2Jb\u0007c\u009b31md\u202ee\u2066f\rg\u0008h\u001b]0;title\u0007i";
      const { id } = await create(place, evil, "--body", evil, "--tenant", evil, "--assignee", evil);
      await cliJson(place, ["comment", id, evil]);
      await cliJson(place, ["block", id, evil]);
      for (const args of [["list"], ["show", id], ["runs", id], ["context", id], ["stats"], ["assignees"]]) {
        const { stdout, stderr } = await cli(place, args);
        expect([
          args[0],
          /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(stdout + stderr),
        ]).toEqual([args[0], false]);
      }
      expect((await show(place, id)).task.title).toBe(evil);
    },
  },
  {
    name: "newlines in titles and names: a list stays one line per task",
    async run(stage) {
      const place = stage.place();
      for (let i = 0; i < 3; i++)
        await create(place, `one\ntwo\r\nthree\u2028four\ttab ${i}`, "--tenant", "a\nb", "--assignee", "c\nd");
      const { stdout } = await cli(place, ["list"]);

      expect(stdout.trimEnd().split("\n").length).toBe(3);
    },
  },
  {
    name: "a body of 1 MiB through standard input, and one that is too large",
    async run(stage) {
      const place = stage.place();
      const full = "y".repeat(1024 * 1024);
      const made = await cli(place, ["create", "large", "--body-file", "-", "--json"], { stdin: full });
      expect(made.code).toBe(0);
      expect((await show(place, (JSON.parse(made.stdout) as Task).id)).task.body).toBe(full);
      const over = await cli(place, ["create", "larger", "--body-file", "-"], { stdin: `${full}y` });

      expect([over.code, over.stderr]).toEqual([2, expect.stringMatching(/body/)]);
      expect((await cliJson<Task[]>(place, ["list"])).length).toBe(1);
    },
  },
  {
    name: "bytes that are no UTF-8, through standard input",
    async run(stage) {
      const place = stage.place();
      const { code, stdout, stderr } = await cli(place, ["create", "bytes", "--body-file", "-", "--json"], {
        stdin: new Uint8Array([0x61, 0xff, 0xfe, 0xc0, 0x80, 0x62]),
      });
      expect(stderr).not.toMatch(/\n\s+at /);
      expect([0, 2]).toContain(code);
      if (code === 0) expect((JSON.parse(stdout) as Task).body).toMatch(/^a.*b$/);
    },
  },
  {
    name: "ids that are paths, prefixes that mean several, ids that mean none",
    async run(stage) {
      const place = stage.place();
      const ids: string[] = [];
      for (let i = 0; i < 17; i++) ids.push((await create(place, `t ${i}`)).id); // Two of 17 share their first digit.
      for (const id of ["../../etc/passwd", "t_", "t_zzzzzzzz", "%00", "", "' OR 1=1 --"]) {
        const { code, stderr } = await cli(place, ["show", "--", id]);
        expect([id, code === 1 || code === 2]).toEqual([id, true]);
        expect(stderr).not.toMatch(/\n\s+at /);
      }
      const first = ids[0]!;
      const shared = ids.map((id) => id.slice(0, 3)).find((start, at, all) => all.indexOf(start) !== at)!;
      const several = await cli(place, ["archive", shared]);
      expect([several.code, several.stdout]).toEqual([1, ""]);
      expect(several.stderr).toContain(shared);
      expect((await cliJson<Task[]>(place, ["list"])).length).toBe(17);
      expect((await show(place, first.slice(0, 9))).task.id).toBe(first);
      const log = await cli(place, ["log", "--", "../../../etc/passwd"]);
      expect([log.code === 0, log.stdout]).toEqual([false, ""]);
    },
  },
  {
    name: "bulk verbs act on each id, report each, and exit 1 if one fails",
    async run(stage) {
      const place = stage.place();
      const [a, b, c] = [(await create(place, "a")).id, (await create(place, "b")).id, (await create(place, "c")).id];
      await cliJson(place, ["complete", b]);
      const { code, stderr } = await cli(place, ["complete", a, b, "t_00000000", c]);

      expect(code).toBe(1);
      expect(stderr).toContain(b);
      expect(stderr).toContain("t_00000000");
      expect((await Promise.all([a, b, c].map((id) => show(place, id)))).map(({ task }) => task.status)).toEqual([
        "done",
        "done",
        "done",
      ]);
    },
  },
  {
    name: "unassigned tasks and assignees without a profile are reported, not failed",
    async run(stage) {
      const place = stage.place();
      const nobody = (await create(place, "nobody's")).id;
      const unknown = (await create(place, "unknown's", "--assignee", "no-such-profile")).id;
      const odd = (await create(place, "odd", "--assignee", "../../bin/sh")).id;
      const result = await cliJson<Record<string, unknown>>(place, ["dispatch"]);

      expect(result).toMatchObject({ spawned: [], skipped_unassigned: [nobody], crashed: 0 });
      expect([...(result["skipped_no_profile"] as string[])].sort()).toEqual([unknown, odd].sort());
      expect((await show(place, unknown)).task).toMatchObject({ status: "ready", failures: 0 });
    },
  },
  {
    name: "a reader that hangs up early",
    async run(stage) {
      const place = stage.place();
      // More than a pipe holds: the rest is written after the reader has gone.
      for (let i = 0; i < 5; i++) await create(place, `task ${i}`, "--body", "x".repeat(100_000));
      const status = join(stage.dir, "status");
      const child = Bun.spawn({
        cmd: [
          "/bin/sh",
          "-c",
          `("$0" "$1" list --json; echo $? >"$2") | head -c 1; "$0" "$1" context t_ 2>&1 | true`,
          process.execPath,
          join(import.meta.dir, "../../src/cli/main.ts"),
          status,
        ],
        env: place.env,
        stdio: ["ignore", "pipe", "pipe"],
      });
      const [stdout, stderr] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
        child.exited,
      ]);

      expect(stdout).toStartWith("[");
      expect(stderr).not.toMatch(/EPIPE|\n\s+at /);
      expect(["0", "141"]).toContain((await Bun.file(status).text()).trim());
    },
  },
  {
    name: "a late worker is fenced on the command line too",
    async run(stage) {
      const place = stage.place();
      const { id } = await create(place, "x", "--assignee", "coder");
      const late = await cliJson<Task>(place, ["claim", id]);
      await cliJson(place, ["reclaim", id]);
      await cliJson(place, ["claim", id]);
      for (const verb of [
        ["complete", id, "--summary", "late"],
        ["block", id, "late"],
        ["heartbeat", id],
      ]) {
        const { code, stderr } = await cli(place, [...verb, "--run", String(late.current_run_id)]);
        expect([verb[0], code]).toEqual([verb[0], 1]);
        expect(stderr).toContain(`under run ${late.current_run_id}`);
      }
      expect((await show(place, id)).task.status).toBe("running");
    },
  },
  ...cliFieldScenarios,
];
