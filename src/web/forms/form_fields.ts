/**
 * Reading the fields of the board's forms into what the kernel takes.
 *
 * @module
 */
import { userHome } from "../../home.ts";
import {
  type CreateInput,
  type EditInput,
  invalid,
  type JsonObject,
  parseDuration,
  parseInstant,
  parsePriority,
  parseSkills,
  parseWorkspace,
  PLAIN_FIELDS,
  type PatchInput,
  requireObject,
  type RequestKey,
  type Status,
} from "../../kernel/mod.ts";
import { badInput } from "../failure.ts";
import { asStatus } from "../api/fields.ts";

/** The fields of a form as they were sent. */
export async function readForm(request: Request): Promise<URLSearchParams> {
  const type = request.headers.get("content-type")?.split(";")[0]!.trim().toLowerCase();
  const text = await request.text();
  if (text !== "" && type !== "application/x-www-form-urlencoded") {
    throw badInput(
      "content-type",
      `Cannot read the form: its content-type must be application/x-www-form-urlencoded, it is ${type ?? "missing"}`,
    );
  }
  return new URLSearchParams(text);
}

/**
 * The key of the form that was sent and a digest of what it says, so that a form that is sent twice is done once;
 * null for a form without a key.
 */
export function requestKey(path: string, form: URLSearchParams): RequestKey | null {
  const key = form.get("request_key");
  if (key === null) return null;
  const said = new URLSearchParams(form);
  said.delete("request_key");
  return { key, content: Bun.hash(`${path}?${said}`).toString(36) };
}

/** A new task. `column` decides where it starts: triage parks it, elsewhere the rules of create apply. */
export function createFields(form: URLSearchParams): CreateInput {
  const input: CreateInput = { title: form.get("title") ?? "", triage: form.get("column") === "triage" };
  const { title: _, ...rest } = editFields(form);
  Object.assign(input, rest);
  if (form.has("assignee")) input.assignee = form.get("assignee");
  if (form.has("workspace_kind")) Object.assign(input, parseWorkspace(chosenWorkspace(form), userHome()));
  const parents = form.getAll("parents").flatMap((list) => words(list));
  if (parents.length > 0) input.parents = parents;
  return input;
}

/** The workspace of a kind and a folder; the folder of a kind that has none was hidden. */
function chosenWorkspace(form: URLSearchParams): string {
  const kind = form.get("workspace_kind")!;
  const path = form.get("workspace_path")?.trim() ?? "";
  return kind === "scratch" || (kind === "worktree" && path === "") ? kind : `${kind}:${path}`;
}

/** The fields to change: those that were sent, "" clears one. */
export function editFields(form: URLSearchParams): EditInput {
  const input: EditInput = {};
  const given = <T>(name: string, use: (text: string) => T) => {
    const text = form.get(name);
    if (text !== null) use(text);
  };
  given("title", (text) => (input.title = text));
  given("body", (text) => (input.body = text.replaceAll("\r\n", "\n")));
  given("tenant", (text) => (input.tenant = text.trim()));
  given("priority", (text) => (input.priority = text === "" ? 0 : parsePriority(text)));
  given("skills", (text) => (input.skills = parseSkills(words(text))));
  given("workspace", (text) => Object.assign(input, parseWorkspace(text.trim() || "scratch", userHome())));
  given(
    "max_runtime",
    (text) => (input.max_runtime_seconds = text.trim() === "" ? null : parseDuration(text, "max_runtime")),
  );
  given(
    "not_before",
    (text) => (input.not_before = text.trim() === "" ? null : parseInstant(text, Date.now(), "not_before")),
  );
  for (const { name } of PLAIN_FIELDS) given(name, (text) => (input[name] = text.trim()));
  given("review", (text) => (input.review = text === "on" || text === "1"));
  return input;
}

/** The event that an edit was made from; a form without it replaces whatever is there. */
export function baseField(form: URLSearchParams): number | undefined {
  return maybeEvent(form, "base");
}

/** The act to undo; a form without it means the newest. */
export function actField(form: URLSearchParams): number | null {
  return maybeEvent(form, "act") ?? null;
}

function maybeEvent(form: URLSearchParams, name: string): number | undefined {
  const text = form.get(name);
  if (text === null || text === "") return undefined;
  if (!/^\d{1,15}$/.test(text)) throw invalid(name, "the id of an event", JSON.stringify(text));
  return Number(text);
}

/** The change that is put back. */
export function eventField(form: URLSearchParams): number {
  const text = form.get("event") ?? "";
  if (!/^[1-9]\d{0,14}$/.test(text)) throw invalid("event", "the id of an event", JSON.stringify(text));
  return Number(text);
}

/** A move to another column, with what goes along with it. */
export function moveFields(form: URLSearchParams): PatchInput & { status: Status } {
  const status = statusField(form, "to");
  const text = (name: string) => form.get(name)?.trim() || undefined;
  if (status === "blocked") return { status, block_reason: text("reason") };
  if (status !== "done") return { status };
  return { status, summary: text("summary"), result: text("result"), metadata: jsonField(text("metadata")) };
}

/** One of the statuses. */
export function statusField(form: URLSearchParams, name: string): Status {
  return asStatus(form.get(name), name);
}

/** The run that the person saw; undefined from a form that names none. */
export function runField(form: URLSearchParams): number | undefined {
  const run = form.get("run");
  if (run === null) return undefined;
  if (!/^[1-9]\d{0,14}$/.test(run)) throw invalid("run", "the number of a run", JSON.stringify(run));
  return Number(run);
}

/** Words between commas or spaces. */
export function words(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}

function jsonField(text: string | undefined): JsonObject | undefined {
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid("metadata", "a JSON object", (error as Error).message);
  }
  return requireObject(value, "metadata");
}
