// Shorthands, and the parts of the item page that several modules need.
export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
/** The form of the item page; nothing on the page that shows the paper alone. */
export const form = document.getElementById("item");
export const editable = !!form && "editable" in form.dataset;
export const fields = () => $$("[data-f]", form).filter((el) => !el.matches(":disabled"));

/** Brings a part of the form into view below what sticks to its top, with what of the paper stands above it; nothing else moves. */
export const reveal = (el) => {
  const body = document.getElementById("work-body"), errors = document.getElementById("errors");
  // The notice at the top sticks, or moves along: where it stands is only known after moving.
  for (let round = 0; round < 2; round++) {
    const over = $(".loupe:not(.under)", el) || el;
    const top = upper(body, errors) + 12, bottom = body.getBoundingClientRect().bottom - 14;
    const head = over.getBoundingClientRect().top, foot = el.getBoundingClientRect().bottom;
    if (head < top) body.scrollTop -= top - head;
    else if (foot > bottom) body.scrollTop += Math.min(foot - bottom, head - top);
  }
};
const upper = (body, errors) => Math.max(body.getBoundingClientRect().top, errors?.getBoundingClientRect().bottom || 0);
/** Whether something stands partly above what can be seen of the form. */
export const cutOff = (el) => el.getBoundingClientRect().top < upper(document.getElementById("work-body"), document.getElementById("errors"));

/** The control that an anchor of the page leads to. */
export const control = (id) => {
  if (id === "compare") return $$('[name="compared"]', form).find((box) => box.offsetParent && !box.checked);
  const place = document.getElementById(id);
  return place && (place.matches("input, select, textarea, button, a") ? place : $("input:checked, input", place));
};

/** Focus as the keys give it: what is there is selected, so that typing or a word of the page takes its place. */
export const enter = (el) => {
  if (!el) return;
  el.focus({ preventScroll: true });
  if (el.select && el.matches("input:not([type=radio]):not([type=checkbox]), textarea")) el.select();
  reveal(el.closest(".field, .tick, .candidate") || el);
};
