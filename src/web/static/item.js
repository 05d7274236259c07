// The review desk, put together. The form works without any of it.
import { editable, form } from "./dom.js";
import { light, scroll, start as paper } from "./paper.js";
import { start as second } from "./second.js";

paper();
second();
form.addEventListener("focusin", (event) => {
  const el = event.target.closest("[data-f], [data-light]");
  if (el) light(el.dataset.f || el.dataset.light, el);
  else if (!event.target.closest(".choice")) light(null);
});
scroll.addEventListener("click", (event) => {
  const rect = event.target.closest("rect[data-f]");
  if (rect) document.getElementById(`f-${rect.dataset.f}`)?.focus();
});
if (editable) {
  // Loaded only where something can be changed; in this order, so that what is kept comes back before the walk begins.
  const parts = ["draft", "values", "masters", "words", "reread", "walk"];
  for (const part of await Promise.all(parts.map((name) => import(`./${name}.js`)))) part.start();
} else {
  // Nothing can take the focus in a form that is only read, so rows answer to the pointer.
  form.addEventListener("pointerover", (e) => light(e.target.closest("[data-row]")?.dataset.row, null));
}
