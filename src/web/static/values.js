// What is typed, brought into its form; other readings; what a field was before.
import { form } from "./dom.js";
import { changed } from "./draft.js";

const ERAS = { 明: 1867, M: 1867, 大: 1911, T: 1911, 昭: 1925, S: 1925, 平: 1988, H: 1988, 令: 2018, R: 2018 };
const narrow = (text) => text.normalize("NFKC").trim();
const iso = (y, m, d) => `${String(y).padStart(4, "0")}-${String(m).padStart(2, "0")}-${String(d).padStart(2, "0")}`;
const asDate = (text) => {
  const t = narrow(text).replace(/\s+/g, "");
  let m = t.match(/^(明治?|大正?|昭和?|平成?|令和?|[MTSHRmtshr])(元|\d{1,2})[.\/年-](\d{1,2})[.\/月-](\d{1,2})日?$/);
  if (m) return iso(ERAS[m[1][0].toUpperCase()] + (m[2] === "元" ? 1 : Number(m[2])), m[3], m[4]);
  m = t.match(/^(\d{4})[.\/年-]?(\d{1,2})[.\/月-]?(\d{1,2})日?$/);
  return m && (t.length === 8 || /\D/.test(t)) ? iso(m[1], m[2], m[3]) : text;
};

export const tidy = (el) => {
  const before = el.value;
  if (el.dataset.type === "date") el.value = asDate(before);
  else if (["digits", "phone", "postal"].includes(el.dataset.type)) el.value = narrow(before);
  if (el.value !== before) changed();
};

export const nextReading = (el) => {
  const readings = [el.dataset.first, ...(el.dataset.other ? el.dataset.other.split("\u001f") : [])];
  if (readings.length < 2) return;
  el.value = readings[(readings.indexOf(el.value) + 1) % readings.length];
  changed();
};

let before = "";
/** Whether the field in hand is as it was when it got the focus: then Enter accepts even in a long one, else it is a new line. */
export const unchanged = (el) => el.value === before;

/** Takes the field's change back: to what it was when it got the focus, then to what was first read. Whether anything changed. */
export const undo = (el) => {
  const back = el.value !== before ? before : el.dataset.first;
  if (back === undefined || el.value === back) return false;
  el.value = back;
  changed();
  return true;
};

export const start = () => {
  form.addEventListener("focusin", (event) => {
    if (event.target.matches("[data-f]")) before = event.target.value;
  });
  form.addEventListener("focusout", (event) => {
    if (event.target.matches("input[data-type]")) tidy(event.target);
  });
  form.addEventListener("click", (event) => {
    const fill = event.target.closest("[data-fill]");
    if (!fill) return;
    const el = document.getElementById(fill.dataset.fill);
    el.focus();
    el.value = fill.textContent;
    changed();
  });
};
