/**
 * The placeholders of a profile's command, and what a program may be given through each.
 *
 * `text` was written by people or agents. It may only be a whole element: as part of one it could end the word that
 * it is part of for the program that reads that word. `path` is one of our own: it may be part of an element, but may
 * hold a space or a quote. `word` has letters, digits, dots and dashes alone.
 *
 * @module
 */

/** The value of each placeholder; a new one has to say what its value can hold. */
const PLACEHOLDERS = {
  task: "word",
  run: "word",
  skills: "word",
  mcp_config: "path",
  profile_dir: "path",
  prompt_file: "path",
  prompt: "text",
  workspace: "text",
  model: "word",
} as const;

export type Placeholder = keyof typeof PLACEHOLDERS;
type Holds = (typeof PLACEHOLDERS)[Placeholder];

const PLACEHOLDER = /\{([a-z_]+)\}/g;

/** Fills placeholders in one pass: what a value contains is never expanded again. */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  const filled = template.replace(PLACEHOLDER, (whole, name: string) =>
    Object.hasOwn(values, name) ? values[name]! : whole,
  );
  // Our own ids and paths never begin with a dash; a prompt may, and would become a flag.
  return template.startsWith("{prompt}") && filled.startsWith("-") ? ` ${filled}` : filled;
}

/** The placeholders in an element that hold one of these kinds of value, as they are written. */
export function placeholdersIn(element: string, ...kinds: readonly Holds[]): string[] {
  return [...element.matchAll(PLACEHOLDER)].flatMap(([whole, name]) =>
    Object.hasOwn(PLACEHOLDERS, name!) && kinds.includes(PLACEHOLDERS[name as Placeholder]) ? [whole] : [],
  );
}
