/**
 * Odd requests, field by field: the same evil through every route that takes a text.
 *
 * @module
 */
import { expect } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Comment, Run, Task } from "../../src/kernel/mod.ts";
import { cli, cliJson } from "../program.ts";
import type { Scenario } from "./scenario.ts";
import { raw, site } from "./site.ts";

interface Detail {
  task: Task;
  comments: Comment[];
  runs: Run[];
}

/** Texts that mean something to SQL, a shell or a header; each must come back as it went in. */
const evils = (canary: string) => [
  `'); DROP TABLE tasks; UPDATE tasks SET status='done'; --`,
  `" OR ""="" /* $id ?1 :title */ UNION SELECT * FROM tasks`,
  `$(touch '${canary}'); \`touch '${canary}'\` | touch '${canary}' & ; ../../etc/passwd`,
  `x\r\nSet-Cookie: a=b\r\n\r\nevent: reset\ndata: {}`,
];

export const httpFieldScenarios: readonly Scenario[] = [
  {
    name: "HTTP: SQL, shell and header injection in every field of every route",
    async run(stage) {
      const { ask, list } = await site(stage);
      const canary = join(stage.dir, "canary");
      for (const [at, evil] of evils(canary).entries()) {
        const made = await ask("POST", "/api/tasks", {
          title: evil,
          body: evil,
          assignee: evil,
          tenant: evil,
          created_by: evil,
          idempotency_key: evil,
          workflow_template_id: evil,
          current_step_key: evil,
          workspace_kind: "dir",
          workspace_path: evil,
        });
        expect([evil, made.status]).toEqual([evil, 200]);
        const { id } = (JSON.parse(made.text) as { task: Task }).task;
        const patch = async (fields: object) =>
          expect([fields, (await ask("PATCH", `/api/tasks/${id}`, fields)).status]).toEqual([fields, 200]);
        await patch({ title: evil, body: evil, tenant: evil, assignee: evil, workflow_template_id: evil });
        expect((await ask("POST", `/api/tasks/${id}/comments`, { body: evil, author: evil })).status).toBe(200);
        await patch({ status: "blocked", block_reason: evil });
        await patch({ status: "ready" });
        await patch({ status: "done", summary: evil, result: evil, metadata: { [evil]: evil } });
        const bulk = await ask("POST", "/api/tasks/bulk", { ids: [id, evil], assignee: evil });
        expect([
          bulk.status,
          (JSON.parse(bulk.text) as { results: { ok: boolean }[] }).results.map(({ ok }) => ok),
        ]).toEqual([200, [true, false]]);
        for (const body of [
          { parent_id: id, child_id: evil },
          { parent_id: evil, child_id: id },
        ]) {
          expect([400, 404]).toContain((await ask("POST", "/api/links", body)).status);
        }
        const seen = JSON.parse((await ask("GET", `/api/tasks/${id}`)).text) as Detail;
        expect(seen.task).toMatchObject({ title: evil, body: evil, assignee: evil, tenant: evil, created_by: evil });
        expect(seen.task).toMatchObject({ idempotency_key: evil, current_step_key: evil, workspace_path: evil });
        expect(seen.task).toMatchObject({ workflow_template_id: evil, result: evil, status: "done" });
        expect(seen.comments.map(({ author, body }) => [author, body])).toEqual([
          [evil, evil],
          ["dashboard", `BLOCKED: ${evil}`],
        ]);
        expect(seen.runs.at(-1)).toMatchObject({ summary: evil, metadata: { [evil]: evil } });
        expect((await list()).length).toBe(at + 1);
      }
      expect(existsSync(canary)).toBe(false);
    },
  },
  {
    name: "HTTP: SQL in every filter finds what has this text and nothing else",
    async run(stage) {
      const { ask, place } = await site(stage);
      await cliJson(place, ["create", "innocent"]);
      for (const evil of ["' OR '1'='1", "%", "__", "*", "[a-z]*", "' UNION SELECT * FROM task_runs --", "\\"]) {
        const { id } = await cliJson<Task>(place, ["create", evil, "--tenant", evil, "--assignee", evil]);
        const text = encodeURIComponent(evil);
        for (const query of [`q=${text}`, `tenant=${text}`, `assignee=${text}`]) {
          const found = JSON.parse((await ask("GET", `/api/tasks?${query}`)).text) as { tasks: Task[] };
          expect([query, found.tasks.map(({ title }) => title)]).toEqual([query, [evil]]);
          expect(found.tasks[0]!.id).toBe(id);
          expect([query, (await ask("GET", `/api/board?${query}`)).status]).toEqual([query, 200]);
        }
        for (const query of [`sort=${text}`, `status=${text}`, `after=${text}`, `limit=${text}`, `colour=${text}`]) {
          expect([query, (await ask("GET", `/api/tasks?${query}`)).status]).toEqual([query, 400]);
        }
      }
    },
  },
  {
    name: "HTTP: wrong types, unknown fields and broken JSON on every route that takes a body",
    async run(stage) {
      const { ask, place } = await site(stage);
      const { id } = await cliJson<Task>(place, ["create", "before"]);
      const other = await cliJson<Task>(place, ["create", "other"]);
      const board = async () => (await cli(place, ["show", id, "--json"])).stdout.replace(/"age":\{[^}]*\}/g, "");
      const before = await board();
      const link = { parent_id: id, child_id: other.id };
      for (const [method, path, right, wrong] of [
        ["PATCH", `/api/tasks/${id}`, { title: "after" }, WRONG_PATCHES],
        ["POST", `/api/tasks/${id}/comments`, { body: "after" }, WRONG_COMMENTS],
        ["POST", "/api/links", link, [{ parent_id: 5 }, { child_id: [] }, { child_id: null }, { parent_id: "a\0b" }]],
        ["POST", "/api/tasks/bulk", { ids: [id], priority: 4 }, WRONG_BULKS],
      ] as const) {
        for (const fields of [...wrong, { colour: "red" }, { ["constructor"]: 1 }, { ["toString"]: "x" }]) {
          const body = { ...right, ...fields };
          const { status } = await ask(method, path, body);
          expect([method, path, JSON.stringify(fields), status]).toEqual([method, path, JSON.stringify(fields), 400]);
        }
        for (const body of [
          "{",
          "[]",
          "5",
          "null",
          `${JSON.stringify(right)}}`,
          "\u0000",
          '{"__proto__":{}}',
          "{'a':1}",
        ]) {
          expect([method, path, body, (await ask(method, path, body)).status]).toEqual([method, path, body, 400]);
        }
      }
      expect(await board()).toBe(before);
    },
  },
  {
    name: "HTTP: a body of no announced length is cut off at 4 MiB, and no request waits for what never comes",
    async run(stage) {
      const { server, list } = await site(stage);
      const head = (line: string) =>
        `POST /api/tasks HTTP/1.1\r\nHost: ${new URL(server.url).host}\r\nAuthorization: Bearer ${server.token}\r\n` +
        `Content-Type: application/json\r\nConnection: close\r\n${line}\r\n\r\n`;
      const piece = "y".repeat(65_536);
      const chunked = `${piece.length.toString(16)}\r\n${piece}\r\n`.repeat(80);
      const answer = await raw(server, `${head("Transfer-Encoding: chunked")}${chunked}0\r\n\r\n`);
      expect(answer.split(" ")[1] ?? "closed").toMatch(/^(?:413|closed)$/);
      const waiting = raw(server, `${head("Content-Length: 1000")}{"title":"never finished"`);
      const small = `${head("Transfer-Encoding: chunked")}d\r\n{"title":"ok"}\r\n0\r\n\r\n`.replace(
        "\r\nd\r\n",
        "\r\ne\r\n",
      );
      expect((await raw(server, small)).split(" ")[1]).toBe("200");
      await waiting;
      expect((await list()).map(({ title }) => title)).toEqual(["ok"]);
    },
  },
  {
    name: "HTTP: tokens in cookies, in the address and in strange headers open nothing",
    async run(stage) {
      const { server, place } = await site(stage);
      await cliJson(place, ["create", "a secret title"]);
      const { token, url } = server;
      const { port } = new URL(url);
      for (const headers of [
        {},
        { cookie: `token=${token}` },
        { cookie: `kanban=${token}; kanban_${port}=${token}; session=${token}` },
        { "x-api-key": token, "x-authorization": `Bearer ${token}` },
        { authorization: `bearer${token}` },
        { authorization: `Bearer ${token.toUpperCase() === token ? token.toLowerCase() : token.toUpperCase()}` },
      ] as Record<string, string>[]) {
        for (const path of [
          "/api/tasks",
          `/api/tasks?token=${token}`,
          `/?token=${token}`,
          "/",
          "/list",
          "/runs",
          "/api/events?since=0",
        ]) {
          const answer = await fetch(`${url}${path}`, { headers, redirect: "manual" });
          const told = answer.status === 200 && path.startsWith("/api") ? "200" : await answer.text();
          expect([path, headers, told.includes("a secret title"), told]).toEqual([
            path,
            headers,
            false,
            path.startsWith("/api") ? expect.not.stringMatching(/^200$/) : expect.any(String),
          ]);
          await answer.body?.cancel().catch(() => null);
        }
      }
    },
  },
  {
    name: "HTTP: empty and blank fields mean none where none is allowed, and are refused elsewhere",
    async run(stage) {
      const { ask, place, list } = await site(stage);
      for (const blank of ["", " ", "\t\n", "\u00a0"]) {
        expect((await ask("POST", "/api/tasks", { title: blank })).status).toBe(400);
      }
      expect(await list()).toEqual([]);
      const made = await ask("POST", "/api/tasks", { title: "x", body: "", assignee: " ", tenant: "", parents: [] });
      const { id } = (JSON.parse(made.text) as { task: Task }).task;
      const { task } = await cliJson<{ task: Task }>(place, ["show", id]);
      expect(task).toMatchObject({ title: "x", body: null, assignee: null, tenant: null });
      for (const [method, path, body] of [
        ["PATCH", `/api/tasks/${id}`, { title: " " }],
        ["PATCH", `/api/tasks/${id}`, {}],
        ["PATCH", `/api/tasks/${id}`, { status: "" }],
        ["POST", `/api/tasks/${id}/comments`, { body: " \n" }],
        ["POST", `/api/tasks/${id}/comments`, {}],
        ["POST", "/api/tasks/bulk", { ids: [""], priority: 1 }],
        ["POST", "/api/links", { parent_id: "", child_id: "" }],
      ] as const) {
        const answer = await ask(method, path, body);
        const about = `${method} ${path} ${JSON.stringify(body)}`;
        const refused = path.endsWith("bulk")
          ? /"ok":false/.test(answer.text) || answer.status === 400
          : answer.status === 400 || answer.status === 404;
        expect([about, answer.status, refused]).toEqual([about, answer.status, true]);
      }
      expect((await cliJson<Detail>(place, ["show", id])).comments).toEqual([]);
      expect((await list())[0]).toMatchObject({ title: "x", status: "ready", priority: 0 });
    },
  },
  {
    name: "HTTP and CLI create under one idempotency key at the same instant",
    async run(stage) {
      const { ask, place, list } = await site(stage);
      const byHttp = Array.from({ length: 20 }, async () => {
        const { status, text } = await ask("POST", "/api/tasks", { title: "keyed", idempotency_key: "k" });
        return status === 200 ? (JSON.parse(text) as { task: Task }).task.id : text;
      });
      const byCli = Array.from(
        { length: 6 },
        async () => (await cliJson<Task>(place, ["create", "keyed", "--idempotency-key", "k"])).id,
      );
      const ids = await Promise.all([...byHttp, ...byCli]);

      expect(new Set(ids).size).toBe(1);
      expect((await list()).map(({ id }) => id)).toEqual([ids[0]!]);
      await cliJson(place, ["archive", ids[0]!]);
      const next = await cliJson<Task>(place, ["create", "keyed again", "--idempotency-key", "k"]);
      expect(next.id).not.toBe(ids[0]!);
    },
  },
];

const WRONG_PATCHES: readonly object[] = [
  { title: null },
  { title: 5 },
  { title: ["x"] },
  { body: 5 },
  { assignee: {} },
  { tenant: [] },
  { priority: 1.5 },
  { priority: null },
  { review: "yes" },
  { not_before: "soonish" },
  { max_runtime_seconds: -1 },
  { skills: [null] },
  { workspace_kind: "moon" },
  { status: 5 },
  { status: ["done"] },
  { status: "done", metadata: "text" },
  { status: "done", metadata: [1] },
  { status: "done", summary: {} },
  { status: "done", result: 5 },
  { status: "blocked", block_reason: ["x"] },
  { body: "a\0b" },
];
const WRONG_COMMENTS: readonly object[] = [
  { body: null },
  { body: 5 },
  { body: {} },
  { body: "a\0b" },
  { author: 5 },
  { author: "x".repeat(201) },
];
const WRONG_BULKS: readonly object[] = [
  { ids: 5 },
  { ids: [5] },
  { ids: {} },
  { ids: null },
  { priority: "soon" },
  { assignee: 5 },
  { archive: "yes" },
  { status: "sleeping" },
  { status: "review" },
  { status: "done", archive: true },
];
