import { expect, test } from "bun:test";
import { documented } from "./testing/docs.ts";
import { proofs } from "./testing/proofs.ts";

test.each([...(await documented())])("the generated parts of %s are up to date", (_file, { is, should }) => {
  expect(is).toBe(should); // If not: bun src/testing/docs.ts
});

test("every promise has a proof, and every tag of a test names a promise", async () => {
  const { of, unknown } = await proofs();

  expect([...of].filter(([, found]) => found.length === 0).map(([id]) => id)).toEqual([]);
  expect(unknown).toEqual([]);
});
