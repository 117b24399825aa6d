/**
 * The people and workers of a board: who starts which task when, what the clock says, and which rows follow.
 *
 * Up to some hundred tasks are under way at once and their steps come in turns, so that the events and runs of
 * one task lie apart from each other, as on a board that was used.
 *
 * @module
 */
import type { Random } from "../random.ts";
import { ACTS, planOf, fateOf, type Fate } from "./story.ts";
import { newTask, type Row, type Sink } from "./rows.ts";
import { bodyOf, ODDITIES, PEOPLE, PROFILES, RARE, TENANTS, titleOf } from "./words.ts";

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
/** Told sentences of holds that are active at the end. */
const HOLDS: readonly Row[] = [
  { kind: "account", key: "work@example.org", reason: "its limit is reached", proof: "call", until: 1, probes: 3 },
  { kind: "repository", key: "/srv/größe/app/.git", reason: "no space left on device", proof: "start", until: null },
  { kind: "profile", key: "painter-2", reason: "it was never used before", proof: "call", trial: 1, until: 1 },
];

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
    this.#leaveHolds();
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

  nextRunId(): number {
    return ++this.#ids.run;
  }

  /** A fault of a shared thing that came and went. */
  holdFor(tale: Tale, key: string, reason: string, profile: string): void {
    if (this.version < 6) return;
    const until = this.at + 1_000;
    this.event(tale, "held", "dispatcher", { kind: "provider", key, reason, until }, tale.lastRunId);
    const by = this.random.pick(["probe", "change", "ann"]);
    this.event(tale, "released", by === "ann" ? "ann" : "dispatcher", { kind: "provider", key, by });
    this.sink.put(
      "holds",
      this.#hold(tale, {
        kind: "provider",
        key,
        reason,
        profile,
        until,
        proof: "end",
        ended_at: this.at,
        ended_by: by,
      }),
    );
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
    const row = newTask({
      key,
      id: idOf(key),
      title: titleOf(random, key),
      body: bodyOf(random),
      assignee: assigneeOf(random),
      priority: random.percent(60) ? 0 : random.below(5),
      tenant: random.percent(25) ? random.pick(TENANTS) : null,
      created_by: random.percent(80) ? random.pick(PEOPLE) : random.pick(PROFILES),
      created_at: this.at,
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
      if (tale.terminal.length > 0 && this.random.below(tale.key < 100 ? 4 : 200) === 0) this.#subscribe(tale);
    }
    this.#ended = [];
  }

  /** A chat that follows a task: of a finished one only what could not be delivered is kept. */
  #subscribe(tale: Tale): void {
    const isFinished = tale.fate === "done" || tale.fate.startsWith("archived");
    const id = ++this.#ids.sub;
    const at = tale.row["created_at"] as number;
    const last = tale.terminal.at(-1)!;
    this.sink.put("notify_subs", {
      id,
      task_key: tale.key,
      platform: this.random.pick(["telegram", "webhook", "carrier-pigeon"]),
      chat_id: `-100${tale.key}`,
      thread_id: this.random.percent(20) ? "7" : "",
      user_id: this.random.percent(20) ? "@ann" : null,
      created_at: at,
      last_event_id: last,
      failures: isFinished ? 5 : 0,
      ended_at: isFinished ? this.at : null,
    });
    for (const event_id of tale.terminal) {
      const state =
        event_id < last
          ? { delivered_at: at }
          : isFinished
            ? { failed_at: at, error: "410 Gone" }
            : { retry_at: this.now + 5_000, error: "503" };
      this.sink.put("notify_deliveries", { sub_id: id, event_id, attempts: 1, ...state });
    }
  }

  /** What is unusable when the board is put away; one of the holds has its probe under way. */
  #leaveHolds(): void {
    const tales = this.#running.filter(({ run }) => run!["pid"] !== null);
    for (const [at, given] of HOLDS.entries()) {
      const tale = tales[at % tales.length];
      if (tale === undefined || this.version < 6) return;
      const probe = at === 1 || at >= tales.length ? null : (tale.run!["id"] as number);
      const profile = tale.run!["profile"] as string;
      const until = given["until"] === null ? null : this.at + 60_000;
      this.sink.put(
        "holds",
        this.#hold(tale, { ...given, profile, until, probe_run_id: probe, fingerprint: "c0ffee" }),
      );
      if (given["trial"] === undefined) {
        this.event(
          tale,
          "held",
          "dispatcher",
          { kind: given["kind"], key: given["key"], reason: given["reason"], until },
          tale.run!["id"] as number,
        );
      }
    }
  }

  #hold(tale: Tale, given: Row): Row {
    const profiles = JSON.stringify([given["profile"]]);
    return {
      id: ++this.#ids.hold,
      since: this.at,
      met_at: this.at,
      probes: 0,
      trial: 0,
      task_key: tale.key,
      profiles,
      ...given,
    };
  }
}

function finishesSoon({ fate }: Tale): boolean {
  return fate === "done" || fate === "archived-done";
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
function idOf(key: number): string {
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
