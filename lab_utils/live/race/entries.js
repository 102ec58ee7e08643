// Who races: a box to tick for each optimizer, and a table with its rate and its result.

import { element, slider } from "../../web/ui.js";
import { LOOKS, NAMES, compact, counted, swatch } from "./marks.js";
import { LIMIT, RATES } from "./racing.js";

/** @typedef {import("./model.js").RaceModel} RaceModel */
/** @typedef {import("./model.js").RacerName} RacerName */

/** A box with its look for each optimizer. @param {RaceModel} model @param {() => void} changed */
export function entryBoxes(model, changed) {
  const group = element("fieldset", { class: "lab-race-boxes lab-controls" }, element("legend", { text: "Who races" }));
  for (const name of NAMES) {
    const input = element("input", { type: "checkbox" });
    input.checked = model.racing.includes(name);
    input.addEventListener("change", () => {
      model.enter(name, input.checked);
      changed();
    });
    group.append(element("label", { class: "lab-check" }, input, swatch(LOOKS[name]), element("span", { text: LOOKS[name].label })));
  }
  return group;
}

/** The result of one racer in words. @param {ReturnType<RaceModel["standing"]>} standing @param {boolean} begun */
export function resultWords({ step, arrived, left, end }, begun) {
  if (end === "diverged") return `diverged at step ${counted(step)}`;
  if (arrived !== null) return `${counted(arrived)}${left ? ", then off again" : ""}`;
  if (end === "left") return `left the measured area at step ${counted(step)}`;
  if (step === LIMIT) return `not in ${counted(LIMIT)}`;
  return begun ? "on the way" : "–";
}

/** The table; its rows are made once for each racer, so that a slider keeps the focus while it moves. @param {RaceModel} model @param {() => void} changed */
export function resultTable(model, changed) {
  const rows = new Map(NAMES.map((name) => [name, entryRow(model, name, changed)]));
  const body = element("tbody");
  const heads = ["Optimizer", "Learning rate", "Steps to target", "Loss above lowest"].map((text) => element("th", { scope: "col", text }));
  let order = "";
  return {
    element: element("table", { class: "lab-race-table" }, element("thead", {}, element("tr", {}, ...heads)), body),
    show() {
      if (order !== model.racing.join()) body.replaceChildren(...model.racing.map((name) => rows.get(name)?.element));
      order = model.racing.join();
      for (const name of model.racing) rows.get(name)?.show();
    },
  };
}

/** @param {RaceModel} model @param {RacerName} name @param {() => void} changed */
function entryRow(model, name, changed) {
  const look = LOOKS[name];
  const steps = element("td", { class: "lab-race-steps" }), loss = element("td", { class: "lab-race-loss" });
  const rate = slider({
    label: "Rate", min: Math.log10(RATES[0]), max: Math.log10(RATES[RATES.length - 1]), step: 0.025, value: Math.log10(model.rates[name]),
    show: () => compact(model.rates[name]),
    onInput(power) {
      model.setRate(name, Number((10 ** power).toPrecision(3)));
      changed();
    },
  });
  rate.input.setAttribute("aria-label", `Rate of ${look.label}`);
  const head = element("th", { scope: "row" }, element("span", { class: "lab-race-name" }, swatch(look), element("span", { text: look.label })));
  return {
    element: element("tr", {}, head, element("td", { class: "lab-race-rate" }, rate.element), steps, loss),
    show() {
      const standing = model.standing(name);
      rate.set(Math.log10(model.rates[name]));
      write(steps, resultWords(standing, model.shown > 0));
      write(loss, compact(standing.gap));
      steps.classList.toggle("lab-race-won", standing.arrived !== null && model.over && model.winners.includes(name));
      steps.classList.toggle("lab-race-out", standing.end !== "");
    },
  };
}

/** Writing the same text again would still cost the page a layout. @param {HTMLElement} node @param {string} text */
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
