/**
 * The stage of a day: a home with four profiles on two accounts, their providers, a dispatcher, a notifier, and the
 * clock that all of them but the notifier go by.
 *
 * Time passes only while every worker waits for its provider; then it jumps to the next instant at which anything
 * happens. So a day takes as long as its processes do, and a slow machine sees the same day.
 *
 * @module
 */
import { chmodSync, copyFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { watchQueue } from "../../src/dispatcher/queue_view.ts";
import {
  type Event,
  eventsAfter,
  listSubscriptions,
  listTasks,
  queueDeliveries,
  type QueueView,
  subscribe,
  unconfirmedRuns,
  waitingFor,
} from "../../src/kernel/mod.ts";
import { startNotifier } from "../../src/notify/mod.ts";
import { type ChatServer, chatServer } from "../../src/testing/notify/chat_server.ts";
import { type TestHome, testHome } from "../../src/testing/dispatcher.ts";
import { EPOCH } from "../../src/testing/mod.ts";
import { agents } from "../../src/agents/mod.ts";
import { until } from "../harness.ts";
import { Provider } from "./provider.ts";

export const HOUR_MS = 3_600_000;
const MAX_WORKERS = 4;
const STAYS_MS = 60_000;

/** The two accounts, and who works with each. */
export const PROFILES = { writer: "a", coder: "a", tester: "b", packer: "b" } as const;
export type ProfileName = keyof typeof PROFILES;
export const NAMES = Object.keys(PROFILES) as ProfileName[];
type Account = (typeof PROFILES)[ProfileName];

/** What the agent of an account is, and how it is told its key and its provider. */
const AGENTS = {
  a: { agent: "claude", key: "ANTHROPIC_API_KEY", url: "ANTHROPIC_BASE_URL" },
  b: { agent: "codex", key: "CODEX_API_KEY", url: "OPENAI_BASE_URL" },
} as const;

/** A message that reached the chat. */
export interface Told {
  readonly kind: string;
  readonly task: string;
  readonly text: string;
}

/** Something that happens at an hour of the day. */
export interface Act {
  readonly at: number;
  do(): void;
}

export class Stage {
  readonly t: TestHome = testHome();
  readonly providers: Readonly<Record<Account, Provider>>;
  /** What each task was seen to wait for, by its id. */
  readonly waited = new Map<string, Set<string>>();
  readonly #d = this.t.dispatcher({ agents, maxWorkers: MAX_WORKERS });
  readonly #queue = watchQueue(this.t.home, () => agents);
  readonly #chat: ChatServer = chatServer();
  readonly #notifier;
  readonly #keys: Record<Account, string> = { a: "key-a", b: "key-b" };

  /** @param dir A folder for what the workers need; its path has no blank, which the option of the preload cannot take. */
  constructor(readonly dir: string) {
    const now = () => this.t.clock.ms;
    this.providers = { a: new Provider("key-a", now), b: new Provider("key-b", now) };
    copyFileSync(join(import.meta.dir, "clock.ts"), join(dir, "clock.ts"));
    this.#moveTo(this.t.clock.ms);
    for (const name of NAMES) {
      this.install(name);
      this.#writeProfile(name);
    }
    writeFileSync(this.t.home.config, JSON.stringify({ notify: { webhook: { url: this.#chat.url } } }));
    this.#notifier = startNotifier(this.t.home, { warn: (line) => this.t.warnings.push(line) });
  }

  /** Hours since the day began. */
  hour(at: number): number {
    return (at - EPOCH) / HOUR_MS;
  }

  /** Adds a task that a chat is subscribed to. */
  create(profile: ProfileName, title: string): string {
    const { id } = this.t.ready({ assignee: profile, title });
    subscribe(this.t.board, id, { platform: "webhook", chat_id: "team" });
    return id;
  }

  /** Puts the program of a profile's agent where it is looked for. */
  install(profile: ProfileName): void {
    const { agent } = AGENTS[PROFILES[profile]];
    const path = join(this.#bin(profile), agent);
    mkdirSync(this.#bin(profile), { recursive: true });
    const words = [process.execPath, join(import.meta.dir, "agent.ts"), agent];
    writeFileSync(path, `#!/bin/sh\nexec ${words.map((word) => `'${word}'`).join(" ")} "$@"\n`);
    chmodSync(path, 0o755);
  }

  remove(profile: ProfileName): void {
    rmSync(this.#bin(profile), { recursive: true });
  }

  /** The provider does not know the key of an account any more. */
  revoke(account: Account): void {
    this.providers[account].keys.clear();
  }

  /** A person gets a new key and writes it into the profiles. */
  renew(account: Account): void {
    this.#keys[account] += "-new";
    this.providers[account].keys.add(this.#keys[account]);
    for (const name of NAMES) if (PROFILES[name] === account) this.#writeProfile(name);
  }

  /** Lets the day go on until an instant; each act has its time. */
  async play(acts: readonly Act[], end: number): Promise<void> {
    const left = acts.toSorted((one, other) => one.at - other.at);
    for (;;) {
      await this.#settle();
      this.#observe();
      const now = this.t.clock.ms;
      if (now >= end) return;
      const instants = Object.values(this.providers).map((provider) => provider.nextAt());
      const next = Math.min(end, left[0]?.at ?? end, this.#d.wake.at ?? end, ...instants);
      this.#moveTo(Math.max(now + 1, next));
      while (left[0] !== undefined && left[0].at <= this.t.clock.ms) left.shift()!.do();
      for (const provider of Object.values(this.providers)) provider.answerDue();
    }
  }

  /** Every event of the day so far. */
  events(): Event[] {
    return eventsAfter(this.t.board, 0, { limit: 1_000_000 });
  }

  /** What was told so far, once all of it has arrived. */
  async told(): Promise<Told[]> {
    const { board } = this.t;
    // What the notifier has not noticed yet.
    queueDeliveries(board, { ready: ["webhook"], waiting: [] });
    await until(() => listSubscriptions(board).every(({ pending }) => pending === 0), "the messages to be sent");
    return this.#chat.received.map(({ json }) => ({ kind: json.event.kind, task: json.task.id, text: json.text }));
  }

  async close(): Promise<void> {
    this.#notifier.stop();
    await this.#notifier.done;
    this.#chat.stop();
    for (const provider of Object.values(this.providers)) provider[Symbol.dispose]();
    this.t.close();
  }

  /** Makes passes until all that live wait for a provider, and none can be started. */
  async #settle(): Promise<void> {
    const holds = ({ id }: { id: number }) => Object.values(this.providers).some((provider) => provider.holds(id));
    const isQuiet = async () => {
      await this.t.pass(this.#d);
      return unconfirmedRuns(this.t.board).every(holds);
    };
    await until(isQuiet, "every worker to wait or to end", STAYS_MS);
  }

  /** Notes what each task waits for. */
  #observe(): void {
    const { board } = this.t;
    // The dispatcher is in this process and has no lock that could be seen.
    const view = (): QueueView => ({ ...this.#queue(board), dispatcher: "running", maxWorkers: MAX_WORKERS });
    const tasks = listTasks(board, { limit: 1_000 });
    for (const [id, { kind }] of waitingFor(board, tasks, view)) {
      const kinds = this.waited.get(id) ?? new Set();
      this.waited.set(id, kinds.add(kind));
    }
  }

  #moveTo(at: number): void {
    this.t.advance(at - this.t.clock.ms);
    // A worker reads the old time or the new one, never a part of it.
    writeFileSync(join(this.dir, "clock.new"), String(at));
    renameSync(join(this.dir, "clock.new"), join(this.dir, "clock"));
  }

  #writeProfile(name: ProfileName): void {
    const account = PROFILES[name];
    const { agent, key, url } = AGENTS[account];
    const env = {
      PATH: `${this.#bin(name)}:${process.env["PATH"]}`,
      BUN_OPTIONS: `--preload=${join(this.dir, "clock.ts")}`,
      DAY_CLOCK: join(this.dir, "clock"),
      [key]: this.#keys[account],
      [url]: this.providers[account].url,
    };
    this.t.profile(name, { agent, env });
  }

  #bin(profile: ProfileName): string {
    return join(this.dir, "bin", profile);
  }
}
