import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { loadConfig } from "../config.ts";
import { type Home, homeOf, logPath, prepareHome } from "../home.ts";
import {
  addComment,
  type Board,
  blockTask,
  claimTask,
  closeBoard,
  completeTask,
  type CreateInput,
  createTask,
  editTask,
  eventsAfter,
  heartbeat,
  latestEventId,
  linkTasks,
  moveTask,
  openBoard,
  recordSpawned,
  setPaused,
  type Task,
  write,
} from "../kernel/mod.ts";
import { tempDir, until } from "../testing/mod.ts";
import { type EventReader, openEvents } from "../testing/sse.ts";
import { startServer, type WebServer } from "./mod.ts";

let home: Home;
let board: Board;
let server: WebServer;
let remove: () => void;
let open: EventReader[] = [];
let warnings: string[] = [];

beforeEach(() => {
  const dir = tempDir();
  remove = dir.remove;
  home = homeOf({ KANBAN_HOME: dir.path });
  prepareHome(home);
  board = openBoard(home.db, { actor: "ann" });
  warnings = [];
  server = startServer(home, loadConfig(home), { port: 0, warn: (line) => warnings.push(line) });
});
afterEach(() => {
  for (const reader of open) reader.close();
  open = [];
  server.stop();
  closeBoard(board);
  remove();
  expect(warnings).toEqual([]);
});

const create = (title: string, input: Partial<CreateInput> = {}): Task => createTask(board, { title, ...input }).task;
const bearer = () => ({ authorization: `Bearer ${token()}` });
const token = () => readFileSync(home.token, "utf8").trim();

/** Opens the stream of a page that shows the board as it is now. */
async function stream(
  view = "/",
  more: { open?: string; since?: number | string; headers?: Record<string, string>; query?: string } = {},
) {
  const since = more.since ?? latestEventId(board);
  const query = `view=${encodeURIComponent(view)}&open=${more.open ?? ""}&since=${since}${more.query ?? ""}`;
  const reader = await openEvents(`${server.url}/stream?${query}`, { ...bearer(), ...more.headers });
  open.push(reader);
  return reader;
}
async function events(query = "", headers: Record<string, string> = {}) {
  const reader = await openEvents(`${server.url}/api/events${query}`, { ...bearer(), ...headers });
  open.push(reader);
  return reader;
}
const html = (reader: EventReader) =>
  reader.messages
    .filter(({ event }) => event === "")
    .map(({ data }) => data)
    .join("");
const into = (task: Task, status: string) => (message: { data: string }) =>
  message.data.includes(`hx-target="#list-${status}"`) && message.data.includes(`id="card-${task.id}"`);
const out = (task: Task) => (message: { data: string }) =>
  message.data.includes(`hx-target="#card-${task.id}" hx-swap="delete"`);

describe("GET /stream", () => {
  test("puts a card of another process into its column, with counts and the event's id", async () => {
    const tab = await stream();
    const task = create("From elsewhere");
    const message = await tab.next(into(task, "ready"));
    expect(message.id).toBe(String(latestEventId(board)));
    expect(message.data).toContain("From elsewhere");
    expect(message.data).toMatch(/hx-target="\[data-n=ready\]"[^>]*>1</);
    expect(message.data).toMatch(/hx-target="\[data-nav=all\]"[^>]*>1</);
  });

  test("reaches a tab within a few milliseconds of its window", async () => {
    const tab = await stream();
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      const at = performance.now();
      const task = create(`Timed ${i}`);
      await tab.next(into(task, "ready"));
      times.push(performance.now() - at);
    }
    expect(times.sort((a, b) => a - b)[2]!).toBeLessThan(400); // 120 ms of gathering; the rest is a loaded machine.
  });

  test("says one thing about a task that changed several times in a moment", async () => {
    const task = create("Busy");
    const tab = await stream();
    write(board, () => {
      for (let i = 0; i < 30; i++) editTask(board, task.id, { title: `Busy ${i}` });
    });
    await tab.next(({ data }) => data.includes("Busy 29"));
    expect(tab.messages.filter(({ data }) => data.includes(`card-${task.id}`)).length).toBe(1);
  });

  test("draws parents and children again when what they wait for changed", async () => {
    const [parent, child, late] = [create("Parent"), create("Child"), create("Late")];
    linkTasks(board, parent.id, child.id);
    linkTasks(board, late.id, child.id);
    const tab = await stream();
    completeTask(board, parent.id);
    const message = await tab.next(into(parent, "done"));
    expect(message.data).toContain(`id="card-${child.id}"`); // Still in todo, but it waits for one less.
    expect(message.data).not.toContain(`id="card-${late.id}"`);
  });

  test("decides for each view what belongs to it", async () => {
    const tabs = {
      auth: await stream("/?tenant=auth"),
      none: await stream("/?tenant="),
      done: await stream("/?status=done"),
      text: await stream("/?q=needle"),
    };
    const task = create("A needle", { tenant: "auth", body: "hay" });
    await tabs.auth.next(into(task, "ready"));
    await tabs.none.next(out(task));
    await tabs.done.next(out(task));
    await tabs.text.next(into(task, "ready"));
    const other = create("Plain", { body: "NEEDLE in the body" });
    await tabs.text.next(into(other, "ready"));
    await tabs.auth.next(out(other));
    await tabs.none.next(into(other, "ready"));
  });

  test("asks for the columns again when more than forty cards change at once", async () => {
    const tab = await stream();
    write(board, () => {
      for (let i = 0; i < 60; i++) create(`Many ${i}`);
    });
    const stale = await tab.next(({ event }) => event === "stale");
    expect(stale.data.split(" ")).toContain("ready");
    expect(html(tab)).not.toContain("Many 3");
    expect(html(tab)).toMatch(/data-n=ready\]"[^>]*>60</);
  });

  test("catches up by the id that was seen last, from the ring and from the log", async () => {
    const keeper = await stream(); // Keeps the ring alive.
    const before = latestEventId(board);
    const task = create("Missed");
    await keeper.next(into(task, "ready"));
    moveTask(board, task.id, "todo");
    await keeper.next(into(task, "todo"));

    const fromRing = await stream("/", { since: before });
    const caughtUp = await fromRing.next(into(task, "todo"));
    expect(caughtUp.id).toBe(String(latestEventId(board)));
    expect(fromRing.messages.some(into(task, "ready"))).toBe(false);

    const fromLog = await stream("/", { since: before, headers: { "last-event-id": "0" } });
    await fromLog.next(into(task, "todo"));
  });

  test("the header of a reconnecting tab wins over its address", async () => {
    const task = create("Old news");
    const tab = await stream("/", { since: 0, headers: { "last-event-id": String(latestEventId(board)) } });
    const fresh = create("News");
    await tab.next(into(fresh, "ready"));
    expect(tab.messages.some(into(task, "ready"))).toBe(false);
  });

  test("gives up on a gap that is too wide, on an id from the future, and on another build", async () => {
    write(board, () => {
      const task = create("Chatty");
      for (let i = 0; i < 600; i++) addComment(board, task.id, { body: String(i) });
    });
    const tabs = [
      await stream("/", { since: 0 }),
      await stream("/", { since: 99_999 }),
      await stream("/", { query: "&build=old" }),
    ];
    const said = await Promise.all(tabs.map((tab) => tab.next(({ event }) => event === "reset")));
    expect(said.map(({ data }) => data)).toEqual(["gap", "gap", "build"]);
  });

  test("tells who looks at the other pages that they are stale, at most once a second", async () => {
    const list = await stream("/list");
    const needs = await stream("/needs");
    const started = performance.now();
    const task = create("x");
    for (let i = 0; i < 8; i++) {
      editTask(board, task.id, { title: `x${i}` });
      await list.next(({ id }) => id === String(latestEventId(board)));
    }
    await list.next(({ event, data }) => event === "stale" && data === "list");
    const seconds = (performance.now() - started) / 1_000;
    expect(list.messages.filter(({ event }) => event === "stale").length).toBeLessThanOrEqual(Math.ceil(seconds) + 1);
    expect((await needs.next(({ event }) => event === "stale")).data).toBe("needs");
  });

  test("says that tasks need somebody when there are more of them, and takes them off the list when not", async () => {
    const task = create("Ask me");
    const tab = await stream("/needs");
    blockTask(board, task.id, { reason: "Which one?" });
    expect((await tab.next(({ event }) => event === "say")).data).toBe("1 task needs you");
    moveTask(board, task.id, "ready");
    await tab.next(({ data }) => data.includes(`hx-target="#need-${task.id}"`) && data.includes("delete"));
    expect(tab.messages.filter(({ event }) => event === "say").length).toBe(1);
  });

  test("the drawer follows its task, whatever view it lies over", async () => {
    const task = create("Open");
    const tab = await stream("/list", { open: task.id });
    addComment(board, task.id, { body: "a remark" });
    const message = await tab.next(({ data }) => data.includes(`hx-target="#drawer-${task.id}"`));
    expect(message.data).toContain("a remark");
    expect(message.data).not.toContain(`id="log-${task.id}"`);
  });

  test("a heartbeat moves the strip of its card, not the card", async () => {
    const task = create("Running");
    const { run } = claimTask(board, task.id, { claimer: "w" });
    const tab = await stream();
    heartbeat(board, task.id, { runId: run.id });
    const strip = await tab.next(({ data }) => data.includes(`hx-target="#run-${task.id}"`));
    expect(strip.id).toBe("");
    expect(html(tab)).not.toContain(`id="card-${task.id}"`);
  });

  test("tells of the dispatcher's pause, which is no event", async () => {
    const tab = await stream();
    setPaused(board, true);
    const message = await tab.next(({ data }) => data.includes('hx-target="#daemon"'));
    expect(message.data).toContain("Paused");
  });

  test("a title cannot begin a field or a partial of its own", async () => {
    const tab = await stream();
    const task = create("x\r\revent: reset\rdata: gap\r\r<hx-partial hx-target=body>gone</hx-partial>");
    const message = await tab.next(into(task, "ready"));
    expect(tab.messages.some(({ event }) => event === "reset")).toBe(false);
    expect(message.data).toContain("&lt;hx-partial");
    expect(message.data).not.toContain("<hx-partial hx-target=body>");
  });

  test("refuses an address it cannot read, and takes any view for the board", async () => {
    expect((await stream("/", { since: "soon" })).status).toBe(400);
    expect((await stream("http://[")).status).toBe(200);
    const head = await fetch(`${server.url}/stream?view=/&since=0`, { method: "HEAD", headers: bearer() });
    expect(head.status).toBe(404);
  });
});

describe("the log of the open task", () => {
  let task: Task;
  beforeEach(() => {
    task = create("Logged");
    const { run } = claimTask(board, task.id, { claimer: "w", boot_id: "boot" });
    recordSpawned(board, { taskId: task.id, runId: run.id, pid: 1, pid_started: null, boot_id: "boot" });
    mkdirSync(home.logs, { recursive: true });
  });
  const logs = (tab: EventReader) =>
    tab.messages
      .filter(({ event }) => event === "log")
      .map(({ data }) => data)
      .join("");

  test("goes on at the byte that the page shows, in colours, and at the same place after a reconnect", async () => {
    writeFileSync(logPath(home, task.id), "shown already\n");
    const tab = await stream("/", { open: task.id, query: "&log=14" });
    appendFileSync(logPath(home, task.id), "\x1b[31mred <b>\x1b[0m\n");
    await tab.next(({ event, data }) => event === "log" && data.includes("red &lt;b&gt;"));
    expect(logs(tab)).not.toContain("shown already");
    await until(() => tab.lastId.includes("."));
    const seen = tab.lastId;
    tab.close();

    appendFileSync(logPath(home, task.id), "while away\n");
    const again = await stream("/", { open: task.id, query: "&log=14", headers: { "last-event-id": seen } });
    await again.next(({ event, data }) => event === "log" && data.includes("while away"));
    expect(logs(again)).not.toContain("red");
  });

  test("waits for the rest of a character and of an escape sequence", async () => {
    writeFileSync(logPath(home, task.id), "");
    const tab = await stream("/", { open: task.id });
    const euro = Buffer.from("€");
    appendFileSync(logPath(home, task.id), Buffer.concat([Buffer.from("costs 5 "), euro.subarray(0, 1)]));
    await tab.next(({ event, data }) => event === "log" && data.includes("costs 5"));
    appendFileSync(logPath(home, task.id), Buffer.concat([euro.subarray(1), Buffer.from(" \x1b[3")]));
    await tab.next(({ event, data }) => event === "log" && data.includes("€"));
    appendFileSync(logPath(home, task.id), "2mgreen\x1b[0m end\n");
    await tab.next(({ event, data }) => event === "log" && data.includes("end"));
    expect(logs(tab)).not.toContain("\ufffd");
    expect(logs(tab)).not.toContain("[3");
    expect(logs(tab)).toMatch(/<span[^>]*>green<\/span>/);
  });

  test("skips what a worker that prints without end would pile up, and says so", async () => {
    writeFileSync(logPath(home, task.id), "");
    const tab = await stream("/", { open: task.id });
    appendFileSync(logPath(home, task.id), `${"y".repeat(400 * 1024)}\nlast line\n`);
    await tab.next(({ event, data }) => event === "log" && data.includes("last line"));
    expect(logs(tab)).toContain("KB left out here");
    expect(logs(tab).length).toBeLessThan(40 * 1024);
  });

  test("says that it is another file after a rotation, and sends no more of it", async () => {
    writeFileSync(logPath(home, task.id), "old\n");
    const tab = await stream("/", { open: task.id });
    renameSync(logPath(home, task.id), `${logPath(home, task.id)}.1`);
    writeFileSync(logPath(home, task.id), "new run\n");
    await tab.next(({ event }) => event === "log-reset");
    appendFileSync(logPath(home, task.id), "more\n");
    editTask(board, task.id, { title: "Still drawn" });
    await tab.next(({ data }) => data.includes("Still drawn"));
    expect(logs(tab)).toBe("");
  });

  test("shows the last line on the card as it moves", async () => {
    writeFileSync(logPath(home, task.id), "first\n");
    const tab = await stream();
    appendFileSync(logPath(home, task.id), "\x1b[1mhalf way\x1b[0m\n\n");
    const strip = await tab.next(
      ({ data }) => data.includes(`hx-target="#run-${task.id}"`) && data.includes("half way"),
    );
    expect(strip.data).not.toContain("\x1b");
  });
});

describe("GET /api/events", () => {
  test("begins now, replays all from 0, and goes on after the id that was seen", async () => {
    create("old");
    const [live, all] = [await events(), await events("?since=0")];
    const task = create("new");
    const message = await live.next(({ data }) => data.includes(task.id));
    expect(live.messages.length).toBe(1);
    expect(JSON.parse(message.data)).toEqual(eventsAfter(board, Number(message.id) - 1)[0]!);
    await all.next(({ data }) => data.includes(task.id));
    expect(all.messages.map(({ id }) => Number(id))).toEqual(eventsAfter(board, 0).map(({ id }) => id));

    const resumed = await events("?since=0", { "last-event-id": message.id });
    const third = create("third");
    await resumed.next(({ data }) => data.includes(third.id));
    expect(resumed.messages.length).toBe(1);
  });

  test("a reader gets every event once and in order while others write", async () => {
    const task = create("busy");
    const total = 3_000;
    const reader = await events("?since=0");
    for (let i = 0; i < total / 100; i++) {
      write(board, () => {
        for (let k = 0; k < 100; k++) addComment(board, task.id, { body: `${i} ${k}` });
      });
      await Promise.resolve();
      if (i % 5 === 0) await reader.next(() => true);
    }
    await until(() => reader.lastId === String(latestEventId(board)), { what: "the last event", ms: 10_000 });
    expect(reader.messages.map(({ id }) => Number(id))).toEqual(
      eventsAfter(board, 0, { limit: 10_000 }).map(({ id }) => id),
    );
  });

  test("a reader that takes nothing holds nobody up, and gets everything when it reads again", async () => {
    const task = create("flood");
    const socket = await slowReader(server, "/api/events?since=0", token());
    const lively = await events();
    for (let i = 0; i < 40; i++) {
      write(board, () => {
        for (let k = 0; k < 25; k++) addComment(board, task.id, { body: "x".repeat(4_000), author: "z".repeat(150) });
      });
      const newest = String(latestEventId(board));
      await until(() => lively.lastId === newest, { what: `event ${newest}` });
    }
    socket.resume();
    const newest = latestEventId(board);
    await until(() => socket.text().includes(`id: ${newest}\n`), { what: "the last event", ms: 10_000 });
    const ids = [...socket.text().matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
    expect(ids).toEqual(eventsAfter(board, 0, { limit: 10_000 }).map(({ id }) => id));
    socket.end();
  });

  test("refuses what is no id", async () => {
    expect((await events("?since=x")).status).toBe(400);
    expect((await events("?since=-1")).status).toBe(400);
    expect((await events("", { "last-event-id": "x" })).status).toBe(400);
  });
});

describe("streams", () => {
  test("are at most 64 for one session, and closing one makes room", async () => {
    const session = await signIn(server);
    const headers = { cookie: session, "sec-fetch-site": "same-origin" };
    const all = await Promise.all(Array.from({ length: 64 }, () => openEvents(`${server.url}/api/events`, headers)));
    open.push(...all);
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]));
    const late = await openEvents(`${server.url}/api/events`, headers);
    expect(late.status).toBe(503);
    all[0]!.close();
    await until(async () => {
      const again = await openEvents(`${server.url}/api/events`, headers);
      open.push(again);
      return again.status === 200;
    });
    expect((await events()).status).toBe(200); // Programs are not counted with it.
  });

  test("end with the server, which can start again on the same board without an event", async () => {
    const tab = await stream();
    const before = latestEventId(board);
    server.stop();
    expect(await server.done).toBe(0);
    await until(() => tab.ended);
    server = startServer(home, loadConfig(home), { port: 0, warn: (line) => warnings.push(line) });
    expect(latestEventId(board)).toBe(before);
    const again = await stream();
    const task = create("After the restart");
    await again.next(into(task, "ready"));
  });
});

async function signIn(to: WebServer): Promise<string> {
  const code = to.link().split("#")[1]!;
  const response = await fetch(`${to.url}/login`, {
    method: "POST",
    headers: { origin: to.url },
    body: new URLSearchParams({ code }),
  });
  expect(response.status).toBe(204);
  return response.headers.get("set-cookie")!.split(";")[0]!;
}

/** A client that opens a stream and does not read from its socket until it is told to. */
async function slowReader(to: WebServer, path: string, bearerToken: string) {
  const chunks: Buffer[] = [];
  let closed = false;
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port: to.port,
    socket: {
      open(self) {
        self.write(
          `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${to.port}\r\nAuthorization: Bearer ${bearerToken}\r\n\r\n`,
        );
        self.pause();
      },
      data: (_, chunk) => void chunks.push(Buffer.from(chunk)),
      close: () => void (closed = true),
    },
  });
  return {
    // Chunked transfer encoding puts lengths between the chunks; none of the assertions falls on one.
    text: () =>
      Buffer.concat(chunks)
        .toString()
        .replace(/\r\n[0-9a-f]+\r\n/g, "")
        .replace(/^[\s\S]*?\r\n\r\n/, ""),
    closed: () => closed,
    resume: () => socket.resume(),
    end: () => socket.end(),
  };
}
