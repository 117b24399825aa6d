/**
 * The texts of a version 1 board: many scripts, Markdown, signs that terminals obey, and lengths up to the limits.
 *
 * @module
 */
import type { Random } from "../random.ts";

export const PROFILES = ["coder", "tester", "linguist", "reviewer", "painter-2"] as const;
export const PEOPLE = ["ann", "bob", "Žofie Nováková", "山田太郎"] as const;
export const TENANTS = ["acme", "globex", "Čapek & sons"] as const;
/** One task in two thousand is for each of these: a filter that matches few. */
export const RARE = ["archivist", "night-shift"] as const;

const VERBS = ["Translate", "Fix", "Test", "Überprüfe", "Réécrire", "修复", "Исправить", "Draw", "Measure"];
const THINGS = [
  "the README",
  "login on Safari",
  "größere Uploads",
  "l’export CSV",
  "支付页面",
  "отчёт 📊",
  "the 👩‍👩‍👧 picker",
];
const SENTENCE =
  "The form forgets what was typed when the link dies; Größe und Straße bleiben, 数据丢失, и ничего не сохраняется. ";

/** Long enough that a body of 8 KB is one slice of it. */
const PROSE = `## What is asked\n\n${SENTENCE.repeat(80)}\n\n- [ ] first\n- [x] second\n\n\`\`\`ts\nconst a = "\\u0000";\n\`\`\`\n`;

export function titleOf(random: Random, key: number): string {
  return `${random.pick(VERBS)} ${random.pick(THINGS)} (${key})`;
}

/** Half of the bodies are empty, one in two hundred has 8 KB. */
export function bodyOf(random: Random): string | null {
  const roll = random.below(200);
  if (roll < 100) return null;
  if (roll < 170) return sentence(random);
  const length = roll < 194 ? 600 : roll < 199 ? 2_000 : 8_000;
  return PROSE.slice(0, length - random.below(50));
}

/** One line of up to a hundred characters. */
export function sentence(random: Random): string {
  return SENTENCE.slice(0, 20 + random.below(SENTENCE.length - 20)).trimEnd();
}

/** The end of what a program printed, with what a terminal would obey. */
export function logTail(random: Random): string {
  return `\u001b[31merror\u001b[0m: exit ${random.below(90)}\n    at run (/srv/app/main.ts:${random.below(900)}:7)\n`;
}

/** Values at the limits of the columns, each for one task; none changes where a task stands. */
export const ODDITIES: readonly Readonly<Record<string, string | number | null>>[] = [
  { title: "𝕏".repeat(500), priority: 1_000_000 },
  { title: "x", priority: -1_000_000, body: "" },
  { body: "ä".repeat(524_288) },
  { created_by: "\u0000\u001b[2J", last_error: "NUL \u0000 inside" },
  { created_at: 0, max_runtime_seconds: 0 },
  { max_runtime_seconds: 3_155_760_000, not_before: 0 },
  { skills: JSON.stringify(Array.from({ length: 500 }, (_, i) => `skill.${i}`)) },
  { assignee: "n".repeat(200), tenant: "‮evil", workspace_path: null },
  { assignee: "'; DROP TABLE tasks; --", idempotency_key: "ключ \n with a line end" },
  { workflow_template_id: "flow/1", current_step_key: "step ½", created_by: "dashboard" },
  { title: "```\n---\n# not a heading", result: "r".repeat(1_048_576) },
  { last_error: "e".repeat(1_048_576 + 1_000), depth: 5 },
];
