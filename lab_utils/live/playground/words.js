// What the figure shows, in words: the state of the run, the chosen space, the chosen unit.

import { percent, short } from "./curves.js";

/** @typedef {import("./model.js").PlaygroundModel} Model */

/** @param {Model} model */
export function runInWords(model) {
  const held = model.held.y.length ? `, held-out ${short(model.heldLoss)} (${percent(model.heldAccuracy)} right)` : "";
  const trained = model.train.y.length ? `Loss: training ${short(model.loss)} (${percent(model.accuracy)} right)${held}.` : "";
  return `Update ${model.step.toLocaleString("en")}, ${short(Math.floor(model.epochs))} passes. ${trained}`;
}

/** What is wrong, or worth knowing; empty where nothing is. @param {Model} model */
export function warningInWords(model) {
  const { s, train, diverged } = model;
  if (diverged) return `The run diverged. ${diverged} The picture shows the weights before it. Choose a learning rate smaller than ${short(s.lr)} and press Reset.`;
  if (train.y.length === 0) return "No points yet: place some of each class on the input space, then press Run.";
  if (train.y.every((v) => v === train.y[0])) return `All points are of class ${train.y[0]}: there is nothing to separate, and a straight cut cannot be fitted.`;
  if (model.loss > 20) return `The loss is ${short(model.loss)}, far worse than guessing (0.693): the learning rate ${short(s.lr)} is too large here.`;
  return "";
}

/** ReLU units that never answer. @param {Model} model */
export function deadInWords(model) {
  const { widths } = model.s;
  if (model.s.activation !== "relu" || !widths.length || !model.train.y.length) return "";
  const counts = widths.map((_, l) => model.deadUnits(l + 1).length), total = counts.reduce((a, b) => a + b, 0);
  if (!total) return "";
  const cut = counts.findIndex((dead, l) => dead === widths[l]);
  const end = cut >= 0 ? ` Layer ${cut + 1} is dead as a whole: no gradient reaches the layers before it, and every training point gets the same answer.` : "";
  return `Crossed out: ${total} of ${widths.reduce((a, b) => a + b, 0)} hidden units ${total === 1 ? "is" : "are"} zero on every training point.${end}`;
}

/** What the right panel shows and how it was made flat. @param {Model} model @param {import("./spaces.js").Spaces} spaces */
export function spaceInWords(model, spaces) {
  if (!Number.isInteger(spaces.at)) return "On the way from one space to the next: each point moves in a straight line.";
  const l = spaces.at, width = model.net.widths[l], share = spaces.camera(l).share;
  const view = model.s.view;
  /** @type {Record<string, string>} */
  const shown = {
    input: "The input plane itself.",
    line: "One unit: its value across; upwards still the input's x₂, to tell the points apart.",
    plane: "Two units, as they are: nothing is left out.",
    pca: `${width} units, seen on the plane of their two leading principal components (${percent(share)} of the variance), turned to stay still.`,
    cut: "Across: distance from the best straight cut. Up: the direction of most variance beside it.",
    units: `${width} units; shown are units ${view[0]} and ${view[1]} as they are.`,
  };
  return `${shown[spaces.kind(l)]}${cutInWords(model, spaces, l)}`;
}

/** @param {Model} model @param {import("./spaces.js").Spaces} spaces @param {number} l */
function cutInWords(model, spaces, l) {
  if (!spaces.cuts[l]) return "";
  const held = model.held.y.length ? `, ${percent(spaces.heldAccuracies[l])} of the held-out ones` : "";
  const line = spaces.line() ? "Dashed: the best straight cut" : "The best straight cut, not a line on this plane,";
  return ` ${line} gets ${percent(spaces.accuracies[l])} of the training points right${held}.`;
}

/** The title of the left panel. @param {{layer: number, index: number} | null} unit @param {number} last number of the output layer */
export function inputTitle(unit, last) {
  if (!unit || unit.layer === last) return "Input space";
  return unit.layer === 0 ? `Input x${"₁₂"[unit.index]}` : `Layer ${unit.layer}, unit ${unit.index + 1} over the input space`;
}

/** The title of the right panel. @param {number} at */
export function spaceTitle(at) {
  if (!Number.isInteger(at)) return "Between two spaces";
  return at ? `Hidden space: layer ${at}` : "Input space";
}

/** What a unit computes, its weights included. @param {Model} model @param {{layer: number, index: number} | null} unit */
export function unitInWords(model, unit) {
  const { net, all, s } = model;
  if (!unit || unit.layer === 0) return "";
  const { inputs, weight, bias } = net.layers[unit.layer - 1], last = unit.layer === net.layers.length;
  const terms = Array.from({ length: inputs }, (_, i) => `${short(net.params[weight + unit.index * inputs + i])}·${unit.layer === 1 ? `x${"₁₂"[i]}` : `h${i + 1}`}`);
  const sum = [...terms, short(net.params[bias + unit.index])].join(" + ").replaceAll("+ −", "− ");
  if (last) return `Output: logit = ${sum}`;
  const h = all.h[unit.layer], width = net.widths[unit.layer];
  let active = 0;
  for (let n = 0; n < all.count; n++) active += h[n * width + unit.index] > 0 ? 1 : 0;
  const share = all.count ? ` Above zero on ${percent(active / all.count)} of the training points.` : "";
  return `Layer ${unit.layer}, unit ${unit.index + 1}: ${s.activation}(${sum}).${share}`;
}
