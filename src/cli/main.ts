#!/usr/bin/env bun
/**
 * Entry point: `kanban VERB`.
 *
 * The program is a tree of citty commands (`verb_table.ts`), and citty resolves and runs the one that a line names.
 * Before that the line is judged here and in `parse.ts`: citty passes over much that a person did not mean.
 *
 * @module
 */
import { runCommand } from "citty";
import { workerEnv } from "../home.ts";
import { KanbanError } from "../kernel/errors.ts";
import { suggest } from "../kernel/queue/suggest.ts";
import { stdout } from "./output.ts";
import { judge } from "./parse.ts";
import { EndedWith, report } from "./verb.ts";
import { ALIASES, PROGRAM, type VerbGroup } from "./verb_table.ts";
import { harmless } from "../text.ts";

/** Runs one command line; returns the exit status. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    await run(PROGRAM, argv, []);
    return 0;
  } catch (error) {
    return error instanceof EndedWith ? error.status : report(error, { json: argv.includes("--json") });
  }
}

/** @param path The words that led to this group. */
async function run(group: VerbGroup, argv: readonly string[], path: readonly string[]): Promise<void> {
  const { globals, name, rest } = findVerb(argv);
  if (name === undefined && globals.some((word) => word !== "--json")) throw noVerb(globals, path);
  if (name === undefined || name === "--help" || name === "-h") return printHelp(path);
  if (path.length === 0 && ["--version", "-v", "version"].includes(name)) return printVersion(argv);
  if (path.length === 0 && name === "help") return run(group, [...rest, "--help"], path);
  const full = fullName(group, name, path);
  const found = (await group.verbs[full]!.load()).default;
  const own = [...path, full];
  const words = [...globals, ...rest];
  if ("verbs" in found) return run(found, words, own);
  if (asksForHelp(words)) return printHelp(own);
  await runCommand(PROGRAM, { rawArgs: [...own, ...judge(found, words, workerEnv())] });
}

/** Flags that every verb has may stand before it. */
function findVerb(argv: readonly string[]): { globals: string[]; name: string | undefined; rest: string[] } {
  let at = 0;
  for (; at < argv.length; at++) {
    if (argv[at] === "--board") at++;
    else if (argv[at] !== "--json" && !argv[at]!.startsWith("--board=")) break;
  }
  return { globals: argv.slice(0, at), name: argv[at], rest: argv.slice(at + 1) };
}

/** What the verb of a group is called in full. */
function fullName({ verbs }: VerbGroup, name: string, path: readonly string[]): string {
  const aliases = path.length === 0 ? ALIASES : {};
  const full = Object.hasOwn(aliases, name) ? aliases[name]! : name;
  if (Object.hasOwn(verbs, full)) return full;
  const prefix = ["kanban", ...path].join(" ");
  const near = suggest(name, [...Object.keys(verbs), ...Object.keys(aliases)]);
  const kind = name.startsWith("-") ? `unknown flag "${harmless(name)}" before the verb` : `no such verb`;
  throw new KanbanError(
    "invalid",
    name.startsWith("-") ? `Cannot run ${prefix}: ${kind}` : `Cannot run "${harmless(name)}": ${kind}`,
    near === null || name.startsWith("-") ? `See all verbs with: ${prefix} --help` : `Did you mean: ${prefix} ${near}`,
  );
}

/** `kanban --board $DB list` with an unset variable takes the verb for the file; report it. */
function noVerb(globals: readonly string[], path: readonly string[]): KanbanError {
  const prefix = ["kanban", ...path].join(" ");
  const message = `Cannot run ${prefix}: a verb must follow ${harmless(globals.join(" "))}, found none`;
  return new KanbanError("invalid", message, `See all verbs with: ${prefix} --help`);
}

function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf("--");
  const flags = end === -1 ? words : words.slice(0, end);
  return flags.includes("--help") || flags.includes("-h");
}

async function printHelp(path: readonly string[]): Promise<void> {
  const { helpFor } = await import("./help.ts");
  stdout.write(await helpFor(path, { color: stdout.color, width: stdout.width }));
}

async function printVersion(argv: readonly string[]): Promise<void> {
  const { version } = await import("../../package.json");
  stdout.write(argv.includes("--json") ? `${JSON.stringify({ version })}\n` : `kanban ${version}\n`);
}

// Not awaited: a module that waits at its top has no place in the bytecode of a build.
// An exit, not a status for the end: what a verb could not end (a git that hangs) would keep the process for ever.
if (import.meta.main) void main(process.argv.slice(2)).then((status) => process.exit(status));
