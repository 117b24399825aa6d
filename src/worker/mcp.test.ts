import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { homeOf, prepareHome, type WorkerEnv } from "../home.ts";
import { cliArgv } from "../program.ts";
import {
  type Board,
  claimTask,
  closeBoard,
  createTask,
  getTask,
  type JsonObject,
  listComments,
  listRuns,
  openBoard,
  reclaimTask,
} from "../kernel/mod.ts";
import { FILLERS, largeTask } from "../testing/large_task.ts";
import { tempDir, testBoard } from "../testing/mod.ts";
import { serveMcp } from "./mcp.ts";
import { queue } from "../testing/worker_tools.ts";

/** Serves these lines to a server in this process and returns what it sent and warned. */
async function serve(
  lines: readonly string[],
  { worker = null, orchestrator = false }: { worker?: WorkerEnv | null; orchestrator?: boolean } = {},
) {
  const sent: JsonObject[] = [];
  const warned: string[] = [];
  const { board } = testBoard();
  await serveMcp({
    board: () => board,
    queue,
    worker,
    who: "ann",
    orchestrator,
    version: "1.2.3",
    input: new Blob([`${lines.join("\n")}\n`]).stream(),
    send: (message) => sent.push(JSON.parse(JSON.stringify(message)) as JsonObject),
    warn: (text) => warned.push(text),
  });
  return { sent, warned };
}

const ask = (id: number, method: string, params: object = {}) => JSON.stringify({ jsonrpc: "2.0", id, method, params });
const stateless = (version = "2026-07-28") => ({ _meta: { "io.modelcontextprotocol/protocolVersion": version } });

describe("serveMcp()", () => {
  test("answers each version of the handshake with itself, and an unknown one with the newest", async () => {
    const versions = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05", "1999-01-01"];
    const { sent } = await serve(versions.map((protocolVersion, id) => ask(id, "initialize", { protocolVersion })));
    expect(sent.map(({ result }) => (result as JsonObject)["protocolVersion"])).toEqual([
      ...versions.slice(0, 4),
      "2025-11-25",
    ]);
    expect(sent[0]).toMatchObject({
      result: {
        serverInfo: { name: "kanban", version: "1.2.3" },
        capabilities: { tools: {}, resources: {}, prompts: {} },
      },
    });
  });

  test("answers an independent request in that era's form", async () => {
    const { sent } = await serve([
      ask(1, "server/discover", stateless()),
      ask(2, "tools/list", stateless()),
      ask(3, "tools/list"),
    ]);
    const envelope = { resultType: "complete", _meta: { "io.modelcontextprotocol/serverInfo": { name: "kanban" } } };
    expect(sent[0]).toMatchObject({ id: 1, result: { supportedVersions: ["2026-07-28"], ttlMs: 0, ...envelope } });
    expect(sent[1]).toMatchObject({ id: 2, result: { tools: [], ttlMs: 0, cacheScope: "private", ...envelope } });
    expect(sent[2]).toEqual({ jsonrpc: "2.0", id: 3, result: { tools: [] } });
  });

  test("refuses a version that it does not speak, and names the one it does", async () => {
    const { sent } = await serve([ask(1, "tools/list", stateless("2031-01-01"))]);
    expect(sent[0]).toMatchObject({
      error: { code: -32022, data: { supported: ["2026-07-28"], requested: "2031-01-01" } },
    });
  });

  test("marks each tool so that no agent hides it behind a search [E1] [N8]", async () => {
    const worker = { task: "t_00000001", run: 1, profile: "coder", tenant: null, workspace: null };
    const { sent } = await serve([ask(1, "tools/list")], { worker });

    const { tools } = sent[0]!["result"] as { tools: { name: string; _meta: object }[] };
    expect(tools.map(({ name }) => name)).toContain("kanban_show");
    for (const { _meta } of tools) expect(_meta).toEqual({ "anthropic/alwaysLoad": true });
  });

  test("says on stderr why there are no tools", async () => {
    expect((await serve([])).warned).toEqual([expect.stringContaining("KANBAN_TASK and KANBAN_RUN must be set")]);
    expect((await serve([], { orchestrator: true })).warned).toEqual([]);
  });

  test("answers what it cannot read with the protocol's errors, and continues", async () => {
    const { sent } = await serve([
      "{ not json",
      '"text"',
      "[]",
      '{"id":1}',
      '{"id":{},"method":"ping"}',
      '{"jsonrpc":"2.0","method":"notifications/initialized"}',
      '{"jsonrpc":"2.0","id":9,"result":{}}',
      "",
      ask(2, "constructor"),
      ask(3, "tools/call", { name: 7 }),
      '{"jsonrpc":"2.0","id":4,"method":"ping","params":[1]}',
      `[${ask(5, "ping")},{"method":"notifications/x"},${ask(6, "nothing")}]`,
      ask(7, "ping"),
    ]);
    expect(sent).toMatchObject([
      { id: null, error: { code: -32700 } },
      { id: null, error: { code: -32600 } },
      { id: null, error: { code: -32600 } },
      { id: 1, error: { code: -32600 } },
      { id: null, error: { code: -32600 } },
      { id: 2, error: { code: -32601, message: "Method not found: constructor" } },
      { id: 3, error: { code: -32602, message: "Invalid params: name must be a text" } },
      { id: 4, error: { code: -32602 } },
      [
        { id: 5, result: {} },
        { id: 6, error: { code: -32601 } },
      ],
      { id: 7, result: {} },
    ]);
  });

  test("skips a line without end and answers the next one", async () => {
    const { sent } = await serve(["x".repeat(40 * 1024 * 1024), ask(1, "ping")]);
    expect(sent).toMatchObject([
      { id: null, error: { code: -32600 } },
      { id: 1, result: {} },
    ]);
  });

  test("shows the context of its own task alone", async () => {
    const worker = { task: "t_00000001", run: 1, profile: "coder", tenant: null, workspace: null };
    const { sent } = await serve(
      [
        ask(1, "resources/read", { uri: "kanban://task/t_00000002/context" }),
        ask(2, "resources/read", { uri: "kanban://task/t_00000001/context" }),
        ask(3, "prompts/get", { name: "plan" }),
      ],
      { worker },
    );
    expect(sent).toMatchObject([
      { error: { code: -32602, data: { uri: "kanban://task/t_00000002/context" } } },
      { error: { code: -32603, message: expect.stringContaining("t_00000001") } },
      { error: { code: -32602, message: "Prompt not found: plan" } },
    ]);
  });
});

describe.each(["legacy", "auto"] as const)("the official client (%s)", (mode) => {
  const dir = tempDir();
  const home = homeOf({ KANBAN_HOME: dir.path });
  let board: Board;
  beforeAll(() => {
    prepareHome(home);
    board = openBoard(home.db, { actor: "ann" });
  });
  afterAll(() => {
    closeBoard(board);
    dir.remove();
  });

  /** Connects to a server process of its own. */
  async function connect(env: Record<string, string>, flags: readonly string[] = []) {
    const client = new Client({ name: "test", version: "1" }, { versionNegotiation: { mode } });
    const [command, ...args] = [...cliArgv(), "mcp", ...flags];
    const stdio = {
      command: command!,
      args,
      env: { PATH: "/usr/bin:/bin", KANBAN_HOME: dir.path, ...env },
      stderr: "ignore" as const,
    };
    await client.connect(new StdioClientTransport(stdio));
    const call = async (name: string, args: JsonObject = {}) => {
      const { content, isError } = await client.callTool({ name: `kanban_${name}`, arguments: args });
      expect(content).toHaveLength(1);
      const [item] = content as [{ type: string; text: string }];
      return { isError: isError === true, reply: JSON.parse(item.text) as JsonObject };
    };
    return { client, call };
  }
  const envOf = (task: string, run: number) => ({
    KANBAN_TASK: task,
    KANBAN_RUN: String(run),
    KANBAN_PROFILE: "coder",
    KANBAN_TENANT: "ops",
  });

  test("lists no tools outside a worker's environment, and a planner's with --orchestrator [N4]", async () => {
    const plain = await connect({});
    const planner = await connect({}, ["--orchestrator"]);

    expect((await plain.client.listTools()).tools).toEqual([]);
    expect((await plain.client.listPrompts()).prompts).toEqual([]);
    expect((await plain.call("show")).isError).toBe(true);
    const half = await connect({ KANBAN_TASK: "t_00000001" }, ["--orchestrator"]);
    expect((await half.client.listTools()).tools).toEqual([]);
    await half.client.close();
    const tools = (await planner.client.listTools()).tools.map((tool) => tool.name);
    expect(tools).toEqual(["create", "link", "show", "list", "comment", "unblock"].map((name) => `kanban_${name}`));
    expect((await planner.call("create", { title: "Planned" })).reply).toMatchObject({ ok: true, status: "ready" });
    const prompt = await planner.client.getPrompt({ name: "plan" });
    expect(JSON.stringify(prompt.messages)).toContain("You plan on a kanban board");

    await Promise.all([plain.client.close(), planner.client.close()]);
  });

  test("drives a whole life of a task with all seven tools", async () => {
    const task = createTask(board, { title: "Port the parser", assignee: "coder", tenant: "ops" }).task;
    const { run } = claimTask(board, task.id, { claimer: "coder" });
    const { client, call } = await connect(envOf(task.id, run.id));

    expect(listRuns(board, task.id)[0]!.tools_at).toBeNull();
    const { tools } = await client.listTools();
    expect(listRuns(board, task.id)[0]!.tools_at).toBeNumber();
    expect(tools.map((tool) => tool.name)).toEqual(
      ["show", "complete", "block", "heartbeat", "comment", "create", "link"].map((name) => `kanban_${name}`),
    );
    const shown = await call("show");
    await call("heartbeat", { note: "half way" });
    await call("comment", { task_id: task.id, body: "bidi \u202e and C1 \u009b stay as they are" });
    const child = (await call("create", { title: "Write tests", assignee: "tester" })).reply["task_id"] as string;
    await call("link", { parent_id: task.id, child_id: child });
    const waiting = getTask(board, child).status;
    const refused = await call("block", { reason: "for another", task_id: child });
    const done = await call("complete", { summary: "ported", metadata: { changed_files: ["parser.ts"] } });
    const late = await call("heartbeat");

    expect(shown).toMatchObject({ isError: false, reply: { task: { id: task.id, status: "running" } } });
    expect(waiting).toBe("todo");
    expect(refused).toMatchObject({ isError: true, reply: { error: expect.stringContaining("only its own task") } });
    expect(done).toEqual({ isError: false, reply: { ok: true, task_id: task.id, run_id: run.id } });
    expect(late).toMatchObject({ isError: true, reply: { error: expect.stringContaining("ended as completed") } });
    expect(getTask(board, child)).toMatchObject({ status: "ready", created_by: "coder", tenant: "ops", depth: 1 });
    expect(listRuns(board, task.id)).toMatchObject([{ outcome: "completed", summary: "ported" }]);
    expect(listComments(board, task.id)).toMatchObject([
      { author: "coder", body: "bidi \u202e and C1 \u009b stay as they are" },
    ]);
    await client.close();
  });

  test("reads the largest task within the budget of the home, and the rest by the calls that it names [E1]", async () => {
    const id = largeTask(board, FILLERS["quotes and line ends"]!, { children: 20 });
    const { run } = claimTask(board, id, { claimer: "coder" });
    const { client } = await connect(envOf(id, run.id));
    const show = async (args: object) => {
      const { content } = await client.callTool({ name: "kanban_show", arguments: { ...args } });
      return (content as { text: string }[])[0]!.text;
    };

    const page = await show({});
    const part = await show({ field: `attempt:${run.id - 1}` });
    writeFileSync(homeOf({ KANBAN_HOME: dir.path }).config, "dispatcher: { context_bytes: 20000 }\n");
    const small = await show({});
    const resource = await client.readResource({ uri: `kanban://task/${id}/context` });
    await client.close();
    rmSync(homeOf({ KANBAN_HOME: dir.path }).config);

    expect(Buffer.byteLength(page)).toBeLessThanOrEqual((48 + 4) * 1024);
    expect(JSON.parse(page)).toMatchObject({ task: { id, current_run_id: run.id }, lists: { children: 20 } });
    expect(Buffer.byteLength(part)).toBeLessThanOrEqual(48 * 1024);
    expect(JSON.parse(part)).toMatchObject({ from: 0, next: null });
    expect(Buffer.byteLength(small)).toBeLessThanOrEqual(20_000 + 4 * 1024);
    expect(Buffer.byteLength((resource.contents[0] as { text: string }).text)).toBeLessThanOrEqual(20_000);
  });

  test("reads the worker context as a resource and as a prompt", async () => {
    const task = createTask(board, { title: "Read me", assignee: "coder" }).task;
    const { run } = claimTask(board, task.id, { claimer: "coder" });
    const { client } = await connect(envOf(task.id, run.id));

    const [resource] = (await client.listResources()).resources;
    const read = await client.readResource({ uri: resource!.uri });
    const prompt = await client.getPrompt({ name: "work" });

    expect(read.contents).toMatchObject([
      { text: expect.stringMatching(new RegExp(`^# Task ${task.id}\\n[^]*\\ntitle: Read me\\n`)) },
    ]);
    expect(JSON.stringify(prompt.messages)).toContain("Six steps");
    expect(JSON.stringify(prompt.messages)).toContain("Read me");
    await client.close();
  });

  test("learns that its task was taken away", async () => {
    const task = createTask(board, { title: "Taken", assignee: "coder" }).task;
    const { run } = claimTask(board, task.id, { claimer: "coder" });
    const { client, call } = await connect(envOf(task.id, run.id));
    reclaimTask(board, task.id, { reason: "moved on" });

    const { isError, reply } = await call("complete", { summary: "late" });

    expect(isError).toBe(true);
    expect(reply["error"]).toMatch(/your run \d+ must be open, run \d+ ended as reclaimed .*Stop now/);
    expect(getTask(board, task.id).status).toBe("ready");
    await client.close();
  });
});

test("the handshake loads neither the tools nor their schemas: that is what makes the start quick", async () => {
  const script = `
    const { serveMcp } = await import(${JSON.stringify(join(import.meta.dir, "mcp.ts"))});
    const input = new Blob([${JSON.stringify(`${ask(1, "initialize", { protocolVersion: "2025-11-25" })}\n`)}]).stream();
    await serveMcp({ openBoard() { throw new Error("opened") }, worker: null, who: "ann", input, send: (m) => console.log(JSON.stringify(m)), warn() {} });
    console.log(Object.keys(require.cache).filter((path) => /\\/zod\\/|tools\\.ts/.test(path)).length);`;

  const child = Bun.spawnSync([process.execPath, "-e", script], { stdout: "pipe", stderr: "pipe" });

  const [answer, loaded] = child.stdout.toString().trim().split("\n");
  expect(JSON.parse(answer!)).toMatchObject({ id: 1, result: { serverInfo: { name: "kanban" } } });
  expect(loaded).toBe("0");
});
