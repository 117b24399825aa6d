/** @jsxImportSource hono/jsx */
/**
 * The API's own description: OpenAPI for programs, a page for people.
 *
 * @module
 */
import type { Hono } from "hono";
import { document } from "../../../views/shell/document.tsx";
import { Head, Page, type Shell } from "../../../views/shell/layout.tsx";
import { version } from "../../../package.json";
import type { Ctx, Env, Web } from "../context.ts";
import type { Endpoint } from "./endpoint.ts";
import { fieldsOf, openApi } from "./openapi.ts";
import { shellOf } from "../pages/page_shell.ts";

/** Puts both on the router. */
export function mountApiPages(app: Hono<Env>, web: Web, endpoints: readonly Endpoint[]): void {
  app.get("/api/openapi.json", (c) => c.json(openApi(endpoints, version)));
  app.get("/api", async (c) =>
    c.html(document(<ApiPage shell={await shellOf(web, c)} endpoints={endpoints} sample={sample(web, c)} />)),
  );
}

/** A command that works without changes. */
function sample(web: Web, c: Ctx): string {
  return `curl -H "Authorization: Bearer $(cat '${web.home.token}')" http://${c.req.header("host")}/api/board`;
}

function ApiPage({ shell, endpoints, sample }: { shell: Shell; endpoints: readonly Endpoint[]; sample: string }) {
  return (
    <Page shell={shell} page="help" title="API">
      <Head title="API" />
      <div class="page" id="view" data-view={shell.path}>
        <p>
          JSON over HTTP; the same rules and the same words as the CLI. The description for programs is{" "}
          <a href="/api/openapi.json">openapi.json</a>. Refusals are{" "}
          <code>{'{"error":{"code","message","hint","field"}}'}</code> with status 400, 401, 403, 404, 409, 413 or 503.
        </p>
        <pre class="log">{sample}</pre>
        {endpoints.map((endpoint) => (
          <Route endpoint={endpoint} />
        ))}
      </div>
    </Page>
  );
}

function Route({ endpoint: { method, path, summary, notes, query, body } }: { endpoint: Endpoint }) {
  const fields = [
    ...fieldsOf(query).map((field) => ({ ...field, where: "query" })),
    ...fieldsOf(body).map((field) => ({ ...field, where: "body" })),
  ];
  return (
    <section class="sect">
      <h2 class="mono">
        {method.toUpperCase()} {path}
      </h2>
      <p>{summary}</p>
      {notes && (
        <p class="dim">
          <Prose text={notes} />
        </p>
      )}
      {fields.length > 0 && (
        <table class="table">
          <thead>
            <tr>
              <th>Field</th>
              <th>In</th>
              <th>Type</th>
              <th>Meaning</th>
            </tr>
          </thead>
          <tbody>
            {fields.map(({ name, where, required, schema }) => (
              <tr>
                <td class="mono">{name}</td>
                <td>
                  {where}
                  {required ? ", required" : ""}
                </td>
                <td>{typeOf(schema)}</td>
                <td>
                  <Prose text={String(schema["description"] ?? "")} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** Our own sentences: text between backquotes is code. */
function Prose({ text }: { text: string }) {
  return <>{text.split("`").map((part, index) => (index % 2 === 1 ? <code>{part}</code> : part))}</>;
}

function typeOf(schema: Record<string, unknown>): string {
  if (Array.isArray(schema["enum"])) return schema["enum"].join(" | ");
  return [schema["type"]].flat().join(" | ");
}
