import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  addComment,
  blockTask,
  claimTask,
  completeTask,
  editTask,
  heartbeat,
  latestEventId,
  linkTasks,
  moveTask,
  setPaused,
  write,
} from "../../kernel/mod.ts";
import { until } from "../../testing/mod.ts";
import { into, out, type TestServer, testServer } from "../../testing/server.ts";
import { type EventReader } from "../../testing/sse.ts";
import { openEvents } from "../../testing/sse.ts";

let t: TestServer;
beforeEach(() => void (t = testServer()));
afterEach(() => {
  t.close();
  expect(t.warnings).toEqual([]);
});

/** Everything unnamed that came so far. */
const html = (reader: EventReader) =>
  reader.messages
    .filter(({ event }) => event === "")
    .map(({ data }) => data)
    .join("");

describe("GET /stream", () => {
  test("puts a card of another process into its column, with counts and the event's id", async () => {
    const tab = await t.stream();
    const task = t.create("From elsewhere");
    const message = await tab.next(into(task, "ready"));
    expect(message.id).toBe(String(latestEventId(t.board)));
    expect(message.data).toContain("From elsewhere");
    expect(message.data).toMatch(/hx-target="\[data-n=ready\]"[^>]*>1</);
    expect(message.data).toMatch(/hx-target="\[data-nav=all\]"[^>]*>1</);
  });

  test("sends the first event of a quiet period at once, and gathers those that follow", async () => {
    const tab = await t.stream();
    const first = t.create("First");
    await tab.next(into(first, "ready"));
    const told = tab.messages.length;

    const more = Array.from({ length: 6 }, (_, i) => t.create(`More ${i}`));
    await tab.next(into(more.at(-1)!, "ready"));

    expect(tab.messages.slice(told).filter(({ data }) => data.includes("card-")).length).toBeLessThan(more.length);
  });

  test("says one thing about a task that changed several times in a moment", async () => {
    const task = t.create("Busy");
    const tab = await t.stream();
    write(t.board, () => {
      for (let i = 0; i < 30; i++) editTask(t.board, task.id, { title: `Busy ${i}` });
    });
    await tab.next(({ data }) => data.includes("Busy 29"));
    expect(tab.messages.filter(({ data }) => data.includes(`card-${task.id}`)).length).toBe(1);
  });

  test("draws parents and children again when what they wait for changed", async () => {
    const [parent, child, late] = [t.create("Parent"), t.create("Child"), t.create("Late")];
    linkTasks(t.board, parent.id, child.id);
    linkTasks(t.board, late.id, child.id);
    const tab = await t.stream();
    completeTask(t.board, parent.id);
    const message = await tab.next(into(parent, "done"));
    expect(message.data).toContain(`id="card-${child.id}"`); // Still in todo, but it waits for one less.
    expect(message.data).not.toContain(`id="card-${late.id}"`);
  });

  test("decides for each view what belongs to it", async () => {
    const tabs = {
      auth: await t.stream("/?tenant=auth"),
      none: await t.stream("/?tenant="),
      done: await t.stream("/?status=done"),
      text: await t.stream("/?q=needle"),
    };
    const task = t.create("A needle", { tenant: "auth", body: "hay" });
    await tabs.auth.next(into(task, "ready"));
    await tabs.none.next(out(task));
    await tabs.done.next(out(task));
    await tabs.text.next(into(task, "ready"));
    const other = t.create("Plain", { body: "NEEDLE in the body" });
    await tabs.text.next(into(other, "ready"));
    await tabs.auth.next(out(other));
    await tabs.none.next(into(other, "ready"));
  });

  test("asks for the columns again when more than forty cards change at once", async () => {
    const tab = await t.stream();
    write(t.board, () => {
      for (let i = 0; i < 60; i++) t.create(`Many ${i}`);
    });
    const stale = await tab.next(({ event }) => event === "stale");
    expect(stale.data.split(" ")).toContain("ready");
    expect(html(tab)).not.toContain("Many 3");
    expect(html(tab)).toMatch(/data-n=ready\]"[^>]*>60</);
  });

  test("catches up by the id that was seen last, from the ring and from the log", async () => {
    const keeper = await t.stream(); // Keeps the ring alive.
    const before = latestEventId(t.board);
    const task = t.create("Missed");
    await keeper.next(into(task, "ready"));
    moveTask(t.board, task.id, "todo");
    await keeper.next(into(task, "todo"));

    const fromRing = await t.stream("/", { since: before });
    const caughtUp = await fromRing.next(into(task, "todo"));
    expect(caughtUp.id).toBe(String(latestEventId(t.board)));
    expect(fromRing.messages.some(into(task, "ready"))).toBe(false);

    const fromLog = await t.stream("/", { since: before, headers: { "last-event-id": "0" } });
    await fromLog.next(into(task, "todo"));
  });

  test("the header of a reconnecting tab wins over its address", async () => {
    const task = t.create("Old news");
    const tab = await t.stream("/", { since: 0, headers: { "last-event-id": String(latestEventId(t.board)) } });
    const fresh = t.create("News");
    await tab.next(into(fresh, "ready"));
    expect(tab.messages.some(into(task, "ready"))).toBe(false);
  });

  test("gives up on a gap that is too wide, on an id from the future, and on another build", async () => {
    write(t.board, () => {
      const task = t.create("Chatty");
      for (let i = 0; i < 600; i++) addComment(t.board, task.id, { body: String(i) });
    });
    const tabs = [
      await t.stream("/", { since: 0 }),
      await t.stream("/", { since: 99_999 }),
      await t.stream("/", { query: "&build=old" }),
    ];
    const said = await Promise.all(tabs.map((tab) => tab.next(({ event }) => event === "reset")));
    expect(said.map(({ data }) => data)).toEqual(["gap", "gap", "build"]);
  });

  test("sends viewers of the other pages a stale message, at most once a second", async () => {
    const list = await t.stream("/list?sort=title");
    const needs = await t.stream("/needs");
    const started = performance.now();
    const task = t.create("x");
    for (let i = 0; i < 8; i++) {
      editTask(t.board, task.id, { title: `x${i}` });
      await list.next(({ id }) => id === String(latestEventId(t.board)));
    }
    await list.next(({ event, data }) => event === "stale" && data === "list");
    const seconds = (performance.now() - started) / 1_000;
    expect(list.messages.filter(({ event }) => event === "stale").length).toBeLessThanOrEqual(Math.ceil(seconds) + 1);
    expect((await needs.next(({ event }) => event === "stale")).data).toBe("needs");
  });

  test("says that tasks need a person when there are more of them, and takes them off the list when not", async () => {
    const task = t.create("Ask me");
    const tab = await t.stream("/needs");
    blockTask(t.board, task.id, { reason: "Which one?" });
    expect((await tab.next(({ event }) => event === "say")).data).toBe("1 task needs you");
    moveTask(t.board, task.id, "ready");
    await tab.next(({ data }) => data.includes(`hx-target="#need-${task.id}"`) && data.includes("delete"));
    expect(tab.messages.filter(({ event }) => event === "say").length).toBe(1);
  });

  test("the drawer follows its task, over any view", async () => {
    const task = t.create("Open");
    const tab = await t.stream("/list", { open: task.id });
    addComment(t.board, task.id, { body: "a remark" });
    const message = await tab.next(({ data }) => data.includes(`hx-target="#drawer-${task.id}"`));
    expect(message.data).toContain("a remark");
    expect(message.data).not.toContain(`id="log-${task.id}"`);
  });

  test("the drawer is sent whole once, then only what changed of it", async () => {
    const parent = t.create("Parent", { body: "the body" });
    const children = [1, 2, 3].map((n) => t.create(`Child ${n}`, { parents: [parent.id] }));
    const tab = await t.stream("/list", { open: parent.id });
    const drawer = `hx-target="#drawer-${parent.id}`;
    const news = (from: number) => tab.messages.slice(from).filter(({ data }) => data.includes(drawer));
    editTask(t.board, children[0]!.id, { title: "Child one" });
    addComment(t.board, parent.id, { body: "first" });
    await tab.next(({ data }) => data.includes(`${drawer}"`) && data.includes("the body"));

    const from = tab.messages.length;
    moveTask(t.board, children[1]!.id, "triage");
    addComment(t.board, parent.id, { body: "second" });
    const part = await tab.next(({ data }) => data.includes(`${drawer} #d-comments"`));

    expect(part.data).toContain("second");
    expect(part.data).toContain(`${drawer} #d-events"`);
    expect(news(from).some(({ data }) => data.includes("the body"))).toBe(false);
  });

  test("a drawer that a tab got by another way is sent whole again, and so is one of another status", async () => {
    const task = t.create("Open", { body: "the body" });
    const tab = await t.stream("/list", { open: task.id });
    const whole = ({ data }: { data: string }) => data.includes(`hx-target="#drawer-${task.id}"`);
    const wholes = () => tab.messages.filter(whole).length;
    const remark = async (body: string) => {
      addComment(t.board, task.id, { body });
      await tab.next(({ data }) => data.includes(body));
    };
    await remark("one");
    await remark("two");
    expect(wholes()).toBe(1);

    const headers = { authorization: `Bearer ${t.token}`, "hx-request": "true", "hx-target": "aside#drawer" };
    expect(await (await fetch(`${t.server.url}/t/${task.id}`, { headers })).text()).toContain("two");
    await remark("three");
    expect(wholes()).toBe(2);
    moveTask(t.board, task.id, "triage");
    await tab.next(({ data }) => data.includes('data-status="triage"') && data.includes(`id="drawer-${task.id}"`));

    expect(wholes()).toBe(3);
  });

  test("a heartbeat moves the strip of its card, not the card", async () => {
    const task = t.create("Running");
    const { run } = claimTask(t.board, task.id, { claimer: "w" });
    const tab = await t.stream();
    heartbeat(t.board, task.id, { runId: run.id });
    const strip = await tab.next(({ data }) => data.includes(`hx-target="#run-${task.id}"`));
    expect(strip.id).toBe("");
    expect(html(tab)).not.toContain(`id="card-${task.id}"`);
  });

  test("sends the dispatcher's pause, which is no event", async () => {
    const tab = await t.stream();
    setPaused(t.board, true);
    const message = await tab.next(({ data }) => data.includes('hx-target="#daemon"'));
    expect(message.data).toContain("Paused");
  });

  test("draws waiting cards and open drawers again when what they wait for changes without an event of theirs", async () => {
    const task = t.create("Waiting", { assignee: "demo" });
    const tab = await t.stream("/", { open: task.id });
    const drawer = ({ data }: { data: string }) => data.includes(`hx-target="#drawer-${task.id}"`);

    setPaused(t.board, true);

    expect((await tab.next(drawer)).data).toContain("the board to be resumed (paused by ann)");
    expect((await tab.next(({ event }) => event === "stale")).data).toContain("ready");
  });

  test("a title cannot begin a field or a partial of its own [S: htmx and SSE]", async () => {
    const tab = await t.stream();
    const task = t.create("x\r\revent: reset\rdata: gap\r\r<hx-partial hx-target=body>gone</hx-partial>");
    const message = await tab.next(into(task, "ready"));
    expect(tab.messages.some(({ event }) => event === "reset")).toBe(false);
    expect(message.data).toContain("&lt;hx-partial");
    expect(message.data).not.toContain("<hx-partial hx-target=body>");
  });

  test("refuses an address it cannot read, and takes any view for the board", async () => {
    expect((await t.stream("/", { since: "soon" })).status).toBe(400);
    expect((await t.stream("http://[")).status).toBe(200);
    const head = await fetch(`${t.server.url}/stream?view=/&since=0`, {
      method: "HEAD",
      headers: { authorization: `Bearer ${t.token}` },
    });
    expect(head.status).toBe(404);
  });
});

describe("streams", () => {
  test("are at most 64 for one session, and closing one makes room [S: resources]", async () => {
    const session = await t.signIn();
    const headers = { cookie: session, "sec-fetch-site": "same-origin" };
    const all = await Promise.all(Array.from({ length: 64 }, () => openEvents(`${t.server.url}/api/events`, headers)));
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([200]));
    const late = await openEvents(`${t.server.url}/api/events`, headers);
    expect(late.status).toBe(503);
    all[0]!.close();
    await until(async () => {
      const again = await openEvents(`${t.server.url}/api/events`, headers);
      return again.status === 200;
    });
    expect((await t.events()).status).toBe(200); // Programs are not counted with it.
  });

  test("end with the server, which can start again on the same board without an event", async () => {
    const tab = await t.stream();
    const before = latestEventId(t.board);
    const { done } = t.server;
    t.restart();
    expect(await done).toBe(0);
    await until(() => tab.ended);
    expect(latestEventId(t.board)).toBe(before);
    const again = await t.stream();
    const task = t.create("After the restart");
    await again.next(into(task, "ready"));
  });
});
