/**
 * `kanban profile`: the kinds of workers.
 *
 * @module
 */
import { group } from "../verb_table.ts";

export default group("profile", {
  add: { summary: "Make a worker profile of an agent or of any program", load: () => import("./profile_add.ts") },
  list: { summary: "List the worker profiles", load: () => import("./profile_list.ts") },
  show: { summary: "Show a worker profile", load: () => import("./profile_show.ts") },
  test: {
    summary: "Start a profile on a small task in a board of its own, and say what happened",
    load: () => import("./profile_try.ts"),
  },
  remove: { summary: "Take a worker profile away", load: () => import("./profile_remove.ts") },
});
