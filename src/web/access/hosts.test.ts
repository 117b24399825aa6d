import { expect, test } from "bun:test";
import { hostsOf, isHostName, isLoopback, isOurs } from "./hosts.ts";

test.each([
  "localhost",
  "localhost:9000",
  "LocalHost:4747",
  "127.0.0.1",
  "127.0.0.5:1",
  "[::1]:4747",
  "board.example",
  "Board.Example:8443",
  "[fd00::1]:4747",
  "only.example:8443",
])("Host %s is ours, with any port for a loopback name", (host) => {
  expect(isOurs(hostsOf(["Board.Example", "[fd00::1]", "only.example:8443"]), host)).toBe(true);
});

test.each([
  undefined,
  "",
  "evil.example",
  "localhost.evil.example",
  "evil.localhost",
  "127.0.0.1.evil.example:4747",
  "127.0.0.1:x",
  "localhost:123456",
  "0.0.0.0:4747",
  "only.example",
  "only.example:80",
  "a.board.example",
])("Host %p is not ours", (host) => {
  expect(isOurs(hostsOf(["board.example", "only.example:8443"]), host)).toBe(false);
});

test.each([
  ["127.0.0.1", true],
  ["127.8.9.1", true],
  ["::1", true],
  ["localhost", true],
  ["0.0.0.0", false],
  ["192.168.1.4", false],
  ["127.0.0.1.evil.example", false],
])("%s is loopback: %p", (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

test.each([
  ["board", true],
  ["board.example.", true],
  ["192.168.1.4:4747", true],
  ["[fd00::1]", true],
  ["https://board.example", false],
  ["board.example/kanban", false],
  ["board example", false],
  ["*", false],
  ["", false],
])("%j can be allowed: %p", (name, expected) => {
  expect(isHostName(name)).toBe(expected);
});
