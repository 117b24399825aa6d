/**
 * A day in a minute: sixty tasks on four profiles and two accounts, while a limit, an outage, a dead key and a
 * missing program come and go; what was paid, what waited, what was told.
 *
 * The dispatcher, the notifier, the presets and the worker processes are the real ones. Each worker asks a provider
 * that breaks by the clock of the day, and prints what the real agent printed in that case.
 *
 * @module
 */
import { type Event, getTask, listRuns } from "../src/kernel/mod.ts";
import { EPOCH } from "../src/testing/mod.ts";
import { type Held, judgementOf, type Phase, PHASES, type Seen } from "./day/phases.ts";
import { type Act, HOUR_MS, NAMES, type ProfileName, Stage, type Told } from "./day/stage.ts";
import type { Suite } from "./harness.ts";
import { columns } from "./report.ts";

/** Tasks of a profile in a phase. */
const TASKS = { full: 3, brief: 1 };
/** Under so many seconds there is no time for all. */
const BRIEF_SECONDS = 20;
const DAY_MS = 24 * HOUR_MS;
const AGAINST_TASKS = ["blocked", "gave_up", "crashed", "abandoned", "timed_out", "spawn_failed", "reclaimed"];

interface Given {
  readonly id: string;
  readonly profile: ProfileName;
}

export const day: Suite = {
  name: "day",
  about: "a day in a minute: 60 tasks, 2 accounts; a limit, an outage, a dead key, a missing program in turn",
  async run({ seconds, dir, say }) {
    const each = seconds !== null && seconds < BRIEF_SECONDS ? TASKS.brief : TASKS.full;
    const stage = new Stage(dir);
    try {
      const given = new Map<Phase, Given[]>(PHASES.map((phase) => [phase, []]));
      const acts = PHASES.flatMap((phase) => actsOf(stage, phase, { each, given: given.get(phase)!, say }));
      await stage.play(acts, EPOCH + DAY_MS);
      const told = await stage.told();
      const hour = (at: number) => stage.hour(at);
      const seen = PHASES.map((phase) => [phase, seenIn(stage, phase, given.get(phase)!, told)] as const);
      const runs = seen.reduce((sum, [, { runs }]) => sum + runs.length, 0);
      const tasks = [...given.values()].flat().length;
      return {
        violations: [
          ...seen.flatMap(([phase, found]) => judgementOf(phase, found, hour)),
          ...lost(tasks, told),
          ...stage.t.warnings.filter((line) => !/^cannot start task/.test(line)).map((line) => `a warning: ${line}`),
        ],
        did: `24 hours, ${tasks} tasks in ${runs} runs, ${told.length} messages`,
        numbers: { tasks, runs, messages: told.length },
        details: table(seen, hour),
      };
    } finally {
      await stage.close();
    }
  },
};

/** What a phase does, and at what time. */
function actsOf(
  stage: Stage,
  phase: Phase,
  { each, given, say }: { each: number; given: Given[]; say: (line: string) => void },
): Act[] {
  const at = (hour: number) => EPOCH + hour * HOUR_MS;
  const tasks = Array.from({ length: each * NAMES.length }, (_, i): Act => {
    const profile = NAMES[i % NAMES.length]!;
    return {
      at: at(phase.from + (i * phase.every) / 60),
      do: () => given.push({ profile, id: stage.create(profile, `${phase.name}, task ${i + 1}`) }),
    };
  });
  const begin = () => {
    say(`${clockTime(phase.from)}: ${phase.name}`);
    phase.break(stage);
  };
  return [{ at: at(phase.from), do: begin }, ...tasks, { at: at(phase.mended), do: () => phase.mend(stage) }];
}

function seenIn(stage: Stage, phase: Phase, given: readonly Given[], told: readonly Told[]): Seen {
  const { board } = stage.t;
  const ids = new Set(given.map(({ id }) => id));
  const events = stage.events().filter(({ task_id }) => task_id !== null && ids.has(task_id));
  const waited = new Map<string, Set<string>>();
  for (const id of ids) {
    for (const kind of stage.waited.get(id) ?? []) waited.set(kind, (waited.get(kind) ?? new Set()).add(id));
  }
  const isDone = (id: string) => {
    const { status, completed_at } = getTask(board, id);
    return status === "done" && stage.hour(completed_at!) <= phase.end ? "done" : "late";
  };
  return {
    tasks: given.map(({ id, profile }) => ({ id, profile, status: isDone(id) })),
    runs: given.flatMap(({ id }) => listRuns(board, id)),
    waited,
    failures: events.filter(({ kind }) => AGAINST_TASKS.includes(kind)).map(({ kind }) => kind),
    holds: holdsIn(events),
    told: told.filter(({ kind, task }) => kind !== "completed" && ids.has(task)),
  };
}

type EventOf<K extends Event["kind"]> = Extract<Event, { kind: K }>;

/** Each hold and its release are events of the task that met it. */
function holdsIn(events: readonly Event[]): Held[] {
  return events
    .filter((event): event is EventOf<"held"> => event.kind === "held")
    .map(({ id, payload: { kind, key }, created_at: since }) => {
      const end = events.find(
        (event): event is EventOf<"released"> =>
          event.kind === "released" && event.id > id && event.payload.key === key,
      );
      return { kind, key, since, released: end?.created_at ?? null, by: end?.payload.by ?? null };
    });
}

/** Every task that was done was told once. */
function lost(tasks: number, told: readonly Told[]): string[] {
  const completed = told.filter(({ kind }) => kind === "completed").length;
  return completed === tasks ? [] : [`${completed} messages say that a task is done, of ${tasks} tasks`];
}

function table(seen: readonly (readonly [Phase, Seen])[], hour: (at: number) => number): string[] {
  const head = ["phase", "tasks", "runs paid", "failed", "waited for", "blocked", "told", "held", "released"];
  const rows = seen.map(([phase, { tasks, runs, waited, failures, told, holds }]) => [
    `${clockTime(phase.from)} ${phase.name}`,
    String(tasks.length),
    String(runs.filter(({ pid }) => pid !== null).length),
    String(runs.filter(({ outcome }) => outcome !== "completed").length),
    [...waited].map(([kind, ids]) => `${kind} ${ids.size}`).join(", ") || "–",
    String(failures.filter((kind) => kind === "blocked" || kind === "gave_up").length),
    String(told.length),
    holds.map(({ kind, since }) => `${kind} at ${clockTime(hour(since))}`).join(", ") || "–",
    holds
      .map(({ by, released }) => (released === null ? "never" : `${clockTime(hour(released))} by ${by}`))
      .join(", ") || "–",
  ]);
  const messages = seen.flatMap(([, { told }]) => told.map(({ text }) => `told: ${text}`));
  return [...columns([head, ...rows]), ...messages];
}

/** An hour of the day as a clock shows it. */
function clockTime(hour: number): string {
  const minutes = Math.floor(hour * 60 + 1e-6);
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}
