import { afterEach, describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemProcesses } from "../dispatcher/mod.ts";
import { homeOf } from "../home.ts";
import { tempDir } from "../testing/mod.ts";
import { publishServer, runningServers } from "./server_record.ts";

const made: { remove(): void }[] = [];
afterEach(() => made.splice(0).forEach((dir) => dir.remove()));
const system = systemProcesses();

function temp() {
  const dir = tempDir();
  made.push(dir);
  return homeOf({ KANBAN_HOME: dir.path });
}

const here = (port: number) => ({ host: "127.0.0.1", port, allowed: ["board.example"], base: "" });

/** Changes what a record says, as an earlier process would have said it. */
function rewrite(file: string, changes: object): void {
  writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, "utf8")) as object), ...changes }));
}

describe("runningServers()", () => {
  test("are those that said so and have not ended", () => {
    const home = temp();
    expect(runningServers(home)).toEqual([]);

    const [one, two] = [publishServer(home, here(4_001)), publishServer(home, here(4_002))];
    expect(runningServers(home).map(({ port, pid }) => [port, pid])).toEqual([
      [4_002, process.pid],
      [4_001, process.pid],
    ]);
    two();
    expect(runningServers(home)).toMatchObject([here(4_001)]);
    one();

    expect(readdirSync(home.servers)).toEqual([]);
  });

  test.each([
    ["whose number another process has by now", { pid_started: "1" }],
    ["of an earlier boot", { boot_id: "before" }],
    ["in another PID namespace", { pid_namespace: "pid:[4711]" }],
    ["on another machine", { boot_id: "there", machine: "there#01234567" }],
  ])("has none %s", (_, changes) => {
    const home = temp();
    publishServer(home, here(4_001));
    rewrite(join(home.servers, readdirSync(home.servers)[0]!), changes);

    expect(runningServers(home)).toEqual([]);
  });

  test("reads nothing that is no record", () => {
    const home = temp();
    mkdirSync(home.servers, { recursive: true });
    const whole = { ...here(1), started_at: 1, pid: process.pid, pid_started: system.startOf(process.pid) };
    const place = { boot_id: system.bootId, machine: system.host, pid_namespace: system.namespace };
    const texts = ["", "null", "[]", "{", JSON.stringify({ ...whole, ...place, host: "evil.example/?" })];
    texts.forEach((text, n) => writeFileSync(join(home.servers, `${n}.json`), text));

    expect(runningServers(home)).toEqual([]);
    writeFileSync(join(home.servers, "0.json"), JSON.stringify({ ...whole, ...place }));
    expect(runningServers(home)).toHaveLength(1);
  });
});

test("a server clears away what those left behind that were killed, and nothing of those that it cannot see", () => {
  const home = temp();
  for (const port of [4_001, 4_002]) publishServer(home, here(port));
  const [killed, unseen] = readdirSync(home.servers).sort();
  rewrite(join(home.servers, killed!), { pid_started: "1" });
  rewrite(join(home.servers, unseen!), { pid_namespace: "pid:[4711]" });

  publishServer(home, here(4_003));

  expect(readdirSync(home.servers).sort()).toEqual([unseen!, `${process.pid}-4003.json`]);
});
