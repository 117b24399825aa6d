import { afterEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { initials, setKnownNames, shortName, shortNames } from "./short_names.ts";

describe("shortNames()", () => {
  test("gives names that share their initials letters in which they differ, and the others their initials", () => {
    expect(Object.fromEntries(shortNames(["translator", "transcriber", "engineer", "back end"]))).toEqual({
      translator: "TL",
      transcriber: "TC",
      engineer: "EN",
      "back end": "BE",
    });
  });
  test("takes no letters that are the initials of another name", () => {
    const found = shortNames(["translator", "transcriber", "T. Long"]);
    expect(found.get("T. Long")).toBe("TL");
    expect(new Set(found.values()).size).toBe(3);
  });
  test("of any names: each has letters, no two the same, whatever their order", () => {
    const name = fc.oneof(fc.string({ minLength: 1, maxLength: 12 }), fc.stringMatching(/^[ab]{1,4}[ -]?[ab]?$/));
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 40 }), (names) => {
        const found = shortNames(names);
        expect([...found.keys()].sort()).toEqual([...names].sort());
        expect(new Set(found.values()).size).toBe(names.length);
        expect([...found.values()].every((short) => [...short].length >= 1)).toBe(true);
        expect(shortNames(names.toReversed())).toEqual(new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1))));
        for (const [one, short] of found) {
          if (names.every((other) => other === one || initials(other) !== initials(one))) {
            expect(short).toBe(initials(one));
          }
        }
      }),
    );
  });
});

describe("shortName()", () => {
  afterEach(() => setKnownNames([]));

  test("is that of the known names, and of another name its initials", () => {
    expect(shortName("transcriber")).toBe("TR");
    setKnownNames(["translator", "transcriber"]);
    expect([shortName("translator"), shortName("transcriber"), shortName("trainer")]).toEqual(["TL", "TC", "TR"]);
  });
});
