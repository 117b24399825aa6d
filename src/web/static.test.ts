import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { STATIC } from "../program.ts";
import { type TestWeb, testWeb } from "../testing/web.ts";

let t: TestWeb;
beforeAll(async () => void (t = await testWeb()));
afterAll(() => t.close());

describe("the font", () => {
  const get = (path: string) => t.send("GET", path, { headers: { "accept-encoding": "gzip" } });

  test("is served for ever by the build that a page asks for first, as it is in its package", async () => {
    const { html, headers } = await t.page("/");
    const [, path] = /<link rel="preload" href="([^"]+)" as="font"/.exec(html)!;
    expect(path).toBe(`/static/${t.web.build}/inter.woff2`);
    expect(headers.get("content-security-policy")).toContain("font-src 'self'");

    const answer = await get(path!);
    expect(answer.headers.get("content-type")).toBe("font/woff2");
    expect(answer.headers.get("cache-control")).toContain("immutable");
    expect(answer.headers.get("content-encoding")).toBeNull(); // It is compressed already.
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect(bytes.subarray(0, 4).toString("latin1")).toBe("wOF2");
    expect(bytes.length).toBeLessThan(60_000);
  });

  test("comes with its license", () => {
    const text = readFileSync(join(STATIC, "inter.license.txt"), "utf8");
    expect(text).toContain("SIL OPEN FONT LICENSE Version 1.1");
    expect(text).toContain("@fontsource-variable/inter 5.3.0");
  });
});
