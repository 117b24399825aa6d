import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Part, spend } from "./budget.ts";

const part = fc
  .record({
    worth: fc.integer({ min: 0, max: 6 }),
    min: fc.integer({ min: 1, max: 60 }),
    more: fc.integer({ min: 0, max: 200 }),
    reserved: fc.boolean(),
  })
  .map(({ more, ...rest }): Part => ({ ...rest, max: rest.min + more }));
const parts = fc.array(part, { maxLength: 20 });
const budget = fc.integer({ min: 0, max: 2_000 });
const sum = (numbers: readonly number[]) => numbers.reduce((all, n) => all + n, 0);

describe("spend()", () => {
  test("gives the most valuable its maximum, its equals the same, the least nothing", () => {
    const given = spend(100, [
      { worth: 1, min: 10, max: 50 },
      { worth: 3, min: 10, max: 40 },
      { worth: 2, min: 10, max: 45 },
      { worth: 2, min: 10, max: 12 },
      { worth: 2, min: 10, max: 90 },
    ]);

    expect(given).toEqual([0, 40, 24, 12, 24]);
  });

  test("reserves a minimum before what is worth more grows", () => {
    const parts = [
      { worth: 3, min: 10, max: 100 },
      { worth: 1, min: 30, max: 100, reserved: true },
      { worth: 2, min: 10, max: 100 },
    ];

    expect(spend(100, parts)).toEqual([70, 30, 0]);
  });

  test("admits nothing that is worth less than what did not fit", () => {
    const parts = [
      { worth: 3, min: 50, max: 50 },
      { worth: 2, min: 60, max: 60 },
      { worth: 1, min: 10, max: 10 },
    ];

    expect(spend(100, parts)).toEqual([50, 0, 0]);
  });

  test("never spends more than the budget, and all of it while a part could use it", () => {
    fc.assert(
      fc.property(budget, parts, (bytes, some) => {
        const given = spend(bytes, some);

        expect(sum(given)).toBeLessThanOrEqual(bytes);
        const most = sum(some.map(({ max }) => max));
        if (most <= bytes) expect(given).toEqual(some.map(({ max }) => max));
        if (given.every((n) => n > 0)) expect(sum(given)).toBe(Math.min(bytes, most));
      }),
    );
  });

  test("a part is left out, or has from its minimum to its maximum", () => {
    fc.assert(
      fc.property(budget, parts, (bytes, some) => {
        spend(bytes, some).forEach((n, i) => {
          if (n === 0) return;
          expect(n).toBeGreaterThanOrEqual(some[i]!.min);
          expect(n).toBeLessThanOrEqual(some[i]!.max);
        });
      }),
    );
  });

  test("what is left out is worth no more than what is there, and what grows has nothing hungry above it", () => {
    fc.assert(
      fc.property(budget, parts, (bytes, some) => {
        const given = spend(bytes, some);

        for (const [i, n] of given.entries()) {
          for (const [j, m] of given.entries()) {
            if (some[i]!.worth <= some[j]!.worth) continue;
            // Reserved minimums are the one thing that comes before worth.
            const beyond = m > (some[j]!.reserved ? some[j]!.min : 0);
            if (beyond) expect(n).toBe(some[i]!.max);
          }
        }
      }),
    );
  });

  test("is the same for the same parts", () => {
    fc.assert(fc.property(budget, parts, (bytes, some) => expect(spend(bytes, some)).toEqual(spend(bytes, some))));
  });
});
