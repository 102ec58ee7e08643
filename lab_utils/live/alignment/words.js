// What the run shows, in words.

import { LOOKS, degrees, percent } from "./looks.js";

/** @typedef {import("./model.js").AlignmentModel} AlignmentModel */

/** Where the run stands. @param {AlignmentModel} model */
export function runWords(model) {
  const { step, epochs, now: { readings } } = model;
  if (!step) return "Before the first update: equal weights for all four. Predict which of them will learn, then run.";
  const right = [`backpropagation ${percent(readings.backprop.accuracy)}`, `feedback alignment ${percent(readings.feedback.accuracy)}`, `direct ${percent(readings.direct.accuracy)}`, `output layer only ${percent(readings.readout.accuracy)}`];
  return `Update ${step.toLocaleString("en")}, ${epochs.toFixed(1)} passes. Held-out digits right: ${right.join(", ")}.`;
}

/** What the angles say. @param {AlignmentModel} model */
export function angleWords(model) {
  const { s, now: { readings: { feedback } } } = model, first = model.rows[0].readings.feedback.weight;
  const start = s.angle, top = feedback.weight.length - 1;
  if (!model.step) return startWords(start);
  const turned = feedback.weight[top] < first[top] - 2;
  const weights = `Under feedback alignment the output weights ${turned ? `have turned from ${degrees(first[top])} to` : "lie at"} ${degrees(feedback.weight[top])} from feedback that nobody changed`;
  const uphill = feedback.update.flatMap((angle, i) => (angle > 90 ? [i + 1] : []));
  if (uphill.length) return `${weights}. In hidden layer ${uphill.join(" and ")} the update still points uphill, more than 90° from the gradient.`;
  const known = feedback.update.filter(Number.isFinite);
  return known.length ? `${weights}; every hidden update lies within ${degrees(Math.max(...known))} of the gradient, so it goes downhill.` : `${weights}; its hidden layers get no update any more.`;
}

/** @param {number} angle at which the feedback starts */
function startWords(angle) {
  if (angle === 0) return "The feedback starts as the weights themselves (under “direct”, as their product), and then stays while they change.";
  if (angle === 90) return "The feedback starts square to the weights, as random feedback nearly is: it knows nothing of them.";
  if (angle < 90) return `The feedback starts at ${angle}°: it agrees with the weights in part.`;
  return `The feedback starts at ${angle}°: it opposes the weights, and the first updates of some layers go uphill.`;
}

/** What is wrong; empty where nothing is. @param {AlignmentModel} model */
export function warningWords(model) {
  const { learners, s, now: { readings }, data: { classes } } = model, guess = Math.log(classes);
  const names = (/** @type {import("./learners.js").Learner[]} */ some) => some.map(({ kind }) => LOOKS[kind].short).join(", ");
  const lost = learners.filter((learner) => learner.diverged), poor = learners.filter(({ kind }) => readings[kind].loss > 2 * guess);
  if (lost.length) return `The learning rate ${s.lr} is too large here: ${names(lost)} ${lost[0].diverged}. The weights before it are kept; choose a smaller rate and press Reset.`;
  if (poor.length) return `The learning rate ${s.lr} is too large here: the loss of ${names(poor)} is ${readings[poor[0].kind].loss.toFixed(1)}, far worse than guessing (${guess.toFixed(2)}).`;
  return "";
}

/** What the matrices are. @param {AlignmentModel} model @param {import("./protractor.js").AlignmentLook} look */
export function matrixWords(model, { kind, layer }) {
  const { depth } = model.s;
  const scale = "Blue is positive, orange negative; a row is a unit above, a column a unit of this layer; each picture has its own scale.";
  if (kind === "direct" && depth > 1) return `The output’s error goes straight into layer ${layer}. ${layer < depth ? "It is compared with the product of all weights above, which backpropagation would use but for the slopes." : ""} ${scale}`;
  if (kind === "direct") return `With one hidden layer, direct feedback is feedback alignment: their lines coincide. ${scale}`;
  return `The error of the ${layer === depth ? "output" : `layer ${layer + 1}`} goes down into layer ${layer} through the lower picture; the upper one is learned. ${scale}`;
}
