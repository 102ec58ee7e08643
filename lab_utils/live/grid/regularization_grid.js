// Live figure: a measured grid of weight decay, dropout and data size. Guess the best cell, reveal, then compare cells.

import { announcer, button, choice, element, select, slider } from "../../web/ui.js";
import { curveChart, reliabilityChart } from "./charts.js";
import { gridMap } from "./map.js";
import { MeasuredGrid, same } from "./model.js";
import { numbersTable, pinControl } from "./numbers.js";
import { GridSession } from "./session.js";
import { METRIC_NAMES, checkpointWords, confidenceWords, gapWords, legendWords, nameOf, signWords, verdictWords, whole } from "./words.js";

/** @typedef {import("./model.js").Metric} Metric */
/** @typedef {{element: HTMLElement, show: () => void}} Part */

const ON_MAP = /** @type {Metric[]} */ (["validation_accuracy", "validation_loss", "gap", "test_accuracy", "ece"]);

/**
 * @param {HTMLElement} root
 * @param {any} data as written by regularization_grid.py
 */
export function mount(root, data) {
  const session = new GridSession(new MeasuredGrid(data), data.start);
  const speech = announcer();
  const map = mapSide(session, update);
  const parts = [sizeChoice(session, update), question(session, reveal), map, lookCloser(session, update)];
  const paper = element("div", { class: "lab-grid-paper" });
  paper.innerHTML = data.table; // the same table that a reader without JavaScript sees

  function reveal() {
    session.reveal();
    update();
    map.focus(); // the button that had the focus is gone
    speech.say(verdictWords(session).join(" "));
  }
  function update() {
    root.classList.toggle("lab-revealed", session.isRevealed);
    for (const part of parts) part.show();
  }
  root.append(...parts.map((part) => part.element), paper, speech.element);
  update();
}

/** How many images the network learned from, and how the guesses have done so far. @param {GridSession} session @param {() => void} changed @returns {Part} */
function sizeChoice(session, changed) {
  const sizes = choice({
    label: "Training images",
    options: session.grid.sizes.map((size, i) => ({ value: String(i), label: whole(size) })),
    value: String(session.size),
    onChange: (value) => {
      session.chooseSize(Number(value));
      changed();
    },
  });
  const score = element("p", { class: "lab-note lab-score" });
  return {
    element: element("div", { class: "lab-grid-top lab-controls" }, sizes.element, score),
    show() {
      const { made, right } = session.score;
      score.textContent = made ? `As good as the best: ${right} of ${made} ${made === 1 ? "guess" : "guesses"}` : "";
    },
  };
}

/** Asks for a guess, and says afterwards how it did. @param {GridSession} session @param {() => void} reveal @returns {Part} */
function question(session, reveal) {
  const title = element("p", { class: "lab-title" });
  const words = element("div");
  const open = button({ label: "Reveal", primary: true, onPress: reveal });
  const skip = button({ label: "Reveal without a guess", onPress: reveal });
  const buttons = element("div", { class: "lab-row lab-controls" }, open, skip);
  return {
    element: element("div", { class: "lab-panel lab-question" }, title, words, buttons),
    show() {
      const { isRevealed, guess, grid, size } = session;
      const images = `${whole(grid.sizes[size])} images`;
      title.textContent = isRevealed ? `Measured with ${images}` : `Which cell has the highest validation accuracy with ${images}?`;
      const lines = isRevealed ? verdictWords(session) : [guess
        ? `Your guess: ${nameOf(grid, guess)}.`
        : "Choose a cell of the map below, then reveal what was measured."];
      words.replaceChildren(...lines.map((text) => element("p", { text })));
      buttons.hidden = isRevealed;
      open.disabled = !guess;
      skip.hidden = guess !== null;
    },
  };
}

/** The map, what its colours mean, and the numbers of the cell on view. @param {GridSession} session @param {() => void} changed */
function mapSide(session, changed) {
  const map = gridMap(session, changed);
  const metric = select({
    label: "The map shows",
    options: ON_MAP.map((value) => ({ value, label: METRIC_NAMES[value] })),
    value: session.metric,
    onChange: (value) => {
      session.metric = /** @type {Metric} */ (value);
      changed();
    },
  });
  const legend = element("p", { class: "lab-note" });
  const signs = element("p", { class: "lab-note" });
  const numbers = numbersTable(session), pinning = pinControl(session, changed);
  return {
    element: element("div", { class: "lab-grid-columns" },
      element("div", { class: "lab-after" }, metric.element),
      element("div", {}, map.element, element("div", { class: "lab-after" }, legend, signs, pinning.element)),
      thoughts(session), element("div", { class: "lab-after" }, numbers.element)),
    focus: map.focus,
    show() {
      map.show();
      if (!session.isRevealed) return;
      legend.textContent = legendWords(session) + (session.metric === "gap" ? ` ${gapWords(session)}` : "");
      signs.textContent = signWords(session);
      numbers.show();
      pinning.show();
    },
  };
}

/** What to think about before the guess. @param {GridSession} session */
function thoughts({ grid }) {
  const questions = [
    "Where in the map does the network learn its images by heart, and where can it no longer learn?",
    "Does the best place depend on how many images there are?",
    `How far apart would two cells have to be for ${grid.seeds} seeds to tell?`,
  ];
  return element("div", { class: "lab-before" }, element("p", { class: "lab-title", text: "Before you guess" }),
    element("ul", {}, ...questions.map((text) => element("li", { text }))));
}

/** Curves and calibration of the cell on view. @param {GridSession} session @param {() => void} changed @returns {Part} */
function lookCloser(session, changed) {
  const parts = [curvesSide(session, changed), reliabilitySide(session)];
  return {
    element: element("div", { class: "lab-grid-columns lab-grid-charts lab-after" }, ...parts.map((part) => part.element)),
    show() {
      if (session.isRevealed) for (const part of parts) part.show();
    },
  };
}

/** @param {GridSession} session @param {() => void} changed @returns {Part} */
function curvesSide(session, changed) {
  const { grid } = session;
  const curves = curveChart(session, changed);
  const quantity = choice({
    label: "Curves",
    options: [{ value: "accuracy", label: "Accuracy" }, { value: "loss", label: "Loss" }],
    value: session.quantity,
    onChange: (value) => {
      session.quantity = value === "loss" ? "loss" : "accuracy";
      changed();
    },
  });
  const at = slider({
    label: "Read after", min: 0, max: grid.checkpoints.length - 1, value: session.checkpoint,
    show: (i) => `${whole(grid.checkpoints[i])} updates`,
    onInput: (i) => {
      session.checkpoint = i;
      changed();
    },
  });
  const words = element("p", { class: "lab-reading" });
  const key = curveKey(session);
  return {
    element: element("div", {}, element("div", { class: "lab-controls" }, quantity.element), curves.element, key.element, at.element, words),
    show() {
      at.set(session.checkpoint);
      words.textContent = checkpointWords(session);
      key.show();
      curves.redraw();
    },
  };
}

/** Which line is which. @param {GridSession} session @returns {Part} */
function curveKey(session) {
  const entry = (/** @type {string} */ kind, /** @type {string} */ text) =>
    element("span", { class: "lab-key" }, element("span", { class: `lab-swatch ${kind}` }), text);
  const pinned = entry("lab-swatch-pinned", "pinned cell"), lowest = entry("lab-swatch-lowest", "lowest validation loss");
  const box = element("p", { class: "lab-note lab-keys" }, entry("lab-swatch-train", "training"), entry("lab-swatch-validation", "validation"), pinned, lowest);
  return {
    element: box,
    show() {
      pinned.hidden = !session.pinned || same(session.pinned, session.chosen);
      lowest.hidden = session.quantity !== "loss";
    },
  };
}

/** @param {GridSession} session @returns {Part} */
function reliabilitySide(session) {
  const diagram = reliabilityChart(session);
  const title = element("p", { class: "lab-title" });
  const words = element("p", { class: "lab-reading" });
  const note = element("p", {
    class: "lab-note",
    text: "All seeds together. Orange: claimed but not right, the answers are too sure. Green: right beyond what is claimed. "
      + "Dashed line: perfect calibration. Grey: the share of answers in each bin; bins with fewer than 1 in 1,000 are pale.",
  });
  return {
    element: element("div", {}, title, diagram.element, words, note),
    show() {
      title.textContent = `Calibration of ${nameOf(session.grid, session.chosen)}`;
      words.textContent = confidenceWords(session.grid, session.chosen);
      diagram.redraw();
    },
  };
}
