// What the network answers: a bar per class, and how long the answer took.

import { element, format } from "../../web/ui.js";

const KEPT = 20; // times that the median is taken over

/** Probabilities as bars with their numbers, in the order of the classes. @param {string[]} classes */
export function answerBars(classes) {
  const source = element("p", { class: "lab-note lab-source" });
  const headline = element("p", { class: "lab-headline" });
  const rows = classes.map(answerRow);
  return {
    element: element("div", {}, headline, source, element("ul", { class: "lab-answers" }, ...rows.map((row) => row.element))),
    /** @param {string} text where the picture comes from */
    source(text) {
      source.textContent = text ? `Picture: ${text}` : "Picture: your drawing";
    },
    /** @param {Float64Array} probabilities @returns {number} the likeliest class */
    show(probabilities) {
      const best = probabilities.indexOf(Math.max(...probabilities));
      headline.replaceChildren(element("strong", { text: classes[best] }), ` ${percent(probabilities[best])}`);
      rows.forEach((row, i) => row.show(probabilities[i], i === best));
      return best;
    },
  };
}

/** @param {string} name */
function answerRow(name) {
  const fill = element("span", { class: "lab-answer-fill" });
  const number = element("span", { class: "lab-answer-number" });
  const rail = element("span", { class: "lab-answer-rail" }, fill);
  const row = element("li", {}, element("span", { class: "lab-answer-name", text: name }), rail, number);
  return {
    element: row,
    /** @param {number} probability @param {boolean} best */
    show(probability, best) {
      fill.style.width = `${100 * probability}%`;
      number.textContent = percent(probability);
      row.classList.toggle("lab-best", best);
    },
  };
}

/** @param {number} p */
function percent(p) {
  return `${(100 * p).toFixed(1)} %`;
}

/** Times answers and shows the median of the last ones: a single time jumps about. */
export function answerClock() {
  /** @type {number[]} */
  const times = [];
  const note = element("p", { class: "lab-note lab-clock" });
  /** @param {number} time */
  function add(time) {
    times.push(time);
    if (times.length > KEPT) times.shift();
    const median = [...times].sort((a, b) => a - b)[times.length >> 1];
    note.textContent = `${format(median, 1)} ms per answer (median of the last ${times.length})`;
  }
  return {
    element: note,
    /** The last time in milliseconds. */
    last: () => times[times.length - 1],
    /** @template T @param {() => T} run @returns {T} */
    time(run) {
      const begin = performance.now();
      const result = run();
      add(performance.now() - begin);
      return result;
    },
  };
}
