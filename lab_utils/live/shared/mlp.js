// A fully connected network, its loss for one logit and its gradients, on flat arrays in PyTorch's order.

import { ACTIVATIONS, logistic } from "./activation_functions.js";

/** Room for one forward and backward pass. `z[l]` and `h[l]` are (count, units of layer l), h[0] the input, z.at(-1) the logits. @typedef {{count: number, z: Float64Array[], h: Float64Array[], errors: Float64Array[]}} Pass */

/** @typedef {{inputs: number, outputs: number, weight: number, bias: number}} LinearLayer places in the flat arrays; weight is (outputs, inputs) */

export class Mlp {
  /** @param {number[]} widths inputs first, then the hidden layers, the logits last @param {string} activation */
  constructor(widths, activation) {
    this.widths = widths;
    this.activation = ACTIVATIONS[activation];
    /** @type {LinearLayer[]} */
    this.layers = [];
    let size = 0;
    for (let l = 1; l < widths.length; l++) {
      const [inputs, outputs] = [widths[l - 1], widths[l]];
      this.layers.push({ inputs, outputs, weight: size, bias: size + inputs * outputs });
      size += (inputs + 1) * outputs;
    }
    this.params = new Float64Array(size);
    this.grads = new Float64Array(size);
  }

  /** Uniform in ±1/√inputs, weights and biases: what torch.nn.Linear starts from. @param {() => number} random in [0, 1) */
  initialise(random) {
    for (const { inputs, outputs, weight } of this.layers) {
      const bound = 1 / Math.sqrt(inputs);
      for (let i = 0; i < (inputs + 1) * outputs; i++) this.params[weight + i] = bound * (2 * random() - 1);
    }
  }

  /** @param {number} count examples at most @returns {Pass} */
  room(count) {
    const make = () => this.widths.map((width) => new Float64Array(count * width));
    return { count, z: make(), h: make(), errors: make() };
  }

  /** Fills the pass for the examples in pass.h[0]. @param {Pass} pass */
  forward(pass) {
    const last = this.layers.length;
    for (let l = 1; l <= last; l++) {
      linear(this.layers[l - 1], this.params, pass.h[l - 1], pass.z[l], pass.count);
      if (l < last) each(this.activation.value, pass.z[l], pass.h[l], pass.count * this.widths[l]);
    }
    return pass.z[last];
  }

  /**
   * Gradient of the mean loss by every parameter into `grads`, after `forward`.
   * @param {Pass} pass @param {ArrayLike<number>} y labels 0 or 1
   */
  backward(pass, y) {
    const last = this.layers.length;
    const logits = pass.z[last];
    for (let n = 0; n < pass.count; n++) pass.errors[last][n] = (logistic(logits[n]) - y[n]) / pass.count;
    for (let l = last; l >= 1; l--) {
      const layer = this.layers[l - 1];
      weightGradient(layer, pass.errors[l], pass.h[l - 1], this.grads, pass.count);
      if (l > 1) inputError(layer, this.params, this.activation.slope, pass.errors[l], pass, l - 1);
    }
    return this.grads;
  }
}

/** z = h Wᵀ + b. @param {LinearLayer} layer @param {Float64Array} params @param {Float64Array} h @param {Float64Array} z @param {number} count */
function linear({ inputs, outputs, weight, bias }, params, h, z, count) {
  for (let n = 0; n < count; n++) {
    for (let o = 0; o < outputs; o++) {
      let sum = params[bias + o];
      for (let i = 0; i < inputs; i++) sum += params[weight + o * inputs + i] * h[n * inputs + i];
      z[n * outputs + o] = sum;
    }
  }
}

/** @param {(z: number) => number} value @param {Float64Array} z @param {Float64Array} h @param {number} size */
function each(value, z, h, size) {
  for (let i = 0; i < size; i++) h[i] = value(z[i]);
}

/** dL/dW = errorsᵀ h, dL/db = Σ errors. @param {LinearLayer} layer @param {Float64Array} errors @param {Float64Array} h @param {Float64Array} grads @param {number} count */
export function weightGradient({ inputs, outputs, weight, bias }, errors, h, grads, count) {
  grads.fill(0, weight, bias + outputs);
  for (let n = 0; n < count; n++) {
    for (let o = 0; o < outputs; o++) {
      const error = errors[n * outputs + o];
      if (error === 0) continue;
      grads[bias + o] += error;
      for (let i = 0; i < inputs; i++) grads[weight + o * inputs + i] += error * h[n * inputs + i];
    }
  }
}

/** Hands the error `above` a layer down to layer l: dL/dz = (above W) · slope. @param {LinearLayer} layer @param {Float64Array} params @param {(z: number, h: number) => number} slope @param {Float64Array} above @param {Pass} pass @param {number} l */
export function inputError({ inputs, outputs, weight }, params, slope, above, pass, l) {
  const below = pass.errors[l], z = pass.z[l], h = pass.h[l];
  for (let n = 0; n < pass.count; n++) {
    for (let i = 0; i < inputs; i++) {
      let sum = 0;
      for (let o = 0; o < outputs; o++) sum += above[n * outputs + o] * params[weight + o * inputs + i];
      const k = n * inputs + i;
      below[k] = sum * slope(z[k], h[k]);
    }
  }
}

/** Mean of -log p(label), from logits, without overflow. @param {ArrayLike<number>} logits @param {ArrayLike<number>} y */
export function crossEntropy(logits, y) {
  let sum = 0;
  for (let n = 0; n < y.length; n++) sum += Math.max(logits[n], 0) - logits[n] * y[n] + Math.log1p(Math.exp(-Math.abs(logits[n])));
  return sum / y.length;
}

/** Share of logits on the label's side of 0. @param {ArrayLike<number>} logits @param {ArrayLike<number>} y */
export function shareRight(logits, y) {
  let right = 0;
  for (let n = 0; n < y.length; n++) right += Number(logits[n] > 0) === y[n] ? 1 : 0;
  return right / y.length;
}
