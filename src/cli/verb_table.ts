/**
 * The table of verbs: what `kanban` can do, in the order of the help.
 *
 * A verb is a file in verbs/ and one line here: its name, what it does, and where it is. The list of verbs is
 * printed from here, without loading them. The table imports lazily, so that `kanban show` loads one verb and not
 * forty; the imports are literal, so that a compiled binary finds them.
 *
 * @module
 */
import { type CommandDef, defineCommand } from "citty";
import type { Verb } from "./verb.ts";

/** One verb, before it is loaded. */
export interface VerbEntry {
  /** One line for the list of verbs, without a full stop. */
  readonly summary: string;
  /** Left out of the list of verbs. */
  readonly hidden?: true;
  readonly load: () => Promise<{ default: Verb | VerbGroup }>;
}
export type VerbTable = Readonly<Record<string, VerbEntry>>;

/** A citty command that has verbs of its own: `kanban`, and `kanban profile`. */
export interface VerbGroup extends CommandDef {
  readonly verbs: VerbTable;
}

/** Makes the command of a table: each verb is a subcommand that citty loads when it resolves it. */
export function group(name: string, verbs: VerbTable): VerbGroup {
  const lazy = Object.entries(verbs).map(([word, { load }]) => [word, async () => (await load()).default] as const);
  return { ...defineCommand({ meta: { name }, subCommands: Object.fromEntries(lazy) }), verbs };
}

/** Every verb, in the order of the help. */
export const GROUPS: Readonly<Record<string, VerbTable>> = {
  Start: {
    up: {
      summary: "Run the board: the dispatcher, the web board and the notifier, until Ctrl-C",
      load: () => import("./verbs/up.ts"),
    },
    daemon: {
      summary: "Run the dispatcher alone: starts a process for every ready task",
      load: () => import("./verbs/daemon.ts"),
    },
    serve: { summary: "Serve the web board alone, without a dispatcher", load: () => import("./verbs/serve.ts") },
    demo: {
      summary: "Watch four stories unfold on a fresh board, with real processes",
      load: () => import("./verbs/demo.ts"),
    },
    init: { summary: "Create the board and say how to start", load: () => import("./verbs/init.ts") },
    setup: {
      summary: "Register the board with an agent: its MCP server and its instruction file",
      load: () => import("./verbs/setup.ts"),
    },
    prime: { summary: "Print what an agent needs to know about the board", load: () => import("./verbs/prime.ts") },
  },
  Tasks: {
    create: { summary: "Put a task on the board", load: () => import("./verbs/create.ts") },
    list: { summary: "List tasks, most urgent first", load: () => import("./verbs/list.ts") },
    view: { summary: "List, save, edit and remove saved views", load: () => import("./verbs/view.ts") },
    show: { summary: "Show a task with its runs, comments and events", load: () => import("./verbs/show.ts") },
    edit: { summary: "Change the title, body or settings of a task", load: () => import("./verbs/edit.ts") },
    assign: { summary: "Give a task to a profile or a person", load: () => import("./verbs/assign.ts") },
    comment: { summary: "Add a comment to a task", load: () => import("./verbs/comment.ts") },
    link: { summary: "Make a task wait for another", load: () => import("./verbs/link.ts") },
    unlink: { summary: "Let a task no longer wait for another", load: () => import("./verbs/unlink.ts") },
  },
  Lifecycle: {
    next: { summary: "Show the ready task that comes next; --claim takes it", load: () => import("./verbs/next.ts") },
    claim: {
      summary: "Take a ready task: opens a run and prepares its workspace",
      load: () => import("./verbs/claim.ts"),
    },
    heartbeat: {
      summary: "Renew the claim for its full time: the work continues",
      load: () => import("./verbs/heartbeat.ts"),
    },
    complete: { summary: "Mark tasks done and leave a handoff", load: () => import("./verbs/complete.ts") },
    block: { summary: "Stop a task with a question for a person", load: () => import("./verbs/block.ts") },
    unblock: { summary: "Let blocked tasks go on, with an answer", load: () => import("./verbs/unblock.ts") },
    approve: { summary: "Accept work that waits for review", load: () => import("./verbs/approve.ts") },
    "request-changes": {
      summary: "Send work in review back with what is missing",
      load: () => import("./verbs/request_changes.ts"),
    },
    move: {
      summary: "Move a task to triage, todo or ready, or take it with running",
      load: () => import("./verbs/move.ts"),
    },
    stop: { summary: "Stop the workers of tasks and hold these", load: () => import("./verbs/stop.ts") },
    reclaim: { summary: "Take a running task back from its worker", load: () => import("./verbs/reclaim.ts") },
    archive: { summary: "Put tasks out of sight; running ones end", load: () => import("./verbs/archive.ts") },
    restore: { summary: "Bring archived tasks back", load: () => import("./verbs/restore.ts") },
    undo: { summary: "Take back what you did in the last ten minutes", load: () => import("./verbs/undo.ts") },
    pause: {
      summary: "Stop claiming on the whole board; running work continues",
      load: () => import("./verbs/pause.ts"),
    },
    resume: { summary: "Let a paused board go on", load: () => import("./verbs/resume.ts") },
    release: { summary: "Start work again for what is held", load: () => import("./verbs/release.ts") },
  },
  Look: {
    watch: { summary: "Follow everything that happens, live", load: () => import("./verbs/watch.ts") },
    tail: { summary: "Follow what happens to one task, live", load: () => import("./verbs/tail.ts") },
    history: {
      summary: "List who changed what in a task, and put back what was replaced",
      load: () => import("./verbs/history.ts"),
    },
    runs: { summary: "List the attempts at a task", load: () => import("./verbs/runs.ts") },
    log: { summary: "Print what the workers of a task printed", load: () => import("./verbs/log.ts") },
    context: { summary: "Print what a worker of a task gets to read", load: () => import("./verbs/context.ts") },
    stats: { summary: "Count tasks by status and assignee", load: () => import("./verbs/stats.ts") },
    holds: { summary: "List what nothing is started for, and why", load: () => import("./verbs/holds.ts") },
    mentions: { summary: "List where you are mentioned", load: () => import("./verbs/mentions.ts") },
    assignees: { summary: "List profiles and everybody who has tasks", load: () => import("./verbs/assignees.ts") },
    graph: { summary: "Draw which tasks wait for which", load: () => import("./verbs/graph.ts") },
  },
  Work: {
    dispatch: {
      summary: "Start what is ready, once; the workers go on by themselves",
      load: () => import("./verbs/dispatch.ts"),
    },
    profile: { summary: "Make, list, show, try and remove worker profiles", load: () => import("./verbs/profile.ts") },
    tool: { summary: "Call a tool of a worker with JSON, as its agent does", load: () => import("./verbs/tool.ts") },
    mcp: {
      summary: "Serve the tools to an agent over MCP, on standard input and output",
      load: () => import("./verbs/mcp.ts"),
    },
    "worker-demo": {
      summary: "Work on the own task as its body says, line by line",
      hidden: true,
      load: () => import("./verbs/worker_demo.ts"),
    },
  },
  Notify: {
    "notify-subscribe": {
      summary: "Tell a chat when a task is done, blocked or in trouble",
      load: () => import("./verbs/notify_subscribe.ts"),
    },
    "notify-list": {
      summary: "List subscriptions, with deliveries that wait or failed",
      load: () => import("./verbs/notify_list.ts"),
    },
    "notify-unsubscribe": {
      summary: "Stop telling a chat about a task",
      load: () => import("./verbs/notify_unsubscribe.ts"),
    },
  },
  Care: {
    gc: { summary: "Remove old events, logs and workspaces of finished tasks", load: () => import("./verbs/gc.ts") },
    doctor: { summary: "Check the board and everything around it", load: () => import("./verbs/doctor.ts") },
    backup: { summary: "Write a consistent copy of the board to a new file", load: () => import("./verbs/backup.ts") },
    export: { summary: "Write the whole board as lines of JSON", load: () => import("./verbs/export.ts") },
    import: { summary: "Fill an empty board with what export wrote", load: () => import("./verbs/import.ts") },
    completion: { summary: "Print the completion script of a shell", load: () => import("./verbs/completion.ts") },
  },
};

/** Other names that people have in their fingers. citty would load every verb to find out about them. */
export const ALIASES: Readonly<Record<string, string>> = {
  ls: "list",
  ready: "next",
  done: "complete",
  close: "complete",
  unarchive: "restore",
};

/** The whole program. */
export const PROGRAM = group("kanban", Object.assign({}, ...Object.values(GROUPS)) as VerbTable);
