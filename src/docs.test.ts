import { expect, test } from "bun:test";
import { documented } from "./testing/docs.ts";

test.each([...(await documented())])("the generated parts of %s are up to date", (_file, { is, should }) => {
  expect(is).toBe(should); // If not: bun src/testing/docs.ts
});
