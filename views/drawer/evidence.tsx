/** @jsxImportSource hono/jsx */
/**
 * What a worker left behind, for the person who decides: the summary and the facts of finished work, the last
 * words of one that asked or gave up.
 *
 * @module
 */
import type { JsonObject, Run } from "../../src/kernel/mod.ts";
import { Markdown } from "../parts/markdown.tsx";
import { Json, Whole } from "./attempt_parts.tsx";
import { LongText } from "./long_text.tsx";

interface Props {
  run: Run;
  markdown: boolean;
  /** The fields that are not whole. */
  cut: ReadonlySet<string>;
}

/** The handoff of a run that completed; its summary is left out where it is the result itself. */
export function Evidence({ run, result, markdown, cut }: Props & { result: string | null }) {
  const summary = run.summary === result ? null : run.summary;
  if (!summary && !run.metadata) return null;
  return (
    <section class="sect" id="d-evidence">
      <h3>Summary</h3>
      {summary && (
        <LongText id={run.task_id} field={`attempt:${run.id}.summary`} text={summary} markdown={markdown} cut={cut} />
      )}
      {run.metadata && <Facts value={run.metadata} />}
      <Whole run={run} name="metadata" cut={cut} />
    </section>
  );
}

/** What the worker of a run that asked or gave up said last. */
export function Found({ run, markdown }: Pick<Props, "run" | "markdown">) {
  if (!run.last_words) return null;
  return (
    <section class="sect" id="d-found">
      <h3>What {run.profile ?? run.claimer} found</h3>
      <Markdown text={run.last_words} plain={!markdown} />
    </section>
  );
}

/** Metadata as words and figures; what has an inside of its own is folded. */
function Facts({ value }: { value: JsonObject }) {
  const flat = Object.entries(value).filter(([, one]) => one === null || typeof one !== "object");
  const deep = Object.entries(value).filter(([, one]) => one !== null && typeof one === "object");
  return (
    <>
      {flat.length > 0 && (
        <dl class="handoff">
          {flat.map(([name, one]) => (
            <div>
              <dt>{name}</dt>
              <dd class="num">{String(one)}</dd>
            </div>
          ))}
        </dl>
      )}
      {deep.length > 0 && <Json label="metadata" value={Object.fromEntries(deep)} />}
    </>
  );
}
