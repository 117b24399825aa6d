import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { CommandDef } from "citty";
import { type Ran, testCli } from "../testing/cli.ts";
import { everyVerb } from "../testing/verbs.ts";
import { flagOf, placeOf } from "./args.ts";
import type { Verb } from "./verb.ts";
import { ALIASES, GROUPS, PROGRAM } from "./verb_table.ts";

setDefaultTimeout(20_000); // Every call is a process, and the machine may be busy.

const cli = testCli();
afterAll(cli.remove);

/** Every verb there is, with the words that call it. */
const VERBS = await everyVerb();
/** A word for every positional that must be there. */
function wordsFor(verb: Verb, id: string): string[] {
  const places = Object.entries(verb.args).filter(([, arg]) => arg.type === "positional" && arg.required);
  return places.map(([key, arg]) => {
    if (arg.ownTask || key === "parent" || key === "child") return id;
    return key === "status" ? "ready" : "word";
  });
}

/** Flags without which a verb judges its arguments before it looks for the task. */
const TARGET = ["--platform", "telegram", "--chat-id", "1"];
const NEEDED_FLAGS: Record<string, string[]> = {
  edit: ["--title", "x"],
  "notify-subscribe": TARGET,
  "notify-unsubscribe": TARGET,
};

/** Runs a command in a process that then tells which of our files, and which packages, it has loaded. */
function loadedBy(env: Record<string, string>, ...words: string[]): string[] {
  const source = `
    const { main } = await import(${JSON.stringify(join(import.meta.dir, "main.ts"))});
    const status = await main(JSON.parse(process.argv.at(-1)));
    console.log("\\n\\0" + JSON.stringify([status, Object.keys(require.cache)]));`;
  const { stdout } = Bun.spawnSync([process.execPath, "-e", source, JSON.stringify(words)], { env });
  const [status, paths] = JSON.parse(stdout.toString().split("\0")[1]!) as [number, string[]];
  expect(status).toBe(0);
  return paths;
}

describe("what agents call all the time", () => {
  test("loads neither the whole kernel nor what only some commands need", async () => {
    const own = testCli();
    const id = await own.create("loaded");
    await own.json("claim", id); // It makes a workspace, which takes the dispatcher.
    const calls = [
      ["show", id],
      ["show", id, "--json"],
      ["list"],
      ["create", "another"],
      ["next"],
      ["comment", id, "a word"],
      ["heartbeat", id],
      ["complete", id, "--summary", "done"],
    ];
    for (const words of calls) {
      const paths = loadedBy(own.env, ...words);
      const heavy = paths.filter((path) => /kernel\/mod\.ts$|dispatcher\/mod\.ts$|\/(?:zod|hono)\//.test(path));
      expect({ words, some: paths.some((path) => path.endsWith("kernel/store/db.ts")), heavy }).toEqual({
        words,
        some: true,
        heavy: [],
      });
    }
    expect(loadedBy(own.env, "stats", "--json").length).toBeLessThan(70);
    expect(loadedBy(own.env, "show", id).length).toBeLessThan(70);
    // Of what changes tasks and of what looks for them `show` needs nothing.
    const shown = loadedBy(own.env, "show", id, "--json").map((path) => path.slice(path.lastIndexOf("/") + 1));
    const unneeded = ["transition.ts", "tasks.ts", "claims.ts", "worker_queue.ts", "workspaces.ts", "listing.ts"];
    expect(shown.filter((name) => unneeded.includes(name))).toEqual([]);
    own.remove();
  });
});

describe("the table of verbs", () => {
  test("has a line for every file in verbs/, and a file for every line", () => {
    const files = readdirSync(join(import.meta.dir, "verbs")).filter((file) => !file.includes(".test."));
    // Bun takes whatever ends in _test.ts for a test.
    const expected = VERBS.map(
      ({ path }) =>
        `${path
          .join("_")
          .replaceAll("-", "_")
          .replace(/_test$/, "_try")}.ts`,
    );
    const groups = [...new Set(VERBS.filter(({ path }) => path.length > 1).map(({ path }) => `${path[0]}.ts`))];
    expect([...expected, ...groups].sort()).toEqual(files.sort());
  });

  test.each(VERBS)("$name is called by its own name, and has an example", ({ name, verb }) => {
    expect(verb.name).toBe(name);
    expect(verb.examples.some((example) => example.includes(`kanban ${name}`))).toBe(true);
    expect(verb.summary).not.toMatch(/\.$/);
  });

  test.each(VERBS)("citty finds $name in the tree of commands", async ({ name, path }) => {
    let command: CommandDef = PROGRAM;
    for (const word of path)
      command = await (command.subCommands as Record<string, () => Promise<CommandDef>>)[word]!();
    expect(command).toMatchObject({ meta: { name }, run: expect.any(Function) });
  });

  test("every other name leads to a verb", () => {
    const names = VERBS.map(({ path }) => path[0]!);
    expect(Object.values(ALIASES).filter((name) => !names.includes(name))).toEqual([]);
    expect(Object.keys(ALIASES).filter((name) => names.includes(name))).toEqual([]);
  });
});

/** Runs one command line for each case, all in one process, and looks at each by itself. */
function cases<T>(all: readonly T[], lineOf: (one: T) => string[]): [T, () => Promise<Ran>][] {
  let ran: Promise<Ran[]> | undefined;
  return all.map((one, n) => [one, async () => (await (ran ??= cli.batch(all.map(lineOf))))[n]!]);
}

describe("usage errors", () => {
  test.each(cases(VERBS, ({ path, verb }) => [...path, ...wordsFor(verb, "t_1"), "--frobnicate"]))(
    "$name refuses an unknown flag",
    async ({ name }, result) => {
      const { exit, stdout, stderr } = await result();
      expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
      expect(stderr).toContain(`error: Cannot run ${name}: unknown flag "--frobnicate"`);
    },
  );

  const wordy = VERBS.filter(({ verb }) => wordsFor(verb, "t_1").length > 0);
  test.each(cases(wordy, ({ path }) => [...path, "--json"]))(
    "$name refuses to run without its words",
    async ({ name }, result) => {
      const { exit, stdout, stderr } = await result();
      expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
      const missing = new RegExp(`^Cannot run ${name}: missing [A-Z]+$`);
      expect(JSON.parse(stderr).error).toEqual({
        code: "invalid",
        message: expect.stringMatching(missing),
        hint: `See kanban ${name} --help`,
      });
    },
  );

  const wrong: [words: string[], hint: string][] = [
    [["creat", "x"], "Did you mean: kanban create"],
    [["lst"], "Did you mean: kanban list"],
    [["foo"], "See all verbs with: kanban --help"],
    [["toString"], "See all verbs with: kanban --help"],
    [["__proto__"], "See all verbs with: kanban --help"],
    [["constructor"], "See all verbs with: kanban --help"],
    [["frobnicate", "--", "--help"], "See all verbs with: kanban --help"],
    [["--frobnicate", "list"], "See all verbs with: kanban --help"],
    [["profile", "toString"], "See all verbs with: kanban profile --help"],
    [["profile", "lst"], "Did you mean: kanban profile list"],
    [["help", "frobnicate"], "See all verbs with: kanban --help"],
  ];
  test.each(cases(wrong, ([words]) => words))("kanban %j is refused", async ([, hint], result) => {
    const { exit, stdout, stderr } = await result();
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
    expect(stderr).toEndWith(`hint: ${hint}\n`);
  });

  const blank: string[][] = [
    ["create", ""],
    ["create", " ", "--parent", "t_1"],
    ["edit", "t_1", "--title", ""],
    ["comment", "t_1", " "],
    ["block", "t_1", ""],
    ["request-changes", "t_1", "\n"],
    ["complete", "t_1", "t_2", "--result", ""],
    ["complete", "t_1", "--summary", " "],
    ["unblock", "t_1", "--comment", ""],
  ];
  test.each(cases(blank, (words) => words))("kanban %j is blank where it must not be", async (_, result) => {
    const { exit, stdout, stderr } = await result();
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
    expect(stderr).toMatch(/^error: Cannot use .*: it must be a text that is not blank, got a blank text\n$/);
  });

  test("a board without a verb is one: an unset variable may have swallowed it", async () => {
    const [board, json, group] = await cli.batch([
      ["--board", "list"],
      ["--board=x", "--json"],
      ["--board", "x", "profile"],
    ]);
    expect(board).toEqual({
      exit: 2,
      stdout: "",
      stderr:
        "error: Cannot run kanban: a verb must follow --board list, found none\nhint: See all verbs with: kanban --help\n",
    });
    expect(json).toMatchObject({ exit: 2, stdout: "", stderr: expect.stringMatching(/^{"error":{"code":"invalid"/) });
    expect(group).toMatchObject({ exit: 2, stdout: "", stderr: expect.stringContaining("kanban profile --help") });
  });

  test("are exit status 2 of the process, in JSON too", async () => {
    expect((await cli.run("toString")).exit).toBe(2);
    const { exit, stdout, stderr } = await cli.run("creat", "--json");
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
    expect(JSON.parse(stderr)).toEqual({
      error: { code: "invalid", message: 'Cannot run "creat": no such verb', hint: "Did you mean: kanban create" },
    });
  });
});

describe("help", () => {
  test.each(cases(VERBS, ({ path }) => [...path, "--help"]))("kanban $name --help", async ({ name, verb }, result) => {
    const { exit, stdout, stderr } = await result();
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
    expect(stdout).toStartWith(`${verb.summary}\n\nUSAGE  kanban ${name} `);
    expect(stdout).toContain(`\nEXAMPLES\n  ${verb.examples[0]}`);
    for (const [key, arg] of Object.entries(verb.args)) {
      if (arg.type === "positional")
        expect(stdout).toContain(arg.required ? `<${placeOf(key, arg)}` : `[${placeOf(key, arg)}`);
      else expect(stdout).toMatch(new RegExp(`^  (?:-.,|   ) --${flagOf(key)} `, "m"));
    }
    expect(stdout).toMatch(/^ {6}--json /m);
    expect(stdout).toMatch(/^ {2}-h, --help /m);
    expect(stdout).not.toContain("\x1b");
    for (const line of stdout.split("\nEXAMPLES\n")[0]!.split("\n")) expect(line.length).toBeLessThanOrEqual(110);
  });

  const lists: string[][] = [[], ["--help"], ["-h"], ["help"], ["--json"]];
  test.each(cases(lists, (words) => words))("kanban %j lists the verbs by group", async (_, result) => {
    const { exit, stdout, stderr } = await result();
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
    for (const group of Object.keys(GROUPS)) expect(stdout).toContain(`\n${group.toUpperCase()}\n`);
    for (const { path, verb } of VERBS.filter((one) => one.path.length === 1)) {
      expect(new RegExp(`^  ${path[0]}[ ,]`, "m").test(stdout)).toBe(verb.hidden !== true);
    }
  });

  test("a group lists its verbs by the words that call them", async () => {
    const { exit, stdout } = await cli.run("profile");
    expect(exit).toBe(0);
    const inner = VERBS.filter(({ path }) => path[0] === "profile");
    expect(stdout.split("\nVERBS\n")[1]!.trimEnd().split("\n")).toEqual(
      inner.map(({ name, verb }) => `  ${name.padEnd(21)}  ${verb.summary}`),
    );
  });

  test("names what else a verb is called", async () => {
    const { stdout } = await cli.run("help", "done");
    expect(stdout).toStartWith("Mark tasks done");
    expect(stdout).toContain("\nALSO   done, close\n");
  });

  test("--version", async () => {
    const version = { exit: 0, stdout: expect.stringMatching(/^kanban \d+\.\d+\.\d+\n$/), stderr: "" };
    for (const words of [["--version"], ["-v"], ["version"]]) expect(await cli.run(...words)).toEqual(version);
    const json = { exit: 0, stdout: expect.stringMatching(/^\{"version":"\d+\.\d+\.\d+"\}\n$/), stderr: "" };
    for (const words of [
      ["--json", "version"],
      ["version", "--json"],
    ])
      expect(await cli.run(...words)).toEqual(json);
  });
});

test("none of that touched a file", () => {
  expect(existsSync(cli.dir)).toBe(false);
});

describe("a task that is not there", () => {
  const other = testCli();
  afterAll(other.remove);
  const acting = VERBS.filter(({ verb }) =>
    Object.entries(verb.args).some(([key, arg]) => arg.type === "positional" && (arg.ownTask || key === "parent")),
  );
  let before = "";
  let ran: Promise<Ran[]> | undefined;
  const results = async () => {
    await other.create("the only one");
    before = other.dump();
    return other.batch(
      acting.map(({ name, path, verb }) => {
        return [...path, ...wordsFor(verb, "t_ffffffff"), ...(NEEDED_FLAGS[name] ?? []), "--json"];
      }),
    );
  };

  test.each(acting.map(({ name }, n): [string, number] => [name, n]))(
    "%s says so and changes nothing",
    async (_, n) => {
      const { exit, stdout, stderr } = (await (ran ??= results()))[n]!;
      expect(exit).toBe(1);
      // What acts on several tasks answers for each of them.
      const { error } = stdout === "" ? JSON.parse(stderr.split("\n")[0]!) : JSON.parse(stdout).results[0];
      expect(error).toMatchObject({
        code: "not_found",
        message: expect.stringMatching(/task "t_ffffffff": no such task$/),
      });
      expect(other.dump()).toBe(before);
    },
  );
});
