// The way through the form by keys: over what is doubtful, to what is still to be chosen or compared, to the end.
import { $, $$, control, enter, fields, form, reveal } from "./dom.js";
import { find } from "./masters.js";
import { compare, invert, leaf, light, lit, turn, zoomTo } from "./paper.js";
import { nextReading, tidy, unchanged, undo } from "./values.js";

const everything = document.getElementById("everything");
const accepted = `uketsuke.seen.${form.dataset.id}`;
const row = (el) => el.closest?.(".field");
const doubtful = (el) => row(el)?.matches(".warn:not(.seen), .bad:not(.seen)");
const order = (a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1);

const open = (name) => !$(`[name="${name}"]:checked`, form) && $(`[data-list="${name}"] [name="${name}"], [name="${name}"]`, form);
const untold = () => {
  const ticks = $$('[name="compared"]', form).filter((tick) => tick.offsetParent);
  return ticks.filter((tick) => tick.checked).length < 2 && ticks.find((tick) => !tick.checked);
};
const stops = () => {
  const among = everything.checked ? fields() : fields().filter(doubtful);
  const choices = ["patient", "institution", "doctor"].map(open);
  return [...among, ...choices, untold()].filter((el) => el && el.offsetParent).sort(order);
};

/** Who came this far has looked at the value. */
const accept = (el) => {
  if (!doubtful(el) || !el.value || (el.hasAttribute("aria-invalid") && el.value === el.defaultValue)) return;
  show(row(el));
  try {
    const all = new Set(JSON.parse(sessionStorage.getItem(accepted) || "[]"));
    sessionStorage.setItem(accepted, JSON.stringify([...all.add(el.dataset.f)]));
  } catch { /* it is only asked for again */ }
  tabbing();
};
const marks = new WeakMap();
const show = (at) => {
  const mark = $(".mark", at);
  if (!marks.has(at)) marks.set(at, mark.textContent);
  at.classList.add("seen");
  mark.textContent = "✓ 見ました";
};
/** A value that was changed after it was looked at is looked at again. */
const unsee = (at) => {
  if (!at?.classList.contains("seen")) return;
  at.classList.remove("seen");
  $(".mark", at).textContent = marks.get(at);
  try {
    const all = JSON.parse(sessionStorage.getItem(accepted) || "[]");
    sessionStorage.setItem(accepted, JSON.stringify(all.filter((code) => code !== at.dataset.row)));
  } catch { /* it is only asked for again */ }
  tabbing();
};

const onward = (from, by) => {
  const all = stops();
  const after = all.filter((el) => el !== from && order(from, el) === -1), before = all.filter((el) => el !== from && order(el, from) === -1);
  if (by < 0) return enter(before.at(-1));
  enter(after[0] || before[0] || document.getElementById("confirm"));
};
const step = (from, by) => {
  const all = fields().filter((el) => el.offsetParent);
  const at = all.indexOf(from);
  enter(at < 0 ? all.filter((el) => order(from, el) === -1 * by).at(by > 0 ? 0 : -1) : all[at + by]);
};

// Tab stops at what is doubtful; the rest is reached by the arrows, by the pointer, or with the switch.
function tabbing() {
  const all = everything.checked;
  for (const el of fields()) el.tabIndex = all || doubtful(el) ? 0 : -1;
  for (const el of $$(".find input, .find button, #add, .work summary", form)) el.tabIndex = all ? 0 : -1;
  for (const chooser of $$("[data-chooser]", form)) {
    const settled = chooser.dataset.chooser !== "patient" && $("input[type=radio]:checked", chooser);
    for (const el of $$("input[type=radio]", chooser)) el.tabIndex = all || !settled ? 0 : -1;
  }
}

const chooserOf = (from) => from.closest?.("[data-chooser]")?.dataset.chooser;
/** To the search of the master from which the chooser in hand is filled; from a field, that of its part of the form. */
const seek = (from) => {
  const near = from.dataset?.f === "sender_doctor_name" ? "doctor" : $("[data-chooser]", from.closest?.(".group") || form)?.dataset.chooser;
  const box = [chooserOf(from), near, "patient", "institution"].map((name) => document.getElementById(`find-${name}`)).find(Boolean);
  box?.closest("details")?.setAttribute("open", "");
  enter(box);
};

const choose = (key, from) => {
  const name = chooserOf(from) || "patient";
  const radio = $$(`[name="${name}"][data-key="${key}"]`, form).find((el) => el.offsetParent);
  if (!radio) return false;
  radio.checked = true;
  radio.dispatchEvent(new Event("input", { bubbles: true }));
  compare();
  const tick = name === "patient" && untold();
  (tick || radio).focus({ preventScroll: true });
  reveal(tick ? tick.closest(".choice") : radio.closest(".choice, .candidate"));
  return true;
};

const TYPED = "input:not([type=radio]):not([type=checkbox]), textarea, select, [popover]";
const press = (event) => {
  if (event.isComposing) return;
  const el = event.target;
  const field = el.matches?.("[data-f]") ? el : null;
  const { key, code, ctrlKey, altKey, shiftKey } = event;
  const popover = $("[popover]:popover-open");
  if (ctrlKey && key === "Enter") {
    // What stands over the form is what the keys mean: its own button, or nothing.
    if (popover) $(".actions .primary", popover)?.click();
    else {
      if (field?.matches("input[data-type]")) tidy(field);
      document.getElementById("confirm").click();
    }
  } else if (ctrlKey && key.toLowerCase() === "s") {
    // To save is to leave the page, and what was written in a box would be gone.
    if (!popover) document.getElementById("save").click();
  }
  else if (key === "F1") document.getElementById("keys").togglePopover();
  else if (key === "F2") shiftKey ? turn() : ctrlKey ? invert() : zoomTo(field?.dataset.f || lit());
  else if (key === "F3" && !ctrlKey && !altKey && !popover) seek(el);
  else if (key === "F4" && field && !altKey) nextReading(field);
  else if (key === "F8") onward(el, shiftKey ? -1 : 1);
  else if (altKey && /^Digit\d$/.test(code)) { if (!choose(code.slice(5), el)) return; }
  else if (/^\d$/.test(key) && !ctrlKey && !altKey && !el.closest(TYPED)) { if (!choose(key, el)) return; }
  else if (altKey && key === "ArrowDown") step(el, 1);
  else if (altKey && key === "ArrowUp") step(el, -1);
  else if (altKey && key === "PageDown") leaf(1);
  else if (altKey && key === "PageUp") leaf(-1);
  else if (key === "Escape" && field && !popover) { if (!undo(field)) return; }
  else if (key === "Enter" && el.matches("input[data-find]")) find(el.dataset.find);
  else if (key === "Enter" && !altKey && form.contains(el) && !popover && (el.matches("input") || (field && (field.matches("select") || unchanged(field))))) {
    if (field?.matches("input[data-type]")) tidy(field);
    if (field && !shiftKey) accept(field);
    onward(el, shiftKey ? -1 : 1);
  } else return;
  event.preventDefault();
};

export const start = () => {
  try {
    everything.checked = localStorage.getItem("uketsuke.everything") === "1";
    for (const code of JSON.parse(sessionStorage.getItem(accepted) || "[]")) {
      const el = document.getElementById(`f-${code}`);
      if (el && doubtful(el) && !el.hasAttribute("aria-invalid")) show(row(el));
    }
  } catch { /* nothing was kept */ }
  everything.addEventListener("change", () => {
    try { localStorage.setItem("uketsuke.everything", everything.checked ? "1" : "0"); } catch { /* for this page only */ }
    tabbing();
  });
  tabbing();
  document.addEventListener("keydown", press);
  form.addEventListener("change", (event) => {
    if (event.target.matches('[name="patient"]')) compare();
    if (event.target.matches("[type=radio]")) tabbing();
  });
  form.addEventListener("input", (event) => unsee(row(event.target)));
  form.addEventListener("click", (event) => {
    const link = event.target.closest('.notice a[href^="#"]:not([href^="#page-"])');
    const place = link && control(link.hash.slice(1));
    if (!place) return;
    event.preventDefault();
    place.closest("details")?.setAttribute("open", "");
    enter(place);
    if (place.matches("[popovertarget]")) place.click();
  });
  // Where to begin: what is wrong, else what is doubtful, else what is to be chosen.
  const wrong = $("#errors a");
  const begin = (wrong && control(wrong.hash.slice(1))) || stops()[0] || fields()[0];
  enter(begin);
  light(begin?.dataset.f || begin?.dataset.light, begin);
};
