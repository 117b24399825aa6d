import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { inStatus } from "../../testing/kernel.ts";
import { type TestBoard, testBoard } from "../../testing/mod.ts";
import { completeTask, listTasks, type Task } from "../mod.ts";

// Properties take seconds where many share a machine; a hang is still found.
setDefaultTimeout(60_000);

const titles = (tasks: readonly Task[]) => tasks.map(({ title }) => title);
const found = ({ board }: TestBoard, search: string) => titles(listTasks(board, { search }));

describe("a search", () => {
  test("looks in id, title, body, assignee, tenant and newest summary", () => {
    const t = testBoard();
    const { id } = t.ready({ title: "Needle title", assignee: "x" });
    t.ready({ title: "by body", body: "hay\nneedle\nhay", assignee: "x" });
    t.ready({ title: "by assignee", assignee: "needle" });
    t.ready({ title: "by tenant", tenant: "needles", assignee: "x" });
    const task = t.ready({ title: "by summary", assignee: "x" });
    completeTask(t.board, task.id, { summary: "found the needle" });
    t.ready({ title: "other", assignee: "x" });

    expect(found(t, "needle")).toEqual(["Needle title", "by body", "by assignee", "by tenant", "by summary"]);
    expect(found(t, id.slice(2))).toEqual(["Needle title"]);
    expect(found(t, ` ${id.toUpperCase()} `)).toEqual(["Needle title"]);
  });

  test("knows the newest summary alone", () => {
    const t = testBoard();
    const { id } = inStatus(t, "blocked"); // Its first run's summary is "which one?".
    expect(found(t, "which one")).toHaveLength(1);

    completeTask(t.board, id, { summary: "that one" });

    expect(found(t, "which one")).toEqual([]);
    expect(found(t, "that one")).toHaveLength(1);
  });

  test.each([
    ["Привет мир", "привет"],
    ["Привет мир", "ПРИВЕТ МИР"],
    ["Übermüdung", "übermüdung"],
    ["ÉCOLE d'été", "école D'ÉTÉ"],
    ["Straße", "STRAßE"],
    ["ΑΘΗΝΑ", "αθηνα"],
    ["mixed Ünïcode and ASCII", "ÜNÏCODE AND ascii"],
    ["🗂 files", "🗂"],
  ])("ignores case in every script: %j is found by %j", (title, search) => {
    const t = testBoard();
    t.ready({ title });

    expect(found(t, search)).toEqual([title]);
  });

  test.each(["%", "_", "*", "?", "[", "]", "[a-z]", "\\", "^", "a*b", "100%", "'", '"', "--", "; DROP TABLE tasks"])(
    "takes %j as text",
    (text) => {
      const t = testBoard();
      t.ready({ title: `x ${text} y` });
      t.ready({ title: "x axb 100 other y" });

      expect(found(t, `x ${text}`)).toEqual([`x ${text} y`]);
    },
  );

  test.each(["", "  "])("of %j is none", (search) => {
    const t = testBoard();
    t.ready();

    expect(found(t, search)).toHaveLength(1);
  });

  test("finds any part of any title, however its letters are cased", () => {
    const letter = fc.constantFrom(..."aZéÉßжЖ%_*?[]^-\\'\" 🗂");
    const text = fc.string({ unit: letter, minLength: 1, maxLength: 12 }).filter((title) => title.trim() !== "");
    fc.assert(
      fc.property(text, fc.nat(), fc.nat(), (title, from, length) => {
        const t = testBoard();
        const stored = t.ready({ title }).title;
        const characters = [...stored];
        const start = from % characters.length;
        const part = characters.slice(start, start + 1 + (length % 4)).join("");
        // Only letters whose other case is one letter can be looked for in it.
        const cased = [...part].map((c) => ([...c.toUpperCase()].length === 1 ? c.toUpperCase() : c)).join("");

        expect(found(t, part)).toEqual([stored]);
        expect(found(t, cased)).toEqual([stored]);
      }),
      { numRuns: 150 },
    );
  });

  test.each<[string, string]>([
    ["a NUL", "a\0b"],
    ["more than 500 characters", "x".repeat(501)],
  ])("is refused with %s", (_what, search) => {
    const t = testBoard();
    t.ready();

    t.refused(() => listTasks(t.board, { search }), "invalid", /^Cannot use search: /);
  });

  test("may be 500 characters of the widest kind", () => {
    const t = testBoard();
    const title = "Ж".repeat(500);
    t.ready({ title });

    expect(found(t, "ж".repeat(500))).toEqual([title]);
  });
});
