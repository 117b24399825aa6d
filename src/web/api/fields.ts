/**
 * The fields that requests may carry: how each is read, and how the API's description shows it.
 *
 * @module
 */
import { z } from "zod";
import {
  checkWorkspace,
  expandHome,
  INSTANT_MAX,
  invalid,
  NAME_MAX,
  optionalName,
  optionalText,
  parseDuration,
  parseInstant,
  parsePriority,
  parseSkills,
  PLAIN_FIELDS,
  type PlainName,
  requireObject,
  requireText,
  requireTitle,
  SECONDS_MAX,
  type Status,
  STATUSES,
  TITLE_MAX,
  WORKSPACE_KINDS,
  type WorkspaceKind,
} from "../../kernel/mod.ts";
import { type Described, field } from "./input.ts";

const NULLABLE = ["string", "null"];

/** A title. */
export const title = field({ type: "string", minLength: 1, maxLength: TITLE_MAX }, requireTitle);

/** A text that must not be blank. */
export function text(name: string, description?: string) {
  return field(described({ type: "string", minLength: 1 }, description), (value) => requireText(value, name));
}

/** A text, or null or "" for none. */
export function textOrNone(name: string, description?: string) {
  return field(described({ type: NULLABLE }, description), (value) => optionalText(value, name));
}

/** An assignee, tenant or author: any text up to 200 characters, null or "" for none. */
export function name(name: string, description?: string) {
  return field(described({ type: NULLABLE, maxLength: NAME_MAX }, description), (value) => optionalName(value, name));
}

/** The plain fields of a task, each optional. */
export const plain = Object.fromEntries(
  PLAIN_FIELDS.map((each) => [each.name, name(each.name, each.about).optional()]),
) as Record<PlainName, z.ZodOptional<ReturnType<typeof name>>>;

/** An id of a task; whether there is such a task is for the board to say. */
export function taskId(name: string) {
  return field({ type: "string", pattern: "^t_[0-9a-f]{8}$" }, (value) => oneText(value, name));
}

/** One or more ids; a single text counts as a list of one. */
export function taskIds(name: string, { atLeast = 0 } = {}) {
  const items = { type: "string", pattern: "^t_[0-9a-f]{8}$" };
  return field({ type: "array", items, minItems: atLeast }, (value) => {
    const list = texts(value, name);
    if (list.length < atLeast) throw invalid(name, "a list of at least one id", "an empty list");
    return [...new Set(list)];
  });
}

/** Skill names; repeats are dropped. */
export const skills = field({ type: "array", items: { type: "string" } }, (value) =>
  value === null ? [] : parseSkills(texts(value, "skills")),
);

/** A whole number, P0 to P4, or urgent, high, medium, low, none. */
export const priority = field({ type: ["integer", "string"], default: 0 }, (value) => {
  if (typeof value !== "number" && typeof value !== "string") {
    throw invalid("priority", "a whole number, P0 to P4, or urgent, high, medium, low, none", kindOf(value));
  }
  return parsePriority(value);
});

/** `value`, if it is one of the statuses. */
export function asStatus(value: unknown, name = "status"): Status {
  const found = STATUSES.find((one) => one === value);
  if (found === undefined) throw invalid(name, `one of ${STATUSES.join(", ")}`, kindOf(value));
  return found;
}

/** A status. */
export const status = field({ type: "string", enum: [...STATUSES] }, (value) => asStatus(value));

/** One or more statuses, repeated or with commas. */
export const statuses = field({ type: "array", items: { enum: [...STATUSES] } }, (value) =>
  texts(value, "status").flatMap((part) => part.split(",").map((word) => asStatus(word.trim()))),
);

/** True or false. */
export function toggle(name: string, description?: string) {
  return field(described({ type: "boolean" }, description), (value) => {
    if (typeof value !== "boolean") throw invalid(name, "true or false", kindOf(value));
    return value;
  });
}

/** True or false in a query: `1`, `true`, `yes` or nothing (`?dry_run`), and `0`, `false`, `no`. */
export function switched(name: string, description?: string) {
  return field(described({ type: "boolean" }, description), (value) => {
    const word = oneText(value, name).toLowerCase();
    if (["", "1", "true", "yes"].includes(word)) return true;
    if (["0", "false", "no"].includes(word)) return false;
    throw invalid(name, "true or false", JSON.stringify(word));
  });
}

/** The id of an event. */
export function eventId(name: string, description?: string) {
  return field(described({ type: "integer", minimum: 0 }, description), (value) => {
    if (!Number.isSafeInteger(value) || (value as number) < 0) throw invalid(name, "the id of an event", kindOf(value));
    return value as number;
  });
}

/** A whole number in a query. */
export function number(name: string, { min, max }: { min: number; max: number }, description?: string) {
  return field(described({ type: "integer", minimum: min, maximum: max }, description), (value) => {
    const word = oneText(value, name);
    const parsed = /^\d{1,16}$/.test(word) ? Number(word) : NaN;
    if (!(Number.isSafeInteger(parsed) && parsed >= min && parsed <= max)) {
      throw invalid(name, `a whole number from ${min} to ${max}`, JSON.stringify(word));
    }
    return parsed;
  });
}

/** A word in a query. */
export function word(name: string, description?: string) {
  return field(described({ type: "string" }, description), (value) => oneText(value, name));
}

/** One of a closed list of words in a query. */
export function choice<const T extends string>(name: string, known: readonly T[]) {
  return field({ type: "string", enum: [...known] }, (value): T => {
    const found = known.find((one) => one === value);
    if (found === undefined) throw invalid(name, `one of ${known.join(", ")}`, kindOf(value));
    return found;
  });
}

/** A JSON object, or null for none. */
export const metadata = field({ type: ["object", "null"], additionalProperties: true }, (value) =>
  value === null ? null : requireObject(value, "metadata"),
);

/** Seconds as a number, or a length of time such as `30m` or `2h`; null for none. */
export const maxRuntime = field(
  { type: ["integer", "string", "null"], description: "Seconds, or a length of time such as 30m or 2h" },
  (value) => {
    if (value === null || value === "") return null;
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= SECONDS_MAX) return value;
    if (typeof value === "string") return parseDuration(value, "max_runtime_seconds");
    throw invalid("max_runtime_seconds", "whole seconds, or a length of time such as 30m", kindOf(value));
  },
);

/** Epoch milliseconds, a date, or a length of time from now; null for none. */
export const notBefore = field(
  {
    type: ["integer", "string", "null"],
    description: "Epoch milliseconds, a date, or a length of time from now such as 2h",
  },
  (value) => {
    if (value === null || value === "") return null;
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= INSTANT_MAX) return value;
    if (typeof value === "string") return parseInstant(value, Date.now(), "not_before");
    throw invalid("not_before", "epoch milliseconds, a date, or a length of time from now", kindOf(value));
  },
);

/** Where a task is worked on. */
export const workspaceKind = field({ type: "string", enum: [...WORKSPACE_KINDS] }, (value) => {
  if (!WORKSPACE_KINDS.includes(value as WorkspaceKind)) {
    throw invalid("workspace_kind", `one of ${WORKSPACE_KINDS.join(", ")}`, kindOf(value));
  }
  return value as WorkspaceKind;
});

/**
 * Kind and path of a workspace, validated together before any task is read; `~` means `home`. Missing fields
 * stay missing.
 */
export function workspaceOf(
  given: { workspace_kind?: WorkspaceKind | undefined; workspace_path?: string | null | undefined },
  home: string,
): { workspace_kind?: WorkspaceKind; workspace_path?: string | null } {
  const { workspace_kind: kind, workspace_path: path } = given;
  if (kind === undefined && path === undefined) return {};
  if (kind === undefined) return { workspace_path: path == null ? null : expandHome(path, home) };
  return checkWorkspace(kind, path == null ? null : expandHome(path, home));
}

function described(schema: Described, description: string | undefined): Described {
  return description === undefined ? schema : { ...schema, description };
}

function oneText(value: unknown, name: string): string {
  if (typeof value !== "string") throw invalid(name, "one text", kindOf(value));
  if (value.includes("\0")) throw invalid(name, "a text without NUL", "a NUL character");
  return value;
}

function texts(value: unknown, name: string): string[] {
  const list = typeof value === "string" ? [value] : value;
  if (!Array.isArray(list) || list.some((item) => typeof item !== "string")) {
    throw invalid(name, "a list of texts", kindOf(value));
  }
  return list as string[];
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : JSON.stringify(value).slice(0, 80);
}

/** A strict object of fields; every unknown name is refused. */
export const shape = z.strictObject;
