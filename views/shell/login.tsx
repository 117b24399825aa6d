/** @jsxImportSource hono/jsx */
/**
 * The login page. The single-use code is in the address behind `#`, where no server, log or
 * referrer sees it; `static/login.js` takes it out and exchanges it for the session cookie.
 *
 * @module
 */
import { Document } from "./document.tsx";

interface LoginPageProps {
  error?: string;
  /** The page of ours to open afterwards, a path. */
  next?: string;
  /** What was typed before it was refused. */
  code?: string;
  name?: string;
}

export function LoginPage({ error, next = "/", code, name }: LoginPageProps) {
  return (
    <Document title="Sign in" theme={null}>
      <body class="plain">
        <main class="login">
          <span class="logo" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          <h1>kanban</h1>
          <p id="login-say" role="status">
            {error ?? "Paste the code that the terminal printed, or open the link beside it."}
          </p>
          <form id="login" class="stack" method="post" action="/login">
            <input type="hidden" name="next" value={next} />
            <label id="code-row">
              Code
              <input name="code" id="code" required autocomplete="off" spellcheck={false} value={code} />
            </label>
            <label>
              Your name
              <input
                name="name"
                id="name"
                maxlength={200}
                autocomplete="nickname"
                spellcheck={false}
                value={name}
                aria-describedby="name-about"
              />
            </label>
            <p class="dim" id="name-about">
              What you do here is signed with it.
              <span id="name-empty"> Empty: the name of the user who runs the server.</span>
            </p>
            <button class="btn primary">Sign in</button>
          </form>
          <p class="dim" id="code-about">
            A code works once, for a minute. For a new one run <code>kanban serve --link</code>
          </p>
        </main>
      </body>
    </Document>
  );
}
