/**
 * Words of a shell: one line split into the words of a command, and one word quoted for a line.
 *
 * Nothing is ever run by a shell here, so what a shell would do (variables, pipes, patterns) is not
 * done in silence: such a line is refused, with the way to say it.
 *
 * ```ts
 * assertEquals(shellWords(`python3 "my worker.py" --task {task} ''`), ["python3", "my worker.py", "--task", "{task}", ""]);
 * ```
 *
 * @module
 */
import { KanbanError } from "../../kernel/errors.ts";
import { shellWord } from "../../text.ts";

const PIECES = /\s+|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)|(['"\\])/gs;
const SHELL_ONLY = /[|&;<>()$`]|^~|[*?]/;

/** The words of a line. @throws {KanbanError} `invalid` when it needs a shell, or a quote is not closed. */
export function shellWords(line: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  for (const [, single, double, escaped, plain, open] of line.matchAll(PIECES)) {
    if (open !== undefined) throw refuse(line, open === "\\" ? "a character after \\" : `a closing ${open}`);
    if (plain !== undefined && SHELL_ONLY.test(plain)) throw needsShell(line, plain);
    if (double !== undefined && /[$`]/.test(double)) throw needsShell(line, double);
    const text = single ?? double?.replace(/\\(["\\])/g, "$1") ?? escaped ?? plain;
    if (text === undefined) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? "") + text;
  }
  return word === null ? words : [...words, word];
}

function needsShell(line: string, found: string): KanbanError {
  return new KanbanError(
    "invalid",
    `Cannot use the command: it is started without a shell, which ${JSON.stringify(found)} would need`,
    `To start a shell on purpose: --command sh -- -c ${shellWord(line)}`,
  );
}

function refuse(line: string, needed: string): KanbanError {
  return new KanbanError("invalid", `Cannot use the command: it must have ${needed}, found ${JSON.stringify(line)}`);
}
