/** @jsxImportSource hono/jsx */
/**
 * The small drawn things: icons, status and priority glyphs, avatars, tenant tags, progress rings.
 *
 * Everything is SVG or a class, because the content security policy forbids `style=` attributes: a hue
 * is one of twelve classes, a share is a presentation attribute.
 *
 * @module
 */
import type { Status } from "../../src/kernel/mod.ts";
import { type Html, memo } from "./html.ts";
import { shortName } from "./short_names.ts";

/** What a status is called on screen. */
export const STATUS_LABEL: Record<Status, string> = {
  triage: "Triage",
  todo: "Todo",
  ready: "Ready",
  running: "Running",
  review: "Review",
  blocked: "Blocked",
  done: "Done",
  archived: "Archived",
};

/** One word for the named priorities, the number for the others. */
export function priorityLabel(priority: number): string {
  return ["No priority", "Low", "Medium", "High", "Urgent"][priority] ?? `Priority ${priority}`;
}

/** A count with its thousands apart: 8,402. */
export function grouped(count: number): string {
  return count < 1_000 ? String(count) : count.toLocaleString("en-US");
}

/** One of twelve hues, the same for the same name on every page. */
export function hue(name: string): string {
  let sum = 7;
  for (const char of name) sum = (sum * 31 + char.codePointAt(0)!) >>> 0;
  return `h${sum % 12}`;
}

/** An icon of the sprite that the layout carries once. */
export function Icon({ name, small }: { name: IconName; small?: boolean }) {
  return (
    <svg class={small ? "i s" : "i"} aria-hidden="true">
      <use href={`#i-${name}`} />
    </svg>
  );
}

/** The coloured ring of a status; decoration beside its name unless `label` is set. */
export function StatusMark({ status, label }: { status: Status; label?: boolean }) {
  const named = label ? { role: "img", "aria-label": STATUS_LABEL[status] } : { "aria-hidden": "true" };
  return (
    <svg class={`st c-${status}`} viewBox="0 0 14 14" {...named}>
      {STATUS_SHAPE[status]}
    </svg>
  );
}

const RING = <circle cx="7" cy="7" r="5.6" />;
const DISC = <circle cx="7" cy="7" r="5.6" class="fill" />;
const STATUS_SHAPE: Record<Status, unknown> = {
  triage: <circle cx="7" cy="7" r="5.6" stroke-dasharray="2 2.4" />,
  todo: RING,
  ready: [RING, <path d="M7 4v3.2L9 8.4" />],
  running: [RING, <path d="M7 7V3.4A3.6 3.6 0 0 1 7 10.6Z" class="fill" />],
  review: [RING, <circle cx="7" cy="7" r="1.9" class="fill" />],
  blocked: [RING, <path d="M4.6 7h4.8" />],
  done: [DISC, <path d="M4.6 7.2l1.7 1.7 3.2-3.6" class="cut" />],
  archived: [RING, <path d="M4.8 6h4.4M5.4 6v3h3.2V6" />],
};

/** Signal bars for none to high, an alarm square from urgent up. */
export function PriorityMark({ priority }: { priority: number }) {
  return <i class="prio" data-p={Math.max(0, Math.min(4, priority))} role="img" aria-label={priorityLabel(priority)} />;
}

/** Two letters in the name's hue. Hidden from assistive technology when the name is beside it. */
export function Avatar({ name, beside }: { name: string; beside?: boolean }) {
  const named = beside ? { "aria-hidden": "true" } : { role: "img", "aria-label": `assigned to ${name}`, title: name };
  return (
    <span class={`av ${hue(name)}`} {...named}>
      {shortName(name)}
    </span>
  );
}

/** The chip of a tenant. */
export function Tag({ name }: { name: string }) {
  return <span class={`tag ${hue(name)}`}>{name}</span>;
}

export type IconName = keyof typeof ICONS;
const ICONS = {
  board: (
    <>
      <rect x="2" y="3" width="3.4" height="10" rx="1" />
      <rect x="6.8" y="3" width="3.4" height="7" rx="1" />
      <rect x="11.6" y="3" width="2.4" height="8.5" rx="1" />
    </>
  ),
  list: <path d="M2.5 4h11M2.5 8h11M2.5 12h7" />,
  time: <path d="M3 4.5h5M6 8h6.5M4.5 11.5h4M2 2v12" />,
  graph: (
    <>
      <circle cx="4" cy="4" r="1.8" />
      <circle cx="12" cy="8" r="1.8" />
      <circle cx="4" cy="12" r="1.8" />
      <path d="M5.7 4.7 10.4 7.2M5.7 11.3l4.7-2.5" />
    </>
  ),
  chart: <path d="M2.5 13.5h11M4 11V8M8 11V3.5M12 11V6" />,
  bell: <path d="M4 11V7a4 4 0 0 1 8 0v4l1 1H3zM6.8 14h2.4" />,
  search: (
    <>
      <circle cx="7" cy="7" r="4" />
      <path d="m10 10 3.4 3.4" />
    </>
  ),
  plus: <path d="M8 3.5v9M3.5 8h9" />,
  minus: <path d="M3.5 8h9" />,
  dots: <path d="M4 8h.01M8 8h.01M12 8h.01" class="fat" />,
  x: <path d="m4.5 4.5 7 7M11.5 4.5l-7 7" />,
  move: <path d="M2.5 8h9M8.5 4.8 11.7 8l-3.2 3.2M14 3.5v9" />,
  chat: <path d="M3 3.5h10v7H7.5L4.5 13v-2.5H3z" />,
  link: (
    <path d="M6.5 9.5a2.6 2.6 0 0 0 3.7 0l2-2a2.6 2.6 0 0 0-3.7-3.7l-.7.7M9.5 6.5a2.6 2.6 0 0 0-3.7 0l-2 2a2.6 2.6 0 0 0 3.7 3.7l.7-.7" />
  ),
  redo: <path d="M3 8a5 5 0 1 1 1.6 3.7M3 12.5V9.4h3.1" />,
  user: (
    <>
      <circle cx="8" cy="5.5" r="2.4" />
      <path d="M3.5 13c.5-2.6 2.2-3.8 4.5-3.8s4 1.2 4.5 3.8" />
    </>
  ),
  theme: (
    <>
      <circle cx="8" cy="8" r="5" />
      <path d="M8 3a5 5 0 0 1 0 10z" class="fill" />
    </>
  ),
  bolt: <path d="M8.8 2 3.8 9h3.6l-.8 5 5.1-7.2H8z" />,
  block: (
    <>
      <circle cx="8" cy="8" r="5.3" />
      <path d="M5.4 8h5.2" />
    </>
  ),
  term: (
    <>
      <rect x="2.2" y="3" width="11.6" height="10" rx="1.5" />
      <path d="m4.8 6.2 1.8 1.8-1.8 1.8M8.4 10h2.6" />
    </>
  ),
  calendar: (
    <>
      <rect x="2.5" y="3.5" width="11" height="10" rx="1.5" />
      <path d="M2.5 6.8h11M5.5 2v3M10.5 2v3" />
    </>
  ),
  up: <path d="m4 10 4-4 4 4" />,
  down: <path d="m4 6 4 4 4-4" />,
  left: <path d="m10 4-4 4 4 4" />,
  right: <path d="m6 4 4 4-4 4" />,
  full: <path d="M9.5 3H13v3.5M6.5 13H3V9.5M13 3 9.2 6.8M3 13l3.8-3.8" />,
  copy: (
    <>
      <rect x="5.5" y="5.5" width="7.5" height="7.5" rx="1.5" />
      <path d="M10.5 3H4.5A1.5 1.5 0 0 0 3 4.5v6" />
    </>
  ),
  check: <path d="m3.5 8.4 3 3 6-6.5" />,
  layers: <path d="M8 2.5 14 6 8 9.5 2 6zM2.6 9.6 8 12.8l5.4-3.2" />,
  pause: <path d="M5.5 3.5v9M10.5 3.5v9" class="fat" />,
  play: <path d="M5 3.5v9l7-4.5z" />,
  stop: <rect x="4.2" y="4.2" width="7.6" height="7.6" rx="1.5" />,
  archive: <path d="M2.5 3.5h11v3h-11zM3.5 6.5v6h9v-6M6.5 9h3" />,
  signal: (
    <>
      <rect x="2.5" y="9" width="2.5" height="4" rx=".8" />
      <rect x="6.8" y="6" width="2.5" height="7" rx=".8" />
      <rect x="11" y="3" width="2.5" height="10" rx=".8" />
    </>
  ),
  warn: <path d="M8 2.8 14.2 13.2H1.8zM8 6.6v3M8 11.4v.1" />,
  help: <path d="M5.8 6.2a2.2 2.2 0 1 1 3.3 1.9c-.8.5-1.1.9-1.1 1.7M8 12.2v.1" />,
  filter: <path d="M2.5 4h11M4.8 8h6.4M6.8 12h2.4" />,
  edit: <path d="M3 13l.6-2.7 7-7a1.4 1.4 0 0 1 2 2l-7 7z" />,
  key: (
    <>
      <circle cx="5.4" cy="10.6" r="2.6" />
      <path d="M7.3 8.7 13 3M11 5l1.6 1.6" />
    </>
  ),
  map: <path d="M2.5 4 6 2.6l4 1.6 3.5-1.4v9.4L10 13.4 6 11.8l-3.5 1.4zM6 2.6v9.2M10 4.2v9.2" />,
  clock: (
    <>
      <circle cx="8" cy="8" r="5.3" />
      <path d="M8 5v3.2l2 1.3" />
    </>
  ),
} as const;

/** What an icon is drawn with, in a square of 16. */
export function shapeOf(name: IconName): unknown {
  return ICONS[name];
}

/** The icons as symbols, once per document. */
export const sprite = memo(() => <Sprite />);

function Sprite() {
  return (
    <svg width="0" height="0" class="sprite" aria-hidden="true">
      {Object.entries(ICONS).map(([name, shape]) => (
        <symbol id={`i-${name}`} viewBox="0 0 16 16">
          {shape}
        </symbol>
      ))}
    </svg>
  );
}

// The same marks as remembered markup, for the cards.
export const statusMark = memo((status: Status) => <StatusMark status={status} />);
export const priorityMark = memo((priority: number) => <PriorityMark priority={priority} />);
const avatarAs = memo((name: string, _short: string) => <Avatar name={name} />);
export const avatarMark = (name: string): Html => avatarAs(name, shortName(name));
export const tagMark = memo((name: string) => <Tag name={name} />);
