import { describe, expect, test } from "bun:test";
import { ERROR_CODES, KanbanError } from "./errors.ts";

describe("KanbanError", () => {
  test("carries its code, its sentence and the next command to try", () => {
    const error = new KanbanError("conflict", 'Cannot claim task "t_1": no', "kanban show t_1");

    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: "KanbanError", code: "conflict", hint: "kanban show t_1" });
    expect(String(error)).toBe('KanbanError: Cannot claim task "t_1": no');
  });

  test("goes without a hint", () => {
    expect(new KanbanError("busy", "later").hint).toBeUndefined();
  });
});

test("each code has one exit and one HTTP status", () => {
  expect(ERROR_CODES).toEqual({
    invalid: { exit: 2, http: 400 },
    not_found: { exit: 1, http: 404 },
    conflict: { exit: 1, http: 409 },
    refused: { exit: 1, http: 409 },
    busy: { exit: 1, http: 503 },
  });
});
