// Shorthands, and the parts of the item page that several modules need.
export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
/** The form of the item page; nothing on the page that shows the paper alone. */
export const form = document.getElementById("item");
export const editable = !!form && "editable" in form.dataset;
export const fields = () => $$("[data-f]", form).filter((el) => !el.matches(":disabled"));

/** Brings a part of the form into view below what sticks to its top; nothing else moves. */
export const reveal = (el) => {
  const body = document.getElementById("work-body");
  const at = el.getBoundingClientRect(), view = body.getBoundingClientRect();
  const top = view.top + (document.getElementById("errors")?.offsetHeight || 0) + 12, bottom = view.bottom - 14;
  if (at.top < top) body.scrollTop -= top - at.top;
  else if (at.bottom > bottom) body.scrollTop += Math.min(at.bottom - bottom, at.top - top);
};

/** The control that an anchor of the page leads to. */
export const control = (id) => {
  if (id === "compare") return $$('[name="compared"]', form).find((box) => box.offsetParent && !box.checked);
  const place = document.getElementById(id);
  return place && (place.matches("input, select, textarea") ? place : $("input:checked, input", place));
};

/** Focus as the keys give it: what is there is selected, so that typing or a word of the page takes its place. */
export const enter = (el) => {
  if (!el) return;
  el.focus({ preventScroll: true });
  if (el.select && el.matches("input:not([type=radio]):not([type=checkbox]), textarea")) el.select();
  reveal(el.closest(".field, .tick, .candidate") || el);
};
