/**
 * A model that obeys a script, for tests of real agents: no account, no network, always the same answer.
 *
 * One server on 127.0.0.1 speaks four protocols at once; the path of a request tells which.
 *
 * ```sh
 * bun stress/models/server.ts --port 7801 --script FILE.json    # by hand, beside an agent in a terminal
 * ```
 *
 * @module
 */
import { parseArgs } from "node:util";
import { anthropic } from "./anthropic.ts";
import { chat } from "./chat.ts";
import { type Dialect, json } from "./dialect.ts";
import { gemini } from "./gemini.ts";
import { responses } from "./responses.ts";
import { replyTo, type Script } from "./script.ts";

const DIALECTS: readonly Dialect[] = [anthropic, responses, chat, gemini];

/** A request that came in, and what it was answered with. */
export interface Seen {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly path: string;
  /** Null: no request of a model. */
  readonly dialect: string | null;
  readonly tools: readonly string[];
  /** `call kanban_show`, `text …`, `fault limit`, `other`. */
  readonly answered: string;
}

export interface Model extends Disposable {
  readonly url: string;
  /** Every request so far, oldest first. */
  readonly seen: readonly Seen[];
}

export interface ModelOptions {
  readonly script: Script;
  /** 0 chooses one. */
  readonly port?: number;
  onRequest?(seen: Seen): void;
}

/** Starts a model on 127.0.0.1. */
export function startModel({ script, port = 0, onRequest }: ModelOptions): Model {
  const seen: Seen[] = [];
  let faults = 0;

  const answer = async (request: Request): Promise<Response> => {
    const path = new URL(request.url).pathname;
    const dialect = DIALECTS.find((each) => each.handles(request.method, path)) ?? null;
    const body = await bodyOf(request);
    const conversation = dialect?.read(body, path);
    const tools = conversation?.tools.map(({ name }) => name) ?? [];
    const note = (answered: string) => {
      const entry: Seen = { at: Date.now(), path, dialect: dialect?.name ?? null, tools, answered };
      seen.push(entry);
      onRequest?.(entry);
    };
    if (dialect === null || conversation === undefined) {
      note("other");
      return other(path);
    }
    const { fault } = script;
    // Only requests with tools fail: the small ones in between would use up the count.
    const fails = fault !== undefined && tools.length > 0 && faults < (fault.times ?? Infinity);
    if (fails) {
      faults++;
      note(`fault ${fault.kind}`);
      if (fault.kind === "hang") return hanging();
      if (fault.kind !== "cut") return dialect.refuse(fault.kind);
      return half(dialect.answer(body, replyTo(script, conversation), path));
    }
    const reply = replyTo(script, conversation);
    note(reply.call === null ? `text ${reply.text.slice(0, 300)}` : `call ${reply.call.tool.name}`);
    if (reply.delay_ms > 0) await Bun.sleep(reply.delay_ms);
    return dialect.answer(body, reply, path);
  };

  const server = Bun.serve({ hostname: "127.0.0.1", port, idleTimeout: 0, fetch: answer });
  return {
    url: `http://127.0.0.1:${server.port}`,
    seen,
    [Symbol.dispose]: () => void server.stop(true),
  };
}

/** Lists of models, token counts, and whatever else an agent asks for on its way. */
function other(path: string): Response {
  if (/count_?tokens$/i.test(path)) return json(200, { input_tokens: 1_000, totalTokens: 1_000 });
  if (path.endsWith("/models")) {
    const data = [{ id: "sim-model", object: "model", type: "model", display_name: "sim-model", created: 0 }];
    return json(200, { object: "list", data, has_more: false });
  }
  return json(404, { error: { message: `not here: ${path}`, type: "not_found_error" } });
}

function hanging(): Response {
  const never = new ReadableStream({ start() {} });
  return new Response(never, { headers: { "content-type": "text/event-stream" } });
}

async function half(whole: Response): Promise<Response> {
  const bytes = new Uint8Array(await whole.arrayBuffer());
  return new Response(bytes.slice(0, bytes.length >> 1), { headers: whole.headers });
}

/** The body as an object; anything else reads as an empty one. */
async function bodyOf(request: Request): Promise<object> {
  const bytes = new Uint8Array(await request.arrayBuffer());
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(unpacked(bytes, request)));
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

function unpacked(bytes: Uint8Array<ArrayBuffer>, request: Request): Uint8Array {
  switch (request.headers.get("content-encoding")) {
    case "gzip":
      return Bun.gunzipSync(bytes);
    case "zstd":
      return Bun.zstdDecompressSync(bytes);
    default:
      return bytes;
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { port: { type: "string" }, script: { type: "string" } } });
  if (values.script === undefined) throw new Error("Cannot start a model: --script FILE is needed");
  const script = (await Bun.file(values.script).json()) as Script;
  const port = Number(values.port ?? 0);
  const model = startModel({
    script,
    port,
    onRequest: ({ path, answered }) => console.log(`${path}: ${answered}`),
  });
  console.log(model.url);
}
