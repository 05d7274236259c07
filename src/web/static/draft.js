// The draft and the hold: kept by the program while typing, and in this browser for when it cannot be reached.
import { $, $$, form } from "./dom.js";

const key = `uketsuke.draft.${form.dataset.who}.${form.dataset.id}`;
const version = form.elements.version;
const saved = document.getElementById("saved");
const lost = document.getElementById("lost");
let timer = 0, saving = null, dirty = false, over = false, covered = false, leaving = false, active = Date.now(), older = null;

const MINE = /^(f\.|kind$|patient$|institution$|doctor$|note$|aside$|aside_note$)/;
const entries = () => [...new FormData(form)].filter(([name]) => MINE.test(name));
// What the program has, as far as this page knows: only what differs from it is kept here and brought back.
let known = new Map(entries());
const typed = () => entries().filter(([name, value]) => known.get(name) !== value);
const stored = {
  put: () => {
    try { localStorage.setItem(key, JSON.stringify({ version: version.value, at: Date.now(), entries: typed(), older })); }
    catch { /* no room, or forbidden: the program's own draft is still there */ }
  },
  get: () => {
    try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
  },
  drop: () => {
    try { if (older) localStorage.setItem(key, JSON.stringify(older)); else localStorage.removeItem(key); } catch { /* nothing is there */ }
  },
};

/** Says that nothing typed from now on reaches the program, and why. */
export const complain = (words, status) => {
  over = true;
  const place = document.getElementById("lost-words");
  place.textContent = `${words} 入力した内容はこのブラウザに控えてあり、この文書を開き直すと戻せます。`;
  if (status === 401) {
    const link = document.createElement("a");
    link.href = `/sign-in?next=${location.pathname}`;
    link.textContent = "サインインし直す";
    place.append(link);
  }
  lost.hidden = false;
  document.getElementById("work-body").scrollTop = 0;
};

export const post = (path, body) =>
  fetch(`/items/${form.dataset.id}/${path}`, { method: "POST", body, headers: { "x-uketsuke": "quiet" }, redirect: "error" });

const save = (why) => {
  clearTimeout(timer);
  if (over || covered && why !== "covering" || !dirty || saving) return saving || Promise.resolve();
  dirty = false;
  const sent = new Map(entries());
  saved.textContent = "保存しています…";
  saving = post("save", new URLSearchParams(new FormData(form)))
    .then(async (answer) => {
      if (answer.ok) {
        version.value = answer.headers.get("x-version") || version.value;
        known = sent;
        saved.textContent = `下書き保存済 ${new Date().toTimeString().slice(0, 5)}`;
        if (dirty) stored.put();
        else stored.drop();
      } else {
        dirty = true;
        saved.textContent = "";
        complain(await answer.text(), answer.status);
      }
    })
    .catch(() => {
      dirty = true;
      saved.textContent = "サーバーにつながりません。入力はこのブラウザに控えています…";
      timer = setTimeout(() => save(), 5000);
    })
    .finally(() => { saving = null; if (dirty && !over && !covered) { clearTimeout(timer); timer = setTimeout(() => save(), 2500); } });
  return saving;
};

/** Something was typed or chosen. */
export function changed() {
  dirty = true;
  stored.put();
  clearTimeout(timer);
  timer = setTimeout(() => save(), 2500);
}

/** Sends the form as a button would. */
export async function send(path, then) {
  // A draft on its way holds the form back until its answer came; the button has to stand in the form then.
  await saving;
  const button = document.createElement("button");
  button.hidden = true;
  button.formAction = `/items/${form.dataset.id}/${path}`;
  if (then) { button.name = "then"; button.value = then; }
  form.append(button);
  form.requestSubmit(button);
  button.remove();
}

const differing = (copy) => {
  const now = new Map(entries());
  return copy.entries.filter(([name, value]) => {
    if (name === "kind") return now.get(name) !== value;
    const places = $$(`[name="${CSS.escape(name)}"]`, form);
    return places.length > 0 && (now.get(name) ?? "") !== value;
  });
};
const bringBack = (copy) => {
  for (const [name, value] of differing(copy)) {
    for (const el of $$(`[name="${CSS.escape(name)}"]`, form)) {
      if (el.type !== "radio") el.value = value;
      else if (el.value === value) el.checked = true;
    }
  }
};
const labelOf = (name) => ({ kind: "文書の種類", patient: "患者の選択", institution: "差出元の選択", doctor: "差出医師の選択", note: "照会する内容", aside: "除外する理由" })[name]
  || $(`label[for="f-${name.slice(2)}"]`, form)?.firstChild.textContent || "補足";

// What this browser kept when the program could not be reached comes back; if the document changed since, only when asked.
const offer = () => {
  const copy = stored.get();
  if (!copy?.entries) return;
  const lostOnes = differing(copy);
  if (!lostOnes.length) {
    try { localStorage.removeItem(key); } catch { /* it stays, and is the same */ }
    return;
  }
  const place = document.getElementById("kept");
  const at = new Date(copy.at).toTimeString().slice(0, 5);
  const list = document.createElement("ul");
  for (const [name, value] of lostOnes) {
    const item = document.createElement("li");
    item.textContent = /^(patient|institution|doctor|kind|aside)$/.test(name) ? labelOf(name) : `${labelOf(name)}：${value}`;
    list.append(item);
  }
  const button = (words, act) => {
    const b = document.createElement("button");
    b.type = "button";
    b.textContent = words;
    b.addEventListener("click", () => { act(); place.hidden = true; });
    return b;
  };
  const head = document.createElement("b");
  const row = document.createElement("p");
  row.className = "actions";
  if (copy.version === version.value) {
    const was = { entries: lostOnes.map(([name]) => [name, new Map(entries()).get(name) ?? ""]) };
    bringBack(copy);
    head.textContent = `サーバーに届いていなかった入力を戻しました（${at}、このブラウザの控え）。`;
    row.append(button("戻さない", () => { bringBack(was); changed(); }));
    changed();
  } else {
    older = { version: copy.version, at: copy.at, entries: copy.entries };
    head.textContent = `この文書には、保存されていない入力があります（${at}、このブラウザの控え）。そのあとに文書が変わっています。`;
    row.append(
      button("入力を戻す", () => { older = null; bringBack(copy); changed(); }),
      button("捨てる", () => { older = null; stored.drop(); }),
    );
  }
  $("#kept-words", place).replaceChildren(head, list, row);
  place.hidden = false;
};

const keep = async () => {
  if (over || covered || Date.now() - active > 120000) return;
  try {
    const answer = await post("keep", new URLSearchParams({ csrf: form.elements.csrf.value }));
    if (!answer.ok) complain(await answer.text(), answer.status);
  } catch { /* the next round tries again */ }
};

export const start = () => {
  form.addEventListener("input", (event) => {
    if (event.target.matches("[data-find], #note, #aside-note, [name=aside], #kind, #add, [name=compared]")) return;
    changed();
  });
  setInterval(keep, 30000);
  for (const kind of ["pointerdown", "keydown", "wheel"]) addEventListener(kind, () => (active = Date.now()), { passive: true });
  // Whoever leaves in the middle of a word leaves it in the draft.
  addEventListener("pagehide", () => {
    if (!dirty || leaving || over || covered) return;
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
    stored.put();
    // The page that follows says whether it arrived.
    try { sessionStorage.setItem("uketsuke.sent", key); } catch { /* the copy goes at sign-out */ }
  }, true);
  addEventListener("pageshow", () => (leaving = false));
  // Nobody is in front of the page: what was typed goes to the program now, and a copy stays in this browser.
  addEventListener("uketsuke:covered", (event) => {
    if (dirty) stored.put();
    covered = true;
    event.detail.push(Promise.resolve(saving).then(() => save("covering")));
  });
  addEventListener("uketsuke:uncovered", () => {
    covered = false;
    active = Date.now();
    if (dirty) save();
    keep();
  });
  $("#kind").addEventListener("change", () => send("save", "kind"));
  $("#add")?.addEventListener("change", (event) => event.target.value && send("save", "add"));
  offer();
};
