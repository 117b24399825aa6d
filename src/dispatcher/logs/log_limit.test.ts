import { afterEach, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  closeSync,
  existsSync,
  linkSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { logPath } from "../../home.ts";
import { letGo, type TestHome, testHome } from "../../testing/dispatcher.ts";
import { until } from "../../testing/mod.ts";
import { cutLog } from "./log_limit.ts";
import { dispatchOnce } from "../tick.ts";
import { followLog, type LogMark, openLog } from "./logs.ts";
import { outputOfRun } from "./run_output.ts";

let t: TestHome;
afterEach(async () => {
  await t?.stopDaemons();
  t?.close();
});
const ID = "t_00000001";
const MAX = 80_000;
/** The line that says how much is left out, and the end of the line before it. */
const NOTE_BYTES = 80;
const path = () => logPath(t.home, ID);

/** A live run: what it prints, line by line, with a descriptor of its own. */
function running(): { mark: LogMark; print(from: number, to: number): void; close(): void } {
  t = testHome();
  writeFileSync(path(), "an earlier run\n");
  const { fd, mark } = openLog(t.home, ID);
  return {
    mark,
    print(from, to) {
      const numbers = Array.from({ length: to - from }, (_, n) => String(from + n).padStart(8, "0"));
      writeSync(fd, numbers.map((n) => `line ${n} of the output\n`).join(""));
    },
    close: () => closeSync(fd),
  };
}
const LINE = "line 00000000 of the output\n".length;
const lines = (text: string) => text.match(/^line \d{8} of the output$/gm)!.map((line) => Number(line.slice(5, 13)));

describe("cutLog()", () => {
  test("leaves a log alone that is not too long", () => {
    const run = running();
    run.print(0, Math.floor(MAX / LINE));
    const before = readFileSync(path());

    expect(cutLog(t.home, ID, run.mark, MAX)).toBe(0);

    expect(readFileSync(path()).equals(before)).toBe(true);
    run.close();
  });

  test("keeps head and end of the same file, and what was before; the worker appends behind them [A6]", () => {
    const run = running();
    run.print(0, 10_000);
    const { ino, size } = statSync(path());

    const cut = cutLog(t.home, ID, run.mark, MAX);
    run.print(10_000, 10_003);
    run.close();

    const text = readFileSync(path(), "utf8");
    expect(statSync(path()).ino).toBe(ino);
    expect(size - cut).toBeLessThan(MAX);
    expect(text.slice(0, 28)).toBe("an earlier run\nline 00000000");
    expect(text.slice(-LINE)).toBe("line 00010002 of the output\n");
    const kept = lines(text);
    const gap = kept.findIndex((n, at) => n !== at);
    expect(kept.slice(gap)).toEqual(Array.from({ length: 10_003 - kept[gap]! }, (_, n) => kept[gap]! + n));
    const omitted = 10_000 * LINE - (kept.length - 3) * LINE;
    const note = /\n… ([\d.]+) kB omitted \((\d+) bytes\) … *\n/.exec(text)!;
    expect(Math.abs(Number(note[2]) - omitted)).toBeLessThan(LINE); // One line was cut in two.
    expect(Number(note[1])).toBeCloseTo(omitted / 1_000, 0);
  });

  test("adds up what it cuts, with one line that says so", () => {
    const run = running();
    for (let n = 0; n < 5; n++) {
      run.print(n * 10_000, (n + 1) * 10_000);
      cutLog(t.home, ID, run.mark, MAX);
    }
    run.close();

    const text = readFileSync(path(), "utf8");
    const notes = [...text.matchAll(/^… .* omitted \((\d+) bytes\) … *$/gm)];
    expect(notes).toHaveLength(1);
    const printed = Number(notes[0]![1]) + Buffer.byteLength(text) - "an earlier run\n".length - NOTE_BYTES;
    expect(printed).toBe(50_000 * LINE);
    expect(text.slice(-LINE)).toBe("line 00049999 of the output\n");
  });

  test("takes any bytes, and cuts no character in two", () => {
    t = testHome();
    writeFileSync(path(), "é€🗂".repeat(30_000));
    const { ino } = statSync(path());

    cutLog(t.home, ID, { ino, offset: 0 }, 65_537);

    const text = readFileSync(path(), "utf8");
    expect(text.slice(0, text.indexOf("\n…"))).not.toContain("\ufffd");
    writeFileSync(path(), crypto.getRandomValues(new Uint8Array(60_000)));
    for (let n = 0; n < 10; n++) appendFileSync(path(), crypto.getRandomValues(new Uint8Array(60_000)));
    expect(cutLog(t.home, ID, { ino: statSync(path()).ino, offset: 0 }, 65_537)).toBeGreaterThan(500_000);
  });

  test("does not touch another file in the place of the log, nor what a link of any kind leads to", () => {
    const run = running();
    run.print(0, 10_000);
    run.close();
    const before = readFileSync(path());

    expect(cutLog(t.home, ID, { ...run.mark, ino: run.mark.ino + 1 }, MAX)).toBe(0);
    symlinkSync(path(), logPath(t.home, "t_00000002"));
    expect(cutLog(t.home, "t_00000002", run.mark, MAX)).toBe(0);
    linkSync(path(), t.path("another name"));
    expect(cutLog(t.home, ID, run.mark, MAX)).toBe(0);

    expect(readFileSync(path()).equals(before)).toBe(true);
  });

  test("leaves the run's output where its end looks for it: first lines and last lines", () => {
    const run = running();
    run.print(0, 10_000);
    cutLog(t.home, ID, run.mark, MAX);
    run.close();

    const output = outputOfRun(t.home, ID, run.mark, { bytes: 1_000, head: 1_000 }).text;

    expect(output.slice(0, LINE)).toBe("line 00000000 of the output\n");
    expect(output.slice(-LINE)).toBe("line 00009999 of the output\n");
  });
});

describe("a reader that follows a log", () => {
  async function follow(act: (run: ReturnType<typeof running>, seen: () => string) => Promise<void>): Promise<string> {
    const run = running();
    const stop = new AbortController();
    let seen = "";
    const reader = (async () => {
      for await (const text of followLog(t.home, ID, { from: run.mark.offset, signal: stop.signal })) seen += text;
    })();
    await act(run, () => seen);
    stop.abort();
    await reader;
    run.close();
    return seen;
  }

  test("misses nothing and sees nothing twice when the middle is cut out behind it [A6]", async () => {
    const seen = await follow(async (run, so) => {
      for (let n = 0; n < 4; n++) {
        run.print(n * 4_000, (n + 1) * 4_000);
        await until(() => so().endsWith(`line ${String((n + 1) * 4_000 - 1).padStart(8, "0")} of the output\n`));
        cutLog(t.home, ID, run.mark, MAX);
      }
    });

    expect(lines(seen)).toEqual(Array.from({ length: 16_000 }, (_, n) => n));
    expect(seen.includes("omitted")).toBe(false);
  });

  test("learns when something was cut out that it had not read yet, and continues near the end", async () => {
    const seen = await follow(async (run, so) => {
      run.print(0, 4_000);
      await until(() => so().endsWith("line 00003999 of the output\n"));
      run.print(4_000, 100_000); // In one turn of the event loop: the reader does not get to it.
      cutLog(t.home, ID, run.mark, MAX);
      await until(() => so().endsWith("line 00099999 of the output\n"));
    });

    const read = lines(seen);
    expect(read.length).toBeLessThan(10_000);
    const lost = seen.indexOf("… some output was removed from the log before it was read …\n");
    expect(seen.slice(lost - LINE - 1, lost)).toBe("line 00003999 of the output\n\n");
    expect(read.at(-1)).toBe(99_999);
  });
});

describe("a worker that prints without end", () => {
  const max = 4 * 1024 * 1024;

  function endsWith(file: string, text: string): boolean {
    const fd = openSync(file, "r");
    const bytes = Buffer.alloc(text.length);
    readSync(fd, bytes, 0, bytes.length, Math.max(0, statSync(file).size - bytes.length));
    closeSync(fd);
    return bytes.toString() === text;
  }

  test("keeps its disk: its log is cut while it runs, and its task is not affected [A6] [T: endless or binary]", async () => {
    t = testHome({ now: Date.now });
    t.script("echo first; yes abcdefghijklmnopqrstuvwxyz | head -c 100000000; echo last; exec sleep 300");
    t.start({ settings: { log_bytes_max: max } });
    const { id } = t.ready();
    const log = logPath(t.home, id);
    await until(() => existsSync(log) && statSync(log).size <= max && endsWith(log, "last\n"), {
      ms: 30_000,
      what: "the last line in a log that is short enough",
    });

    const text = readFileSync(log, "latin1");
    expect(text.slice(0, 33)).toBe("first\nabcdefghijklmnopqrstuvwxyz\n");
    const [, omitted] = / omitted \((\d+) bytes\) /.exec(text)!;
    expect(Number(omitted)).toBeGreaterThan(50_000_000);
    expect(t.kinds(id)).toEqual(["created", "claimed", "spawned"]);
    expect(t.warnings).toEqual([]);
  }, 60_000);

  test("is kept short by a dispatcher that adopted it, and once more when it has ended [A6]", async () => {
    t = testHome({ now: Date.now });
    t.script(
      'yes | head -c 10000000; echo up; until test -e "$KANBAN_HOME/go"; do sleep 0.01; done; yes | head -c 9000000',
    );
    const { id } = t.ready();
    await dispatchOnce(t.board, t.home, t.config);
    const log = logPath(t.home, id);
    await until(() => endsWith(log, "up\n"), { ms: 30_000 });
    expect(statSync(log).size).toBe(10_000_003);

    t.start({ settings: { log_bytes_max: max } });
    await until(() => statSync(log).size <= max);
    letGo(t);
    await until(() => t.run(id).ended_at !== null, { ms: 30_000 });

    expect(t.run(id)).toMatchObject({ outcome: "abandoned" });
    await until(() => statSync(log).size <= max);
    expect(readFileSync(log, "latin1").match(/ omitted /g)).toHaveLength(1);
  }, 60_000);
});
