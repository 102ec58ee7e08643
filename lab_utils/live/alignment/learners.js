// Four ways to tell a hidden layer its error: exact backpropagation, two with fixed random feedback, and none.

import { Mlp, inputError, weightGradient } from "../shared/mlp.js";

/** How the error reaches the hidden layers. @typedef {"backprop" | "feedback" | "direct" | "readout"} Kind */
/** @type {Kind[]} */
export const KINDS = ["backprop", "feedback", "direct", "readout"];

/** @typedef {import("../shared/mlp.js").Pass} Pass */
/** @typedef {import("../shared/mlp.js").LinearLayer} LinearLayer */

/** One network and the fixed weights that carry its errors down. */
export class Learner {
  /** @param {Kind} kind @param {number[]} widths @param {string} activation @param {Float64Array} start the first weights */
  constructor(kind, widths, activation, start) {
    this.kind = kind;
    this.net = new Mlp(widths, activation);
    this.net.params.set(start);
    /** Why it learns no more; empty while it does. */
    this.diverged = "";
    /** Into which layers errors come over which fixed matrix: `ways[l]` of hidden layer l. @type {LinearLayer[]} */
    this.ways = this.layoutWays();
    const { weight, inputs, outputs } = this.ways.at(-1) ?? { weight: 0, inputs: 0, outputs: 0 };
    this.feedback = new Float64Array(weight + inputs * outputs);
    this.grads = new Float64Array(start.length);
  }

  /** Shapes of the fixed matrices (outputs, inputs): as the weights above each hidden layer, or straight from the output. */
  layoutWays() {
    const { widths } = this.net, last = widths.length - 1;
    /** @type {LinearLayer[]} */
    const ways = [];
    let weight = 0;
    for (let l = 1; l < last; l++) {
      const outputs = this.kind === "direct" ? widths[last] : widths[l + 1];
      ways[l] = { inputs: widths[l], outputs, weight, bias: -1 };
      weight += widths[l] * outputs;
    }
    return ways;
  }

  /** The fixed matrix into hidden layer l, row by row. @param {number} l */
  matrix(l) {
    const { weight, inputs, outputs } = this.ways[l];
    return this.feedback.subarray(weight, weight + inputs * outputs);
  }

  /**
   * What this learner takes for the gradient of the mean cross-entropy, after `net.forward`.
   * @param {Pass} pass @param {ArrayLike<number>} labels class numbers @param {Float64Array} grads @param {Kind} kind
   */
  gradient(pass, labels, grads = this.grads, kind = this.kind) {
    const { net } = this, last = net.layers.length;
    outputError(pass, last, net.widths[last], labels);
    for (let l = last; l >= 1; l--) {
      const layer = net.layers[l - 1];
      if (l < last && kind === "readout") grads.fill(0, layer.weight, layer.bias + layer.outputs);
      else weightGradient(layer, pass.errors[l], pass.h[l - 1], grads, pass.count);
      if (l > 1) this.sendDown(pass, l - 1, kind);
    }
    return grads;
  }

  /** Fills errors[l] of a hidden layer. @param {Pass} pass @param {number} l @param {Kind} kind */
  sendDown(pass, l, kind) {
    const { net } = this, slope = net.activation.slope, above = pass.errors[kind === "direct" ? net.layers.length : l + 1];
    if (kind === "readout") return;
    if (kind === "backprop") inputError(net.layers[l], net.params, slope, above, pass, l);
    else inputError(this.ways[l], this.feedback, slope, above, pass, l);
  }

  /** One step against `grads`; a weight that runs away ends it, with the weights before kept. @param {number} lr @param {number} step its number, for the message */
  descend(lr, step) {
    const { params } = this.net, { grads } = this;
    let most = 0;
    for (let i = 0; i < params.length; i++) {
      const size = Math.abs(params[i] - lr * grads[i]);
      most = size <= MOST_WEIGHT ? Math.max(most, size) : Infinity;
      if (most === Infinity) break;
    }
    if (most === Infinity) this.diverged = `diverged at update ${step}`;
    else for (let i = 0; i < params.length; i++) params[i] -= lr * grads[i];
  }

  /** The weights that backpropagation would send the error of layer l through: W of the layer above, or the product of all above. @param {number} l */
  forwardMatrix(l) {
    const { net } = this, { weight, inputs, outputs } = net.layers[l];
    let product = net.params.slice(weight, weight + inputs * outputs);
    if (this.kind !== "direct") return product;
    for (let k = l + 1; k < net.layers.length; k++) product = times(net.params, net.layers[k], product, inputs);
    return product;
  }
}

const MOST_WEIGHT = 1e4; // beyond it tanh and softmax are saturated for good

/** (softmax(logits) − one-hot) / count. @param {Pass} pass @param {number} last @param {number} classes @param {ArrayLike<number>} labels */
function outputError(pass, last, classes, labels) {
  const logits = pass.z[last], errors = pass.errors[last];
  for (let n = 0; n < pass.count; n++) {
    const from = n * classes;
    let top = -Infinity, sum = 0;
    for (let c = 0; c < classes; c++) top = Math.max(top, logits[from + c]);
    for (let c = 0; c < classes; c++) sum += errors[from + c] = Math.exp(logits[from + c] - top);
    for (let c = 0; c < classes; c++) errors[from + c] = (errors[from + c] / sum - (labels[n] === c ? 1 : 0)) / pass.count;
  }
}

/** W · product, of shapes (outputs, inputs) and (inputs, columns). @param {Float64Array} params @param {LinearLayer} layer @param {Float64Array} product @param {number} columns */
function times(params, { inputs, outputs, weight }, product, columns) {
  const out = new Float64Array(outputs * columns);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      const w = params[weight + o * inputs + i];
      for (let c = 0; c < columns; c++) out[o * columns + c] += w * product[i * columns + c];
    }
  }
  return out;
}

/** Angle between two lists of numbers seen as vectors, in degrees; NaN where one is zero. @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
export function angleBetween(a, b) {
  let ab = 0, aa = 0, bb = 0;
  for (let i = 0; i < a.length; i++) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return (Math.acos(Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb)))) * 180) / Math.PI;
}

/**
 * A matrix at an exact angle to another and of the given length: cos θ along it, sin θ along the random part that is square to it.
 * @param {Float64Array} weights @param {number} degrees @param {number} length @param {() => number} random in [0, 1)
 */
export function matrixAtAngle(weights, degrees, length, random) {
  const other = Float64Array.from(weights, () => 2 * random() - 1);
  const norm = Math.hypot(...weights), along = other.reduce((sum, v, i) => sum + v * weights[i], 0) / norm ** 2;
  for (let i = 0; i < other.length; i++) other[i] -= along * weights[i];
  const side = Math.hypot(...other), turn = (degrees * Math.PI) / 180;
  return other.map((v, i) => length * ((Math.cos(turn) * weights[i]) / norm + (Math.sin(turn) * v) / side));
}

/** Mean cross-entropy and share right of logits (count, classes). @param {Float64Array} logits @param {number} count @param {number} classes @param {ArrayLike<number>} labels */
export function judge(logits, count, classes, labels) {
  let loss = 0, right = 0;
  for (let n = 0; n < count; n++) {
    const from = n * classes;
    let top = from, sum = 0;
    for (let k = from + 1; k < from + classes; k++) if (logits[k] > logits[top]) top = k;
    for (let k = from; k < from + classes; k++) sum += Math.exp(logits[k] - logits[top]);
    loss += logits[top] - logits[from + labels[n]] + Math.log(sum);
    right += top - from === labels[n] ? 1 : 0;
  }
  return { loss: loss / count, accuracy: right / count };
}
