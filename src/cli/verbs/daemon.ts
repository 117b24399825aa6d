/**
 * `kanban daemon`: the dispatcher, until it is stopped.
 *
 * @module
 */
import { loadConfig } from "../../config.ts";
import { runDaemon } from "../../dispatcher/mod.ts";
import { duration, text, toggle } from "../args.ts";
import { dispatchFlags, dispatchOptions, perPassFlags, runsOn, stamped, tellingFeed } from "../flags/dispatching.ts";
import { verb } from "../verb.ts";

export default verb({
  name: "daemon",
  act: "dispatch",
  args: {
    interval: duration("Safety net: look at least so often, even if nothing changed (default 60s)"),
    ...dispatchFlags,
    ...perPassFlags,
    pidfile: text("Write the process id there while it runs", { hint: "FILE" }),
    drain: toggle("When stopped, wait for the workers that run"),
    verbose: toggle("Tell of everything that happens on the board", { short: "v" }),
  },
  examples: ["kanban daemon --workers 2", "kanban daemon --drain --failure-limit 3 -v"],
  notes: `Ctrl-C stops it. Its workers go on and are adopted by the next dispatcher; with --drain it starts nothing
more and waits for them, and a second Ctrl-C ends it at once.`,
  async run({ args, board, home, style, note }) {
    const log = stamped(note, style);
    const feed = tellingFeed({ home, board, style }, { tell: args.verbose ? "all" : "nothing", log });
    try {
      const ended = runDaemon(home, loadConfig(home), {
        ...dispatchOptions(args, log),
        feed,
        ...(args.interval === undefined ? {} : { intervalSeconds: args.interval }),
        ...(args.pidfile === undefined ? {} : { pidfile: args.pidfile }),
        drain: args.drain,
      });
      await Promise.race([ended, Bun.sleep(0)]); // Where another one runs it has ended already.
      log(runsOn(home, { drain: args.drain }));
      const status = await ended;
      log("stopped");
      return status;
    } finally {
      feed.close();
    }
  },
});
