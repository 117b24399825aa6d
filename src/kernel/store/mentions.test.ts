import { describe, expect, test } from "bun:test";
import { plansOf } from "../../testing/kernel.ts";
import { type TestBoard, testBoard } from "../../testing/mod.ts";
import {
  addComment,
  addPerson,
  claimForWorker,
  countMentions,
  createTask,
  editTask,
  openBoard,
  openMentions,
  seeMentions,
  taskEvents,
} from "../mod.ts";

/** A board that bob and Ann Lee are known on. */
function setup(): TestBoard & { id: string } {
  const t = testBoard("maya");
  for (const name of ["bob", "Ann Lee", "Ann"]) addPerson(t.board, name);
  return { ...t, id: t.ready().id };
}

/** Who a comment mentions. */
function mentioned(body: string): string[] {
  const { board, id } = setup();
  addComment(board, id, { body, author: "cleo" });
  return taskEvents(board, id).flatMap((event) => (event.kind === "mentioned" ? [event.payload.person] : []));
}

describe("a text mentions a person", () => {
  test.each([
    ["@bob look", ["bob"]],
    ["look, @BOB.", ["bob"]],
    ["(@bob)", ["bob"]],
    ["@Ann Lee and @Ann", ["Ann Lee", "Ann"]],
    ["@Ann Leeson", ["Ann"]],
    ["**@bob**\n\n- @bob again", ["bob"]],
    ["> @bob said", ["bob"]],
    ["no name of a person: @zoe @coder", []],
    ["@bobby @bob_2 @bob-x", []],
    ["write to x@bob.example, @bob.example or a/@bob", []],
    ["run `@bob` or\n\n```\n@bob\n```\n\n    @bob\n", []],
    ["bob", []],
    ["myself: @cleo", []],
  ])("%j: %j", (body, people) => {
    expect(mentioned(body)).toEqual(people);
  });
});

describe("names that differ in case alone", () => {
  const people = (body: string) => {
    const { board, id } = setup();
    addPerson(board, "BOB"); // Came later, and takes nothing from bob.
    addPerson(board, "sam");
    addComment(board, id, { body, author: "cleo" });
    return openMentions(board, "bob")
      .map(() => "bob")
      .concat(openMentions(board, "BOB").map(() => "BOB"))
      .concat(openMentions(board, "sam").map(() => "sam"));
  };

  test.each([
    ["@bob", ["bob"]],
    ["@BOB", ["BOB"]],
    ["@Bob", ["bob", "BOB"]],
    ["@\u017fam", ["sam"]], // A letter that only its capital shows to be an s.
  ])("%j tells %j", (body, told) => {
    expect(people(body)).toEqual(told);
  });
});

test("each person is told once, with the line, until the answer on that task", () => {
  const { board, clock, id } = setup();
  const other = createTask(board, { title: "other", body: "see @bob" }).task;
  clock.ms += 1_000;
  addComment(board, id, { body: "Hello.\n\nIs it *true*, @bob? @bob!", author: "cleo" });

  expect(openMentions(board, "bob")).toMatchObject([
    { task_id: id, title: "Translate README", author: "cleo", text: "Is it true, @bob? @bob!", created_at: clock.ms },
    { task_id: other.id, author: "maya", text: "see @bob" },
  ]);
  expect([countMentions(board, "bob"), countMentions(board, "cleo")]).toEqual([2, 0]);

  addComment(board, id, { body: "It is.", author: "bob" });
  expect(openMentions(board, "bob").map(({ task_id }) => task_id)).toEqual([other.id]);
  expect(seeMentions(board, "bob")).toBe(1);
  expect([countMentions(board, "bob"), seeMentions(board, "bob")]).toEqual([0, 0]);
});

test("an edit tells those whom the text before did not mention", () => {
  const { board } = setup();
  const { id } = createTask(board, { title: "x", body: "@bob" }).task;

  editTask(board, id, { body: "@bob and @Ann" });
  editTask(board, id, { body: "@bob, @Ann, thanks" });

  expect([countMentions(board, "bob"), countMentions(board, "Ann")]).toEqual([1, 1]);
});

test("people that the settings name are mentioned too, profiles are not", () => {
  const board = openBoard(":memory:", { actor: "maya", people: () => ["eve"] });
  const { id } = createTask(board, { title: "x", assignee: "coder" }).task;
  const profiles = new Map([["coder", { max_running: null, max_runtime_seconds: null }]]);
  claimForWorker(board, { claimer: "host:1", boot_id: "boot", profiles, maxWorkers: 1 });

  addComment(board, id, { body: "@eve @coder", author: "cleo" });

  expect([countMentions(board, "eve"), countMentions(board, "coder")]).toEqual([1, 0]);
});

test("an agent's mention tells, and its comment under a person's name answers nothing", () => {
  const { board, id } = setup();
  addComment(board, id, { body: "@bob which key?", author: "coder", via: "coder" });
  addComment(board, id, { body: "done", author: "bob", via: "coder" });

  expect(countMentions(board, "bob")).toBe(1);
});

test("open ones are found by their person", () => {
  const { board } = setup();

  const plans = plansOf(board, () => [
    openMentions(board, "bob"),
    countMentions(board, "bob"),
    seeMentions(board, "bob"),
  ]);

  for (const plan of plans.filter((steps) => steps.join().includes("mentions")))
    expect(plan.join("\n")).toContain("mentions_open (person=?)");
});
