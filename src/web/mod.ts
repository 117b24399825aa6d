/**
 * The web board: pages for people, JSON for programs, streams for both.
 *
 * ```ts no-run
 * const server = startServer(home, loadConfig(home), { port: 4747 });
 * console.log(server.link()); // Good for one sign-in within a minute.
 * ```
 *
 * @module
 */
import { version } from "../../package.json";
import { onViewError } from "../../views/parts/error_boundary.tsx";
import type { Config } from "../config.ts";
import type { Agents } from "../dispatcher/mod.ts";
import { type Feed, openFeed } from "../feed.ts";
import type { Home } from "../home.ts";
import { namedPeople } from "../people.ts";
import { closeBoard, KanbanError, openBoard, upgradeNote } from "../kernel/mod.ts";
import { basePathOf, refuseOwnPath } from "./access/base_path.ts";
import { hostsOf, isHostName, isLoopback } from "./access/hosts.ts";
import { createApp } from "./app.tsx";
import type { Web } from "./context.ts";
import { EventTap } from "./live/events.ts";
import { mintCode, openKeys } from "./access/keys.ts";
import { OpenDrawers } from "./live/open_drawers.tsx";
import { Outlets } from "./live/connections.ts";
import { type Address, publishServer, runningServers, type ServerRecord } from "./server_record.ts";
import { readAssets } from "./static.ts";

export { runningServers, type ServerRecord };

const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_PORT = 4747;
/** Larger requests are cut by Bun itself; those over our own limit get a sentence. */
const BODY_BYTES_MAX = 16 * 1024 * 1024;
/** What reads the board may wait inside SQLite: every stream of this process waits with it. */
const BUSY_MS = 25;
const PATIENCE_MS = 5_000;
const GATHER_MS = 120;
/** A request that says nothing for so long is over. Streams are exempt. */
const IDLE_SECONDS = 60;

export interface ServerOptions {
  /** Default: this machine alone. */
  host?: string;
  /** 0 takes any free one. */
  port?: number;
  /** Names that Host may have beside those of this machine; the first one is in the links. */
  allowHosts?: readonly string[];
  /** The path under which a proxy serves the board. */
  basePath?: string;
  /** The feed of this process, if it has one already. It is not closed with the server. */
  feed?: Feed;
  agents?: Agents;
  /** Gets one line per thing that an operator should know. */
  warn?(line: string): void;
}

export interface WebServer {
  readonly port: number;
  readonly url: string;
  /** Other machines reach it directly. */
  readonly public: boolean;
  /** An address that signs one browser in, within a minute. */
  link(): string;
  /** Settles when the server has ended: 0, or 70 when the database was replaced under it. */
  readonly done: Promise<number>;
  stop(): void;
}

/**
 * Serves the board of `home`. Starting emits no event and changes no task.
 *
 * @throws {KanbanError} `refused` when the port is taken, or other machines could reach it under any name.
 */
export function startServer(home: Home, config: Config, options: ServerOptions = {}): WebServer {
  const { host = DEFAULT_HOST, port = DEFAULT_PORT, allowHosts = [] } = options;
  const base = basePathOf(options.basePath ?? "");
  const address = { host, allowed: allowHosts, base };
  checkHosts(address);
  const keys = openKeys(home, port); // Before anything is open that would have to be closed again.
  const upgraded = (copy: string) => options.warn?.(upgradeNote(copy));
  const board = openBoard(home.db, { actor: "dashboard", busyMs: BUSY_MS, people: () => namedPeople(home), upgraded });
  let handle: (request: Request, server: Bun.Server<unknown>) => Response | Promise<Response> = () =>
    new Response(null, { status: 503 });
  let server: Bun.Server<unknown>;
  try {
    server = listen(host, port, (request, self) => handle(request, self));
  } catch (error) {
    closeBoard(board);
    throw error;
  }
  const ownsFeed = options.feed === undefined;
  let web: Web | undefined;
  try {
    const hosts = hostsOf(allowHosts);
    web = openWeb({ board, home, config, keys: { ...keys, port: server.port! }, hosts, base }, options);
    const app = createApp(web);
    refuseOwnPath(base, app.routes);
    handle = (request, self) => app.fetch(request, { server: self });
    return running(web, server, { address: { ...address, port: server.port! }, ownsFeed });
  } catch (error) {
    void server.stop(true);
    if (ownsFeed) web?.feed.close();
    closeBoard(board);
    throw error;
  }
}

/** What the routes work with, around a board and its keys. */
export function openWeb(
  given: Pick<Web, "board" | "home" | "config" | "keys" | "hosts" | "base">,
  { feed: shared, agents, warn = () => {} }: Pick<ServerOptions, "feed" | "agents" | "warn"> = {},
): Web {
  const onError = (error: unknown) => warn(`web: cannot read the board: ${String(error)}`);
  const feed = shared ?? openFeed(given.home.db, { onError });
  onViewError((what, id, error) =>
    warn(`web: cannot show ${what} ${id}: ${error instanceof Error ? error.stack : String(error)}`),
  );
  return {
    ...given,
    feed,
    outlets: new Outlets(given.base),
    drawers: new OpenDrawers(),
    tap: new EventTap(given.board, feed),
    ...readAssets(version),
    patienceMs: PATIENCE_MS,
    gatherMs: GATHER_MS,
    ...(agents === undefined ? {} : { agents }),
    warn,
  };
}

/**
 * An address that signs in to a server that is running already, in any process. Without a port it is the newest one.
 * What is not given is as that server says it of itself.
 *
 * @throws {KanbanError} `refused` when no port is given and no server of this board can be seen to run.
 */
export function signInLink(home: Home, given: Partial<Address> = {}): string {
  const running = runningServers(home).find(({ port }) => given.port === undefined || port === given.port);
  const port = given.port ?? running?.port;
  if (port === undefined) {
    throw new KanbanError(
      "refused",
      `Cannot make a sign-in link: no web board of "${home.db}" runs here`,
      "Start one with: kanban up; or name the port of one that runs in a container or an older program: kanban serve --link --port PORT",
    );
  }
  return linkOf({ host: DEFAULT_HOST, allowed: [], base: "", ...running, ...given, port }, openKeys(home, port));
}

function running(
  web: Web,
  server: Bun.Server<unknown>,
  { address, ownsFeed }: { address: Address; ownsFeed: boolean },
): WebServer {
  const withdraw = published(web, address);
  const { promise: done, resolve } = Promise.withResolvers<number>();
  let over = false;
  const stop = (status: number) => {
    if (over) return;
    over = true;
    unsubscribe();
    withdraw();
    web.outlets.close();
    void server.stop(true); // Without `true` it would wait for every open connection.
    if (ownsFeed) web.feed.close();
    closeBoard(web.board);
    resolve(status);
  };
  const unsubscribe = web.feed.onLost(() => {
    web.warn("web: the board was moved, removed or replaced while it was open; no more is written to it");
    stop(70);
  });
  return {
    port: address.port,
    url: urlOf(address),
    public: !isLoopback(address.host),
    link: () => linkOf(address, web.keys),
    done,
    stop: () => stop(0),
  };
}

/** Says in the home where the server listens. It serves all the same where that cannot be written. */
function published({ home, warn }: Web, address: Address): () => void {
  try {
    return publishServer(home, address);
  } catch (error) {
    warn(`web: cannot record its address, so kanban serve --link needs its port: ${(error as Error).message}`);
    return () => {};
  }
}

/**
 * The address to open. A server that other machines reach is named as they name it; behind a proxy on this machine, its
 * own address always works, and which one the proxy has is not known here.
 */
export function urlOf({ host, port, allowed, base }: Address): string {
  const [name] = allowed;
  if (!isLoopback(host) && name !== undefined) return `http://${/:\d+$/.test(name) ? name : `${name}:${port}`}${base}`;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}${base}`;
}

function linkOf(address: Address, keys: Parameters<typeof mintCode>[0]): string {
  return `${urlOf(address)}/login#${mintCode(keys)}`;
}

function checkHosts({ host, allowed }: Pick<Address, "host" | "allowed">): void {
  const wrong = allowed.find((name) => !isHostName(name));
  if (wrong !== undefined) {
    throw new KanbanError(
      "invalid",
      `Cannot serve with --allow-host "${wrong}": it must be a name or an address, with or without a port`,
      "Name it as it is in a browser's address bar, without http:// and without a path; an IPv6 address in brackets",
    );
  }
  if (isLoopback(host) || allowed.length > 0) return;
  throw new KanbanError(
    "refused",
    `Cannot serve on "${host}": other machines can reach it, so --allow-host is required`,
    `Add --allow-host NAME for each name or address that is typed into a browser`,
  );
}

function listen(
  hostname: string,
  port: number,
  fetch: (request: Request, server: Bun.Server<unknown>) => Response | Promise<Response>,
): Bun.Server<unknown> {
  try {
    return Bun.serve({
      hostname,
      port,
      fetch,
      maxRequestBodySize: BODY_BYTES_MAX,
      idleTimeout: IDLE_SECONDS,
      development: false, // Else Bun answers an uncaught error with a page that shows the stack.
      reusePort: false, // Without development mode Bun would let a second server share the port in silence.
    });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const found: Record<string, string> = {
      EADDRINUSE: "another program uses the port",
      EACCES: "permission denied",
      EADDRNOTAVAIL: "it is not an address of this machine",
    };
    throw new KanbanError(
      "refused",
      `Cannot serve on ${hostname}:${port}: ${found[code ?? ""] ?? (error as Error).message}`,
      code === "EADDRINUSE"
        ? `Choose another with --port, or, if that is this board, get a new link with: kanban serve --link`
        : `Choose another with --host and --port`,
    );
  }
}
