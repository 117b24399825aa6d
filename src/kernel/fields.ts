/**
 * The fields of a task that people and agents set: the one table that everything else derives from.
 *
 * A field is a column, a part of every create, edit, export and import, and what callers see of a task. The lists of
 * columns, the checks and the records follow from its kind; so do the flags, the API's properties and the tool's
 * arguments of a field that is `plain`.
 *
 * The assignee has a verb of its own, and the workspace is checked as a pair: they are not here.
 *
 * @module
 */
import { printable } from "./store/ids.ts";
import {
  INSTANT_MAX,
  invalid,
  optionalName,
  optionalText,
  parsePriority,
  parseSkills,
  requireInteger,
  SECONDS_MAX,
} from "./input.ts";
import type { Task } from "./schema.ts";

/** What a field of a kind can hold, as it is given and as it is stored. */
interface Kind<Value> {
  /** Its column, after the name. */
  column(name: string): string;
  /** The value as it is stored in a task; null and undefined are none. */
  check(value: unknown, name: string): Value;
  /** How the row holds it, where that is not as it is. */
  readonly stored?: "json" | "flag";
}

const KINDS = {
  text: kind({ column: () => "TEXT", check: (value, name) => optionalText(value, name) || null }),
  name: kind({ column: (name) => `TEXT CHECK (${name} <> '')`, check: optionalName }),
  /** One word, safe on a command line: it cannot be taken for a flag, or end where it should not. */
  word: kind({ column: (name) => `TEXT CHECK (${name} <> '')`, check: checkWord }),
  priority: kind({
    column: () => "INTEGER NOT NULL DEFAULT 0",
    check: (value) => parsePriority((value ?? 0) as string | number),
  }),
  flag: kind({
    column: (name) => `INTEGER NOT NULL DEFAULT 0 CHECK (${name} IN (0, 1))`,
    check: checkFlag,
    stored: "flag",
  }),
  instant: kind({ column: () => "INTEGER", check: (value, name) => checkNumber(value, name, INSTANT_MAX) }),
  seconds: kind({
    column: (name) => `INTEGER CHECK (${name} >= 0)`,
    check: (value, name) => checkNumber(value, name, SECONDS_MAX),
  }),
  skills: kind({
    column: (name) => `TEXT NOT NULL DEFAULT '[]' CHECK (json_type(${name}) = 'array')`,
    check: (value) => parseSkills((value ?? []) as readonly string[]),
    stored: "json",
  }),
} as const satisfies Record<string, Kind<unknown>>;
export type FieldKind = keyof typeof KINDS;

interface FieldOf {
  readonly kind: FieldKind;
  /** In a table of its own: a change of status does not write it again. */
  readonly apart?: true;
  /**
   * A short text without rules of its own. `about` is for help and descriptions, `hint` for its value in a usage line.
   * Flags, API, forms, `show`, the drawer and JSON have it without a line of code. A card, the plain list and a
   * worker's context do not.
   */
  readonly plain?: { readonly label: string; readonly about: string; readonly hint: string; readonly tool?: true };
}

/** Every field, in the order in which they are listed. A new one is an entry here and a property of `Task`. */
export const FIELDS = {
  body: { kind: "text", apart: true },
  tenant: { kind: "name" },
  priority: { kind: "priority" },
  review: { kind: "flag" },
  not_before: { kind: "instant" },
  max_runtime_seconds: { kind: "seconds" },
  skills: { kind: "skills" },
  model: {
    kind: "word",
    plain: { label: "Model", about: "Model that its agent should use", hint: "NAME", tool: true },
  },
  workflow_template_id: {
    kind: "name",
    plain: { label: "Workflow", about: "Workflow template, stored as it is", hint: "ID" },
  },
  current_step_key: {
    kind: "name",
    plain: { label: "Step", about: "Step of the workflow, stored as it is", hint: "KEY" },
  },
} as const satisfies Partial<Record<keyof Task, FieldOf>>;

export type FieldName = keyof typeof FIELDS;
/** Of those, the plain ones. */
export type PlainName = { [N in FieldName]: (typeof FIELDS)[N] extends { plain: object } ? N : never }[FieldName];
export const FIELD_NAMES = Object.keys(FIELDS) as readonly FieldName[];
/** The checked values of all fields. */
export type FieldValues = Pick<Task, FieldName>;

const fieldOf = (name: FieldName): FieldOf => FIELDS[name];

/** The fields that are columns of the table of tasks. */
export const FIELD_COLUMNS: readonly FieldName[] = FIELD_NAMES.filter((name) => !fieldOf(name).apart);

/** The columns of the table of tasks that hold fields, as SQL. */
export function fieldColumns(): string {
  return FIELD_COLUMNS.map((name) => `${name} ${KINDS[FIELDS[name].kind].column(name)},`).join("\n     ");
}

/**
 * Checks a value that was given for a field.
 *
 * @throws {KanbanError} `invalid`.
 */
export function checkField<Name extends FieldName>(name: Name, value: unknown): Task[Name] {
  return KINDS[FIELDS[name].kind].check(value, name) as Task[Name];
}

/** The fields of a task as its row holds them. */
export function storedFields(task: FieldValues): Record<FieldName, string | number | null> {
  const stored = (name: FieldName) => {
    const { stored: how } = KINDS[FIELDS[name].kind] as Kind<unknown>;
    const value = task[name];
    return how === "json"
      ? JSON.stringify(value)
      : how === "flag"
        ? value
          ? 1
          : 0
        : (value as string | number | null);
  };
  return Object.fromEntries(FIELD_NAMES.map((name) => [name, stored(name)])) as Record<
    FieldName,
    string | number | null
  >;
}

/** A field that is shown and taken as it is. */
export interface PlainField {
  readonly name: PlainName;
  readonly label: string;
  readonly about: string;
  readonly hint: string;
  /** Workers may set it for the tasks that they create. */
  readonly tool: boolean;
}

/** The plain fields, in order. */
export const PLAIN_FIELDS: readonly PlainField[] = FIELD_NAMES.flatMap((name) => {
  const { plain } = fieldOf(name);
  return plain === undefined ? [] : [{ tool: false, ...plain, name: name as PlainName }];
});

function kind<Value>(given: Kind<Value>): Kind<Value> {
  return given;
}

/** What a word may be. */
export const WORD_PATTERN = /^[a-zA-Z0-9][a-zA-Z0-9._:/@+-]{0,199}$/;

function checkWord(value: unknown, name: string): string | null {
  const word = optionalName(value, name)?.trim() || null;
  if (word !== null && !WORD_PATTERN.test(word)) {
    throw invalid(
      name,
      "one word of letters, digits and . _ : / @ + - that begins with a letter or digit",
      `"${printable(word)}"`,
    );
  }
  return word;
}

function checkFlag(value: unknown, name: string): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value !== "boolean") throw invalid(name, "true or false", String(value));
  return value;
}

function checkNumber(value: unknown, name: string, max: number): number | null {
  return value === undefined || value === null ? null : requireInteger(value, name, { min: 0, max });
}
