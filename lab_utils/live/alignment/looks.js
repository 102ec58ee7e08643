// How each learner is named and drawn, and how numbers are written.

import { element } from "../../web/ui.js";

/** @typedef {import("./learners.js").Kind} Kind */
/** @typedef {keyof import("../../web/ui.js").Colours} Colour */

/** @type {Record<Kind, {label: string, short: string, colour: Colour}>} */
export const LOOKS = {
  backprop: { label: "Backpropagation", short: "backpropagation", colour: "ink" },
  feedback: { label: "Feedback alignment", short: "feedback alignment", colour: "green" },
  direct: { label: "Direct feedback alignment", short: "direct feedback", colour: "pink" },
  readout: { label: "Output layer only", short: "output layer only", colour: "ochre" },
};
/** The kinds that have fixed feedback. */
export const ALIGNED = /** @type {const} */ (["feedback", "direct"]);
const DASHES = [[], [7, 4], [2, 3]];

/** Solid for the hidden layer under the output, dashed for the ones below. @param {number} layer from 1 @param {number} depth */
export const dashOf = (layer, depth) => DASHES[depth - layer];

/** @param {number} share */
export const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** @param {number} angle */
export const degrees = (angle) => (Number.isFinite(angle) ? `${Math.round(angle)}°` : "–");

/** A short piece of a learner's line. @param {Kind} kind */
export function swatch(kind) {
  const piece = element("span", { class: "lab-align-swatch", "aria-hidden": "true" });
  piece.style.background = `var(--lab-${LOOKS[kind].colour})`;
  return piece;
}
