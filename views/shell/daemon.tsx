/** @jsxImportSource hono/jsx */
/**
 * The dispatcher as the page shows it: the card in the side bar, and what the board has to notice of it.
 *
 * @module
 */
import { Icon } from "../parts/icons.tsx";
import type { Notice } from "./notices.tsx";
import { short, span, When } from "../parts/time.ts";

export interface DaemonView {
  running: boolean;
  pid: number | null;
  /** Live workers. */
  used: number;
  /** Slots of the dispatcher; null when none runs. */
  max: number | null;
  oldest_ready_seconds: number | null;
  /** Workers that have been starting for more than a minute. */
  slow_starts: number;
  ready: number;
  paused_by: string | null;
  paused_at: number | null;
  /** Since when it does not answer; null while it does, or when none runs. */
  silent_since: number | null;
  /** The runs whose processes it cannot see, in words. */
  unseen: string | null;
  /** What nothing is started for, and why. */
  held: { name: string; reason: string }[];
  /** Why ready work does not start, the most serious cause first. */
  notices: readonly Notice[];
  now: number;
}

export function DaemonCard({ view }: { view: DaemonView }) {
  const { running, paused_at, used, max, oldest_ready_seconds, silent_since, unseen, now } = view;
  const paused = paused_at !== null;
  const silent = silent_since !== null;
  const tone = silent ? "c-blocked" : paused ? "c-ready" : running ? "c-running" : "c-todo";
  return (
    <section class="daemon" id="daemon" aria-label="Dispatcher" data-used={used} data-max={max ?? ""}>
      <div>
        <span class={`dot ${running && !paused && !silent ? "beat" : ""} ${tone}`} />
        <b>{silent ? "No answer" : paused ? "Paused" : running ? "Dispatcher" : "No dispatcher"}</b>
        <span class="grow" />
        {running && view.pid !== null && (
          <span class="faint" title={`Process ${view.pid}`}>
            {silent || paused ? "" : used > 0 ? "running" : "idle"}
          </span>
        )}
      </div>
      <div class="dim">
        <span>Workers</span>
        <span class="grow" />
        <span class="num">{max === null ? used : `${used} / ${max}`}</span>
      </div>
      {max !== null && <Slots used={used} max={max} />}
      {unseen !== null && (
        <div class="dim" title={`The dispatcher ${unseen}.`}>
          <span>Workers elsewhere: only their leases count</span>
        </div>
      )}
      <div class="dim">
        <span>Oldest ready</span>
        <span class="grow" />
        {oldest_ready_seconds === null ? (
          <span class="num">none</span>
        ) : (
          <When at={now - oldest_ready_seconds * 1000} now={now} form="short" about="ready since" />
        )}
      </div>
      {view.held.map(({ name, reason }) => (
        <div class="dim" title={reason}>
          <span>Held</span>
          <span class="grow" />
          <span class="mono">{name}</span>
        </div>
      ))}
      {view.slow_starts > 0 && (
        <div class="dim">
          <span>Starting for over a minute</span>
          <span class="grow" />
          <span class="num">{view.slow_starts}</span>
        </div>
      )}
      <div class="row">
        <Act path={paused ? "/resume" : "/pause"} icon={paused ? "play" : "pause"} text={paused ? "Resume" : "Pause"} />
        <Act path="/dispatch" icon="bolt" text="Dispatch" />
      </div>
    </section>
  );
}

function Slots({ used, max }: { used: number; max: number }) {
  return (
    <div class="slots" aria-hidden="true">
      {Array.from({ length: Math.min(max, 24) }, (_, i) => (
        <i class={i < used ? "on" : ""} />
      ))}
    </div>
  );
}

function Act({ path, icon, text }: { path: string; icon: "play" | "pause" | "bolt"; text: string }) {
  return (
    <form method="post" action={path} hx-post={path} hx-swap="none">
      <button class="btn">
        <Icon name={icon} small />
        {text}
      </button>
    </form>
  );
}

/** All that the card and the notices say of the clock: while it is the same, so are they. */
export function daemonWords({ now, oldest_ready_seconds, silent_since, paused_at }: DaemonView): string {
  const ago = (at: number | null) => (at === null ? "" : span(Math.max(0, (now - at) / 1000)));
  return [oldest_ready_seconds === null ? "" : short(oldest_ready_seconds), ago(silent_since), ago(paused_at)].join();
}
