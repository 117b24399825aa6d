/**
 * One odd text in every field that takes one.
 *
 * @module
 */
import { expect } from "bun:test";
import {
  addComment,
  assigneeNames,
  blockTask,
  buildContext,
  claimTask,
  completeTask,
  createTask,
  eventsAfter,
  getTask,
  heartbeat,
  listComments,
  listRuns,
  listTasks,
  reclaimTask,
  tenantNames,
  unblockTask,
} from "../../src/kernel/mod.ts";
import type { TestBoard } from "../../src/testing/mod.ts";
import type { Scenario } from "./scenario.ts";

/** Puts a text into every field that takes one, and expects to read it back as it was. */
function everywhere({ board }: TestBoard, text: string): void {
  const name = [...text].slice(0, 200).join("");
  const { task } = createTask(board, {
    title: text,
    body: text,
    assignee: name,
    tenant: name,
    created_by: name,
    idempotency_key: name,
    workflow_template_id: name,
    current_step_key: name,
  });
  addComment(board, task.id, { body: text, author: name });
  blockTask(board, task.id, { reason: text });
  unblockTask(board, task.id, { comment: text });
  const first = claimTask(board, task.id, { claimer: name });
  heartbeat(board, task.id, { runId: first.run.id, note: text });
  reclaimTask(board, task.id, { reason: text });
  const { run } = claimTask(board, task.id, { claimer: name });
  completeTask(board, task.id, { runId: run.id, summary: text, result: text, metadata: { [text]: text } });

  expect(listRuns(board, task.id).find(({ id }) => id === first.run.id)).toMatchObject({
    outcome: "reclaimed",
    error: text,
  });
  expect(eventsAfter(board, 0, { kinds: ["heartbeat"] })[0]!.payload).toMatchObject({ note: text });
  expect(getTask(board, task.id)).toMatchObject({
    title: text,
    body: text,
    assignee: name,
    tenant: name,
    result: text,
    created_by: name,
    idempotency_key: name,
    workflow_template_id: name,
    current_step_key: name,
  });
  expect(createTask(board, { title: "twice", idempotency_key: name })).toMatchObject({
    created: false,
    task: { id: task.id },
  });
  expect(listComments(board, task.id)[0]!.author).toBe(name);
  expect(listComments(board, task.id).map(({ body }) => body)).toEqual([text, `BLOCKED: ${text}`, text]);
  expect(listRuns(board, task.id).at(-1)).toMatchObject({ summary: text, metadata: { [text]: text }, claimer: name });
  expect(listTasks(board, { search: [...text].slice(0, 20).join("") }).map(({ id }) => id)).toContain(task.id);
  expect(listTasks(board, { assignee: name, tenant: name }).map(({ id }) => id)).toContain(task.id);
  expect(tenantNames(board)).toContain(name);
  expect(assigneeNames(board)).toContain(name);
  expect(buildContext(board, task.id)).toContain("## Body");
}

const TEXTS: [name: string, text: string][] = [
  ["Chinese, Japanese, Thai and Devanagari", "看板 カンバン กระดาน फ़लक"],
  ["right-to-left Arabic and Hebrew", "لوحة المهام לוח משימות"],
  ["emoji sequences, flags and skin tones", "👩‍👩‍👧‍👦 🏳️‍🌈 🇪🇺 👍🏽 🗂️"],
  ["combining marks, a hundred on one letter", `a${"\u0301".repeat(100)}`],
  ["SQL: quotes, comments and a second statement", `'); DROP TABLE tasks; -- " /* $id ?1 :x @y`],
  [
    "shell: substitutions, pipes, globs and redirections",
    "$(touch /tmp/x) `id` ; rm -rf * | cat > /dev/null & $HOME !!",
  ],
  ["HTML, JSON and template marks", `<script>alert(1)</script> {"a":1} {{x}} \${y} </title>`],
  ["wildcards of searches", "100% of _under_ [a-z]* \\% ?"],
  ["a leading dash and flags", "--help -rf --json"],
  ["only punctuation", "…—·•"],
];

export const textFieldScenarios: readonly Scenario[] = TEXTS.map(([name, text]) => ({
  name: `every field: ${name}`,
  run: (stage) => everywhere(stage.board(), text),
}));
