/**
 * Pages and scripts are sent compressed, at the quickest level: a board of 230 KB takes a third of a
 * millisecond and leaves 32 KB for the wire. Answers for programs are not: they mostly stay on this machine,
 * where unpacking costs more than it saves. Streams pass as they are.
 *
 * @module
 */
import { constants, crc32, deflateRawSync } from "node:zlib";
import type { MiddlewareHandler } from "hono";
import type { Html } from "../../views/parts/html.ts";
import type { Ctx, Env, Web } from "./context.ts";

/** Below this the envelope costs what it saves. */
const LEAST_BYTES = 1_024;
const TYPES = /^(?:text\/(?:html|css|javascript)|image\/svg\+xml)\b/;

/** Compresses what a client takes compressed. */
export function gzipped(): MiddlewareHandler<Env> {
  return async (c, next) => {
    await next();
    const { status, headers } = c.res;
    if (!isCompressible(headers.get("content-type")) || c.res.body === null || headers.has("content-encoding")) return;
    if (!headers.get("vary")?.includes("accept-encoding")) headers.append("vary", "accept-encoding");
    if (c.req.method === "HEAD" || !takesGzip(c.req.header("accept-encoding"))) return;
    const whole = new Uint8Array(await c.res.arrayBuffer());
    if (whole.length < LEAST_BYTES) {
      c.res = new Response(whole, { status, headers });
      return;
    }
    const kept = new Headers(headers);
    kept.delete("content-length");
    kept.set("content-encoding", "gzip");
    c.res = undefined; // Else hono would put the old headers over the new ones.
    c.res = new Response(Bun.gzipSync(whole, { level: 1 }), { status, headers: kept });
  };
}

/** Whether content of this type, and of so many bytes, gets smaller. */
export function isCompressible(type: string | null, bytes = LEAST_BYTES): boolean {
  return bytes >= LEAST_BYTES && TYPES.test(type ?? "");
}

/** A page in pieces of which most were sent before: each is compressed once while it is kept. */
export function sendPieces(c: Ctx, { base }: Pick<Web, "base">, pieces: readonly Html[]): Response {
  // With a base path every link in them is another.
  if (base !== "" || !takesGzip(c.req.header("accept-encoding"))) return c.html(pieces.join("")) as Response;
  c.header("content-type", "text/html; charset=UTF-8");
  c.header("content-encoding", "gzip");
  c.header("vary", "accept-encoding", { append: true });
  return c.body(gzipPieces(pieces));
}

interface Packed {
  bytes: Uint8Array;
  deflated: Uint8Array;
}
const packed = new WeakMap<Html, Packed>();

/** One gzip member of pieces that were deflated apart: each ends at a byte, and none refers to another. */
function gzipPieces(pieces: readonly Html[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [GZIP_HEAD];
  let checksum = 0;
  let length = 0;
  for (const piece of pieces) {
    const { bytes, deflated } = packedOf(piece);
    parts.push(deflated);
    checksum = crc32(bytes, checksum);
    length += bytes.length;
  }
  const tail = Buffer.alloc(10);
  tail[0] = 3; // An empty last block.
  tail.writeUInt32LE(checksum, 2);
  tail.writeUInt32LE(length, 6);
  return Buffer.concat([...parts, tail]);
}

/** Deflate, no flags, no time, the quickest level, an unknown system. */
const GZIP_HEAD = new Uint8Array([31, 139, 8, 0, 0, 0, 0, 0, 4, 255]);

function packedOf(piece: Html): Packed {
  let found = packed.get(piece);
  if (found === undefined) {
    const bytes = Buffer.from(String(piece));
    const deflated = deflateRawSync(bytes, { level: 1, finishFlush: constants.Z_SYNC_FLUSH });
    packed.set(piece, (found = { bytes, deflated }));
  }
  return found;
}

/** Whether a client that sent this takes gzip. */
export function takesGzip(accepted: string | undefined): boolean {
  return accepted?.split(",").some((one) => /^\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/i.test(one)) ?? false;
}
