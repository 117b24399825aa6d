import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { insertMember, JsonSyntaxError, memberText, removeMember } from "./json_edit.ts";

const ENTRY = { command: "/home/a b/kanban", args: ["mcp", "--orchestrator"] };
const PATH = ["mcpServers", "kanban"];

const FILES = [
  "{}",
  "{ }",
  "{\n}",
  "{\n  // nothing yet\n}\n",
  '{"a":1}',
  '{"mcpServers":{}}',
  '{"mcpServers": {\n  }}',
  '{"mcpServers":{"x":{"command":"x"}},"b":[1,{"kanban":2}]}',
  '\ufeff{\r\n\t"theme": "dark", // mine\r\n\t/* keep */ "mcpServers": {\r\n\t\t"x": {},\r\n\t},\r\n}\r\n',
  '{\n    "kanban": "not this one",\n    "mcpServers": { "other": { "args": ["}", "\\"{"] } }\n}',
];

describe("insertMember()", () => {
  test.each(FILES)("adds one span to %p and nothing else", (before) => {
    const { text, inserted } = insertMember(before, PATH, ENTRY);
    const at = text.indexOf(inserted);
    expect(text.slice(0, at) + text.slice(at + inserted.length)).toBe(before);
    expect(JSON.parse(memberText(text, PATH)!)).toEqual(ENTRY);
    expect(insertMember(before, PATH, ENTRY).text).toBe(text);
  });

  test("keeps everything else that the file says", () => {
    const values = fc.dictionary(fc.string({ maxLength: 5 }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 });
    fc.assert(
      fc.property(values, values, fc.constantFrom(undefined, 2, "\t"), fc.boolean(), (root, servers, indent, has) => {
        delete root["mcpServers"];
        delete servers["kanban"];
        const before = JSON.stringify(has ? { ...root, mcpServers: servers } : root, null, indent);
        const { text, inserted } = insertMember(before, PATH, ENTRY);
        expect(JSON.parse(text)).toEqual(
          JSON.parse(JSON.stringify({ ...root, mcpServers: { ...(has ? servers : {}), kanban: ENTRY } })),
        );
        expect(text.replace(inserted, () => "")).toBe(before);
        expect(JSON.parse(removeMember(text, PATH, { emptied: has ? 0 : 1 }))).toEqual(JSON.parse(before));
      }),
    );
  });

  test.each([
    ["", "line 1 needs a value, found the end"],
    ["[]", "it must be an object"],
    ['{"a":1', 'line 1 needs "," or "}", found the end'],
    ["{\n 'a': 1}", "line 2 needs a text in double quotes"],
    ['{"a":1}}', "needs the end"],
    ['{"mcpServers": []}', '"mcpServers" must be an object'],
    [`${"[".repeat(5_000)}`, "line 1 needs less depth"],
  ])("refuses %p", (text, message) => {
    expect(() => insertMember(text, PATH, ENTRY)).toThrow(JsonSyntaxError);
    expect(() => insertMember(text, PATH, ENTRY)).toThrow(message);
  });
});

describe("removeMember()", () => {
  test("takes its own entry out of a file that was rewritten since", () => {
    const anew =
      '{\n  "mcpServers": {\n    "x": {},\n    "kanban": {\n      "command": "kanban"\n    }\n  },\n  "z": 1\n}\n';
    expect(removeMember(anew, PATH)).toBe('{\n  "mcpServers": {\n    "x": {}\n  },\n  "z": 1\n}\n');
  });

  test("takes an object along that holds nothing else, when it made it", () => {
    const anew = '{\n  "z": 1,\n  "mcpServers": {\n    "kanban": {}\n  }\n}';
    expect(removeMember(anew, PATH, { emptied: 1 })).toBe('{\n  "z": 1\n}');
    expect(removeMember(anew, PATH, { emptied: 0 })).toBe('{\n  "z": 1,\n  "mcpServers": {}\n}');
  });

  test("leaves a file without the entry as it is", () => {
    for (const text of FILES) expect(removeMember(text, PATH)).toBe(text);
  });
});
