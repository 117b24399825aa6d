import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { logPath } from "../../home.ts";
import { addComment, blockTask, claimTask, completeTask, failRun, recordSpawned, STATUSES } from "../../kernel/mod.ts";
import { type BrowserTest, noBrowser, testBrowser } from "../../testing/browser.ts";
import { faintMarks, faintTexts } from "../../testing/contrast.ts";

// On a busy machine axe takes seconds for a page.
setDefaultTimeout(120_000);

const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
/** Where pictures of every page go, for `SHOTS=DIR bun test src/web/access`. */
const SHOTS = process.env["SHOTS"];

/** How much wider than the screen the page is, and how many things to press are smaller than a thumb. */
const MEASURE = `({
  wide: document.documentElement.scrollWidth - innerWidth,
  small: [...document.querySelectorAll("nav.dock a, nav.dock button, header.bar .btn, .acts button")]
    .filter((e) => e.checkVisibility()).map((e) => e.getBoundingClientRect()).filter((b) => b.width < 40 || b.height < 40).length,
})`;

let t: BrowserTest;
let page: Page;
let pages: Record<string, string> = {};

describe.skipIf(noBrowser !== null)(
  `pages are open to everybody${noBrowser === null ? "" : ` (skipped: ${noBrowser})`}`,
  () => {
    beforeAll(async () => {
      t = await testBrowser();
      pages = seed();
      ({ page } = await t.open());
      if (SHOTS !== undefined) mkdirSync(SHOTS, { recursive: true });
    });
    afterAll(() => t?.close());
    afterEach(() => expect(t.problems()).toEqual([]));

    /** A card of every kind, with everything that a card and a drawer can show; and the pages to check. */
    function seed(): Record<string, string> {
      const ready = t.create("Rotate the staging credentials", {
        assignee: "coder",
        tenant: "auth",
        priority: 4,
        body: "## Why\n\n- **old**\n\n```\nkey\n```",
      });
      addComment(t.board, ready, { body: "Please *soon*." });
      t.create("Tell everybody", { parents: [ready], priority: 2 });
      t.create("A rough idea", { triage: true, priority: 1 });
      const blocked = t.create("Choose a price list", { tenant: "billing", priority: 3 });
      blockTask(t.board, blocked, { reason: "Which of the two is right?" });
      const review = t.create("Proofread the handbook", { review: true });
      completeTask(t.board, review, {
        runId: claimTask(t.board, review, { claimer: "w" }).run.id,
        summary: "Done, see section 2",
        result: "ok",
      });
      const failed = t.create("Find the leak", { assignee: "demo" });
      const failure = {
        kind: "crashed",
        error: "exit 137: killed, out of memory\n".repeat(40),
        pid: 1,
        exit_code: 137,
        signal: null,
        log_tail: "",
      } as const;
      failRun(t.board, { taskId: failed, runId: claimTask(t.board, failed, { claimer: "w" }).run.id }, failure, {
        failureLimit: 1,
        backoffMs: () => 0,
      });
      const done = t.create("Translate README", { assignee: "demo" });
      completeTask(t.board, done, {
        summary: "three terms left open",
        result: "Merged as #412",
        metadata: { files: 3 },
      });
      const running = t.create("Benchmark the planner", { assignee: "demo" });
      const { run } = claimTask(t.board, running, { claimer: "w", boot_id: "b" });
      recordSpawned(t.board, { taskId: running, runId: run.id, pid: 4_000_000, pid_started: "1", boot_id: "b" });
      mkdirSync(t.home.logs, { recursive: true });
      writeFileSync(
        logPath(t.home, running),
        "\x1b[2m12:00\x1b[0m \x1b[32mok\x1b[0m compiled\n\x1b[33mwarning\x1b[0m: two deprecated calls\n\x1b[31merror\x1b[0m none\n",
      );
      return {
        board: "/",
        filtered: "/?tenant=auth&hide_blocked=1&archived=1&q=s",
        empty: "/?q=nothing-like-this",
        drawer: `/t/${ready}`,
        "drawer-blocked": `/t/${blocked}`,
        "drawer-done": `/t/${done}`,
        "drawer-running": `/t/${running}`,
        "drawer-failed": `/t/${failed}`,
        needs: "/needs",
        runs: "/runs",
        list: "/list",
        deps: "/deps",
        insights: "/insights",
        new: "/new",
        help: "/help",
        start: "/start",
        api: "/api",
      };
    }

    const picture = async (name: string) =>
      SHOTS === undefined ? undefined : await page.screenshot({ path: join(SHOTS, `${name}.png`) });
    /** What axe finds, in words. Legacy mode omits frames, which our pages do not have, and takes a third of the time. */
    async function findings(on: Page, { part, rules }: { part?: string; rules?: string[] } = {}): Promise<string[]> {
      const runOnly = rules === undefined ? WCAG : { type: "rule" as const, values: rules };
      const axe = new AxeBuilder({ page: on }).setLegacyMode().options({ runOnly, resultTypes: ["violations"] });
      if (part !== undefined) axe.include(part);
      const { violations } = await axe.analyze();
      return violations.map(
        ({ id, nodes }) =>
          `${id}: ${nodes
            .map(({ html }) => html.slice(0, 160))
            .slice(0, 3)
            .join(" | ")}`,
      );
    }

    test("marks of every hue can be read on every surface", async () => {
      await t.visit(page, "/");
      for (const colorScheme of ["dark", "light"] as const) {
        await page.emulateMedia({ colorScheme });
        const statuses = STATUSES.map((status) => `c-${status}`);
        const names = Array.from({ length: 12 }, (_, hue) => `h${hue}`);
        const found = [
          ...(await faintMarks(page, "badge", ["", ...statuses])),
          ...(await faintMarks(page, "badge outcome", statuses)),
          ...(await faintMarks(page, "why", statuses)),
          ...(await faintMarks(page, "av", names)),
          ...(await faintMarks(page, "tag", names)),
        ];
        expect({ colorScheme, found }).toEqual({ colorScheme, found: [] });
      }
    });

    test("axe finds nothing on any page in either theme, and on a phone nothing is too wide or too small", async () => {
      await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
      for (const [name, path] of Object.entries(pages)) {
        await t.visit(page, path);
        await picture(`${name}-dark-1440`);
        // The board behind a drawer is judged by itself.
        const part = name.startsWith("drawer-") ? { part: "#drawer" } : {};
        const dark = await findings(page, part);
        dark.push(...(await faintTexts(page)));
        await page.emulateMedia({ colorScheme: "light" });
        await picture(`${name}-light-1440`);
        // The markup is the same: now only what depends on colours is judged.
        const light = await findings(page, { ...part, rules: ["color-contrast", "link-in-text-block"] });
        light.push(...(await faintTexts(page)));
        await page.setViewportSize({ width: 390, height: 844 });
        await picture(`${name}-light-390`);
        const { wide, small } = await page.evaluate<{ wide: number; small: number }>(MEASURE);
        await page.setViewportSize({ width: 1440, height: 900 });
        await page.emulateMedia({ colorScheme: "dark" });
        expect({ name, dark, light, wide, small }).toEqual({ name, dark: [], light: [], wide: 0, small: 0 });
      }
    });

    test("the login page and the dialogs pass too", async () => {
      const context = await t.browser.newContext();
      const stranger = await context.newPage();
      await stranger.goto(`${t.url}/login`);
      expect(await findings(stranger)).toEqual([]);
      await context.close();
      await t.visit(page, "/");
      for (const key of ["c", "?", "Control+k"]) {
        await page.keyboard.press(key);
        await page.locator("dialog[open]").waitFor();
        expect([key, await findings(page, { part: "dialog[open]" })]).toEqual([key, []]);
        await page.keyboard.press("Escape");
        await page.locator("dialog[open]").waitFor({ state: "detached" });
      }
    });
  },
);
