/**
 * What an agent reached in the test of its profile: our tools, the board from its shell, a commit.
 *
 * An agent that says that all went well is not believed: each thing that it was told to do leaves a trace.
 *
 * @module
 */
import { commitsIn, hasIdentity } from "../../dispatcher/mod.ts";
import { type Board, listComments } from "../../kernel/mod.ts";

/** What was reached; null: it could not be asked for. */
export interface Checks {
  /** It called a tool of our server. */
  readonly tools: boolean | null;
  /** It called the board from its own shell. */
  readonly shell: boolean;
  /** It committed in a worktree. */
  readonly commit: boolean | null;
}

/** The comments that it is told to write: one with a tool, one from its shell. */
export const REMARK = { tool: "written with a tool", shell: "written from the shell" };
/** The subject of the commit that it is told to make. */
export const COMMIT = "a commit of a worker";

/** Looks for the traces of a worker. */
export async function checksOf(
  board: Board,
  { task, repository, offered }: { task: string; repository: string; offered: boolean },
): Promise<Checks> {
  const remarks = listComments(board, task).map(({ body }) => body.trim());
  const commits = await commitsIn(repository);
  return {
    tools: offered ? remarks.includes(REMARK.tool) : null,
    shell: remarks.includes(REMARK.shell),
    commit: commits === null ? null : commits.includes(COMMIT),
  };
}

/** What was found, a sentence each. */
export interface Findings {
  /** What a worker cannot do without. */
  readonly failures: string[];
  /** What it can do without, but a person should know. */
  readonly remarks: string[];
}

/** Says what did not work. `log` is the end of what the agent printed. */
export async function findingsOf(
  { tools, shell, commit }: Checks,
  { server, repository, log }: { server: string; repository: string; log: string },
): Promise<Findings> {
  const failures: string[] = [];
  const remarks: string[] = [];
  if (tools === false) failures.push(`no tools: it called none of the MCP server ${server}`);
  if (!shell) {
    const why = BOARD_WORDS.exec(log)?.[0] ?? '"$KANBAN_BIN" comment left no comment';
    // A sandbox that keeps its shell from the board leaves it the tools, which run outside of that.
    if (tools === true) remarks.push(`it reaches the board by its tools alone; in its shell: ${why}`);
    else failures.push(`no board in its shell: ${why}`);
  }
  if (commit === false) failures.push(`no commit in a worktree: ${await reasonOf(repository, log)}`);
  return { failures, remarks };
}

/** What our own command says in a shell that may not use the board. */
const BOARD_WORDS = /Cannot (?:write to|open|use) [^\\\n]{1,200}/;
/** Git's own words for what a sandbox or a missing name does to a commit. */
const GIT_WORDS = /(?:fatal|error): [^"\\\n]{1,200}(?:Read-only file system|Permission denied|Operation not permitted)/;

async function reasonOf(repository: string, log: string): Promise<string> {
  const said = GIT_WORDS.exec(log)?.[0];
  if (said !== undefined) return said;
  if (await hasIdentity(repository)) return "git log shows none; its log says what it tried";
  return "git has no name and address for it: git config --global user.email YOU@EXAMPLE.ORG";
}
