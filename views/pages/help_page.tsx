/** @jsxImportSource hono/jsx */
/**
 * Keys and help as a page of its own.
 *
 * @module
 */
import { Help } from "../shell/help.tsx";
import { Head, Page, type Shell } from "../shell/layout.tsx";

/** `/help`. */
export function HelpPage({ shell }: { shell: Shell }) {
  return (
    <Page shell={shell} page="help" title="Keys and help">
      <Head title="Keys and help" />
      <div class="page narrow" tabindex={0} role="region" aria-label="Keys and help">
        <Help />
      </div>
    </Page>
  );
}
