import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { createTask, setPaused } from "../../kernel/mod.ts";
import { type TestWeb, testWeb } from "../../testing/web.ts";
import { noticesOf, type Starter } from "./notices.ts";

let t: TestWeb;
beforeEach(async () => void (t = await testWeb()));
afterEach(() => t.close());

const STARTER: Starter = { running: true, silentSince: null, paused: null, trouble: null, warning: null, ready: 0 };
const notices = (starter: Partial<Starter> = {}) => noticesOf(t.web, t.board, { ...STARTER, ...starter });
const texts = (starter: Partial<Starter> = {}) => notices(starter).map(({ text }) => text);
const create = (assignee: string | null) => createTask(t.board, { title: "x", assignee }).task.id;

describe("noticesOf()", () => {
  test("says nothing of tasks of people, of profiles, and of names that are unknown [L10]", () => {
    for (const assignee of ["ann", "maya", "demo", "someone new"]) create(assignee);

    expect(notices()).toEqual([]);
  });

  test("offers to assign ready tasks without an assignee; they are nothing serious", () => {
    const [first, second] = [create(null), create(null)];

    expect(notices()).toEqual([
      {
        cause: "unassigned",
        text: "2 ready tasks have no assignee.",
        assign: [first, second],
        show: { href: "/?assignee=&status=ready", text: "Show them" },
      },
    ]);
  });

  test("has the same cause for backlog that grows, and shows many instead of assigning them", () => {
    for (let i = 0; i < 52; i++) create(null);

    const [notice] = notices();

    expect(notice).toMatchObject({ cause: "unassigned", text: "More than 50 ready tasks have no assignee." });
    expect(notice).not.toHaveProperty("assign");
  });

  test("names profiles that are missing, without ids in the text; another name is another cause", () => {
    const id = create("dmo");
    const [before] = notices();
    create("demmo");
    const [after] = notices();

    expect(before).toMatchObject({
      text: "1 ready task waits for a profile that is not here: “dmo”.",
      assign: [id],
      show: { href: "/?assignee=dmo&status=ready", text: "Show it" },
    });
    expect(after!.text).toBe("2 ready tasks wait for profiles that are not here: “demmo”, “dmo”.");
    expect(after!.cause).not.toBe(before!.cause);
  });

  test("says that the dispatcher cannot start work only when it is so", () => {
    const warning = "nothing is started for account claude: HTTP 401. See: kanban holds";

    expect(texts({ warning })).toEqual(["Nothing is started for account claude: HTTP 401. See: kanban holds"]);
    expect(texts({ trouble: "no space left on device" })).toEqual([
      "The dispatcher cannot start work: no space left on device",
    ]);
  });

  test("says a missing profile once, though the dispatcher warns of it too", () => {
    create("dmo");
    const warning =
      'tasks are ready and no profile here can start them: 1 task (t_1) for "dmo": no profile here has this name';

    expect(texts({ warning })).toEqual(["1 ready task waits for a profile that is not here: “dmo”."]);
  });

  test("has the most serious cause first", () => {
    create(null);
    const now = t.board.now();

    const found = notices({
      silentSince: now - 3_600_000,
      trouble: "no space left",
      paused: { by: "ann", at: now - 61_000 },
      warning: "x",
      running: false,
      ready: 1,
    });

    expect(found.map(({ cause }) => cause.split("-")[0])).toEqual([
      "silent",
      "trouble",
      "paused",
      "warning",
      "no",
      "unassigned",
    ]);
    expect(found[2]!.text).toBe("Paused by ann 1m 00s ago: running work continues, no task starts.");
  });
});

describe("the board", () => {
  test("alone has them, and not those that its browser dismissed", async () => {
    create(null);
    const shown = async (path: string, more = "") => {
      const { html } = await t.page(path, { cookie: `${t.browser["cookie"]}${more}` });
      const line = /<div class="banner"[^>]*>/.exec(html)?.[0];
      return line === undefined ? null : !line.includes("hidden");
    };

    expect([await shown("/"), await shown("/list"), await shown("/needs")]).toEqual([true, null, null]);
    expect(await shown("/", "; kanban_dismissed=paused-1.unassigned")).toBe(false);
    expect(await shown("/", "; kanban_dismissed=paused-1")).toBe(true);
  });

  test("counts for a dispatcher only what one would start", async () => {
    create(null);
    create("ann");
    expect((await t.page("/")).html).not.toContain("no dispatcher runs");

    create("demo");
    expect((await t.page("/")).html).toContain("1 task is ready and no dispatcher runs.");
  });

  test("resumes from the notice of a pause", async () => {
    setPaused(t.board, true);
    const { html } = await t.page("/");

    expect(html).toContain("Paused by ann under a minute ago");
    expect(html).toMatch(/<form method="post" action="\/resume"[^>]*><button class="btn">Resume/);
  });
});
