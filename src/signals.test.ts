import { describe, expect, test } from "bun:test";
import { join } from "node:path";

const SOURCE = `
  import { onEndSignal } from ${JSON.stringify(join(import.meta.dir, "signals.ts"))};
  let seen = 0;
  onEndSignal(() => ++seen);
  console.log("up");
  // Both are sent before the line: the loop has taken them up when it reads it.
  for await (const _ of console) setTimeout(() => (console.log(seen), process.exit()), 50);`;

/** How many of a SIGHUP and a SIGTERM reach the listener of a process that a shell starts so. */
async function seenBy(shell: string): Promise<number> {
  const argv = ["sh", "-c", `${shell} exec "$0" -e "$1"`, process.execPath, SOURCE];
  const child = Bun.spawn(argv, { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  expect((await lines.read()).value).toBe("up\n");
  child.kill("SIGHUP");
  child.kill("SIGTERM");
  child.stdin.write("look\n");
  await child.stdin.flush();
  const seen = Number((await lines.read()).value);
  await child.exited;
  return seen;
}

describe("onEndSignal()", () => {
  test("receives SIGHUP and SIGTERM", async () => {
    expect(await seenBy("")).toBe(2);
  });

  test("leaves a SIGHUP alone that was ignored when the process was started, as by nohup [K3]", async () => {
    expect(await seenBy("trap '' HUP;")).toBe(1);
  });
});
