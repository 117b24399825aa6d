/**
 * JSON-RPC 2.0 over lines: from bytes to requests, from results to lines.
 *
 * It knows nothing of MCP. A request that cannot be read is answered with the protocol's own error; a
 * notification is never answered, not even a wrong one.
 *
 * @module
 */

/** Longest line that is read, in characters: four text fields of the greatest size, escaped. */
const LINE_MAX = 32 * 1024 * 1024;

export const RPC = { parse: -32700, request: -32600, method: -32601, params: -32602, internal: -32603 } as const;

export type Params = Readonly<Record<string, unknown>>;

/** An answer that is an error: thrown by a handler, sent to the client. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  constructor(
    readonly code: number,
    message: string,
    readonly data?: unknown,
  ) {
    super(message);
  }
}

export interface Peer {
  /** Answers one request. What it throws becomes an error: an RpcError as it is, anything else as internal. */
  answer(method: string, params: Params): unknown | Promise<unknown>;
  /** Sends one message, or several as a batch, as one line. */
  send(message: object): void;
  /** Receives what is not a request, and internal errors. */
  warn(text: string): void;
}

/** Answers requests, in order, until the input ends. */
export async function serveLines(input: ReadableStream<Uint8Array>, peer: Peer): Promise<void> {
  for await (const line of linesOf(input)) {
    if (line === null)
      peer.send(failure(null, new RpcError(RPC.request, `Line too long: at most ${LINE_MAX} characters`)));
    else if (line.trim() !== "") await handle(line, peer);
  }
}

async function handle(line: string, peer: Peer): Promise<void> {
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch {
    peer.send(failure(null, new RpcError(RPC.parse, "Parse error: a line must be one JSON-RPC message")));
    return;
  }
  if (!Array.isArray(message)) {
    const answer = await respond(message, peer);
    if (answer !== null) peer.send(answer);
    return;
  }
  // Batches were part of the protocol in 2025-03-26.
  if (message.length === 0) peer.send(failure(null, new RpcError(RPC.request, "Invalid request: an empty batch")));
  const answers: object[] = [];
  for (const one of message) {
    const answer = await respond(one, peer);
    if (answer !== null) answers.push(answer);
  }
  if (answers.length > 0) peer.send(answers);
}

/** What answers a message, or null when it wants no answer. */
async function respond(message: unknown, peer: Peer): Promise<object | null> {
  if (!isObject(message)) return failure(null, new RpcError(RPC.request, "Invalid request: it must be an object"));
  const { id, method, params } = message;
  if (typeof method !== "string") {
    if ("result" in message || "error" in message) return null; // We send no requests, so no response can come.
    return failure(idOf(id), new RpcError(RPC.request, "Invalid request: it must have a method"));
  }
  if (id === undefined) return null;
  if (idOf(id) === null)
    return failure(null, new RpcError(RPC.request, "Invalid request: its id must be a text or a number"));
  try {
    if (params !== undefined && !isObject(params))
      throw new RpcError(RPC.params, "Invalid params: they must be an object");
    return { jsonrpc: "2.0", id, result: await peer.answer(method, params ?? {}) };
  } catch (error) {
    if (error instanceof RpcError) return failure(idOf(id), error);
    peer.warn(
      `internal error in ${method}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    return failure(
      idOf(id),
      new RpcError(RPC.internal, "Internal error: this is a bug in kanban, nothing was changed"),
    );
  }
}

function failure(id: string | number | null, { code, message, data }: RpcError): object {
  return { jsonrpc: "2.0", id, error: { code, message, ...(data === undefined ? {} : { data }) } };
}

function idOf(id: unknown): string | number | null {
  return typeof id === "string" || typeof id === "number" ? id : null;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The lines of a stream; null for one that was too long and is skipped. */
async function* linesOf(input: ReadableStream<Uint8Array>): AsyncGenerator<string | null> {
  const decoder = new TextDecoder();
  let rest = "";
  let skipping = false;
  for await (const chunk of input) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop()!;
    for (const part of parts) {
      if (!skipping) yield part;
      skipping = false;
    }
    if (rest.length > LINE_MAX) {
      if (!skipping) yield null;
      skipping = true;
      rest = "";
    }
  }
  if (rest !== "" && !skipping) yield rest;
}
