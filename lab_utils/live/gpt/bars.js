// What comes next: the probabilities from which the next character is drawn, before and after heads are switched off.

import { element } from "../../web/ui.js";
import { ranked } from "./sampling.js";
import { called, visible } from "./text.js";
import { cameWords, characterAt, percent } from "./words.js";

/** @typedef {import("./session.js").GptSession} GptSession */

const ROWS = 8;

/** @param {GptSession} session */
export function nextBars(session) {
  const title = element("p", { class: "lab-title" });
  const before = element("th", { scope: "col", text: "all heads" });
  const table = element("table", { class: "lab-gpt-next" },
    element("thead", {}, element("tr", {},
      element("th", { scope: "col" }, element("span", { class: "lab-hidden", text: "character" })),
      element("th", { scope: "col" }, element("span", { class: "lab-hidden", text: "as a bar" })),
      element("th", { scope: "col", text: "now" }), before)));
  const rows = Array.from({ length: ROWS }, () => barRow());
  table.append(element("tbody", {}, ...rows.map((row) => row.element)));
  const rest = element("p", { class: "lab-note" }), came = element("p", { class: "lab-note" });
  return {
    element: element("div", { class: "lab-gpt-answer" }, title, table, rest, came),
    show() {
      const { at, off, base, now, tokens, characters } = session;
      title.textContent = `What comes after ${characterAt(session, at)}?`;
      const p = session.next(now, at), whole = session.next(base, at);
      const order = ranked(Array.from(p, (value, i) => Math.max(value, whole[i])));
      table.classList.toggle("lab-gpt-compared", off.size > 0);
      rows.forEach((row, i) => row.show(characters[order[i]], p[order[i]], whole[order[i]], order[i] === tokens[at + 1]));
      rest.textContent = restWords(session, p, order);
      came.textContent = cameWords(session);
    },
  };
}

/** A character, its two bars, its two numbers. */
function barRow() {
  const name = element("th", { scope: "row" });
  const now = element("span", { class: "lab-gpt-bar" }), whole = element("span", { class: "lab-gpt-bar lab-gpt-whole" });
  const share = element("td"), old = element("td", { class: "lab-gpt-old" });
  const row = element("tr", {}, name, element("td", { class: "lab-gpt-bars" }, now, whole), share, old);
  return {
    element: row,
    /** @param {string | undefined} character @param {number} p @param {number} before @param {boolean} came */
    show(character, p, before, came) {
      row.hidden = character === undefined;
      if (character === undefined) return;
      name.replaceChildren(element("span", { "aria-hidden": "true", text: visible(character) }), element("span", { class: "lab-hidden", text: called(character) + (came ? ", which came" : "") }));
      row.classList.toggle("lab-gpt-came", came);
      row.classList.toggle("lab-gpt-cut", p === 0 && before === 0);
      now.style.setProperty("--p", String(p));
      whole.style.setProperty("--p", String(before));
      share.textContent = percent(p);
      old.textContent = percent(before);
    },
  };
}

/** @param {GptSession} session @param {Float64Array} p @param {number[]} order */
function restWords({ characters, temperature, topK }, p, order) {
  const others = characters.length - ROWS;
  if (temperature === 0) return "Temperature 0: always the likeliest.";
  if (topK < characters.length) return `Only the ${topK === 1 ? "likeliest is" : `${topK} likeliest are`} kept, and share the whole.`;
  const left = order.slice(ROWS).reduce((sum, i) => sum + p[i], 0);
  return others > 0 ? `The other ${others} characters share ${percent(left)}.` : "";
}
