/**
 * A private view of a repository: its objects and refs without its configuration.
 *
 * Git runs what a repository's configuration names: filters, monitors, transports, commands of submodules.
 * A worker may be allowed to write it, for its commits, and can change it while we look. So git is given a
 * common folder of ours in its place (`GIT_COMMON_DIR`), with links to the real objects and refs and a
 * configuration that has only those settings of the real one that say how files are stored. Where git only
 * looks, no filter runs at all; where it fills a worktree, those that the user configured for himself do,
 * so that git-lfs works.
 *
 * @module
 */
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { createFile, discard, readSmall, statOrNull } from "../../files.ts";
import type { Home } from "../../home.ts";
import { git, type GitFailure, type GitOptions, type GitResult } from "./git.ts";

/** What a view is opened on. */
export interface ViewOf {
  /** Git's folder of the worktree: its HEAD and its index. The repository itself if it has no worktree. */
  readonly gitDir: string;
  /** The common git folder. */
  readonly repository: string;
  /** The working tree, where git needs one. */
  readonly path?: string;
}

export interface View {
  run(args: readonly string[], options?: ViewOptions): Promise<GitResult>;
}

export interface ViewOptions extends Pick<GitOptions, "answers" | "bytesMax" | "input" | "settings"> {
  /** New objects are needed: they are written beside the repository and go with the view. */
  readonly writes?: boolean;
}

/** Thrown when git gives no answer that is needed; caught by the module that opened the view. */
export class GitTrouble extends Error {
  constructor(readonly failure: GitFailure) {
    super(failure.words);
  }
}

/** What git printed. Throws `GitTrouble` when it has no answer. */
export function answer(result: GitResult): string {
  if (result.kind !== "ok") throw new GitTrouble(result);
  return result.out;
}

export type Purpose = "look" | "fill";

const CONFIG_BYTES_MAX = 1024 * 1024;
/** Attributes and excludes. */
const INFO_BYTES_MAX = 1024 * 1024;
const LOOK_MS = 15_000;
/** A checkout of a large project from a slow disk. */
const FILL_MS = 600_000;
/** A view is used for seconds; an older one was left by a process that was killed. */
const LEFT_MS = 3_600_000;

const NEW_OBJECTS = "new-objects";
/** What is used of the repository as it is. */
const LINKED = ["objects", "refs", "packed-refs", "reftable", "shallow", "logs", "HEAD"];
/** Where the programs of a filter and the clones of submodules look, too. */
const LINKED_TO_FILL = [...LINKED, "lfs"];

/** Settings that say how files are stored, and what their values may look like. */
const KEPT =
  /^(core\.(repositoryformatversion|filemode|ignorecase|precomposeunicode|symlinks|autocrlf|eol|checkstat|trustctime|sparsecheckout|sparsecheckoutcone)|index\.sparse|extensions\.(objectformat|compatobjectformat|refstorage|noop))$/;
const PLAIN = /^[\w-]{0,40}$/;
/** To fetch what a partial clone or git-lfs lacks, and to find submodules whose address is relative. */
const KEPT_TO_FILL = /^(remote\.[\w./-]+\.(url|fetch|promisor|partialclonefilter)|extensions\.partialclone)$/;
const URL = /^(https?:\/\/|ssh:\/\/|git:\/\/|[\w.-]+@[\w.-]+:|\/)/;

/**
 * Opens a view, calls `fn` with it and closes it.
 *
 * @returns What `fn` returns, or why the repository cannot be read.
 */
export async function withView<T>(
  home: Home,
  of: ViewOf,
  { purpose, signal }: { purpose: Purpose; signal?: AbortSignal | undefined },
  fn: (view: View) => Promise<T>,
): Promise<T | GitFailure> {
  const place = join(home.run, "views");
  let folder: string | null = null;
  try {
    mkdirSync(place, { recursive: true, mode: 0o700 });
    if (!lstatSync(place).isDirectory()) return failed(`"${place}" must be a folder, it is a link`);
    clearLeft(place);
    folder = mkdtempSync(join(place, "git-"));
    const problem = pipeIn(of);
    if (problem !== null) return failed(problem);
    const config = await configFor(of.repository, { purpose, folder, signal });
    if (typeof config !== "string") return config;
    furnish(folder, of, { purpose, config });
    return await fn(viewIn(folder, of, { purpose, signal }));
  } finally {
    if (folder !== null) discard(folder);
  }
}

function viewIn(
  folder: string,
  { gitDir, path }: ViewOf,
  { purpose, signal }: { purpose: Purpose; signal?: AbortSignal | undefined },
): View {
  const env: Record<string, string> = { GIT_DIR: gitDir, GIT_COMMON_DIR: folder };
  if (path !== undefined) env["GIT_WORK_TREE"] = path;
  if (purpose === "look") {
    env["GIT_OPTIONAL_LOCKS"] = "0";
    // What is merged only by a replacement of an object, git would drop from the repository all the same.
    env["GIT_NO_REPLACE_OBJECTS"] = "1";
  }
  const filling = purpose === "fill";
  const beside = {
    GIT_OBJECT_DIRECTORY: join(folder, NEW_OBJECTS),
    GIT_ALTERNATE_OBJECT_DIRECTORIES: join(folder, "objects"),
  };
  return {
    run: (args, { writes = false, ...options } = {}) =>
      git(args, {
        cwd: filling && path !== undefined ? path : folder,
        env: writes ? { ...env, ...beside } : env,
        network: filling,
        deadlineMs: filling ? FILL_MS : LOOK_MS,
        signal,
        ...options,
      }),
  };
}

/** The configuration of the view, or why the real one cannot be read. */
async function configFor(
  repository: string,
  { purpose, folder, signal }: { purpose: Purpose; folder: string; signal?: AbortSignal | undefined },
): Promise<string | GitFailure> {
  let real: string;
  try {
    real = readSmall(join(repository, "config"), CONFIG_BYTES_MAX);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") return failed((error as Error).message);
    real = "";
  }
  // Outside of any repository, so that no other configuration is read.
  const env = { GIT_DIR: join(folder, "none"), GIT_CONFIG_NOSYSTEM: "1" };
  const listed = await git(["config", "--file", "-", "--no-includes", "--null", "--list"], {
    ...{ cwd: folder, env, input: real, signal },
  });
  if (listed.kind !== "ok") return listed;
  const lines = listed.out.split("\0").flatMap((entry) => {
    const end = entry.indexOf("\n");
    // A key without a value is true.
    const [key, value] = end < 0 ? [entry, "true"] : [entry.slice(0, end), entry.slice(end + 1)];
    return isKept(key, value, purpose) ? [settingLine(key, value)] : [];
  });
  return [...lines, "[core]", "\tbare = false", ""].join("\n");
}

function isKept(key: string, value: string, purpose: Purpose): boolean {
  if (KEPT.test(key)) return PLAIN.test(value);
  if (purpose === "look" || !KEPT_TO_FILL.test(key) || /[\0-\x1f]/.test(value)) return false;
  return key.endsWith(".url") ? URL.test(value) : !value.startsWith("-");
}

function settingLine(key: string, value: string): string {
  const [section, name] = [key.slice(0, key.indexOf(".")), key.slice(key.lastIndexOf(".") + 1)];
  const inner = key.slice(section.length + 1, -name.length - 1);
  const head = inner === "" ? `[${section}]` : `[${section} "${inner}"]`;
  return `${head}\n\t${name} = "${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

function furnish(folder: string, of: ViewOf, { purpose, config }: { purpose: Purpose; config: string }): void {
  createFile(join(folder, "config"), config);
  for (const name of purpose === "fill" ? LINKED_TO_FILL : LINKED) {
    const real = join(of.repository, name);
    if (lstatSync(real, { throwIfNoEntry: false }) !== undefined) symlinkSync(real, join(folder, name));
  }
  const info = join(folder, "info");
  for (const path of [info, join(folder, NEW_OBJECTS)]) mkdirSync(path, { mode: 0o700 });
  const real = (name: string) => smallOrNothing(join(of.repository, "info", name));
  createFile(join(info, "exclude"), real("exclude"));
  // Nothing is stronger than this file, and in it the last line.
  createFile(join(info, "attributes"), purpose === "fill" ? real("attributes") : `${real("attributes")}\n* -filter\n`);
}

function smallOrNothing(path: string): string {
  try {
    return readSmall(path, INFO_BYTES_MAX);
  } catch {
    return "";
  }
}

/** Git would wait for a pipe. One that comes later, or elsewhere, is found by the deadline. */
function pipeIn({ gitDir, repository }: ViewOf): string | null {
  const places = [
    join(gitDir, "HEAD"),
    join(gitDir, "index"),
    join(repository, "packed-refs"),
    join(repository, "shallow"),
  ];
  for (const path of places) {
    const stat = statOrNull(path); // Git follows links.
    if (stat !== null && !stat.isFile()) return `"${path}" is not a regular file`;
  }
  return null;
}

/** Removes what processes left that were killed while they looked. */
function clearLeft(place: string): void {
  for (const name of readdirSync(place)) {
    const stat = lstatSync(join(place, name), { throwIfNoEntry: false });
    if (stat !== undefined && Date.now() - stat.mtimeMs > LEFT_MS) discard(join(place, name));
  }
}

function failed(words: string): GitFailure {
  return { kind: "failed", words };
}
