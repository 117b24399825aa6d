/**
 * The people and workers of a board: who starts which task when, what the clock says, and which rows follow.
 *
 * Up to some hundred tasks are under way at once and their steps come in turns, so that the events and runs of
 * one task lie apart from each other, as on a board that was used.
 *
 * @module
 */
import type { Random } from "../random.ts";
import { ACTS } from "./acts.ts";
import { draftOf } from "./drafts.ts";
import { leaveHolds, subscribe } from "./aside.ts";
import { type Fate, fateOf, planOf } from "./plans.ts";
import { type Row, type Sink } from "./rows.ts";
import { ODDITIES } from "./words.ts";

/** A task, and how far its story is. */
export interface Tale {
  readonly key: number;
  readonly id: string;
  readonly fate: Fate;
  readonly row: Row;
  plan: readonly string[];
  step: number;
  /** The open run. */
  run: Row | null;
  lastRunId: number | null;
  /** The ids of all that it was made to depend on. */
  readonly parents: string[];
  /** How many of them are not finished yet. */
  waits: number;
  children: Tale[];
  /** Events that a subscription covers. */
  terminal: number[];
}

export interface FleetOptions {
  tasks: number;
  now: number;
  version: number;
  random: Random;
  sink: Sink;
  /** The age from which events of finished tasks are gone, as after gc; Infinity keeps all. */
  retentionDays: number;
}

const DAY_MS = 86_400_000;
/** From the first task to the last. */
const SPAN_MS = 120 * DAY_MS;
const TERMINAL = new Set(
  "completed review_requested blocked asked_again crashed abandoned held timed_out gave_up stranded".split(" "),
);
export class Fleet {
  readonly random: Random;
  readonly sink: Sink;
  readonly version: number;
  readonly now: number;
  /** The board's clock. */
  at: number;
  readonly #tasks: number;
  readonly #keptSince: number;
  readonly #window: number;
  #live: Tale[] = [];
  #ended: Tale[] = [];
  /** A few tasks that never finish, for others to wait for. */
  #unfinished: Tale[] = [];
  #running: Tale[] = [];
  readonly #ids = { run: 0, event: 0, comment: 0, sub: 0, hold: 0 };
  readonly #totals = new Map<string, number>();

  constructor({ tasks, now, version, random, sink, retentionDays }: FleetOptions) {
    this.random = random;
    this.sink = sink;
    this.version = version;
    this.now = now;
    this.#tasks = tasks;
    this.#keptSince = now - retentionDays * DAY_MS;
    this.at = now - SPAN_MS;
    this.#window = Math.max(4, Math.min(500, Math.floor(tasks / 20)));
  }

  /** Plays every story and hands over all rows. */
  play(): void {
    const start = this.at;
    for (let created = 0; created < this.#tasks || this.#live.length > 0;) {
      this.at = Math.min(
        this.now - 1,
        Math.max(this.at + this.random.below(60), start + Math.floor((SPAN_MS * created) / (this.#tasks + 1))),
      );
      if (created < this.#tasks && this.#live.length < this.#window) this.#live.push(this.#create(++created));
      else this.#advance();
      if (this.#ended.length >= 5_000) this.#flush();
    }
    this.#flush();
    leaveHolds(this, this.#running);
    for (const [name, total] of this.#totals) this.sink.put("usage_totals", { name, total });
    if (this.#tasks === 0) return;
    // A counter that came down to nothing stays.
    this.sink.put("board_counts", { assignee: "left-long-ago", tenant: "", status: "ready", n: 0 });
    if (this.random.percent(50)) this.sink.setPaused("ann", this.at);
  }

  /** Tells an event; those that gc would have removed have their number and nothing else. */
  event(tale: Tale, kind: string, actor: string, payload: object, runId: number | null = null): void {
    const id = ++this.#ids.event;
    if (TERMINAL.has(kind)) tale.terminal.push(id);
    const isFinished = tale.fate === "done" || tale.fate.startsWith("archived");
    if (isFinished && this.at < this.#keptSince) return;
    const row = {
      id,
      task_key: tale.key,
      run_id: runId,
      kind,
      actor,
      payload: JSON.stringify(payload),
      created_at: this.at,
    };
    this.sink.put("task_events", row);
  }

  comment(tale: Tale, author: string, body: string, via: string | null = null): void {
    const row = { id: ++this.#ids.comment, task_key: tale.key, author, via, body, created_at: this.at };
    this.sink.put("task_comments", row);
    this.event(tale, "commented", via ?? author, { author, len: [...body].length });
  }

  next(kind: "run" | "sub" | "hold"): number {
    return ++this.#ids[kind];
  }

  count(usage: Readonly<Record<string, number>>): void {
    for (const [name, value] of [["", 1] as const, ...Object.entries(usage)]) {
      this.#totals.set(name, (this.#totals.get(name) ?? 0) + value);
    }
  }

  /** A task that others may depend on: one that finishes, or never does. */
  parentFor(key: number, finishes: boolean): Tale | undefined {
    if (!finishes) return this.#unfinished.length === 0 ? undefined : this.random.pick(this.#unfinished);
    const found = this.#live.length === 0 ? undefined : this.random.pick(this.#live);
    return found !== undefined && found.key < key && finishesSoon(found) ? found : undefined;
  }

  /** Makes one task depend on another; true when it has to wait for it. */
  link(parent: Tale, child: Tale): boolean {
    this.sink.put("task_links", { parent_key: parent.key, child_key: child.key });
    child.parents.push(parent.id);
    if (parent.row["completed_at"] != null) return false;
    child.waits++;
    parent.children.push(child);
    return true;
  }

  /** A task was finished: who waited for it alone is ready. */
  release(parent: Tale): void {
    for (const child of parent.children.splice(0)) {
      if (--child.waits > 0 || child.row["status"] !== "todo") continue;
      Object.assign(child.row, { status: "ready", ready_at: this.at });
      this.event(child, "promoted", "dispatcher", {});
    }
  }

  #create(key: number): Tale {
    const { random } = this;
    const fate = fateOf(random, key);
    const row = draftOf(random, key, fate, this.at);
    const tale: Tale = {
      key,
      id: row["id"] as string,
      fate,
      row,
      plan: [],
      step: 0,
      run: null,
      lastRunId: null,
      parents: [],
      waits: 0,
      children: [],
      terminal: [],
    };
    const other = random.percent(8) ? this.parentFor(key, true) : undefined;
    if (other?.run != null)
      Object.assign(row, {
        from_task: other.id,
        depth: Math.min(5, (other.row["depth"] as number) + 1),
        created_by: other.run["claimer"],
      });
    const isWaiting = fate === "waiting";
    if (isWaiting || (fate !== "triage" && fate !== "later" && random.percent(12))) {
      for (let i = random.percent(20) ? 3 : 1; i > 0; i--) {
        const parent = this.parentFor(key, !isWaiting);
        if (parent !== undefined && !tale.parents.includes(parent.id)) this.link(parent, tale);
      }
    }
    const status = fate === "triage" ? "triage" : tale.waits > 0 || fate === "later" ? "todo" : "ready";
    Object.assign(row, { status, ready_at: status === "ready" ? this.at : null });
    if (fate === "later") row["not_before"] = this.now + 1 + random.below(60) * DAY_MS;
    this.event(tale, "created", row["created_by"] as string, {
      assignee: row["assignee"],
      status,
      parents: [...tale.parents],
      tenant: row["tenant"],
      skills: JSON.parse(row["skills"] as string),
    });
    tale.plan = planOf(random, fate, tale.waits > 0);
    return tale;
  }

  /** Takes one step of one story, or ends it. */
  #advance(): void {
    const nth = this.random.below(this.#live.length);
    const tale = this.#live[nth]!;
    const isAwaiting = tale.waits > 0 && tale.fate !== "waiting";
    if (isAwaiting) return;
    const act = tale.plan[tale.step++];
    if (act !== undefined) return ACTS[act]!(this, tale);
    this.#live[nth] = this.#live.at(-1)!;
    this.#live.pop();
    this.#ended.push(tale);
    if (!finishesSoon(tale) && this.#unfinished.push(tale) > 100) this.#unfinished.shift();
    if (tale.run !== null && this.#running.push(tale) > 10) this.#running.shift();
  }

  #flush(): void {
    for (const tale of this.#ended.sort((a, b) => a.key - b.key)) {
      if (tale.run !== null) this.sink.put("task_runs", tale.run);
      const odd = tale.key % 7 === 0 ? ODDITIES[tale.key / 7 - 5] : undefined;
      this.sink.put("tasks", odd === undefined ? tale.row : { ...tale.row, ...odd });
      if (tale.terminal.length > 0 && this.random.below(tale.key < 100 ? 4 : 200) === 0) subscribe(this, tale);
    }
    this.#ended = [];
  }
}

function finishesSoon({ fate }: Tale): boolean {
  return fate === "done" || fate === "archived-done";
}
