import { describe, expect, test } from "bun:test";
import { until } from "../../testing/mod.ts";
import { encode, Outlet } from "./sse.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe("encode()", () => {
  test("prefixes every line of the data, with any line ending [S: htmx and SSE]", () => {
    const chunk = encode({ id: 7, event: "say", data: "a\nb\r\nc\rd\n\nevent: reset" });
    expect(text(chunk)).toBe("id: 7\nevent: say\ndata: a\ndata: b\ndata: c\ndata: d\ndata: \ndata: event: reset\n\n");
  });

  test("moves the id on without data", () => {
    expect(text(encode({ id: "7.t_00000000.300" }))).toBe("id: 7.t_00000000.300\n\n");
  });
});

describe("Outlet", () => {
  const chunk = new Uint8Array(64 * 1024).fill(65);

  test("drops a client that takes nothing, and with it what was queued", async () => {
    let closed = 0;
    const outlet = new Outlet({ closed: () => closed++ });
    const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => outlet.response });
    let received = 0;
    let gone = false;
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port: server.port!,
      socket: {
        open(self) {
          self.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
          self.pause();
        },
        data: (_, data) => void (received += data.length),
        close: () => void (gone = true),
      },
    });
    try {
      let sent = 0;
      await until(
        () => {
          outlet.send(chunk);
          return ++sent && !outlet.open;
        },
        { what: "the client to be dropped" },
      );
      expect(closed).toBe(1);

      socket.resume();
      await until(() => gone, { what: "the connection to end" });
      // The sockets in between hold some; the 64 chunks in the queue are freed, not delivered.
      expect(received).toBeLessThan((sent - 60) * chunk.length);
      outlet.send(chunk); // The client has disconnected: nothing happens.
      outlet.close();
      expect(closed).toBe(1);
    } finally {
      socket.end();
      await server.stop(true);
    }
  });

  test("reports once that the client disconnected", async () => {
    let closed = 0;
    const outlet = new Outlet({ closed: () => closed++ });
    const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => outlet.response });
    try {
      const abort = new AbortController();
      await fetch(server.url, { signal: abort.signal });
      abort.abort();
      await until(() => closed > 0, { what: "the end to be noticed" });
      outlet.close();
      expect([closed, outlet.open]).toEqual([1, false]);
    } finally {
      await server.stop(true);
    }
  });
});
