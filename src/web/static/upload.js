// Files go up one request each, a few at a time, each with its own bar and its own answer. Nothing is stored in the browser.
"use strict";

(() => {
  const main = document.getElementById("main");
  const list = document.getElementById("uploads");
  const said = document.getElementById("said");
  const drop = document.getElementById("drop");
  const picker = document.getElementById("files");
  const { once, csrf, most } = main.dataset;
  const AT_ONCE = 2;
  const waiting = [];
  let running = 0;
  let count = 0;
  let open = 0;

  const make = (tag, name, text) => {
    const element = document.createElement(tag);
    if (name) element.className = name;
    if (text) element.textContent = text;
    return element;
  };
  const size = (n) => (n < 1024 ? `${n} B` : n < 1048576 ? `${(n / 1024).toFixed(1)} KB` : `${(n / 1048576).toFixed(1)} MB`);

  const say = (entry, tone, text) => {
    entry.row.dataset.state = tone;
    entry.words.textContent = text;
    said.textContent = `${entry.file.name}：${text}`;
  };
  const clear = (entry) => entry.actions.replaceChildren();
  const link = (entry, id, words) => {
    const a = make("a", "", words);
    a.href = `/deliveries/${encodeURIComponent(id)}`;
    entry.actions.append(a);
  };
  const again = (entry, words, anyway) => {
    const button = make("button", "", words);
    button.type = "button";
    button.setAttribute("aria-label", `${entry.file.name}：${words}`);
    button.addEventListener("click", () => {
      entry.anyway = entry.anyway || anyway;
      clear(entry);
      queue(entry);
    });
    entry.actions.append(button);
  };

  const answered = (entry, status, answer) => {
    clear(entry);
    if (status === 201 || status === 200) {
      entry.bar.value = 1;
      say(entry, "good", "受け付けました。読み取りが終わると確認待ちに並びます。");
      link(entry, answer.id, "受信の記録");
    } else if (status === 409) {
      say(entry, "warn", `${answer.message}`);
      link(entry, answer.id, "前の受信を見る");
      again(entry, "それでも受け付ける", true);
    } else {
      say(entry, "bad", answer.message || "送れませんでした。");
      if (status === 401) {
        const a = make("a", "", "サインインする");
        a.href = "/sign-in?next=/upload";
        entry.actions.append(a);
      } else if (status === 503 || status === 507 || status === 0) {
        again(entry, "もう一度送る", false);
      }
    }
  };

  const send = (entry) => {
    running += 1;
    const request = new XMLHttpRequest();
    request.open("POST", "/upload");
    request.setRequestHeader("x-uketsuke", "used");
    request.setRequestHeader("x-csrf", csrf);
    request.setRequestHeader("x-once", entry.key);
    request.setRequestHeader("x-file-name", encodeURIComponent(entry.file.name));
    if (entry.anyway) request.setRequestHeader("x-again", "1");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable && event.total) entry.bar.value = event.loaded / event.total;
      entry.words.textContent = event.loaded < event.total ? `送信中 ${Math.floor((event.loaded / event.total) * 100)}%` : "保存しています…";
    });
    request.addEventListener("loadend", () => {
      running -= 1;
      open -= 1;
      let answer = {};
      try {
        answer = JSON.parse(request.responseText);
      } catch { /* the status says enough */ }
      if (request.status === 0) answer = { message: "通信が切れました。もう一度送ってください。" };
      answered(entry, request.status, answer);
      next();
    });
    say(entry, "", "送信中");
    request.send(entry.file);
  };
  const next = () => {
    while (running < AT_ONCE && waiting.length) send(waiting.shift());
  };
  const queue = (entry) => {
    open += 1;
    entry.bar.value = 0;
    say(entry, "", "順番を待っています");
    waiting.push(entry);
    next();
  };

  const add = (file) => {
    count += 1;
    const row = make("li", "upload");
    const name = make("span", "name", file.name);
    const bar = make("progress");
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", `${file.name} の進み具合`);
    const words = make("span", "words");
    const actions = make("span", "row");
    row.append(name, make("span", "quiet num", size(file.size)), bar, words, actions);
    list.append(row);
    const entry = { file, row, bar, words, actions, key: `${once}-${count}`, anyway: false };
    if (file.size === 0) {
      say(entry, "bad", "ファイルが空（0バイト）です。中身のあるファイルを選んでください。");
    } else if (file.size > Number(most)) {
      say(entry, "bad", `ファイルが大きすぎます（${Math.floor(Number(most) / 1048576)} MBまで）。分けるか、画質を下げてください。`);
    } else {
      queue(entry);
    }
  };

  picker.addEventListener("change", () => {
    [...picker.files].forEach(add);
    picker.value = "";
  });

  // Anywhere on the page, so that a file that misses does not replace the page.
  const over = (on) => drop.classList.toggle("over", on);
  addEventListener("dragover", (event) => {
    event.preventDefault();
    over(true);
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) over(false);
  });
  addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    for (const item of event.dataTransfer.items || []) {
      const entry = item.webkitGetAsEntry && item.webkitGetAsEntry();
      if (entry && entry.isDirectory) {
        said.textContent = "フォルダは送れません。中のファイルを選んでください。";
        continue;
      }
      const file = item.kind === "file" && item.getAsFile();
      if (file) add(file);
    }
  });
  addEventListener("beforeunload", (event) => {
    if (open > 0) event.preventDefault();
  });
})();
