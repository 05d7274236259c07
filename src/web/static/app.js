// Keys and quiet renewal for the lists, and the end of drafts that this browser kept. Every page works without it.
"use strict";

(() => {
  document.documentElement.classList.add("scripted");
  const typing = (el) => el && el.closest("input:not([type=radio]):not([type=checkbox]), textarea, select");
  const plain = (event) => !event.ctrlKey && !event.altKey && !event.metaKey;

  // Who has left the desk leaves no patient on the screen: the page is covered, stays as it is underneath, and the program
  // gives nothing to this browser until the password was given again. What was typed is sent before, as far as it can be.
  let active = Date.now();
  const tabs = "BroadcastChannel" in window ? new BroadcastChannel("uketsuke") : null;
  const cover = document.getElementById("cover");
  const covered = () => !!cover && !cover.hidden;
  let told = 0;
  for (const kind of ["pointerdown", "pointermove", "keydown", "wheel"]) {
    addEventListener(kind, () => {
      if (covered()) return;
      active = Date.now();
      if (active - told > 5000) {
        told = active;
        tabs?.postMessage("active");
      }
    }, { passive: true, capture: true });
  }
  if (cover) {
    const form = cover.querySelector("form"), password = document.getElementById("cover-password");
    const words = document.getElementById("cover-words"), out = document.getElementById("cover-out");
    const title = document.title;
    const ask = (path, body) => fetch(path, { method: "POST", body: new URLSearchParams(body), headers: { "x-uketsuke": "quiet" }, redirect: "error" });
    const csrf = form.elements.csrf.value;
    const close = async (tell) => {
      if (covered()) return;
      document.querySelectorAll("[popover]:popover-open").forEach((box) => box.hidePopover());
      cover.hidden = false;
      document.body.classList.add("covered");
      document.title = "ロック中｜受付";
      for (const part of document.body.children) if (part !== cover) part.inert = true;
      out.href = `/sign-in?next=${location.pathname}`;
      words.textContent = "";
      password.value = "";
      password.focus();
      // Drafts are on their way before the program closes this browser's door.
      const wait = [];
      dispatchEvent(new CustomEvent("uketsuke:covered", { detail: wait }));
      await Promise.race([Promise.allSettled(wait), new Promise((done) => setTimeout(done, 3000))]);
      if (tell) {
        tabs?.postMessage("covered");
        await ask("/lock", { csrf }).catch(() => { /* it locks by itself when the time is over */ });
      }
    };
    const open = () => {
      if (!covered()) return;
      cover.hidden = true;
      document.body.classList.remove("covered");
      document.title = title;
      for (const part of document.body.children) part.inert = false;
      active = Date.now();
      dispatchEvent(new Event("uketsuke:uncovered"));
    };
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      words.textContent = "";
      try {
        const answer = await ask("/unlock", { csrf, password: password.value });
        password.value = "";
        if (answer.ok) {
          open();
          tabs?.postMessage("uncovered");
        } else if (answer.status === 401) {
          words.textContent = "サインインの時間が終わりました。「サインインし直す」を押してください。入力した内容はこのブラウザに控えてあり、同じ文書を開くと戻せます。";
          out.focus();
        } else {
          words.textContent = await answer.text();
          password.focus();
        }
      } catch {
        words.textContent = "サーバーにつながりません。少し待ってからやり直してください。";
      }
    });
    // No key reaches the page underneath.
    addEventListener("keydown", (event) => covered() && event.stopImmediatePropagation(), { capture: true });
    document.getElementById("lock")?.addEventListener("click", () => close(true));
    tabs?.addEventListener("message", (event) => {
      if (event.data === "active") active = Date.now();
      else if (event.data === "covered") close(false);
      else if (event.data === "uncovered") open();
    });
    setInterval(() => {
      const idle = Number(document.body.dataset.idle) * 1000;
      if (idle && Date.now() - active > idle) close(true);
    }, 1000);
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

  // g, and a letter soon after it: the way to another page, where the list of keys has it.
  const way = (key) => document.querySelector(`#keys [data-go="${CSS.escape(key)}"]`)?.dataset.to;
  let going = 0;
  document.addEventListener("keydown", (event) => {
    if (covered() || event.defaultPrevented || event.isComposing || !plain(event) || typing(event.target)) return;
    const keys = document.getElementById("keys");
    const gone = Date.now() - going < 1500;
    going = 0;
    if (gone && way(event.key)) {
      location.href = way(event.key);
    } else if (event.key === "g" && document.querySelector("#keys [data-go]")) {
      going = Date.now();
    } else if (event.key === "?" && keys) {
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
    const busy = covered() || (!parted && typing(document.activeElement)) || document.querySelector("[popover]:popover-open") || document.hidden;
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
