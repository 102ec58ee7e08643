// What a convolution reads, adds and returns on a small grid: the numbers behind convolution.js, without a page.

import { convSize, transposedSize } from "../shared/nn.js";

/** @typedef {{size: number, kernel: number, stride: number, padding: number, dilation: number, transposed: boolean, extra: number}} Settings */
/** @typedef {{ky: number, kx: number, row: number, column: number, inside: boolean}} Term */

/** Side length that the kernel covers, gaps included. @param {Settings} s */
export function reach(s) {
  return s.dilation * (s.kernel - 1) + 1;
}

/** Side length of the output, by PyTorch's formulas. @param {Settings} s */
export function outputSize(s) {
  return s.transposed
    ? transposedSize(s.size, s.kernel, s.stride, s.padding, s.dilation, s.extra)
    : convSize(s.size, s.kernel, s.stride, s.padding, s.dilation);
}

/** Why these settings have no output, in words; empty where they have one. @param {Settings} s */
export function problem(s) {
  if (outputSize(s) >= 1) return "";
  if (s.transposed) {
    return `Padding ${s.padding} cuts away the whole output: (${s.size} − 1) · ${s.stride} + ${reach(s) + s.extra} painted rows less 2 · ${s.padding} leaves none. Use less padding or a larger kernel.`;
  }
  return `The kernel covers ${reach(s)} rows, the padded input has only ${s.size + 2 * s.padding}: there is no place to put it. Use a smaller kernel, less dilation, or more padding.`;
}

/**
 * The kernel places that one output number uses, with the input place of each (inside: false where it reads padding).
 * A transposed convolution's output uses only the places from which a whole input number paints it.
 * @param {Settings} s @param {number} y @param {number} x
 * @returns {Term[]}
 */
export function terms(s, y, x) {
  /** @type {Term[]} */
  const list = [];
  for (let ky = 0; ky < s.kernel; ky++)
    for (let kx = 0; kx < s.kernel; kx++) {
      const row = s.transposed ? (y + s.padding - ky * s.dilation) / s.stride : y * s.stride - s.padding + ky * s.dilation;
      const column = s.transposed ? (x + s.padding - kx * s.dilation) / s.stride : x * s.stride - s.padding + kx * s.dilation;
      const inside = row >= 0 && column >= 0 && row < s.size && column < s.size;
      if (s.transposed && !(inside && Number.isInteger(row) && Number.isInteger(column))) continue;
      list.push({ ky, kx, row, column, inside });
    }
  return list;
}

/**
 * One output number: the sum of input times weight over its terms.
 * @param {Settings} s @param {ArrayLike<number>} input size × size @param {ArrayLike<number>} kernel kernel × kernel
 * @param {number} y @param {number} x
 */
function sumAt(s, input, kernel, y, x) {
  let sum = 0;
  for (const t of terms(s, y, x)) if (t.inside) sum += input[t.row * s.size + t.column] * kernel[t.ky * s.kernel + t.kx];
  return sum;
}

/** @param {Settings} s @param {ArrayLike<number>} input @param {ArrayLike<number>} kernel @returns {number[]} row by row */
export function allSums(s, input, kernel) {
  const n = Math.max(0, outputSize(s));
  return Array.from({ length: n * n }, (_, i) => sumAt(s, input, kernel, Math.floor(i / n), i % n));
}

/** How often each place of the padded input is read, row by row. @param {Settings} s @returns {number[]} */
export function readCounts(s) {
  const side = s.size + 2 * s.padding;
  const line = new Array(side).fill(0);
  for (let o = 0; o < outputSize(s); o++) for (let k = 0; k < s.kernel; k++) line[o * s.stride + k * s.dilation]++;
  return line.flatMap((a) => line.map((b) => a * b));
}

/** Rows at the end of the padded input that no window reaches: the fraction that the floor drops. @param {Settings} s */
export function leftover(s) {
  return s.size + 2 * s.padding - (outputSize(s) - 1) * s.stride - reach(s);
}

/**
 * What one output of n equal layers sees of the input: side length of its field, and the step between neighbours.
 * @param {Settings} s @param {number} n
 * @returns {{field: number, step: number}[]} one entry per layer
 */
export function receptiveFields(s, n) {
  const list = [];
  let field = 1;
  let step = 1;
  for (let i = 0; i < n; i++) {
    field += (reach(s) - 1) * step;
    step *= s.stride;
    list.push({ field, step });
  }
  return list;
}

/** The kernels to choose from; each takes its side length. @type {Record<string, {label: string, make: (k: number) => number[]}>} */
export const KERNELS = {
  vertical: { label: "Vertical edge", make: (k) => grid(k, (_, x) => Math.sign(2 * x - k + 1) || (k === 1 ? 1 : 0)) },
  horizontal: { label: "Horizontal edge", make: (k) => grid(k, (y) => Math.sign(2 * y - k + 1) || (k === 1 ? 1 : 0)) },
  blur: { label: "Blur (mean)", make: (k) => grid(k, () => 1 / (k * k)) },
  sharpen: { label: "Sharpen", make: (k) => grid(k, (y, x) => [k < 3 ? 1 : 5, k < 3 ? 0 : -1][distance(k, y, x)] || 0) },
  identity: { label: "Identity", make: (k) => grid(k, (y, x) => (distance(k, y, x) === 0 ? 1 : 0)) },
};

/** Steps from the middle of the kernel. @param {number} k @param {number} y @param {number} x */
function distance(k, y, x) {
  const middle = Math.floor((k - 1) / 2);
  return Math.abs(y - middle) + Math.abs(x - middle);
}

/** Pictures of small whole numbers. @type {Record<string, {label: string, make: (n: number) => number[]}>} */
export const PICTURES = {
  square: { label: "Square", make: (n) => grid(n, (y, x) => (Math.min(y, x, n - 1 - y, n - 1 - x) >= Math.floor(n / 4) ? 3 : 0)) },
  step: { label: "Step edge", make: (n) => grid(n, (_, x) => (x >= n / 2 ? 5 : 1)) },
  diagonal: { label: "Diagonal line", make: (n) => grid(n, (y, x) => Math.max(0, 4 - 2 * Math.abs(y - x))) },
  ramp: { label: "Ramp", make: (n) => grid(n, (y, x) => y + x) },
  dot: { label: "One bright dot", make: (n) => grid(n, (y, x) => (distance(n, y, x) === 0 ? 9 : 0)) },
  noise: { label: "Noise", make: (n) => grid(n, (y, x) => (y * 7 + x * 13 + ((y * x * 5) % 11) + y * y * 3) % 10) },
};

/** @param {number} n @param {(y: number, x: number) => number} value */
function grid(n, value) {
  return Array.from({ length: n * n }, (_, i) => value(Math.floor(i / n), i % n));
}
