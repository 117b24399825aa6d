/** @jsxImportSource hono/jsx */
/**
 * The bar of chips under a page's head: what the page is narrowed to, each chip with its own menu.
 *
 * The state is the address. A chip's menu is fetched when it is opened (`filter_menu.tsx`); without scripts its link
 * leads to a page with the same fields.
 *
 * @module
 */
import { type ChoiceName, CHOICES, href, type PageFilter, query } from "./filter_query.ts";
import type { Chosen } from "../../src/kernel/mod.ts";
import { choiceWord, FIELDS, type FieldName, spanWords } from "./filter_words.ts";
import { Icon } from "../parts/icons.tsx";

interface FiltersProps {
  /** The page they filter. */
  path: string;
  filter: PageFilter;
  children?: unknown;
}

/** The chips of a filter, a button for another one, and what else stands in the bar. */
export function Filters({ path, filter, children }: FiltersProps) {
  return (
    <div class="filters" role="toolbar" aria-label="Filters">
      {filter.q && <Chip path={path} filter={filter} name="Text" values={filter.q} off={{ q: "" }} />}
      {CHOICES.map((field) => (
        <>
          <ChoiceChip path={path} filter={filter} field={field} side="any" />
          <ChoiceChip path={path} filter={filter} field={field} side="none" />
        </>
      ))}
      <SpanChip path={path} filter={filter} field="created" />
      <SpanChip path={path} filter={filter} field="updated" />
      {filter.failed !== null && (
        <Chip
          path={path}
          filter={filter}
          name="Runs"
          field="failed"
          values={filter.failed ? "have failed" : "never failed"}
          off={{ failed: null }}
        />
      )}
      {filter.hide_blocked && (
        <Chip path={path} filter={filter} name="Blocked" values="hidden" off={{ hide_blocked: false }} />
      )}
      {filter.archived && <Chip path={path} filter={filter} name="Archived" values="shown" off={{ archived: false }} />}
      <a
        class="chip add"
        id="filter-add"
        href={menuHref(path, filter)}
        role="button"
        data-do="filter"
        data-page={path}
        aria-haspopup="dialog"
      >
        <span>
          <Icon name="plus" small />
          Filter
        </span>
      </a>
      <span class="grow" />
      {children}
    </div>
  );
}

/** The same button in the head of the page, for a screen where a row of chips is too much: the stylesheet shows one. */
export function FilterButton({ path, filter }: { path: string; filter: PageFilter }) {
  return (
    <a
      class="icon filter-head"
      id="filter-head"
      href={menuHref(path, filter)}
      role="button"
      data-do="filter"
      data-page={path}
      aria-haspopup="dialog"
      aria-label="Filter"
      title="Filter"
    >
      <Icon name="filter" />
    </a>
  );
}

interface ChipProps {
  path: string;
  filter: PageFilter;
  name: string;
  /** What a menu changes; without one the chip can only be removed. */
  field?: FieldName;
  op?: { words: string; change: Partial<PageFilter> };
  values: string;
  off: Partial<PageFilter>;
}

function Chip({ path, filter, name, field, op, values, off }: ChipProps) {
  return (
    <span class="chip f">
      <b>{name}</b>
      {op && (
        <a class="f-op" href={href(path, filter, op.change)} title="Turn it round">
          {op.words}
        </a>
      )}
      {field === undefined ? (
        <span class="ell">{values}</span>
      ) : (
        <a
          class="ell"
          id={`filter-${field}${op?.words === "is not" ? "-not" : ""}`}
          href={menuHref(path, filter, field)}
          role="button"
          data-do="filter"
          data-page={path}
          data-field={field}
          data-op={op?.words === "is not" ? "none" : "any"}
          aria-haspopup="dialog"
        >
          {values}
        </a>
      )}
      <a class="f-off" href={href(path, filter, off)} aria-label={`Remove the ${name.toLowerCase()} filter ${values}`}>
        <Icon name="x" small />
      </a>
    </span>
  );
}

function ChoiceChip(props: { path: string; filter: PageFilter; field: ChoiceName; side: "any" | "none" }) {
  const { path, filter, field, side } = props;
  const chosen: Chosen<string | number> = filter[field];
  const values = chosen[side];
  if (values.length === 0) return null;
  const other = side === "any" ? "none" : "any";
  const turned = { [side]: [], [other]: [...new Set([...chosen[other], ...values])] };
  const op = side === "none" ? "is not" : values.length > 1 ? "is any of" : "is";
  return (
    <Chip
      path={path}
      filter={filter}
      name={FIELDS[field].name}
      field={field}
      op={{ words: op, change: { [field]: turned } }}
      values={values.map((value) => choiceWord(field, String(value))).join(", ")}
      off={{ [field]: { ...chosen, [side]: [] } }}
    />
  );
}

function SpanChip({ path, filter, field }: { path: string; filter: PageFilter; field: "created" | "updated" }) {
  const [after, before] = [filter[`${field}_after`], filter[`${field}_before`]];
  if (!after && !before) return null;
  return (
    <Chip
      path={path}
      filter={filter}
      name={FIELDS[field].name}
      field={field}
      values={spanWords(after, before)}
      off={{ [`${field}_after`]: "", [`${field}_before`]: "" }}
    />
  );
}

/** Where the menu of a filter is fetched, and the page that it is without scripts. */
function menuHref(path: string, filter: PageFilter, field?: FieldName): string {
  const params = new URLSearchParams(query(filter));
  params.set("page", path);
  if (field) params.set("field", field);
  return `/filter?${params}`;
}
