import { describe, expect, test } from "bun:test";
import type { Asked, Entry, Seen } from "./history/entry.ts";
import { linearize } from "./history/linearize.ts";

/** One call of a history, from one instant to another. */
function call(
  by: string,
  verb: Asked["verb"],
  at: [number, number],
  told: Partial<Seen> | "refused",
  run: number | null = null,
): Entry {
  const seen: Seen = { status: "ready", run: null, assignee: null, held: false };
  return {
    by,
    task: "t_1",
    asked: { verb, run },
    told: told === "refused" ? { refused: "conflict" } : { ...seen, ...told },
    called: at[0],
    returned: at[1],
  };
}

const claimed = (run: number): Partial<Seen> => ({ status: "running", run });

describe("linearize()", () => {
  test("accepts two overlapping claims of which one won", () => {
    const history = [call("ann", "claim", [0, 10], "refused"), call("bob", "claim", [1, 9], claimed(4))];

    expect(linearize(history, { review: false })).toBeNull();
  });

  test("refuses two claims that both won", () => {
    const history = [call("ann", "claim", [0, 10], claimed(4)), call("bob", "claim", [1, 9], claimed(5))];

    expect(linearize(history, { review: false })).toContain("no order of its 2 calls explains the answers");
  });

  test("refuses a claim that lost although nobody had won yet", () => {
    const history = [call("ann", "claim", [0, 1], "refused"), call("bob", "claim", [5, 6], claimed(4))];

    expect(linearize(history, { review: false })).not.toBeNull();
  });

  test("refuses a read that misses a change acknowledged before it began", () => {
    const history = [call("ann", "claim", [0, 1], claimed(4)), call("bob", "read", [5, 6], { status: "ready" })];

    expect(linearize(history, { review: false })).not.toBeNull();
  });

  test("refuses a late completion that was let through", () => {
    const history = [
      call("ann", "claim", [0, 1], claimed(4)),
      call("eve", "reclaim", [2, 3], { status: "ready" }),
      call("bob", "claim", [4, 5], claimed(7)),
      call("ann", "complete", [6, 7], { status: "done" }, 4),
    ];

    expect(linearize(history, { review: false })).not.toBeNull();
    expect(
      linearize([...history.slice(0, 3), call("ann", "complete", [6, 7], "refused", 4)], { review: false }),
    ).toBeNull();
  });
});
