/**
 * The web server on a real port, with clients that read its streams, in the process of the test.
 *
 * @module
 */
import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { loadConfig } from "../config.ts";
import { type Home, homeOf, prepareHome } from "../home.ts";
import {
  type Board,
  closeBoard,
  type CreateInput,
  createTask,
  latestEventId,
  openBoard,
  type Task,
} from "../kernel/mod.ts";
import { startServer, type WebServer } from "../web/mod.ts";
import { tempDir } from "./mod.ts";
import { type EventReader, openEvents, type Received } from "./sse.ts";

export interface TestServer {
  readonly home: Home;
  /** The board as another process sees it, signing as "ann". */
  readonly board: Board;
  /** Replaced by `restart`. */
  server: WebServer;
  readonly token: string;
  /** What the server told its operator. */
  readonly warnings: string[];
  create(title: string, input?: Partial<CreateInput>): Task;
  /** Opens the stream of a page that shows the board as it is now. */
  stream(view?: string, more?: StreamOptions): Promise<EventReader>;
  /** Opens the one stream of several tabs, each with a key. */
  sharedStream(tabs: readonly Record<string, string>[], more?: Record<string, string>): Promise<EventReader>;
  /** Opens `/api/events`. */
  events(query?: string, headers?: Record<string, string>): Promise<EventReader>;
  /** Signs in with a fresh link and returns the cookie. */
  signIn(): Promise<string>;
  /** A client that does not read from its socket until it is told to. */
  slowReader(path: string): Promise<SlowReader>;
  restart(): void;
  close(): void;
}

export interface StreamOptions {
  open?: string;
  since?: number | string;
  headers?: Record<string, string>;
  /** Further fields of the address. */
  query?: string;
}

export interface SlowReader {
  text(): string;
  resume(): void;
  end(): void;
}

/** Starts a server on a fresh home and any free port. */
export function testServer(): TestServer {
  const { path, remove } = tempDir();
  const home = homeOf({ KANBAN_HOME: path });
  prepareHome(home);
  const board = openBoard(home.db, { actor: "ann" });
  const warnings: string[] = [];
  const start = () => startServer(home, loadConfig(home), { port: 0, warn: (line) => warnings.push(line) });
  const readers: EventReader[] = [];
  const server = start();
  const token = readFileSync(home.token, "utf8").trim();
  const read = async (url: string, headers: Record<string, string>, form?: URLSearchParams) => {
    const reader = await openEvents(`${t.server.url}${url}`, { authorization: `Bearer ${token}`, ...headers }, form);
    readers.push(reader);
    return reader;
  };
  const t: TestServer = {
    home,
    board,
    server,
    token,
    warnings,
    create: (title, input = {}) => createTask(board, { title, ...input }).task,
    stream(view = "/", { open = "", since = latestEventId(board), headers = {}, query = "" } = {}) {
      return read(`/stream?view=${encodeURIComponent(view)}&open=${open}&since=${since}${query}`, headers);
    },
    sharedStream(tabs, more = {}) {
      const form = new URLSearchParams(more);
      const since = String(latestEventId(board));
      for (const tab of tabs) form.append("sub", String(new URLSearchParams({ view: "/", since, ...tab })));
      return read("/stream", {}, form);
    },
    events: (query = "", headers = {}) => read(`/api/events${query}`, headers),
    async signIn() {
      const body = new URLSearchParams({ code: t.server.link().split("#")[1]! });
      const response = await fetch(`${t.server.url}/login`, {
        method: "POST",
        headers: { origin: t.server.url },
        body,
      });
      expect(response.status).toBe(204);
      return response.headers.get("set-cookie")!.split(";")[0]!;
    },
    slowReader: (url) => slowReader(t.server.port, url, token),
    restart() {
      t.server.stop();
      t.server = start();
    },
    close() {
      for (const reader of readers) reader.close();
      t.server.stop();
      closeBoard(board);
      remove();
    },
  };
  return t;
}

/** Passes messages that put a card into a column. */
export function into(task: Task, status: string): (message: Received) => boolean {
  return ({ data }) => data.includes(`hx-target="#list-${status}"`) && data.includes(`id="card-${task.id}"`);
}

/** Passes messages that take a card out of the view. */
export function out(task: Task): (message: Received) => boolean {
  return ({ data }) => data.includes(`hx-target="#card-${task.id}" hx-swap="delete"`);
}

async function slowReader(port: number, path: string, token: string): Promise<SlowReader> {
  const chunks: Buffer[] = [];
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      open(self) {
        self.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n\r\n`);
        self.pause();
      },
      data: (_, chunk) => void chunks.push(Buffer.from(chunk)),
    },
  });
  return {
    // Chunked transfer encoding puts lengths between the chunks.
    text: () =>
      Buffer.concat(chunks)
        .toString()
        .replace(/\r\n[0-9a-f]+\r\n/g, "")
        .replace(/^[\s\S]*?\r\n\r\n/, ""),
    resume: () => socket.resume(),
    end: () => socket.end(),
  };
}
