/**
 * The properties in the drawer: "+ Add" lists those without a value and opens the chosen one; a press on a value,
 * the title or the description edits it.
 *
 * @module
 */
import { $, $$, act, on, taskOf } from "./dom.js";
import { meant } from "./meaning.js";
import { openMenu } from "./menu.js";

/** What has no value yet, each with its name in `data-add`. */
const unset = (sheet) => $$(".unset[data-add], .unset > [data-add]", sheet);

act("add-property", (_, button) => {
  const items = document.createElement("template");
  unset(button.closest(".sheet")).forEach((property, index) => {
    const item = document.createElement("button");
    item.type = "button";
    item.dataset.property = index;
    item.setAttribute("role", "menuitem");
    item.textContent = property.dataset.add;
    items.content.append(item);
  });
  openMenu("add", meant(taskOf(button)), button, items);
});

on("click", "#menu [data-property]", (_, item) => {
  const sheet = $("#drawer .sheet");
  const property = unset(sheet).find(({ dataset }) => dataset.add === item.textContent);
  if (property) begin(property, $('[data-do="add-property"]', sheet));
});

/** Opens the field, the picker or the menu of a property, or sets one that is only on or off. */
function begin(property, anchor) {
  const edit = $('[data-do="edit"]', property);
  const choice = $("button[data-do]", property);
  if (property.matches("details")) {
    property.open = true;
    $("input", property).focus();
  } else if (edit) edit.click();
  else if (choice) openMenu(choice.dataset.do, meant(taskOf(anchor)), anchor);
  else $("form", property).requestSubmit();
}

on("click", ".edit[data-edit] > .shown", (event, shown) => {
  if (event.target.closest("a, button, summary, input, label, pre")) return;
  // Who marks a text wants to copy it.
  const selection = getSelection();
  if (!selection.isCollapsed && shown.contains(selection.anchorNode)) return;
  $('[data-do="edit"]', shown)?.click();
});
