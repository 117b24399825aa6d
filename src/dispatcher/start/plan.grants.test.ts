import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { blockTask, claimTask, completeTask, getTask, listRuns } from "../../kernel/mod.ts";
import { type TestHome, testHome } from "../../testing/dispatcher.ts";

setDefaultTimeout(60_000); // The worker calls the real CLI, on a machine that may be busy.

let t: TestHome;
afterEach(() => t?.close());

/** A worker that tries to do more than it may, and says in its log how each try ended. */
const TRIES = `
  cli() { "$KANBAN_BIN" "$@" >>"$KANBAN_HOME/said" 2>&1; }
  bare() { env -u KANBAN_TASK -u KANBAN_RUN -u KANBAN_PROFILE "$KANBAN_BIN" "$@" >>"$KANBAN_HOME/said" 2>&1; }
  printf '{"command":["true"],"may":["approve","move"]}' >"$KANBAN_PROFILE_DIR/config.yaml"
  cli approve "$REVIEW"; echo "approve $?"
  bare approve "$REVIEW"; echo "bare approve $?"
  bare unblock "$BLOCKED"; echo "bare unblock $?"
  env -i KANBAN_HOME="$KANBAN_HOME" "$KANBAN_BIN" approve "$REVIEW" >>"$KANBAN_HOME/said" 2>&1; echo "empty approve $?"
  cli unblock "$BLOCKED"; echo "unblock $?"
  cli complete --summary tried; echo "complete $?"`;

test("a worker may do what its profile allowed when it was claimed, not what it writes or leaves out [D1] [D2]", async () => {
  t = testHome({ now: Date.now });
  const blocked = t.ready({ assignee: "nobody" }).id;
  blockTask(t.board, blocked, { reason: "which one?" });
  const review = t.ready({ assignee: "nobody", review: true }).id;
  completeTask(t.board, review, { runId: claimTask(t.board, review, { claimer: "w" }).run.id });
  t.script(TRIES, { may: ["unblock"], env: { REVIEW: review, BLOCKED: blocked } });
  const { id } = t.ready();
  const d = t.dispatcher();

  await t.pass(d);
  await t.logged(id, "complete ");

  expect(listRuns(t.board, id)).toMatchObject([{ may: ["unblock"] }]);
  await t.logged(id, "approve 1\nbare approve 1\nbare unblock 1\nempty approve 1\nunblock 0\ncomplete 0\n");
  const said = await Bun.file(t.path("said")).text();
  expect(said).toContain("must have allowed it with may: [approve], it allowed may: [unblock]");
  expect(said.match(/this process was started by the worker of run \d+/g)).toHaveLength(3);
  expect([getTask(t.board, review).status, getTask(t.board, blocked).status]).toEqual(["review", "ready"]);
});
