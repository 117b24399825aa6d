/**
 * `kanban serve`: the web board, until it is stopped.
 *
 * @module
 */
import { loadConfig } from "../../config.ts";
import { toggle } from "../args.ts";
import { stamped } from "../flags/dispatching.ts";
import { interrupted } from "../flags/follow.ts";
import { address, announce, serveFlags, serverOptions } from "../flags/serving.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "serve",
  act: "serve",
  args: { ...serveFlags, link: toggle("Print a new sign-in link for the server that runs already, and end") },
  examples: ["kanban serve", "kanban serve --port 8080 --no-open", "kanban serve --link"],
  notes: `Prints an address that signs one browser in, within a minute, and opens it. Programs send the token of
run/token as Bearer instead; the routes are described at /api.

Only this machine can reach the server, and who tunnels to it: ssh -L 9000:127.0.0.1:4747 HOST, then open
http://localhost:9000. To serve others give the address to bind to with --host, and with --allow-host each name that
they type: requests for any other name are refused. There is no encryption. For that leave out --host, name the proxy with
--allow-host, and let it add TLS and pass Host on (nginx: proxy_set_header Host $http_host); tailscale serve does that too.
With --base-path /kanban it serves the board under that path; whatever else has the same origin can act on the board.`,
  async run({ args, board, home, style, note, stdout, out }) {
    const { signInLink, startServer } = await import("../../web/mod.ts");
    void board; // A board that cannot be opened is reported before anything starts.
    if (args.link) {
      const url = signInLink(home, address(args));
      return out({ url }, () => url);
    }
    const { agents } = await import("../../agents/mod.ts");
    const log = stamped(note, style);
    const server = startServer(home, loadConfig(home), { ...serverOptions(args, log), agents });
    announce(server, args, { out, log });
    interrupted(stdout).addEventListener("abort", () => server.stop());
    const status = await server.done;
    log("stopped");
    return status;
  },
});
