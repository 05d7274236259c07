// A part of the page read again: a box is drawn over it, and what stands there goes into the field in hand.
import { $, $$, form } from "./dom.js";
import { complain, post } from "./draft.js";
import { scroll } from "./paper.js";

const SVG = "http://www.w3.org/2000/svg";
const button = $("[data-reread]");
const said = document.getElementById("saved");
let on = false, last = null, from = null, frame = null;

const set = (wanted) => {
  on = wanted;
  button?.setAttribute("aria-pressed", String(on));
  scroll.classList.toggle("boxing", on);
};

const at = (svg, event) => {
  const box = svg.getBoundingClientRect();
  const share = (v) => Math.min(1, Math.max(0, v));
  return [share((event.clientX - box.left) / box.width), share((event.clientY - box.top) / box.height)];
};

const read = async (leaf, edges) => {
  const field = last;
  said.textContent = "囲んだ部分を読んでいます…";
  const body = new URLSearchParams({ csrf: form.elements.csrf.value, page: leaf.dataset.own, box: edges.map((edge) => edge.toFixed(4)).join(",") });
  try {
    const answer = await post("part", body);
    const text = await answer.text();
    if (!answer.ok) {
      said.textContent = "";
      if (answer.status === 503) said.textContent = text;
      else complain(text, answer.status);
      return;
    }
    said.textContent = text ? "囲んだ部分を読みました" : "囲んだ部分に文字は見つかりませんでした";
    if (!text || !field?.isConnected) return;
    field.focus();
    if (field.matches("select")) {
      const named = [...field.options].find((option) => option.value && text.includes(option.text));
      if (named) field.value = named.value;
    } else field.value = field.matches("textarea") ? text : text.replaceAll("\n", "");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  } catch {
    said.textContent = "サーバーにつながりません。";
  }
};

export const start = () => {
  form.addEventListener("focusin", (event) => {
    if (event.target.matches("[data-f]")) last = event.target;
  });
  button?.addEventListener("click", () => set(!on));
  addEventListener("keydown", (event) => {
    if (event.key !== "F9" || event.shiftKey) return;
    event.preventDefault();
    set(!on);
  });
  scroll.addEventListener("pointerdown", (event) => {
    const leaf = event.target.closest(".leaf");
    if (!on || event.button !== 0 || !leaf) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!leaf.dataset.own || Number(leaf.dataset.turn || 0)) {
      said.textContent = leaf.dataset.own ? "回した表示のままでは囲めません。表示を元の向きに戻してください。" : "ほかの文書のページは、その文書を開いて読み直してください。";
      return;
    }
    const svg = $("svg", leaf);
    frame = document.createElementNS(SVG, "rect");
    frame.setAttribute("class", "boxed");
    svg.append(frame);
    from = { leaf, svg, point: at(svg, event) };
  }, true);
  addEventListener("pointermove", (event) => {
    if (!from) return;
    const [x, y] = at(from.svg, event), [a, b] = from.point;
    for (const [name, value] of [["x", Math.min(a, x)], ["y", Math.min(b, y)], ["width", Math.abs(x - a)], ["height", Math.abs(y - b)]]) frame.setAttribute(name, (value * 1000).toFixed(1));
  });
  addEventListener("pointerup", (event) => {
    if (!from) return;
    const { leaf, svg, point: [a, b] } = from, [x, y] = at(svg, event);
    from = null;
    frame.remove();
    const edges = [Math.min(a, x), Math.min(b, y), Math.max(a, x), Math.max(b, y)];
    const swallow = (click) => click.stopPropagation();
    scroll.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => scroll.removeEventListener("click", swallow, { capture: true }), 0);
    if (edges[2] - edges[0] < 0.004 || edges[3] - edges[1] < 0.004) return;
    set(false);
    read(leaf, edges);
  });
};
