/**
 * How a profile's worker is started, as far as that can be said before there is a task, and what it may do.
 *
 * @module
 */
import type { Profile } from "../../dispatcher/mod.ts";
import { commandLine, presetOf } from "../../agents/mod.ts";

/** A profile's start: its real command, and what an agent may do with it. */
export interface ProfileStart {
  /** What differs from run to run is named in braces; null where the agent is not known. */
  readonly argv: readonly string[] | null;
  /** One sentence about an agent that is known; null for any other program. */
  readonly permissions: string | null;
  /** The version that the agent's flags and output were tried with; null: only read about, or no agent. */
  readonly tried: string | null;
}

/** Says how the workers of a profile are started. */
export function startOf(profile: Profile): ProfileStart {
  if (profile.command !== null) return { argv: profile.command, permissions: null, tried: null };
  const { tried } = presetOf(profile.agent ?? "") ?? { tried: null };
  return { argv: commandLine(profile), permissions: permissionsOf(profile), tried };
}

/** What an agent may do without asking; the profile's own arguments come after those of the preset. */
function permissionsOf({ agent, args }: Profile): string | null {
  const preset = presetOf(agent ?? "");
  if (preset === null) return null;
  const { by, may } = preset.permissions;
  const flags = by.length === 0 ? "no flag about permissions" : by.join(" ");
  const own = args.findIndex((arg) => by[0] !== undefined && (arg === by[0] || arg.startsWith(`${by[0]}=`)));
  const unless = own === -1 ? "" : `, unless it lets this profile's ${args.slice(own, own + 2).join(" ")} win`;
  return `${preset.program} starts with ${flags}: ${may}${unless}`;
}
