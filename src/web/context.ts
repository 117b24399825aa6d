/**
 * What every route of the server works with, and the two ways to reach the board.
 *
 * The board is opened with a busy timeout of a few milliseconds and tried again asynchronously, because
 * waiting inside SQLite would stop every other request and stream of this process.
 *
 * @module
 */
import type { Context } from "hono";
import type { Config } from "../config.ts";
import type { Agents } from "../dispatcher/mod.ts";
import type { Feed } from "../feed.ts";
import type { Home } from "../home.ts";
import { asActor, type Board, patiently, read } from "../kernel/mod.ts";
import type { Hosts } from "./access/hosts.ts";
import type { EventTap } from "./live/events.ts";
import type { Keys } from "./access/keys.ts";
import type { OpenDrawers } from "./live/open_drawers.tsx";
import type { Outlets } from "./live/connections.ts";

/** What pages are made of. */
export interface Assets {
  /** Changes when a script or a style does; a page of another build loads itself again. */
  readonly build: string;
  /** The script of a page. */
  readonly script: () => Promise<string>;
  /** The files that are made when the server starts, by name. */
  readonly made: ReadonlyMap<string, string>;
}

export interface Web extends Assets {
  /** To read from: a change goes through `change`, which signs it. Busy timeout ≤ 50 ms. */
  readonly board: Board;
  readonly home: Home;
  readonly config: Config;
  /** The one poller of this process. */
  readonly feed: Feed;
  /** Every open stream. */
  readonly outlets: Outlets;
  /** What tabs show of the tasks that are open in them. */
  readonly drawers: OpenDrawers;
  /** Who follows the event log. */
  readonly tap: EventTap;
  readonly keys: Keys;
  readonly hosts: Hosts;
  /** The path under which a proxy serves the board: "" or "/kanban". */
  readonly base: string;
  /** What starts the agents of profiles; handed to the dispatcher. */
  readonly agents?: Agents;
  /** How long a request waits for another process's lock before it answers 503, in milliseconds. */
  readonly patienceMs: number;
  /** How long events are collected after the last message to the streams, in milliseconds. */
  readonly gatherMs: number;
  /** For what an operator should see: one line on the server's own output. */
  warn(line: string): void;
}

/** Who sent a request: a program with the token, or a browser with a session. `name` is what its acts are signed with. */
export type Caller = { kind: "program"; name: string } | { kind: "browser"; session: string; name: string };

export type Env = { Bindings: { server?: Bun.Server<unknown> }; Variables: { caller: Caller } };
export type Ctx = Context<Env>;

/** Makes one change, signed by who asks, and wakes the streams; the kernel's function inside is one transaction. */
export async function change<T>(web: Web, c: Ctx, fn: (board: Board) => T): Promise<T> {
  const board = asActor(web.board, c.get("caller").name);
  const result = await patiently(() => fn(board), { deadlineMs: web.patienceMs });
  web.feed.poke();
  return result;
}

/** Reads everything that an answer needs from one snapshot. */
export function snapshot<T>(web: Web, fn: (board: Board) => T): Promise<T> {
  return patiently(() => read(web.board, () => fn(web.board)), { deadlineMs: web.patienceMs });
}
