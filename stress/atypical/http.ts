/**
 * Odd requests.
 *
 * @module
 */
import { expect } from "bun:test";
import type { Task } from "../../src/kernel/mod.ts";
import { cliJson } from "../program.ts";
import { httpFieldScenarios } from "./http_fields.ts";
import type { Scenario } from "./scenario.ts";
import { raw, site } from "./site.ts";

export const httpScenarios: readonly Scenario[] = [
  {
    name: "HTTP: wrong types are refused with the field's name",
    async run(stage) {
      const { ask, list } = await site(stage);
      for (const [field, values] of Object.entries({
        title: [null, 5, "", "  ", [], {}, "x".repeat(501), "a\0b"],
        body: [5, {}, ["x"], "a\0b"],
        assignee: [5, {}, "x".repeat(201)],
        tenant: [7, []],
        priority: [1.5, "soon", {}, null, 1e12],
        parents: [5, [5], {}, "t_1"],
        skills: [5, [5], ["A B"], [null]],
        triage: ["yes", 1],
        review: ["no"],
        not_before: ["yesterday", {}, -5],
        max_runtime_seconds: ["soon", -1, 1.5],
        workspace_kind: ["moon", 5],
        idempotency_key: [5, {}],
      })) {
        for (const value of values) {
          const { status, error } = await ask("POST", "/api/tasks", { title: "x", [field]: value });
          const about = `${field}=${JSON.stringify(value)}`;
          // A parent that has the form of an id and is none is a question for the board.
          expect([about, field === "parents" ? [400, 404].includes(status) : status === 400]).toEqual([about, true]);
          if (status === 400)
            expect([about, error?.message]).toEqual([about, expect.stringContaining(field.replace(/_kind|s$/, ""))]);
        }
      }
      expect(await list()).toEqual([]);
    },
  },
  {
    name: "HTTP: unknown fields and malformed JSON are refused",
    async run(stage) {
      const { ask, list } = await site(stage);
      for (const body of ["{", "", "[]", "5", "null", '{"title":"x"', "title=x", '{"title":"x"}}', "\u0000"]) {
        expect([body, (await ask("POST", "/api/tasks", body)).status]).toEqual([body, 400]);
      }
      expect((await ask("POST", "/api/tasks", { title: "x", colour: "red" })).error?.message).toContain("colour");
      expect((await ask("POST", "/api/tasks", '{"title":"x","__proto__":{"a":1}}')).status).toBe(400);
      for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"]) {
        const { status } = await ask("POST", "/api/tasks", { title: "x" }, { "content-type": type });
        expect([type, status]).toEqual([type, 400]);
      }
      expect(await list()).toEqual([]);
    },
  },
  {
    name: "HTTP: bodies over 4 MiB are refused, and texts over 1 MiB",
    async run(stage) {
      const { ask, list } = await site(stage);
      expect((await ask("POST", "/api/tasks", { title: "x", body: "y".repeat(5 * 1024 * 1024) })).status).toBe(413);
      expect((await ask("POST", "/api/tasks", { title: "x", body: "y".repeat(2 * 1024 * 1024) })).status).toBe(400);
      expect(await list()).toEqual([]);
    },
  },
  {
    name: "HTTP: wrong tokens, in every way to be wrong",
    async run(stage) {
      const { server, list, place } = await site(stage);
      const secret = await cliJson<Task>(place, ["create", "a secret title"]);
      const { token } = server;
      for (const authorization of [
        "",
        "Bearer",
        "Bearer ",
        `Bearer ${token.slice(0, -1)}`,
        `Bearer ${token}x`,
        `Bearer ${token.slice(0, -1)}${token.endsWith("a") ? "b" : "a"}`,
        `Basic ${token}`,
        token,
        `Bearer ${token} ${token}`,
        `Bearer ${"a".repeat(100_00)}`,
      ]) {
        for (const [method, path] of [
          ["GET", "/api/board"],
          ["POST", "/api/tasks"],
          ["GET", "/"],
          ["GET", "/api/events"],
        ] as const) {
          const answer = await fetch(`${server.url}${path}`, {
            method,
            redirect: "manual",
            headers: { authorization, "content-type": "application/json" },
            ...(method === "POST" ? { body: '{"title":"x"}' } : {}),
          });
          const told = await answer.text();
          const about = `${method} ${path} with "${authorization.slice(0, 20)}"`;
          expect([about, path === "/" ? [200, 302, 303, 401].includes(answer.status) : answer.status === 401]).toEqual([
            about,
            true,
          ]);
          expect(told).not.toContain(token);
          expect(told).not.toContain("a secret title");
        }
      }
      expect((await list()).map(({ id }) => id)).toEqual([secret.id]);
    },
  },
  {
    name: "HTTP: foreign hosts and malformed requests",
    async run(stage) {
      const { server } = await site(stage);
      const port = new URL(server.url).port;
      const get = (host: string) =>
        `GET /api/board HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${server.token}\r\nConnection: close\r\n\r\n`;
      for (const host of [
        "evil.example",
        `evil.example:${port}`,
        `127.0.0.1.evil.example:${port}`,
        "127.0.0.1:x",
        "",
      ]) {
        expect([host, (await raw(server, get(host))).split(" ")[1]]).toEqual([
          host,
          expect.stringMatching(/^40[0-9]$/),
        ]);
      }
      expect((await raw(server, get(`127.0.0.1:${port}`))).split(" ")[1]).toBe("200");
      for (const text of [
        "GARBAGE\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "POST /api/tasks HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        "\0\0\0\0",
      ]) {
        expect((await raw(server, text)).split(" ")[1] ?? "closed").toMatch(/^(?:4\d\d|5\d\d|closed)$/);
      }
      // A loopback name has any port: that of a tunnel is another one.
      for (const host of [`localhost:${port}`, "localhost:1", "127.0.0.1"]) {
        expect([host, (await raw(server, get(host))).split(" ")[1]]).toEqual([host, "200"]);
      }
    },
  },
  {
    name: "HTTP: ids that are paths, routes that are none, methods that are wrong",
    async run(stage) {
      const { ask } = await site(stage);
      for (const id of [
        "..%2f..%2fetc%2fpasswd",
        "t_zzzzzzzz",
        "t_00000000",
        "%00",
        "t_0000000g",
        "'%20OR%201=1",
        "%E0%A4%A",
      ]) {
        for (const path of [`/api/tasks/${id}`, `/api/tasks/${id}/log`]) {
          expect([path, [400, 404].includes((await ask("GET", path)).status)]).toEqual([path, true]);
        }
      }
      for (const [method, path] of [
        ["GET", "/nothing"],
        ["DELETE", "/api/board"],
        ["PUT", "/api/tasks"],
        ["PATCH", "/"],
      ] as const) {
        expect([method, path, [404, 405].includes((await ask(method, path)).status)]).toEqual([method, path, true]);
      }
    },
  },
  {
    name: "HTTP: queries out of range",
    async run(stage) {
      const { ask, place } = await site(stage);
      const { id } = await cliJson<Task>(place, ["create", "x"]);
      for (const path of [
        `/api/tasks/${id}/log?tail=0`,
        `/api/tasks/${id}/log?tail=-5`,
        `/api/tasks/${id}/log?tail=2000001`,
        `/api/tasks/${id}/log?tail=x`,
        "/api/events?since=x",
        "/api/events?since=-1",
        "/api/tasks?after=zzz",
        "/api/tasks?status=sleeping",
        "/api/dispatch?max=x",
      ]) {
        const method = path.startsWith("/api/dispatch") ? "POST" : "GET";
        expect([path, (await ask(method, path)).status]).toEqual([path, 400]);
      }
    },
  },
  {
    name: "HTTP: patches are all or nothing",
    async run(stage) {
      const { ask, place } = await site(stage);
      const { id } = await cliJson<Task>(place, ["create", "before"]);
      const get = async () => JSON.parse((await ask("GET", `/api/tasks/${id}`)).text) as { task: Task };
      for (const [patch, status] of [
        [{ title: "after", status: "review" }, 400],
        [{ title: "after", summary: "without done" }, 400],
        [{ title: "after", status: "sleeping" }, 400],
        [{ title: "after", priority: "soon" }, 400],
        [{ title: "after", block_reason: "x" }, 400],
        [{ title: "after", status: "done", metadata: [1] }, 400],
        [{ title: " ", status: "done" }, 400],
        [{}, 400],
      ] as const) {
        const answer = await ask("PATCH", `/api/tasks/${id}`, patch);
        expect([JSON.stringify(patch), answer.status]).toEqual([JSON.stringify(patch), status]);
        expect((await get()).task).toMatchObject({ title: "before", status: "ready" });
      }
      expect(
        (await ask("PATCH", `/api/tasks/${id}`, { title: "after", status: "done", summary: "s", priority: "P0" }))
          .status,
      ).toBe(200);
      expect((await get()).task).toMatchObject({ title: "after", status: "done", priority: 4 });
      expect((await ask("PATCH", `/api/tasks/${id}`, { title: "again", status: "blocked" })).status).toBe(409);
      expect((await get()).task.title).toBe("after");
    },
  },
  {
    name: "HTTP: bulk with bad ids, self-links, cycles, absent links",
    async run(stage) {
      const { ask, place } = await site(stage);
      const [a, b] = [
        (await cliJson<Task>(place, ["create", "a"])).id,
        (await cliJson<Task>(place, ["create", "b"])).id,
      ];
      expect((await ask("POST", "/api/tasks/bulk", { ids: [], archive: true })).status).toBe(400);
      const bulk = JSON.parse(
        (await ask("POST", "/api/tasks/bulk", { ids: [a, "t_00000000", b], priority: 3 })).text,
      ) as { results: { ok: boolean }[] };
      expect(bulk.results.map(({ ok }) => ok)).toEqual([true, false, true]);
      expect((await ask("POST", "/api/links", { parent_id: a, child_id: a })).status).toBe(400);
      expect((await ask("POST", "/api/links", { parent_id: a, child_id: b })).status).toBe(200);
      expect((await ask("POST", "/api/links", { parent_id: b, child_id: a })).status).toBe(400);
      const gone = await ask("DELETE", `/api/links?parent_id=${b}&child_id=${a}`);
      expect([gone.status, gone.text]).toEqual([200, expect.stringContaining("false")]);
    },
  },
  {
    name: "HTTP: markup in every field is text on every page",
    async run(stage) {
      const { ask, place } = await site(stage);
      const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)><hx-partial hx-target=body>`;
      const { id } = await cliJson<Task>(place, ["create", evil, "--body", evil, "--tenant", evil, "--assignee", evil]);
      await cliJson(place, ["comment", id, `${evil}\n\nevent: reset\ndata: x`, "--author", evil]);
      await cliJson(place, ["block", id, evil]);
      await cliJson(place, ["unblock", id, "--comment", evil]);
      await cliJson(place, ["claim", id]);
      await cliJson(place, [
        "complete",
        id,
        "--summary",
        evil,
        "--result",
        evil,
        "--metadata",
        JSON.stringify({ [evil]: evil }),
      ]);
      await cliJson(place, ["create", `${evil} waits`, "--parent", id, "--not-before", "2h", "--tenant", evil]);
      for (const path of [
        "/",
        `/t/${id}`,
        "/c/done",
        "/runs",
        "/list",
        "/deps",
        `/t/${id}/card`,
        `/t/${id}/runs`,
        "/palette?q=script",
      ]) {
        const { status, text } = await ask("GET", path);
        expect([path, status]).toEqual([path, 200]);
        expect([path, /<script>alert|<img src=x|<hx-partial hx-target=body/.test(text)]).toEqual([path, false]);
        // It is there, as text: a page that shows nothing proves nothing.
        expect([path, text.includes("&lt;script&gt;alert(1)")]).toEqual([path, true]);
      }
      for (const path of ["/insights", "/needs", "/help", `/t/${id}/events`, `/t/${id}/log`, "/pick?q=script"]) {
        const { status, text } = await ask("GET", path);
        expect([path, status, /<script>alert|<img src=x/.test(text)]).toEqual([path, 200, false]);
      }
    },
  },
  {
    name: "HTTP: fifty clients at once change the same task",
    async run(stage) {
      const { ask, place } = await site(stage);
      const { id } = await cliJson<Task>(place, ["create", "x"]);
      const statuses = ["ready", "todo", "triage", "done", "blocked"];
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, i) => ask("PATCH", `/api/tasks/${id}`, { status: statuses[i % 5]! })),
      );
      expect(answers.map(({ status }) => status).filter((status) => status !== 200 && status !== 409)).toEqual([]);
    },
  },
  ...httpFieldScenarios,
];
