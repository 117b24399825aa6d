/**
 * Which key was pressed, whatever the layout and Caps Lock say.
 *
 * Letters follow Shift alone. What a layout has in place of a Latin letter is read by the place of the key on the
 * keyboard: with a Cyrillic layout the key C still makes a task.
 *
 * @module
 */
/** Keys beside the letters that have a meaning: plain, and with Shift. */
const PLACES = { Slash: ["/", "?"], Period: [".", ">"], Digit3: ["3", "#"] };

/** The name of the key of a `keydown`: a Latin letter or sign where it can be one, else `event.key`. */
export function keyOf(event) {
  const { key, code, shiftKey } = event;
  if ([...key].length !== 1 || event.getModifierState?.("AltGraph")) return key;
  if (/^[a-z]$/i.test(key)) return cased(key, shiftKey);
  if (key < "\x7f") return key;
  const letter = /^Key([A-Z])$/.exec(code)?.[1];
  if (letter) return cased(letter, shiftKey);
  // An accented letter of a Latin layout is no sign that is elsewhere on it.
  if (/\p{Script=Latin}/u.test(key)) return key;
  return /^Digit\d$/.test(code) && !shiftKey ? code.at(-1) : (PLACES[code]?.[shiftKey ? 1 : 0] ?? key);
}

function cased(letter, shiftKey) {
  return shiftKey ? letter.toUpperCase() : letter.toLowerCase();
}
