/**
 * Odd texts in every field.
 *
 * @module
 */
import { expect } from "bun:test";
import {
  addComment,
  assigneeCounts,
  assignTask,
  blockTask,
  boardColumns,
  boardStats,
  buildContext,
  claimTask,
  completeTask,
  createTask,
  editTask,
  eventsAfter,
  getTask,
  heartbeat,
  type JsonObject,
  listRuns,
  listTasks,
  reclaimTask,
  requestChanges,
  tenantNames,
  unblockTask,
} from "../../src/kernel/mod.ts";
import type { Scenario } from "./scenario.ts";
import { textFieldScenarios } from "./text_fields.ts";

const NUL: Scenario = {
  name: "NUL is refused in every field, by name",
  run(stage) {
    const { board, ready, refused } = stage.board();
    const { id } = ready();
    const bad = "a\0b";
    for (const field of ["body", "assignee", "tenant", "created_by", "idempotency_key"]) {
      refused(() => createTask(board, { title: "x", [field]: bad }), "invalid", field);
    }
    refused(() => createTask(board, { title: bad }), "invalid", "title");
    refused(() => createTask(board, { title: "x", skills: [bad] }), "invalid", "skill");
    refused(() => editTask(board, id, { title: bad }), "invalid", "title");
    refused(() => assignTask(board, id, bad), "invalid", "assignee");
    refused(() => addComment(board, id, { body: bad }), "invalid", "comment");
    refused(() => addComment(board, id, { body: "x", author: bad }), "invalid", "author");
    refused(() => blockTask(board, id, { reason: bad }), "invalid", "reason");
    refused(() => completeTask(board, id, { summary: bad }), "invalid", "summary");
    refused(() => completeTask(board, id, { result: bad }), "invalid", "result");
    refused(() => claimTask(board, id, { claimer: bad }), "invalid", "claimer");
    refused(() => unblockTask(board, id, { comment: bad }), "invalid", "comment");
    refused(() => requestChanges(board, id, { reason: bad }), "invalid", "request");
    refused(() => reclaimTask(board, id, { reason: bad }), "invalid", "reason");
    refused(() => heartbeat(board, id, { note: bad }), "invalid", "note");
    refused(() => listTasks(board, { search: bad }), "invalid", "search");
  },
};

const CONTROLS: Scenario = {
  name: "control characters are stored as given and stripped from a worker's context",
  run(stage) {
    const { board } = stage.board();
    const text = "bell\u0007 escape\u001b[31m c1\u009b bidi\u202e zero\u200b line\u2028end";
    const { task } = createTask(board, { title: `t ${text}`, body: text });

    expect(getTask(board, task.id).body).toBe(text);
    expect(buildContext(board, task.id)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  },
};

const SURROGATES: Scenario = {
  name: "half of a surrogate pair: what is answered is what is read later",
  run(stage) {
    const { board } = stage.board();
    const made = createTask(board, { title: "half \ud83d and half \udc00", body: "\udfff" }).task;

    expect(getTask(board, made.id)).toEqual(made);
    expect(JSON.parse(JSON.stringify(getTask(board, made.id)))).toEqual(made);
    expect(made.title).toStartWith("half ");
  },
};

const LARGE: Scenario = {
  name: "texts of 1 MiB are kept, one byte more is refused, the context stays small",
  run(stage) {
    const { board, refused } = stage.board();
    const full = "x".repeat(1024 * 1024);
    const { task } = createTask(board, { title: "large", body: full });
    addComment(board, task.id, { body: full });
    const { run } = claimTask(board, task.id, { claimer: "w" });
    completeTask(board, task.id, { runId: run.id, summary: full, result: full });

    expect(getTask(board, task.id).body).toBe(full);
    expect(Buffer.byteLength(buildContext(board, task.id))).toBeLessThan(64 * 1024);
    expect(JSON.stringify(eventsAfter(board, 0)).length).toBeLessThan(16 * 1024);
    expect(JSON.stringify(boardColumns(board)).length).toBeLessThan(2.5 * 1024 * 1024);
    refused(() => createTask(board, { title: "larger", body: `${full}x` }), "invalid", "body");
    refused(() => createTask(board, { title: "umlauts", body: "ü".repeat(600_000) }), "invalid", "1 MiB");
  },
};

const DEEP: Scenario = {
  name: "metadata 50 levels deep is kept, 5,000 levels are refused",
  run(stage) {
    const { board, ready, refused } = stage.board();
    const nest = (levels: number) => {
      let value: JsonObject = { leaf: true };
      for (let i = 1; i < levels; i++) value = { in: value };
      return value;
    };
    const { id } = ready();
    refused(() => completeTask(board, id, { summary: "x", metadata: nest(5_000) }), "invalid", "metadata");
    completeTask(board, id, { summary: "x", metadata: nest(50) });

    expect(listRuns(board, id)[0]!.metadata).toEqual(nest(50));
  },
};

const METADATA: Scenario = {
  name: "metadata with keys like __proto__ and toString, escaped NUL, and numbers at their limits",
  run(stage) {
    const { board, ready } = stage.board();
    const { id } = ready();
    const metadata = JSON.parse(
      '{"__proto__":{"polluted":1},"constructor":2,"toString":"x","":"empty","max":9007199254740991,"nul\\u0000":["\\u0000"],"tiny":5e-324}',
    ) as JsonObject;
    completeTask(board, id, { summary: "x", metadata });

    expect(JSON.stringify(listRuns(board, id)[0]!.metadata)).toBe(JSON.stringify(metadata));
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  },
};

const LINES: Scenario = {
  name: "newlines in titles, summaries and tenants: events carry first lines",
  run(stage) {
    const { board } = stage.board();
    const { task } = createTask(board, { title: "one\ntwo\r\nthree", tenant: "a\nb", assignee: "c\td" });
    const { run } = claimTask(board, task.id, { claimer: "w" });
    completeTask(board, task.id, { runId: run.id, summary: "\n\n  first\nsecond\n" });
    const completed = eventsAfter(board, 0).find(({ kind }) => kind === "completed")!;

    expect(completed.payload).toMatchObject({ summary: "first" });
    expect(tenantNames(board)).toEqual(["a\nb"]);
    expect(buildContext(board, task.id).split("\n")).toContain("title: one two three");
  },
};

const TITLES: Scenario = {
  name: "titles: trimmed, 500 characters count as people count, blank ones refused",
  run(stage) {
    const { board, refused } = stage.board();
    expect(createTask(board, { title: "  padded\t\n" }).task.title).toBe("padded");
    expect([...createTask(board, { title: "🗂".repeat(500) }).task.title].length).toBe(500);
    refused(() => createTask(board, { title: "🗂".repeat(501) }), "invalid", "500");
    for (const blank of ["", " ", "\n\t", "\u00a0\u2003"])
      refused(() => createTask(board, { title: blank }), "invalid", "title");
    for (const wrong of [null, 5, {}, [], undefined]) {
      refused(() => createTask(board, { title: wrong as unknown as string }), "invalid", "title");
    }
  },
};

const BLANKS: Scenario = {
  name: "blank texts: nobody, no reason, no words",
  run(stage) {
    const { board, ready, refused } = stage.board();
    const { id } = ready({ assignee: "   ", tenant: "", body: "" });

    expect(getTask(board, id)).toMatchObject({ assignee: null, tenant: null, body: null });
    refused(() => addComment(board, id, { body: " \n " }), "invalid", "comment");
    refused(() => blockTask(board, id, { reason: "  " }), "invalid", "reason");
    refused(() => requestChanges(board, id, { reason: "" }), "invalid");
    refused(() => completeTask(board, id, { summary: " \t" }), "invalid", "summary");
  },
};

const NAMES: Scenario = {
  name: "assignees of every shape, names of object members among them",
  run(stage) {
    const { board } = stage.board();
    const names = [
      "__proto__",
      "constructor",
      "hasOwnProperty",
      "-x",
      "none",
      "../../etc/passwd",
      " led by a space",
      "a,b",
      "👩‍💻",
      "x".repeat(200),
    ];
    for (const assignee of names) createTask(board, { title: "x", assignee, tenant: assignee });
    const { by_assignee, by_status } = boardStats(board);

    expect(by_status.ready).toBe(names.length);
    for (const name of names) {
      expect(Object.hasOwn(by_assignee, name)).toBe(true);
      expect(by_assignee[name]).toEqual({ ready: 1 });
      expect(listTasks(board, { assignee: name }).length).toBe(1);
    }
    expect(assigneeCounts(board).length).toBe(names.length);
    expect(({} as Record<string, unknown>)["ready"]).toBeUndefined();
  },
};

const SKILLS: Scenario = {
  name: "skill names: trimmed, de-duplicated in order, strict",
  run(stage) {
    const { board, refused } = stage.board();
    expect(createTask(board, { title: "x", skills: [" lint ", "a.b-c_1", "lint"] }).task.skills).toEqual([
      "lint",
      "a.b-c_1",
    ]);
    for (const skill of ["", "A", "a,b", "../x", "-x", "a b", "ü", "x".repeat(65), "."]) {
      refused(() => createTask(board, { title: "x", skills: [skill] }), "invalid", "skill");
    }
  },
};

export const textScenarios: readonly Scenario[] = [
  ...textFieldScenarios,
  NUL,
  CONTROLS,
  SURROGATES,
  LARGE,
  DEEP,
  METADATA,
  LINES,
  TITLES,
  BLANKS,
  NAMES,
  SKILLS,
];
