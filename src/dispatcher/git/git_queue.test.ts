import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { tempDir, until } from "../../testing/mod.ts";
import { inTurn } from "./git_queue.ts";

const dir = tempDir();
afterAll(() => dir.remove());
let names = 0;
const fresh = () => join(dir.path, `repo ${++names}`, ".git");

/** Something that is under way until it is let go. */
function work() {
  const { promise, resolve } = Promise.withResolvers<void>();
  const state = { begun: false, end: resolve, run: () => ((state.begun = true), promise) };
  return state;
}

/** A process whose turn it is and stays. */
async function holderOf(name: string) {
  const source = `
    setInterval(() => {}, 1_000);
    const { inTurn } = await import(${JSON.stringify(join(import.meta.dir, "git_queue.ts"))});
    await inTurn(${JSON.stringify(name)}, () => (console.log("mine"), new Promise(() => {})));`;
  const holder = Bun.spawn([process.execPath, "-e", source], { stdout: "pipe" });
  await holder.stdout.getReader().read();
  return holder;
}

describe("inTurn()", () => {
  test("runs one after the other for one repository, and side by side for two [J3]", async () => {
    const [name, other] = [fresh(), fresh()];
    const [first, second, third] = [work(), work(), work()];

    const both = [inTurn(name, first.run), inTurn(name, second.run), inTurn(other, third.run)];
    await until(() => first.begun && third.begun);

    expect(second.begun).toBe(false);
    first.end();
    await until(() => second.begun);
    second.end();
    third.end();
    await Promise.all(both);
  });

  test("continues after a turn that failed [J3]", async () => {
    const name = fresh();
    const failed = inTurn(name, () => Promise.reject(new Error("no")));
    const next = inTurn(name, () => Promise.resolve(7));

    expect(failed).rejects.toThrow("no");
    expect(await next).toBe(7);
  });

  test("leaves the line at once when the caller stops, and keeps the order of the others [J3]", async () => {
    const name = fresh();
    const [first, third] = [work(), work()];
    const stop = new AbortController();
    const one = inTurn(name, first.run);
    const two = inTurn(name, () => Promise.resolve(), { signal: stop.signal });
    const three = inTurn(name, third.run);
    await until(() => first.begun);

    stop.abort(new Error("too late"));

    expect(two).rejects.toThrow("too late");
    await two.catch(() => {});
    expect(third.begun).toBe(false);
    first.end();
    await until(() => third.begun);
    third.end();
    await Promise.all([one, three]);
  });

  test("waits for another process, and not for one that was killed [J3]", async () => {
    const name = fresh();
    const holder = await holderOf(name);
    let begun = false;

    const waiting = inTurn(name, async () => void (begun = true), { waitMs: 60_000 });
    const another = await holderOf(fresh()); // A whole process starts meanwhile: many turns of the loop.
    another.kill("SIGKILL");
    expect(begun).toBe(false);
    holder.kill("SIGKILL");
    await waiting;

    expect(begun).toBe(true);
  });

  test("does without a lock that another process never releases [J3]", async () => {
    const name = fresh();
    const holder = await holderOf(name);

    expect(await inTurn(name, () => Promise.resolve("went on"), { waitMs: 50 })).toBe("went on");

    holder.kill("SIGKILL");
    await holder.exited;
  });
});
