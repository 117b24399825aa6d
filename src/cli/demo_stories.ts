/**
 * The four stories of the demo: what is put on the board, and how each must end.
 *
 * Every task is worked on by a real process, the scripted worker, which obeys the directives in the
 * body. The one story that needs a person says what the person answers; the one that needs a disaster
 * says whose worker is killed.
 *
 * @module
 */
import {
  type Board,
  type CreateInput,
  createTask,
  listRuns,
  getTask,
  type Outcome,
  type Status,
} from "../kernel/mod.ts";

/** Profiles of the demo and what they are for. They all run the scripted worker. */
export const DEMO_PROFILES: Readonly<Record<string, string>> = {
  architect: "Designs before anybody builds",
  engineer: "Implements and fixes",
  tester: "Writes and runs tests",
  translator: "Translates texts",
  transcriber: "Turns recordings into text",
  copywriter: "Writes and shortens texts",
  pm: "Writes specifications",
  reviewer: "Reviews what others built",
  ops: "Runs jobs on the infrastructure",
};

/** A profile that starts a script of the workspace, which no task of the demo has. */
export const BROKEN_PROFILE = { name: "deploy-bot", program: "./deploy.sh" };

/** One task of a story and how it must end. */
interface Scene extends CreateInput {
  assignee: string;
  /** Titles of earlier scenes of the same story. */
  after?: string[];
  ends: Status;
  outcomes: Outcome[];
  /** What the person answers once it is blocked. */
  answer?: string;
  /** Its first worker is killed as soon as it has sent a heartbeat. */
  killed?: boolean;
}

export interface Story {
  name: string;
  tells: string;
  scenes: Scene[];
}

/** A task of a story on the board. */
export interface Placed extends Scene {
  id: string;
  story: string;
}

const script = (...lines: string[]) => lines.join("\n");

const solo: Story = {
  name: "Solo developer",
  tells: "parents and children hand over",
  scenes: [
    {
      title: "Design the login schema",
      assignee: "architect",
      tenant: "auth-project",
      priority: 3,
      body: script(
        "Decide which tables password login with sessions needs.",
        "sleep 3200ms",
        "heartbeat comparing two layouts",
        "sleep 3200ms",
        'metadata {"tables": ["users", "sessions"], "migration": "001_login.sql"}',
        "complete users(id, email, pw_hash) and sessions(id, user_id, expires_at); sessions end after 30 days",
      ),
      ends: "done",
      outcomes: ["completed"],
    },
    {
      title: "Implement the login API",
      assignee: "engineer",
      tenant: "auth-project",
      priority: 3,
      after: ["Design the login schema"],
      body: script(
        "Implement POST /login and POST /logout on the schema that was designed.",
        "sleep 3500ms",
        "heartbeat /login answers, /logout next",
        "sleep 3500ms",
        'metadata {"changed_files": ["src/login.ts", "src/logout.ts"]}',
        "complete /login and /logout work; rate limiting is left to the gateway",
      ),
      ends: "done",
      outcomes: ["completed"],
    },
    {
      title: "Write the login tests",
      assignee: "tester",
      tenant: "auth-project",
      priority: 2,
      after: ["Implement the login API"],
      body: script(
        "Cover wrong passwords, expired sessions and logout.",
        "sleep 4200ms",
        "complete 14 tests, all pass",
      ),
      ends: "done",
      outcomes: ["completed"],
    },
  ],
};

const fleetTask = (assignee: string, title: string, ms: number): Scene => ({
  title,
  assignee,
  tenant: "content-ops",
  priority: 1,
  body: script(`sleep ${ms}ms`, "heartbeat half way", `sleep ${ms}ms`, `complete ${title}: finished`),
  ends: "done",
  outcomes: ["completed"],
});

const fleet: Story = {
  name: "Fleet",
  tells: "twelve tasks, three profiles, in parallel under one cap",
  scenes: [
    fleetTask("translator", "Translate the homepage to German", 2100),
    fleetTask("transcriber", "Transcribe customer call 41", 2700),
    fleetTask("copywriter", "Shorten the release announcement", 1500),
    fleetTask("translator", "Translate the homepage to Japanese", 2400),
    fleetTask("transcriber", "Transcribe customer call 42", 2100),
    fleetTask("copywriter", "Write three subject lines", 1800),
    fleetTask("translator", "Translate the homepage to Portuguese", 1800),
    fleetTask("transcriber", "Transcribe customer call 43", 1800),
    fleetTask("copywriter", "Rewrite the empty states", 2100),
    fleetTask("translator", "Translate the pricing page to German", 1500),
    fleetTask("transcriber", "Transcribe the all-hands", 2400),
    fleetTask("copywriter", "Write the changelog entry", 1500),
  ],
};

const pipeline: Story = {
  name: "Pipeline with retry",
  tells: "a worker asks, a person answers, the next run knows both",
  scenes: [
    {
      title: "Specify rate limiting",
      assignee: "pm",
      tenant: "auth-project",
      priority: 4,
      body: script("sleep 2400ms", "complete 100 requests a minute; answer 429 with Retry-After beyond that"),
      ends: "done",
      outcomes: ["completed"],
    },
    {
      title: "Implement rate limiting",
      assignee: "engineer",
      tenant: "auth-project",
      priority: 4,
      after: ["Specify rate limiting"],
      body: script(
        "sleep 2800ms",
        "attempt 1: block Should the limit count per IP address or per user? Behind a NAT one address is many users",
        "heartbeat counting per user, as answered",
        "sleep 2800ms",
        "complete limits per user id, per IP address for anonymous requests",
      ),
      ends: "done",
      outcomes: ["blocked", "completed"],
      answer: "Per user where there is one, per IP address for anonymous requests.",
    },
    {
      title: "Review rate limiting",
      assignee: "reviewer",
      tenant: "auth-project",
      priority: 4,
      after: ["Implement rate limiting"],
      body: script("sleep 2800ms", "comment The anonymous limit deserves a test of its own", "complete approved"),
      ends: "done",
      outcomes: ["completed"],
    },
  ],
};

const failure: Story = {
  name: "Failure",
  tells: "a killed worker is replaced; one that cannot start ends as gave_up",
  scenes: [
    {
      title: "Reindex the search cluster",
      assignee: "ops",
      tenant: "ops",
      priority: 4,
      body: script(
        "sleep 1800ms",
        "heartbeat shard 1 of 2",
        "attempt 1: sleep 30s",
        "heartbeat shard 2 of 2",
        "sleep 1800ms",
        "complete both shards reindexed",
      ),
      ends: "done",
      outcomes: ["crashed", "completed"],
      killed: true,
    },
    {
      title: "Deploy to staging",
      assignee: BROKEN_PROFILE.name,
      tenant: "ops",
      priority: 2,
      body: "complete never reached: this profile starts a script of the workspace, and there is none",
      ends: "blocked",
      outcomes: ["spawn_failed", "spawn_failed", "gave_up"],
    },
  ],
};

export const STORIES: readonly Story[] = [solo, fleet, pipeline, failure];

/** Attempts after which the demo's dispatcher gives up; more would only make it longer. */
export const DEMO_FAILURE_LIMIT = 3;

/**
 * Puts all stories on the board and returns their tasks, in order.
 *
 * @param pace Stretches (above 1) or shortens every sleep of the workers.
 */
export function placeStories(board: Board, pace = 1): Placed[] {
  return STORIES.flatMap((story) => {
    const ids = new Map<string, string>();
    return story.scenes.map((scene) => {
      const parents = (scene.after ?? []).map((title) => ids.get(title)!);
      const { task } = createTask(board, { ...scene, body: atPace(scene.body ?? "", pace), parents });
      ids.set(scene.title, task.id);
      return { ...scene, id: task.id, story: story.name };
    });
  });
}

function atPace(body: string, pace: number): string {
  return body.replace(/sleep (\d+)ms/g, (_, ms: string) => `sleep ${Math.round(Number(ms) * pace)}ms`);
}

/** What is not as a story must end, in words; empty when all is well. */
export function judge(board: Board, placed: readonly Placed[]): string[] {
  return placed.flatMap((scene) => {
    const task = getTask(board, scene.id);
    const outcomes = listRuns(board, scene.id).map((run) => run.outcome ?? "open");
    const wrong: string[] = [];
    if (task.status !== scene.ends) wrong.push(`it must end ${scene.ends}, it is ${task.status}`);
    if (outcomes.join() !== scene.outcomes.join()) {
      wrong.push(`its runs must end ${scene.outcomes.join(", ")}, they are ${outcomes.join(", ") || "none"}`);
    }
    return wrong.map((text) => `${scene.id} "${scene.title}": ${text}`);
  });
}
