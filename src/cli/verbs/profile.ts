/**
 * `kanban profile`: the kinds of workers.
 *
 * @module
 */
import type { VerbGroup } from "../main.ts";

const profile: VerbGroup = {
  name: "profile",
  summary: "Make, list, show, try and remove worker profiles",
  verbs: {
    add: () => import("./profile_add.ts"),
    list: () => import("./profile_list.ts"),
    show: () => import("./profile_show.ts"),
    test: () => import("./profile_try.ts"),
    remove: () => import("./profile_remove.ts"),
  },
};

export default profile;
