// The words of the page: a click puts what stands there into the field in hand.
import { $, form } from "./dom.js";
import { leaves, light, scroll } from "./paper.js";

const SVG = "http://www.w3.org/2000/svg";
const DOUBTFUL = 0.7;
const TEXT = "input[data-f], textarea[data-f], select[data-f]";
let untouched = true;

const draw = (leaf, runs) => {
  const all = document.createElementNS(SVG, "g");
  all.setAttribute("class", "words");
  for (const run of runs) {
    const group = document.createElementNS(SVG, "g");
    group.setAttribute("class", "run");
    group.dataset.text = run.map((word) => word.text).join("");
    for (const word of run) {
      const rect = document.createElementNS(SVG, "rect");
      const [l, t, r, b] = word.box.map((edge) => edge * 1000);
      for (const [name, value] of [["x", l], ["y", t], ["width", r - l], ["height", b - t]]) rect.setAttribute(name, value.toFixed(1));
      rect.dataset.word = word.text;
      if (word.confidence < DOUBTFUL) rect.setAttribute("class", "doubtful");
      group.append(rect);
    }
    all.append(group);
  }
  $("svg", leaf).append(all);
};

const load = async (leaf) => {
  try {
    const answer = await fetch(`${$("img", leaf).getAttribute("src")}/words`, { headers: { "x-uketsuke": "quiet" }, redirect: "error" });
    if (!answer.ok) return;
    draw(leaf, await answer.json());
    const el = document.activeElement?.closest("[data-f]");
    if (el && form.contains(el)) light(el.dataset.f, el);
  } catch { /* typing still works */ }
};

const glue = (before, text, el) => {
  if (!before) return "";
  if (/[\p{L}\p{N}]$/u.test(before) && /^[A-Za-z0-9]/.test(text) && /[A-Za-z0-9]$/.test(before) && el.dataset.type !== "digits") return " ";
  return /_(name|kana)$/.test(el.dataset.f) && !/\s$/.test(before) ? " " : "";
};

const put = (el, run, word, more) => {
  if (el.matches("select")) {
    const named = [...el.options].find((o) => o.value && (word.includes(o.text) || o.text.includes(word)));
    if (!named) return;
    el.value = named.value;
  } else if (untouched && !more) {
    el.value = run;
  } else {
    const text = more ? word : run;
    const at = el.selectionEnd ?? el.value.length, before = el.value.slice(0, el.selectionStart ?? at);
    el.setRangeText(glue(before, text, el) + text, before.length, at, "end");
  }
  el.dispatchEvent(new Event("input", { bubbles: true }));
  untouched = false;
};

export const start = () => {
  form.addEventListener("focusin", (event) => {
    untouched = true;
    scroll.classList.toggle("picking", event.target.matches(TEXT));
  });
  form.addEventListener("input", (event) => {
    if (event.isTrusted) untouched = false;
  });
  scroll.addEventListener("click", (event) => {
    const rect = event.target.closest("[data-word]");
    if (rect && event.ctrlKey) {
      const box = document.elementsFromPoint(event.clientX, event.clientY).find((el) => el.matches("rect[data-f]"));
      document.getElementById(`f-${box?.dataset.f}`)?.focus();
      return;
    }
    const el = document.activeElement;
    if (rect && el?.matches(TEXT) && form.contains(el)) put(el, rect.closest(".run").dataset.text, rect.dataset.word, event.shiftKey);
  });
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      seen.unobserve(entry.target);
      load(entry.target);
    }
  }, { root: scroll, rootMargin: "400px" });
  leaves.forEach((leaf) => seen.observe(leaf));
};
