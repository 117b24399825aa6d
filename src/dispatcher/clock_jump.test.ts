import { expect, test } from "bun:test";
import { watchClocks } from "./clock_jump.ts";

test("watchClocks() distinguishes sleep, a moved clock and a stopped process from time that passes [T: suspend and resume]", () => {
  const clock = { wall: 1_000_000, mono: 0 };
  const look = watchClocks(
    2_000,
    () => clock.wall,
    () => clock.mono,
  );
  const pass = (wall: number, mono: number) => {
    clock.wall += wall;
    clock.mono += mono;
    return look();
  };

  expect(pass(2_000, 2_000)).toBe(0);
  expect(pass(2_300, 2_000)).toBe(0); // An adjusted clock, not a moved one.
  expect(pass(3_600_000, 1_000)).toBe(3_599_000); // Suspended, or set ahead.
  expect(pass(-3_600_000, 1_000)).toBe(-3_601_000); // Set back.
  expect(pass(60_000, 60_000)).toBe(58_000); // Stopped for a minute: both clocks advanced.
  expect(pass(2_000, 2_000)).toBe(0);
});
