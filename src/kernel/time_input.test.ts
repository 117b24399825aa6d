import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { refusal } from "../testing/mod.ts";
import { parseDuration, parseInstant, parsePast } from "./mod.ts";

const HOUR = 3_600;
const DAY = 86_400;

function refuses(fn: () => unknown, message: RegExp): void {
  const error = refusal(fn);
  expect(error.message).toMatch(message);
  expect(error.code).toBe("invalid");
}

describe("parseDuration()", () => {
  test.each([
    ["90", 90],
    ["30s", 30],
    ["30m", 1_800],
    ["2h", 2 * HOUR],
    ["1d", DAY],
    ["36525d", 3_155_760_000],
    ["0", 0],
    [" 5m ", 300],
    ["1.5h", 5_400],
    ["1h30m", 5_400],
    ["1h 30m", 5_400],
    ["1d4h", DAY + 4 * HOUR],
    ["2 h", 2 * HOUR],
    ["1w", 7 * DAY],
    ["1W 2D", 9 * DAY],
  ])("%j is %i seconds", (text, seconds) => {
    expect(parseDuration(text, "ttl")).toBe(seconds);
  });

  test.each([
    ...["", "h", "-1", "1.h", ".5h", "1.5", "30m1h", "1h1h", "1h30", "1e3", "٣", "0x10", "1y", "1 5m x"],
    ...["3155760001", "40000d", "9".repeat(30), "1,5h", "1h-30m"],
  ])("refuses %j", (text) => {
    refuses(
      () => parseDuration(text, "ttl"),
      /^Cannot use ttl: it must be a duration such as 90, 30s, 1.5h, 1h30m, 1d or 1w .*, got "/,
    );
  });

  test("any numbers of units, the largest first, are the sum of their seconds", () => {
    const count = fc.nat(99);
    fc.assert(
      fc.property(count, count, count, (d, h, m) => {
        return parseDuration(`${d}d ${h}h${m}m`, "x") === d * DAY + h * HOUR + m * 60;
      }),
    );
  });
});

describe("parseInstant()", () => {
  const NOW = Date.UTC(2026, 0, 1);

  test.each([
    ["2h", NOW + 7_200_000],
    ["90", NOW + 90_000],
    ["1h30m", NOW + 5_400_000],
    ["2026-12-01T08:00Z", Date.UTC(2026, 11, 1, 8)],
    ["2026-12-01T08:00:30.500Z", Date.UTC(2026, 11, 1, 8, 0, 30, 500)],
    ["2026-12-01T08:00+02:00", Date.UTC(2026, 11, 1, 6)],
    ["2026-12-01 08:00Z", Date.UTC(2026, 11, 1, 8)],
    ["2028-02-29T00:00Z", Date.UTC(2028, 1, 29)],
  ])("%j", (text, at) => {
    expect(parseInstant(text, NOW, "not_before")).toBe(at);
  });

  test("without a zone it is local time", () => {
    expect(parseInstant("2026-12-01", NOW, "x")).toBe(new Date(2026, 11, 1).getTime());
    expect(parseInstant("2026-12-01T08:00", NOW, "x")).toBe(new Date(2026, 11, 1, 8).getTime());
  });

  // A Wednesday at 10:30, by the local clock.
  const wednesday = new Date(2026, 11, 2, 10, 30).getTime();
  test.each<[string, Date]>([
    ["tomorrow", new Date(2026, 11, 3)],
    ["tomorrow 9:00", new Date(2026, 11, 3, 9)],
    ["Tomorrow at 9am", new Date(2026, 11, 3, 9)],
    ["tomorrow, 6 pm", new Date(2026, 11, 3, 18)],
    ["tomorrow 12am", new Date(2026, 11, 3, 0)],
    ["tomorrow 12pm", new Date(2026, 11, 3, 12)],
    ["today 18:00", new Date(2026, 11, 2, 18)],
    ["fri 7", new Date(2026, 11, 4, 7)],
    ["monday 9:00", new Date(2026, 11, 7, 9)],
    ["wednesday", new Date(2026, 11, 9)],
    ["18:00", new Date(2026, 11, 2, 18)],
    ["9:15", new Date(2026, 11, 3, 9, 15)],
  ])("%j on a Wednesday at 10:30", (text, at) => {
    expect(new Date(parseInstant(text, wednesday, "x"))).toEqual(at);
  });

  test.each([
    ...["", "-2h", "2026-12", "2026-13-01", "2026-02-30", "2026-02-29", "2026-12-01T", "2026-12-01T25:00"],
    ...["2026-12-01T08:00 junk", "2026-12-01 08:00 +02:00 x", "12/01/2026", "2026-12-01T08:60Z", "NaN"],
    ...["tomorrow 25:00", "tomorrow 9:75", "13pm tomorrow", "tomorrow 13pm", "someday", "next monday morning", "9am"],
    ...["tomorrow 9:00 x", "mondays", "101y", "9".repeat(12)],
  ])("refuses %j", (text) => {
    refuses(
      () => parseInstant(text, NOW, "not_before"),
      /^Cannot use not_before: it must be a duration from now \(2h\), a date \(.*\) or a day \(tomorrow 9:00\), got "/,
    );
  });
});

test("parsePast() counts back", () => {
  expect(parsePast("1w", 10 * DAY * 1_000, "x")).toBe(3 * DAY * 1_000);
  refuses(() => parsePast("tomorrow", 0, "x"), /it must be a duration ago/);
});
