/**
 * Tasks as they are created: whose they are, where they are worked on, what they are called.
 *
 * @module
 */
import type { Random } from "../random.ts";
import type { Fate } from "./plans.ts";
import { newTask, type Row } from "./rows.ts";
import { bodyOf, PEOPLE, PROFILES, RARE, TENANTS, titleOf } from "./words.ts";

/** A task that is not yet anywhere. */
export function draftOf(random: Random, key: number, fate: Fate, at: number): Row {
  return newTask({
    key,
    id: idOf(key),
    title: titleOf(random, key),
    body: bodyOf(random),
    assignee: assigneeOf(random),
    priority: random.percent(60) ? 0 : random.below(5),
    tenant: random.percent(25) ? random.pick(TENANTS) : null,
    created_by: random.percent(80) ? random.pick(PEOPLE) : random.pick(PROFILES),
    created_at: at,
    max_runtime_seconds: random.percent(5) ? 600 : null,
    skills: random.percent(8) ? '["kanban-worker","sql.style"]' : "[]",
    review: fate === "review" || random.percent(5) ? 1 : 0,
    idempotency_key: random.percent(5)
      ? `nightly 夜 ${key}`
      : fate.startsWith("archived") && random.percent(5)
        ? "nightly"
        : null,
    workflow_template_id: random.percent(1) ? "flow/release" : null,
    current_step_key: random.percent(1) ? "build" : null,
    ...workspaceOf(random, key),
  });
}

function assigneeOf(random: Random): string | null {
  if (random.below(1_000) === 0) return random.pick(RARE);
  return random.percent(75) ? random.pick(PROFILES) : random.percent(60) ? random.pick(PEOPLE) : null;
}

function workspaceOf(random: Random, key: number): Row {
  const roll = random.below(100);
  if (roll < 6) return { workspace_kind: "worktree", workspace_path: `/srv/größe/app/.worktrees/${idOf(key)}` };
  if (roll < 10)
    return { workspace_kind: "dir", workspace_path: roll < 7 ? "relative/by mistake" : `/srv/shared ${roll}` };
  return { workspace_kind: "scratch", workspace_path: null };
}

/** The id of a key: a permutation of all ids, so that none comes twice; the first and the last id are always there. */
export function idOf(key: number): string {
  if (key === 1) return "t_00000000";
  if (key === 2) return "t_ffffffff";
  const mixed = mix(key + 10);
  const safe = mixed === 0 ? mix(1) : mixed === 0xffff_ffff ? mix(2) : mixed;
  return `t_${safe.toString(16).padStart(8, "0")}`;
}

/** Each step can be undone, so two keys never meet. */
function mix(key: number): number {
  let mixed = Math.imul(key, 0x9e3779b1) >>> 0;
  mixed = (mixed ^ (mixed >>> 15)) >>> 0;
  mixed = Math.imul(mixed, 0x85ebca6b) >>> 0;
  return (mixed ^ (mixed >>> 13)) >>> 0;
}
