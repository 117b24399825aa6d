/**
 * Puts one entry into a JSON file, and takes it out again, without touching any other character.
 *
 * Configuration files have comments, an order and an indentation that their owner chose, and parsing and printing
 * them again would lose all three. So the text is only scanned, far enough to know where an object begins and where
 * its members are; what is put in is one span, and what is taken out is that same span.
 *
 * ```ts
 * const before = '{\n  "theme": "dark" // mine\n}\n';
 * const { text, inserted } = insertMember(before, ["servers", "kanban"], { command: "kanban" });
 * assertEquals(text.replace(inserted, ""), before);
 * assertEquals(removeMember(text, ["servers", "kanban"]), before);
 * ```
 *
 * @module
 */

interface Member {
  readonly key: string;
  /** Of the key's quote. */
  readonly start: number;
  readonly value: Value;
}

interface Value {
  readonly start: number;
  /** After its last character. */
  readonly end: number;
  /** For an object. */
  readonly members?: readonly Member[];
}

/** A text that is no JSON, with comments and trailing commas allowed. */
export class JsonSyntaxError extends Error {
  override readonly name = "JsonSyntaxError";
}

/** The value at a path, as text, or null if none. */
export function memberText(text: string, path: readonly string[]): string | null {
  const member = find(text, path);
  return member === null ? null : text.slice(member.value.start, member.value.end);
}

/**
 * Adds a member at the beginning of the object that the path leads to, creating the objects on the way.
 *
 * @returns The new text and the one span that is new in it.
 * @throws {JsonSyntaxError} when the text is no object, or something on the way is none.
 */
export function insertMember(
  text: string,
  path: readonly string[],
  value: unknown,
): { text: string; inserted: string } {
  let depth = 0;
  let parent = rootOf(text);
  for (; depth < path.length - 1; depth++) {
    const next = parent.members!.find(({ key }) => key === path[depth]);
    if (next === undefined) break;
    if (next.value.members === undefined) throw new JsonSyntaxError(`"${path[depth]}" must be an object`);
    parent = next.value;
  }
  const rest = path.slice(depth);
  const nested = rest.slice(1).reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  const { newline, unit, outer } = layoutOf(text, depth);
  const inner = outer + unit;
  const body = JSON.stringify(nested, null, unit).replaceAll("\n", newline + inner);
  const member = `${newline}${inner}${JSON.stringify(rest[0])}: ${body}`;
  // In an empty object the closing brace moves to a line of its own.
  const bare = text.slice(parent.start + 1, parent.end - 1).trim() === "";
  const wraps = bare && !text.slice(parent.start, parent.end).includes("\n");
  const inserted = parent.members!.length > 0 ? `${member},` : `${member}${wraps ? newline + outer : ""}`;
  const at = parent.start + 1;
  return { text: text.slice(0, at) + inserted + text.slice(at), inserted };
}

/**
 * Takes a member out, with its comma; objects on the way stay, unless `emptied`
 * names how many of them to take along when nothing else is left in them.
 */
export function removeMember(text: string, path: readonly string[], { emptied = 1 } = {}): string {
  const member = find(text, path);
  if (member === null) return text;
  const parent = path.length === 1 ? rootOf(text) : find(text, path.slice(0, -1))!.value;
  if (parent.members!.length === 1 && path.length > 1 && emptied > 0) {
    return removeMember(text, path.slice(0, -1), { emptied: emptied - 1 });
  }
  const index = parent.members!.findIndex(({ start }) => start === member.start);
  const comma = /^(?:\s|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)*,/.exec(text.slice(member.value.end))?.[0];
  if (comma !== undefined) {
    const from = lineStart(text, member.start, parent.start + 1);
    return text.slice(0, from) + text.slice(member.value.end + comma.length);
  }
  const from = index > 0 ? parent.members![index - 1]!.value.end : lineStart(text, member.start, parent.start + 1);
  const last = text.slice(0, from) + text.slice(member.value.end);
  return parent.members!.length === 1 ? closeUp(last, parent.start) : last;
}

/** `{` and `}` on lines of their own with nothing between them become `{}`. */
function closeUp(text: string, open: number): string {
  const rest = text.slice(open + 1);
  const gap = /^\s*(?=\})/.exec(rest)?.[0];
  return gap === undefined ? text : text.slice(0, open + 1) + rest.slice(gap.length);
}

/** Back over the blanks and the line break before a member. */
function lineStart(text: string, start: number, limit: number): number {
  const blanks = /\r?\n?[ \t]*$/.exec(text.slice(limit, start))![0];
  return start - blanks.length;
}

function find(text: string, path: readonly string[]): Member | null {
  let value = rootOf(text);
  let member: Member | null = null;
  for (const key of path) {
    member = value.members?.find((one) => one.key === key) ?? null;
    if (member === null) return null;
    value = member.value;
  }
  return member;
}

function layoutOf(text: string, depth: number): { newline: string; unit: string; outer: string } {
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const unit = /\n([ \t]+)"/.exec(text)?.[1] ?? "  ";
  return { newline, unit, outer: unit.repeat(depth) };
}

function rootOf(text: string): Value {
  const scanner = new Scanner(text);
  const root = scanner.value();
  scanner.blanks();
  if (scanner.at < text.length) throw scanner.error("the end");
  if (root.members === undefined) throw new JsonSyntaxError("it must be an object");
  return root;
}

/** Reads JSON with comments, keeping only positions. */
class Scanner {
  at: number;
  constructor(private readonly text: string) {
    this.at = text.startsWith("\ufeff") ? 1 : 0;
  }

  value(depth = 0): Value {
    this.blanks();
    const start = this.at;
    if (depth > 200) throw this.error("less depth");
    const members = this.text[start] === "{" ? this.object(depth) : undefined;
    if (members !== undefined) return { start, end: this.at, members };
    if (this.text[start] === "[") this.array(depth);
    else if (this.text[start] === '"') this.string();
    else this.literal();
    return { start, end: this.at };
  }

  object(depth: number): Member[] {
    const members: Member[] = [];
    this.at++;
    for (;;) {
      this.blanks();
      if (this.take("}")) return members;
      const start = this.at;
      const key = this.string();
      this.blanks();
      if (!this.take(":")) throw this.error('":"');
      members.push({ key, start, value: this.value(depth + 1) });
      this.blanks();
      if (this.take("}")) return members;
      if (!this.take(",")) throw this.error('"," or "}"');
    }
  }

  array(depth: number): void {
    this.at++;
    for (;;) {
      this.blanks();
      if (this.take("]")) return;
      this.value(depth + 1);
      this.blanks();
      if (this.take("]")) return;
      if (!this.take(",")) throw this.error('"," or "]"');
    }
  }

  string(): string {
    const match = /"(?:[^"\\\u0000-\u001f]|\\.)*"/y;
    return JSON.parse(this.eat(match, "a text in double quotes")) as string;
  }

  literal(): void {
    this.eat(/true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y, "a value");
  }

  blanks(): void {
    this.eat(/(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y, "");
  }

  take(char: string): boolean {
    if (this.text[this.at] !== char) return false;
    this.at++;
    return true;
  }

  eat(pattern: RegExp, needed: string): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined) throw this.error(needed);
    this.at += found.length;
    return found;
  }

  error(needed: string): JsonSyntaxError {
    const line = this.text.slice(0, this.at).split("\n").length;
    const found = this.at < this.text.length ? JSON.stringify(this.text[this.at]) : "the end";
    return new JsonSyntaxError(`line ${line} needs ${needed}, found ${found}`);
  }
}
