import { describe, expect, test } from "bun:test";
import { refusal, testBoard } from "../../testing/mod.ts";
import { checkEdit, checkFields, workspaceAfter } from "./task_fields.ts";

describe("checkFields()", () => {
  test("gives each field that is left out its default", () => {
    const defaults = {
      body: null,
      tenant: null,
      priority: 0,
      review: false,
      not_before: null,
      max_runtime_seconds: null,
      skills: [],
      model: null,
      workflow_template_id: null,
      current_step_key: null,
    };

    expect(checkFields({})).toEqual(defaults);
    expect(checkFields(Object.fromEntries(Object.keys(defaults).map((name) => [name, null])))).toEqual(defaults);
  });

  test("takes the ends of what time can be", () => {
    const limits = { not_before: 8.64e15, max_runtime_seconds: 3_155_760_000 };

    expect(checkFields(limits)).toMatchObject(limits);
    expect(refusal(() => checkFields({ max_runtime_seconds: 3_155_760_001 })).field).toBe("max_runtime_seconds");
    expect(refusal(() => checkFields({ not_before: -1 })).field).toBe("not_before");
  });
});

describe("checkEdit()", () => {
  test("returns what was given and nothing else: null clears, undefined leaves alone", () => {
    expect(checkEdit({})).toEqual({});
    expect(checkEdit({ title: " x ", body: null, priority: undefined })).toEqual({ title: "x", body: null });
    expect(checkEdit({ skills: ["b", "a", "b"], review: false })).toEqual({ skills: ["b", "a"], review: false });
  });

  test("names the field that it refuses", () => {
    expect(refusal(() => checkEdit({ title: "" }))).toMatchObject({ code: "invalid", field: "title" });
    expect(refusal(() => checkEdit({ tenant: "\0" }))).toMatchObject({ code: "invalid", field: "tenant" });
  });
});

describe("workspaceAfter()", () => {
  const scratch = testBoard().ready();
  const dir = testBoard().ready({ workspace_kind: "dir", workspace_path: "/src" });

  test.each([
    [{}, {}],
    [{ workspace_kind: "dir" }, {}],
    [{ workspace_kind: null }, {}],
    [{ workspace_path: "/other" }, { workspace_kind: "dir", workspace_path: "/other" }],
    [{ workspace_kind: "scratch" }, { workspace_kind: "scratch", workspace_path: null }],
    [{ workspace_kind: "worktree" }, { workspace_kind: "worktree", workspace_path: null }],
    [
      { workspace_kind: "worktree", workspace_path: "/repo" },
      { workspace_kind: "worktree", workspace_path: "/repo" },
    ],
  ] as const)("of a folder, %j gives %j", (input, after) => {
    expect(workspaceAfter(dir, input)).toEqual(after);
  });

  test("judges kind and path together", () => {
    expect(refusal(() => workspaceAfter(scratch, { workspace_path: "/x" })).message).toContain("a path for scratch");
    expect(refusal(() => workspaceAfter(scratch, { workspace_kind: "dir" })).message).toContain("dir without a path");
    expect(refusal(() => workspaceAfter(dir, { workspace_path: null })).message).toContain("dir without a path");
  });
});
