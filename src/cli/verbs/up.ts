/**
 * `kanban up`: everything that a board needs to be alive, in one process.
 *
 * The parts share one feed. Each is something that runs until it is stopped; when one ends, so does
 * the process, and the others are stopped in reverse order.
 *
 * @module
 */
import { loadConfig } from "../../config.ts";
import { type DispatchOptions, startDaemon } from "../../dispatcher/mod.ts";
import { startNotifier } from "../../notify/mod.ts";
import { toggle } from "../args.ts";
import { dispatchFlags, dispatchOptions, runsOn, stamped, tellingFeed } from "../flags/dispatching.ts";
import { interrupted } from "../flags/follow.ts";
import { announce, serveFlags, serverOptions } from "../flags/serving.ts";
import { verb } from "../verb.ts";

/** How long the parts may take to end: the dispatcher cuts its pass off before that, the notifier its messages. */
const GRACE_MS = 2_000;

/** One part of a living board. */
interface Part {
  readonly name: string;
  /** Settles with an exit status when the part has ended, by itself or because it was stopped. */
  readonly done: Promise<number>;
  stop(): void;
}

export default verb({
  name: "up",
  act: "dispatch",
  args: {
    ...dispatchFlags,
    ...serveFlags,
    verbose: toggle("Tell of everything that happens on the board", { short: "v" }),
  },
  examples: ["kanban up", "kanban up --workers 2 --verbose", "kanban up --port 8080 --no-open"],
  notes: "Workers that run when it is stopped go on, and are adopted by the next dispatcher.",
  async run({ args, board, home, style, note, out }) {
    const log = stamped(note, style);
    const { startServer } = await import("../../web/mod.ts");
    const config = loadConfig(home);
    const feed = tellingFeed({ home, board, style }, { tell: args.verbose ? "all" : "work", log });
    const parts: Part[] = [];
    // Before the start, which does the dispatcher's first pass at once: a signal during it would kill us.
    interrupted().addEventListener("abort", () => stopAll(parts));
    try {
      const dispatching = dispatchOptions(args, log);
      // The web board first: a port in use is reported before any worker starts.
      const server = startServer(home, config, { ...serverOptions(args, log), ...agentsOf(dispatching), feed });
      parts.push({ name: "web board", done: server.done, stop: () => server.stop() });
      const daemon = startDaemon(home, config, { ...dispatching, feed });
      parts.push({ name: "dispatcher", done: daemon.done, stop: () => daemon.stop() });
      const notifier = startNotifier(home, { feed, warn: log });
      parts.push({ name: "notifier", done: notifier.done, stop: () => notifier.stop() });
      log(runsOn(home));
      announce(server, args, { out, log });
      await Promise.race(parts.map((part) => part.done));
      const status = await endAll(parts);
      log("stopped");
      return status;
    } finally {
      await endAll(parts); // A start that throws half-way leaves nothing open.
      feed.close();
    }
  },
});

/** The presets, for the Dispatch button of the web board. */
function agentsOf({ agents }: DispatchOptions): Pick<DispatchOptions, "agents"> {
  return agents === undefined ? {} : { agents };
}

function stopAll(parts: readonly Part[]): void {
  for (const part of parts.toReversed()) part.stop();
}

/** Stops every part and waits for their ends, but not for ever. The highest status of those that have ended. */
async function endAll(parts: readonly Part[]): Promise<number> {
  stopAll(parts);
  const late = Promise.withResolvers<number>();
  const timer = setTimeout(() => late.resolve(0), GRACE_MS);
  const statuses = await Promise.all(parts.map(({ done }) => Promise.race([done, late.promise])));
  clearTimeout(timer);
  return Math.max(0, ...statuses);
}
