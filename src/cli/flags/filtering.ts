/**
 * The flags that narrow a list, and the filter that they make. A flag that is repeated means any of its values.
 *
 * @module
 */
import { parsePriority } from "../../kernel/input.ts";
import type { Chosen, FilterQuery } from "../../kernel/reads/filter_query.ts";
import { STATUSES } from "../../kernel/schema.ts";
import { parsePast } from "../../kernel/time_input.ts";
import { type Arg, choices, list, projects, text, toggle, type Values } from "../args.ts";

/** Priorities, repeated or with commas. */
function priorities(description: string): Arg<number[]> {
  const read = (raw: readonly string[], name: string) =>
    raw.flatMap((typed) => typed.split(",")).map((typed) => parsePriority(typed, name));
  return { ...list(description, { hint: "P" }), read };
}

/** A duration ago or a date, kept as it is typed. */
function past(description: string): Arg<string | undefined> {
  const read = (raw: readonly string[], name: string) => {
    const typed = raw.at(-1);
    if (typed !== undefined) parsePast(typed, Date.now(), name);
    return typed;
  };
  return { ...text(description, { hint: "WHEN" }), read };
}

export const FILTER_ARGS = {
  mine: toggle("Only mine: those of my profile, else of my login name"),
  assignee: list("Only of this assignee, or any of several; none for unassigned ones", { hint: "NAME", short: "a" }),
  notAssignee: list("Not of this assignee", { hint: "NAME" }),
  status: choices(STATUSES, "Only in this status; repeat it or use commas", { hint: "STATUS", short: "s" }),
  notStatus: choices(STATUSES, "Not in this status", { hint: "STATUS" }),
  project: projects("Only of this project, or any of several; none for those without one"),
  notProject: list("Not of this project", { hint: "NAME" }),
  creator: list("Only created by this name", { hint: "NAME" }),
  notCreator: list("Not created by this name", { hint: "NAME" }),
  priority: priorities("Only of this priority, or any of several"),
  createdAfter: past("Only created since then: 7d for a week ago, or a date"),
  createdBefore: past("Only created before then"),
  updatedAfter: past("Only changed since then"),
  updatedBefore: past("Only unchanged since then"),
  failed: toggle("Only those of which a run has failed"),
  archived: toggle("Archived ones too"),
  search: text("Only with this text in id, title, body, assignee, project or newest summary"),
};

/** What the flags say, as it is kept in a saved view; `me` is whose `--mine` are. */
export function filterIn(args: Values<typeof FILTER_ARGS>, me: string): FilterQuery {
  const names = (values: readonly string[]) => values.map((name) => (name === "none" ? "" : name));
  const chosen = (any: readonly string[], none: readonly string[]): Chosen => ({ any: names(any), none: names(none) });
  return {
    q: args.search ?? "",
    assignee: chosen(args.mine ? [me] : args.assignee, args.notAssignee),
    tenant: chosen(args.project, args.notProject),
    creator: chosen(args.creator, args.notCreator),
    status: { any: args.status, none: args.notStatus },
    priority: { any: args.priority, none: [] },
    created_after: args.createdAfter ?? "",
    created_before: args.createdBefore ?? "",
    updated_after: args.updatedAfter ?? "",
    updated_before: args.updatedBefore ?? "",
    failed: args.failed ? true : null,
    hide_blocked: false,
    archived: args.archived,
  };
}
