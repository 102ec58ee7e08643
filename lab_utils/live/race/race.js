// Live figure: an optimizer race. Paths over a surface, loss against steps, and the sweep of rates that puts one race in its place.

import { announcer, element, onFrame } from "../../web/ui.js";
import { lossChart } from "./charts.js";
import { entryBoxes, resultTable } from "./entries.js";
import { raceMap } from "./map.js";
import { counted } from "./marks.js";
import { RaceModel } from "./model.js";
import { ratePanel } from "./ratesweep.js";
import { betList, raceSettings } from "./settings.js";
import { makeTransport } from "./transport.js";

/**
 * @param {HTMLElement} root
 * @param {import("./model.js").RaceData} data
 */
export function mount(root, data) {
  const model = new RaceModel(data);
  const speech = announcer();
  const words = element("p", { class: "lab-race-verdict" }), note = element("p", { class: "lab-note lab-race-note" });
  const map = raceMap(model, changed), chart = lossChart(model), table = resultTable(model, changed);
  const rates = ratePanel(model, { taken: changed, swept: (work) => tell(root, "lab:sweep", { ...work, outcomes: model.swept }) });
  const settings = raceSettings(model, changed, () => {
    transport.stop(); // another surface starts from the beginning
    changed();
  });
  const transport = makeTransport(model, refresh), bet = betList(model, refresh);

  /** What the step shown changes. */
  const draw = onFrame(() => {
    for (const part of [map, chart]) part.redraw();
    for (const part of [table, transport, bet]) part.show();
    words.textContent = model.verdict || standingWords(model);
    if (model.verdict) speech.say(model.verdict);
  });
  function refresh() {
    draw();
  }

  /** After a change of what is raced: the paths are new, the step shown stays. */
  function changed() {
    for (const part of [settings, rates]) part.show();
    note.textContent = surfaceNote(model);
    tell(root, "lab:answer", { surface: model.land, start: model.start, gap: model.conditions.gap, runs: model.runs, noise: model.noise });
    refresh();
  }

  root.append(
    settings.element, entryBoxes(model, changed), map.element, note,
    element("div", { class: "lab-race-transport lab-controls" }, bet.element, ...transport.parts), words, table.element,
    element("div", { class: "lab-race-charts" }, chart.element, rates.chart), rates.buttons,
    rates.list, moral(), speech.element,
  );
  changed();
}

/** @param {HTMLElement} root @param {string} type @param {any} detail */
function tell(root, type, detail) {
  root.dispatchEvent(new CustomEvent(type, { bubbles: true, detail }));
}

/** @param {RaceModel} model where the race stands before its end */
function standingWords(model) {
  if (!model.shown) return "Predict, then run: the paths are computed with torch.optim’s own rules.";
  const there = model.racing.filter((name) => model.standing(name).arrived !== null).length;
  return `Step ${counted(model.shown)}: ${there} of ${model.racing.length} at the target.`;
}

const LINES = "Lines join points of equal loss above the lowest (1, 2, 5, 10, …); the green cross-hair marks the lowest. Drag the start, or move it with the arrow keys.";
const TURN = "AdaGrad, RMSProp and Adam scale x and y apart, which a valley along an axis suits: turn it, and see whose steps change.";

/** What is drawn, and how exactly it is known. @param {RaceModel} model */
function surfaceNote(model) {
  const { land, slice } = model;
  const twins = model.conditions.weightDecay === 0 && ["adam", "adamw"].every((name) => model.runs.has(/** @type {any} */ (name)));
  const shared = LINES + (twins ? " Without weight decay AdamW is Adam: their paths coincide." : "");
  if (land.name === "bowl") return `Loss = ${land.formula}${model.shape.turn ? `, u and v being x and y turned by ${model.shape.turn}°` : ""}. ${shared} ${TURN}`;
  if (land.name !== "slice" || !slice) return `Loss = ${land.formula}. ${shared}`;
  return `Measured losses of a network at the points of a grid, joined smoothly (cubic convolution), and the slope of that surface: two directions out of the network’s many. The trained weights are at (0, 0). ${shared}`;
}

/** Why one race says little. */
function moral() {
  const text = "“Steps to target” is the first step from which the loss stays within the target for ten steps, at most 2,000. One race ranks the optimizers at one rate on one surface from one start: move a rate and the order may turn. Compare the curves over all rates instead, and note how wide each one’s range of working rates is; a low point between high neighbours is the luck of that start. And a surface of two parameters is no network: see the chapter’s measurements.";
  return element("p", { class: "lab-note", text });
}
