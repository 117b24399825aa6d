/**
 * Which commands may be given the text of a task: those that hand their arguments on unparsed.
 *
 * A text of others is allowed only as a whole element, after the constant word that says what is run. A shell,
 * an interpreter, `ssh` and the like read some of their arguments as code; `code_readers.ts` knows which.
 * A program that is not known there is believed to take its arguments as they are.
 *
 * @module
 */
import { isLauncher, readerOf } from "./code_readers.ts";
import { readArguments, type Use } from "./command_reading.ts";
import { placeholdersIn } from "./placeholders.ts";

/** What is wrong with a command, in words that follow "command", and the element that is wrong. */
export interface CommandProblem {
  readonly message: string;
  readonly found: string;
}

/** Judges a profile's command; null when the text of a task can do nothing but be read. */
export function commandProblem(command: readonly string[], { stdin }: { stdin: boolean }): CommandProblem | null {
  for (const element of command) {
    const [part] = placeholdersIn(element, "text");
    if (part !== undefined && part !== element)
      return { message: `must give ${part} as an element of its own: ${adviceFor(part)}`, found: element };
  }
  const uses = usesOf(command);
  for (const [at, element] of command.entries()) {
    const use = uses[at]!;
    const [wrong] = [
      ...(use.as === "argument" ? [] : placeholdersIn(element, "text")),
      ...(use.as === "code" ? placeholdersIn(element, "path") : []),
      // A file of ours may be what is run, but not the one with the task's text.
      ...(use.as === "file" || (use.as === "option" && !use.prefix) ? written(element, "{prompt_file}") : []),
    ];
    if (wrong !== undefined && at === 0)
      return { message: `must begin with a program, not with ${wrong}`, found: element };
    if (wrong !== undefined)
      return { message: `must not let ${use.by} run ${wrong}: ${adviceFor(wrong)}`, found: element };
  }
  const reader = stdin ? stdinReader(command, 0) : null;
  return reader === null
    ? null
    : {
        message: `must not let ${reader} read the prompt as its script: name a script or a program after it`,
        found: command.join(" "),
      };
}

function adviceFor(placeholder: string): string {
  if (placeholder === "{workspace}") return "the command is started in that folder, write a dot";
  const constant = 'write "$1" in a constant script and give the text after it and one more word';
  return placeholder === "{prompt}"
    ? `give the file {prompt_file} or set stdin: prompt, or ${constant}`
    : `set stdin: prompt, or ${constant}`;
}

const written = (element: string, placeholder: string) => (element.includes(placeholder) ? [placeholder] : []);

interface Used {
  as: Use;
  /** The program that uses it so. */
  by: string;
  /** That program starts another one. */
  prefix: boolean;
}

function usesOf(command: readonly string[]): Used[] {
  const uses = command.map((_, at): Used => ({ as: at === 0 ? "file" : "argument", by: "", prefix: false }));
  // By place: whether a program is started there for certain. Iterating a map also visits what is added meanwhile.
  const programs = new Map([[0, true]]);
  for (const [at, certain] of programs) {
    const by = command[at] ?? "";
    const reader = readerOf(by);
    if (reader === null) {
      const launcher = isLauncher(by);
      for (let next = at + 1; certain && next < command.length; next++)
        if (!programs.has(next)) programs.set(next, launcher);
      continue;
    }
    const reading = readArguments(command, at, reader);
    // Behind a program that is not known, a word such as "bash" is only believed to be one if it is given code.
    if (!certain && !(reader.runs === "script" && reading.hasCode)) continue;
    for (const [index, as] of reading.uses.entries())
      if (as !== "argument") uses[at + 1 + index] = { as, by, prefix: reader.runs === "program" };
    if (reader.runs === "program" && reading.operand !== null) programs.set(reading.operand, true);
  }
  return uses;
}

/** The program of a command that would run what comes through its standard input, or null. */
function stdinReader(command: readonly string[], at: number): string | null {
  const program = command[at];
  const reader = program === undefined ? null : readerOf(program);
  if (program === undefined) return null;
  if (reader === null) return isLauncher(program) ? stdinReaderIn(command, at + 1) : null;
  if (reader.stdin === "always") return program;
  const { operand, hasCode, understood } = readArguments(command, at, reader);
  if (reader.runs === "program") return operand === null ? null : stdinReader(command, operand);
  if (reader.stdin !== "script") return null;
  if (!understood || (operand === null && !hasCode)) return program;
  if (operand === null) return null;
  if (reader.runs === "joined") return stdinReaderOf(command.slice(operand).join(" "));
  if (hasCode && reader.marks !== undefined) return stdinReaderOf(command[operand]!);
  return STDIN.test(command[operand]!) ? program : null;
}

const STDIN = /^(-|\/dev\/(stdin|fd\/0)|\/proc\/self\/fd\/0)$/;

function stdinReaderIn(command: readonly string[], from: number): string | null {
  for (let at = from; at < command.length; at++) {
    const found = readerOf(command[at]!) === null ? null : stdinReader(command, at);
    if (found !== null) return found;
  }
  return null;
}

/** The same for a script: each of its commands has the standard input of the whole. */
function stdinReaderOf(script: string): string | null {
  for (const line of script.split(/[;&|\n(){}]+/)) {
    const found = stdinReader(line.trim().split(/\s+/), 0);
    if (found !== null) return found;
  }
  return null;
}
