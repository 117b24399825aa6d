/**
 * The fields of a task and their values as a person knows them.
 *
 * @module
 */
import { priorityLabel, STATUS_LABEL } from "../../../views/parts/icons.tsx";
import { span, stamp } from "../../../views/parts/time.ts";
import { type Json, PLAIN_FIELDS, type Status } from "../../kernel/mod.ts";

const LABELS: Readonly<Record<string, string>> = {
  title: "Title",
  body: "Description",
  result: "Result",
  tenant: "Project",
  priority: "Priority",
  assignee: "Assignee",
  status: "Status",
  skills: "Skills",
  workspace_kind: "Workspace",
  workspace_path: "Workspace path",
  max_runtime_seconds: "Time limit",
  not_before: "Not before",
  review: "Review",
  parent: "Waits for",
  ...Object.fromEntries(PLAIN_FIELDS.map(({ name, label }) => [name, label])),
};

/** What a field is called on the board. */
export function labelOf(field: string): string {
  return LABELS[field] ?? field;
}

/** A value of a field, in words. */
export function valueWords(field: string, value: Json): string {
  if (value === null || value === "" || (Array.isArray(value) && value.length === 0)) return "none";
  if (field === "priority") return priorityLabel(Number(value));
  if (field === "status") return STATUS_LABEL[value as Status] ?? String(value);
  if (field === "not_before") return stamp(Number(value));
  if (field === "max_runtime_seconds") return span(Number(value));
  if (field === "review") return value === true || value === 1 ? "a person approves" : "not asked for";
  return Array.isArray(value) ? value.join(", ") : String(value);
}
