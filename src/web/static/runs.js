// The words of the pages as places: what stands together is one run; a click says which.
import { $ } from "./dom.js";
import { leaves, scroll } from "./paper.js";

const SVG = "http://www.w3.org/2000/svg";
const DOUBTFUL = 0.7;

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

const load = async (leaf, drawn) => {
  try {
    const answer = await fetch(`${$("img", leaf).getAttribute("src")}/words`, { headers: { "x-uketsuke": "quiet" }, redirect: "error" });
    if (!answer.ok) return;
    draw(leaf, await answer.json());
    drawn();
  } catch { /* typing still works */ }
};

/** What a click hit: hands a word and its run to `take`, or gives the field whose box was meant. */
export const picked = (event, take) => {
  const rect = event.target.closest("[data-word]");
  if (!rect) return null;
  if (event.ctrlKey) return document.elementsFromPoint(event.clientX, event.clientY).find((el) => el.matches("rect[data-f]"))?.dataset.f;
  take({ run: rect.closest(".run").dataset.text, word: rect.dataset.word, more: event.shiftKey });
  return null;
};

/** Fetches the words of each page as it comes near, and says so. */
export const show = (drawn) => {
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      seen.unobserve(entry.target);
      load(entry.target, drawn);
    }
  }, { root: scroll, rootMargin: "400px" });
  leaves.forEach((leaf) => seen.observe(leaf));
};
