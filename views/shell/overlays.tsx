/** @jsxImportSource hono/jsx */
/**
 * What is hidden on every page until it is opened: menus, commands, the form of a new task, help.
 *
 * @module
 */
import { CardTools } from "../card/card_tools.tsx";
import { DrawerLoading } from "../drawer/loading.tsx";
import { CreateDialog } from "../pages/create.tsx";
import { ConflictDialog } from "../edits/conflict.tsx";
import { HistoryDialog } from "../edits/history.tsx";
import { HelpDialog } from "./help.tsx";
import { type Html, markup } from "../parts/html.ts";
import { Menus, type MenuView } from "./menus.tsx";
import { NotifyDialog } from "./notify.tsx";
import { PickerLists } from "../parts/pickers.tsx";
import { ViewDialog } from "./view_list.tsx";
import { PaletteDialog } from "./palette.tsx";

/** The same text for every page until the menus have something else to offer: then it is rendered again. */
export function Overlays({ menus }: { menus: MenuView }): Html {
  const offered = JSON.stringify(menus);
  if (offered !== last.offered) last = { offered, text: markup(String(render(menus))) };
  return last.text;
}

let last: { offered: string | null; text: Html } = { offered: null, text: markup("") };

function render(menus: MenuView) {
  return (
    <>
      <Menus view={menus} />
      <CardTools />
      <DrawerLoading />
      <PaletteDialog />
      <CreateDialog menus={menus} />
      <PickerLists />
      <HelpDialog />
      <ViewDialog />
      <NotifyDialog />
      <ConflictDialog />
      <HistoryDialog />
    </>
  );
}
