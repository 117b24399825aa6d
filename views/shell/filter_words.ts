/**
 * How the fields of a filter and their values are called on screen.
 *
 * @module
 */
import type { Status } from "../../src/kernel/mod.ts";
import { type IconName, priorityLabel, STATUS_LABEL } from "../parts/icons.tsx";
import type { ChoiceName } from "./filter_query.ts";

export type FieldName = ChoiceName | "created" | "updated" | "failed" | "more";

/** The fields in the order of the menu. */
export const FIELDS: Readonly<Record<FieldName, { name: string; many: string; icon: IconName }>> = {
  tenant: { name: "Project", many: "projects", icon: "layers" },
  assignee: { name: "Assignee", many: "assignees", icon: "user" },
  status: { name: "Status", many: "statuses", icon: "board" },
  priority: { name: "Priority", many: "priorities", icon: "signal" },
  creator: { name: "Creator", many: "creators", icon: "edit" },
  created: { name: "Created", many: "times", icon: "clock" },
  updated: { name: "Updated", many: "times", icon: "redo" },
  failed: { name: "Runs", many: "kinds", icon: "warn" },
  more: { name: "Blocked and archived", many: "kinds", icon: "archive" },
};

/** A value of a choice in words. */
export function choiceWord(field: ChoiceName, value: string): string {
  if (field === "status") return STATUS_LABEL[value as Status] ?? value;
  if (field === "priority") return priorityLabel(Number(value));
  if (value !== "") return value;
  return field === "tenant" ? "no project" : field === "assignee" ? "unassigned" : "unknown";
}

const UNITS = { s: "second", m: "minute", h: "hour", d: "day" } as const;

/** A duration as it is typed, in words; anything else as it is. */
function lengthWords(text: string): string | null {
  const [, digits, unit = "s"] = /^(\d{1,9})([smhd]?)$/.exec(text) ?? [];
  if (digits === undefined) return null;
  const n = Number(digits);
  const word = UNITS[(unit || "s") as keyof typeof UNITS];
  return n === 1 ? `1 ${word}` : `${n} ${word}s`;
}

/** A span of time in words: `in the last 7 days`, `before 2026-11-01`. */
export function spanWords(after: string, before: string): string {
  const from = after === "" ? "" : lengthWords(after) === null ? `from ${after}` : `in the last ${lengthWords(after)}`;
  const to =
    before === "" ? "" : lengthWords(before) === null ? `before ${before}` : `more than ${lengthWords(before)} ago`;
  return [from, to].filter(Boolean).join(", ");
}
