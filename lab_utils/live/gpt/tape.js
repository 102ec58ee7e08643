// The text as the network reads it, a cell a character: blue where a head looks, orange below by how surprising each one was.

import { element, slider } from "../../web/ui.js";
import { capital, characterAt, headName, lookWords } from "./words.js";
import { visible } from "./text.js";

/** @typedef {import("./session.js").GptSession} GptSession */

const MOST = 6; // nats that fill the bar below a character

/** @param {GptSession} session @param {() => void} changed the place on view */
export function textTape(session, changed) {
  const cells = element("div", { class: "lab-gpt-cells", "aria-hidden": "true" });
  const title = element("p", { class: "lab-title" }), words = element("p", { class: "lab-gpt-looks" });
  const choose = (/** @type {number} */ place) => {
    session.place = place;
    changed();
  };
  const from = slider({ label: "Look from character", min: 1, max: 1, value: 1, show: (v) => `${v} of ${session.tokens.length}`, onInput: (v) => choose(v - 1) });
  cells.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => pick(event));
  cells.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
    if (event.pointerType === "mouse" && event.buttons) pick(event); // a finger that moves scrolls the page
  });
  /** @param {PointerEvent} event */
  function pick(event) {
    const cell = /** @type {Element} */ (event.target).closest("[data-place]");
    if (cell) choose(Number(/** @type {HTMLElement} */ (cell).dataset.place));
  }
  return {
    element: element("div", { class: "lab-gpt-tape" }, title, cells, legend(), from.element, words),
    show() {
      const { tokens, at, layer, head } = session;
      title.textContent = `Where ${headName(layer, head)} looks from ${characterAt(session, at)}`;
      words.textContent = capital(lookWords(session));
      from.range(1, tokens.length);
      from.set(at + 1);
      fillCells(session, cells);
    },
  };
}

/** One element a character, kept as long as the text allows. @param {GptSession} session @param {HTMLElement} box */
function fillCells(session, box) {
  const { tokens, characters, at, now, layer, head } = session;
  const known = /** @type {HTMLElement[]} */ ([...box.children]);
  while (known.length > tokens.length) /** @type {HTMLElement} */ (known.pop()).remove();
  while (known.length < tokens.length) {
    const cell = element("span", { "data-place": known.length });
    box.append(cell);
    known.push(cell);
  }
  const weights = now.attention(layer, head, at);
  const losses = session.losses(now), mine = tokens.length - session.written;
  known.forEach((cell, i) => {
    const character = characters[tokens[i]];
    cell.textContent = visible(character);
    cell.className = [/\s/.test(character) ? "lab-blank" : "", i === at ? "lab-here" : "", i >= mine ? "lab-drawn" : "", i > at ? "lab-later" : ""].join(" ").trim();
    cell.style.setProperty("--look", String(i <= at ? Math.sqrt(weights[i]) : 0));
    cell.style.setProperty("--cost", String(i ? Math.min(1, losses[i - 1] / MOST) : 0));
  });
}

/** What the colours mean. */
function legend() {
  return element("p", { class: "lab-note lab-gpt-legend" },
    element("span", {}, element("i", { class: "lab-gpt-here" }), "looked from (tap any character)"),
    element("span", {}, element("i", { class: "lab-gpt-look" }), "where it looks"),
    element("span", {}, element("i", { class: "lab-gpt-cost" }), `surprise, a full bar is ${MOST} nats`),
    element("span", {}, element("u", { text: "abc" }), " written by the network"));
}
