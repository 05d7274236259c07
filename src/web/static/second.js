// The paper on a second screen, seen from the item page: opened from here, it lights what is lit here, and what is clicked there
// goes into the field in hand. Both pages are of one browser; nothing of this goes over the line.
import { $, editable, form } from "./dom.js";
import { light } from "./paper.js";

const link = "BroadcastChannel" in window ? new BroadcastChannel("uketsuke.paper") : null;
const button = $("[data-second]");
const id = form.dataset.id;
let code = null, take = null;

const tell = () => link?.postMessage({ desk: id, code, picks: editable });
const open = () => {
  // One window for every document: pressed again, it is the same one.
  const there = window.open(button.dataset.second, "uketsuke-paper", "popup,width=1100,height=1000");
  if (there) there.focus();
  else document.getElementById("saved").textContent = "画面を開けません。このサイトのポップアップをブラウザで許可してください。";
};

/** Says who puts a word that was clicked there into the field in hand. */
export const taking = (how) => (take = how);

export const start = () => {
  if (!link) return button.remove();
  button.addEventListener("click", open);
  addEventListener("keydown", (event) => {
    if (event.key !== "F9" || !event.shiftKey) return;
    event.preventDefault();
    open();
  });
  form.addEventListener("focusin", (event) => {
    const el = event.target.closest("[data-f], [data-light]");
    code = el ? el.dataset.f || el.dataset.light : code;
    tell();
  });
  link.addEventListener("message", ({ data }) => {
    if (data.paper !== id) return;
    if (data.field) {
      const el = document.getElementById(`f-${data.field}`);
      el?.focus();
      code = data.field;
      light(code, el);
    } else if (data.word) take?.(data);
    tell();
  });
  addEventListener("pagehide", () => link.postMessage({ left: id }));
  addEventListener("pageshow", tell);
  tell();
};
