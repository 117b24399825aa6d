/**
 * Which test proves which promise about faults and attacks.
 *
 * A promise has an id; a test that proves it carries the id in brackets at the end of its title, such as
 * `[A3]`, `[T: zombie]` or `[S: XSS]`. The table in `stress/README.md` is made from both, and a promise
 * without a test fails the check.
 *
 * @module
 */
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");

/** What must hold, by id: first what others own, then faults of the machine, then attacks. */
export const PROMISES: Readonly<Record<string, string>> = {
  A1: "no hook, filter or monitor that a worker planted in a repository runs outside its worker",
  A2: "a worktree whose `.git` was replaced is refused before git is called in it",
  A3: "a pipe in the place of any file of ours blocks nothing",
  A4: "a file of 6 GB in the place of a small one is refused by its size",
  A5: "a home that is in disorder stops claiming, fails no task, and continues when it is mended",
  A6: "the log of a run is bounded while it runs",
  A7: "a home of another user is refused, also to root",
  A8: "a folder of the home that became a link is not emptied",
  A9: "a start that hangs ends after two minutes, frees its slot, and does not hold up the end of the daemon",
  A10: "a home that turns read-only ends no process, and work continues when it is writable again",
  A11: "readers that replay a long history do not hold up other requests",
  A12: "text that an agent reads has no hidden characters, and that of others stands inside the fence",
  A13: "the built-in skills cannot be replaced by a folder that workers may write",
  A14: "an import keeps to the limits of every other verb, and stops reading at an endless line",
  B1: "a run of another host or process namespace is never judged, only its lease",
  B2: "a worker that ignores SIGTERM ends when its grace is over, whatever else happens on the board",
  C1: "outcomes follow from exit codes, events and statuses, not from words; each kind of retry has a bound",
  C2: "last words and cost of a run are kept, and seen in `show`, in messages and by the next attempt",
  C3: "a program that is there and not executable is told as that",
  D1: "a worker may do what a worker needs, and more only where its profile says so",
  D2: "a worker that hides its environment stays a worker",
  D3: "one fence for the CLI and the tools: the run must be the open one of the task",
  D4: "text of tasks never reaches a shell, an interpreter or a remote command line",
  D5: "what an agent is allowed to do is said where it is added and shown",
  D6: "wrong sign-in codes of others never lock out the right one",
  E1: "what a worker reads keeps to one budget, spent by worth; each cut names the call for the rest",
  E2: "a worker's context says nothing twice",
  E3: "a worker's context names the folders and branches of the parents",
  F3: "a task for a profile that does not exist is told at its creation, on its card, and to a chat",
  F4: "a ready task says what it waits for, wherever it is shown",
  F8: "the same question three times without a person between leads to triage",
  G1: "an archived task can be restored to what it was",
  J1: "worktrees of the user, also absent ones, are never pruned",
  J2: "git 2.30 is enough; no git, an older one and another owner are told in true words",
  J3: "twelve worktree tasks of one repository start at once",
  J4: "ignored files that a worker wrote are content, and are not removed",
  J5: "git's own reason is told, not the last line of its advice",
  J6: "a repository that was moved is told as such, with the way to repair it",
  J7: "submodules: the right place, filled, and gc promises what it does",
  J8: "a branch named like our prefix does not stop worktree tasks",
  J9: "two tasks that share a worktree do not run in it at once",
  J10: "a worktree beside the repository that it was asked for in works",
  J11: "the branch of a task never tracks another one",
  J12: "a branch that was squashed into its base counts as merged",
  K1: "output and CPU time are signs of life, and silence twice in a row is a failure",
  K2: "a dispatcher that does not answer is told by those who look",
  K3: "an inherited `nohup` is respected",
  K4: "`~` in KANBAN_HOME is the home folder, a relative one is refused",
  L1: "what an act names is what changes: a card, or the selection that it is in",
  L2: "a form that is sent twice, or whose answer was lost, is done once",
  L3: "typed text is cleared when it is sent, restored when that failed, and never wiped",
  L4: "an edit does not write over another one: both texts are shown, and the replaced one is kept",
  L5: "Stop ends the worker and holds its task",
  L6: "the tabs of a browser share one stream, and hidden ones have none",
  L7: "a link that dies in silence is noticed",
  L8: "an act on many tasks is counted, and hard to do by accident",
  L9: "the board works from another machine, through tunnels and proxies, and for no other page",
  L10: "tasks of people and of no one are no trouble",
  L11: "a person acts under a name, and sees the tasks of that name",
  L12: "low and zoomed screens show everything",
  L13: "a card opens at once, and Escape ends its loading",
  L14: "what fails behind a dialog is told above it",
  L15: "nothing jumps while a page arrives, and Back brings it as it was left",
  L16: "dependencies are drawn as whole chains",
  L17: "figures are true on any board",
  L18: "the drawer shows first what the status asks for",
  L19: "a board with one task uses the room",
  L20: "cards say what they wait for in plain words",
  L21: "the keyboard works in any layout, with few stops",
  L22: "a change of one child of thousands sends that child",
  L23: "a key that follows Escape acts",
  N1: "Codex can commit, in a worktree and in place",
  N2: "no agent starts without our tools because the server took a second",
  N3: "a worker that completed its task has a minute to say what it used",
  N4: "a project's own entry `kanban` does not disarm a worker, and ours names no path of one machine",
  N5: "a user's or project's rule to ask a person does not disarm opencode",
  N6: "the last words of an abandoned run are kept",
  N7: "limits and outages count against no task, in whatever form each agent tells them",
  N8: "no agent hides our tools from its model",
  N9: "a run that was ended says what its agent was retrying, and whether that ever asked for our tools",
  N10: "usage, cost and reasons are those of the whole session; each agent gets what it needs to run alone",
  N11: "the variables of certificates and accounts reach the worker",
  N12: "`profile test` commits in a worktree, and `log` shows an agent's events as text",
  "T: dispatcher killed at any write": "everything acknowledged is there, nothing is half there",
  "T: killed between starting a worker and recording it": "the worker is found again by its run id",
  "T: worker kill -9, exit 0 in silence, exit code": "crashed, abandoned, crashed with the code; back-off; breaker",
  "T: zombie": "a zombie is dead",
  "T: worker stopped past its lease": "it is ended, then reclaimed; its late completion is refused",
  "T: process that cannot be killed": "its task stays claimed, it is reported, there is no second worker",
  "T: pid reused, reboot, hostname changed": "no signal unless pid, start time and boot match",
  "T: dispatcher restarted while workers live": "they are adopted, no attempt fails, exit codes are known",
  "T: two dispatchers": "the second names the first and ends",
  "T: clock ±1 h, ±10 years": "no mass reclaim, displays stay within bounds",
  "T: suspend and resume": "one lease of grace",
  "T: disk full, I/O error": "no partial rows, claiming stops and recovers",
  "T: read-only file or folder": "a clear message",
  "T: corrupt or foreign file": "refused, nothing deleted or made anew, the steps of a restore printed",
  "T: database or WAL replaced under us": "writing stops, exit 70",
  "T: reader that never ends": "told by doctor and the log",
  "T: network file system": "refused without a flag",
  "T: 32 writers": "no lost update",
  "T: log file or workspace removed during a run": "the viewer says so, the run continues or fails with the reason",
  "T: SIGTERM ignored": "the group is killed, processes that left it are found by their environment",
  "T: endless or binary output": "to the file, rotated, the task unaffected",
  "T: slow or dead stream client": "dropped, resumes by id, other requests unchanged",
  "T: browser offline, server restarted": "resumes, without a card twice",
  "T: newer schema": "refused",
  "T: twenty first starts": "one migration, none fails",
  "T: fork bomb by tasks": "bounded by max_workers and by depth",
  "T: one bad subscription": "the others are unaffected, tries are bounded, there is a record",
  "S: DNS rebinding": "only known hosts are answered",
  "S: requests from other pages": "no cookie request of another origin changes anything",
  "S: access": "every route without credentials is refused, but those of the login",
  "S: non-loopback bind": "only with --host and --allow-host",
  "S: XSS": "no text of a field is run by a browser",
  "S: htmx and SSE injection": "no text of a field becomes an instruction to the page",
  "S: terminal escapes": "no stored control character reaches a terminal",
  "S: path traversal": "no id or name leads out of the home",
  "S: gc deleting too much": "only strict children of our own root that we made, no link followed",
  "S: environment leakage": "a worker gets the allowed variables and its profile's own",
  "S: workers overreaching": "a worker acts on its own task under its own run, signed by us",
  "S: prompt injection": "texts of others are fenced as data, with an author, without control characters",
  "S: command injection": "titles are never words of a shell or flags of a program",
  "S: file modes": "0700 and 0600; a home that others may write is refused",
  "S: resources": "requests, fields, streams and sign-ins are limited",
};

/** A test, or a named scenario of the stress suites. */
export interface Proof {
  file: string;
  title: string;
}

const TAG = /\[((?:[A-Z]\d+)|(?:[TS]: [^\]"'`]+))\]/g;
const TITLE =
  /"((?:[^"\\\n]|\\.)*\[(?:[A-Z]\d+|[TS]: [^\]]+)\])"|'([^'\n]*\[(?:[A-Z]\d+|[TS]: [^\]]+)\])'|`([^`]*\[(?:[A-Z]\d+|[TS]: [^\]]+)\])`/g;

/** The proofs of every promise, and tags that name none. */
export async function proofs(): Promise<{ of: Map<string, Proof[]>; unknown: string[] }> {
  const of = new Map<string, Proof[]>(Object.keys(PROMISES).map((id) => [id, []]));
  const unknown: string[] = [];
  const tests = [...new Bun.Glob("{src,views}/**/*.test.{ts,tsx}").scanSync(ROOT)];
  const scenarios = [...new Bun.Glob("stress/**/*.ts").scanSync(ROOT)];
  for (const file of [...tests, ...scenarios].sort()) {
    const source = await Bun.file(join(ROOT, file)).text();
    for (const [, double, single, template] of source.matchAll(TITLE)) {
      const text = (double ?? single ?? template)!;
      const title = text.replace(/(?:\s*\[[^\]]+\])+$/, "");
      for (const [, tag] of text.matchAll(TAG)) {
        const id = idOf(tag!);
        if (id === undefined) unknown.push(`${file}: [${tag}]`);
        else of.get(id)!.push({ file, title });
      }
    }
  }
  return { of, unknown };
}

/** A tag may name a promise by its first words, and may say more than they do. */
function idOf(tag: string): string | undefined {
  const ids = Object.keys(PROMISES);
  const begins = (text: string, beginning: string) => text.toLowerCase().startsWith(beginning.toLowerCase());
  return ids.find((id) => id === tag) ?? ids.find((id) => id.includes(":") && (begins(id, tag) || begins(tag, id)));
}
