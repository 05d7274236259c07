// The pages: size, turning, inverting, dragging, leafing through, and the box of the field in hand.
import { $, $$, cutOff, editable, form, reveal } from "./dom.js";

export const scroll = document.getElementById("scroll");
export const leaves = $$(".leaf");
const LARGEST = 5;
let zoom = 1, near = null;

const image = (leaf) => $("img", leaf);
const turned = (leaf) => Number(leaf.dataset.turn || 0) % 180 !== 0;
const ratio = (leaf) => {
  const img = image(leaf);
  const wide = Number(img.getAttribute("width")) || 1, high = Number(img.getAttribute("height")) || 1;
  return turned(leaf) ? high / wide : wide / high;
};

const layOut = () => {
  for (const leaf of leaves) {
    const sheet = $(".sheet-of", leaf), turn = Number(leaf.dataset.turn || 0);
    leaf.style.width = `${zoom * 100}%`;
    leaf.style.aspectRatio = turned(leaf) ? String(ratio(leaf)) : "";
    sheet.classList.toggle("across", turned(leaf));
    sheet.style.width = turned(leaf) ? `${100 / ratio(leaf)}%` : "";
    sheet.style.transform = turned(leaf) ? `translate(-50%, -50%) rotate(${turn}deg)` : turn ? `rotate(${turn}deg)` : "";
  }
};

const current = () => {
  const middle = scroll.getBoundingClientRect().top + scroll.clientHeight / 3;
  return Math.max(0, leaves.findLastIndex((leaf) => leaf.getBoundingClientRect().top <= middle));
};
const toPage = (leaf) => leaf && scroll.scrollTo({ top: leaf.offsetTop - scroll.offsetTop - 8 });
export const leaf = (by) => toPage(leaves[current() + by]);
const tellPage = () => {
  const at = current();
  $$(".pages a").forEach((a) => a.toggleAttribute("aria-current", false));
  const here = leaves[at] && $(`.pages a[data-page="${leaves[at].dataset.no}"]`);
  here?.setAttribute("aria-current", "true");
  $$("[data-leaf]").forEach((button) => (button.disabled = !leaves[at + Number(button.dataset.leaf)]));
};

export const size = (mode) => {
  near = null;
  const here = leaves[current()];
  if (mode === "in") zoom = Math.min(LARGEST, zoom * 1.25);
  else if (mode === "out") zoom = Math.max(0.2, zoom / 1.25);
  else if (mode === "page" && here) zoom = Math.min(1, ((scroll.clientHeight - 24) * ratio(here)) / (scroll.clientWidth - 24));
  else zoom = 1;
  const across = (scroll.scrollLeft + scroll.clientWidth / 2) / Math.max(1, scroll.scrollWidth);
  const down = (scroll.scrollTop + scroll.clientHeight / 2) / Math.max(1, scroll.scrollHeight);
  layOut();
  if (mode === "page") toPage(here);
  else scroll.scrollTo({ left: across * scroll.scrollWidth - scroll.clientWidth / 2, top: down * scroll.scrollHeight - scroll.clientHeight / 2, behavior: "instant" });
  const pressed = mode === "page" ? "page" : zoom === 1 ? "width" : "";
  $$("[data-zoom]").forEach((b) => b.toggleAttribute("aria-pressed", false));
  $(`[data-zoom="${pressed}"]`)?.setAttribute("aria-pressed", "true");
};

export const turn = () => {
  const here = leaves[current()];
  if (!here) return;
  here.dataset.turn = (Number(here.dataset.turn || 0) + 90) % 360;
  layOut();
  toPage(here);
};
export const invert = () => {
  const on = scroll.classList.toggle("inverted");
  $("[data-invert]").setAttribute("aria-pressed", String(on));
};

const rectOf = (code) => code && $(`rect[data-f="${CSS.escape(code)}"]`, scroll);

/** Fills the view with the box of a field; again, and the page is as wide as the view. */
export const zoomTo = (code) => {
  const rect = rectOf(code);
  if (!rect || near === code) return size("width");
  const at = rect.getBoundingClientRect();
  const fit = Math.min((scroll.clientWidth * 0.7) / at.width, (scroll.clientHeight * 0.5) / at.height);
  zoom = Math.min(LARGEST, Math.max(1, zoom * fit));
  layOut();
  const now = rect.getBoundingClientRect(), view = scroll.getBoundingClientRect();
  scroll.scrollBy({ left: now.left + now.width / 2 - view.left - view.width / 2, top: now.top + now.height / 2 - view.top - view.height / 2, behavior: "instant" });
  $$("[data-zoom]").forEach((b) => b.toggleAttribute("aria-pressed", false));
  near = code;
};

/** Draws the box of a field into a canvas, at most that wide and high; whether there was anything to draw. */
export const crop = (canvas, code, room, tallest) => {
  const rect = rectOf(code);
  const img = rect && image(rect.closest(".leaf"));
  if (!img || !img.complete || !img.naturalWidth) return false;
  const [l, t, w, h] = ["x", "y", "width", "height"].map((name) => Number(rect.getAttribute(name)) / 1000);
  const padY = h * 0.35 + 0.003, padX = 0.012;
  const sx = Math.max(0, l - padX) * img.naturalWidth, sy = Math.max(0, t - padY) * img.naturalHeight;
  const sw = Math.min(1, l + w + padX) * img.naturalWidth - sx, sh = Math.min(1, t + h + padY) * img.naturalHeight - sy;
  if (sw < 2 || sh < 2) return false;
  const scale = Math.min(room / sw, 46 / Math.min(sh, 200), 3);
  const high = Math.min(sh * scale, tallest), dense = devicePixelRatio || 1;
  canvas.width = sw * scale * dense;
  canvas.height = high * dense;
  canvas.style.width = `${sw * scale}px`;
  canvas.style.height = `${high}px`;
  const pen = canvas.getContext("2d");
  pen.drawImage(img, sx, sy, sw, high / scale, 0, 0, canvas.width, canvas.height);
  // Characters that were read with doubt stand on a dashed line.
  pen.strokeStyle = "#b3261e";
  pen.lineWidth = 2 * dense;
  pen.setLineDash([4 * dense, 3 * dense]);
  for (const word of $$("rect.doubtful", rect.closest("svg"))) {
    const [x, y, wide, tall] = ["x", "y", "width", "height"].map((name) => Number(word.getAttribute(name)) / 1000);
    if (x + wide / 2 < l || x + wide / 2 > l + w || y + tall / 2 < t || y + tall / 2 > t + h) continue;
    const along = (v) => (v * img.naturalWidth - sx) * scale * dense;
    const foot = ((y + tall) * img.naturalHeight - sy) * scale * dense + 2 * dense;
    pen.beginPath();
    pen.moveTo(along(x), foot);
    pen.lineTo(along(x + wide), foot);
    pen.stroke();
  }
  return true;
};

const loupe = document.createElement("div");
loupe.className = "loupe";
loupe.setAttribute("aria-hidden", "true");
loupe.append(document.createElement("canvas"));

let pressed = false;
addEventListener("pointerdown", () => (pressed = true), { capture: true, passive: true });
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => (pressed = false), { capture: true, passive: true });

/** Lights the box of a field on its page and shows it enlarged above `el`, or below it where there is no room above. */
export const light = (code, el) => {
  $$("rect.lit").forEach((rect) => rect.classList.remove("lit"));
  loupe.remove();
  const rect = rectOf(code);
  if (!rect) return;
  rect.classList.add("lit");
  const at = rect.getBoundingClientRect(), view = scroll.getBoundingClientRect();
  if (at.top < view.top + 30 || at.bottom > view.bottom - 30) scroll.scrollBy({ top: at.top - view.top - view.height * 0.32 });
  if (at.left < view.left || at.left > view.right - 60) scroll.scrollBy({ left: at.left - view.left - 60 });
  const row = editable && el?.closest(".field");
  if (!row || !crop(loupe.firstChild, code, row.clientWidth - 146, 120)) return;
  loupe.classList.remove("under");
  row.append(loupe);
  // What is being clicked stays under the pointer; keys bring the whole into view.
  if (!pressed) reveal(row);
  loupe.classList.toggle("under", cutOff(loupe));
};
export const lit = () => $("rect.lit")?.dataset.f;

/** Shows the crops beside the master's values wherever they can be seen. */
export const compare = () => {
  for (const place of form ? $$("[data-crop]", form) : []) {
    if (!place.offsetParent) continue;
    const canvas = $("canvas", place) || document.createElement("canvas");
    canvas.setAttribute("aria-hidden", "true");
    if (crop(canvas, place.dataset.crop, Math.max(120, place.clientWidth - 8), 64)) place.insertBefore(canvas, $(".seen", place));
  }
};

const thumb = (page) => {
  const place = leaves.length > 1 && $(`.pages a[data-page="${page.dataset.no}"]`);
  if (!place || $("canvas", place)) return;
  const img = image(page), canvas = document.createElement("canvas");
  canvas.height = 88;
  canvas.width = Math.round((88 * img.naturalWidth) / img.naturalHeight);
  canvas.setAttribute("aria-hidden", "true");
  canvas.getContext("2d").drawImage(img, 0, 0, canvas.width, canvas.height);
  place.prepend(canvas);
};

let drag = null;
const dragging = () => {
  scroll.addEventListener("mousedown", (event) => {
    // The field keeps the focus while the page is moved or a word of it is picked; the bars at the edge still work.
    if (event.target !== scroll) event.preventDefault();
  });
  scroll.addEventListener("pointerdown", (e) => {
    if (e.button === 0 && e.target !== scroll) drag = { x: e.clientX, y: e.clientY, left: scroll.scrollLeft, top: scroll.scrollTop, moved: false };
  });
  addEventListener("pointermove", (e) => {
    if (!drag) return;
    if (!drag.moved && Math.hypot(e.clientX - drag.x, e.clientY - drag.y) < 5) return;
    drag.moved = true;
    scroll.classList.add("dragging");
    scroll.scrollLeft = drag.left - (e.clientX - drag.x);
    scroll.scrollTop = drag.top - (e.clientY - drag.y);
  });
  addEventListener("pointerup", () => {
    const moved = drag?.moved;
    drag = null;
    scroll.classList.remove("dragging");
    // What ends a drag is no click.
    if (moved) {
      const swallow = (event) => event.stopPropagation();
      scroll.addEventListener("click", swallow, { capture: true, once: true });
      setTimeout(() => scroll.removeEventListener("click", swallow, { capture: true }), 0);
    }
  });
  scroll.addEventListener("dragstart", (e) => e.preventDefault());
};

export const start = () => {
  $$("[data-zoom]").forEach((button) => button.addEventListener("click", () => size(button.dataset.zoom)));
  $$("[data-leaf]").forEach((button) => button.addEventListener("click", () => leaf(Number(button.dataset.leaf))));
  $("[data-turn-view]")?.addEventListener("click", turn);
  $("[data-invert]")?.addEventListener("click", invert);
  scroll.addEventListener("scroll", tellPage, { passive: true });
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#page-"]');
    if (!link) return;
    event.preventDefault();
    toPage(document.getElementById(link.hash.slice(1)));
  });
  tellPage();
  dragging();
  // A page far below is fetched once its thumbnail comes into sight.
  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      image(document.getElementById(target.hash.slice(1))).loading = "eager";
    }
  });
  if (leaves.length > 1) $$(".pages a").forEach((a) => seen.observe(a));
  for (const page of leaves) {
    const img = image(page);
    const arrived = () => {
      thumb(page);
      // A page that arrives after its field got the focus lights up then.
      const el = document.activeElement?.closest("[data-f], [data-light]");
      if (el && form?.contains(el)) light(el.dataset.f || el.dataset.light, el);
      compare();
    };
    if (img.complete && img.naturalWidth) arrived();
    else img.addEventListener("load", arrived, { once: true });
  }
};
