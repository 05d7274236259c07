// Searching the masters without leaving the page. Nothing is chosen here.
import { $, $$, enter, form } from "./dom.js";
import { complain, post } from "./draft.js";

export const find = async (name) => {
  const box = form.elements[`find_${name}`];
  if (!box.value.trim()) return;
  const chosen = $(`[name="${name}"]:checked`, form)?.value;
  const ticked = $$('[name="compared"]:checked', form).map((tick) => tick.value);
  const body = new URLSearchParams({ csrf: form.elements.csrf.value, which: name, text: box.value });
  const answer = await post("find", body).catch(() => null);
  if (!answer) return;
  if (!answer.ok) return complain(await answer.text(), answer.status);
  const list = $(`[data-list="${name}"]`, form);
  list.innerHTML = await answer.text();
  const outside = $$(`[name="${name}"]`, form).find((radio) => radio.value === chosen && !list.contains(radio));
  for (const radio of $$(`[name="${name}"]`, list)) {
    if (radio.value !== chosen) continue;
    if (outside) radio.closest(".choice").remove();
    else radio.checked = true;
  }
  if (outside) outside.checked = true;
  for (const tick of $$('[name="compared"]', list)) tick.checked = ticked.includes(tick.value);
  number(list.closest("[data-chooser]"));
  enter($(`[name="${name}"]`, list) || box);
};

// The digits are those of what can be seen: what was chosen before and what was found would each begin with 1.
const number = (chooser) => {
  const found = $$('.choice input[type="radio"]', chooser);
  found.forEach((radio, at) => {
    radio.dataset.key = at < 9 ? at + 1 : 10;
    const place = $(".edge", radio.closest(".candidate"));
    $("kbd", place)?.remove();
    if (at > 8) return;
    const key = document.createElement("kbd");
    key.title = `Alt+${at + 1}`;
    key.textContent = at + 1;
    place.prepend(key);
  });
};

export const start = () => {
  $$("[data-find-button]", form).forEach((button) => button.addEventListener("click", (event) => {
    event.preventDefault();
    find(button.dataset.findButton);
  }));
};
