// The two charts: what the learners get right, and how far from each other two things point.

import { lineChart } from "../shared/line_chart.js";
import { KINDS } from "./learners.js";
import { ALIGNED, LOOKS, dashOf } from "./looks.js";

/** @typedef {import("./model.js").AlignmentModel} AlignmentModel */
/** Which angle is looked at: of the forward weights to the feedback, or of the update to the gradient. @typedef {"weight" | "update"} Measure */

const FIRST = 50; // updates that the charts show from the beginning

/** @param {AlignmentModel} model */
const span = (model) => Math.max(FIRST, model.step);

/** @param {AlignmentModel} model */
export function accuracyChart(model) {
  return lineChart({
    label: "Chart of the share of held-out digits that each learner gets right, against updates; the table holds its last values.",
    read: () => ({
      lines: KINDS.map((kind) => ({
        colour: LOOKS[kind].colour, dash: [], xs: model.rows.map((row) => row.step), ys: model.rows.map((row) => 100 * row.readings[kind].accuracy),
      })),
      last: span(model), steps: "update",
      y: { low: 0, high: 100, ticks: [0, 25, 50, 75, 100], text: (v) => `${v} %`, name: "held-out digits right" },
    }),
  });
}

/** @param {AlignmentModel} model @param {() => Measure} measure */
export function angleChart(model, measure) {
  return lineChart({
    label: "Chart of the angle in each hidden layer, against updates; the table holds its last values.",
    read: () => ({
      lines: angleLines(model, measure()),
      last: span(model), steps: "update",
      y: { low: 0, high: 180, ticks: [0, 45, 90, 135, 180], text: (v) => `${v}°`, name: measure() === "weight" ? "weights to feedback" : "update to gradient" },
      stripes: [{ from: 0, to: 90, colour: "green", text: measure() === "weight" ? "agree" : "downhill" }, { from: 90, to: 180, colour: "orange", text: measure() === "weight" ? "oppose" : "uphill" }],
    }),
  });
}

/** @param {AlignmentModel} model @param {Measure} measure */
function angleLines(model, measure) {
  const { depth } = model.s, xs = model.rows.map((row) => row.step);
  return ALIGNED.flatMap((kind) => Array.from({ length: depth }, (_, i) => ({
    colour: LOOKS[kind].colour, dash: dashOf(i + 1, depth), xs, ys: model.rows.map((row) => row.readings[kind][measure][i]),
  })));
}
