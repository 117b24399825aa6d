/** @jsxImportSource hono/jsx */
/**
 * The menu of a filter: the fields there are, or the values of one with a field to type in.
 *
 * A menu is a list to choose from beside its text field (a combobox), because typing narrows the list while the arrow
 * keys walk it. Without scripts the same choices are a form on a page (`filter_page.tsx`).
 *
 * @module
 */
import type { Facet, Status } from "../../src/kernel/mod.ts";
import { type ChoiceName, CHOICES, type PageFilter, query } from "./filter_query.ts";
import { choiceWord, FIELDS, type FieldName } from "./filter_words.ts";
import { Avatar, grouped, hue, Icon, PriorityMark, StatusMark } from "../parts/icons.tsx";

export interface FilterMenuView {
  /** The page that is filtered. */
  path: string;
  filter: PageFilter;
  /** null: the fields themselves. */
  field: FieldName | null;
  /** Which side of a choice the menu changes. */
  op: "any" | "none";
  /** The values of a choice; names beyond the first hundred are found by typing. */
  options: readonly Facet[];
  /** Which of the names of a choice are people: the others are profiles. */
  people: readonly string[];
  more: boolean;
}

const isChoice = (field: FieldName): field is ChoiceName => (CHOICES as readonly string[]).includes(field);

/** What the popover of a filter shows. */
export function FilterMenu({ view }: { view: FilterMenuView }) {
  const { path, filter, field, op, more } = view;
  const name = field === null ? "filters" : FIELDS[field].many;
  return (
    <div
      class="fm"
      data-page={path}
      data-query={query(filter)}
      data-field={field ?? ""}
      data-op={op}
      data-more={more ? "1" : undefined}
    >
      <label class="find">
        <Icon name="search" small />
        <input
          type="text"
          id="filter-find"
          role="combobox"
          aria-expanded="true"
          aria-controls="filter-list"
          aria-autocomplete="list"
          autocomplete="off"
          spellcheck={false}
          aria-label={`Type to filter ${name}`}
          placeholder={field === null ? "Filter by…" : FIELDS[field].name}
        />
        <kbd>esc</kbd>
      </label>
      {field !== null && isChoice(field) && (
        <div class="seg" role="radiogroup" aria-label="How">
          {(["any", "none"] as const).map((side) => (
            <button type="button" role="radio" aria-checked={String(side === op)} data-do="filter-op" data-op={side}>
              {side === "any" ? "is any of" : "is not"}
            </button>
          ))}
        </div>
      )}
      <ul
        id="filter-list"
        role="listbox"
        aria-label={field === null ? "Fields" : FIELDS[field].name}
        aria-multiselectable={field !== null && isChoice(field) ? "true" : undefined}
      >
        <Options view={view} />
      </ul>
      {field !== null && (field === "created" || field === "updated") && <Dates filter={filter} field={field} />}
      <footer>
        <span data-filter-count data-many={name} />
        <span>
          <kbd>↵</kbd> {field === null ? "choose" : "toggle"}
        </span>
      </footer>
    </div>
  );
}

/** The options alone: what typing fetches again where there are more names than the menu holds. */
export function Options({ view: { path, filter, field, op, options, people } }: { view: FilterMenuView }) {
  if (field === null) {
    return (
      <>
        {fieldsOf(path).map((name) => (
          <li role="option" aria-selected="false" id={`fo-${name}`} data-go={name}>
            <Icon name={FIELDS[name].icon} small />
            <span class="grow ell">{FIELDS[name].name}</span>
            <Icon name="play" small />
          </li>
        ))}
      </>
    );
  }
  if (!isChoice(field)) {
    return (
      <>
        {singles(field, filter).map(({ text, key, value, on }, index) => (
          <Option index={index} on={on} set={[key, value]} text={text} />
        ))}
      </>
    );
  }
  const chosen = filter[field][op].map(String);
  const missing = chosen.filter((value) => options.every((option) => option.value !== value));
  return (
    <>
      {[...missing.map((value) => ({ value, n: null })), ...options].map(({ value, n }, index) => (
        <Option
          index={index}
          on={chosen.includes(value)}
          value={value}
          mark={<Mark field={field} value={value} />}
          text={choiceWord(field, value)}
          kind={people.includes(value) ? "person" : undefined}
          n={n}
        />
      ))}
    </>
  );
}

/** Figures go over all statuses. */
function fieldsOf(path: string): FieldName[] {
  const names = Object.keys(FIELDS) as FieldName[];
  return path === "/insights" ? names.filter((name) => name !== "status" && name !== "more") : names;
}

interface OptionProps {
  index: number;
  on: boolean;
  value?: string;
  /** One parameter of the address, instead of a value of the field's. */
  set?: readonly [string, string];
  mark?: unknown;
  text: string;
  /** What the value is, where its name does not say it. */
  kind?: string | undefined;
  n?: number | null;
}

function Option({ index, on, value, set, mark, text, kind, n }: OptionProps) {
  return (
    <li
      role="option"
      id={`fo-${index}`}
      aria-selected={String(on)}
      data-value={value}
      data-key={set?.[0]}
      data-set={set?.[1]}
    >
      <span class="cb" aria-hidden="true">
        <Icon name="check" small />
      </span>
      {mark}
      <span class="grow ell" data-text>
        {text}
      </span>
      {kind && <span class="faint">{kind}</span>}
      {n !== undefined && n !== null && <span class="num faint">{grouped(n)}</span>}
    </li>
  );
}

function Mark({ field, value }: { field: ChoiceName; value: string }) {
  if (field === "status") return <StatusMark status={value as Status} />;
  if (field === "priority") return <PriorityMark priority={Number(value)} />;
  if (value === "") return null;
  if (field === "tenant") return <i class={`tagdot ${hue(value)}`} />;
  return <Avatar name={value} beside />;
}

interface Single {
  text: string;
  key: string;
  value: string;
  on: boolean;
}

/** The options of a field of which one is chosen, or each of which is on or off by itself. */
function singles(field: Exclude<FieldName, ChoiceName>, filter: PageFilter): Single[] {
  if (field === "failed") {
    return [
      { text: "A run has failed", key: "failed", value: "1", on: filter.failed === true },
      { text: "No run has failed", key: "failed", value: "0", on: filter.failed === false },
    ];
  }
  if (field === "more") {
    return [
      { text: "Hide blocked and waiting", key: "hide_blocked", value: "1", on: filter.hide_blocked },
      { text: "Show archived", key: "archived", value: "1", on: filter.archived },
    ];
  }
  const last = (text: string, value: string): Single => ({
    ...{ text, value, key: `${field}_after` },
    on: filter[`${field}_after`] === value && filter[`${field}_before`] === "",
  });
  const ago = (text: string, value: string): Single => ({
    ...{ text, value, key: `${field}_before` },
    on: filter[`${field}_before`] === value && filter[`${field}_after`] === "",
  });
  return [
    last("In the last hour", "1h"),
    last("In the last day", "1d"),
    last("In the last 7 days", "7d"),
    last("In the last 30 days", "30d"),
    ago("More than a day ago", "1d"),
    ago("More than 7 days ago", "7d"),
    ago("More than 30 days ago", "30d"),
  ];
}

function Dates({ filter, field }: { filter: PageFilter; field: "created" | "updated" }) {
  const dateOf = (text: string) => (/^\d{4}-\d{2}-\d{2}$/.test(text) ? text : "");
  return (
    <form class="fm-dates" data-dates={field}>
      <label>
        From
        <input type="date" name={`${field}_after`} value={dateOf(filter[`${field}_after`])} />
      </label>
      <label>
        Before
        <input type="date" name={`${field}_before`} value={dateOf(filter[`${field}_before`])} />
      </label>
    </form>
  );
}
