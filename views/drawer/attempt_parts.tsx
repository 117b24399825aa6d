/** @jsxImportSource hono/jsx */
/**
 * Pieces of what an attempt left behind, that both the list of attempts and the evidence at the top show.
 *
 * @module
 */
import type { JsonObject, Run } from "../../src/kernel/mod.ts";

/** An object, folded. */
export function Json({ label, value }: { label: string; value: JsonObject }) {
  return (
    <details class="json">
      <summary>{label}</summary>
      <pre class="mono" tabindex={0} hx-ignore>
        {JSON.stringify(value, null, 2)}
      </pre>
    </details>
  );
}

/** Where the whole of a cut text is, by itself. */
export function Whole({ run, name, cut }: { run: Run; name: "error" | "metadata"; cut: ReadonlySet<string> }) {
  const field = `attempt:${run.id}.${name}`;
  if (!cut.has(field)) return null;
  return (
    <a href={`/t/${run.task_id}/text?field=${field}`} target="_blank" rel="noopener">
      All of the {name}
    </a>
  );
}
