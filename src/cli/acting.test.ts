import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import {
  type Act,
  ACTS,
  claimForWorker,
  claimTask,
  getTask,
  GRANTS,
  listComments,
  reclaimTask,
  type Run,
  setPaused,
} from "../kernel/mod.ts";
import { cliArgv } from "../program.ts";
import { type BatchOptions, type Ran, testCli } from "../testing/cli.ts";
import { tempDir } from "../testing/mod.ts";
import { GROUPS, type VerbGroup } from "./main.ts";
import type { Need, Verb } from "./verb.ts";

setDefaultTimeout(60_000); // Some fifty command lines in one process, on a machine that may be busy.

const cli = testCli();
const spare = tempDir();
afterAll(() => {
  cli.remove();
  spare.remove();
});

/** What every worker may do: all else is refused, whatever verb it comes with. */
const EVERY_WORKER: readonly Act[] = ["create", "comment", "heartbeat", "complete", "block", "link"];

/** Flags and words that a verb needs to get as far as the board. */
const TARGET = ["--platform", "telegram", "--chat-id", "1"];
const WORDS: Record<string, string[]> = {
  setup: ["claude"],
  completion: ["bash"],
  "profile add": ["intruder", "--command", "true"],
  "profile show": ["demo"],
  "profile remove": ["coder"],
  "profile test": ["demo"],
  backup: [join(spare.path, "copy.db")],
  tool: ["kanban_show", "{}"],
};
/** Where the act depends on the flags, one line for each. */
const FORMS: Record<string, string[][]> = {
  next: [[], ["--claim"]],
  edit: [["--title", "x"], ["--no-review"]],
  move: [["ready"], ["running"]],
  dispatch: [[], ["--dry-run"]],
  gc: [[], ["--dry-run"]],
  setup: [[], ["--check"], ["--print"]],
  "notify-subscribe": [TARGET],
  "notify-unsubscribe": [TARGET],
};

interface Line {
  verb: string;
  words: string[];
  need: Need;
}

/** A line for every verb there is, and each of its forms, about this task. */
async function linesAbout(id: string): Promise<Line[]> {
  const lines: Line[] = [];
  const add = (path: string[], verb: Verb) => {
    if (verb.notes?.includes("ends with Ctrl-C")) return; // It reads, and does not end.
    const name = path.join(" ");
    for (const form of FORMS[name] ?? [[]]) {
      const words = WORDS[name] ?? wordsFor(verb, id);
      lines.push({ verb: name, words: [...path, ...words, ...form], need: verb.needOf([...words, ...form]) });
    }
  };
  for (const [name, load] of Object.values(GROUPS).flatMap((verbs) => Object.entries(verbs))) {
    const found: Verb | VerbGroup = (await load()).default;
    if (!("verbs" in found)) add([name], found);
    else for (const [inner, one] of Object.entries(found.verbs)) add([name, inner], (await one()).default as Verb);
  }
  return lines;
}

function wordsFor(verb: Verb, id: string): string[] {
  const places = Object.entries(verb.args).filter(
    ([key, arg]) => arg.form === "positional" && arg.required && key !== "status",
  );
  return places.map(([key, arg]) => (arg.ownTask || key === "parent" ? id : key === "child" ? other : "word"));
}

const actsOf = ({ need }: Line): readonly Act[] =>
  need === "read" || need === "tools" ? [] : typeof need === "string" ? [need] : need;

let own: string;
let other: string;
let late: string;
const runs: Record<"own" | "other" | "late", Run> = {} as never;
let lines: Line[];

beforeAll(async () => {
  own = await cli.create("own", "--assignee", "coder");
  other = await cli.create("other", "--assignee", "nobody");
  late = await cli.create("late", "--assignee", "late");
  await cli.run("profile", "add", "coder", "--command", "true");
  cli.board((board) => {
    const profiles = new Map(["coder", "late"].map((name) => [name, { max_running: null, max_runtime_seconds: null }]));
    const claim = { claimer: "d", boot_id: "boot", profiles, maxWorkers: 9 };
    const claimed = [claimForWorker(board, claim)!, claimForWorker(board, claim)!];
    runs.own = claimed.find(({ task }) => task.id === own)!.run;
    runs.late = claimed.find(({ task }) => task.id === late)!.run;
    runs.other = claimTask(board, other, { claimer: "w" }).run;
    reclaimTask(board, late, { reason: "stopped by ann" });
  });
  lines = await linesAbout(own);
});

const envOf = (task: string, run: Run) => ({ KANBAN_TASK: task, KANBAN_RUN: String(run.id), KANBAN_PROFILE: "coder" });

/** The board, and the files that some verbs write. */
const trace = () =>
  [cli.dump(), ...["..", "profiles", "workspaces"].map((name) => readdirSync(join(cli.dir, name)).join())].join("\n");

interface Situation {
  name: string;
  options: () => BatchOptions;
  refusal: RegExp;
  /** What goes through all the same. */
  allowed?: readonly Act[];
}

const SITUATIONS: Situation[] = [
  {
    name: "a worker under its own run [D1]",
    options: () => ({ env: envOf(own, runs.own) }),
    refusal: /must have allowed it with may: \[|only a person may do it, and this is the environment of a worker/,
    allowed: EVERY_WORKER,
  },
  {
    name: "a worker that names the open run of another task [D3]",
    options: () => ({ env: envOf(own, runs.other) }),
    refusal: /there is no run \d+ of task|only a person may do it/,
  },
  {
    name: "a worker whose task was reclaimed [D3]",
    options: () => ({ env: envOf(late, runs.late) }),
    refusal: /run \d+ ended as reclaimed \(stopped by ann\), the task is ready|only a person may do it/,
  },
  {
    name: "the run of a reclaimed task alone [D3]",
    options: () => ({ env: { KANBAN_RUN: String(runs.late.id) } }),
    refusal: /run \d+ ended as reclaimed \(stopped by ann\), the task is ready|only a person may do it/,
  },
  {
    name: "half an environment: a task without its run [D2]",
    options: () => ({ env: { KANBAN_TASK: own } }),
    refusal: /Cannot use KANBAN_RUN: it must be the id of a run, and KANBAN_TASK is set without it/,
  },
  {
    name: "a profile alone [D2]",
    options: () => ({ env: { KANBAN_PROFILE: "coder" } }),
    refusal: /KANBAN_PROFILE is set, as in the environment of a worker/,
  },
  {
    name: "a worker that left its variables out [D2]",
    options: () => ({ above: envOf(own, runs.own) }),
    refusal: /this process was started by the worker of run \d+, and its environment does not say so/,
  },
  {
    name: "a worker that took the variables of another [D2]",
    options: () => ({
      env: { KANBAN_TASK: other, KANBAN_RUN: String(runs.other.id) },
      above: { ...envOf(own, runs.own) },
    }),
    refusal: /this process was started by the worker of run \d+, and its environment names run \d+/,
  },
  {
    name: "a late worker that left its variables out while its processes live [D2]",
    options: () => ({ above: envOf(late, runs.late) }),
    refusal: /this process was started by the worker of run \d+, and its environment does not say so/,
  },
];

test("the table has a line for every act that a verb may be", () => {
  const found = new Set(lines.flatMap(actsOf));
  expect((Object.keys(ACTS) as Act[]).filter((act) => !found.has(act))).toEqual(["plan"]); // It is what mcp asks for.
});

test("the verbs that every worker may use are these, and no others [D1]", () => {
  const open = lines.filter((line) => actsOf(line).some((act) => "reach" in ACTS[act]));
  expect(open.map(({ verb }) => verb).toSorted()).toEqual([...EVERY_WORKER].toSorted());
});

describe.each(SITUATIONS)("$name", ({ options, refusal, allowed = [] }) => {
  test("writes nothing, whatever the verb, and reads [S: workers overreaching]", async () => {
    const judged = lines.filter(
      (line) => line.need !== "tools" && !actsOf(line).some((act) => allowed.includes(act)), // Tools: below.
    );
    const before = trace();

    const ran = await cli.batch(
      judged.map(({ words }) => words),
      options(),
    );

    const said = judged.map((line, n) => ({ words: line.words.join(" "), is: verdictOf(line, ran[n]!, refusal) }));
    expect(said.filter(({ is }) => is !== "as it should")).toEqual([]);
    expect(trace()).toBe(before);
  });
});

/** Reading goes on as ever, and all else is refused in the words of the situation. */
function verdictOf({ need }: Line, { exit, stdout, stderr }: Ran, refusal: RegExp): string {
  const refused = exit !== 0 && refusal.test(stderr);
  if (need === "read") return refused || exit === 70 ? `${exit}, but it only reads: ${stderr}` : "as it should";
  return refused && stdout === "" ? "as it should" : `${exit}: ${stdout}${stderr}`;
}

test("with every grant a worker may use each verb that can be granted, and none writes past the fence [D1]", async () => {
  const id = await cli.create("lead", "--assignee", "lead");
  const target = await cli.create("of another", "--assignee", "nobody");
  const profiles = new Map([["lead", { max_running: null, max_runtime_seconds: null, may: GRANTS }]]);
  const { run } = cli.board((board) => claimForWorker(board, { claimer: "d", boot_id: "b", profiles, maxWorkers: 9 })!);
  const granted = (await linesAbout(target)).filter((line) => actsOf(line).some((act) => "grant" in ACTS[act]));

  const ran = await cli.batch(
    granted.map(({ words }) => words),
    { env: envOf(id, run) },
  );

  const fence = /Cannot write|must have allowed|your run|one end must be/;
  const said = granted.map(({ words }, n) => ({ words: words.join(" "), exit: ran[n]!.exit, stderr: ran[n]!.stderr }));
  expect(said.filter(({ exit, stderr }) => exit === 70 || fence.test(stderr))).toEqual([]);
  expect(said.filter(({ exit }) => exit === 0).length).toBeGreaterThan(granted.length / 2);
  cli.board((board) => setPaused(board, false));
});

describe("a tool", () => {
  const WRITE = ["tool", "kanban_comment", JSON.stringify({ task_id: "", body: "x" })];

  test.each(SITUATIONS.filter(({ allowed }) => allowed === undefined))(
    "writes nothing for $name",
    async ({ options }) => {
      const line = WRITE.map((word) => word.replace('""', JSON.stringify(own)));
      const before = trace();

      const [ran, demo] = await cli.batch([line, ["worker-demo"]], options());

      expect([ran!.exit, demo!.exit]).toEqual([1, 1]);
      expect(ran!.stdout + ran!.stderr).toMatch(/error/);
      expect(trace()).toBe(before);
    },
  );

  test.each(SITUATIONS)("a planner's tools are not for $name", async ({ name, options }) => {
    const { env = {}, above = {} } = options();
    const asked = `${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" })}\n`;
    const script = '"$@"; exit $?';
    const without = Object.keys(above).flatMap((variable) => ["-u", variable]);
    const given = Object.entries(env).map(([key, value]) => `${key}=${value}`);
    const child = Bun.spawn(
      ["/bin/sh", "-c", script, "sh", "env", ...without, ...given, ...cliArgv(), "mcp", "--orchestrator"],
      { env: { ...cli.env, ...above }, stdin: new Blob([asked]), stdout: "pipe", stderr: "pipe" },
    );
    const [stdout] = await Promise.all([child.stdout.text(), child.exited]);

    // Its own tools come from the entry that was made for its run; twice they would only confuse its model.
    expect(stdout).not.toMatch(/kanban_\w+/);
    // One with another's variables gets no server at all.
    if (name.includes("under its own run")) expect(stdout).toContain('"tools":[]');
  });
});

test("a worker signs with the profile that its run was claimed for, whatever its environment says [D1]", async () => {
  const forged = { ...envOf(own, runs.own), KANBAN_PROFILE: "ceo" };
  const [said, made] = await cli.batch(
    [
      ["comment", "mine"],
      ["create", "follow-up", "--json"],
    ],
    { env: forged },
  );

  expect([said, made]).toMatchObject([{ exit: 0 }, { exit: 0 }]);
  expect(cli.board((board) => listComments(board, own)).at(-1)).toMatchObject({ author: "coder", via: null });
  const { id } = JSON.parse(made!.stdout) as { id: string };
  expect(cli.board((board) => getTask(board, id))).toMatchObject({ created_by: "coder", from_task: own, depth: 1 });
});
