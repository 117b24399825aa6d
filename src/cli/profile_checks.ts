/**
 * What an agent reached in the test of its profile: our tools, the board from its shell, a commit.
 *
 * An agent that says that all went well is not believed: each thing that it was told to do leaves a trace.
 *
 * @module
 */
import { commitsIn, hasIdentity } from "../dispatcher/mod.ts";
import { type Board, listComments } from "../kernel/mod.ts";

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

/** What did not work, a sentence each. `log` is the end of what the agent printed. */
export async function failuresOf(
  { tools, shell, commit }: Checks,
  { server, repository, log }: { server: string; repository: string; log: string },
): Promise<string[]> {
  const failures: string[] = [];
  if (tools === false) failures.push(`no tools: it called none of the MCP server ${server}`);
  if (!shell) failures.push('no board in its shell: "$KANBAN_BIN" comment left no comment');
  if (commit === false) failures.push(`no commit in a worktree: ${await reasonOf(repository, log)}`);
  return failures;
}

/** Git's own words for what a sandbox or a missing name does to a commit. */
const GIT_WORDS = /(?:fatal|error): [^"\\\n]{1,200}(?:Read-only file system|Permission denied|Operation not permitted)/;

async function reasonOf(repository: string, log: string): Promise<string> {
  const said = GIT_WORDS.exec(log)?.[0];
  if (said !== undefined) return said;
  if (await hasIdentity(repository)) return "git log shows none; its log says what it tried";
  return "git has no name and address for it: git config --global user.email YOU@EXAMPLE.ORG";
}
