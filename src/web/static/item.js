// The review desk: boxes light with their fields, keys, drafts, the hold. The form works without it.
"use strict";

(() => {
  const form = document.getElementById("item");
  if (!form) return;
  const editable = "editable" in form.dataset;
  const scroll = document.getElementById("scroll");
  const leaves = [...document.querySelectorAll(".leaf")];
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const fields = () => $$("[data-f]", form).filter((el) => !el.matches(":disabled"));
  const csrf = form.elements.csrf;
  const version = form.elements.version;

  // --- Image: size, pages, dragging -------------------------------------------------------------------------------
  let zoom = 1;
  const size = (mode) => {
    if (mode === "in") zoom = Math.min(4, zoom * 1.25);
    else if (mode === "out") zoom = Math.max(0.3, zoom / 1.25);
    else if (mode === "page" && leaves.length) {
      const img = $("img", leaves[0]);
      const high = (scroll.clientHeight - 24) * (img.width ? img.naturalWidth / img.naturalHeight || img.width / img.height : 0.7);
      zoom = Math.min(1, high / (scroll.clientWidth - 24));
    } else zoom = 1;
    const here = leaves[current()];
    const middle = (scroll.scrollTop + scroll.clientHeight / 2) / Math.max(1, scroll.scrollHeight);
    for (const leaf of leaves) leaf.style.width = `${zoom * 100}%`;
    if (mode === "page") toPage(here);
    else scroll.scrollTop = middle * scroll.scrollHeight - scroll.clientHeight / 2;
    $$("[data-zoom]").forEach((b) => b.toggleAttribute("aria-pressed", false));
    const pressed = $(`[data-zoom="${zoom === 1 ? "width" : mode}"]`);
    if (pressed && (mode === "page" || zoom === 1)) pressed.setAttribute("aria-pressed", "true");
  };
  $$("[data-zoom]").forEach((button) => button.addEventListener("click", () => size(button.dataset.zoom)));
  const toggleZoom = () => size(zoom === 1 ? "page" : "width");

  const current = () => {
    const middle = scroll.getBoundingClientRect().top + scroll.clientHeight / 3;
    return Math.max(0, leaves.findLastIndex((leaf) => leaf.getBoundingClientRect().top <= middle));
  };
  const tellPage = () => {
    const no = leaves[current()]?.dataset.no;
    $$(".pages a").forEach((a) => (a.dataset.page === no ? a.setAttribute("aria-current", "true") : a.removeAttribute("aria-current")));
  };
  const toPage = (leaf) => leaf && scroll.scrollTo({ top: leaf.offsetTop - scroll.offsetTop - 8 });
  scroll.addEventListener("scroll", tellPage, { passive: true });
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#page-"]');
    if (!link) return;
    event.preventDefault();
    toPage(document.getElementById(link.hash.slice(1)));
  });
  tellPage();

  let drag = null;
  scroll.addEventListener("pointerdown", (e) => {
    if (e.button === 0 && !e.target.closest("rect")) drag = { x: e.clientX, y: e.clientY, left: scroll.scrollLeft, top: scroll.scrollTop };
  });
  addEventListener("pointermove", (e) => {
    if (!drag) return;
    scroll.classList.add("dragging");
    scroll.scrollLeft = drag.left - (e.clientX - drag.x);
    scroll.scrollTop = drag.top - (e.clientY - drag.y);
  });
  addEventListener("pointerup", () => { drag = null; scroll.classList.remove("dragging"); });
  scroll.addEventListener("dragstart", (e) => e.preventDefault());

  // --- The box of the field in hand, on the page and enlarged above the field --------------------------------------
  const loupe = document.createElement("div");
  loupe.className = "loupe";
  loupe.setAttribute("aria-hidden", "true");
  const canvas = document.createElement("canvas");
  loupe.append(canvas);

  const magnify = (el, leaf, box) => {
    loupe.remove();
    const img = $("img", leaf);
    if (!editable || !img.complete || !img.naturalWidth) return;
    const [l, t, r, b] = box;
    const padY = (b - t) * 0.35 + 0.003, padX = 0.012;
    const sx = Math.max(0, l - padX) * img.naturalWidth, sy = Math.max(0, t - padY) * img.naturalHeight;
    const sw = Math.min(1, r + padX) * img.naturalWidth - sx, sh = Math.min(1, b + padY) * img.naturalHeight - sy;
    if (sw < 2 || sh < 2) return;
    const row = el.closest(".field");
    const room = row.clientWidth - 146;
    const scale = Math.min(room / sw, 46 / Math.min(sh, 200), 3);
    const ratio = devicePixelRatio || 1;
    const high = Math.min(sh * scale, 120);
    canvas.width = sw * scale * ratio;
    canvas.height = high * ratio;
    canvas.style.width = `${sw * scale}px`;
    canvas.style.height = `${high}px`;
    canvas.getContext("2d").drawImage(img, sx, sy, sw, high / scale, 0, 0, canvas.width, canvas.height);
    row.append(loupe);
  };

  const light = (code, el) => {
    $$("rect.lit").forEach((rect) => rect.classList.remove("lit"));
    loupe.remove();
    const rect = code && $(`rect[data-f="${CSS.escape(code)}"]`);
    if (!rect) return;
    rect.classList.add("lit");
    const leaf = rect.closest(".leaf");
    const box = ["x", "y", "width", "height"].map((name) => Number(rect.getAttribute(name)) / 1000);
    const at = leaf.getBoundingClientRect(), view = scroll.getBoundingClientRect();
    const top = at.top + box[1] * at.height, bottom = top + box[3] * at.height;
    if (top < view.top + 30 || bottom > view.bottom - 30) scroll.scrollBy({ top: top - view.top - view.height * 0.32 });
    const left = at.left + box[0] * at.width;
    if (left < view.left || left > view.right - 60) scroll.scrollBy({ left: left - view.left - 60 });
    if (el) magnify(el, leaf, [box[0], box[1], box[0] + box[2], box[1] + box[3]]);
  };
  form.addEventListener("focusin", (event) => {
    const el = event.target.closest("[data-f], [data-light]");
    if (el) light(el.dataset.f || el.dataset.light, el.dataset.f ? el : null);
    else if (!event.target.closest(".candidate")) light(null);
  });
  scroll.addEventListener("click", (event) => {
    const rect = event.target.closest("rect");
    if (rect) document.getElementById(`f-${rect.dataset.f}`)?.focus();
  });
  if (!editable) {
    // Nothing can take the focus in a form that is only read, so rows answer to the pointer.
    form.addEventListener("pointerover", (e) => light(e.target.closest("[data-row]")?.dataset.row, null));
    return;
  }

  // --- Values ------------------------------------------------------------------------------------------------------
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
  const tidy = (el) => {
    const before = el.value;
    if (el.dataset.type === "date") el.value = asDate(before);
    else if (el.dataset.type === "digits" || el.dataset.type === "phone" || el.dataset.type === "postal") el.value = narrow(before);
    if (el.value !== before) changed();
  };
  form.addEventListener("focusout", (event) => {
    if (event.target.matches("input[data-type]")) tidy(event.target);
  });
  const nextReading = (el) => {
    const readings = [el.dataset.first, ...(el.dataset.other ? el.dataset.other.split("\u001f") : [])];
    if (readings.length < 2) return;
    el.value = readings[(readings.indexOf(el.value) + 1) % readings.length];
    changed();
  };
  form.addEventListener("click", (event) => {
    const fill = event.target.closest("[data-fill]");
    if (!fill) return;
    const el = document.getElementById(fill.dataset.fill);
    el.value = fill.textContent;
    el.focus();
    changed();
  });

  // --- The draft, and the hold ------------------------------------------------------------------------------------------
  const saved = document.getElementById("saved");
  const lost = document.getElementById("lost");
  let timer = 0, saving = null, dirty = false, over = false, active = Date.now();
  const complain = (words) => {
    over = true;
    document.getElementById("lost-words").textContent = words;
    lost.hidden = false;
    document.getElementById("work-body").scrollTop = 0;
  };
  const post = (path, body) =>
    fetch(`/items/${form.dataset.id}/${path}`, { method: "POST", body, headers: { "x-uketsuke": "quiet" }, redirect: "error" });
  const save = () => {
    clearTimeout(timer);
    if (over || !dirty || saving) return saving || Promise.resolve();
    dirty = false;
    saved.textContent = "保存しています…";
    saving = post("save", new URLSearchParams(new FormData(form)))
      .then(async (answer) => {
        if (answer.ok) {
          version.value = answer.headers.get("x-version") || version.value;
          saved.textContent = `下書き保存済 ${new Date().toTimeString().slice(0, 5)}`;
        } else {
          saved.textContent = "";
          complain(await answer.text());
        }
      })
      .catch(() => { dirty = true; saved.textContent = "保存できません。接続を確認しています…"; timer = setTimeout(save, 5000); })
      .finally(() => { saving = null; if (dirty && !over) timer = setTimeout(save, 1500); });
    return saving;
  };
  function changed() {
    dirty = true;
    clearTimeout(timer);
    timer = setTimeout(save, 2500);
  }
  form.addEventListener("input", (event) => {
    if (event.target.matches("[data-find], #note, #aside-note, [name=aside], #kind, #add, [name=compared]")) return;
    changed();
  });
  const keep = async () => {
    if (over || Date.now() - active > 120000) return;
    try {
      const answer = await post("keep", new URLSearchParams({ csrf: csrf.value }));
      if (!answer.ok) complain(await answer.text());
    } catch { /* the next round tries again */ }
  };
  setInterval(keep, 30000);
  for (const kind of ["pointerdown", "keydown", "wheel"]) addEventListener(kind, () => (active = Date.now()), { passive: true });
  let leaving = false;
  // Whoever leaves in the middle of a word leaves it in the draft.
  addEventListener("pagehide", () => {
    if (!dirty || leaving || over) return;
    const body = new URLSearchParams(new FormData(form));
    fetch(`/items/${form.dataset.id}/save`, { method: "POST", body, headers: { "x-uketsuke": "quiet" }, keepalive: true });
  });
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    if (saving) {
      // A draft is on its way: its answer brings the version that this submission needs.
      event.preventDefault();
      event.stopImmediatePropagation();
      const button = event.submitter;
      saving.then(() => form.requestSubmit(button));
      return;
    }
    leaving = true;
  }, true);
  $("#kind").addEventListener("change", () => send("save", "kind"));
  $("#add")?.addEventListener("change", (event) => event.target.value && send("save", "add"));
  function send(path, then) {
    const button = document.createElement("button");
    button.hidden = true;
    button.formAction = `/items/${form.dataset.id}/${path}`;
    if (then) { button.name = "then"; button.value = then; }
    form.append(button);
    form.requestSubmit(button);
    button.remove();
  }

  // --- The masters ---------------------------------------------------------------------------------------------------
  const find = async (name) => {
    const box = form.elements[`find_${name}`];
    if (!box.value.trim()) return;
    const chosen = $(`[name="${name}"]:checked`, form)?.value;
    const answer = await post("find", new URLSearchParams({ csrf: csrf.value, which: name, text: box.value })).catch(() => null);
    if (!answer) return;
    if (!answer.ok) return complain(await answer.text());
    $(`[data-list="${name}"]`, form).innerHTML = await answer.text();
    const outside = $$(`[name="${name}"]`, form).find((radio) => radio.value === chosen && !radio.closest("[data-list]"));
    for (const radio of $$(`[data-list="${name}"] [name="${name}"]`, form)) {
      if (radio.value !== chosen) continue;
      if (outside) radio.closest(".candidate").remove();
      else radio.checked = true;
    }
    if (outside) outside.checked = true;
    ($(`[data-list="${name}"] [name="${name}"]`, form) || box).focus();
  };
  $$("[data-find-button]", form).forEach((button) => button.addEventListener("click", (event) => {
    event.preventDefault();
    find(button.dataset.findButton);
  }));

  // Brings a part of the form into view below what sticks to its top; nothing else moves.
  const reveal = (el) => {
    const body = document.getElementById("work-body");
    const at = el.getBoundingClientRect(), view = body.getBoundingClientRect();
    const top = view.top + (document.getElementById("errors")?.offsetHeight || 0) + 12, bottom = view.bottom - 14;
    if (at.top < top) body.scrollTop -= top - at.top;
    else if (at.bottom > bottom) body.scrollTop += Math.min(at.bottom - bottom, at.top - top);
  };

  // --- Keys ----------------------------------------------------------------------------------------------------------
  const move = (from, by, among) => {
    const all = among.filter((el) => el.offsetParent);
    const at = all.indexOf(from);
    const next = at < 0 ? all.find((el) => from.compareDocumentPosition(el) & (by > 0 ? 4 : 2)) : all[at + by];
    if (!next) return;
    next.focus();
    if (next.select && next.matches("input")) next.select();
  };
  const choose = (key) => {
    const radio = $(`[name="patient"][data-key="${key}"]`, form);
    if (!radio) return false;
    radio.checked = true;
    radio.dispatchEvent(new Event("input", { bubbles: true }));
    const tick = $('[name="compared"]', form);
    (tick && tick.offsetParent ? tick : radio).focus({ preventScroll: true });
    reveal(tick && tick.offsetParent ? tick.closest(".compare") : radio.closest(".candidate"));
    return true;
  };
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const el = event.target;
    const field = el.matches?.("[data-f]") ? el : null;
    const { key } = event;
    if (event.ctrlKey && key === "Enter") document.getElementById("confirm").click();
    else if (event.ctrlKey && key.toLowerCase() === "s") document.getElementById("save").click();
    else if (event.altKey && /^Digit\d$/.test(event.code)) { if (!choose(event.code.slice(5))) return; }
    else if (/^\d$/.test(key) && !event.ctrlKey && !el.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, [popover]")) { if (!choose(key)) return; }
    else if (event.altKey && key === "ArrowDown" && field) nextReading(field);
    else if (event.altKey && key === "PageDown") toPage(leaves[current() + 1]);
    else if (event.altKey && key === "PageUp") toPage(leaves[current() - 1]);
    else if (key === "F2") toggleZoom();
    else if (key === "F8") move(el, event.shiftKey ? -1 : 1, $$(".field.warn [data-f], .field.bad [data-f]", form));
    else if (key === "Escape" && field && !$("[popover]:popover-open") && field.value !== field.dataset.first) { field.value = field.dataset.first; changed(); }
    else if (key === "Enter" && el.matches("input[data-find]")) find(el.dataset.find);
    else if (key === "Enter" && el.matches("input") && form.contains(el)) move(el, event.shiftKey ? -1 : 1, $$('[data-f], [type="radio"]:checked, [name="patient"], [name="compared"]', form));
    else return;
    event.preventDefault();
  });

  // Where to begin: what is wrong, else what is doubtful, else the first field.
  const control = (id) => {
    const place = document.getElementById(id);
    return place && (place.matches("input, select, textarea") ? place : $("input:checked, input", place));
  };
  form.addEventListener("click", (event) => {
    const link = event.target.closest('.notice a[href^="#"]:not([href^="#page-"])');
    const place = link && control(link.hash.slice(1));
    if (!place) return;
    event.preventDefault();
    place.focus({ preventScroll: true });
    reveal(place.closest(".field, .compare, .candidate") || place);
  });
  const wrong = $("#errors a");
  const begin = (wrong && control(wrong.hash.slice(1))) || $(".field.bad [data-f], .field.warn [data-f]", form) || fields()[0];
  const go = () => {
    begin?.focus({ preventScroll: true });
    if (begin) reveal(begin.closest(".field, .compare, .candidate") || begin);
  };
  // A page that arrives after its field got the focus lights up then.
  for (const img of $$(".leaf img")) {
    if (!img.complete) img.addEventListener("load", () => {
      const el = document.activeElement?.closest("[data-f]");
      if (el && form.contains(el)) light(el.dataset.f, el);
    }, { once: true });
  }
  go();
})();
