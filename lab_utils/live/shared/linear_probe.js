// The best straight cut through a layer: logistic regression on its standardised units, by Newton's method.

import { logistic } from "./activation_functions.js";

const PENALTY = 0.01; // per example, as in lab_utils.measure.linear_probe
const ROUNDS = 30, HALVINGS = 10, TOLERANCE = 1e-9;

/** `weight`, `bias` on the layer's own units: class 1 where weight·h + bias > 0. @typedef {{weight: Float64Array, bias: number, scaled: Float64Array}} Cut */

/** Mean and spread of each column; a constant column gets the spread 1. @param {Float64Array} h @param {number} count @param {number} width */
export function columnStatistics(h, count, width) {
  const mean = new Float64Array(width), spread = new Float64Array(width);
  for (let i = 0; i < count * width; i++) mean[i % width] += h[i] / count;
  for (let i = 0; i < count * width; i++) spread[i % width] += (h[i] - mean[i % width]) ** 2 / count;
  return { mean, spread: spread.map((v) => (v > 1e-20 ? Math.sqrt(v) : 1)) };
}

/** Solves a x = b for a small symmetric positive matrix (Cholesky); overwrites a. @param {Float64Array} a (n, n) @param {Float64Array} b */
export function solve(a, b) {
  const n = b.length, x = b.slice();
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j];
      for (let k = 0; k < j; k++) sum -= a[i * n + k] * a[j * n + k];
      a[i * n + j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / a[j * n + j];
    }
    for (let k = 0; k < i; k++) x[i] -= a[i * n + k] * x[k];
    x[i] /= a[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i] -= a[k * n + i] * x[k];
    x[i] /= a[i * n + i];
  }
  return x;
}

/** Standardised rows with a last column of ones, (count, width + 1). @param {Float64Array} h @param {{mean: Float64Array, spread: Float64Array}} by @param {number} count */
function withOnes(h, { mean, spread }, count) {
  const width = mean.length, rows = new Float64Array(count * (width + 1)).fill(1);
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < width; i++) rows[n * (width + 1) + i] = (h[n * width + i] - mean[i]) / spread[i];
  }
  return rows;
}

/** Penalised loss, and where asked its gradient and curvature. @param {Float64Array} rows @param {ArrayLike<number>} y @param {Float64Array} w @param {{gradient: Float64Array, curvature: Float64Array}} [into] */
function objective(rows, y, w, into) {
  const size = w.length, count = y.length;
  let loss = 0;
  for (let i = 0; i < size - 1; i++) loss += 0.5 * PENALTY * w[i] * w[i];
  for (let n = 0; n < count; n++) {
    let z = 0;
    for (let i = 0; i < size; i++) z += rows[n * size + i] * w[i];
    loss += (Math.max(z, 0) - z * y[n] + Math.log1p(Math.exp(-Math.abs(z)))) / count;
    if (into) addExample(rows, n, size, (logistic(z) - y[n]) / count, (logistic(z) * logistic(-z)) / count, into);
  }
  for (let i = 0; into && i < size - 1; i++) {
    into.gradient[i] += PENALTY * w[i];
    into.curvature[i * size + i] += PENALTY;
  }
  return loss;
}

/** @param {Float64Array} rows @param {number} n @param {number} size @param {number} error @param {number} bend @param {{gradient: Float64Array, curvature: Float64Array}} into */
function addExample(rows, n, size, error, bend, into) {
  for (let i = 0; i < size; i++) {
    const value = rows[n * size + i];
    into.gradient[i] += error * value;
    for (let j = 0; j <= i; j++) into.curvature[i * size + j] += bend * value * rows[n * size + j];
  }
}

/**
 * The cut that logistic regression makes between the classes; null where there is one class only or a number is none.
 * @param {Float64Array} h (count, width) @param {ArrayLike<number>} y @param {number} width
 * @param {Float64Array} [start] `scaled` of a cut made before, to be there sooner @returns {Cut | null}
 */
export function fitCut(h, y, width, start) {
  const ones = Array.prototype.reduce.call(y, (sum, v) => sum + v, 0);
  if (ones === 0 || ones === y.length) return null;
  const by = columnStatistics(h, y.length, width);
  const rows = withOnes(h, by, y.length);
  let w = /** @type {Float64Array} */ (new Float64Array(width + 1)), loss = objective(rows, y, w);
  if (start?.length === width + 1) {
    const known = objective(rows, y, start);
    if (known < loss) [w, loss] = [start, known]; // from far off, Newton's steps may find no way back
  }
  for (let round = 0; round < ROUNDS; round++) {
    const next = newtonStep(rows, y, w, loss);
    const gain = loss - next.loss;
    ({ w, loss } = next);
    if (!(gain > TOLERANCE)) break;
  }
  if (!Number.isFinite(loss)) return null;
  const weight = by.mean.map((_, i) => w[i] / by.spread[i]);
  return { weight, bias: w[width] - weight.reduce((sum, v, i) => sum + v * by.mean[i], 0), scaled: w };
}

/** One step, halved until it goes downhill. @param {Float64Array} rows @param {ArrayLike<number>} y @param {Float64Array} w @param {number} loss */
function newtonStep(rows, y, w, loss) {
  const size = w.length, into = { gradient: new Float64Array(size), curvature: new Float64Array(size * size) };
  objective(rows, y, w, into);
  const step = solve(into.curvature, into.gradient);
  for (let half = 0, scale = 1; half < HALVINGS; half++, scale /= 2) {
    const moved = w.map((v, i) => v - scale * step[i]);
    const after = objective(rows, y, moved);
    if (after <= loss) return { w: moved, loss: after };
  }
  return { w, loss };
}

/** Share of points on the right side of the cut. @param {Cut} cut @param {Float64Array} h @param {ArrayLike<number>} y */
export function cutAccuracy({ weight, bias }, h, y) {
  const width = weight.length;
  let right = 0;
  for (let n = 0; n < y.length; n++) {
    let z = bias;
    for (let i = 0; i < width; i++) z += weight[i] * h[n * width + i];
    right += Number(z > 0) === y[n] ? 1 : 0;
  }
  return right / y.length;
}
