/**
 * The help of every verb, from the declarations of its arguments.
 *
 * @module
 */
import { KanbanError } from "../kernel/mod.ts";
import type { Arg } from "./args.ts";
import { paint, table } from "./print/format.ts";
import type { VerbGroup, VerbTable } from "./main.ts";
import { flagOf, GLOBAL_FLAGS, placeOf } from "./parse.ts";
import type { Verb } from "./verb.ts";

interface HelpOptions {
  readonly groups: Readonly<Record<string, VerbTable>>;
  readonly aliases: Readonly<Record<string, string>>;
  readonly color: boolean;
  /** Columns of the terminal; endless when there is none. */
  readonly width: number;
}

/** Text is set no wider than this, however wide the terminal. */
const WIDTH_MAX = 110;

/** The help of the verb that a path names; an empty path is the program itself. */
export async function helpFor(path: readonly string[], options: HelpOptions): Promise<string> {
  if (path.length === 0) return programHelp(options);
  let verbs = Object.assign({}, ...Object.values(options.groups)) as VerbTable;
  let found: Verb | VerbGroup | undefined;
  for (const [at, word] of path.entries()) {
    const name = at === 0 && Object.hasOwn(options.aliases, word) ? options.aliases[word]! : word;
    if (!Object.hasOwn(verbs, name))
      throw new KanbanError("invalid", `Cannot show help: no such verb "${path.join(" ")}"`);
    found = (await verbs[name]!()).default;
    if ("verbs" in found) verbs = found.verbs;
  }
  return "verbs" in found! ? groupHelp(found, options) : verbHelp(found as Verb, options);
}

async function programHelp({ groups, aliases, color }: HelpOptions): Promise<string> {
  const style = paint({ color });
  const lines = [
    "A durable task board that AI agents and people share.",
    "",
    `${style.bold("USAGE")}  kanban VERB [FLAGS]`,
  ];
  for (const [title, verbs] of Object.entries(groups)) {
    lines.push("", style.bold(title.toUpperCase()), ...(await listVerbs(verbs, aliases, style.cyan)));
  }
  lines.push(
    "",
    style.bold("EVERY VERB"),
    "  --json           Print JSON",
    "  --board FILE     Use this database (default: KANBAN_DB, else the one in KANBAN_HOME)",
    "  --help           Show what a verb takes, with examples",
    "",
    style.bold("WORDS"),
    "  An id may be shortened to a unique prefix: t_1a2b. A duration is 90, 30s, 30m, 2h or 1d.",
    "  A priority is a whole number, or P0 to P4 = urgent high medium low none = 4 3 2 1 0.",
    "",
    style.bold("EXIT STATUS"),
    "  0 done   1 refused, not found or conflict   2 wrong usage   70 internal error",
  );
  return `${lines.join("\n")}\n`;
}

async function listVerbs(
  verbs: VerbTable,
  aliases: HelpOptions["aliases"],
  name: (text: string) => string,
): Promise<string[]> {
  const rows = [];
  for (const load of Object.values(verbs)) {
    const verb = (await load()).default;
    if ("hidden" in verb && verb.hidden) continue;
    const names = [verb.name, ...Object.keys(aliases).filter((alias) => aliases[alias] === verb.name)];
    rows.push([{ text: `  ${names.join(", ").padEnd(21)}`, style: name }, { text: verb.summary }]);
  }
  return table(rows, [{}, {}]);
}

async function groupHelp(group: VerbGroup, { color }: HelpOptions): Promise<string> {
  const style = paint({ color });
  const verbs = await listVerbs(group.verbs, {}, style.cyan);
  return `${[group.summary, "", `${style.bold("USAGE")}  kanban ${group.name} VERB [FLAGS]`, "", style.bold("VERBS"), ...verbs].join("\n")}\n`;
}

function verbHelp(verb: Verb, { aliases, color, width: columns }: HelpOptions): string {
  const style = paint({ color });
  const width = Math.min(columns, WIDTH_MAX);
  const names = Object.keys(aliases).filter((alias) => aliases[alias] === verb.name);
  const places = Object.entries(verb.args).filter(([, arg]) => arg.form === "positional");
  const usage = ["kanban", verb.name, ...places.map(placeInUsage), "[FLAGS]"].join(" ");
  const section = (title: string, lines: readonly string[]) => [style.bold(title), ...lines].join("\n");
  const parts = [
    verb.summary,
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

/** The verb's own flags, then those of every verb. Names stand in a column, whether there is a short one or not. */
function flagRows(verb: Verb): Row[] {
  const own = Object.entries(verb.args).flatMap(([key, { form, short, hint, description }]): Row[] => {
    if (form === "positional") return [];
    return [[flagName(flagOf(key), short, form === "value" ? (hint ?? "TEXT") : null), description]];
  });
  const global = Object.entries(GLOBAL_FLAGS).map(([name, flag]): Row => [
    flagName(name, "short" in flag ? flag.short : undefined, "hint" in flag ? flag.hint : null),
    flag.description,
  ]);
  return [...own, ...global];
}

function flagName(name: string, short: string | undefined, hint: string | null): string {
  return `${short === undefined ? "   " : `-${short},`} --${name}${hint === null ? "" : ` ${hint}`}`;
}

/** Names and what they mean, in two columns; what does not fit goes on beneath itself. */
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
