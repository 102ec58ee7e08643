// Looking at a space of many units through a plane: principal components, the cut's own direction, or two units.
// The plane is turned so that the picture stays still from one frame to the next.

import { columnStatistics } from "./linear_probe.js";

/** `axes` is (width, 2); a point h is seen at (axesᵀ(h - centre) - middle) / half, in -1 to 1. @typedef {{axes: Float64Array, centre: Float64Array, middle: [number, number], half: number, share: number}} Camera */

/** Eigenvalues and eigenvectors (columns) of a symmetric matrix, by Jacobi's rotations, largest first. @param {Float64Array} matrix (n, n) @param {number} n */
function eigen(matrix, n) {
  const a = matrix.slice();
  const v = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) off += rotate(a, v, n, p, q);
    if (off === 0) break;
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => a[j * n + j] - a[i * n + i]);
  return { values: order.map((i) => a[i * n + i]), vectors: order.map((i) => Float64Array.from({ length: n }, (_, k) => v[k * n + i])) };
}

/** Makes a[p, q] zero; returns how large it was, against its row and column. @param {Float64Array} a @param {Float64Array} v @param {number} n @param {number} p @param {number} q */
function rotate(a, v, n, p, q) {
  const size = Math.abs(a[p * n + q]);
  if (!(size > 1e-15 * (Math.abs(a[p * n + p]) + Math.abs(a[q * n + q])))) return 0;
  const theta = 0.5 * Math.atan2(2 * a[p * n + q], a[q * n + q] - a[p * n + p]);
  const c = Math.cos(theta), s = Math.sin(theta);
  for (let k = 0; k < n; k++) turn(a, k * n + p, k * n + q, c, s);
  for (let k = 0; k < n; k++) turn(a, p * n + k, q * n + k, c, s);
  for (let k = 0; k < n; k++) turn(v, k * n + p, k * n + q, c, s);
  return size;
}

/** @param {Float64Array} a @param {number} i @param {number} j @param {number} c @param {number} s */
function turn(a, i, j, c, s) {
  const x = a[i], y = a[j];
  a[i] = c * x - s * y;
  a[j] = s * x + c * y;
}

/** Covariance (width, width) of the rows, without the part along `direction` (a unit vector) if there is one. @param {Float64Array} h @param {number} count @param {number} width @param {Float64Array} mean @param {Float64Array} [direction] */
function covariance(h, count, width, mean, direction) {
  const sum = new Float64Array(width * width), row = new Float64Array(width);
  for (let n = 0; n < count; n++) {
    let along = 0;
    for (let i = 0; i < width; i++) {
      row[i] = h[n * width + i] - mean[i];
      if (direction) along += row[i] * direction[i];
    }
    for (let i = 0; direction && i < width; i++) row[i] -= along * direction[i];
    for (let i = 0; i < width; i++) for (let j = 0; j < width; j++) sum[i * width + j] += (row[i] * row[j]) / count;
  }
  return sum;
}

/** Two vectors as the columns of (width, 2). @param {ArrayLike<number>} first @param {ArrayLike<number>} second */
function columns(first, second) {
  return Float64Array.from({ length: 2 * first.length }, (_, i) => (i % 2 ? second : first)[i >> 1]);
}

/** A unit vector along an axis. @param {number} width @param {number} i */
const unit = (width, i) => Float64Array.from({ length: width }, (_, k) => Number(k === i));

/** The plane in which the points spread most, and its share of their variance. @param {Float64Array} h @param {number} count @param {number} width */
export function principalPlane(h, count, width) {
  const { mean } = columnStatistics(h, count, width);
  const { values, vectors } = eigen(covariance(h, count, width, mean), width);
  const total = values.reduce((sum, v) => sum + v, 0);
  return { axes: columns(vectors[0], vectors[1]), centre: mean, share: total > 0 ? (values[0] + values[1]) / total : 1 };
}

/** Across: the direction in which the cut looks, 0 on the cut. Up: where the points spread most beside it. @param {Float64Array} h @param {number} count @param {number} width @param {import("./linear_probe.js").Cut} cut */
export function cutPlane(h, count, width, { weight, bias }) {
  const { mean } = columnStatistics(h, count, width);
  const size = Math.hypot(...weight) || 1;
  const across = weight.map((w) => w / size);
  const rest = eigen(covariance(h, count, width, mean, across), width).vectors[0];
  const distance = weight.reduce((sum, w, i) => sum + w * mean[i], bias) / size;
  return { axes: columns(across, rest), centre: mean.map((m, i) => m - distance * across[i]), share: 1 };
}

/** Two of the units as they are. @param {number} width @param {number} i @param {number} j */
export function unitPlane(width, i, j) {
  return { axes: columns(unit(width, i), unit(width, j)), centre: new Float64Array(width), share: 1 };
}

/** Turns (or mirrors) the plane's axes within the plane, so that m = axesᵀ·reference has the largest trace (Procrustes). @param {Float64Array} axes @param {number[]} m (2, 2) */
function turnPlane(axes, [a, b, c, d]) {
  const turned = Math.hypot(a + d, c - b) >= Math.hypot(a - d, b + c);
  const angle = turned ? Math.atan2(c - b, a + d) : Math.atan2(b + c, a - d);
  const cos = Math.cos(angle), sin = Math.sin(angle), flip = turned ? 1 : -1;
  return axes.map((_, i) => {
    const first = axes[i - (i % 2)], second = axes[i - (i % 2) + 1];
    return i % 2 === 0 ? cos * first + sin * second : flip * (-sin * first + cos * second);
  });
}

/** The axes turned within their plane to lie as near as they can to a reference of the same width. @param {Float64Array} axes @param {Float64Array} reference */
export function alignAxes(axes, reference) {
  const m = [0, 0, 0, 0];
  for (let i = 0; i < axes.length; i += 2) {
    for (let k = 0; k < 4; k++) m[k] += axes[i + (k >> 1)] * reference[i + (k & 1)];
  }
  return turnPlane(axes, m);
}

/** The axes turned within their plane so that the points lie as near as they can to where they were seen in another space. @param {{axes: Float64Array, centre: Float64Array}} plane @param {Float64Array} h @param {Float64Array} seen (count, 2) */
export function alignPoints({ axes, centre }, h, seen) {
  const width = centre.length, m = [0, 0, 0, 0];
  for (let n = 0; n < seen.length / 2; n++) {
    const p = [0, 0];
    for (let i = 0; i < width; i++) for (let k = 0; k < 2; k++) p[k] += axes[2 * i + k] * (h[n * width + i] - centre[i]);
    for (let k = 0; k < 4; k++) m[k] += p[k >> 1] * seen[2 * n + (k & 1)];
  }
  return turnPlane(axes, m);
}

/** Part of the way from old axes to new ones, at right angles again. @param {Float64Array} old @param {Float64Array} axes @param {number} share 0 to 1 */
export function blendAxes(old, axes, share) {
  const mixed = old.map((v, i) => v + share * (axes[i] - v));
  const size = (/** @type {number} */ k) => Math.sqrt(mixed.reduce((sum, v, i) => sum + (i % 2 === k ? v * v : 0), 0));
  const first = size(0);
  if (!(first > 1e-6)) return axes;
  for (let i = 0; i < mixed.length; i += 2) mixed[i] /= first;
  let along = 0;
  for (let i = 0; i < mixed.length; i += 2) along += mixed[i] * mixed[i + 1];
  for (let i = 0; i < mixed.length; i += 2) mixed[i + 1] -= along * mixed[i];
  const second = size(1);
  if (!(second > 1e-6)) return axes;
  for (let i = 1; i < mixed.length; i += 2) mixed[i] /= second;
  return mixed;
}

/** Where the rows of h are seen, into out (count, 2). @param {Camera} camera @param {Float64Array} h @param {number} count @param {Float64Array} out */
export function look({ axes, centre, middle, half }, h, count, out) {
  const width = centre.length;
  for (let n = 0; n < count; n++) {
    let across = -middle[0], up = -middle[1];
    for (let i = 0; i < width; i++) {
      const value = h[n * width + i] - centre[i];
      across += axes[2 * i] * value;
      up += axes[2 * i + 1] * value;
    }
    out[2 * n] = across / half;
    out[2 * n + 1] = up / half;
  }
  return out;
}

/** Middle and half side of the smallest square around the points, with a margin. @param {Float64Array} seen (count, 2), seen with middle 0 and half 1 @param {number} margin @returns {{middle: [number, number], half: number}} */
export function frame(seen, margin = 0.14) {
  const low = [Infinity, Infinity], high = [-Infinity, -Infinity];
  for (let i = 0; i < seen.length; i++) {
    low[i % 2] = Math.min(low[i % 2], seen[i]);
    high[i % 2] = Math.max(high[i % 2], seen[i]);
  }
  if (!(high[0] >= low[0])) return { middle: [0, 0], half: 1 };
  const half = (Math.max(high[0] - low[0], high[1] - low[1]) / 2) * (1 + margin);
  return { middle: [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2], half: half > 1e-9 ? half : 1 };
}
