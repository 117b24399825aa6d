import { expect, test } from "bun:test";
import fc from "fast-check";
import { addComment, eventsAfter } from "../../kernel/mod.ts";
import { MAIN, testCli } from "../../testing/cli.ts";
import { EPOCH, testBoard } from "../../testing/mod.ts";
import { eventBefore } from "./follow.ts";

test("following after eventBefore(at) begins with the first event that is not older", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 3 }), { maxLength: 20 }), fc.nat({ max: 70 }), (pauses, offset) => {
      const { board, clock, ready } = testBoard();
      const task = ready();
      for (const pause of pauses) {
        clock.ms += pause;
        addComment(board, task.id, { body: "x" });
      }
      const at = EPOCH + offset - 5;

      const found = eventsAfter(board, eventBefore(board, at));

      expect(found).toEqual(eventsAfter(board, 0).filter((event) => event.created_at >= at));
    }),
    { numRuns: 50 },
  );
});

test("eventBefore() of an empty board is the beginning", () => {
  const { board } = testBoard();
  expect(eventBefore(board, 0)).toBe(0);
});

test("a command that watches its reader ends by itself, also into the pipe of a shell", async () => {
  const cli = testCli();
  try {
    // A shell's pipe: the ones of Bun.spawn are sockets.
    const line = `"$0" "$1" profile test demo | cat`;
    const shell = Bun.spawn(["sh", "-c", line, process.execPath, MAIN], {
      env: cli.env,
      stdout: "pipe",
      stderr: "ignore",
      timeout: 15_000,
    });

    const text = await shell.stdout.text();

    expect(text).toStartWith("works: completed");
    expect(await shell.exited).toBe(0);
  } finally {
    cli.remove();
  }
}, 20_000);
