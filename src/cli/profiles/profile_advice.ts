/**
 * What a person can do about a profile whose test did not end well, where its error does not say it.
 *
 * @module
 */
import type { Profile } from "../../dispatcher/mod.ts";
import { presetOf, serverName } from "../../agents/mod.ts";

/** How a test ended. */
export interface TestEnd {
  readonly outcome: string | null;
  /** Where the program of the profile is, or null. */
  readonly program: string | null;
  readonly log: string;
}

/** The next step, in one line; null when the error says it or no step is known. */
export function adviceOn(profile: Profile, { outcome, program, log }: TestEnd): string | null {
  const { agent, complete_on_exit } = profile;
  const preset = presetOf(agent ?? "");
  if (/\bkanban: (?:command )?not found/.test(log)) {
    return 'a worker calls the board as "$KANBAN_BIN", wherever it was installed: "$KANBAN_BIN" complete --summary TEXT';
  }
  switch (outcome) {
    case "spawn_failed":
    case "unavailable":
      return preset !== null && program === null
        ? `install ${preset.title}; if ${preset.program} is there in your terminal, start the dispatcher from it`
        : null;
    case "timed_out":
      return `it may have waited for an answer from a terminal: start ${preset?.program ?? "it"} once in a terminal and see what it asks`;
    case "abandoned":
      if (preset !== null)
        return preset.mcp.how === "none"
          ? "it ended without kanban_complete: its log says whether it called the board from its shell"
          : `it ended without kanban_complete: its log says whether it was offered the tools of the server ${serverName(preset.mcp)}`;
      return complete_on_exit
        ? null
        : 'end with "$KANBAN_BIN" complete --summary TEXT, or add the profile with --complete-on-exit: then a clean exit completes';
    default:
      return null;
  }
}
