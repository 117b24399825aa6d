import { describe, expect, test } from "bun:test";
import { AGENTS, presetOf } from "./presets.ts";
import { agentRun, agentRuns } from "./testing/agent_run.ts";
import { transcriptOf } from "./transcript.ts";

/** The whole transcript of an output that comes in pieces of this length. */
function shown(agent: string, output: string, piece = output.length): string[] {
  const transcript = transcriptOf([agent])!;
  let text = "";
  for (let at = 0; at < output.length; at += piece) text += transcript.push(output.slice(at, at + piece));
  return (text + transcript.end()).split("\n").slice(0, -1);
}

const RUNS = agentRuns().filter(({ agent }) => presetOf(agent) !== null);

describe("transcripts of real runs", () => {
  test.each(RUNS.filter(({ scenario }) => scenario === "whole_task").map((run) => [run.agent, run] as const))(
    "%s: what it said and the tools that it called, in order [N12]",
    (agent, { output }) => {
      const text = shown(agent, output).join("\n");

      expect(text).toMatch(/^→ .*kanban_complete.*done by the scripted model/m);
      expect(text).toMatch(/^← \{"ok":true,"task_id":"t_\w+","run_id":\d+\}/m);
      expect(text).toMatch(/^The task is complete\.$/m);
      expect(text.indexOf("kanban_complete")).toBeLessThan(text.indexOf("The task is complete."));
    },
  );

  test.each(RUNS.filter(({ scenario }) => scenario === "dead_key").map((run) => [run.agent, run] as const))(
    "%s: an error in its own words",
    (agent, { output }) => {
      expect(shown(agent, output).join("\n")).toMatch(/^! .*(?:API key|authentication_failed|Authentication failed)/m);
    },
  );

  test.each(RUNS.map((run) => [`${run.agent}, ${run.scenario}`, run] as const))(
    "%s: no event is left as JSON, and every other line is there",
    (_, { agent, output }) => {
      const lines = shown(agent, output);

      expect(lines.filter((line) => line.startsWith('{"type"'))).toEqual([]);
      const plain = output.split("\n").filter((line) => line !== "" && !line.startsWith("{"));
      expect(plain.filter((line) => !lines.includes(line))).toEqual([]);
    },
  );

  test("says what a sandbox did to a commit", () => {
    expect(shown("codex", agentRun("codex", "commit").output).join("\n")).toMatch(
      /^! fatal: Unable to create .*index\.lock': Read-only file system$/m,
    );
  });
});

describe("transcriptOf()", () => {
  test("reads the same from any pieces", () => {
    const { output } = agentRun("gemini", "whole_task");
    expect(shown("gemini", output, 7)).toEqual(shown("gemini", output));
  });

  test("joins the pieces of a text, and shows an event that it does not know as it is", () => {
    const unknown = '{"type":"new_in_2027","a":1}';
    const piece = (content: string) => JSON.stringify({ type: "message", role: "assistant", content, delta: true });
    const output = [piece("All"), piece(" is"), piece(" done"), unknown, piece("Bye"), "plain", "{ broken"].join("\n");

    expect(shown("gemini", output)).toEqual(["All is done", unknown, "Bye", "plain", "{ broken"]);
  });

  test("knows the lines of all the agents of a task, and none of a program that is no agent", () => {
    const both = transcriptOf(["codex", "pi", "nope"])!;
    const said = { type: "item.completed", item: { type: "agent_message", text: "one" } };
    const turn = { type: "message_end", message: { role: "assistant", content: [{ type: "text", text: "two" }] } };

    expect(both.push(`${JSON.stringify(said)}\n${JSON.stringify(turn)}\n`)).toBe("one\ntwo\n");
    for (const agents of [[], ["nope"], ["toString"]]) expect(transcriptOf(agents)).toBeNull();
    for (const agent of AGENTS) expect(transcriptOf([agent])).not.toBeNull();
  });

  test("an event that two agents of a task name alike is shown by the one that finds something in it", () => {
    const failed = '{"type":"result","status":"error","error":{"message":"no quota"}}\n';
    for (const agents of [
      ["claude", "gemini"],
      ["gemini", "claude"],
    ])
      expect(transcriptOf(agents)!.push(failed)).toBe("! no quota\n");
  });

  test("waits for the end of no line for ever", () => {
    const transcript = transcriptOf(["pi"])!;
    const long = `{"type":"${"x".repeat(5 * 1024 * 1024)}`;
    expect(transcript.push(long)).toBe(long);
    expect(transcript.end()).toBe("");
  });
});
