import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { userHome } from "../home.ts";
import { asActor, claimTask, getTask, setWorkspacePath, showTask } from "../kernel/mod.ts";
import { planner, workerAtTask, queue } from "../testing/worker_tools.ts";
import { callTool, WORKER_TOOLS } from "./toolset.ts";

describe("kanban_create", () => {
  test("takes lists as lists and as texts", () => {
    const { board, call, task, other } = workerAtTask();
    const { id } = other();
    const many = call("create", { title: "a", assignee: "x", parents: [task.id, id], skills: ["one", "two"] }).reply;
    const text = call("create", { title: "b", assignee: "x", parents: `${task.id}, ${id}`, skills: "one" }).reply;
    expect(getTask(board, many["task_id"] as string).skills).toEqual(["one", "two"]);
    expect(getTask(board, text["task_id"] as string).skills).toEqual(["one"]);
    for (const made of [many, text]) expect(showTask(board, made["task_id"] as string).parents).toHaveLength(2);
  });

  test.each(["worker", "planner"])("expands ~ in the path of a workspace (%s)", (who) => {
    const { board, call } = who === "worker" ? workerAtTask() : planner();
    const args = { title: "a", assignee: "x", workspace_kind: "dir", workspace_path: "~/a b" };

    const { reply } = call("create", args);

    expect(getTask(board, reply["task_id"] as string).workspace_path).toBe(join(userHome(), "a b"));
  });

  test.each(["worker", "planner"])("warns that another task works in the same folder (%s) [J9]", (who) => {
    const { call, ready } = who === "worker" ? workerAtTask() : planner();
    const shared = { workspace_kind: "dir", workspace_path: "/srv/site" } as const;
    const { id } = ready(shared);

    const { reply } = call("create", { title: "a", assignee: "x", ...shared });
    const { reply: waits } = call("create", { title: "b", assignee: "x", ...shared, parents: [id, reply["task_id"]] });

    expect(reply["warning"]).toBe(`${id} works in /srv/site too, perhaps at the same time: link them if they must not`);
    expect(waits).not.toHaveProperty("warning");
  });

  test.each(["worker", "planner"])(
    "warns that no profile has the assignee's name, unless a person has (%s) [F3]",
    (who) => {
      const { call, ready } = who === "worker" ? workerAtTask() : planner();
      ready({ created_by: "bob" });
      const warning = (assignee: string, more = {}) =>
        call("create", { title: "a", assignee, ...more }).reply["warning"] as string | undefined;

      expect(warning("revewer")).toBe(
        'no profile named "revewer"; did you mean "reviewer"? Nothing starts the task until a profile has its name or it is given to one',
      );
      expect(warning("zoe")).toBe(
        'no profile named "zoe". Nothing starts the task until a profile has its name or it is given to one',
      );
      expect(["bob", "ann", "reviewer"].map((name) => warning(name))).toEqual([undefined, undefined, undefined]);
      const shared = { workspace_kind: "dir", workspace_path: "/srv/site" };
      expect(warning("reviewer", shared)).toBeUndefined();
      expect(warning("zoe", shared)).toMatch(/^no profile named "zoe"\. .* t_\w{8} works in \/srv\/site too/);
    },
  );

  test("returns the same task for the same idempotency key", () => {
    const { call } = workerAtTask();
    const first = call("create", { title: "a", assignee: "x", idempotency_key: "k" }).reply;
    expect(call("create", { title: "b", assignee: "x", idempotency_key: "k" }).reply).toEqual(first);
  });

  test.each([
    [{ assignee: "x" }, "title must be given"],
    [{ title: "a" }, "assignee must be given"],
    [{ title: "a", assignee: " " }, "assignee must name a profile or a person"],
    [{ title: " ", assignee: "x" }, "title"],
    [{ title: "a", assignee: "x", parents: ["t_ffffffff"] }, "t_ffffffff"],
    [{ title: "a", assignee: "x", parents: [7] }, "parents must be a list of texts"],
    [{ title: "a", assignee: "x", skills: ["bad,name"] }, "skill"],
    [{ title: "a", assignee: "x", workspace_kind: "cloud" }, "workspace_kind must be one of scratch, dir, worktree"],
    [{ title: "a", assignee: "x", workspace_kind: "dir" }, "workspace"],
    [{ title: "a", assignee: "x", priority: 1.5 }, "priority must be a whole number, got 1.5"],
    [{ title: "a\0", assignee: "x" }, "NUL"],
  ])("refuses %p", (args, words) => {
    expect(workerAtTask().refused("create", args)).toContain(words);
  });

  test("stops a chain of workers that create workers at the depth limit [T: fork bomb]", () => {
    const { board, worker } = workerAtTask();
    let me = worker;
    for (let depth = 1; depth <= 5; depth++) {
      const context = { board: asActor(board, "coder"), worker: me, who: "coder", queue };
      const made = callTool(WORKER_TOOLS, () => context, "kanban_create", {
        title: `level ${depth}`,
        assignee: "coder",
      });
      const id = made.reply["task_id"] as string;
      me = { ...me, task: id, run: claimTask(board, id, { claimer: "coder" }).run.id };
    }

    const last = callTool(WORKER_TOOLS, () => ({ board, worker: me, who: "coder", queue }), "kanban_create", {
      title: "too deep",
      assignee: "coder",
    });

    expect(last.reply["error"]).toMatch(/at most 5 levels deep, this would be level 6/);
  });

  test("puts a worktree beside the creator's own", () => {
    const { board, task, call } = workerAtTask({ workspace_kind: "worktree" });
    setWorkspacePath(board, task.id, `/repo/.worktrees/${task.id}`);
    const { reply } = call("create", { title: "a", assignee: "x", workspace_kind: "worktree" });
    const made = getTask(board, reply["task_id"] as string);
    expect(made).toMatchObject({ workspace_kind: "worktree", workspace_path: `/repo/.worktrees/${made.id}` });
  });
});
