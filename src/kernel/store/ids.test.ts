import { afterEach, describe, expect, mock, spyOn, test } from "bun:test";
import { testBoard } from "../../testing/mod.ts";
import { createTask, getTask, isTaskId, printable, resolveId } from "../mod.ts";

describe("isTaskId()", () => {
  test.each(["t_00000000", "t_deadbeef", "t_12345678"])("takes %s", (id) => {
    expect(isTaskId(id)).toBe(true);
  });

  test.each([
    "",
    "t_",
    "t_1234567",
    "t_123456789",
    "T_12345678",
    "t_1234567G",
    "t_DEADBEEF",
    " t_12345678",
    "t_12345678\n",
    "../../etc",
    "t_%2e%2e%2f%2e",
    "t_1234\u00005678",
  ])("refuses %j", (text) => {
    expect(isTaskId(text)).toBe(false);
  });
});

describe("a new id", () => {
  afterEach(() => mock.restore());

  test("is drawn again while another task has it", () => {
    const { board } = testBoard();
    const draws = [1, 1, 1, 2];
    spyOn(crypto, "getRandomValues").mockImplementation((array) => {
      new Uint8Array(array!.buffer).fill(draws.shift()!);
      return array;
    });

    const [first, second] = [createTask(board, { title: "a" }).task, createTask(board, { title: "b" }).task];

    expect([first.id, second.id]).toEqual(["t_01010101", "t_02020202"]);
    expect(draws).toEqual([]);
  });
});

describe("resolveId()", () => {
  /** A board whose tasks have these ids. */
  function board(...ids: string[]) {
    const t = testBoard();
    for (const id of ids) {
      const task = t.ready({ title: id });
      t.board.db.run("UPDATE tasks SET id = ? WHERE id = ?", [id, task.id]);
    }
    return t;
  }

  test.each(["t_12ab34cd", "12ab34cd", "t_12a", "12a", "12A", "T_12AB", "t_1"])(
    "completes %s to the one id that begins so",
    (prefix) => {
      const t = board("t_12ab34cd", "t_23ab34cd", "t_ffffffff");

      expect(resolveId(t.board, prefix)).toBe("t_12ab34cd");
    },
  );

  test("finds the last id there can be", () => {
    const t = board("t_ffffffff", "t_fffffffe");

    expect(resolveId(t.board, "ffffffff")).toBe("t_ffffffff");
  });

  test("refuses a prefix of several, and names them", () => {
    const t = board("t_12ab34cd", "t_12ab34ce", "t_22222222");

    const error = t.refused(
      () => resolveId(t.board, "12"),
      "conflict",
      'Cannot find task "12": one id must begin so, several do: t_12ab34cd, t_12ab34ce',
    );

    expect(error.hint).toBeDefined();
  });

  test("names all five of five", () => {
    const t = board(...[1, 2, 3, 4, 5].map((n) => `t_1000000${n}`));

    t.refused(() => resolveId(t.board, "1"), "conflict", /t_10000004, t_10000005$/);
  });

  test("names five of many", () => {
    const t = board(...[1, 2, 3, 4, 5, 6, 7].map((n) => `t_1000000${n}`));

    t.refused(() => resolveId(t.board, "1"), "conflict", /t_10000005, …$/);
  });

  test.each(["", "t_", "t", "zz", "12ab34cd5", "%", "t_12%", "12 ab", "\u001b[2J", "33", "t_33333333"])(
    "refuses %j: no such task",
    (prefix) => {
      const t = board("t_12ab34cd");

      const error = t.refused(() => resolveId(t.board, prefix), "not_found", /^Cannot find task ".*": no such task$/);

      expect(error.message).not.toContain("\u001b");
    },
  );
});

describe("printable()", () => {
  test("replaces what could move a terminal or reorder text, and cuts", () => {
    expect(printable("a\u0000b\u001b[31m\u009b\u202e\u2066\u007f\n")).toBe(
      "a\ufffdb\ufffd[31m\ufffd\ufffd\ufffd\ufffd\ufffd",
    );
    expect(printable("x".repeat(81))).toBe(`${"x".repeat(80)}…`);
    expect(printable("ünï 🗂")).toBe("ünï 🗂");
  });
});

test("an id is found whole or not at all by getTask()", () => {
  const { board, ready, refused } = testBoard();
  const { id } = ready();

  expect(getTask(board, id).id).toBe(id);
  refused(() => getTask(board, id.slice(0, -1)), "not_found");
});
