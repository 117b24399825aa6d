import { describe, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { boardFile } from "../../testing/kernel.ts";
import { testBoard } from "../../testing/mod.ts";
import { exported } from "../../testing/transfer.ts";
import {
  asActor,
  changeView,
  closeBoard,
  createTask,
  getView,
  listTasks,
  listViews,
  openBoard,
  removeView,
  saveView,
} from "../mod.ts";
import { importBoard } from "../transfer/import.ts";
import { FIRST_VERSION, MIGRATIONS } from "./migrations.ts";

function setup() {
  const t = testBoard();
  const [ann, bob] = [asActor(t.board, "ann"), asActor(t.board, "bob")];
  const names = (me: string) => listViews(t.board, me).map(({ name }) => name);
  return { ...t, ann, bob, names };
}

const LIST = { page: "list", query: "assignee=ann&status=ready" };

describe("saveView()", () => {
  test("keeps page and filter under a name, for its owner alone until it is shared", () => {
    const { ann, bob, names } = setup();

    const own = saveView(ann, { name: " Mine ", ...LIST });
    saveView(bob, { name: "Everybody's", page: "board", query: "", shared: true });

    expect(own).toMatchObject({ name: "Mine", ...LIST, shared: false, owner: "ann" });
    expect([names("ann"), names("bob")]).toEqual([["Mine", "Everybody's"], ["Everybody's"]]);
  });

  test("replaces one of the same name, which keeps its place; another person's stays", () => {
    const { ann, bob, names } = setup();
    saveView(ann, { name: "A", ...LIST });
    saveView(ann, { name: "B", ...LIST });
    saveView(bob, { name: "A", ...LIST, shared: true });

    const again = saveView(ann, { name: "A", page: "deps", query: "q=x" });

    expect(names("ann")).toEqual(["A", "B", "A"]);
    expect(getView(ann, "ann", "A")).toEqual(again);
    expect(getView(ann, "bob", "A").owner).toBe("bob");
  });

  test("refuses what no page can show", () => {
    const { ann, refused } = setup();
    refused(() => saveView(ann, { name: " ", ...LIST }), "invalid", /name/);
    refused(() => saveView(ann, { name: "x", page: "runs", query: "" }), "invalid", /page/);
    refused(() => saveView(ann, { name: "x", page: "list", query: "q".repeat(5_000) }), "invalid", /query/);
    for (let i = 0; i < 100; i++) saveView(ann, { name: `${i}`, ...LIST });
    refused(() => saveView(ann, { name: "one more", ...LIST }), "refused", /100 views/);
  });
});

describe("changeView() and removeView()", () => {
  test("rename, share, move up and remove one's own", () => {
    const { ann, names } = setup();
    for (const name of ["A", "B", "C"]) saveView(ann, { name, ...LIST });

    changeView(ann, "C", { name: "See", shared: true });
    changeView(ann, "See", { up: true });
    expect([names("ann"), names("bob")]).toEqual([["A", "See", "B"], ["See"]]);
    changeView(ann, "A", { up: true }); // It is the first.
    removeView(ann, "B");
    expect(names("ann")).toEqual(["A", "See"]);
  });

  test("refuse a name in use, an unknown view, and the view of another person", () => {
    const { ann, bob, refused } = setup();
    saveView(ann, { name: "A", ...LIST, shared: true });
    saveView(ann, { name: "B", ...LIST });

    refused(() => changeView(ann, "B", { name: "A" }), "refused", /already/);
    refused(() => changeView(ann, "nope", { name: "A" }), "not_found");
    refused(() => changeView(bob, "A", { name: "Z" }), "refused", /it must be yours, it is of ann/);
    refused(() => removeView(bob, "A"), "refused", /it must be yours/);
    refused(() => removeView(bob, "B"), "not_found"); // It is not shared.
  });
});

test("a board of the version before is upgraded, and an export carries views", () => {
  const path = boardFile();
  const before = openBoard(path, { actor: "ann" });
  createTask(before, { title: "kept" });
  closeBoard(before);
  const db = new Database(path);
  const entry = MIGRATIONS.findIndex((sql) => sql.includes("CREATE TABLE saved_views"));
  const later = MIGRATIONS.slice(entry).flatMap((sql) => [...sql.matchAll(/CREATE TABLE (\w+)/g)]);
  for (const [, table] of later) db.run(`DROP TABLE ${table}`);
  db.run(`PRAGMA user_version = ${FIRST_VERSION + entry}`);
  db.close();

  const after = openBoard(path, { actor: "ann" });
  const saved = saveView(after, { name: "Mine", ...LIST });
  const fresh = testBoard();
  importBoard(fresh.board, exported(after));

  expect(listTasks(after).map(({ title }) => title)).toEqual(["kept"]);
  expect(listViews(fresh.board, "ann")).toEqual([saved]);
  closeBoard(after);
});

test("a board has room for 200 shared views, whoever they are of", () => {
  const { board, refused } = testBoard();
  for (let n = 0; n < 200; n++) {
    saveView(asActor(board, `person ${n % 4}`), { name: `view ${n}`, ...LIST, shared: true });
  }
  refused(() => saveView(board, { name: "one more", ...LIST, shared: true }), "refused", /200 shared views/);
  const { id } = saveView(board, { name: "one more", ...LIST });
  refused(() => changeView(board, id, { shared: true }), "refused", /200 shared views/);
  const own = asActor(board, "person 0");
  expect(saveView(own, { name: "view 0", ...LIST, shared: true }).shared).toBe(true);
});
