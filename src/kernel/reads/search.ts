/**
 * What a search text finds: a condition on a task, and the pattern that it compares with.
 *
 * @module
 */
import type { Params } from "../store/db.ts";
import { invalid, optionalText } from "../input.ts";
import { latestSummary } from "../tasks/runs.ts";
import { BODY } from "../tasks/task_rows.ts";

/**
 * The condition that a task `t` matches a search; `patternOf` gives its parameters. LIKE is several
 * times faster and ignores case in ASCII; GLOB takes a class for each letter of any script.
 */
export const MATCHES = `($pattern IS NULL OR CASE WHEN $ascii
  THEN t.id LIKE +$pattern ESCAPE '\\' OR t.title LIKE +$pattern ESCAPE '\\' OR ${BODY} LIKE +$pattern ESCAPE '\\'
    OR t.assignee LIKE +$pattern ESCAPE '\\' OR t.tenant LIKE +$pattern ESCAPE '\\'
    OR ${latestSummary("t")} LIKE +$pattern ESCAPE '\\'
  ELSE t.id GLOB +$pattern OR t.title GLOB +$pattern OR ${BODY} GLOB +$pattern
    OR t.assignee GLOB +$pattern OR t.tenant GLOB +$pattern
    OR ${latestSummary("t")} GLOB +$pattern END)`;

/** Longest search, in characters: SQLite refuses patterns of more than 50,000 bytes. */
const SEARCH_MAX = 500;

/**
 * The parameters of `MATCHES`.
 *
 * @throws {KanbanError} `invalid` for a search that is too long or holds a NUL.
 */
export function patternOf(search: string | undefined): Params {
  const text = optionalText(search, "search")?.trim();
  if (!text) return { pattern: null, ascii: 0 };
  const characters = [...text];
  if (characters.length > SEARCH_MAX)
    throw invalid("search", `at most ${SEARCH_MAX} characters`, `${characters.length}`);
  if (/^[\x20-\x7e]+$/.test(text)) return { pattern: `%${text.replace(/[\\%_]/g, "\\$&")}%`, ascii: 1 };
  return { pattern: `*${characters.map(anyCase).join("")}*`, ascii: 0 };
}

function anyCase(character: string): string {
  if (character === "*" || character === "?" || character === "[") return `[${character}]`;
  const forms = [character, character.toLowerCase(), character.toUpperCase()];
  // A form of several characters (\u00df in upper case) cannot stand in a class.
  const single = [...new Set(forms)].filter((form) => [...form].length === 1);
  return single.length === 1 ? character : `[${single.join("")}]`;
}
