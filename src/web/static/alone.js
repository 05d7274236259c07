// The paper alone, on a second screen: it follows the item page of this browser, and says so when that is left.
import { $ } from "./dom.js";
import { invert, leaf, light, lit, scroll, start as paper, turn, zoomTo } from "./paper.js";
import { picked, show } from "./runs.js";

const link = "BroadcastChannel" in window ? new BroadcastChannel("uketsuke.paper") : null;
const id = $("[data-paper]").dataset.paper;
const over = document.getElementById("over");
let left = false, ending = 0;

const tell = (more) => link?.postMessage({ paper: id, ...more });
const end = () => {
  $(".paper").hidden = true;
  over.hidden = false;
  document.title = over.firstChild.textContent;
};

paper();
show(() => light(lit()));
scroll.addEventListener("click", (event) => {
  const code = picked(event, tell) || event.target.closest("rect[data-f]")?.dataset.f;
  if (code) tell({ field: code });
});
document.getElementById("close").addEventListener("click", () => close());
document.addEventListener("keydown", (event) => {
  const { key, altKey, ctrlKey, shiftKey } = event;
  if (key === "F1") document.getElementById("keys").togglePopover();
  else if (key === "F2") shiftKey ? turn() : ctrlKey ? invert() : zoomTo(lit());
  else if (altKey && key === "PageDown") leaf(1);
  else if (altKey && key === "PageUp") leaf(-1);
  else return;
  event.preventDefault();
});
link?.addEventListener("message", ({ data }) => {
  if (data.desk === id) {
    left = false;
    clearTimeout(ending);
    if (!over.hidden) return location.reload();
    scroll.classList.toggle("picking", data.picks);
    if (data.code !== lit()) light(data.code);
  } else if (data.desk && left) {
    // The next document of the same desk.
    location.replace(`/items/${encodeURIComponent(data.desk)}/paper`);
  } else if (data.left === id) {
    // Left for a moment only, where the page comes back as an answer to its own form.
    left = true;
    ending = setTimeout(end, 1200);
  }
});
tell();
