/**
 * What proves that a request comes from the owner of the board: the access token, the single-use codes
 * of sign-in links, and session cookies.
 *
 * One secret, the 256-bit token in a 0600 file, is behind all three. Programs send it as Bearer.
 * Codes and cookies are signed with it, so that any process that may read the file can print a link
 * for a running server, and a restarted server still knows its browsers; neither reveals the token.
 *
 * @module
 */
import { closeSync, constants, linkSync, lstatSync, mkdirSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { createFile, discard, openRegular, readSmall } from "../../files.ts";
import type { Home } from "../../home.ts";
import { refuseForeign } from "../../home_place.ts";
import { ofHome } from "../../home_trouble.ts";
import { KanbanError } from "../../kernel/mod.ts";
import type { Caller } from "../context.ts";

/** How long a sign-in link works. */
export const CODE_MS = 60_000;
/** How long a browser stays signed in. */
export const SESSION_MS = 30 * 86_400_000;

/** The secret and what was done with it in this process. */
export interface Keys {
  readonly token: string;
  /** Codes and cookies hold for the server of one port. */
  readonly port: number;
  /** Codes that were used, until they would have run out anyway. */
  readonly spent: Map<string, number>;
  /** Sessions that were signed out, until they would have run out anyway. */
  readonly ended: Map<string, number>;
  /** Where they are kept for the next server: 60 bytes for each. */
  readonly endedFile: string;
  /** Codes from before this moment may have been spent with a server that is gone. */
  readonly since: number;
}

/**
 * The keys of the server on `port`. Creates the token file on first use; when several processes do so
 * at once they end up with the same token.
 *
 * @throws {KanbanError} `refused` when others may read the token, another user owns it, or it is no token.
 */
export function openKeys(home: Home, port: number, now = Date.now()): Keys {
  const ended = readEnded(home.signedOut, now);
  return { token: readToken(home), port, spent: new Map(), ended, endedFile: home.signedOut, since: now };
}

/** A code for one sign-in within a minute. */
export function mintCode(keys: Pick<Keys, "token" | "port">, now = Date.now()): string {
  const payload = `${now.toString(36)}.${random(12)}`;
  return `${payload}.${sign(keys, "code", payload)}`;
}

/** Uses up a code; false when it is forged, too old, or was used before. */
export function spendCode(keys: Keys, code: string, now = Date.now()): boolean {
  forget(keys.spent, now);
  const payload = verified(keys, "code", code);
  const at = payload === null ? NaN : parseInt(payload, 36);
  // A second of grace: the code may have been minted in the millisecond before the server started.
  if (!(at >= keys.since - 1_000 && at <= now && now - at < CODE_MS) || keys.spent.has(code)) return false;
  keys.spent.set(code, at + CODE_MS);
  return true;
}

/** Takes back that a code was used. */
export function keepCode(keys: Keys, code: string): void {
  keys.spent.delete(code);
}

/** A browser that is signed in, and the name of the person who uses it. */
export interface Session {
  readonly id: string;
  readonly name: string;
}

/** The value of a new session's cookie. */
export function newSession(keys: Keys, name: string, now = Date.now()): string {
  return cookieOf(keys, { id: `${(now + SESSION_MS).toString(36)}.${random(16)}`, name });
}

/** The cookie of a session: its id, its name and a signature of both. */
export function cookieOf(keys: Keys, { id, name }: Session): string {
  const payload = `${id}.${Buffer.from(name).toString("base64url")}`;
  return `${payload}.${sign(keys, "session", payload)}`;
}

/** The session of a cookie, or null. */
export function sessionOf(keys: Keys, cookie: string | undefined, now = Date.now()): Session | null {
  if (cookie === undefined) return null;
  const payload = verified(keys, "session", cookie);
  const [, id, name] = /^([^.]+\.[^.]+)\.([^.]+)$/.exec(payload ?? "") ?? [];
  if (id === undefined || !(expiryOf(id) > now) || keys.ended.has(id)) return null;
  return { id, name: Buffer.from(name!, "base64url").toString() };
}

/** How long a session still holds, in seconds. */
export function secondsLeft(session: string, now = Date.now()): number {
  return Math.max(0, Math.floor((expiryOf(session) - now) / 1_000));
}

/**
 * Ends a session for good: a server that starts later does not know its cookie either.
 *
 * @throws {HomeTrouble} when that cannot be kept on the disk; until this server ends, the session is over all
 * the same.
 */
export function endSession(keys: Keys, session: string, now = Date.now()): void {
  forget(keys.ended, now);
  keys.ended.set(session, expiryOf(session));
  ofHome(keys.endedFile, () => {
    const fd = openRegular(keys.endedFile, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND);
    try {
      writeSync(fd, `${session}\n`);
    } finally {
      closeSync(fd);
    }
  });
}

/** A name of the sign-in that a page was made for. Tabs of one browser share what one of them receives only if it is the same. */
export function signInOf(keys: Keys, caller: Caller): string {
  const session = caller.kind === "browser" ? caller.session : "";
  return sign(keys, "sign-in", `${session} ${caller.name}`).slice(0, 16);
}

/** Whether a program sent the token. */
export function isToken(keys: Keys, given: string): boolean {
  // Digests have one length for any input: the comparison reveals nothing, not even the length.
  return crypto.timingSafeEqual(digest(keys, given), digest(keys, keys.token));
}

/**
 * The name of the session cookie. Cookies ignore ports, and through a tunnel two boards can have the same port on two
 * machines, so it is the board's own. A browser takes and sends a name with `__Secure-` over TLS alone.
 */
export function cookieName(keys: Pick<Keys, "token" | "port">, tls = false): string {
  const name = `kanban_session_${sign(keys, "cookie", "")
    .replace(/[^A-Za-z0-9]/g, "")
    .slice(0, 8)}`;
  return tls ? `__Secure-${name}` : name;
}

const TOKEN_BYTES_MAX = 4_096;
/** 60 bytes for each sign-out: more than a quarter of a million. */
const ENDED_BYTES_MAX = 16 * 1024 * 1024;

/** The signed-out sessions of earlier servers, those that would still hold. */
function readEnded(path: string, now: number): Map<string, number> {
  const found = lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  const text = found ? ofHome(path, () => readSmall(path, ENDED_BYTES_MAX)) : "";
  const ended = text.split("\n").map((session) => [session, expiryOf(session)] as const);
  return new Map(ended.filter(([, until]) => until > now));
}

/** When a session runs out: a cookie begins with it, in base 36. */
function expiryOf(session: string): number {
  return parseInt(session, 36);
}

function readToken(home: Home): string {
  try {
    return checkedToken(home);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  ofHome(home.token, () => makeToken(home.token));
  return checkedToken(home);
}

function makeToken(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${random(12)}`;
  createFile(draft, `${random(32)}\n`, { flush: true });
  try {
    linkSync(draft, path); // Unlike a rename this never replaces the token of a quicker process.
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    discard(draft);
  }
}

function checkedToken(home: Home): string {
  const stat = lstatSync(home.token);
  const mode = stat.mode & 0o777;
  const refuse = (needed: string, found: string) =>
    new KanbanError(
      "refused",
      `Cannot use access token "${home.token}": ${needed}, ${found}`,
      `Delete the file: the next start creates a new one, and every browser has to sign in again`,
    );
  refuseForeign("access token", home.token, stat);
  if (stat.isFile() && (mode & 0o077) !== 0)
    throw refuse("only its owner may read it", `its mode is ${mode.toString(8)}`);
  const token = ofHome(home.token, () => readSmall(home.token, TOKEN_BYTES_MAX)).trim();
  if (!/^[A-Za-z0-9_-]{43,}$/.test(token)) throw refuse("it must be 256 bits as base64url", "it is not");
  return token;
}

function verified(keys: Keys, purpose: string, text: string): string | null {
  const at = text.lastIndexOf(".");
  const payload = text.slice(0, Math.max(0, at));
  return matches(keys, sign(keys, purpose, payload), text.slice(at + 1)) ? payload : null;
}

function matches(keys: Keys, a: string, b: string): boolean {
  return crypto.timingSafeEqual(digest(keys, a), digest(keys, b));
}

function sign(keys: Pick<Keys, "token" | "port">, purpose: string, payload: string): string {
  return new Bun.CryptoHasher("sha256", keys.token).update(`${purpose} ${keys.port} ${payload}`).digest("base64url");
}

function digest(keys: Pick<Keys, "token">, text: string): Uint8Array {
  return new Bun.CryptoHasher("sha256", keys.token).update(text).digest();
}

function random(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString("base64url");
}

function forget(map: Map<string, number>, now: number): void {
  for (const [key, until] of map) if (until <= now) map.delete(key);
}
