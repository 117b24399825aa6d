/** @jsxImportSource hono/jsx */
/**
 * What a task comes after and before, as chips to follow and to cut, with a picker to add more.
 *
 * @module
 */
import type { Relative } from "../../src/kernel/mod.ts";
import type { DrawerView } from "./drawer.tsx";
import { markup } from "../parts/html.ts";
import { Icon, StatusMark } from "../parts/icons.tsx";

export type As = "parent" | "child";

/** How many parents and children the drawer shows at once; it is sent again whenever one of them changes. */
export const RELATIVES_SHOWN = 20;

export function DepsSection({ view }: { view: DrawerView }) {
  const { task, parents, children, totals } = view.page;
  const none = totals.parents + totals.children === 0;
  return (
    <section class={none ? "sect unset" : "sect"} id="d-deps">
      {markup(headOf(view))}
      <Group id={task.id} as="parent" tasks={parents} total={totals.parents} stuck={view.never_released} />
      <Group
        id={task.id}
        as="child"
        label={totals.parents > 0 ? "then starts" : undefined}
        tasks={children}
        total={totals.children}
        stuck={[]}
      />
      {view.never_released.length > 0 && (
        <p class="late">
          Archived before it was finished, so it never releases this task:{" "}
          <span class="mono">{view.never_released.join(", ")}</span>. Unlink it.
        </p>
      )}
      <p class="error" id="error-link" role="alert" hx-morph-skip />
    </section>
  );
}

/**
 * What of the section changes with a relative: the head, and the chip of each by the id of its element. Each is an
 * update of its own, so that a task with thousands of children is not sent twenty chips for each that changes.
 */
export function relativeParts(view: DrawerView): Map<string, string> {
  const { task, parents, children } = view.page;
  return new Map([
    ["d-deps-head", headOf(view)],
    ...chipParts(task.id, "parent", parents, view.never_released),
    ...chipParts(task.id, "child", children, []),
  ]);
}

/** The chips of some relatives by the ids of their elements. */
export function chipParts(id: string, as: As, tasks: readonly Relative[], stuck: readonly string[]) {
  return tasks.map((task): [string, string] => [
    chipId(as, task.id),
    String(<Chip id={id} as={as} task={task} stuck={stuck.includes(task.id)} />),
  ]);
}

/** What the chips below are: the tasks it waits for, or only those that wait for it. */
function headOf({ page: { task, totals } }: DrawerView): string {
  const { parents, unfinished_parents: open, children } = totals;
  return String(
    <h3 id="d-deps-head">
      {parents > 0 ? "Waits for" : children > 0 ? "Then starts" : "Dependencies"}
      {parents > 0 ? (
        <span class="num">
          {parents - open}/{parents} finished
        </span>
      ) : (
        children > 0 && <span class="num">{children}</span>
      )}
      <span class="grow" />
      {parents + children > 0 && (
        <a class="btn ghost" href={`/deps?id=${task.id}`}>
          <Icon name="graph" small />
          Graph
        </a>
      )}
    </h3>,
  );
}

const chipId = (as: As, id: string) => `d-${as}-${id}`;

interface GroupProps {
  id: string;
  as: As;
  /** Where the head of the section does not say it. */
  label?: string | undefined;
  tasks: Relative[];
  total: number;
  stuck: string[];
}

/** A group without a task is reached by "+ Add" among the properties, which opens its picker. */
function Group({ id, as, label, tasks, total, stuck }: GroupProps) {
  return (
    <div class={total === 0 ? "deps unset" : "deps"}>
      {label && <span class="faint">{label}</span>}
      <Relatives id={id} as={as} tasks={tasks} from={0} total={total} stuck={stuck} />
      <details class="pick-task" id={`d-pick-${as}`} data-add={as === "parent" ? "Waits for…" : "Then starts…"}>
        <summary class="chip add" title={as === "parent" ? "Add a task it waits for" : "Add a task that waits for it"}>
          <span>
            <Icon name="plus" small />
            Add
          </span>
        </summary>
        <div class="pick-box">
          <input
            type="search"
            name="q"
            autocomplete="off"
            aria-label={as === "parent" ? "Find a task this one waits for" : "Find a task that waits for this one"}
            placeholder="Find by title or id"
            hx-get={`/pick?task=${id}&as=${as}`}
            hx-trigger="input changed delay:150ms, focus"
            hx-target={`#picks-${as}`}
          />
          <ul class="picks" id={`picks-${as}`} hx-morph-skip />
        </div>
      </details>
    </div>
  );
}

export interface RelativesProps {
  id: string;
  as: As;
  tasks: Relative[];
  /** How many come before these. */
  from: number;
  total: number;
  stuck: string[];
}

/** Some of the parents or children, and a button that is replaced by the next of them. */
export function Relatives({ id, as, tasks, from, total, stuck }: RelativesProps) {
  const shown = from + tasks.length;
  return (
    <>
      {tasks.map((task) => (
        <Chip id={id} as={as} task={task} stuck={stuck.includes(task.id)} />
      ))}
      {tasks.length > 0 && shown < total && (
        <button
          class="chip more"
          type="button"
          hx-get={`/t/${id}/relatives?as=${as}&from=${shown}&after=${tasks.at(-1)!.id}`}
          hx-target="this"
          hx-swap="outerHTML"
        >
          +{total - shown} more
        </button>
      )}
    </>
  );
}

function Chip({ id, as, task, stuck }: { id: string; as: As; task: Relative; stuck: boolean }) {
  return (
    <span class={stuck ? "chip stuck" : "chip"} id={chipId(as, task.id)}>
      <a href={`/t/${task.id}`} data-open={task.id} title={task.id}>
        <StatusMark status={task.status} label />
        <span class="ell">{task.title}</span>
      </a>
      <form method="post" action={`/t/${id}/unlink`} hx-post={`/t/${id}/unlink`} hx-swap="none">
        <input type="hidden" name={as} value={task.id} />
        <button aria-label={`Unlink ${task.title}`} title="Unlink">
          <Icon name="x" small />
        </button>
      </form>
    </span>
  );
}
