// The sums of a transformer over rows of a matrix (one row a position), in plain typed arrays.
// Sums run in double precision, as all of JavaScript does; weights stay in single, which is quicker to read.

import { erf } from "../shared/activation_functions.js";

/**
 * A linear layer on rows `from` to `to`: output[r] = weight · input[r] + bias, or added to what is there.
 * @typedef {{weight: Float32Array, bias: Float32Array | null, inputs: number, outputs: number}} Linear
 */

/** @param {Linear} layer @param {Float32Array} input (rows, inputs) @param {Float32Array} output (rows, outputs) @param {number} from @param {number} to @param {boolean} [add] */
export function linearRows(layer, input, output, from, to, add = false) {
  let row = from;
  for (; row + 4 <= to; row += 4) fourRows(layer, input, output, row, add);
  for (; row < to; row++) oneRow(layer, input, output, row, add);
}

/** Four rows share each weight that is read. @param {Linear} layer @param {Float32Array} input @param {Float32Array} output @param {number} row @param {boolean} add */
function fourRows({ weight, bias, inputs, outputs }, input, output, row, add) {
  const in0 = row * inputs, in1 = in0 + inputs, in2 = in1 + inputs, in3 = in2 + inputs;
  const out0 = row * outputs, out1 = out0 + outputs, out2 = out1 + outputs, out3 = out2 + outputs;
  for (let o = 0, w = 0; o < outputs; o++) {
    const start = bias ? bias[o] : 0;
    let a = start, b = start, c = start, d = start;
    for (let i = 0; i < inputs; i++, w++) {
      const value = weight[w];
      a += value * input[in0 + i];
      b += value * input[in1 + i];
      c += value * input[in2 + i];
      d += value * input[in3 + i];
    }
    output[out0 + o] = add ? output[out0 + o] + a : a;
    output[out1 + o] = add ? output[out1 + o] + b : b;
    output[out2 + o] = add ? output[out2 + o] + c : c;
    output[out3 + o] = add ? output[out3 + o] + d : d;
  }
}

/** @param {Linear} layer @param {Float32Array} input @param {Float32Array} output @param {number} row @param {boolean} add */
function oneRow({ weight, bias, inputs, outputs }, input, output, row, add) {
  const from = row * inputs, to = row * outputs;
  for (let o = 0, w = 0; o < outputs; o++) {
    // Two sums side by side: each waits for its own last addition only.
    let a = bias ? bias[o] : 0, b = 0;
    let i = 0;
    for (; i + 2 <= inputs; i += 2, w += 2) {
      a += weight[w] * input[from + i];
      b += weight[w + 1] * input[from + i + 1];
    }
    if (i < inputs) a += weight[w++] * input[from + i];
    output[to + o] = add ? output[to + o] + a + b : a + b;
  }
}

/** @typedef {{scale: Float32Array, shift: Float32Array, eps: number}} Norm */

/** Layer norm (Ba et al., 2016) of each row. @param {Norm} norm @param {Float32Array} input @param {Float32Array} output @param {number} from @param {number} to */
export function normRows({ scale, shift, eps }, input, output, from, to) {
  const width = scale.length;
  for (let row = from; row < to; row++) {
    const start = row * width;
    let mean = 0, variance = 0;
    for (let i = 0; i < width; i++) mean += input[start + i];
    mean /= width;
    for (let i = 0; i < width; i++) variance += (input[start + i] - mean) ** 2;
    const factor = 1 / Math.sqrt(variance / width + eps);
    for (let i = 0; i < width; i++) {
      output[start + i] = (input[start + i] - mean) * factor * scale[i] + shift[i];
    }
  }
}

/** GELU in place: z · Φ(z), Φ being the normal distribution (Hendrycks & Gimpel, 2016). @param {Float32Array} values @param {number} from @param {number} to */
export function gelu(values, from, to) {
  for (let i = from; i < to; i++) values[i] = 0.5 * values[i] * (1 + erf(values[i] * Math.SQRT1_2));
}
