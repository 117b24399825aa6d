import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { appendFileSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { logPath } from "../../home.ts";
import { claimTask, editTask, recordSpawned, type Task } from "../../kernel/mod.ts";
import { until } from "../../testing/mod.ts";
import { type TestServer, testServer } from "../../testing/server.ts";
import { type EventReader } from "../../testing/sse.ts";

let t: TestServer;
beforeEach(() => void (t = testServer()));
afterEach(() => {
  t.close();
  expect(t.warnings).toEqual([]);
});

describe("the log of the open task", () => {
  let task: Task;
  beforeEach(() => {
    task = t.create("Logged");
    const { run } = claimTask(t.board, task.id, { claimer: "w", boot_id: "boot" });
    recordSpawned(t.board, { taskId: task.id, runId: run.id, pid: 1, pid_started: null, boot_id: "boot" });
    mkdirSync(t.home.logs, { recursive: true });
  });
  const logs = (tab: EventReader) =>
    tab.messages
      .filter(({ event }) => event === "log")
      .map(({ data }) => data)
      .join("");

  test("continues at the byte that the page shows, in colours, and at the same place after a reconnect", async () => {
    writeFileSync(logPath(t.home, task.id), "shown already\n");
    const tab = await t.stream("/", { open: task.id, query: "&log=14" });
    appendFileSync(logPath(t.home, task.id), "\x1b[31mred <b>\x1b[0m\n");
    await tab.next(({ event, data }) => event === "log" && data.includes("red &lt;b&gt;"));
    expect(logs(tab)).not.toContain("shown already");
    await until(() => tab.lastId.includes("."));
    const seen = tab.lastId;
    tab.close();

    appendFileSync(logPath(t.home, task.id), "while away\n");
    const again = await t.stream("/", { open: task.id, query: "&log=14", headers: { "last-event-id": seen } });
    await again.next(({ event, data }) => event === "log" && data.includes("while away"));
    expect(logs(again)).not.toContain("red");
  });

  test("waits for the rest of a character and of an escape sequence", async () => {
    writeFileSync(logPath(t.home, task.id), "");
    const tab = await t.stream("/", { open: task.id });
    const euro = Buffer.from("€");
    appendFileSync(logPath(t.home, task.id), Buffer.concat([Buffer.from("costs 5 "), euro.subarray(0, 1)]));
    await tab.next(({ event, data }) => event === "log" && data.includes("costs 5"));
    appendFileSync(logPath(t.home, task.id), Buffer.concat([euro.subarray(1), Buffer.from(" \x1b[3")]));
    await tab.next(({ event, data }) => event === "log" && data.includes("€"));
    appendFileSync(logPath(t.home, task.id), "2mgreen\x1b[0m end\n");
    await tab.next(({ event, data }) => event === "log" && data.includes("end"));
    expect(logs(tab)).not.toContain("\ufffd");
    expect(logs(tab)).not.toContain("[3");
    expect(logs(tab)).toMatch(/<span[^>]*>green<\/span>/);
  });

  test("skips what a worker that prints without end would pile up, and says so", async () => {
    writeFileSync(logPath(t.home, task.id), "");
    const tab = await t.stream("/", { open: task.id });
    appendFileSync(logPath(t.home, task.id), `${"y".repeat(400 * 1024)}\nlast line\n`);
    await tab.next(({ event, data }) => event === "log" && data.includes("last line"));
    expect(logs(tab)).toContain("KB left out here");
    expect(logs(tab).length).toBeLessThan(40 * 1024);
  });

  test("continues where it was when the middle of the log is cut out [A6]", async () => {
    const path = logPath(t.home, task.id);
    writeFileSync(path, "first\n");
    const { ino } = statSync(path);
    const tab = await t.stream("/", { open: task.id });
    for (let n = 0; n < 2; n++) {
      appendFileSync(path, `${"x".repeat(9_000)}\nround ${n}\n`);
      await tab.next(({ event, data }) => event === "log" && data.includes(`round ${n}`));
      // As a dispatcher does it: the end of the log follows its head, and the file is shorter.
      writeFileSync(path, `first\n${"x".repeat(4_000)}\nround ${n}\n`);
      expect(statSync(path).ino).toBe(ino);
    }
    appendFileSync(path, "last line\n");
    await tab.next(({ event, data }) => event === "log" && data.includes("last line"));

    expect(logs(tab).match(/round \d|last line|left out/g)).toEqual(["round 0", "round 1", "last line"]);
    expect(tab.messages.some(({ event }) => event === "log-reset")).toBe(false);
  }, 20_000);

  test("says that it is another file after a rotation, and sends no more of it", async () => {
    writeFileSync(logPath(t.home, task.id), "old\n");
    const tab = await t.stream("/", { open: task.id });
    renameSync(logPath(t.home, task.id), `${logPath(t.home, task.id)}.1`);
    writeFileSync(logPath(t.home, task.id), "new run\n");
    await tab.next(({ event }) => event === "log-reset");
    appendFileSync(logPath(t.home, task.id), "more\n");
    editTask(t.board, task.id, { title: "Still drawn" });
    await tab.next(({ data }) => data.includes("Still drawn"));
    expect(logs(tab)).toBe("");
  });

  test("survives a log that is taken away or put behind a link", async () => {
    writeFileSync(logPath(t.home, task.id), "here\n");
    const tab = await t.stream("/", { open: task.id, query: "&log=5" });
    rmSync(logPath(t.home, task.id));
    symlinkSync("/etc/passwd", logPath(t.home, task.id));
    await tab.next(({ event }) => event === "log-reset");
    editTask(t.board, task.id, { title: "Still drawn" });
    await tab.next(({ data }) => data.includes("Still drawn"));
    expect(logs(tab)).toBe("");
  });

  test("shows the last line on the card as it moves", async () => {
    writeFileSync(logPath(t.home, task.id), "first\n");
    const tab = await t.stream();
    appendFileSync(logPath(t.home, task.id), "\x1b[1mhalf way\x1b[0m\n\n");
    const strip = await tab.next(
      ({ data }) => data.includes(`hx-target="#run-${task.id}"`) && data.includes("half way"),
    );
    expect(strip.data).not.toContain("\x1b");
  });
});
