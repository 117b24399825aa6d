import { describe, expect, test } from "bun:test";
import { STATUSES } from "../../src/kernel/mod.ts";
import { type PartId, partOrder } from "./section_order.ts";

describe("partOrder()", () => {
  const sections = (status: (typeof STATUSES)[number]) => partOrder(status).slice(5);

  test.each([...STATUSES])("%s: every part once, the title first, the history last", (status) => {
    const order = partOrder(status);

    expect(new Set(order).size).toBe(order.length);
    expect([...order].sort()).toEqual([...partOrder("todo")].sort());
    expect(order.slice(0, 2)).toEqual(["d-base", "d-edit-title"]);
    expect(order.at(-1)).toBe("d-events");
  });

  test.each<[(typeof STATUSES)[number], PartId[]]>([
    ["triage", ["d-description", "d-deps", "d-comments", "d-next"]],
    ["todo", ["d-description", "d-deps", "d-comments", "d-next"]],
    ["ready", ["d-description", "d-deps", "d-comments", "d-next"]],
    ["running", ["d-log", "d-description"]],
    ["review", ["d-evidence", "d-result", "d-description"]],
    ["blocked", ["d-found", "d-description"]],
    ["done", ["d-result", "d-evidence", "d-description"]],
    ["archived", ["d-result", "d-evidence", "d-description"]],
  ])("%s begins with %j", (status, first) => {
    expect(sections(status).slice(0, first.length)).toEqual(first);
  });
});
