/** @jsxImportSource hono/jsx */
/**
 * The first minute: what an empty board offers, and the page that offers it again.
 *
 * Three ways to begin: the built-in worker at once, an agent of this machine, a whole board to look at. Each says
 * what will be started and what that may do, before anything is.
 *
 * @module
 */
import { Head, Page, type Shell } from "../shell/layout.tsx";
import { Icon, type IconName, STATUS_LABEL, StatusMark } from "../parts/icons.tsx";

export interface StartView {
  /** Agents whose program is on the server's PATH. */
  agents: FoundAgent[];
  /** The names of all that are known. */
  known: readonly string[];
  /** What becomes of the demo task now. */
  starts: "by_dispatcher" | "by_page" | "paused";
}

export interface FoundAgent {
  /** The preset's name. */
  name: string;
  title: string;
  /** Null until its program was asked. */
  version: string | null;
  /** Profiles that start it. */
  profiles: string[];
  /** What it may do without asking. */
  may: string;
}

export function StartPage({ shell, start }: { shell: Shell; start: StartView }) {
  return (
    <Page shell={shell} page="start" title="Start here">
      <Head title="Start here" />
      <div class="page" tabindex={0} role="region" aria-label="Start here">
        <Start start={start} />
      </div>
    </Page>
  );
}

/** The three ways. On an empty board it is above the columns, and can be hidden. */
export function Start({ start, empty }: { start: StartView; empty?: boolean }) {
  return (
    <section class="start" id="start" aria-labelledby="start-title">
      <header>
        <h2 id="start-title">{empty ? "Start here" : "Three ways to begin"}</h2>
        {empty && <p class="dim">Nothing on this board yet. Three ways to begin.</p>}
        <span class="grow" />
        {empty && (
          <button class="btn ghost" type="button" data-do="start-hide" title="Keys and help brings it back">
            Hide
          </button>
        )}
      </header>
      <div class="ways">
        <BuiltIn start={start} stays={empty === true} />
        <Agents start={start} />
        <Tour />
      </div>
      <p class="by-hand">
        or press <kbd>C</kbd> to write a task <span class="faint">·</span> <Command line='kanban create "Say hello"' />
      </p>
    </section>
  );
}

function Way({ icon, title, children }: { icon: IconName; title: string; children?: unknown }) {
  return (
    <article class="way">
      <h3>
        <Icon name={icon} />
        {title}
      </h3>
      {children}
    </article>
  );
}

function May({ children }: { children?: unknown }) {
  return (
    <p class="may">
      <Icon name="key" small />
      <span>{children}</span>
    </p>
  );
}

const STARTS: Record<StartView["starts"], unknown> = {
  by_dispatcher:
    "Makes one small task and runs it, so you see a card go from Ready to Done. No account, a few seconds.",
  by_page: (
    <>
      Makes one small task, so you see a card go from Ready to Done. No dispatcher runs here, so this page starts the
      worker itself, once. To have work start by itself: <code>kanban up</code>
    </>
  ),
  paused: "Makes one small task. The board is paused: the card waits in Ready until you resume it.",
};

/** On the board the card is seen to move; from the page of its own one goes there. */
function BuiltIn({ start, stays }: { start: StartView; stays: boolean }) {
  const here = stays ? { "hx-post": "/start/demo", "hx-swap": "none" } : {};
  return (
    <Way icon="play" title="Try the built-in worker">
      <p>{STARTS[start.starts]}</p>
      <May>May write in its own scratch folder. It starts no agent and uses no network.</May>
      <form method="post" action="/start/demo" {...here}>
        <button class="btn primary" id="start-demo">
          Run it <kbd aria-hidden="true">↵</kbd>
        </button>
      </form>
      <template id="start-steps">
        <ol class="steps" aria-label="The demo task">
          {(["ready", "running", "done"] as const).map((status) => (
            <li data-step={status}>
              <StatusMark status={status} />
              {STATUS_LABEL[status]}
            </li>
          ))}
          <li class="grow" />
          <li>
            <a class="link" data-open>
              Open it
            </a>
          </li>
        </ol>
      </template>
    </Way>
  );
}

function Agents({ start: { agents, known } }: { start: StartView }) {
  return (
    <Way icon="term" title="Add your agent">
      {agents.length === 0 ? (
        <p>None of {known.join(", ")} was found on the PATH of this server.</p>
      ) : (
        <>
          <p>Found on this machine:</p>
          <FoundAgents agents={agents} />
        </>
      )}
      <May>
        {agents.length === 0
          ? "An agent's profile says what it may do without asking."
          : permissions(agents).map(({ names, may }) => (
              <span>
                <b>{names.join(", ")}</b>: {may}, without asking.
              </span>
            ))}
      </May>
      <details class="fold">
        <summary class="link">Another program, or other permissions</summary>
        <p>
          <Command line="kanban profile add NAME --command 'PROGRAM {prompt_file}'" />
        </p>
        <p>
          An agent's own flags: <Command line="kanban profile add NAME --agent claude --arg=FLAG" />
        </p>
        <p>
          What a profile starts, word by word: <Command line="kanban profile show NAME" />
        </p>
      </details>
    </Way>
  );
}

/** The list of what was found. The versions come after the page: each program is asked for its own. */
export function FoundAgents({ agents }: { agents: FoundAgent[] }) {
  const ask = agents.some(({ version }) => version === null)
    ? "load, kanban:agents from:body"
    : "kanban:agents from:body";
  return (
    <ul class="found" hx-get="/start/agents" hx-trigger={ask} hx-swap="outerHTML">
      {agents.map(({ name, title, version, profiles }) => (
        <li>
          <span class="dot c-running" />
          <b title={title}>{name}</b> <span class="num faint">{version ?? ""}</span>
          {profiles.length > 0 ? (
            <span class="added" title={`Assign a task to ${profiles[0]}`}>
              <Icon name="check" small />
              Added
            </span>
          ) : (
            <form method="post" action="/start/agent" hx-post="/start/agent" hx-swap="none">
              <input type="hidden" name="agent" value={name} />
              <button class="btn" aria-label={`Add ${name}`}>
                Add
              </button>
            </form>
          )}
        </li>
      ))}
    </ul>
  );
}

/** Agents that may do the same share a sentence. */
function permissions(agents: readonly FoundAgent[]): { names: string[]; may: string }[] {
  const groups = Map.groupBy(agents, ({ may }) => may);
  return [...groups].map(([may, group]) => ({ names: group.map(({ name }) => name), may }));
}

function Tour() {
  return (
    <Way icon="map" title="See a whole board at work">
      <p>
        Plays four stories on a temporary board, in a minute: a chain of hand-overs, three profiles in parallel, a
        question that is answered, a worker that is killed and replaced.
      </p>
      <May>Starts the built-in worker, no agent. The board is deleted when you stop it.</May>
      <p class="line">
        <Command line="kanban demo --web" />
      </p>
    </Way>
  );
}

/** A command line with a button that copies it. */
function Command({ line }: { line: string }) {
  return (
    <span class="cli">
      <code>{line}</code>
      <button class="icon" type="button" data-do="copy-line" data-text={line} aria-label={`Copy ${line}`} title="Copy">
        <Icon name="copy" small />
      </button>
    </span>
  );
}
