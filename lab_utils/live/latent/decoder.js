// The decoders in the page: a code of two numbers in, a picture of pixel brightnesses out; and the garments near a code.

import { logistic } from "../shared/activation_functions.js";
import { createNetwork } from "../shared/nn.js";

/** @typedef {[number, number]} Code */
/** What latent_plane.py writes for one network. @typedef {{name: string, layers: any[], codes: {data: Float32Array}, view: number[]}} PlaneData */

/** One network of the figure: its decoder, and the codes of the garments in its plane. */
export class Plane {
  /** @param {PlaneData} data */
  constructor({ name, layers, codes, view }) {
    this.name = name;
    this.codes = codes.data; // (count, 2), row by row
    const [left, right, bottom, top] = view;
    this.left = left;
    this.right = right;
    this.bottom = bottom;
    this.top = top;
    this.network = createNetwork(layers);
  }

  get count() {
    return this.codes.length / 2;
  }

  /** Pixel brightnesses, 0 to 1. @param {Code} code */
  decode(code) {
    return this.network.run(Float32Array.from(code), [2]).logits.map(logistic);
  }

  /** @param {number} i @returns {Code} */
  codeOf(i) {
    return [this.codes[2 * i], this.codes[2 * i + 1]];
  }

  /** A place in the view as shares of its width and height, (0, 0) at the bottom left. @param {Code} code @returns {Code} */
  toShare([x, y]) {
    return [(x - this.left) / (this.right - this.left), (y - this.bottom) / (this.top - this.bottom)];
  }

  /** The code at a place of the view; outside, the nearest inside. @param {Code} share @returns {Code} */
  fromShare([across, up]) {
    const inside = (/** @type {number} */ v) => Math.min(1, Math.max(0, v));
    return [this.left + inside(across) * (this.right - this.left), this.bottom + inside(up) * (this.top - this.bottom)];
  }

  /**
   * The garment whose code is nearest on the screen, and how far it is: a share of the view's side.
   * @param {Code} code
   */
  nearest(code) {
    const [x, y] = this.toShare(code);
    let garment = 0, best = Infinity;
    for (let i = 0; i < this.count; i++) {
      const [gx, gy] = this.toShare(this.codeOf(i));
      const distance = Math.hypot(gx - x, gy - y);
      if (distance < best) [garment, best] = [i, distance];
    }
    return { garment, distance: best };
  }
}

/** A place on the straight line between two codes. @param {Code} from @param {Code} to @param {number} share 0 to 1 @returns {Code} */
export function between(from, to, share) {
  return [from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])];
}

/** Two pictures laid over each other. @param {ArrayLike<number>} from @param {ArrayLike<number>} to @param {number} share 0 to 1 */
export function mix(from, to, share) {
  return Float32Array.from(from, (value, i) => value + share * (to[i] - value));
}
