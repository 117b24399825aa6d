/**
 * Opens the dialog with the keys.
 *
 * @module
 */
import { $, act } from "./dom.js";

export function openHelp() {
  const dialog = $("#help");
  if (dialog && !dialog.open) dialog.showModal();
}
act("help", () => openHelp());
