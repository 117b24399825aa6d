/** @jsxImportSource hono/jsx */
/**
 * The form of a new task as a page of its own, for browsers without scripts.
 *
 * @module
 */
import { Head, Page, type Shell } from "../shell/layout.tsx";
import { CreateFields, type CreateView } from "./create.tsx";

/** `/new`: the same form as a page. */
export function CreatePage({ shell, create }: { shell: Shell; create: CreateView }) {
  return (
    <Page shell={shell} page="new" title="New task">
      <Head title="New task" />
      <div class="page narrow create-page">
        <form class="stack" id="new-form" method="post" action="/tasks" hx-post="/tasks" hx-swap="none">
          <CreateFields view={create} id="new" />
          <div class="row end">
            <button class="btn primary">Create</button>
          </div>
        </form>
      </div>
    </Page>
  );
}
