import { describe, expect, test } from "bun:test";
import { fill, placeholdersIn } from "./placeholders.ts";

describe("fill()", () => {
  test("fills marked parts, keeps other braces, and never looks into a value", () => {
    const values = { task: "t_1", prompt: "{task} {run}" };

    expect(fill("--task={task}:{nope}:{task}", values)).toBe("--task=t_1:{nope}:t_1");
    expect(fill('{"a": {task}}', values)).toBe('{"a": t_1}');
    expect(fill("{prompt}", values)).toBe("{task} {run}");
    expect(fill("{constructor}", values)).toBe("{constructor}");
  });

  test("puts a space before a prompt that would be a flag, and only where it begins the element", () => {
    expect(fill("{prompt}", { prompt: "--help" })).toBe(" --help");
    expect(fill("--text={prompt}", { prompt: "--help" })).toBe("--text=--help");
    expect(fill("{prompt}", { prompt: "help" })).toBe("help");
  });
});

test("placeholdersIn() finds those of a kind, and no other braces", () => {
  expect(placeholdersIn("{prompt}{task}{nope}{workspace}{toString}", "text")).toEqual(["{prompt}", "{workspace}"]);
  expect(placeholdersIn("{prompt_file}:{profile_dir}", "path", "text")).toEqual(["{prompt_file}", "{profile_dir}"]);
});
