// A measured grid in words: numbers with their spread, what a cell is called, how a guess did, how two cells compare.

import { HIGHER_IS_BETTER, same } from "./model.js";

/** @typedef {import("./model.js").Cell} Cell */
/** @typedef {import("./model.js").Metric} Metric */
/** @typedef {import("./model.js").MeasuredGrid} MeasuredGrid */
/** @typedef {import("./model.js").Spread} Spread */
/** @typedef {import("./session.js").GridSession} GridSession */

/** @type {Record<Metric, string>} */
export const METRIC_NAMES = {
  train_accuracy: "Training accuracy", validation_accuracy: "Validation accuracy", gap: "Gap in accuracy",
  train_loss: "Training loss", validation_loss: "Validation loss", test_accuracy: "Test accuracy", test_loss: "Test loss",
  ece: "Calibration error (ECE)",
};

/** Three decimals and a true minus sign, as the book's prose has them. @param {number} value */
export function decimals(value) {
  const text = value.toFixed(3);
  return Number(text) === 0 ? "0.000" : text.replace("-", "−");
}

/** Three figures where room is short: without the zero in front, and two decimals from 1 upwards. @param {number} value */
function shortened(value) {
  return Math.abs(value) < 0.9995 ? decimals(value).replace(/^(−?)0\./, "$1.") : value.toFixed(2).replace("-", "−");
}

/** @param {Spread} spread */
export function shortRange({ low, high }) {
  return `${shortened(low)}–${shortened(high)}`;
}

/** @param {Spread} spread */
function withRange({ mean, low, high }) {
  return `${decimals(mean)} (${decimals(low)} to ${decimals(high)})`;
}

/** A whole number with a comma at the thousands. @param {number} value */
export function whole(value) {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** @param {MeasuredGrid} grid @param {Cell} cell */
export function nameOf(grid, { row, column }) {
  return `dropout ${grid.dropout[row]}, weight decay ${grid.decay[column]}`;
}

/** Of a cell beside one of another data size. @param {MeasuredGrid} grid @param {Cell} cell @param {Cell | null} other */
export function fullName(grid, cell, other) {
  const images = other && other.size !== cell.size ? `${whole(grid.sizes[cell.size])} images, ` : "";
  return images + nameOf(grid, cell);
}

/** How the guess did, in sentences. @param {GridSession} session @returns {string[]} */
export function verdictWords(session) {
  const { grid, best, guess, size } = session;
  const verdict = session.verdict(size);
  const [top, name] = [withRange(grid.spread("validation_accuracy", best)), nameOf(grid, best)];
  const tied = grid.cells(size).filter((cell) => grid.ties(cell, "validation_accuracy")).length;
  const others = [
    tied > 1
      ? `The best cell is not ahead of all others in every seed: ${tied - 1} of the other ${grid.cells(size).length - 1} cells hold their own (≈).`
      : "The best cell is ahead of every other cell in every seed.",
    otherWinners(session),
  ];
  if (!guess) return [`The highest validation accuracy is that of ${name}: ${top}.`, ...others];
  if (verdict === "found") return [`You found it: ${name} has the highest validation accuracy, ${top}.`, ...others];
  const yours = withRange(grid.spread("validation_accuracy", guess));
  const start = verdict === "tied" ? "As good as the best, as far as these seeds can tell." : "Not this time.";
  return [`${start} Your cell: ${yours}. The best, ${name}: ${top}. ${leadWords(grid, best, guess, "the best")}`, ...others];
}

/** Which cells win by other measures. @param {GridSession} session */
function otherWinners({ grid, size }) {
  const winner = (/** @type {Metric} */ metric) => {
    const cell = grid.best(size, metric);
    return `${nameOf(grid, cell)} (${decimals(grid.spread(metric, cell).mean)})`;
  };
  return `By other measures: the lowest validation loss is that of ${winner("validation_loss")}, the lowest calibration error that of ${winner("ece")}.`;
}

/** @param {MeasuredGrid} grid @param {Cell} cell @param {Cell} other of the same data size @param {string} who */
function leadWords(grid, cell, other, who) {
  const { mean, ahead, behind } = grid.lead("validation_accuracy", cell, other);
  const seeds = grid.seeds;
  const [count, word] = mean >= 0 ? [ahead, "ahead"] : [behind, "behind"];
  return `Seed by seed (same images, same first weights), ${who} is ${word} in ${count} of ${seeds}, by ${decimals(Math.abs(mean))} on average.`;
}

/** The cell on view beside the pinned one. @param {GridSession} session */
export function comparisonWords({ grid, chosen, pinned }) {
  if (!pinned || same(chosen, pinned)) return "Pin a cell to keep its numbers and curves while you look at others.";
  if (chosen.size !== pinned.size) return "The two cells learned from different images, so their seeds cannot be compared one by one.";
  return leadWords(grid, chosen, pinned, "in validation accuracy the cell on view");
}

/** What the colours of the map mean. @param {GridSession} session */
export function legendWords({ grid, size, metric }) {
  const means = grid.cells(size).map((cell) => grid.spread(metric, cell).mean);
  const [low, high] = [Math.min(...means), Math.max(...means)];
  const [word, pale, deep] = HIGHER_IS_BETTER[metric] ? ["higher", low, high] : ["lower", high, low];
  return `Mean over ${grid.seeds} seeds, and their range below it. The bluer the ${word}: ${decimals(pale)} to ${decimals(deep)}.`;
}

/** What the signs on the map mean. @param {GridSession} session */
export function signWords({ metric }) {
  const word = HIGHER_IS_BETTER[metric] ? "highest" : "lowest";
  return `★ ${word} · ≈ not worse than that in every seed · ◆ your guess · ◎ pinned`;
}

/** Why the smallest gap is not the goal: the numbers of the cell that has it. @param {GridSession} session */
export function gapWords({ grid, size }) {
  const smallest = grid.best(size, "gap"), best = grid.best(size, "validation_accuracy");
  const [own, top] = [smallest, best].map((cell) => decimals(grid.spread("validation_accuracy", cell).mean));
  return same(smallest, best)
    ? "Here the smallest gap and the highest validation accuracy belong to the same cell."
    : `The smallest gap belongs to ${nameOf(grid, smallest)}, with a validation accuracy of ${own}; the highest is ${top}.`;
}

/** The curves at one checkpoint. @param {GridSession} session */
export function checkpointWords({ grid, chosen, checkpoint, quantity }) {
  const [train, validation] = /** @type {const} */ (["train", "validation"]).map((name) =>
    grid.curve(/** @type {import("./model.js").CurveName} */ (`${name}_${quantity}`), chosen)[checkpoint]);
  return `After ${whole(grid.checkpoints[checkpoint])} updates: training ${quantity} ${withRange(train)}, validation ${quantity} ${withRange(validation)}.`;
}

/** Says whether the network is too sure of itself. @param {MeasuredGrid} grid @param {Cell} cell */
export function confidenceWords(grid, cell) {
  const filled = grid.reliability(cell).filter(({ count }) => count > 0);
  const confidence = filled.reduce((sum, bin) => sum + bin.share * bin.confidence, 0);
  const accuracy = filled.reduce((sum, bin) => sum + bin.share * bin.accuracy, 0);
  const word = confidence > accuracy ? "more sure than right" : "less sure than right";
  return `Mean confidence ${decimals(confidence)}, test accuracy ${decimals(accuracy)}: ${word}.`;
}

/** The diagram for a screen reader: each bin that holds answers. @param {MeasuredGrid} grid @param {Cell} cell */
export function reliabilityLabel(grid, cell) {
  const bins = grid.reliability(cell).filter(({ count }) => count > 0);
  const parts = bins.map((b) => `confidence ${decimals(b.confidence)}: accuracy ${decimals(b.accuracy)}, share ${decimals(b.share)}`);
  return `Reliability diagram of ${nameOf(grid, cell)}. ${parts.join("; ")}`;
}
