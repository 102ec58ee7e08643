// What the pages need beyond the theme: printing, labels, and a search that also works from a folder.

/** The header's buttons name their action, because the security policy forbids inline handlers. */
const ACTIONS = { "download-pdf-button": () => window.print() };

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-book-action]");
  if (button) ACTIONS[button.dataset.bookAction]?.();
});

// On paper nothing can be opened and nothing glows: open every folded part and take the light colours, then put both back.
let closed = [];
let theme = "";
window.addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  closed.forEach((details) => { details.open = true; });
  theme = document.documentElement.dataset.theme;
  document.documentElement.dataset.theme = "light";
});
window.addEventListener("afterprint", () => {
  closed.forEach((details) => { details.open = false; });
  closed = [];
  document.documentElement.dataset.theme = theme;
});

// From a folder (file://) a page may not read other pages, so search lists titles without their excerpts.
if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS !== "undefined") {
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}

// Controls are called by what is written on them, not by the general names that the theme gives them.
const NAMED_BY_THEIR_TEXT = "details.hide > summary[aria-label], .search-button-field[aria-label]";

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(NAMED_BY_THEIR_TEXT).forEach((control) => control.removeAttribute("aria-label"));
});
