import { describe, expect, test } from "bun:test";
import { testBoard } from "../../testing/mod.ts";
import { exported, used } from "../../testing/transfer.ts";
import { importBoard } from "./import.ts";
import { blockTask, claimTask, linkTasks } from "../mod.ts";

/** Changes one record of a kind, the first one. */
function edited(lines: readonly string[], kind: string, change: object): string[] {
  const at = lines.findIndex((line) => line.startsWith(`{"${kind}"`));
  const record = JSON.parse(lines[at]!) as Record<string, object>;
  return lines.with(at, JSON.stringify({ [kind]: { ...record[kind], ...change } }));
}

function twoBoards(lines: readonly string[]): string[] {
  return lines.toSpliced(1, 0, lines[1]!).with(-1, lines.at(-1)!.replace('"board":1', '"board":2'));
}

function view(change: object): string {
  const all = { id: "v_00000001", name: "all", page: "board", query: "", shared: true, owner: "eve", place: 1 };
  return JSON.stringify({ saved_view: { ...all, created_at: 1, ...change } });
}

function person(name: string): string {
  return JSON.stringify({ known_name: { name, acts_as: "person", since: 1 } });
}

function deep(levels: number): object {
  return levels === 0 ? {} : { in: deep(levels - 1) };
}

describe("importBoard(), of a file that is wrong", () => {
  test("refuses a board that has tasks", () => {
    const { lines } = used();
    const t = testBoard();
    t.ready();
    t.refused(() => importBoard(t.board, lines), "refused", /the board must be empty, it has 1 task$/);
  });

  test("refuses what a newer program wrote", () => {
    const t = testBoard();
    const lines = ['{"kanban":{"format":2,"schema":1}}'];
    t.refused(() => importBoard(t.board, lines), "refused", /this program reads format 1 .* has format 2/);
  });

  test.each<[string, (lines: string[]) => string[], RegExp]>([
    ["nothing", () => [], /line 1: it must be the first line of an export, got nothing/],
    ["another file", () => ["id,title"], /line 1: it must be a JSON object, got "id,title"/],
    ["a file without its first line", (all) => all.slice(1), /line 1: it must be the first line of an export/],
    ["a file that was cut off", (all) => all.slice(0, -1), /line 20: .* the counts at the end/],
    ["a line that was cut off", (all) => all.with(3, all[3]!.slice(0, 40)), /line 4: it must be a JSON object/],
    ["a line too few", (all) => all.toSpliced(12, 1), /the counts of the lines before/],
    ["a line too many", (all) => [...all, all.at(-2)!], /line 21: it must be the end of the file/],
    ["an unknown kind", (all) => all.with(2, '{"card":{}}'), /line 3: it must be one of board, task, .* got "card"/],
    ["a task twice", (all) => all.toSpliced(3, 0, all[2]!), /line 4: .* UNIQUE constraint failed: tasks.id/],
    ["an unknown column", (all) => edited(all, "task", { colour: "red" }), /"colour" too/],
    [
      "a number as a text",
      (all) => edited(all, "task", { priority: "high" }),
      /line 3: it must be a task whose priority is a whole number from .*, got "high"$/,
    ],
    [
      "a task that was created under none",
      (all) => edited(all, "task", { from_task: "t_ffffffff" }),
      /line 3: it must be a task that was created under a task above it, got t_ffffffff$/,
    ],
    ["a text as a flag", (all) => edited(all, "task", { review: 1 }), /whose review is true or false/],
    ["a list as a text", (all) => edited(all, "task", { body: ["x"] }), /whose body is a text/],
    [
      "an illegal status",
      (all) => edited(all, "task", { status: "paused" }),
      /line 3: it must be a task whose status is one of triage, .*, got "paused"$/,
    ],
    [
      "an event of another kind",
      (all) => edited(all, "event", { kind: "sung" }),
      /an event whose kind is a known kind of event, got "sung"/,
    ],
    [
      "a run of no task",
      (all) => edited(all, "run", { task_id: "t_00000000" }),
      /a run of a task above it, got no such task/,
    ],
    [
      "an event of no run",
      (all) => edited(all, "event", { run_id: 99 }),
      /an event of a run of t_[0-9a-f]{8} above it, got run 99/,
    ],
    [
      "a NUL",
      (all) => edited(all, "task", { body: "a\0b" }),
      /line 3: it must be a task whose body is a text of at most 1 MiB without NUL or null/,
    ],
    [
      "a state that the schema refuses",
      (all) => edited(all, "task", { held: true }),
      /line 3: .* a record that a board can hold, got CHECK/,
    ],
    ["a skill that is a path", (all) => edited(all, "task", { skills: ["../../etc"] }), /whose skills is a list of/],
    ["skills that are no texts", (all) => edited(all, "task", { skills: [1] }), /whose skills is a list of skill/],
    ["a view without end", (all) => all.toSpliced(-1, 0, view({ query: "q=x".repeat(20_000) })), /whose query is a/],
    ["a view of a program", (all) => all.toSpliced(-1, 0, view({ page: "javascript:" })), /whose page is one of/],
    [
      "a program as a person",
      (all) => all.toSpliced(-1, 0, person("dashboard")),
      /a person whose name no program signs with, got dashboard$/,
    ],
    ["a blank title", (all) => edited(all, "task", { title: " " }), /whose title is a text of 1 to 500 characters/],
    ["an assignee without end", (all) => edited(all, "task", { assignee: "x".repeat(201) }), /whose assignee is a/],
    ["an instant beyond time", (all) => edited(all, "task", { created_at: 9e15 }), /whose created_at is an instant/],
    ["an id after which none is exact", (all) => edited(all, "event", { id: 2 ** 53 - 1 }), /whose id is a whole/],
    ["metadata without bottom", (all) => edited(all, "run", { metadata: deep(600) }), /whose metadata is an object of/],
    [
      "an event of another task's run",
      (all) => edited(all, "event", { run_id: 2 }),
      /an event of a run of t_[0-9a-f]{8} above it, got run 2/,
    ],
    ["a back-off of what is done", (all) => edited(all, "task", { retry_at: 5 }), /backs off only .*, got done/],
    ["failures of what is done", (all) => edited(all, "task", { failures: 2 }), /without failures .* in done, got 2/],
    ["a header of no version", (all) => all.with(0, '{"kanban":{"format":1.5,"schema":1}}'), /line 1: .* first line/],
    ["two boards in one", (all) => twoBoards(all), /it must be the end of one board, got the counts of 2/],
  ])("refuses %s, and nothing has come in", (_, change, message) => {
    const t = testBoard();
    const { lines } = used();
    t.refused(() => importBoard(t.board, change(lines)), "invalid", message);
  });

  test.each<[string, (lines: string[]) => string[], RegExp]>([
    [
      "a body of 3 MB",
      (all) => edited(all, "task", { body: "x".repeat(3_000_000) }),
      /line 3: .* body is a text of at most 1 MiB without NUL or null, got 3000000 bytes$/,
    ],
    [
      "a body of 1 MiB and one byte, in letters of three",
      (all) => edited(all, "task", { body: `${"€".repeat(349_525)}xx` }),
      /got 1048577 bytes$|body is a text of at most 1 MiB/,
    ],
    ["an instant before 1970", (all) => edited(all, "task", { created_at: -5 }), /created_at is an instant .* got -5$/],
    ["a run that began before 1970", (all) => edited(all, "run", { started_at: -1 }), /started_at is an instant/],
    ["a comment of 3 MB", (all) => edited(all, "comment", { body: "x".repeat(3_000_000) }), /got 3000000 bytes$/],
    ["a summary of 3 MB", (all) => edited(all, "run", { summary: "x".repeat(3_000_000) }), /got 3000000 bytes$/],
    [
      "metadata of 3 MB",
      (all) => edited(all, "run", { metadata: { a: "x".repeat(3_000_000) } }),
      /whose metadata is an object of at most 500 levels and 1 MiB or null, got an object$/,
    ],
    [
      "an event of 9 MB",
      (all) => edited(all, "event", { payload: { a: "x".repeat(9_000_000) } }),
      /whose payload is an object of at most 500 levels and 8 MiB, got an object$/,
    ],
    ["a limit of a million years", (all) => edited(all, "task", { max_runtime_seconds: 3e13 }), /max_runtime_seconds/],
    ["a step without end", (all) => edited(all, "task", { current_step_key: "x".repeat(201) }), /current_step_key/],
  ])("refuses %s like every other verb, and nothing has come in [A14]", (_, change, message) => {
    const t = testBoard();
    const { lines } = used();
    t.refused(() => importBoard(t.board, change(lines)), "invalid", message);
  });

  test("takes what verbs can write at most: 1 MiB of text, and a reason as a comment and in an event [A14]", () => {
    const t = testBoard();
    const most = "\u0001".repeat(1024 * 1024);
    const { id } = t.ready({ body: most });
    blockTask(t.board, id, { reason: most });
    const lines = exported(t.board);
    const fresh = testBoard();

    importBoard(fresh.board, lines);

    expect(exported(fresh.board).slice(1)).toEqual(lines.slice(1));
  });

  test("refuses what runs without a start or a lease, and what waits for nothing", () => {
    const t = testBoard();
    const { id } = t.ready();
    const idle = edited(exported(t.board), "task", { status: "todo" });
    claimTask(t.board, id, { claimer: "w" });
    const lines = exported(t.board);
    const fresh = testBoard();
    const refused = (all: string[], message: RegExp) =>
      fresh.refused(() => importBoard(fresh.board, all), "invalid", message);

    refused(edited(lines, "task", { started_at: null }), /line 3: .* a running task with a started_at/);
    refused(edited(lines, "run", { ttl_seconds: 0 }), /line 4: .* an open run with a lease/);
    refused(idle, new RegExp(`without tasks that wait for nothing, got task ${id} \\(line 3\\), in todo and not held`));
  });

  test("refuses a cycle, and a task that points at a run that is over", () => {
    const t = testBoard();
    const [a, b] = [t.ready(), t.ready()];
    linkTasks(t.board, a.id, b.id);
    const lines = exported(t.board);
    const end = lines.findIndex((line) => line.startsWith('{"link"'));
    const cyclic = lines.toSpliced(end, 0, JSON.stringify({ link: { parent: b.id, child: a.id } }));
    const counted = cyclic.with(-1, cyclic.at(-1)!.replace('"link":1', '"link":2'));
    const fresh = testBoard();
    fresh.refused(() => importBoard(fresh.board, counted), "invalid", /without cycles, got task t_[0-9a-f]{8}/);

    const { lines: running } = used();
    const elsewhere = edited(running.toReversed(), "task", { current_run_id: 99 }).toReversed();
    fresh.refused(
      () => importBoard(fresh.board, elsewhere),
      "invalid",
      /it must be the open run that t_[0-9a-f]{8} points at, got run \d+$/,
    );
    const line =
      1 + running.findIndex((text) => text.includes('"current_run_id":') && !text.includes('"current_run_id":null'));
    const torn = new RegExp(`got task t_[0-9a-f]{8} \\(line ${line}\\), which does not point at its open run`);
    const closed = edited(running.toReversed(), "run", { ended_at: 9e12, outcome: "completed" }).toReversed();
    fresh.refused(() => importBoard(fresh.board, closed), "invalid", torn);
  });

  test("names a task of the cycle itself, not one above or below it", () => {
    const t = testBoard();
    const [below, above, a, b] = [t.ready(), t.ready(), t.ready(), t.ready()];
    for (const [parent, child] of [
      [above, a],
      [a, b],
      [b, below],
    ] as const)
      linkTasks(t.board, parent.id, child.id);
    // A blank line, so that the lines are not the tasks' own numbers.
    const lines = exported(t.board).toSpliced(1, 0, "");
    const at = lines.findIndex((line) => line.startsWith('{"link"'));
    const cyclic = lines.toSpliced(at, 0, JSON.stringify({ link: { parent: b.id, child: a.id } }));
    const lineOf = ({ id }: { id: string }) => 1 + lines.findIndex((line) => line.startsWith(`{"task":{"id":"${id}"`));
    const counted = cyclic.with(-1, cyclic.at(-1)!.replace('"link":3', '"link":4'));
    const fresh = testBoard();
    fresh.refused(
      () => importBoard(fresh.board, counted),
      "invalid",
      new RegExp(`task (${a.id} \\(line ${lineOf(a)}\\)|${b.id} \\(line ${lineOf(b)}\\)), which waits`),
    );
  });
});
