#!/usr/bin/env bun
/**
 * Entry point: `kanban VERB`.
 *
 * A verb is a file in verbs/ and one line in the table here. The table imports lazily, so that `kanban
 * show` loads one verb and not forty; the imports are literal, so that a compiled binary finds them.
 *
 * @module
 */
import { KanbanError } from "../kernel/errors.ts";
import { suggest } from "../kernel/queue/suggest.ts";
import { clean } from "./print/format.ts";
import { stdout } from "./output.ts";

import { report, type Verb } from "./verb.ts";

/** A verb that has verbs of its own: `kanban profile list`. */
export interface VerbGroup {
  readonly name: string;
  readonly summary: string;
  readonly verbs: VerbTable;
}
export type VerbTable = Readonly<Record<string, () => Promise<{ default: Verb | VerbGroup }>>>;

/** Every verb, in the order of the help. */
export const GROUPS: Readonly<Record<string, VerbTable>> = {
  Start: {
    up: () => import("./verbs/up.ts"),
    daemon: () => import("./verbs/daemon.ts"),
    serve: () => import("./verbs/serve.ts"),
    demo: () => import("./verbs/demo.ts"),
    init: () => import("./verbs/init.ts"),
    setup: () => import("./verbs/setup.ts"),
    prime: () => import("./verbs/prime.ts"),
  },
  Tasks: {
    create: () => import("./verbs/create.ts"),
    list: () => import("./verbs/list.ts"),
    show: () => import("./verbs/show.ts"),
    edit: () => import("./verbs/edit.ts"),
    assign: () => import("./verbs/assign.ts"),
    comment: () => import("./verbs/comment.ts"),
    link: () => import("./verbs/link.ts"),
    unlink: () => import("./verbs/unlink.ts"),
  },
  Lifecycle: {
    next: () => import("./verbs/next.ts"),
    claim: () => import("./verbs/claim.ts"),
    heartbeat: () => import("./verbs/heartbeat.ts"),
    complete: () => import("./verbs/complete.ts"),
    block: () => import("./verbs/block.ts"),
    unblock: () => import("./verbs/unblock.ts"),
    approve: () => import("./verbs/approve.ts"),
    "request-changes": () => import("./verbs/request_changes.ts"),
    move: () => import("./verbs/move.ts"),
    reclaim: () => import("./verbs/reclaim.ts"),
    archive: () => import("./verbs/archive.ts"),
    pause: () => import("./verbs/pause.ts"),
    resume: () => import("./verbs/resume.ts"),
    release: () => import("./verbs/release.ts"),
  },
  Look: {
    watch: () => import("./verbs/watch.ts"),
    tail: () => import("./verbs/tail.ts"),
    runs: () => import("./verbs/runs.ts"),
    log: () => import("./verbs/log.ts"),
    context: () => import("./verbs/context.ts"),
    stats: () => import("./verbs/stats.ts"),
    holds: () => import("./verbs/holds.ts"),
    assignees: () => import("./verbs/assignees.ts"),
    graph: () => import("./verbs/graph.ts"),
  },
  Work: {
    dispatch: () => import("./verbs/dispatch.ts"),
    profile: () => import("./verbs/profile.ts"),
    tool: () => import("./verbs/tool.ts"),
    mcp: () => import("./verbs/mcp.ts"),
    "worker-demo": () => import("./verbs/worker_demo.ts"),
  },
  Notify: {
    "notify-subscribe": () => import("./verbs/notify_subscribe.ts"),
    "notify-list": () => import("./verbs/notify_list.ts"),
    "notify-unsubscribe": () => import("./verbs/notify_unsubscribe.ts"),
  },
  Care: {
    gc: () => import("./verbs/gc.ts"),
    doctor: () => import("./verbs/doctor.ts"),
    backup: () => import("./verbs/backup.ts"),
    export: () => import("./verbs/export.ts"),
    import: () => import("./verbs/import.ts"),
    completion: () => import("./verbs/completion.ts"),
  },
};

/** Other names that people have in their fingers. */
export const ALIASES: Readonly<Record<string, string>> = {
  ls: "list",
  ready: "next",
  done: "complete",
  close: "complete",
};

/** Runs one command line; returns the exit status. */
export async function main(argv: readonly string[]): Promise<number> {
  const json = argv.includes("--json");
  try {
    return await run(Object.assign({}, ...Object.values(GROUPS)) as VerbTable, argv, []);
  } catch (error) {
    return report(error, { json });
  }
}

async function run(verbs: VerbTable, argv: readonly string[], path: readonly string[]): Promise<number> {
  const { globals, name, rest } = findVerb(argv);
  if (name === undefined && globals.some((word) => word !== "--json")) throw noVerb(globals, path);
  if (name === undefined || name === "--help" || name === "-h") return printHelp(path);
  if (path.length === 0 && ["--version", "-v", "version"].includes(name)) return printVersion(argv);
  if (path.length === 0 && name === "help") return run(verbs, [...rest, "--help"], path);
  const load = lookUp(verbs, name, path);
  const found = (await load()).default;
  const words = [...globals, ...rest];
  if ("verbs" in found) return run(found.verbs, words, [...path, found.name]);
  if (asksForHelp(words)) return printHelp([...path, name]);
  return found.start(words);
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

function lookUp(verbs: VerbTable, name: string, path: readonly string[]): VerbTable[string] {
  const full = path.length === 0 && Object.hasOwn(ALIASES, name) ? ALIASES[name]! : name;
  if (Object.hasOwn(verbs, full)) return verbs[full]!;
  const prefix = ["kanban", ...path].join(" ");
  const near = suggest(name, [...Object.keys(verbs), ...(path.length === 0 ? Object.keys(ALIASES) : [])]);
  const kind = name.startsWith("-") ? `unknown flag "${clean(name)}" before the verb` : `no such verb`;
  throw new KanbanError(
    "invalid",
    name.startsWith("-") ? `Cannot run ${prefix}: ${kind}` : `Cannot run "${clean(name)}": ${kind}`,
    near === null || name.startsWith("-") ? `See all verbs with: ${prefix} --help` : `Did you mean: ${prefix} ${near}`,
  );
}

/** `kanban --board $DB list` of a variable that is not set takes the verb for the file: no reason to be content. */
function noVerb(globals: readonly string[], path: readonly string[]): KanbanError {
  const prefix = ["kanban", ...path].join(" ");
  const message = `Cannot run ${prefix}: a verb must follow ${clean(globals.join(" "))}, there is none`;
  return new KanbanError("invalid", message, `See all verbs with: ${prefix} --help`);
}

function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf("--");
  const flags = end === -1 ? words : words.slice(0, end);
  return flags.includes("--help") || flags.includes("-h");
}

async function printHelp(path: readonly string[]): Promise<number> {
  const { helpFor } = await import("./help.ts");
  stdout.write(await helpFor(path, { groups: GROUPS, aliases: ALIASES, color: stdout.color, width: stdout.width }));
  return 0;
}

async function printVersion(argv: readonly string[]): Promise<number> {
  const { version } = await import("../../package.json");
  stdout.write(argv.includes("--json") ? `${JSON.stringify({ version })}\n` : `kanban ${version}\n`);
  return 0;
}

// Not awaited: a verb may import this table, and would wait for this module while this module waits for it.
// An exit, not a status for the end: what a verb could not end (a git that hangs) would keep the process for ever.
if (import.meta.main) void main(process.argv.slice(2)).then((status) => process.exit(status));
