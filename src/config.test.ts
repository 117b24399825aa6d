import { afterAll, describe, expect, test } from "bun:test";
import { rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { DEFAULTS, loadConfig } from "./config.ts";
import { homeOf } from "./home.ts";
import { KanbanError } from "./kernel/mod.ts";
import { refusal, tempDir } from "./testing/mod.ts";

const dir = tempDir();
const home = homeOf({ KANBAN_HOME: dir.path });
afterAll(() => dir.remove());

function load(text: string) {
  writeFileSync(home.config, text);
  return loadConfig(home);
}

describe("loadConfig()", () => {
  test("gives the defaults when there is no file, or an empty one", () => {
    rmSync(home.config, { force: true });

    expect(loadConfig(home)).toEqual(DEFAULTS);
    expect(load("")).toEqual(DEFAULTS);
    expect(load("# nothing yet\n")).toEqual(DEFAULTS);
    expect(DEFAULTS.dispatcher).toMatchObject({
      max_workers: 4,
      failure_limit: 5,
      interval_seconds: 60,
      stale_after_seconds: 3600,
    });
    expect(DEFAULTS.dashboard).toEqual({
      default_tenant: "",
      lane_by_profile: true,
      include_archived_by_default: false,
      render_markdown: true,
    });
    expect(DEFAULTS.notify).toEqual({});
  });

  test("reads each section and keeps the defaults of what it does not name", () => {
    const config = load(`
dispatcher:
  max_workers: 12
  interval: 5m
dashboard:
  default_tenant: ops
notify:
  webhook: { url: "https://example.org/x", headers: { a: b } }
`);

    expect(config.dispatcher).toMatchObject({ max_workers: 12, interval_seconds: 300, failure_limit: 5 });
    expect(config.dashboard).toMatchObject({ default_tenant: "ops", lane_by_profile: true });
    expect(config.notify).toEqual({ webhook: { url: "https://example.org/x", headers: { a: "b" } } });
  });

  test("reads who hears of the whole board apart from the platforms", () => {
    const config = load(`
notify:
  telegram: { token: x }
  board:
    - { platform: telegram, chat_id: -1001, thread_id: 5 }
    - { platform: slack, chat_id: C1 }
`);

    expect(config.notify).toEqual({ telegram: { token: "x" } });
    expect(config.notify_board).toEqual([
      { platform: "telegram", chat_id: "-1001", thread_id: "5" },
      { platform: "slack", chat_id: "C1", thread_id: null },
    ]);
    expect(DEFAULTS.notify_board).toEqual([]);
  });

  test.each([
    ["board: [{ platform: slack }]", "notify.board.0.chat_id must be a text, found nothing"],
    ["board: [{ platform: '', chat_id: C1 }]", 'notify.board.0.platform must name a platform, found ""'],
    ["board: [{ platform: slack, chat_id: C1, chat: 2 }]", '"notify.board.0.chat" is not a known key'],
    ["board: { slack: C1 }", "notify.board must be a list"],
    ["slack: C1", "notify.slack must be a section"],
  ])("refuses notify: { %s }", (text, message) => {
    expect(() => load(`notify: { ${text} }`)).toThrow(message);
  });

  test.each(["kanban/", "kanban-", "agents/ann/", "K_1.2/"])(
    "takes %s for the beginning of branch names [J8]",
    (prefix) => {
      expect(load(`dispatcher:\n  branch_prefix: ${prefix}`).dispatcher.branch_prefix).toBe(prefix);
      const branch = `refs/heads/${prefix}t_00000001`;
      expect(Bun.spawnSync(["git", "check-ref-format", branch]).exitCode).toBe(0);
    },
  );

  test("reads the names of people, each once", () => {
    expect(load("people: [Ann Lee, ' bob ', bob]").people).toEqual(["Ann Lee", "bob"]);
    expect(load("people:\n").people).toEqual([]);
  });

  test("takes a section without a line of its own for none", () => {
    expect(load("dispatcher:\n  # max_workers: 12\ndashboard:\nnotify:\n")).toEqual(DEFAULTS);
    expect(refusal(() => load("dispatchr:\n")).message).toContain('"dispatchr" is not a known key');
  });

  test.each([
    ["dispatcher:\n  max_worker: 3", '"dispatcher.max_worker" is not a known key'],
    ["dispatch: {}", '"dispatch" is not a known key'],
    ["dispatcher:\n  max_workers: 0", "dispatcher.max_workers must be at least 1, found 0"],
    ["dispatcher:\n  max_workers: 2.5", "dispatcher.max_workers must be a whole number, found 2.5"],
    ['dispatcher:\n  max_workers: "3"', 'dispatcher.max_workers must be a whole number, found "3"'],
    [
      "dispatcher:\n  interval: soon",
      'dispatcher.interval must be a duration such as 90, 30s, 1.5h, 1h30m, 1d or 1w, found "soon"',
    ],
    ["people: ann", 'people must be a list, found "ann"'],
    ["people: [3]", "people.0 must be a text, found 3"],
    ['people: [ann, " "]', 'people.1 must be a printable name of at most 200 characters, found " "'],
    ["dispatcher: []", "dispatcher must be a section, found []"],
    ["dashboard:\n  render_markdown: yup", 'dashboard.render_markdown must be true or false, found "yup"'],
    ["dispatcher:\n  skill_dirs: [skills]", 'dispatcher.skill_dirs.0 must be an absolute path, found "skills"'],
    ...[
      "",
      "/x",
      "-x/",
      "a..b/",
      "a//",
      "a b/",
      "x.lock/",
      ".x/",
      "a/.b/",
      "a./",
      "x~",
      "@{",
      `${"x".repeat(101)}`,
    ].map((prefix): [string, string] => [
      `dispatcher:\n  branch_prefix: ${JSON.stringify(prefix)}`,
      'dispatcher.branch_prefix must be the beginning of a branch name, such as "kanban/", found',
    ]),
    ["- a list", 'it must hold "key: value" lines, found ["a list"]'],
    ["a: [", "it must be YAML"],
  ])("refuses %j and names the file and the key", (text, message) => {
    const error = refusal(() => load(text));

    expect(error).toBeInstanceOf(KanbanError);
    expect(error.code).toBe("invalid");
    expect(error.message).toContain(`"${home.config}"`);
    expect(error.message).toContain(message);
  });

  test("waits for no pipe, reads no gigabytes, and follows a link [A3] [A4]", () => {
    const put = (act: () => unknown) => (rmSync(home.config, { force: true }), act());
    const message = () => refusal(() => loadConfig(home)).message;

    put(() => Bun.spawnSync(["mkfifo", home.config]));
    expect(message()).toBe(`Cannot read config "${home.config}": it must be a regular file, it is a pipe`);
    put(() => (writeFileSync(home.config, ""), truncateSync(home.config, 6 * 1024 ** 3)));
    expect(message()).toBe(`Cannot read config "${home.config}": it must be a regular file, it is larger than 1 MiB`);
    writeFileSync(`${home.dir}/kept.yaml`, "dispatcher:\n  max_workers: 9\n");
    put(() => symlinkSync("kept.yaml", home.config));
    expect(loadConfig(home).dispatcher.max_workers).toBe(9);
    rmSync(home.config);
  });

  test("names the keys that there are, in the section of the wrong one", () => {
    expect(refusal(() => load("dashboard:\n  lanes: true")).hint).toBe(
      "Known keys: default_tenant, lane_by_profile, include_archived_by_default, render_markdown",
    );
    expect(refusal(() => load("dispatcher:\n  lanes: true")).hint).toStartWith(
      "Known keys: max_workers, failure_limit, interval,",
    );
  });
});
