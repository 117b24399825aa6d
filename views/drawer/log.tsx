/** @jsxImportSource hono/jsx */
/**
 * The worker's output in the drawer. It is sent whole once (its last 100 KB) and then only grows.
 *
 * A log that does not exist yet is hidden by the stylesheet unless the task runs: the update that says that
 * it runs leaves this section alone. `hx-morph-skip` keeps every update of the drawer away from it, `hx-ignore` keeps htmx from reading
 * anything in it as behaviour.
 *
 * @module
 */
import { ansiHtml } from "../parts/ansi.ts";
import { Icon } from "../parts/icons.tsx";

export interface LogView {
  task_id: string;
  exists: boolean;
  path: string;
  size_bytes: number;
  /** As read from the file: at most its last 100 KB. */
  text: string;
  truncated: boolean;
  /** A worker is writing to it. */
  live: boolean;
}

export function LogSection({ view }: { view: LogView }) {
  const { task_id, exists, path, size_bytes, truncated, live } = view;
  return (
    <section
      class="sect"
      id="d-log"
      data-task={task_id}
      data-size={size_bytes}
      data-empty={exists ? undefined : true}
      hx-morph-skip
    >
      <h3>
        Log {exists && <span class="num">{size(size_bytes)}</span>}
        <span class="grow" />
        {exists && live && (
          <button class="live" type="button" data-do="follow" aria-pressed="true">
            <span class="dot beat" />
            <span data-follow-text>Following</span>
          </button>
        )}
        <a
          class="icon"
          href={`/api/tasks/${task_id}/log`}
          target="_blank"
          rel="noopener"
          aria-label="Open the log by itself"
          title="Open the log by itself"
        >
          <Icon name="full" small />
        </a>
      </h3>
      {truncated && (
        <p class="faint">
          The last 100 KB; all of it is in <span class="mono">{path}</span>
        </p>
      )}
      {exists ? (
        <div
          class="log"
          id={`log-${task_id}`}
          role="log"
          aria-live="off"
          aria-label="Worker log"
          tabindex={0}
          hx-ignore
          dangerouslySetInnerHTML={{ __html: ansiHtml(view.text) }}
        />
      ) : (
        <p class="faint" id={`log-${task_id}`} data-log-empty>
          Nothing printed yet.
        </p>
      )}
    </section>
  );
}

function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
