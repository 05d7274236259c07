// Keys and quiet renewal for the lists, and the end of drafts that this browser kept. Every page works without it.
"use strict";

(() => {
  document.documentElement.classList.add("scripted");
  const typing = (el) => el && el.closest("input:not([type=radio]):not([type=checkbox]), textarea, select");
  const plain = (event) => !event.ctrlKey && !event.altKey && !event.metaKey;

  // Who has left the desk leaves no patient on the screen; drafts are saved long before.
  let active = Date.now();
  for (const kind of ["pointerdown", "pointermove", "keydown", "wheel"]) {
    addEventListener(kind, () => (active = Date.now()), { passive: true, capture: true });
  }
  const idle = Number(document.body.dataset.idle) * 1000;
  if (idle) {
    setInterval(() => {
      if (Date.now() - active > idle + 5000) location.href = `/sign-in?done=expired&next=${location.pathname}`;
    }, 5000);
  }

  // What the item page kept in this browser goes when it has arrived, at sign-out, and after a day in any case.
  const drafts = () => Object.keys(localStorage).filter((key) => key.startsWith("uketsuke.draft."));
  try {
    const sent = sessionStorage.getItem("uketsuke.sent");
    sessionStorage.removeItem("uketsuke.sent");
    if (sent && new URLSearchParams(location.search).has("done") && !location.pathname.startsWith("/sign-in")) localStorage.removeItem(sent);
    for (const key of drafts()) {
      const at = JSON.parse(localStorage.getItem(key))?.at;
      if (!(Date.now() - at < 86400000)) localStorage.removeItem(key);
    }
    document.querySelector('form[action="/sign-out"]')?.addEventListener("submit", () => {
      drafts().forEach((key) => localStorage.removeItem(key));
      sessionStorage.clear();
    });
  } catch { /* the browser keeps nothing */ }

  // Rows of the queue.
  const openers = () => [...document.querySelectorAll(".rows .open")];
  const step = (by) => {
    const all = openers();
    if (!all.length) return;
    const at = all.indexOf(document.activeElement);
    all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))].focus();
  };
  document.addEventListener("click", (event) => {
    const row = event.target.closest(".rows tbody tr");
    if (row && !event.target.closest("a, button, input")) row.querySelector(".open").click();
  });

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || !plain(event) || typing(event.target)) return;
    const keys = document.getElementById("keys");
    if (event.key === "?" && keys) {
      keys.togglePopover();
    } else if (openers().length && (event.key === "ArrowDown" || event.key === "j")) {
      step(1);
    } else if (openers().length && (event.key === "ArrowUp" || event.key === "k")) {
      step(-1);
    } else if (event.key === "n" && document.querySelector(".queue #start")) {
      document.getElementById("start").click();
    } else if (event.key === "/" && document.getElementById("search")) {
      document.getElementById("search").focus();
    } else {
      return;
    }
    event.preventDefault();
  });

  // A form is sent once, however often its button is pressed.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 4000);
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((f) => delete f.dataset.sent));

  // Lists renew themselves; the request says whether anybody is there, so that it alone keeps no session alive.
  const live = document.querySelector("[data-live]");
  const renew = async () => {
    const busy = typing(document.activeElement) || document.querySelector("[popover]:popover-open") || document.hidden;
    if (busy) return;
    try {
      const answer = await fetch(location.href, { headers: { "x-uketsuke": Date.now() - active < 60000 ? "used" : "live" }, redirect: "error" });
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      const selector = live.id ? `#${live.id}` : "[data-live]";
      const next = fresh.querySelector(selector);
      const now = document.querySelector(selector);
      if (!next || !now || now.innerHTML === next.innerHTML) return;
      const row = document.activeElement && document.activeElement.closest("tr[id]");
      now.innerHTML = next.innerHTML;
      for (const id of ["nav-waiting"]) {
        const from = fresh.getElementById(id);
        const to = document.getElementById(id);
        if (from && to) to.textContent = from.textContent;
      }
      if (row) document.querySelector(`#${CSS.escape(row.id)} .open`)?.focus();
    } catch { /* the next round tries again */ }
  };
  if (live) setInterval(renew, Number(live.dataset.live) * 1000);
})();
