/** @jsxImportSource hono/jsx */
/**
 * The glyphs that are on hundreds of cards, as one strip of masks: `/static/marks.svg`.
 *
 * An icon of the sprite is two elements; a mask is none, and takes the colour of the text around it.
 * The stylesheet shows a cell by its place in the strip: `.m-NAME` and `.prio` name them as `--m`.
 *
 * @module
 */
import { memo } from "../parts/html.ts";
import { shapeOf } from "../parts/icons.tsx";

/** The cells, in the order of the strip. */
export const MASKS = ["chat", "graph", "link", "redo", "clock", "warn", "check", "play"] as const;
/** After the icons: the bars of the first three levels of priority, and the alarm square. */
export const PRIORITY_MASKS = ["low", "medium", "high", "urgent"] as const;
/** Width and height of a cell. */
const CELL = 14;

/** The strip as a document. */
export const maskStrip = memo(() => <Strip />);

function Strip() {
  const count = MASKS.length + PRIORITY_MASKS.length;
  const at = (cell: number) => `translate(${cell * CELL} 0)`;
  return (
    <svg xmlns="http://www.w3.org/2000/svg" viewBox={`0 0 ${count * CELL} ${CELL}`}>
      {MASKS.map((name, cell) => (
        <g
          transform={`${at(cell)} scale(.875)`}
          fill="none"
          stroke="#000"
          stroke-width="1.5"
          stroke-linecap="round"
          stroke-linejoin="round"
        >
          {shapeOf(name)}
        </g>
      ))}
      {PRIORITY_MASKS.map((name, cell) => (
        <g transform={at(MASKS.length + cell)}>{PRIORITY_SHAPE[name]}</g>
      ))}
    </svg>
  );
}

const LOW = <rect x="1" y="8" width="3" height="5" rx="1" />;
const MEDIUM = <rect x="5.5" y="5" width="3" height="8" rx="1" />;
const HIGH = <rect x="10" y="2" width="3" height="11" rx="1" />;
const PRIORITY_SHAPE: Record<(typeof PRIORITY_MASKS)[number], unknown> = {
  low: LOW,
  medium: [LOW, MEDIUM],
  high: [LOW, MEDIUM, HIGH],
  urgent: (
    <>
      <mask id="cut">
        <path d="M0 0h14v14H0z" fill="#fff" />
        <path d="M7 3.6v4M7 9.9v.6" stroke="#000" stroke-width="1.7" stroke-linecap="round" />
      </mask>
      <rect x="1" y="1" width="12" height="12" rx="3" mask="url(#cut)" />
    </>
  ),
};
