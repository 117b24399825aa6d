/** @jsxImportSource hono/jsx */
/**
 * The page of a failed request: what went wrong in a sentence, and where to go.
 *
 * @module
 */
import { Head, Page, type Shell } from "./layout.tsx";

interface Props {
  shell: Shell;
  status: number;
  message: string;
  hint?: string | null;
}

export function ErrorPage({ shell, status, message, hint }: Props) {
  return (
    <Page shell={shell} page="failure" title={status === 404 ? "Not found" : "This request failed"}>
      <Head title={status === 404 ? "Not found" : "This request failed"} />
      <div class="page narrow failure">
        <p>{message}</p>
        {hint && <p class="dim">{hint}</p>}
        <p>
          <a class="btn" href="/">
            Back to the board
          </a>
        </p>
      </div>
    </Page>
  );
}
