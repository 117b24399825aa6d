/**
 * The web server for tests: its router called without a socket, and the headers that let one in.
 *
 * @module
 */
import { expect } from "bun:test";
import type { z } from "zod";
import { loadConfig } from "../config.ts";
import { type Home, homeOf, prepareHome } from "../home.ts";
import { type Board, closeBoard, openBoard } from "../kernel/mod.ts";
import { hostsOf } from "../web/access/hosts.ts";
import { Failure } from "../web/api/responses.ts";
import { createApp } from "../web/app.tsx";
import type { Web } from "../web/context.ts";
import { cookieName, newSession, openKeys } from "../web/access/keys.ts";
import { openWeb } from "../web/mod.ts";
import { dump, tempDir } from "./mod.ts";

/** The port that the router believes to be served on. */
export const PORT = 4747;
export const HOST = `127.0.0.1:${PORT}`;
export const ORIGIN = `http://${HOST}`;

export interface TestWeb {
  readonly web: Web;
  readonly home: Home;
  /** The board as another process sees it, signing as "ann". */
  readonly board: Board;
  readonly app: ReturnType<typeof createApp>;
  /** Headers of a program with the token. */
  readonly bearer: Record<string, string>;
  /** Headers of a page of ours in a browser where "maya" is signed in. */
  readonly browser: Record<string, string>;
  /** What the server told its operator. */
  readonly warnings: string[];
  /** Sends a request without any credentials but those given. */
  send(method: string, path: string, init?: { headers?: Record<string, string>; body?: string }): Promise<Response>;
  /** Calls the API as a program; a body is sent as JSON. */
  api<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }>;
  /** Posts a form as htmx does, from the page at `from`. */
  post(
    path: string,
    fields: Record<string, string>,
    from?: string,
  ): Promise<{ status: number; html: string; headers: Headers }>;
  /** Reads a page or a part of one as a signed-in browser. */
  page(path: string, headers?: Record<string, string>): Promise<{ status: number; html: string; headers: Headers }>;
  close(): void;
}

/** A server over a fresh board in a temporary home. `config` is the text of its config.yaml. */
export async function testWeb({
  config,
  allowHosts = [],
  base = "",
}: { config?: string; allowHosts?: string[]; base?: string } = {}): Promise<TestWeb> {
  const { path, remove } = tempDir();
  const home = homeOf({ KANBAN_HOME: path });
  prepareHome(home);
  if (config !== undefined) await Bun.write(home.config, config);
  const own = openBoard(home.db, { actor: "dashboard", busyMs: 25 });
  const board = openBoard(home.db, { actor: "ann" });
  const warnings: string[] = [];
  const keys = openKeys(home, PORT);
  const web = openWeb(
    { board: own, home, config: loadConfig(home), keys, hosts: hostsOf(allowHosts), base },
    { warn: (line) => warnings.push(line) },
  );
  const app = createApp(web);
  const send: TestWeb["send"] = async (method, url, { headers = {}, body } = {}) =>
    app.request(`${ORIGIN}${url}`, {
      method,
      headers: { host: HOST, ...headers },
      ...(body === undefined ? {} : { body }),
    });
  const bearer = { authorization: `Bearer ${keys.token}` };
  const browser = {
    cookie: `${cookieName(keys)}=${newSession(keys, "maya")}`,
    origin: ORIGIN,
    "sec-fetch-site": "same-origin",
    accept: "text/html",
  };
  const read = async (response: Response) => ({
    status: response.status,
    html: await response.text(),
    headers: response.headers,
  });
  return {
    web,
    home,
    board,
    app,
    bearer,
    browser,
    warnings,
    send,
    api: async (method, url, body) => {
      const json =
        body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { ...bearer, "content-type": "application/json" } };
      const response = await send(method, url, { headers: bearer, ...json });
      return { status: response.status, body: (await response.json()) as never };
    },
    post: async (url, fields, from = "/") =>
      read(
        await send("POST", url, {
          headers: {
            ...browser,
            "content-type": "application/x-www-form-urlencoded",
            "hx-request": "true",
            "hx-current-url": `${ORIGIN}${from}`,
          },
          body: new URLSearchParams(fields).toString(),
        }),
      ),
    page: async (url, headers = {}) => read(await send("GET", url, { headers: { ...browser, ...headers } })),
    close() {
      web.outlets.close();
      web.feed.close();
      closeBoard(own);
      closeBoard(board);
      remove();
    },
  };
}

/** Calls the API, expects 200 and that the answer has exactly the shape that is promised. */
export async function answered<S extends z.ZodType>(
  t: TestWeb,
  shape: S,
  method: string,
  path: string,
  body?: unknown,
): Promise<z.output<S>> {
  const answer = await t.api(method, path, body);
  expect(answer).toMatchObject({ status: 200 });
  return shape.parse(answer.body);
}

/** Calls the API, expects a refusal of the published shape that changes nothing, and returns it. */
export async function refusedBy(
  t: TestWeb,
  status: number,
  method: string,
  path: string,
  body?: unknown,
): Promise<z.output<typeof Failure>["error"]> {
  const before = dump(t.board);
  const answer = await t.api(method, path, body);
  expect(answer.status).toBe(status);
  expect(dump(t.board)).toBe(before);
  return Failure.parse(answer.body).error;
}
