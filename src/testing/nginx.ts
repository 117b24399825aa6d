/**
 * A real nginx in front of the web server, with the settings it has when nobody sets any.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir, until } from "./mod.ts";

const NGINX = Bun.which("nginx", { PATH: `${process.env["PATH"]}:/usr/sbin` });
/** Why there can be no nginx here, or null. */
export const noNginx: string | null = NGINX === null ? "nginx is not installed" : null;

export interface Nginx {
  /** Where it listens. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Starts it in front of a port of this machine.
 *
 * @param settings Further lines of its `location`, each with its semicolon.
 * @param location Where it serves what is behind it; everything else is 404.
 */
export async function startNginx(port: number, settings = "", location = "/"): Promise<Nginx> {
  const { path, remove } = tempDir();
  const own = freePort();
  mkdirSync(join(path, "tmp"));
  const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((of) => `${of}_temp_path tmp;`).join("\n");
  writeFileSync(
    join(path, "nginx.conf"),
    `pid nginx.pid; error_log error.log; daemon off; worker_processes 1; events {}
http { access_log off; ${temp}
  server { listen 127.0.0.1:${own}; location ${location} { proxy_pass http://127.0.0.1:${port}; ${settings} } } }
`,
  );
  const child = Bun.spawn([NGINX!, "-p", path, "-c", join(path, "nginx.conf"), "-e", join(path, "error.log")], {
    stdout: "ignore",
    stderr: "pipe",
  });
  const url = `http://127.0.0.1:${own}`;
  await until(
    async () => {
      if (child.exitCode !== null) throw new Error(`nginx ended: ${await new Response(child.stderr).text()}`);
      return fetch(`${url}${location}login`).then(
        ({ status }) => status === 200,
        () => false,
      );
    },
    { what: "nginx to answer", ms: 15_000 },
  );
  return {
    url,
    port: own,
    async close() {
      child.kill("SIGTERM");
      await child.exited;
      remove();
    },
  };
}

function freePort(): number {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = server;
  server.stop(true);
  return port;
}
