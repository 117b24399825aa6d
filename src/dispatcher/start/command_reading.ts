/**
 * Follows a program through its arguments: which of them are its options, which its code, which are handed on.
 *
 * @module
 */
import type { CodeReader } from "./code_readers.ts";

/** How a program uses a word: as what it hands on, as an option or its value, as what it runs, as code. */
export type Use = "argument" | "option" | "file" | "code";

export interface Reading {
  /** Of each word after the program. */
  readonly uses: readonly Use[];
  /** Where in the command the word is that says what is run; null if none. */
  readonly operand: number | null;
  /** It is given code, not the file of it. */
  readonly hasCode: boolean;
  /** False when there was an option that is not known: any word may then be code. */
  readonly understood: boolean;
}

/** Reads the arguments of the program at `at`. */
export function readArguments(command: readonly string[], at: number, reader: CodeReader): Reading {
  const words = command.slice(at + 1);
  const uses = words.map((): Use => "argument");
  const found = walk(words, uses, reader);
  if (found === "unknown" || found === "joined") {
    const understood = found === "joined";
    return { uses: words.map(() => "code"), operand: null, hasCode: understood || looksLikeCode(words), understood };
  }
  const operand = found.operand === null ? null : at + 1 + found.operand;
  if (reader.runs === "joined") return { uses: words.map(() => "code"), operand, hasCode: false, understood: true };
  if (reader.permutes) permuted(words, uses, (found.operand ?? 0) + 1, reader);
  return { uses, operand, hasCode: found.hasCode, understood: true };
}

/** Advances to the word that says what is run and notes what each one before it is. */
function walk(
  words: readonly string[],
  uses: Use[],
  reader: CodeReader,
): { operand: number | null; hasCode: boolean } | "unknown" | "joined" {
  let before = reader.before ?? 0;
  let options = true;
  let first = true;
  let code = false;
  let marked = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (options && (word === "--" || (word === "-" && reader.marks !== undefined))) options = false;
    else if (options && isOption(word, reader)) {
      const option = optionOf(word, reader);
      if (option === null) return "unknown";
      marked ||= option.marked;
      code ||= option.use !== "option";
      if (option.attached) uses[at] = option.use;
      for (let taken = 0; taken < option.takes && at + 1 < words.length; taken++) uses[++at] = option.use;
      if (code && reader.codeEnds) return { operand: null, hasCode: true };
      if (option.takes > 0 || option.attached) continue;
    } else if (reader.skips?.test(word)) uses[at] = "option";
    else if (before > 0) before--;
    else if (first && has(reader.joinedAfter, word)) return "joined";
    else if (first && has(reader.subcommands, word)) {
      first = false;
      marked ||= word === "eval";
    } else if (code && !reader.codeAndFile) return { operand: null, hasCode: true };
    else {
      uses[at] = marked ? "code" : "file";
      return { operand: at, hasCode: code || marked };
    }
    uses[at] = "option";
  }
  return { operand: null, hasCode: code };
}

/** Options after operands, of programs that look for them there. */
function permuted(words: readonly string[], uses: Use[], from: number, reader: CodeReader): void {
  for (let at = from; at < words.length && words[at] !== "--"; at++) {
    if (!isOption(words[at]!, reader)) continue;
    const option = optionOf(words[at]!, reader);
    if (option === null) return void uses.fill("code", at);
    for (let taken = 0; taken < option.takes && at + 1 < words.length; taken++) uses[++at] = option.use;
  }
}

const has = (names: string | undefined, name: string) => names !== undefined && names.split(" ").includes(name);
const isOption = (word: string, { marks }: CodeReader) => (marks === undefined ? /^-./s : /^[-+]./s).test(word);
/** A shell's `-c`, or an interpreter's `-e`, among options that are not all known. */
const looksLikeCode = (words: readonly string[]) => words.some((word) => /^-\w*[ce]\w*$/.test(word));

interface Option {
  readonly use: Use;
  /** Its value is part of the same word. */
  readonly attached: boolean;
  /** How many words it takes. */
  readonly takes: number;
  /** It makes a script of the first operand. */
  readonly marked: boolean;
}

const FLAG: Option = { use: "option", attached: false, takes: 0, marked: false };

/** What an option takes, or null when it is not known. */
function optionOf(word: string, reader: CodeReader): Option | null {
  const [name = "", value] = word.replace(/^--?/, "").split(/=(.*)/s);
  const value_at = value === undefined ? { attached: false, takes: 1 } : { attached: true, takes: 0 };
  if (name.length > 1) {
    if (has(reader.codeNames, name)) return { ...FLAG, use: "code", ...value_at };
    if (has(reader.fileNames, name)) return { ...FLAG, use: "file", ...value_at };
    if (has(reader.valuedNames, name)) return { ...FLAG, ...value_at };
    if (has(reader.flagNames, name)) return FLAG;
  }
  return word.startsWith("--") ? null : lettersOf([...word.slice(1)], reader);
}

function lettersOf(letters: readonly string[], reader: CodeReader): Option | null {
  let takes = 0;
  let marked = false;
  for (const [at, letter] of letters.entries()) {
    if (reader.marks?.includes(letter)) marked = true;
    else if (reader.marks !== undefined && reader.valued?.includes(letter)) takes++;
    else if (!reader.flags?.includes(letter)) {
      const use = useOf(letter, reader);
      const last = at === letters.length - 1;
      return use === null || marked || takes > 0 ? null : { ...FLAG, use, attached: !last, takes: last ? 1 : 0 };
    }
  }
  return { ...FLAG, takes, marked };
}

/** Of the value of an option of one letter, which is the rest of its word or the next one. */
function useOf(letter: string, reader: CodeReader): Use | null {
  if (reader.code?.includes(letter)) return "code";
  if (reader.file?.includes(letter)) return "file";
  return reader.valued?.includes(letter) ? "option" : null;
}
