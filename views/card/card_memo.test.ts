import { describe, expect, test } from "bun:test";
import { claimTask, completeTask, createTask } from "../../src/kernel/mod.ts";
import { testBoard } from "../../src/testing/mod.ts";
import { cardView, waitsFor } from "../../src/testing/views.ts";
import { remembered } from "./card_memo.ts";
import type { CardView } from "./card.tsx";
import { markup } from "../parts/html.ts";

/** A card that has a bit of everything, and how often it was rendered. */
function setup() {
  const { board, clock, ready } = testBoard();
  const { id } = ready({ tenant: "auth", skills: ["sql"] });
  createTask(board, { title: "Child", parents: [id] });
  claimTask(board, id, { claimer: "ann", ttlSeconds: 60 });
  completeTask(board, id, { summary: "two tables" });
  const view: CardView = cardView(board, id);
  let rendered = 0;
  const show = (shown: CardView, said = "3m") => {
    const render = () => markup(`<li>${++rendered}</li>`);
    return String(remembered(shown, said, render));
  };
  return { board, clock, id, view, show, rendered: () => rendered };
}

describe("remembered()", () => {
  test("renders a card once while its view says the same", () => {
    const { board, id, view, show, rendered } = setup();

    const texts = [show(view), show(view), show(cardView(board, id))];

    expect(texts).toEqual(["<li>1</li>", "<li>1</li>", "<li>1</li>"]);
    expect(rendered()).toBe(1);
  });
  test("renders it again when the words for its age change, and not while time only passes", () => {
    const { board, clock, id, view, show } = setup();
    show(view, "3m");
    clock.ms += 20_000;

    expect(show(cardView(board, id), "3m")).toBe("<li>1</li>");
    expect(show(cardView(board, id), "4m")).toBe("<li>2</li>");
  });
  test("renders it again when anything else in its view changes", () => {
    const { view, show } = setup();
    const fields = Object.keys(view.card).filter((field) => field !== "id" && field !== "age");
    const changed: [string, CardView][] = [
      ...fields.map((field): [string, CardView] => [field, { ...view, card: { ...view.card, [field]: "else" } }]),
      ["since", { ...view, since: 7 }],
      ["stale", { ...view, stale: "red" }],
      ["waits", { ...view, waits: waitsFor("a profile") }],
      ["tail", { ...view, tail: "a line" }],
    ];

    for (const [field, other] of changed) {
      const before = show(view);
      expect(show(other), field).not.toBe(before);
    }

    expect(Object.keys(view).toSorted()).toEqual(["card", "now", "since", "stale", "tail", "waits"]);
    expect(fields.length).toBeGreaterThan(35);
  });
  test("sees a change inside a list and inside a count", () => {
    const { view, show } = setup();
    const { card } = view;
    const first = show(view);

    const second = show({ ...view, card: { ...card, link_counts: { ...card.link_counts, children: 2 } } });
    const third = show({ ...view, card: { ...card, skills: ["sql", "css"] } });
    const fourth = show({ ...view, card: { ...card, progress: { done: 1, total: 1 } } });

    expect(new Set([first, second, third, fourth]).size).toBe(4);
  });
  test("forgets the cards that were rendered longest ago", () => {
    const { view, show, rendered } = setup();
    const named = (n: number): CardView => ({ ...view, card: { ...view.card, id: `t_${n}` } });
    for (let n = 0; n <= 2_000; n++) show(named(n));

    const before = rendered();
    show(named(2_000));
    expect(rendered()).toBe(before);
    show(named(0));
    expect(rendered()).toBe(before + 1);
  });
});
