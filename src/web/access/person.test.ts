import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { loginName } from "../../home.ts";
import { createTask, eventsAfter, latestEventId, listComments, peopleNames, taskEvents } from "../../kernel/mod.ts";
import { dump } from "../../testing/mod.ts";
import { ORIGIN, type TestWeb, testWeb } from "../../testing/web.ts";
import { cookieName, cookieOf, mintCode, newSession, sessionOf } from "./keys.ts";

let t: TestWeb;
beforeAll(async () => void (t = await testWeb()));
afterAll(() => t.close());

const FORM = { origin: ORIGIN, "content-type": "application/x-www-form-urlencoded" };
const signIn = (fields: Record<string, string>) =>
  t.send("POST", "/login", {
    headers: FORM,
    body: new URLSearchParams({ code: mintCode(t.web.keys), ...fields }).toString(),
  });
const cookieFrom = (response: Response) => response.headers.get("set-cookie")?.split(";")[0];
const nameIn = (response: Response) => {
  const cookie = cookieFrom(response);
  return cookie === undefined ? null : sessionOf(t.web.keys, cookie.slice(cookie.indexOf("=") + 1))!.name;
};
const people = () => peopleNames(t.board, { names: new Set(), people: new Set() });
/** Posts as a browser that is signed in under a name. */
const as = (name: string) => ({ ...t.browser, cookie: `${cookieName(t.web.keys)}=${newSession(t.web.keys, name)}` });
const post = (name: string, path: string, fields: Record<string, string>) =>
  t.send("POST", path, {
    headers: { ...as(name), ...FORM, "hx-request": "true" },
    body: new URLSearchParams(fields).toString(),
  });

describe("signing in", () => {
  test("takes a name, which makes a person known here", async () => {
    const response = await signIn({ name: "  Åsa Öberg " });

    expect(response.status).toBe(204);
    expect(decodeURIComponent(response.headers.get("x-kanban-name")!)).toBe("Åsa Öberg");
    expect(nameIn(response)).toBe("Åsa Öberg");
    expect(people()).toContain("Åsa Öberg");
  });

  test("without a name is under that of the user who runs the server", async () => {
    expect(nameIn(await signIn({}))).toBe(loginName());
    expect(nameIn(await signIn({ name: "  " }))).toBe(loginName());
  });

  test.each([
    ["a profile's name", "demo", /must be a person's name, a profile here has it/],
    ["what programs sign with", "dashboard", /it is what a program signs with/],
    ["a control character", "a\u0007b", /must be a printable name of at most 200 characters/],
    ["text that is turned around", "a\u202eb", /must be a printable name/],
    ["a letter without a shape", "ann\u3164", /must be a printable name/],
    ["nothing but a blank", "\u2800", /must be a printable name/],
    ["more than 200 characters", "é".repeat(201), /must be a printable name/],
  ])("is refused under %s, and the code can be used with another name", async (_, name, message) => {
    const code = mintCode(t.web.keys);
    const before = dump(t.board);

    const refused = await signIn({ code, name });

    expect(refused.status).toBe(400);
    expect(await refused.text()).toMatch(message);
    expect(refused.headers.get("set-cookie")).toBeNull();
    expect(dump(t.board)).toBe(before);
    expect(nameIn(await signIn({ code, name: "zoë" }))).toBe("zoë");
    expect((await signIn({ code, name: "zoë" })).status).toBe(401);
  });

  test("with a wrong code says nothing of names", async () => {
    const refused = await signIn({ code: "wrong", name: "demo" });

    expect(refused.status).toBe(401);
    expect(await refused.text()).toContain("This code is wrong");
  });
});

describe("the name of a session", () => {
  test("signs everything that its browser does, and nothing of another's", async () => {
    const { id } = createTask(t.board, { title: "shared" }).task;
    const since = latestEventId(t.board);

    await post("bo", "/tasks", { title: "made by bo", column: "ready" });
    await post("cy", `/t/${id}/comments`, { body: "hm" });
    await post("bo", `/t/${id}/assign`, { assignee: "cy" });
    await post("cy", "/bulk", { ids: id, priority: "3" });
    await post("bo", `/t/${id}/move`, { to: "running" });
    await post("cy", `/t/${id}/move`, { to: "todo" });
    await post("cy", "/pause", {});

    const signed = eventsAfter(t.board, since).map(({ kind, actor }) => `${actor} ${kind}`);
    expect(signed).toEqual([
      "bo created",
      "cy commented",
      "bo assigned",
      "cy reprioritized",
      "bo claimed",
      "cy status",
    ]);
    expect(listComments(t.board, id).map(({ author }) => author)).toEqual(["cy"]);
    const { html } = await t.page(`/t/${id}`);
    expect(html).toContain("moved to todo by cy"); // What the run says about its end.
    expect(html).toContain("Paused by cy");
    await post("bo", "/resume", {});
  });

  test("is covered by the signature of its cookie", async () => {
    const cookie = newSession(t.web.keys, "bo");
    const [until, random, , signature] = cookie.split(".");
    const forged = [until, random, Buffer.from("cy").toString("base64url"), signature].join(".");

    expect(sessionOf(t.web.keys, cookie)?.name).toBe("bo");
    expect(sessionOf(t.web.keys, forged)).toBeNull();
    expect(sessionOf(t.web.keys, [until, random, signature].join("."))).toBeNull();
    const response = await t.send("GET", "/api/stats", {
      headers: { ...t.browser, cookie: `${cookieName(t.web.keys)}=${forged}` },
    });
    expect(response.status).toBe(401);
  });

  test("can be changed: the session stays, pages of it with the old name are loaded again", async () => {
    const signInIn = async (headers: Record<string, string>) =>
      /data-as="([^"]+)"/.exec(await (await t.send("GET", "/list", { headers })).text())![1];
    const before = as("bo");
    const id = sessionOf(t.web.keys, before.cookie!.split("=")[1])!.id;
    const oldSignIn = await signInIn(before);

    const changed = await t.send("POST", "/me", {
      headers: { ...before, ...FORM },
      body: new URLSearchParams({ name: "Bo Li", next: "/list?q=x" }).toString(),
    });

    expect([changed.status, changed.headers.get("location")]).toEqual([303, "/list?q=x"]);
    const cookie = cookieFrom(changed)!;
    expect(sessionOf(t.web.keys, cookie.slice(cookie.indexOf("=") + 1))).toEqual({ id, name: "Bo Li" });
    expect(people()).toContain("Bo Li");
    expect(await signInIn({ ...t.browser, cookie })).not.toBe(oldSignIn);
  });

  test("stays what it is when the new one is refused, or another site asks", async () => {
    const headers = { ...as("bo"), ...FORM };
    const before = dump(t.board);
    const refused = await t.send("POST", "/me", { headers, body: "name=demo" });
    const foreign = await t.send("POST", "/me", {
      headers: { ...headers, origin: "http://evil.example" },
      body: "name=x",
    });

    expect([refused.status, foreign.status]).toEqual([400, 403]);
    expect([refused, foreign].map((response) => response.headers.get("set-cookie"))).toEqual([null, null]);
    expect(dump(t.board)).toBe(before);
  });

  test("of any length fits into a cookie", () => {
    const name = "𝒙".repeat(200);
    const cookie = cookieOf(t.web.keys, { id: "abc.def", name });

    expect(cookie.length).toBeLessThan(2_000);
  });
});

describe("a program with the token", () => {
  const create = (headers: Record<string, string>) =>
    t.send("POST", "/api/tasks", {
      headers: { ...t.bearer, "content-type": "application/json", ...headers },
      body: '{"title":"x"}',
    });

  test("signs with dashboard, or with the person that its header names", async () => {
    const made = async (headers: Record<string, string>) =>
      ((await (await create(headers)).json()) as { task: { id: string; created_by: string } }).task;

    expect((await made({})).created_by).toBe("dashboard");
    const { id, created_by } = await made({ "x-kanban-actor": encodeURIComponent("Åsa") });
    expect([created_by, taskEvents(t.board, id)[0]!.actor]).toEqual(["Åsa", "Åsa"]);
  });

  test.each([
    ["a profile's name", "demo", /a profile here has it/],
    ["what is no percent-encoding", "%E0%A4%A", /must be percent-encoded UTF-8/],
    ["a control character", "a%07b", /printable/],
  ])("is refused with %s, and nothing changes", async (_, name, message) => {
    const before = dump(t.board);

    const refused = await create({ "x-kanban-actor": name });

    expect(refused.status).toBe(400);
    expect(((await refused.json()) as { error: { message: string } }).error.message).toMatch(message);
    expect(dump(t.board)).toBe(before);
  });
});
