/**
 * `kanban profile`: the kinds of workers.
 *
 * @module
 */
import type { VerbGroup } from "../main.ts";

const profile: VerbGroup = {
  name: "profile",
  summary: "List and show worker profiles",
  verbs: {
    list: () => import("./profile_list.ts"),
    show: () => import("./profile_show.ts"),
  },
};

export default profile;
