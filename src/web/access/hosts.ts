/**
 * The names of the server: what Host may be, and which origin its pages then have.
 *
 * Host is all that stops DNS rebinding: an attacker's name that resolves to this machine gives the attacker's page
 * the same origin as the server it talks to. So a name is ours only if no attacker can own it:
 *
 * - A loopback address, or `localhost`, with any port. These are literal: no DNS of an attacker answers for them. The port
 *   is not ours to know: `ssh -L 9000:127.0.0.1:4747` makes a browser send `Host: localhost:9000`. A page of another
 *   program on this machine cannot use that: its browser sends the port that it connects to, and the page's own port in Origin.
 * - A name that the operator gave with `--allow-host`.
 *
 * Every page of ours then has the origin of the name it was asked under. Whether it was asked over TLS, a server behind
 * a proxy cannot see, and a header such as X-Forwarded-Proto anyone can send. So it is not read: the browser says it, in
 * the Origin of the sign-in, and the session remembers it (`access.ts`).
 *
 * @module
 */

/** The names that the operator gave, in lower case: a host, with any port, or a host with its port. */
export type Hosts = ReadonlySet<string>;

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/;
const PORT = /:\d{1,5}$/;

/** The names of a server that was started with these `--allow-host`. */
export function hostsOf(allowed: readonly string[]): Hosts {
  return new Set(allowed.map((name) => name.toLowerCase()));
}

/** Whether an address can be reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Whether a request with this Host is addressed to us. */
export function isOurs(hosts: Hosts, host: string | undefined): boolean {
  const name = host?.toLowerCase();
  if (name === undefined) return false;
  return LOOPBACK.test(name) || hosts.has(name) || hosts.has(name.replace(PORT, ""));
}

/** Whether a name can be given with `--allow-host`: a host or an address, with a port if it is to be that one alone. */
export function isHostName(text: string): boolean {
  return /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)*\.?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(text);
}
