/**
 * Registers the board with an agent that a person uses, and takes the registration out again.
 *
 * Two things are written: our MCP server into the agent's configuration, and four marked lines into
 * its instruction file that point to `kanban prime`. What was written is remembered, character by
 * character, in the home; only that is ever taken out. Everything is judged before anything is
 * written.
 *
 * @module
 */
import type { Home } from "../home.ts";
import { KanbanError } from "../kernel/mod.ts";
import { readText, removeFile, replaceText } from "./foreign_file.ts";
import { backupsOf, recall, remember, type Remembered } from "./setup_memory.ts";
import { type Part, partsOf, type SetupTarget } from "./setup_parts.ts";
import type { SetupAgent } from "./setup_places.ts";

export interface SetupOptions extends SetupTarget {
  readonly home: Home;
}

/** One file of a setup and what is in it. */
export interface SetupFile {
  readonly path: string;
  readonly part: "server" | "instructions";
  /** `foreign`: there is an entry of this name that we did not write. */
  readonly state: "present" | "absent" | "outdated" | "foreign";
  /** What is, or would be, written. */
  readonly text: string;
}

export interface SetupChange {
  readonly path: string;
  readonly change: "added" | "updated" | "removed" | "kept";
  /** A copy of the file as it was before. */
  readonly backup: string | null;
}

/** What is set up and what is not; nothing is changed. */
export function checkSetup(agent: SetupAgent, options: SetupOptions): SetupFile[] {
  const memory = recall(options.home);
  return partsOf(agent, options).map((part) => {
    const { text, inserted } = wanted(part);
    const state = stateOf(part, readText(part.path) ?? "", memory[part.path], part.found(text)!);
    return { path: part.path, part: part.part, state, text: inserted.trim() };
  });
}

/**
 * Writes what is missing. A second call changes nothing.
 *
 * @throws {KanbanError} `refused` when a file cannot be read as what it should be, or has an entry of
 * this name that we did not write; then nothing was changed.
 */
export function applySetup(agent: SetupAgent, options: SetupOptions): SetupChange[] {
  const memory = recall(options.home);
  const plans = partsOf(agent, options).map((part) => ({ part, ...planFor(part, memory[part.path]) }));
  return plans.map(({ part, before, after, inserted, value, change }) => {
    const known = memory[part.path];
    const agents = [...new Set([...(known?.agents ?? []), agent])];
    if (change === "kept") {
      // An entry like ours that we did not write belongs to the user.
      if (known) memory[part.path] = { ...known, agents };
      remember(options.home, memory);
      return { path: part.path, change, backup: null };
    }
    const { backup, made } = replaceText(part.path, {
      before,
      after,
      backups: backupsOf(options.home),
      mode: part.mode,
    });
    const created = known?.created ?? before === null;
    memory[part.path] = { agents, inserted, value, created, folders: known?.folders ?? made };
    remember(options.home, memory);
    return { path: part.path, change, backup };
  });
}

/** Takes out what was written for this agent; what another agent's setup still needs stays. */
export function removeSetup(agent: SetupAgent, options: SetupOptions): SetupChange[] {
  const memory = recall(options.home);
  const backups = backupsOf(options.home);
  // Last written, first taken out: the folders that the first file brought along are empty then.
  const changes = partsOf(agent, options)
    .toReversed()
    .map((part): SetupChange => {
      const known = memory[part.path];
      if (!known?.agents.includes(agent)) return { path: part.path, change: "kept", backup: null };
      const agents = known.agents.filter((name) => name !== agent);
      if (agents.length > 0) memory[part.path] = { ...known, agents };
      else delete memory[part.path];
      const change = agents.length > 0 ? null : takeOut(part, known, backups);
      remember(options.home, memory);
      return change ?? { path: part.path, change: "kept", backup: null };
    });
  return changes.toReversed();
}

function takeOut(part: Part, known: Remembered, backups: string): SetupChange | null {
  const before = readText(part.path);
  if (before === null) return null;
  if (!before.includes(known.inserted) && part.found(before) !== known.value) return null; // Its owner has changed it.
  const after = cutOut(part, before, known);
  if (known.created && after.trim() === part.seed.trim()) {
    return { path: part.path, change: "removed", backup: removeFile(part.path, known.folders, backups) };
  }
  const { backup } = replaceText(part.path, { before, after, backups, mode: part.mode });
  return { path: part.path, change: "removed", backup };
}

function planFor(part: Part, known: Remembered | undefined) {
  const before = readText(part.path);
  const text = before ?? part.seed;
  const value = part.found(wanted(part).text)!;
  const state = stateOf(part, text, known, value);
  if (state === "present") return { before, after: text, inserted: "", value, change: "kept" as const };
  if (state === "foreign") {
    throw new KanbanError(
      "refused",
      `Cannot set up "${part.path}": it has an entry named kanban that kanban setup did not write`,
      "Nothing was changed. Remove that entry yourself, then try again",
    );
  }
  const cleared = state === "outdated" ? cutOut(part, text, known!) : text;
  const { text: after, inserted } = judged(part, () => part.insert(cleared));
  // The layout of a file may have no place for it: a table on one line cannot be extended.
  if (judged(part, () => part.found(after)) !== value) throw notFit(part.path, "the result could not be read back");
  return { before, after, inserted, value, change: state === "outdated" ? ("updated" as const) : ("added" as const) };
}

/**
 * The text without what was written. The span goes as it came, unless something was added right behind
 * it meanwhile: then the comma between the two belongs to it too, and only the file's own rules decide.
 */
function cutOut(part: Part, text: string, known: Remembered): string {
  const cut = text.replace(known.inserted, () => "");
  return cut !== text && isWithout(part, cut) ? cut : part.remove(text, known);
}

function isWithout(part: Part, text: string): boolean {
  try {
    return part.found(text) === null;
  } catch {
    return false;
  }
}

function stateOf(part: Part, text: string, known: Remembered | undefined, value: string): SetupFile["state"] {
  const found = judged(part, () => part.found(text === "" ? part.seed : text));
  if (found === null) return "absent";
  if (found === value) return "present";
  return known !== undefined && found === known.value ? "outdated" : "foreign";
}

/** How the part looks in a file of its own. */
function wanted(part: Part): { text: string; inserted: string } {
  return part.insert(part.seed);
}

function judged<T>(part: Part, fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    if (error instanceof KanbanError) throw error;
    throw notFit(part.path, (error as Error).message);
  }
}

function notFit(path: string, why: string): KanbanError {
  return new KanbanError("refused", `Cannot set up "${path}": ${why}`, "Nothing was changed");
}
