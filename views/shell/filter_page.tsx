/** @jsxImportSource hono/jsx */
/**
 * The choices of a filter as a page with a form, for a browser without scripts.
 *
 * @module
 */
import type { Facet } from "../../src/kernel/mod.ts";
import type { ChoiceName, PageFilter } from "./filter_query.ts";
import { choiceWord, FIELDS } from "./filter_words.ts";
import { Head, Page, type Shell } from "./layout.tsx";
import { grouped } from "../parts/icons.tsx";

export interface FilterPageView {
  path: string;
  filter: PageFilter;
  fields: readonly { field: ChoiceName; options: readonly Facet[] }[];
}

/** A form that leads to the page that it filters. */
export function FilterPage({ shell, view: { path, filter, fields } }: { shell: Shell; view: FilterPageView }) {
  return (
    <Page shell={shell} page="help" title="Filter">
      <Head title="Filter" />
      <form class="page narrow form filter-form" id="view" data-view={shell.path} action={path} method="get">
        <label>
          Text
          <input type="search" name="q" value={filter.q} />
        </label>
        {fields.map(({ field, options }) => (
          <>
            <Checks
              field={field}
              name={field}
              chosen={filter[field].any.map(String)}
              options={options}
              word="is any of"
            />
            <Checks
              field={field}
              name={`not_${field}`}
              chosen={filter[field].none.map(String)}
              options={options}
              word="is not"
            />
          </>
        ))}
        {(["created_after", "created_before", "updated_after", "updated_before"] as const).map((name) => (
          <label>
            {name.startsWith("created") ? "Created" : "Updated"} {name.endsWith("after") ? "after" : "before"}
            <input name={name} value={filter[name]} placeholder="7d, or 2026-12-01" />
          </label>
        ))}
        <label>
          Runs
          <select name="failed">
            {(
              [
                ["", "any"],
                ["1", "a run has failed"],
                ["0", "no run has failed"],
              ] as const
            ).map(([value, text]) => (
              <option value={value} selected={value === (filter.failed === null ? "" : filter.failed ? "1" : "0")}>
                {text}
              </option>
            ))}
          </select>
        </label>
        <label class="check">
          <input type="checkbox" name="hide_blocked" value="1" checked={filter.hide_blocked} />
          Hide blocked and waiting
        </label>
        <label class="check">
          <input type="checkbox" name="archived" value="1" checked={filter.archived} />
          Show archived
        </label>
        <div class="row end">
          <a class="btn ghost" href={path}>
            Clear
          </a>
          <button class="btn primary">Show</button>
        </div>
      </form>
    </Page>
  );
}

interface ChecksProps {
  field: ChoiceName;
  name: string;
  chosen: readonly string[];
  options: readonly Facet[];
  word: string;
}

function Checks({ field, name, chosen, options, word }: ChecksProps) {
  return (
    <fieldset>
      <legend>
        {FIELDS[field].name} {word}
      </legend>
      {options.map(({ value, n }) => (
        <label class="check">
          <input type="checkbox" name={name} value={value} checked={chosen.includes(value)} />
          {choiceWord(field, value)} {n !== null && <span class="num faint">{grouped(n)}</span>}
        </label>
      ))}
    </fieldset>
  );
}
