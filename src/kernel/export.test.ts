import { describe, expect, test } from "bun:test";
import { testBoard } from "../testing/mod.ts";
import { exportBoard } from "./export.ts";
import { addComment, type Board, claimTask, heartbeat, KanbanError, recordUsage, setPaused, subscribe } from "./mod.ts";

/** The lines of an export, as a file has them. */
function exported(board: Board): string[] {
  const lines: string[] = [];
  exportBoard(board, (line) => lines.push(JSON.stringify(line)));
  return lines;
}

/** A board with something of each kind, and its export. */
function used() {
  const t = testBoard();
  const parent = t.done({
    title: "Draw the map",
    body: 'Ünïcode, \u202e and "quotes"',
    tenant: "acme",
    skills: ["maps"],
  });
  const child = t.ready({ title: "Walk it", parents: [parent.id], workspace_kind: "dir", workspace_path: "/srv/walk" });
  const { run } = claimTask(t.board, child.id, { claimer: "coder" });
  addComment(t.board, child.id, { body: "left or right?" });
  recordUsage(t.board, run.id, { usage: { tokens: 7, model: "x" }, session_id: "s-1" });
  heartbeat(t.board, child.id, { runId: run.id, note: "on it" });
  subscribe(t.board, child.id, { platform: "slack", chat_id: "C1" });
  setPaused(t.board, true);
  return { ...t, parent, child, run, lines: exported(t.board) };
}

describe("an export", () => {
  test("has every stored column: a new one cannot be forgotten", async () => {
    const { RECORD_KINDS } = await import("./records.ts");
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
      subscription: "notify_subs",
      delivery: "notify_deliveries",
    } as const;
    for (const [kind, name] of Object.entries(tables)) {
      const names = stored(name).map((column) => inside[column] ?? column);
      expect(Object.keys(RECORD_KINDS[kind as keyof typeof tables].columns).sort()).toEqual(
        names.filter(Boolean).sort(),
      );
    }
    const all = board.db.query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    // What is counted from the other rows is not exported.
    const counted = ["usage_totals", "board_counts"];
    expect(all.map(({ name }) => name).sort()).toEqual([...Object.values(tables), ...counted].sort());
  });

  test("is of one moment", () => {
    const { board } = used();
    expect(() => exportBoard(board, () => void addComment(board, "t_00000000", { body: "x" }))).toThrow(KanbanError);
  });
});
