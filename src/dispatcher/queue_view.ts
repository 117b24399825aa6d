/**
 * What the queue of a board depends on and the board does not know: which profiles there are and how often each
 * may run, and whether a dispatcher starts them. The one place where the kernel's answer to "what does it wait
 * for" gets this from.
 *
 * This file is a second door of its layer, beside `mod.ts`: `kanban show` and `kanban list` ask here, and what
 * the layer loads to read profiles and settings takes longer than either. It is loaded when a limit decides.
 *
 * @module
 */
import type { Home } from "../home.ts";
import type { Board, ProfileLimits, QueueView, Roster } from "../kernel/mod.ts";
import { namedPeople } from "../people.ts";
import type { Agents } from "./start/plan.ts";
import type { ProfileList } from "./start/profile.ts";
import { profileNames } from "./start/profile_names.ts";
import { dispatcherStatus } from "./status.ts";

/** The presets that `agent:` profiles need, for those who have not loaded them. */
type AgentsLater = () => Agents | undefined;

/** Which names are profiles' and which are people's. */
export function rosterOf(home: Home): Roster {
  return { names: new Set(profileNames(home)), people: namedPeople(home) };
}

/**
 * Reads the queue's environment repeatedly: profiles are read again only when a file of theirs
 * changed.
 */
export function watchQueue(home: Home, agents: AgentsLater): (board: Board) => QueueView {
  let watch: (() => ProfileList) | undefined;
  const profiles = () => (watch ??= loadProfiles().watchProfiles(home, agents()))();
  return (board) => {
    let list: ProfileList | undefined; // One read of the files serves all profiles.
    return {
      ...dispatching(home, board),
      ...rosterOf(home),
      limits: (name) => limitsIn((list ??= profiles()), name),
    };
  };
}

function limitsIn({ profiles, problems }: ProfileList, name: string): ProfileLimits | string {
  const found = profiles.find((profile) => profile.name === name);
  return found ?? problems.find((problem) => problem.name === name)?.error ?? "it is gone";
}

function loadProfiles() {
  return require("./start/profile.ts") as typeof import("./start/profile.ts");
}

function dispatching(home: Home, board: Board): Pick<QueueView, "dispatcher" | "maxWorkers" | "trouble" | "only"> {
  const status = dispatcherStatus(home, { board });
  // Without one nothing waits for a slot.
  if (!status.running) return { dispatcher: "none", maxWorkers: null, trouble: null, only: null };
  const { answers, max_workers, trouble, draining, assignees } = status;
  return {
    dispatcher: answers ? "running" : "silent",
    maxWorkers: max_workers || null,
    trouble: trouble ?? (draining ? "it starts no more tasks and ends soon" : null),
    only: assignees === null ? null : new Set(assignees),
  };
}
