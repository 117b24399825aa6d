/**
 * The fields that create and edit take, and what may stand in them.
 *
 * @module
 */
import {
  checkWorkspace,
  INSTANT_MAX,
  invalid,
  optionalName,
  optionalText,
  parsePriority,
  parseSkills,
  requireInteger,
  requireTitle,
  SECONDS_MAX,
} from "../input.ts";
import type { Task, WorkspaceKind } from "../schema.ts";

/** Left out, null and undefined mean "none" on create; on edit null clears, undefined leaves alone. */
export type Maybe<T> = T | null | undefined;

/** The fields that both create and edit take. Null and undefined mean "none" on create. */
export interface TaskFields {
  body?: Maybe<string>;
  tenant?: Maybe<string>;
  priority?: Maybe<number>;
  workspace_kind?: Maybe<WorkspaceKind>;
  workspace_path?: Maybe<string>;
  review?: Maybe<boolean>;
  not_before?: Maybe<number>;
  max_runtime_seconds?: Maybe<number>;
  skills?: Maybe<readonly string[]>;
  workflow_template_id?: Maybe<string>;
  current_step_key?: Maybe<string>;
}

export interface EditInput extends TaskFields {
  title?: string | undefined;
}

/**
 * Checks an edit without looking at the board and returns the fields that it gives, but the workspace.
 *
 * @throws {KanbanError} `invalid`.
 */
export function checkEdit(input: EditInput): Partial<Task> {
  const { skills, ...checked } = checkFields(input);
  const all: Partial<Task> = { ...checked, skills: [...skills] };
  const given = Object.entries(all).filter(([name]) => input[name as keyof EditInput] !== undefined);
  return { ...Object.fromEntries(given), ...(input.title === undefined ? {} : { title: requireTitle(input.title) }) };
}

/** A kind without a path keeps the path of that kind; kind and path are judged together. */
export function workspaceAfter(before: Task, input: EditInput): Partial<Task> {
  const kind = input.workspace_kind ?? before.workspace_kind;
  if (input.workspace_path === undefined && kind === before.workspace_kind) return {};
  return checkWorkspace(kind, input.workspace_path ?? null);
}

/** Checks every field a task may be given; absent ones come back as their defaults. */
export function checkFields(input: TaskFields) {
  return {
    body: optionalText(input.body, "body") || null,
    tenant: optionalName(input.tenant, "tenant"),
    priority: parsePriority(input.priority ?? 0),
    review: checkBoolean(input.review, "review"),
    not_before:
      input.not_before == null ? null : requireInteger(input.not_before, "not_before", { min: 0, max: INSTANT_MAX }),
    max_runtime_seconds:
      input.max_runtime_seconds == null
        ? null
        : requireInteger(input.max_runtime_seconds, "max_runtime_seconds", { min: 0, max: SECONDS_MAX }),
    skills: parseSkills(input.skills ?? []),
    workflow_template_id: optionalName(input.workflow_template_id, "workflow_template_id"),
    current_step_key: optionalName(input.current_step_key, "current_step_key"),
  };
}

export type CheckedFields = ReturnType<typeof checkFields>;

function checkBoolean(value: unknown, field: string): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value !== "boolean") throw invalid(field, "true or false", String(value));
  return value;
}
