/**
 * `kanban view`: pages with their filters, under a name.
 *
 * @module
 */
import { group } from "../verb_table.ts";

export default group("view", {
  list: { summary: "List your saved views, and those that others share", load: () => import("./view_list.ts") },
  save: { summary: "Save a filter under a name", load: () => import("./view_save.ts") },
  edit: { summary: "Rename a view, share it or end that, or move it up", load: () => import("./view_edit.ts") },
  remove: { summary: "Take a view away", load: () => import("./view_remove.ts") },
});
