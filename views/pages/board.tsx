/** @jsxImportSource hono/jsx */
/**
 * The board page: head, filters, the tabs of a phone, the columns, the bulk bar, and a drawer if the
 * address names a task.
 *
 * `#view` holds all that a filter changes; the search field is outside it, so typing continues while
 * the columns are replaced.
 *
 * @module
 */
import { BulkBar } from "./bulk.tsx";
import { Start, type StartView } from "./start.tsx";
import { Column, type ColumnView } from "../card/column.tsx";
import { Drawer, type DrawerView } from "../drawer/drawer.tsx";
import { Filters } from "../shell/filters.tsx";
import { type PageFilter, query } from "../shell/filter_query.ts";
import { Head, Page, type Shell } from "../shell/layout.tsx";
import { grouped, STATUS_LABEL, StatusMark } from "../parts/icons.tsx";
import type { DaemonView } from "../shell/daemon.tsx";
import { Notices } from "../shell/notices.tsx";
import type { Status } from "../../src/kernel/mod.ts";

export interface BoardView {
  columns: ColumnView[];
  filter: PageFilter;
  /** Running is grouped by assignee. */
  lanes: boolean;
  rails: RailChoice;
  /** Causes of notices that this browser does not want to see. */
  dismissed: readonly string[];
  /** What a board offers on which there never was a task. */
  start: StartView | null;
}

/** What this viewer chose of columns: those that are rails, and empty ones that are none. */
export interface RailChoice {
  rails: readonly Status[];
  opened: readonly Status[];
}

export interface BoardPageProps {
  shell: Shell;
  board: BoardView;
  /** Path and query of the board itself, also when the page's address is that of a task. */
  path: string;
  drawer?: DrawerView | null;
}

export function BoardPage({ shell, board, path, drawer }: BoardPageProps) {
  return (
    <Page
      shell={shell}
      page="board"
      title={drawer ? drawer.page.task.title : "Board"}
      drawer={drawer ? <Drawer view={drawer} /> : null}
    >
      <Head title="Board" search={{ path: "/", filter: board.filter }} />
      <BoardBody board={board} daemon={shell.daemon} path={path} />
    </Page>
  );
}

/** Everything that depends on the filter. */
function BoardBody({ board, daemon, path }: { board: BoardView; daemon: DaemonView; path: string }) {
  const { filter, columns, lanes, dismissed } = board;
  return (
    <div id="view" data-view={path} data-query={query(filter)}>
      <Filters path="/" filter={filter}>
        <button class="btn ghost" type="button" data-do="lanes" aria-pressed={String(lanes)}>
          Lanes: profile
        </button>
        <button class="btn ghost" type="button" data-do="saveview">
          Save view
        </button>
      </Filters>
      <Notices notices={daemon.notices} dismissed={dismissed} />
      {board.start && <Start start={board.start} empty />}
      <nav class="tabs" aria-label="Columns">
        {columns.map(({ name, total }) => (
          <a class={`c-${name}`} href={`#col-${name}`} data-tab={name}>
            <StatusMark status={name} />
            {STATUS_LABEL[name]}{" "}
            <span class="num faint" data-n={name}>
              {grouped(total)}
            </span>
          </a>
        ))}
      </nav>
      <div class="room">
        <div class="board" id="board" tabindex={-1} {...tracks(board)}>
          {columns.map((column) => (
            <Column view={column} slots={daemon.max} />
          ))}
        </div>
      </div>
      <BulkBar />
    </div>
  );
}

/** What the stylesheet gives the columns their widths by, before the first of them has arrived. */
function tracks({ columns, rails: { rails, opened } }: BoardView): Record<string, string | number> {
  const names = columns.map(({ name }) => name);
  const vacant = columns.filter(({ cards }) => cards.length === 0).map(({ name }) => name);
  return {
    "data-columns": names.join(" "),
    "data-shown": names.length,
    "data-filled": names.length - vacant.length,
    "data-vacant": vacant.filter((name) => !opened.includes(name)).join(" "),
    "data-rails": rails.join(" "),
    "data-opened": opened.join(" "),
  };
}
