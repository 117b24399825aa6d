import { describe, expect, test } from "bun:test";
import { parseArgs } from "citty";
import type { WorkerEnv } from "../home.ts";
import { refusal } from "../testing/mod.ts";
import {
  duration,
  integer,
  list,
  longWord,
  optionalWord,
  project,
  task,
  tasks,
  text,
  toggle,
  word,
  words,
} from "./args.ts";
import { judge, parse } from "./parse.ts";

const WORKER: WorkerEnv = { task: "t_0000000a", run: 7, profile: "coder", tenant: null, workspace: null };

const verb = {
  name: "try",
  args: {
    title: word("A word"),
    rest: words("More words"),
    parent: list("Repeatable"),
    body: text("A text", { short: "b" }),
    maxRuntime: duration("A time"),
    limit: integer("A number", { min: 1 }),
    review: toggle("A switch", { short: "r" }),
  },
};
const read = (...line: string[]) => parse(verb, line, null);
const refused = (...line: string[]) => refusal(() => read(...line));

describe("parse()", () => {
  test("gives every argument its value, whatever the order", () => {
    const { values, json, board } = read(
      "--parent",
      "a",
      "hello",
      "-b",
      "x",
      "--parent=b",
      "more",
      "--max-runtime",
      "2h",
      "-r",
      "--json",
      "--board",
      "f.db",
    );
    expect(values).toEqual({
      title: "hello",
      rest: ["more"],
      parent: ["a", "b"],
      body: "x",
      maxRuntime: 7_200,
      limit: undefined,
      review: true,
    });
    expect({ json, board }).toEqual({ json: true, board: "f.db" });
  });

  test("a project has two names, and the last of them counts as with any flag", () => {
    const named = { name: "try", args: { project: project("Project") } };
    for (const line of [["--project", "shop"], ["--tenant=shop"], ["--project", "web", "--tenant", "shop"]]) {
      expect(parse(named, line, null).values).toEqual({ project: "shop" });
      expect(judge(named, line, null).at(-2)).toBe("--project=shop");
    }
    expect(refusal(() => parse(named, ["--tenant"], null)).message).toContain("--tenant needs a value");
  });

  test("takes everything after -- as words", () => {
    expect(read("--", "--json", "-r").values).toMatchObject({ title: "--json", rest: ["-r"], review: false });
  });

  test("takes a dash as a word and as a value", () => {
    expect(read("-", "--body", "-").values).toMatchObject({ title: "-", body: "-" });
  });

  test("takes a negative number as a value", () => {
    expect(read("x", "--body", "-1001234567890").values).toMatchObject({ body: "-1001234567890" });
  });

  test("takes short flags together and with their value attached", () => {
    expect(read("x", "-rbtext").values).toMatchObject({ review: true, body: "text" });
    expect(read("x", "-b=text").values).toMatchObject({ body: "text" });
  });

  test("an empty value stays an empty text", () => {
    expect(read("x", "--body=", "--parent", "").values).toMatchObject({ body: "", parent: [""] });
  });

  test("the last of a flag that is not repeatable counts", () => {
    expect(read("x", "--body", "a", "--body", "b").values).toMatchObject({ body: "b" });
  });

  test.each([
    [["x", "--bdy", "y"], 'Cannot run try: unknown flag "--bdy"'],
    [["x", "--toString"], 'Cannot run try: unknown flag "--toString"'],
    [["x", "--__proto__=1"], 'Cannot run try: unknown flag "--__proto__"'],
    [["x", "--no-review"], 'Cannot run try: unknown flag "--no-review"'],
    [["x", "-1"], 'Cannot run try: unknown flag "-1"'],
    [["x", "--\x1b[31m"], 'Cannot run try: unknown flag "--"'],
    [[], "Cannot run try: missing TITLE"],
    [["x", "--body"], "Cannot run try: --body needs a value"],
    [
      ["x", "--parent", "--json"],
      "Cannot run try: --parent needs a value; one that begins with a dash is written --parent=-…",
    ],
    [["x", "--json=yes"], "Cannot run try: --json takes no value"],
    [["x", "--board", ""], "Cannot run try: --board needs a value"],
    [["x", "--max-runtime", "soon"], "Cannot use --max-runtime: it must be a duration"],
    [["x", "--limit", "0"], 'Cannot use --limit: it must be a whole number, 1 or more, got "0"'],
    [["x", "--limit", "-1"], 'Cannot use --limit: it must be a whole number, 1 or more, got "-1"'],
    [["x", "--limit", "1e3"], "Cannot use --limit"],
  ])("refuses %j", (line, message) => {
    const error = refused(...line);
    expect(error.code).toBe("invalid");
    expect(error.message).toStartWith(message);
  });

  test("names the flag that was probably meant", () => {
    expect(refused("x", "--bdy", "y").hint).toStartWith("Did you mean --body?");
  });

  test("refuses a word too many, and says how texts are quoted", () => {
    const error = refusal(() => parse({ name: "try", args: { title: word("A word") } }, ["two", "words"], null));
    expect(error.message).toBe('Cannot run try: one word too many, "words"');
    expect(error.hint).toStartWith("Quote a text with spaces");
  });
});

describe("parse() in a worker's environment", () => {
  const comment = { name: "comment", args: { id: task("Task"), text: longWord("Text"), note: optionalWord("Note") } };
  const complete = { name: "complete", args: { ids: tasks("Tasks") } };

  test("a task that is left out is the worker's own", () => {
    expect(parse(comment, ["hello"], WORKER).values).toMatchObject({ id: WORKER.task, text: "hello" });
    expect(parse(complete, [], WORKER).values).toEqual({ ids: [WORKER.task] });
  });

  test("a task that is named is that one", () => {
    expect(parse(comment, ["t_1", "hello"], WORKER).values).toMatchObject({ id: "t_1", text: "hello" });
    expect(parse(complete, ["t_1", "t_2"], WORKER).values).toEqual({ ids: ["t_1", "t_2"] });
  });

  test("anything else that is missing is still missing", () => {
    expect(refusal(() => parse(comment, [], WORKER)).message).toBe("Cannot run comment: missing TEXT");
  });

  test("outside of it the task is missing too", () => {
    expect(refusal(() => parse(comment, ["hello"], null)).message).toBe("Cannot run comment: missing TEXT");
    expect(refusal(() => parse(complete, [], null)).message).toBe("Cannot run complete: missing ID");
  });
});

describe("judge()", () => {
  const line = ["a", "-rb", "text", "--parent", "p", "--json", "b", "--parent=--q=", "--limit", "2", "--", "--review"];
  const written = judge(verb, line, null);

  test("writes each flag in one word, then the positionals", () => {
    expect(written).toEqual([
      ...["--review", "--body=text", "--parent=p", "--parent=--q=", "--json", "--limit=2"],
      ...["--", "a", "b", "--review"],
    ]);
    expect(judge(verb, written, null)).toEqual(written);
    expect(parse(verb, written, null)).toEqual(parse(verb, line, null));
  });

  test("writes what citty reads in the same way, where it loses what was typed", () => {
    const values = { title: "a", body: "text", review: true, limit: "2" };
    expect(parseArgs(written, verb.args)).toMatchObject(values);

    const typed = ["--limit", "--parent", "p", "a"];
    expect(parseArgs(typed, verb.args)).toMatchObject({ limit: "--parent" });
    expect(refusal(() => judge(verb, typed, null)).message).toStartWith("Cannot run try: --limit needs a value");
  });

  test("writes the worker's own task where it was left out", () => {
    const comment = { name: "comment", args: { id: task("Task"), text: longWord("Text") } };
    expect(judge(comment, ["hello"], WORKER)).toEqual(["--", WORKER.task, "hello"]);
    expect(parseArgs(judge(comment, ["hello"], WORKER), comment.args)).toMatchObject({ id: WORKER.task });
  });
});
