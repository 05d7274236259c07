// A click on a word of the page puts what stands there into the field in hand, here or on the second screen.
import { form } from "./dom.js";
import { light, scroll } from "./paper.js";
import { picked, show } from "./runs.js";
import { taking } from "./second.js";

const TEXT = "input[data-f], textarea[data-f], select[data-f]";
let untouched = true;

const glue = (before, text, el) => {
  if (!before) return "";
  if (/[\p{L}\p{N}]$/u.test(before) && /^[A-Za-z0-9]/.test(text) && /[A-Za-z0-9]$/.test(before) && el.dataset.type !== "digits") return " ";
  return /_(name|kana)$/.test(el.dataset.f) && !/\s$/.test(before) ? " " : "";
};

const put = (el, run, word, more) => {
  if (el.matches("select")) {
    const named = [...el.options].find((o) => o.value && (word.includes(o.text) || o.text.includes(word)));
    if (!named) return;
    el.value = named.value;
  } else if (untouched && !more) {
    el.value = run;
  } else {
    const text = more ? word : run;
    const at = el.selectionEnd ?? el.value.length, before = el.value.slice(0, el.selectionStart ?? at);
    el.setRangeText(glue(before, text, el) + text, before.length, at, "end");
  }
  el.dispatchEvent(new Event("input", { bubbles: true }));
  untouched = false;
};

export const start = () => {
  form.addEventListener("focusin", (event) => {
    untouched = true;
    scroll.classList.toggle("picking", event.target.matches(TEXT));
  });
  form.addEventListener("input", (event) => {
    if (event.isTrusted) untouched = false;
  });
  const take = ({ run, word, more }) => {
    const el = document.activeElement;
    if (el?.matches(TEXT) && form.contains(el)) put(el, run, word, more);
  };
  scroll.addEventListener("click", (event) => {
    const code = picked(event, take);
    if (code) document.getElementById(`f-${code}`)?.focus();
  });
  taking(take);
  show(() => {
    const el = document.activeElement?.closest("[data-f]");
    if (el && form.contains(el)) light(el.dataset.f, el);
  });
};
