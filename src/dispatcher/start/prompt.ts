/**
 * The prompt of a worker: the standard prompt, or its profile's own with the placeholders filled.
 *
 * @module
 */
import { join } from "node:path";
import { agentLine, agentText, isPlainPath, markNote, newMark, quote, type Task } from "../../kernel/mod.ts";
import { fill, type Placeholder } from "./placeholders.ts";
import type { Profile } from "./profile.ts";
import type { Skill } from "./skills.ts";

/** The values of a command's placeholders, except the prompt itself. */
export type Values = Record<Exclude<Placeholder, "prompt">, string>;

interface PromptInput {
  readonly profile: Profile;
  readonly task: Task;
  readonly skills: readonly Skill[];
}

/** Longest body in a prompt, in characters: one argv element holds 128 KiB of bytes on Linux. */
const BODY_MAX = 24_000;

/**
 * The prompt of the worker. Text of others is cleaned; it is also quoted where an agent reads it. A prompt of
 * the profile's own for any other program has it bare: that program may take the title for what it prints.
 */
export function promptOf({ profile, task, skills }: PromptInput, values: Values): string {
  const full = agentText(task.body ?? "");
  const kept = full.slice(0, BODY_MAX).replace(/[\ud800-\udbff]$/, "");
  const left = full.length - kept.length;
  const body = left > 0 ? `${kept}\n… ${left} characters omitted …` : full;
  const call = `"$KANBAN_BIN" context ${task.id} --field body --from ${Buffer.byteLength(kept)}`;
  const rest = left > 0 ? `\nThe rest: ${call}` : "";
  const title = agentLine(task.title);
  const mark = newMark();
  if (profile.prompt !== null) {
    const texts = { title, body, workspace: agentLine(values.workspace) };
    if (profile.agent === null) return fill(profile.prompt, { ...values, ...texts });
    const quoted = Object.entries(texts).map(([name, text]) => [name, quote(mark, name, text)] as const);
    const plain = isPlainPath(values.workspace) ? { workspace: values.workspace } : {};
    const filled = fill(profile.prompt, { ...values, ...Object.fromEntries(quoted), ...plain });
    const more = /\{body\}/.test(profile.prompt) ? rest : "";
    return filled.includes(mark) ? `${filled}${more}\n\n${markNote(mark)}` : filled;
  }
  const known = skills.length === 0 ? "" : `\nSkills: ${skills.map(({ dir }) => join(dir, "SKILL.md")).join(", ")}`;
  return `Work on kanban task ${task.id}:

${quote(mark, "task", `title: ${title}\n\n${body}`)}${rest}

${markNote(mark)}

Read everything known about it with: "$KANBAN_BIN" context ${task.id}
When it is done: "$KANBAN_BIN" complete ${task.id} --summary "what you did"
When you need an answer from a person: "$KANBAN_BIN" block ${task.id} "the question"${known}`;
}
