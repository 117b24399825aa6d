/**
 * A lock between tabs for browsers that have none: over plain http to another machine `navigator.locks` is missing, and
 * without one of them leading, six windows would again take all connections.
 *
 * The holder writes its name and a time into the browser's storage, and writes it anew before that time is over. One that
 * is closed takes it out; one that crashed or does not run lets it run out, and another tab takes it. Two that write
 * at the same moment look again a little later: the last one has it.
 *
 * @module
 */
const EVERY_MS = 2_000;
const TERM_MS = 7_000;
const SETTLE_MS = 100;

/**
 * Waits for the lease of a name, and holds it until the returned function is called.
 *
 * @param hooks.held Called when this tab has it.
 * @param hooks.lost Called when it did not run for so long that another one took it.
 */
export function holdLease(name, { held, lost }) {
  const me = Math.random().toString(36).slice(2);
  let mine = false;
  let settling = 0;
  const holder = () => {
    const [who, until] = (localStorage.getItem(name) ?? "").split(" ");
    return Number(until) > Date.now() ? who : null;
  };
  const write = () => localStorage.setItem(name, `${me} ${Date.now() + TERM_MS}`);
  const settle = () => {
    settling = 0;
    if (holder() !== me) return;
    mine = true;
    held();
  };
  const step = () => {
    const who = holder();
    if (mine && who !== me && who !== null) {
      mine = false;
      lost();
    } else if (mine) write();
    else if (who === null && !settling) {
      write();
      settling = setTimeout(settle, SETTLE_MS * (1 + Math.random()));
    }
  };
  const onStorage = ({ key, newValue }) => key === name && newValue === null && step();
  const timer = setInterval(step, EVERY_MS);
  addEventListener("storage", onStorage);
  step();
  return () => {
    clearInterval(timer);
    clearTimeout(settling);
    removeEventListener("storage", onStorage);
    if (holder() === me) localStorage.removeItem(name);
  };
}

/** Whether this browser lets a page store anything. */
export function canLease() {
  try {
    localStorage.getItem("kanban");
    return true;
  } catch {
    return false;
  }
}
