import { describe, expect, test } from "bun:test";
import { testBoard } from "../../testing/mod.ts";
import { exported, used } from "../../testing/transfer.ts";
import { exportBoard } from "./export.ts";
import { importBoard } from "./import.ts";
import { addComment, claimTask, KanbanError } from "../mod.ts";

describe("an export", () => {
  test("has every stored column: a new one cannot be forgotten", async () => {
    const { RECORD_KINDS } = await import("./record_kinds.ts");
    const { board } = testBoard();
    const stored = (name: string) =>
      board.db
        .query<{ name: string }, [string]>("SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0 ORDER BY cid")
        .all(name)
        .map((column) => column.name);
    const inside: Record<string, string> = {
      key: "",
      one: "",
      task_key: "task_id",
      parent_key: "parent",
      child_key: "child",
    };
    const tables = {
      board: "board_state",
      task: "tasks",
      link: "task_links",
      run: "task_runs",
      comment: "task_comments",
      event: "task_events",
      revision: "task_revisions",
      subscription: "notify_subs",
      delivery: "notify_deliveries",
      saved_view: "saved_views",
      known_name: "known_names",
      mention: "mentions",
    } as const;
    // The chains and counts of a task, its open run, which is a record of its own, and what an event moved.
    const FOLLOWS =
      /^(tasks\.(last_event_id|lane)|.*\.(run_(?!id$).*|runs|events|last_run_id|prev_id|attempt|was_.*))$/;
    for (const [kind, name] of Object.entries(tables)) {
      const names = stored(name)
        .filter((column) => !FOLLOWS.test(`${name}.${column}`))
        .map((column) => inside[column] ?? column);
      if (kind === "task") names.push("body", "result"); // They stand in tables of their own.
      expect(Object.keys(RECORD_KINDS[kind as keyof typeof tables].columns).sort()).toEqual(
        names.filter(Boolean).sort(),
      );
    }
    const all = board.db.query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    // What is counted from the other rows, and what holds on one machine or for an hour alone, is not exported.
    const kept = [
      "usage_totals",
      "lanes",
      "folded",
      "task_bodies",
      "task_results",
      "worktrees",
      "holds",
      "request_keys",
    ];
    expect(all.map(({ name }) => name).sort()).toEqual([...Object.values(tables), ...kept].sort());
  });

  test("has open runs in the order of their tasks, so that the export of an import has the same lines", () => {
    const t = testBoard();
    const tasks = [t.ready({ assignee: "ann" }), t.ready({ assignee: "bob" }), t.ready({ assignee: "eve" })];
    for (const { id } of tasks.toReversed()) claimTask(t.board, id, { claimer: "w" }); // Their lanes begin with eve.
    const lines = exported(t.board);
    const order = lines.flatMap((line) => (JSON.parse(line) as { run?: { task_id: string } }).run?.task_id ?? []);
    expect(order).toEqual(tasks.map(({ id }) => id));

    const other = testBoard();
    importBoard(other.board, lines);
    expect(exported(other.board).slice(1)).toEqual(lines.slice(1)); // The first line tells when.
  });

  test("is of one moment", () => {
    const { board } = used();
    expect(() => exportBoard(board, () => void addComment(board, "t_00000000", { body: "x" }))).toThrow(KanbanError);
  });
});
