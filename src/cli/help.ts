/**
 * The help of every verb, from the definitions that citty runs it by.
 *
 * @module
 */
import { type Arg, flagOf, GLOBAL_FLAGS, placeOf } from "./args.ts";
import { paint, table } from "./print/format.ts";
import type { Verb } from "./verb.ts";
import { ALIASES, GROUPS, PROGRAM, type VerbEntry, type VerbGroup, type VerbTable } from "./verb_table.ts";

interface HelpOptions {
  readonly color: boolean;
  /** Columns of the terminal; Infinity when it is not a terminal. */
  readonly width: number;
}

/** Text is set no wider than this, however wide the terminal. */
const WIDTH_MAX = 110;

/** The help of the verb that a path of full names leads to; an empty path is the program itself. */
export async function helpFor(path: readonly string[], options: HelpOptions): Promise<string> {
  let found: Verb | VerbGroup = PROGRAM;
  let summary = "";
  for (const word of path) {
    const entry: VerbEntry = (found as VerbGroup).verbs[word]!;
    ({ summary } = entry);
    found = (await entry.load()).default;
  }
  if (found === PROGRAM) return programHelp(options);
  return "verbs" in found ? groupHelp(path, summary, found, options) : verbHelp(found, summary, options);
}

function programHelp({ color }: HelpOptions): string {
  const style = paint({ color });
  const lines = [
    "A durable task board that AI agents and people share.",
    "",
    `${style.bold("USAGE")}  kanban VERB [FLAGS]`,
  ];
  for (const [title, verbs] of Object.entries(GROUPS)) {
    lines.push("", style.bold(title.toUpperCase()), ...listVerbs([], verbs, style.cyan));
  }
  lines.push(
    "",
    style.bold("EVERY VERB"),
    `  --json           ${GLOBAL_FLAGS.json.description}`,
    `  --board FILE     ${GLOBAL_FLAGS.board.description}`,
    "  --help           Show what a verb takes, with examples",
    "",
    style.bold("WORDS"),
    "  An id may be shortened to a unique prefix: t_1a2b. A duration is 90, 30s, 1.5h, 1h30m, 1d or 1w.",
    "  A priority is a whole number, or P0 to P4 = urgent high medium low none = 4 3 2 1 0.",
    "",
    style.bold("EXIT STATUS"),
    "  0 done   1 refused, not found or conflict   2 wrong usage   70 internal error",
  );
  return `${lines.join("\n")}\n`;
}

function listVerbs(path: readonly string[], verbs: VerbTable, name: (text: string) => string): string[] {
  const shown = Object.entries(verbs).filter(([, { hidden }]) => !hidden);
  const rows = shown.map(([word, { summary }]) => {
    const verb = [...path, word].join(" ");
    const names = [verb, ...Object.keys(ALIASES).filter((alias) => ALIASES[alias] === verb)];
    return [{ text: `  ${names.join(", ").padEnd(21)}`, style: name }, { text: summary }];
  });
  return table(rows, [{}, {}]);
}

function groupHelp(path: readonly string[], summary: string, group: VerbGroup, { color }: HelpOptions): string {
  const style = paint({ color });
  const usage = `${style.bold("USAGE")}  kanban ${path.join(" ")} VERB [FLAGS]`;
  return `${[summary, "", usage, "", style.bold("VERBS"), ...listVerbs(path, group.verbs, style.cyan)].join("\n")}\n`;
}

function verbHelp(verb: Verb, summary: string, { color, width: columns }: HelpOptions): string {
  const style = paint({ color });
  const width = Math.min(columns, WIDTH_MAX);
  const names = Object.keys(ALIASES).filter((alias) => ALIASES[alias] === verb.name);
  const places = Object.entries(verb.args).filter(([, arg]) => arg.type === "positional");
  const usage = ["kanban", verb.name, ...places.map(placeInUsage), "[FLAGS]"].join(" ");
  const section = (title: string, lines: readonly string[]) => [style.bold(title), ...lines].join("\n");
  const parts = [
    summary,
    `${style.bold("USAGE")}  ${usage}${names.length === 0 ? "" : `\n${style.bold("ALSO")}   ${names.join(", ")}`}`,
    places.length === 0 ? null : section("ARGUMENTS", described(places.map(placeRow), width, style.cyan)),
    section("FLAGS", described(flagRows(verb), width, style.cyan)),
    verb.notes === undefined ? null : filled(verb.notes, width),
    places.some(([, arg]) => arg.ownTask)
      ? filled("In a worker's environment a task that is left out is the worker's own.", width)
      : null,
    section(
      "EXAMPLES",
      verb.examples.map((example) => `  ${example}`),
    ),
  ];
  return `${parts.filter((part) => part !== null).join("\n\n")}\n`;
}

type Place = readonly [key: string, arg: Arg<unknown>];
type Row = readonly [name: string, description: string];

function placeInUsage([key, arg]: Place): string {
  const name = placeOf(key, arg) + (arg.many ? "…" : "");
  return arg.required ? `<${name}>` : `[${name}]`;
}

function placeRow([key, arg]: Place): Row {
  return [placeOf(key, arg) + (arg.many ? "…" : ""), arg.description];
}

/** Names stand in a column, whether there is a short one or not. */
function flagRows(verb: Verb): Row[] {
  const flags = Object.entries(verb.args).filter(([, arg]) => arg.type !== "positional");
  return flags.map(([key, { alias, valueHint, description }]) => {
    const short = alias === undefined ? "   " : `-${alias},`;
    return [`${short} --${flagOf(key)}${valueHint === undefined ? "" : ` ${valueHint}`}`, description];
  });
}

/** Names and what they mean, in two columns; what does not fit continues on the next line. */
function described(rows: readonly Row[], width: number, name: (text: string) => string): string[] {
  const widest = rows.reduce((most, [text]) => Math.max(most, text.length), 0);
  return rows.map(
    ([text, description]) => `  ${name(text.padEnd(widest))}  ${hanging(description, widest + 4, width)}`,
  );
}

/** Paragraphs filled to the width, however their lines are broken here; indented lines stay lines. */
function filled(text: string, width: number): string {
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    const before = lines.at(-1) ?? "";
    const goesOn = [before, line].every((one) => one !== "" && !one.startsWith(" "));
    if (goesOn) lines[lines.length - 1] = `${before} ${line}`;
    else lines.push(line);
  }
  return lines
    .map((line) => {
      const lead = /^ +(?:\S+ +)?/.exec(line)?.[0] ?? "";
      return lead + hanging(line.slice(lead.length), lead.length, width);
    })
    .join("\n");
}

/** Text that begins in some column, with its further lines beneath it. */
function hanging(text: string, column: number, width: number): string {
  return Bun.wrapAnsi(text, Math.max(20, width - column)).replaceAll("\n", `\n${" ".repeat(column)}`);
}
