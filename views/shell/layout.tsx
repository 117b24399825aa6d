/** @jsxImportSource hono/jsx */
/**
 * The shell of every page: side bar, head, phone dock, and the regions that scripts and the stream fill.
 *
 * `data-*` on the body is all a script needs to know (which build, which event the page shows, the
 * server's clock); there is no inline script or style anywhere.
 *
 * @module
 */
import { DaemonCard, type DaemonView } from "./daemon.tsx";
import { Document } from "./document.tsx";
import { NO_FILTER, type PageFilter, query } from "./filter_query.ts";
import { FilterButton } from "./filters.tsx";
import { grouped, Icon, type IconName, sprite } from "../parts/icons.tsx";
import type { MenuView } from "./menus.tsx";
import { ViewList, type ViewLink } from "./view_list.tsx";
import { Overlays } from "./overlays.tsx";
import { PersonButton, PersonMenu } from "./person.tsx";
import { Toast } from "./toast.tsx";

export interface Shell {
  /** Path and query of this page, as the stream is asked for it. */
  path: string;
  /** The newest event this page shows. */
  since: number;
  build: string;
  /** Which sign-in this page was made for: tabs of another one share no stream with it. */
  signIn: string;
  /** The name of the person who is signed in; null for a program with the token. */
  me: string | null;
  theme: "dark" | "light" | null;
  /** The board's name. */
  board: string;
  nav: NavCounts;
  /** The saved views of the one who looks. */
  views: readonly ViewLink[];
  daemon: DaemonView;
  menus: MenuView;
}

/** `all` without archived ones; `needs` is the length of the needs-you list; `mine` are unfinished and assigned to me. */
export interface NavCounts {
  all: number;
  running: number;
  needs: number;
  mine: number;
}

export type PageName = "board" | "list" | "runs" | "deps" | "insights" | "needs" | "new" | "help" | "start" | "failure";

/** A page with everything around it. `drawer` is what the drawer shows from the start. */
export function Page({
  shell,
  page,
  title,
  drawer,
  children,
}: {
  shell: Shell;
  page: PageName;
  title: string;
  drawer?: unknown;
  children?: unknown;
}) {
  return (
    <Document title={`${title} · ${shell.board}`} theme={shell.theme} shell={shell}>
      <body
        data-page={page}
        data-path={shell.path}
        data-since={shell.since}
        data-build={shell.build}
        data-as={shell.signIn}
        data-me={shell.me ?? undefined}
        data-now={shell.daemon.now}
      >
        {sprite()}
        <a class="skip" href="#main">
          Skip to content
        </a>
        <Side shell={shell} page={page} />
        <main class="main" id="main" tabindex={-1}>
          {children}
        </main>
        <Dock shell={shell} page={page} />
        <aside class="drawer" id="drawer" aria-label="Task" hx-sync="this:replace">
          {drawer}
        </aside>
        <section aria-label="Notices and menus">
          <div id="notices">
            <ol class="toasts" id="toasts" popover="manual" />
            <div class="sr" role="status" aria-live="polite" id="say" />
            <SignedOut />
          </div>
          <div class="menu" id="menu" popover="auto" role="menu" aria-label="Actions" tabindex={-1} />
          <div class="menu filter-pop" id="filter-pop" popover="auto" role="dialog" aria-label="Filter" />
        </section>
        {shell.me !== null && <PersonMenu name={shell.me} next={shell.path} />}
        <div id="stream" hidden />
        <div id="actions" hx-sync="this:queue all" hidden />
        <div id="pager" hx-sync="this:replace" hidden />
        <template id="toast-ok">
          <Toast toast={{ text: "", tone: "ok" }} />
        </template>
        <template id="toast-error">
          <Toast toast={{ text: "", tone: "error" }} />
        </template>
        <Overlays menus={shell.menus} />
      </body>
    </Document>
  );
}

interface HeadProps {
  title: string;
  /** A search field that narrows `path` as one types. */
  search?: { path: string; filter: PageFilter } | undefined;
  children?: unknown;
}

/** The head of a page: its name, the connection, search and commands. */
export function Head({ title, search, children }: HeadProps) {
  return (
    <header class="bar">
      <h1>{title}</h1>
      <span class="live" id="live" data-state="connecting" hx-morph-skip>
        <span class="dot" />
        <span data-live-text>Connecting</span>
      </span>
      <span class="grow" />
      {children}
      {search && <Search path={search.path} filter={search.filter} />}
      {search && <FilterButton path={search.path} filter={search.filter} />}
      <button class="btn ghost hide-s" type="button" data-do="palette">
        Commands <kbd data-mod-k>Ctrl K</kbd>
      </button>
      <button class="icon" type="button" data-do="theme" aria-label="Theme" title="Theme">
        <Icon name="theme" />
      </button>
      <a class="btn primary" href="/new" data-do="create">
        <Icon name="plus" small />
        <span>New task</span> <kbd>C</kbd>
      </a>
    </header>
  );
}

function Search({ path, filter }: { path: string; filter: PageFilter }) {
  return (
    <form class="search" role="search" action={path} method="get">
      <Icon name="search" small />
      <input
        type="search"
        name="q"
        id="search"
        value={filter.q}
        autocomplete="off"
        placeholder="Filter tasks"
        aria-label="Filter tasks"
        aria-keyshortcuts="/"
        data-base={query(filter, { q: "" })}
        data-page={path}
      />
      <kbd>/</kbd>
    </form>
  );
}

interface NavEntry {
  page: PageName;
  path: string;
  icon: IconName;
  text: string;
  count?: keyof NavCounts;
}

/** What waits for the one who looks. */
const MINE: readonly NavEntry[] = [{ page: "needs", path: "/needs", icon: "bell", text: "Needs you", count: "needs" }];
const WORKSPACE: readonly NavEntry[] = [
  { page: "board", path: "/", icon: "board", text: "Board" },
  { page: "list", path: "/list", icon: "list", text: "List", count: "all" },
  { page: "runs", path: "/runs", icon: "time", text: "Runs", count: "running" },
  { page: "deps", path: "/deps", icon: "graph", text: "Dependencies" },
  { page: "insights", path: "/insights", icon: "chart", text: "Insights" },
];
/** What has room at the foot of a phone. */
const DOCK: readonly PageName[] = ["board", "runs", "insights", "needs"];

function Side({ shell, page }: { shell: Shell; page: PageName }) {
  return (
    <nav class="side" aria-label="Main">
      <a class="brand" href="/">
        <span class="logo" aria-hidden="true">
          <i />
          <i />
          <i />
        </span>
        <span class="grow ell">{shell.board}</span>
      </a>
      {MINE.map((entry) => (
        <NavLink entry={entry} shell={shell} page={page} />
      ))}
      {shell.me !== null && <MyTasks shell={shell} me={shell.me} />}
      <h2>Workspace</h2>
      {WORKSPACE.map((entry) => (
        <NavLink entry={entry} shell={shell} page={page} />
      ))}
      <ViewList views={shell.views} path={shell.path} />
      <span class="grow" />
      {shell.me !== null && <PersonButton name={shell.me} />}
      <a class="nav help" href="/help" data-do="help">
        <Icon name="help" />
        Keys and help <kbd>?</kbd>
      </a>
      <DaemonCard view={shell.daemon} />
    </nav>
  );
}

function NavLink({ entry, shell, page }: { entry: NavEntry; shell: Shell; page: PageName }) {
  const { page: name, path, icon, text, count } = entry;
  return (
    <a class="nav" href={path} aria-current={name === page && !isMyTasks(shell) ? "page" : undefined}>
      <Icon name={icon} />
      {text}
      {count && <Count name={count} value={shell.nav[count]} />}
    </a>
  );
}

/** The list of what is assigned to the person who is signed in. */
function MyTasks({ shell, me }: { shell: Shell; me: string }) {
  return (
    <a class="nav" href={myTasks(me)} aria-current={isMyTasks(shell) ? "page" : undefined}>
      <Icon name="user" />
      My tasks
      <Count name="mine" value={shell.nav.mine} />
    </a>
  );
}

/** The address of a person's tasks: a list like any other, narrowed to one assignee. */
export function myTasks(me: string): string {
  return `/list?${query(NO_FILTER, { assignee: { any: [me], none: [] } })}`;
}

export function isMyTasks({ path, me }: Shell): boolean {
  return me !== null && path === myTasks(me);
}

function Count({ name, value }: { name: keyof NavCounts; value: number }) {
  return (
    <span class={`num n-${name}`}>
      <span data-nav={name}>{name === "needs" && value === 0 ? "" : grouped(value)}</span>
      {name === "running" && " live"}
    </span>
  );
}

/** The bottom bar of a phone. */
function Dock({ shell, page }: { shell: Shell; page: PageName }) {
  return (
    <nav class="dock" aria-label="Sections">
      {DOCK.flatMap((name) => [...WORKSPACE, ...MINE].filter((entry) => entry.page === name)).map(
        ({ page: name, path, icon, text, count }) => (
          <a href={path} aria-current={name === page ? "page" : undefined}>
            <Icon name={icon} />
            <span>
              {text} {name === "needs" && <Count name={count!} value={shell.nav.needs} />}
            </span>
          </a>
        ),
      )}
      <button type="button" data-do="palette">
        <Icon name="dots" />
        More
      </button>
    </nav>
  );
}

/** Shown by the script when the session is over; the rest of the page stays readable. */
function SignedOut() {
  return (
    <div class="signed-out" id="signed-out" role="alert" hidden>
      <b>Signed out.</b> What you see may be old. Run <code>kanban serve --link</code> for a new link, or{" "}
      <a class="btn" href="/login">
        Sign in
      </a>
    </div>
  );
}
