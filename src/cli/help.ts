/**
 * The help of every verb, rendered by citty from the declarations of the arguments.
 *
 * citty is loaded for help alone: its import costs a third of the start-up of `kanban show`.
 *
 * @module
 */
import { type ArgsDef, type CommandDef, defineCommand, renderUsage } from "citty";
import { KanbanError } from "../kernel/mod.ts";
import { paint, table } from "./format.ts";
import type { VerbGroup, VerbTable } from "./main.ts";
import { flagOf, GLOBAL_FLAGS, placeOf } from "./parse.ts";
import type { Verb } from "./verb.ts";

interface HelpOptions {
  readonly groups: Readonly<Record<string, VerbTable>>;
  readonly aliases: Readonly<Record<string, string>>;
  readonly color: boolean;
}

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

async function verbHelp(verb: Verb, { aliases, color }: HelpOptions): Promise<string> {
  const style = paint({ color });
  const names = Object.keys(aliases).filter((alias) => aliases[alias] === verb.name);
  const rendered = layOut(await renderUsage(asCommand(verb))).replace(/^[A-Z]{5,}/gm, style.bold);
  const parts = [
    ...(names.length === 0 ? [] : [`${style.bold("ALSO")}  ${names.join(", ")}`]),
    ...(verb.notes === undefined ? [] : [verb.notes]),
    [style.bold("EXAMPLES"), "", ...verb.examples.map((example) => `  ${example}`)].join("\n"),
  ];
  return `${[rendered.trimEnd(), ...parts].join("\n\n")}\n`;
}

/** A verb as citty describes one. */
function asCommand(verb: Verb): CommandDef {
  const args: ArgsDef = {};
  for (const [key, arg] of Object.entries(verb.args)) {
    const { description, hint, short } = arg;
    if (arg.form === "positional") {
      const required = arg.required === true && !arg.ownTask;
      args[placeOf(key, arg) + (arg.many ? "…" : "")] = { type: "positional", description, required };
    } else {
      const alias = short === undefined ? {} : { alias: short };
      if (arg.form === "switch") args[flagOf(key)] = { type: "boolean", description, ...alias };
      else args[flagOf(key)] = { type: "string", description, valueHint: hint ?? "TEXT", ...alias };
    }
  }
  for (const [key, { description, ...flag }] of Object.entries(GLOBAL_FLAGS)) {
    if (flag.type === "boolean") args[key] = { type: "boolean", description };
    else args[key] = { type: "string", description, valueHint: "FILE" };
  }
  return defineCommand({ meta: { name: `kanban ${verb.name}`, description: verb.summary }, args }) as CommandDef;
}

/** citty colours pipes and sets its columns flush right: this takes the colour out and sets them left. */
function layOut(usage: string): string {
  return Bun.stripANSI(usage)
    .replace(/^(.*) \(kanban .*\)$/m, "$1")
    .replace(/ \(Required\)$/gm, "")
    .replace(/^ {2}( *)(\S+(?: \S+)*)(.*)$/gm, "  $2$1$3")
    .replace(/=<([^>]+)>/g, " $1  ")
    .replace(/ +$/gm, "");
}
