/**
 * Odd amounts and odd clocks, and first contacts that happen all at once.
 *
 * @module
 */
import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { prepareHome } from "../../src/home.ts";
import {
  type BoardStats,
  addComment,
  archiveTask,
  boardColumns,
  boardStats,
  buildContext,
  claimTask,
  completeTask,
  createTask,
  editTask,
  expiredRuns,
  getCard,
  getRun,
  heartbeat,
  listPage,
  listRuns,
  listTasks,
  nextInstant,
  promoteDue,
  reclaimRun,
  reclaimTask,
  showTask,
  staleness,
  type Task,
  tenantNames,
  write,
} from "../../src/kernel/mod.ts";
import { race } from "../harness.ts";
import { cli, cliJson, type Place } from "../program.ts";
import type { ClaimerInput, ClaimerResult } from "../racers/claimer.ts";
import { fill } from "../scale/fill.ts";
import type { Scenario } from "./scenario.ts";

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;

export const loadScenarios: readonly Scenario[] = [
  {
    name: "1,000 runs and 1,000 comments on one task: context and pages stay bounded",
    run(stage) {
      const { board, ready } = stage.board();
      const { id } = ready();
      write(board, () => {
        for (let i = 0; i < 1_000; i++) {
          claimTask(board, id, { claimer: "w" });
          reclaimTask(board, id, { reason: `attempt ${i} ${"e".repeat(300)}` });
          addComment(board, id, { body: `comment ${i} ${"c".repeat(300)}` });
        }
      });
      const context = buildContext(board, id);
      const page = showTask(board, id);

      expect(Buffer.byteLength(context)).toBeLessThan(32 * 1024);
      expect(context).toContain("Attempt 1000");
      expect(context).toContain("… 990 earlier attempts omitted …");
      expect(page.totals).toMatchObject({ runs: 1_000, comments: 1_000, events: 3_001 });
      expect([page.runs.length, page.comments.length, page.events.length]).toEqual([50, 100, 50]);
      expect(listRuns(board, id).length).toBe(1_000);
      expect(getCard(board, id)).toMatchObject({ attempts: 1_000, comment_count: 1_000 });
    },
  },
  {
    name: "5,000 tasks in 100 tenants: every filter finds its own and the counts add up",
    run(stage) {
      const { board } = stage.board();
      write(board, () => {
        for (let i = 0; i < 5_000; i++) {
          createTask(board, {
            title: `task ${i}`,
            tenant: `tenant-${i % 100}`,
            assignee: `a-${i % 7}`,
            priority: i % 3,
          });
        }
      });
      expect(tenantNames(board).length).toBe(100);
      for (const tenant of ["tenant-0", "tenant-57", "tenant-99"]) {
        expect(listTasks(board, { tenant }).length).toBe(50);
        const columns = boardColumns(board, { tenant });
        expect(columns.map(({ total }) => total).reduce((a, b) => a + b)).toBe(50);
        expect(columns.flatMap(({ tasks }) => tasks).every((card) => card.tenant === tenant)).toBe(true);
      }
      const ids = new Set<string>();
      let after: string | null = null;
      do {
        const page: { tasks: Task[]; next: string | null } = listPage(board, {
          limit: 333,
          ...(after === null ? {} : { after }),
        });
        for (const { id } of page.tasks) ids.add(id);
        after = page.next;
      } while (after !== null);
      expect(ids.size).toBe(5_000);
      expect(Object.values(boardStats(board).by_assignee).reduce((sum, { ready = 0 }) => sum + ready, 0)).toBe(5_000);
    },
  },
  {
    name: "the clock steps back an hour: nothing lasts a negative time, nothing is reclaimed",
    run(stage) {
      const { board, clock, ready } = stage.board();
      const { id } = ready();
      clock.ms += 10_000;
      const { run } = claimTask(board, id, { claimer: "w" });
      clock.ms -= HOUR;
      heartbeat(board, id, { runId: run.id });
      expect(expiredRuns(board)).toEqual([]);
      expect(Object.values(getCard(board, id)!.age).every((seconds) => seconds === null || seconds >= 0)).toBe(true);
      expect(boardStats(board).oldest_ready_age_seconds ?? 0).toBeGreaterThanOrEqual(0);
      expect(buildContext(board, id)).not.toMatch(/-\d+ (?:s|min|h|d) ago/);
      completeTask(board, id, { runId: run.id, summary: "done" });

      const ended = getRun(board, run.id)!;
      expect(ended.ended_at).toBeGreaterThanOrEqual(ended.started_at);
      expect(getCard(board, id)!.age.time_to_complete_seconds).toBeGreaterThanOrEqual(0);
    },
  },
  {
    name: "the clock steps ten years on and back: leases end once, the fence still holds [T: clock ±1 h]",
    run(stage) {
      const { board, clock, ready, refused } = stage.board();
      const [claimed, later] = [ready().id, ready({ not_before: clock.ms + HOUR }).id];
      const { run } = claimTask(board, claimed, { claimer: "w" });
      clock.ms += 10 * YEAR;
      expect(promoteDue(board)).toEqual([later]);
      expect(expiredRuns(board).map(({ id }) => id)).toEqual([run.id]);
      reclaimRun(board, { taskId: claimed, runId: run.id }, { reason: "lease ran out" });
      clock.ms -= 10 * YEAR;
      refused(() => completeTask(board, claimed, { runId: run.id }), "conflict", "ready");
      claimTask(board, claimed, { claimer: "v" });

      expect(expiredRuns(board)).toEqual([]);
      expect(nextInstant(board)).toBeGreaterThan(clock.ms);
    },
  },
  {
    name: "instants and limits at the ends of their ranges",
    run(stage) {
      const { board, refused, clock } = stage.board();
      const far = 8_640_000_000_000_000;
      const { task } = createTask(board, {
        title: "far",
        not_before: far,
        max_runtime_seconds: 3_155_760_000,
        priority: -1_000_000,
      });
      expect(task).toMatchObject({ status: "todo", not_before: far });
      expect(nextInstant(board)).toBe(far);
      editTask(board, task.id, { not_before: 0 });
      const { run } = claimTask(board, task.id, { claimer: "w", ttlSeconds: 3_155_760_000 });
      expect(run.claim_expires_at).toBe(clock.ms + 3_155_760_000_000);
      for (const wrong of [-1, 1.5, Number.NaN, Infinity, far + 1, "5", 2 ** 60]) {
        refused(() => createTask(board, { title: "x", not_before: wrong as number }), "invalid", "not_before");
      }
      for (const wrong of [1.5, Number.NaN, Infinity, 1e12]) {
        refused(() => createTask(board, { title: "x", priority: wrong }), "invalid", "priority");
      }
      refused(() => claimTask(board, task.id, { claimer: "w", ttlSeconds: 0 }), "invalid", "ttl");
      expect(staleness({ status: "ready" }, far, 0)).toBe("fresh");
    },
  },
  {
    name: "archived tasks by the thousand stay out of sight and out of the way",
    run(stage) {
      const { board, ready } = stage.board();
      write(board, () => {
        for (let i = 0; i < 2_000; i++) archiveTask(board, ready().id);
      });
      const { id } = ready();

      expect(listTasks(board).map((task) => task.id)).toEqual([id]);
      expect(listTasks(board, { archived: true }).length).toBe(2_001);
      expect(boardColumns(board).flatMap(({ tasks }) => tasks).length).toBe(1);
    },
  },
  {
    name: "a board of 1,000 used tasks, exported and imported: the same lines, counters and sums",
    async run(stage) {
      const [from, to] = [stage.place("from"), stage.place("to")];
      prepareHome(from.home);
      fill(from.home.db, 1_000);
      const file = join(stage.folder("files"), "board.jsonl");
      expect((await cli(from, ["export", file])).code).toBe(0);
      expect((await cli(to, ["import", file])).code).toBe(0);
      const again = await cli(to, ["export"]);

      const rows = (text: string) => text.split("\n").slice(1); // The first line tells when.
      expect(rows(again.stdout)).toEqual(rows(readFileSync(file, "utf8")));
      const figures = async (place: Place) => {
        const { by_status, by_assignee, usage } = await cliJson<BoardStats>(place, ["stats"]);
        return { by_status, by_assignee, usage };
      };
      expect(await figures(to)).toEqual(await figures(from));
      const refused = await cli(to, ["import", file]);
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("it has 1000 tasks")]);
    },
  },
  {
    name: "eight processes create under one idempotency key at the same instant",
    async run(stage) {
      const place = stage.place();
      prepareHome(place.home);
      await cliJson(place, ["stats"]);
      const inputs = Array.from({ length: 8 }, (_, i): ClaimerInput => ({
        path: place.home.db,
        name: `p${i}`,
        targets: [],
        keys: ["the key", "другой ключ"],
      }));
      const { results } = await race<ClaimerInput, ClaimerResult>("racers/claimer.ts", inputs);

      expect(new Set(results.map(({ keyed }) => keyed.join())).size).toBe(1);
      expect(results.flatMap(({ errors }) => errors)).toEqual([]);
      expect((await cliJson<Task[]>(place, ["list"])).length).toBe(2);
    },
  },
  {
    name: "twenty programs meet a home that does not exist yet [T: twenty first starts]",
    async run(stage) {
      const place = stage.place();
      const ran = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          cli(place, ["create", `task ${i}`, "--idempotency-key", `k${i % 10}`, "--json"]),
        ),
      );

      expect(ran.filter(({ code }) => code !== 0).map(({ stderr }) => stderr)).toEqual([]);
      expect((await cliJson<Task[]>(place, ["list"])).length).toBe(10);
    },
  },
];
