/** @jsxImportSource hono/jsx */
import { describe, expect, test } from "bun:test";
import { blockTask, claimTask, completeTask, createTask, recordReport, STATUSES } from "../../src/kernel/mod.ts";
import { inStatus } from "../../src/testing/kernel.ts";
import { testBoard } from "../../src/testing/mod.ts";
import { drawerView, tags, textOf } from "../../src/testing/views.ts";
import { Drawer, type DrawerView } from "./drawer.tsx";

function setup() {
  const t = testBoard();
  const show = (id: string, more: Partial<DrawerView> = {}) =>
    String(<Drawer view={{ ...drawerView(t.board, id), ...more }} />);
  return { ...t, show };
}

describe("nothing is said twice, and what is empty is hidden", () => {
  /** How often a text is in the drawer. */
  const times = (html: string, text: string) => textOf(html).split(text).length - 1;

  test("a task that was not started says so once, and has neither runs nor an empty list of comments", () => {
    const { board, ready, show } = setup();
    const { id } = createTask(board, { title: "Child", parents: [ready().id, ready().id] }).task;

    const html = show(id, { waits: { kind: "parents", words: "its parents", until: null } });

    expect(times(html, "Not started.")).toBe(1);
    expect(textOf(html)).toContain("Not started. Goes to Ready when both are done.");
    expect(html).not.toContain('id="d-runs"');
    expect(html).not.toContain('id="d-comments"');
  });
  test("a question is at the top alone, not with its run and not as a comment", () => {
    const { board, ready, show } = setup();
    const { id } = ready();
    const { run } = claimTask(board, id, { claimer: "w" });
    recordReport(board, run.id, { last_words: "The key of *staging* works." });
    blockTask(board, id, { runId: run.id, reason: "Which key?" });

    const html = show(id);

    // Once as the question, once as an event of the history.
    expect(times(html, "Which key?")).toBe(2);
    expect(html).toContain("<em>staging</em>");
    expect(textOf(html)).toContain("asks the question above");
    expect(times(html, "The key of")).toBe(1);
  });
  test("finished work: summary and facts are evidence at the top, not with the run again", () => {
    const t = setup();
    const { id } = t.ready({ review: true });
    const { run } = claimTask(t.board, id, { claimer: "w" });
    completeTask(t.board, id, {
      runId: run.id,
      summary: "All **pages**",
      metadata: { files: 4 },
      result: "On a branch",
    });

    const html = t.show(id);

    expect(html.indexOf('id="d-evidence"')).toBeLessThan(html.indexOf('id="d-description"'));
    expect(html.match(/<strong>pages<\/strong>/g)).toHaveLength(1);
    expect(times(html, "files 4")).toBe(1);
  });
  test("a summary that is the result is not repeated", () => {
    const { board, ready, show } = setup();
    const { id } = ready();
    completeTask(board, id, { runId: claimTask(board, id, { claimer: "w" }).run.id, result: "Merged as 412" });
    expect(show(id).match(/<p>Merged as 412/g)).toHaveLength(1);
  });
  test("properties without a value are marked as unset, with the name that + Add lists", async () => {
    const { ready, show } = setup();
    const unset = async (id: string) =>
      (await tags(show(id))).flatMap(({ attributes }) => (attributes["data-add"] === undefined ? [] : [attributes]));
    const names = (of: Record<string, string>[]) => of.map((attributes) => attributes["data-add"]);

    const bare = names(await unset(ready().id));
    const full = names(await unset(ready({ tenant: "auth", priority: 3, skills: ["x"], review: true }).id));

    expect(bare).toEqual(
      expect.arrayContaining(["Priority", "Project", "Skills", "Time limit", "Review", "Waits for…"]),
    );
    for (const name of ["Priority", "Project", "Skills", "Review"]) expect(full).not.toContain(name);
  });
  test("a description is asked for before a run; later one that is missing is a property to add", async () => {
    const t = setup();
    const section = async (status: "ready" | "done") => {
      const all = await tags(t.show(inStatus(t, status).id));
      return all.find(({ attributes }) => attributes["id"] === "d-description")!.attributes;
    };
    expect((await section("ready"))["class"]).toBe("sect");
    expect(await section("done")).toMatchObject({ class: "sect unset", "data-add": "Description" });
  });
  test.each([...STATUSES])("%s: at most three buttons in a row, the rest behind More", async (status) => {
    const t = setup();
    const html = t.show(inStatus(t, status).id);
    const actions = html.slice(
      html.indexOf('id="d-actions"'),
      html.indexOf("</section>", html.indexOf('id="d-actions"')),
    );
    const row = actions.slice(actions.indexOf('<div class="row wrap">'));
    const shown = (await tags(row.replace(/<details[^]*?<\/details>/g, "<button></button>"))).filter(
      ({ name, attributes }) => name === "button" && attributes["class"] !== "icon",
    );
    expect(shown.length).toBeLessThanOrEqual(3);
    expect(actions).toContain('data-do="task-menu"');
  });
});
