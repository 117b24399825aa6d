/**
 * What `serve` and `up` have in common: the flags of the web server, and how its address is told.
 *
 * Only types come from the web layer: the list of verbs must not load a server to print its help.
 *
 * @module
 */
import type { ServerOptions, WebServer } from "../../web/mod.ts";
import { type Args, integer, list, text, toggle } from "../args.ts";
import type { Context } from "../verb.ts";

/** The flags of the web server. */
export const serveFlags = {
  host: text("Address to bind to (default 127.0.0.1: this machine alone)", { hint: "ADDRESS" }),
  port: integer("Port (default 4747); 0 takes any free one", { min: 0, max: 65_535 }),
  allowHost: list("A name under which others may reach the server, a proxy's too; repeat it for more", {
    hint: "NAME",
  }),
  basePath: text("Path under which a proxy serves the board, such as /kanban", { hint: "PATH" }),
  noOpen: toggle("Do not open a browser"),
};

interface ServeFlags {
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly allowHost: readonly string[];
  readonly basePath: string | undefined;
  readonly noOpen: boolean;
}

/** The flags as the server takes them. */
export function serverOptions(flags: ServeFlags, warn: (line: string) => void): ServerOptions {
  return {
    ...(flags.host === undefined ? {} : { host: flags.host }),
    ...(flags.port === undefined ? {} : { port: flags.port }),
    ...(flags.basePath === undefined ? {} : { basePath: flags.basePath }),
    allowHosts: flags.allowHost,
    warn,
  };
}

/** What the flags say of a server that runs already; the rest it says of itself. */
export function address(flags: ServeFlags): {
  host?: string;
  port?: number;
  allowed?: readonly string[];
  base?: string;
} {
  return {
    ...(flags.host === undefined ? {} : { host: flags.host }),
    ...(flags.port === undefined ? {} : { port: flags.port }),
    ...(flags.allowHost.length === 0 ? {} : { allowed: flags.allowHost }),
    ...(flags.basePath === undefined ? {} : { base: flags.basePath.replace(/\/+$/, "") }),
  };
}

/** Prints the address that signs in, warns where it must, and opens a browser if there is a person. */
export function announce(
  server: WebServer,
  flags: ServeFlags,
  { out, log }: Pick<Context<Args>, "out"> & { log: (line: string) => void },
): void {
  if (server.public) {
    log(`other machines can reach this server under ${flags.allowHost.join(", ")}; what they send is not encrypted`);
    log(
      `for an encrypted way: ssh -L ${server.port}:127.0.0.1:${server.port} HOST, or a proxy with TLS on this machine`,
    );
  }
  const url = server.link();
  out(
    { url, port: server.port, pid: process.pid },
    () => `The board is at ${server.url}\nSign in, within a minute: ${url}`,
  );
  if (!flags.noOpen && process.stdout.isTTY) openBrowser(url);
}

/** Asks the desktop to open an address. Without a desktop the printed address is enough. */
function openBrowser(url: string): void {
  const program = process.platform === "darwin" ? "open" : "xdg-open";
  if (Bun.which(program) === null) return;
  Bun.spawn([program, url], { stdin: "ignore", stdout: "ignore", stderr: "ignore", detached: true }).unref();
}
