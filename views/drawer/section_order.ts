/**
 * In which order the parts of a drawer follow one another: what a person wants to know first depends on the
 * status of the task.
 *
 * Before a run that is what is to be done, while it runs its output, in review the evidence, when it is blocked
 * the question (which is part of the actions), and when it is done the result. The rest follows in one order
 * for all, so that a part is found again after a change of status.
 *
 * @module
 */
import type { Status } from "../../src/kernel/mod.ts";

/** The ids of the parts that every drawer begins with. */
const HEAD = ["d-base", "d-edit-title", "d-props", "d-trouble", "d-actions"] as const;

/** The ids of the sections below, in the order that holds where a status does not say otherwise. */
const SECTIONS = [
  "d-description",
  "d-deps",
  "d-comments",
  "d-next",
  "d-result",
  "d-evidence",
  "d-found",
  "d-runs",
  "d-log",
  "d-events",
] as const;

/** What comes first below the head. */
const FIRST: Record<Status, readonly (typeof SECTIONS)[number][]> = {
  triage: [],
  todo: [],
  ready: [],
  running: ["d-log"],
  review: ["d-evidence", "d-result"],
  blocked: ["d-found"],
  done: ["d-result", "d-evidence"],
  archived: ["d-result", "d-evidence"],
};

/** The id of a part of a drawer. */
export type PartId = (typeof HEAD)[number] | (typeof SECTIONS)[number];

/** All parts in their order; a part with nothing to show is left out by the drawer. */
export function partOrder(status: Status): readonly PartId[] {
  const first = FIRST[status];
  return [...HEAD, ...first, ...SECTIONS.filter((id) => !first.includes(id))];
}
