/**
 * Programs that read the whole past of the board at once, and how long another request waits meanwhile.
 *
 * This file is also the program that reads: started with an address, a token and the id of the last event.
 *
 * @module
 */
import { prepareHome } from "../../src/home.ts";
import { addComment, closeBoard, createTask, latestEventId, openBoard, write } from "../../src/kernel/mod.ts";
import { placeAt, startServer, stop } from "../program.ts";
import type { Bench } from "./figure.ts";

const READERS = 25;
const EVENTS = { quick: 40_000, full: 200_000 };

export const readers: Bench = {
  name: "readers",
  async run({ dir, scale }) {
    const place = placeAt(dir);
    prepareHome(place.home);
    const newest = fillEvents(place.home.db, EVENTS[scale]);
    const server = await startServer(place);
    try {
      const ask = async () => {
        const from = performance.now();
        const answer = await fetch(`${server.url}/api/stats`, { headers: { authorization: `Bearer ${server.token}` } });
        await answer.text();
        return performance.now() - from;
      };
      for (let i = 0; i < 20; i++) await ask(); // Statements are prepared, code is compiled.
      const child = Bun.spawn([process.execPath, import.meta.path, server.url, server.token, String(newest)], {
        env: place.env,
        stdin: "ignore",
        stdout: "ignore",
        stderr: "inherit",
      });
      const waits: number[] = [];
      for (let over = false; !over;) {
        waits.push(await ask());
        over = await Promise.race([child.exited.then(() => true), Bun.sleep(2).then(() => false)]);
      }
      if ((await child.exited) !== 0) throw new Error("the readers did not come to the end of the events");
      waits.sort((a, b) => a - b);
      const value = waits[Math.floor(waits.length * 0.99)] ?? waits.at(-1)!;
      const name = `a request while ${READERS} programs read ${EVENTS[scale].toLocaleString("en")} events, p99`;
      return [{ name, value, unit: "ms", target: { most: 50 }, note: `longest ${Math.round(waits.at(-1)!)} ms` }];
    } finally {
      await stop(server);
    }
  },
};

function fillEvents(path: string, count: number): number {
  const board = openBoard(path, { actor: "bench" });
  const { task } = createTask(board, { title: "busy" });
  for (let left = count; left > 0; left -= 1_000) {
    write(board, () => {
      for (let i = 0; i < 1_000; i++) addComment(board, task.id, { body: "x" });
    });
  }
  const newest = latestEventId(board);
  closeBoard(board);
  return newest;
}

/** Reads until the last event has come. */
async function readAll(url: string, token: string, last: string): Promise<void> {
  const answer = await fetch(`${url}/api/events?since=0`, { headers: { authorization: `Bearer ${token}` } });
  let tail = "";
  for await (const chunk of answer.body!) {
    tail = (tail + Buffer.from(chunk.subarray(-600)).toString()).slice(-1_200);
    if (tail.includes(`id: ${last}\n`)) return;
  }
  throw new Error("the stream ended early");
}

if (import.meta.main) {
  const [url, token, last] = process.argv.slice(2);
  await Promise.all(Array.from({ length: READERS }, () => readAll(url!, token!, last!)));
  process.exit(0);
}
