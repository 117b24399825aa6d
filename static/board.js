/**
 * The browser's side of the board. htmx does what the server has to know; these scripts do what it
 * need not: dragging, keys, the palette, ticking, following, selecting.
 *
 * @module
 */
import "./card_order.js";
import "./lanes.js";
import "./tick.js";
import "./toast.js";
import "./theme.js";
import "./dialogs.js";
import "./notices.js";
import "./help.js";
import "./edit_base.js";
import "./sending.js";
import "./edit.js";
import "./create.js";
import "./rescue.js";
import "./conflict.js";
import "./history.js";
import "./tools.js";
import "./select.js";
import "./drawer.js";
import "./inbox.js";
import "./menu.js";
import "./pickers.js";
import "./properties.js";
import "./columns.js";
import "./filter.js";
import "./list.js";
import "./filter_menu.js";
import "./graph.js";
import "./views.js";
import "./start.js";
import "./attention.js";
import "./drag.js";
import "./palette.js";
import "./tab_stops.js";
import "./banner.js";
import "./mention.js";
import "./keys.js";
import { watch } from "./stream.js";

watch();
