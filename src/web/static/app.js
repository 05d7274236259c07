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
    } else if (event.key === "x" && document.activeElement?.closest(".rows tbody tr")?.querySelector("[name=tick]")) {
      document.activeElement.closest("tr").querySelector("[name=tick]").click();
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

  // Rows ticked for several at once.
  const ticks = () => [...document.querySelectorAll("[name=tick]")];
  const tell = () => {
    const said = document.getElementById("ticked");
    if (!said) return;
    const on = ticks().filter((tick) => tick.checked).length;
    said.textContent = `${on}件を選択`;
    const all = document.getElementById("tick-all");
    all.checked = on > 0 && on === ticks().length;
    all.indeterminate = on > 0 && !all.checked;
  };
  document.addEventListener("change", (event) => {
    if (event.target.id === "tick-all") ticks().forEach((tick) => (tick.checked = event.target.checked));
    if (event.target.id === "tick-all" || event.target.name === "tick") tell();
  });
  document.getElementById("print")?.addEventListener("click", () => print());

  // Lists renew themselves; the request says whether anybody is there, so that it alone keeps no session alive.
  // Only what differs is replaced; focus, ticks and scroll stay where they are.
  const live = document.querySelector("[data-live]");
  const place = (el) => {
    const row = el?.closest("tr[id]");
    if (row) return `#${CSS.escape(row.id)} ${el.matches("[name=tick]") ? "[name=tick]" : ".open"}`;
    const href = el?.closest("[data-part]") && el.getAttribute("href");
    return href ? `[data-part] a[href="${CSS.escape(href)}"]` : null;
  };
  const put = (now, next) => {
    if (now.innerHTML === next.innerHTML) return;
    const focus = now.contains(document.activeElement) ? place(document.activeElement) : null;
    const on = new Map(ticks().filter((tick) => tick.checked).map((tick) => [tick.closest("tr").id, tick.value]));
    const [x, y] = [scrollX, scrollY];
    now.innerHTML = next.innerHTML;
    // A document that changed since it was ticked is ticked no more: what was seen is not what stands there.
    for (const tick of ticks()) tick.checked ||= on.get(tick.closest("tr").id) === tick.value;
    if (focus) document.querySelector(focus)?.focus({ preventScroll: true });
    scrollTo(x, y);
    tell();
  };
  let renewing = false;
  const renew = async () => {
    const parted = live.querySelector("[data-part]");
    const busy = (!parted && typing(document.activeElement)) || document.querySelector("[popover]:popover-open") || document.hidden;
    if (busy || renewing) return;
    renewing = true;
    try {
      const answer = await fetch(location.href, { headers: { "x-uketsuke": Date.now() - active < 60000 ? "used" : "live" }, redirect: "error" });
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!parted) {
        const selector = live.id ? `#${live.id}` : "[data-live]";
        const [now, next] = [document.querySelector(selector), fresh.querySelector(selector)];
        if (now && next) put(now, next);
      } else if (!fresh.getElementById("several") !== !document.getElementById("several")) {
        // The list became empty, or is not empty any more: its tools come or go with it.
        if (!typing(document.activeElement)) put(document.getElementById("main"), fresh.getElementById("main"));
      }
      for (const now of parted ? live.querySelectorAll("[data-part]") : []) {
        const next = fresh.querySelector(`[data-part="${now.dataset.part}"]`);
        if (next) put(now, next);
      }
      const [from, to] = [fresh.getElementById("nav-waiting"), document.getElementById("nav-waiting")];
      if (from && to) to.textContent = from.textContent;
    } catch { /* the next round tries again */ } finally {
      renewing = false;
    }
  };
  if (live) {
    let timer = null;
    const poll = (on) => {
      clearInterval(timer);
      // With events, a slow look stays: what is still arriving is no event.
      timer = setInterval(renew, Number(live.dataset.live) * (on ? 1000 : 3000));
    };
    poll(true);
    addEventListener("visibilitychange", () => document.hidden || renew());
    if (live.dataset.events && "EventSource" in window) {
      const events = new EventSource(live.dataset.events);
      events.addEventListener("open", () => poll(false));
      events.addEventListener("error", () => poll(true));
      events.addEventListener("start", renew);
      events.addEventListener("change", renew);
      addEventListener("pagehide", () => events.close());
      addEventListener("pageshow", (event) => event.persisted && location.reload());
    }
  }
})();
