/**
 * One HTTP request to a chat service: posts JSON and judges the answer.
 *
 * A redirect is not followed, because it would send the token to another server. No more of
 * an answer is read than an error text can use.
 *
 * @module
 */
import { SendError } from "./platform.ts";

const ANSWER_BYTES_MAX = 64 * 1024;
/** No receiver may ask for a longer pause than this. */
const PAUSE_MS_MAX = 3_600_000;

export interface Post {
  url: string;
  headers?: Readonly<Record<string, string>>;
  /** The JSON text. */
  body: string;
  signal: AbortSignal;
}

export interface Answer {
  status: number;
  /** The body, when it was a JSON object; else empty. */
  json: Record<string, unknown>;
}

/**
 * Posts and returns when the message was taken. Without a `refusal` the status alone says so: a
 * receiver that then keeps its answer open has the message, and must not get it again.
 *
 * @param refusal Reads from an answer with any status why it is no success; null when it says nothing.
 * @throws {SendError} when the status or the refusal says that the message was not taken.
 */
export async function post(
  { url, headers = {}, body, signal }: Post,
  refusal?: (answer: Answer) => string | null,
): Promise<void> {
  const { host } = new URL(url);
  const response = await fetch(url, {
    method: "POST",
    headers: headersOf(headers),
    body,
    signal,
    redirect: "manual",
  }).catch((error: Error) => {
    throw new SendError(`cannot reach ${host}: ${error.message}`);
  });
  if (response.ok && refusal === undefined) return void response.body?.cancel().catch(() => {});
  const text = await readStart(response);
  const answer = { status: response.status, json: asObject(text) };
  const reason = refusal?.(answer) ?? null;
  if (response.ok && reason === null) return;
  const why = reason ?? (asPlain(text).slice(0, 200) || response.statusText);
  const pauseMs = pauseOf(response, answer);
  throw new SendError(`${host} answered ${response.status}${why === "" ? "" : `: ${why}`}`, {
    ...(pauseMs === null ? {} : { retryMs: pauseMs }),
  });
}

/**
 * Why a service that says `"ok": true` for success did not take the message; null when it did, or when
 * something else answered in its place.
 */
export function refusalOf({ status, json }: Answer, field: string): string | null {
  if (json["ok"] === true) return null;
  if (typeof json[field] === "string") return json[field];
  return status < 300 ? "it is not the response of the expected service" : null;
}

/** One's own headers in place of ours, however they are written: two of one name would be sent as one list. */
function headersOf(own: Readonly<Record<string, string>>): Headers {
  const headers = new Headers({ "content-type": "application/json; charset=utf-8", "user-agent": "kanban" });
  for (const [name, value] of Object.entries(own)) headers.set(name, value);
  return headers;
}

/** The pause that was asked for: a header with seconds or a date, or a field of the answer. */
function pauseOf({ headers }: Response, { json }: Answer): number | null {
  const inside = (json["parameters"] as { retry_after?: unknown } | undefined)?.retry_after ?? json["retry_after"];
  const header = headers.get("retry-after");
  const seconds = typeof inside === "number" ? inside : header === null ? NaN : Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : header === null ? NaN : Date.parse(header) - Date.now();
  return ms > 0 ? Math.min(PAUSE_MS_MAX, ms) : null;
}

async function readStart(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const chunks: Uint8Array[] = [];
  for (let size = 0; size < ANSWER_BYTES_MAX;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks).toString();
    chunks.push(value);
    size += value.length;
  }
  await reader.cancel();
  return Buffer.concat(chunks).toString();
}

function asObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // A page of HTML from something in between.
  }
  return {};
}

function asPlain(text: string): string {
  return text
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}
