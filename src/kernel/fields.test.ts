import { describe, expect, test } from "bun:test";
import { testBoard } from "../testing/mod.ts";
import { FIELD_NAMES, type FieldKind, type FieldName, FIELDS, type FieldValues } from "./fields.ts";
import { createTask, editTask, getCard, getTask, listTasks, type Task, taskEvents } from "./mod.ts";
import { exportBoard } from "./transfer/export.ts";
import { importBoard } from "./transfer/import.ts";

/** Two values of each kind, neither of them the default. */
const VALUES: Readonly<Record<FieldKind, readonly [unknown, unknown]>> = {
  text: ["## First", "## Second"],
  name: ["first", "second"],
  word: ["opus-5", "openai/gpt-6@high"],
  priority: [3, -2],
  flag: [true, true],
  instant: [1_800_000_000_000, 1_900_000_000_000],
  seconds: [60, 90],
  skills: [["git"], ["git", "sql"]],
};

const valuesOf = (name: FieldName) => VALUES[FIELDS[name].kind] as readonly [FieldValues[FieldName], never];

describe.each(FIELD_NAMES.map((name) => [name]))("the field %s", (name) => {
  const [first, second] = valuesOf(name);

  test("is set at creation, changed by an edit, and found wherever a task is shown", () => {
    const t = testBoard();
    const { id } = t.ready({ [name]: first });

    expect(getTask(t.board, id)[name]).toEqual(first);
    expect(listTasks(t.board)[0]![name]).toEqual(first);
    if (name !== "body") expect(getCard(t.board, id)![name as Exclude<FieldName, "body">]).toEqual(first as never);

    const edited = editTask(t.board, id, { [name]: second });
    expect(edited[name]).toEqual(second);
    expect(getTask(t.board, id)).toEqual(edited);
  });

  test("is cleared by null, and left alone by an edit of others", () => {
    const t = testBoard();
    const { id } = t.ready({ [name]: first });

    expect(editTask(t.board, id, { title: "Another title" })[name]).toEqual(first);
    const cleared = editTask(t.board, id, { [name]: null });

    expect(cleared[name]).toEqual(t.ready()[name]);
    expect(taskEvents(t.board, id).at(-1)!.kind).toBe(
      name === "priority" ? "reprioritized" : name === "not_before" ? "promoted" : "edited",
    );
  });

  test("travels with an export", () => {
    const t = testBoard();
    t.ready({ [name]: first });
    const lines: string[] = [];
    exportBoard(t.board, (line) => lines.push(JSON.stringify(line)));
    const copy = testBoard();

    importBoard(copy.board, lines);

    const record = lines
      .map((line) => JSON.parse(line) as { task?: Task })
      .find(({ task }) => task !== undefined)!.task!;
    expect(record[name]).toEqual(first);
    expect(listTasks(copy.board)[0]![name]).toEqual(first);
  });
});

test("a word cannot be taken for a flag, or be two", () => {
  const t = testBoard();
  for (const model of ["--yolo", "-m", "a b", "a;b", "$(id)", "a\nb", "x".repeat(201)]) {
    t.refused(() => createTask(t.board, { title: "x", model }), "invalid", /^Cannot use model: /);
  }
  expect(t.ready({ model: " opus " }).model).toBe("opus");
});
