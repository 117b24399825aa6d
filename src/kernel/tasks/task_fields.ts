/**
 * The fields that create and edit take, and what may stand in them.
 *
 * @module
 */
import { checkField, FIELD_NAMES, type FieldName, type FieldValues } from "../fields.ts";
import { checkWorkspace, requireTitle } from "../input.ts";
import type { Task, WorkspaceKind } from "../schema.ts";

/** Left out, null and undefined mean "none" on create; on edit null clears, undefined leaves alone. */
export type Maybe<T> = T | null | undefined;

/** The fields that both create and edit take. Null and undefined mean "none" on create. */
export type TaskFields = {
  [Name in FieldName]?: Maybe<Task[Name] extends string[] ? readonly string[] : NonNullable<Task[Name]>>;
} & {
  workspace_kind?: Maybe<WorkspaceKind>;
  workspace_path?: Maybe<string>;
};

export type EditInput = TaskFields & { title?: string | undefined };

/**
 * Checks an edit without looking at the board and returns the fields that it gives, but the workspace.
 *
 * @throws {KanbanError} `invalid`.
 */
export function checkEdit(input: EditInput): Partial<Task> {
  const given = FIELD_NAMES.filter((name) => input[name] !== undefined);
  return {
    ...Object.fromEntries(given.map((name) => [name, checkField(name, input[name])])),
    ...(input.title === undefined ? {} : { title: requireTitle(input.title) }),
  };
}

/** A kind without a path keeps the path of that kind; kind and path are judged together. */
export function workspaceAfter(before: Task, input: EditInput): Partial<Task> {
  const kind = input.workspace_kind ?? before.workspace_kind;
  if (input.workspace_path === undefined && kind === before.workspace_kind) return {};
  return checkWorkspace(kind, input.workspace_path ?? null);
}

/** Checks every field a task may be given; absent ones come back as their defaults. */
export function checkFields(input: TaskFields): FieldValues {
  return Object.fromEntries(FIELD_NAMES.map((name) => [name, checkField(name, input[name])])) as FieldValues;
}
