/**
 * Workers as other people write them: shell scripts that know nothing but their environment.
 *
 * Each begins by looking whether an earlier worker of its task is still alive (it left its process id
 * in the workspace), and writes into a ledger what it did. The suite compares the ledger with the board.
 *
 * @module
 */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Place, writeProfile } from "../program.ts";

/**
 * What every worker does first. An earlier worker counts as alive if its process still has this task
 * in its environment: a dead one has none, and a stranger with the same process id has another.
 */
const PREAMBLE = `#!/bin/sh
ledger() { printf '%s %s %s %s\\n' "$1" "$KANBAN_TASK" "$KANBAN_RUN" "$$" >>"$LEDGER"; }
if [ -f pid ] && tr '\\0' '\\n' 2>/dev/null <"/proc/$(cat pid)/environ" | grep -qx "KANBAN_TASK=$KANBAN_TASK"; then
  ledger overlap
fi
echo $$ >pid
ledger start
echo "worker of $KANBAN_TASK under run $KANBAN_RUN"
echo "and a line on stderr" >&2
`;

/** Scripts by profile. */
const SCRIPTS = {
  /** Reports through the CLI. */
  shell: `
"$KANBAN_BIN" heartbeat --note "still here" >/dev/null || ledger refused
sleep 0.2
"$KANBAN_BIN" complete --summary "run $KANBAN_RUN" --metadata "{\\"run\\": $KANBAN_RUN}" >/dev/null && ledger completed || ledger refused
`,
  /** Reports through the tools. */
  tools: `
"$KANBAN_BIN" tool kanban_show '{}' >show.json || ledger refused
"$KANBAN_BIN" tool kanban_heartbeat '{"note": "tooling"}' >/dev/null || ledger refused
"$KANBAN_BIN" tool kanban_complete "{\\"summary\\": \\"run $KANBAN_RUN\\", \\"metadata\\": {\\"run\\": $KANBAN_RUN}}" >/dev/null && ledger completed || ledger refused
`,
  /** Works long enough to be killed, or to outlive its dispatcher. */
  slow: `
sleep 2.5
"$KANBAN_BIN" complete --summary "run $KANBAN_RUN" --metadata "{\\"run\\": $KANBAN_RUN}" >/dev/null && ledger completed || ledger refused
`,
  crasher: `echo "about to fail" >&2; exit 3`,
  silent: `echo "leaving without a word"; exit 0`,
  throttled: `exit 75`,
  /** Ignores the polite request to end. */
  stubborn: `
trap '' TERM
while :; do sleep 0.1; done
`,
  /** The same without a time limit. */
  deaf: `
trap '' TERM
while :; do sleep 0.1; done
`,
  /** Leaves a child behind that has left its process group. */
  parent: `
setsid sleep 60 </dev/null >/dev/null 2>&1 &
"$KANBAN_BIN" complete --summary "run $KANBAN_RUN" >/dev/null && ledger completed
`,
  /** A task that asks a person. */
  asker: `"$KANBAN_BIN" block "which one?" >/dev/null && ledger blocked || ledger refused`,
  sleeper: `sleep 600`,
  /** Ends while no dispatcher may be there to see it. */
  latecrash: `sleep 1; exit 7`,
} as const;
export type Worker = keyof typeof SCRIPTS;

/** Writes the workers and their profiles into a home. Returns the path of the ledger. */
export function writeWorkers(place: Place, dir: string): string {
  const ledger = join(dir, "ledger");
  writeFileSync(ledger, "");
  mkdirSync(join(dir, "workers"), { recursive: true });
  for (const [name, script] of Object.entries(SCRIPTS)) {
    const path = join(dir, "workers", name);
    writeFileSync(path, PREAMBLE + script);
    chmodSync(path, 0o700);
    writeProfile(place, name, {
      command: [path],
      env: { LEDGER: ledger },
      ...(name === "stubborn" ? { max_runtime: "1s" } : {}),
    });
  }
  return ledger;
}

export interface Entry {
  what: string;
  task: string;
  run: number;
  pid: number;
}

/** What the workers wrote, in order. */
export function readLedger(path: string): Entry[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [what, task, run, pid] = line.split(" ");
      return { what: what!, task: task!, run: Number(run), pid: Number(pid) };
    });
}
