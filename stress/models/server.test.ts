import { describe, expect, test } from "bun:test";
import type { Refusal } from "./dialect.ts";
import { type Script, USAGE } from "./script.ts";
import { startModel } from "./server.ts";
import { ask, type Offer, type Speaker, SPEAKERS, type Turn } from "./speakers.ts";

const SCRIPT: Script = {
  steps: [
    { tool: "kanban_show", args: { id: "$TASK" }, text: "I read it." },
    { shell: "echo made" },
    { text: "It is done." },
  ],
};
const OFFERS: readonly Offer[] = [
  { name: "mcp__kanban__kanban_show", schema: { type: "object" } },
  {
    name: "Bash",
    schema: {
      type: "object",
      properties: { command: { type: "string" }, why: { type: "string" }, background: { type: "boolean" } },
      required: ["command", "why", "background"],
    },
  },
];
const dialects = Object.entries(SPEAKERS) as [string, Speaker][];

/** A whole session: asks until the model calls no tool any more. */
async function session(url: string, speaker: Speaker, stream: boolean): Promise<Turn[]> {
  const turns: Turn[] = [];
  while (turns.at(-1)?.call !== null) {
    const answer = await ask(url, speaker, speaker.body(OFFERS, turns, { stream }), { stream });
    turns.push(stream ? speaker.readStream(answer) : speaker.read(answer));
  }
  return turns;
}

describe.each(dialects)("the scripted model in %s", (name, speaker) => {
  test.each([false, true])("plays its steps to the last word, streamed: %s", async (stream) => {
    using model = startModel({ script: SCRIPT });

    const turns = await session(model.url, speaker, stream);

    expect(turns).toMatchObject([
      { text: "I read it.", call: { name: "mcp__kanban__kanban_show", args: { id: "t_1234abcd" } } },
      { text: "", call: { name: "Bash", args: { command: "echo made", why: "scripted", background: false } } },
      { text: "It is done.", call: null },
    ]);
    const { input, output } = USAGE;
    expect(turns.map(({ tokens }) => tokens)).toEqual(Array(3).fill({ input, output }));
    expect(model.seen.map(({ dialect, answered }) => [dialect, answered])).toEqual([
      [name, "call mcp__kanban__kanban_show"],
      [name, "call Bash"],
      [name, "text It is done."],
    ]);
  });

  test("answers a request without tools without using up a step", async () => {
    using model = startModel({ script: SCRIPT });
    const body = speaker.body([], [], { stream: false });

    const title = speaker.read(await ask(model.url, speaker, body, { stream: false }));

    expect(title).toMatchObject({ text: "kanban work", call: null });
    expect((await session(model.url, speaker, false)).length).toBe(3);
  });

  test("says what it was offered when a tool of its script is not among them", async () => {
    using model = startModel({ script: SCRIPT });
    const body = speaker.body([{ name: "other" }], [], { stream: false });

    const turn = speaker.read(await ask(model.url, speaker, body, { stream: false }));

    expect(turn.call).toBeNull();
    expect(turn.text).toMatch(/^I was not offered kanban_show, only: .*other$/);
  });

  test.each([
    ["dead_key", /^4/, /key/],
    ["limit", /^429/, /rate limit|quota/i],
    ["outage", /^500/, /error/],
    ["overloaded", /^5/, /overloaded/i],
    ["too_long", /^400/, /exceeds|too long|maximum/],
  ] as const)(
    "refuses with %s in its provider's words, twice, then continues",
    async (kind: Refusal, status, words) => {
      using model = startModel({ script: { ...SCRIPT, fault: { kind, times: 2 } } });
      const body = JSON.stringify(speaker.body(OFFERS, [], { stream: false }));
      const post = () => fetch(model.url + speaker.path, { method: "POST", body });

      const answers = [await post(), await post(), await post()];

      for (const answer of answers.slice(0, 2)) {
        expect(String(answer.status)).toMatch(status);
        expect(speaker.problem(await answer.json())).toMatch(words);
      }
      expect(speaker.read(await answers[2]!.json()).call).not.toBeNull();
    },
  );

  test("hangs: one request is never answered, the next one is", async () => {
    const first = Promise.withResolvers<void>();
    using model = startModel({
      script: { ...SCRIPT, fault: { kind: "hang", times: 1 } },
      onRequest: () => first.resolve(),
    });
    const body = JSON.stringify(speaker.body(OFFERS, [], { stream: false }));
    const gone = new AbortController();

    const hanging = fetch(model.url + speaker.path, { method: "POST", body, signal: gone.signal }).then(
      () => "answered",
      () => "given up",
    );
    await first.promise;
    const next = await fetch(model.url + speaker.path, { method: "POST", body });
    gone.abort();

    expect(speaker.read(await next.json()).call).not.toBeNull();
    expect(await hanging).toBe("given up");
  });

  test("cuts an answer in the middle", async () => {
    using model = startModel({ script: { ...SCRIPT, fault: { kind: "cut", times: 1 } } });
    const body = JSON.stringify(speaker.body(OFFERS, [], { stream: false }));
    const read = async () => (await fetch(model.url + speaker.path, { method: "POST", body })).text();

    const [half, whole] = [await read(), await read()];

    expect(() => JSON.parse(half)).toThrow();
    expect(() => JSON.parse(whole)).not.toThrow();
  });
});

describe("tools that an agent hides", () => {
  const finder = { name: "ToolSearch", schema: { type: "object" } };
  const { anthropic, chat } = SPEAKERS;

  test("are searched for, and called once the search has found them", async () => {
    using model = startModel({ script: SCRIPT });
    const offers = [finder, { name: "mcp__kanban__kanban_show" }];
    const body = anthropic.body(offers, [], { stream: false }) as { tools: object[]; messages: object[] };
    const deferred = body.tools.map((tool, at) => (at === 1 ? { ...tool, defer_loading: true } : tool));
    const first = anthropic.read(await ask(model.url, anthropic, { ...body, tools: deferred }, { stream: false }));
    const found = [{ type: "tool_reference", tool_name: "mcp__kanban__kanban_show" }];
    const messages = [
      ...body.messages,
      { role: "assistant", content: [{ type: "tool_use", id: "1", name: "ToolSearch", input: {} }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "1", content: found }] },
    ];

    const second = await ask(model.url, anthropic, { ...body, tools: deferred, messages }, { stream: false });

    expect(first.call).toMatchObject({ name: "ToolSearch", args: { query: "kanban_show" } });
    expect(anthropic.read(second).call).toMatchObject({ name: "mcp__kanban__kanban_show" });
  });

  test("are called through another tool where the agent wants it so", async () => {
    using model = startModel({ script: SCRIPT });
    const body = chat.body([{ name: "tool_search" }, { name: "tool_call" }], [], { stream: false });
    const { messages } = body as { messages: object[] };
    const told = { ...body, messages: [...messages, { role: "tool", content: "it is mcp__kanban__kanban_show" }] };

    const turn = chat.read(await ask(model.url, chat, told, { stream: false }));

    expect(turn.call).toMatchObject({
      name: "tool_call",
      args: { name: "mcp__kanban__kanban_show", arguments: { id: "t_1234abcd" } },
    });
  });
});

test("listens on the loopback alone, and on no request of a model answers as a server would", async () => {
  using model = startModel({ script: SCRIPT });

  expect(new URL(model.url).hostname).toBe("127.0.0.1");
  expect(await (await fetch(`${model.url}/v1/models`)).json()).toMatchObject({ data: [{ id: "sim-model" }] });
  expect((await fetch(`${model.url}/nothing`)).status).toBe(404);
  expect((await fetch(`${model.url}/v1/messages`, { method: "POST", body: "{ broken" })).status).toBe(200);
});

test("reads a body that is packed, as agents send it", async () => {
  using model = startModel({ script: SCRIPT });
  const { responses } = SPEAKERS;
  const bytes = new TextEncoder().encode(JSON.stringify(responses.body(OFFERS, [], { stream: false })));
  const send = (encoding: string, body: Uint8Array<ArrayBuffer>) =>
    fetch(model.url + responses.path, { method: "POST", body, headers: { "content-encoding": encoding } });

  for (const answer of [
    await send("gzip", Bun.gzipSync(bytes)),
    await send("zstd", Bun.zstdCompressSync(bytes) as Uint8Array<ArrayBuffer>),
  ]) {
    expect(responses.read(await answer.json()).call).toMatchObject({ name: "mcp__kanban__kanban_show" });
  }
});
