// What the convolution figure holds, without a page: settings, numbers, and the output that is being explained.

import { KERNELS, PICTURES, allSums, outputSize, problem, reach, terms } from "./arithmetic.js";

/** @typedef {import("./arithmetic.js").Settings} Settings */

/** A kernel over a grid of numbers. Every change leaves settings, sums and place in agreement. */
export class SlidingWindow {
  /** @param {Omit<Settings, "extra">} start */
  constructor(start) {
    /** @type {Settings} */
    this.s = { ...start, extra: 0 };
    this.kernelName = "vertical";
    this.kernel = KERNELS.vertical.make(start.kernel);
    this.pictureName = "square";
    this.input = PICTURES.square.make(start.size);
    /** Why there is no output; empty where there is one. */
    this.why = "";
    /** @type {number[]} */
    this.sums = [];
    this.y = 0;
    this.x = 0;
    /** The input number whose reach is shown, [row, column]. @type {number[] | null} */
    this.hover = null;
    this.settle();
    this.goToTellingPlace();
  }

  /** Side length of the output. */
  get side() {
    return outputSize(this.s);
  }

  /** The terms of the output in view, and what they add up to. */
  get view() {
    return { used: terms(this.s, this.y, this.x), total: this.sums[this.y * this.side + this.x] };
  }

  /** PyTorch asks for an output padding smaller than stride or dilation. */
  get mostExtra() {
    return Math.max(this.s.stride, this.s.dilation) - 1;
  }

  /** Brings everything that follows from the settings and the numbers up to date. */
  settle() {
    this.s.extra = this.s.transposed ? Math.min(this.s.extra, this.mostExtra) : 0;
    this.why = problem(this.s);
    this.sums = this.why ? [] : allSums(this.s, this.input, this.kernel);
    this.moveTo(this.y, this.x);
  }

  /** A change of size or kernel makes new numbers. @param {Exclude<keyof Settings, "transposed">} name @param {number} value */
  set(name, value) {
    const before = this.s.kernel;
    this.s[name] = value;
    if (name === "size") this.input = PICTURES[this.pictureName].make(value);
    if (name === "kernel") this.kernel = this.kernelName === "custom" ? this.resized(before) : KERNELS[this.kernelName].make(value);
    this.settle();
  }

  /** The reader's own kernel in its new size: the corner that fits is kept. @param {number} before its side length so far */
  resized(before) {
    const side = this.s.kernel;
    return Array.from({ length: side * side }, (_, i) => {
      const y = Math.floor(i / side), x = i % side;
      return y < before && x < before ? this.kernel[y * before + x] : 0;
    });
  }

  /** @param {boolean} transposed */
  setTransposed(transposed) {
    Object.assign(this.s, { transposed, extra: 0 });
    this.settle();
    this.goToTellingPlace();
  }

  /** @param {string} name of a preset, or "custom" to go on with the numbers that stand there */
  useKernel(name) {
    this.kernelName = name;
    if (name !== "custom") this.kernel = KERNELS[name].make(this.s.kernel);
    this.settle();
  }

  /** @param {string} name */
  usePicture(name) {
    this.pictureName = name;
    this.input = PICTURES[name].make(this.s.size);
    this.settle();
  }

  /** @param {number} i @param {number} value */
  setWeight(i, value) {
    this.kernelName = "custom";
    this.kernel[i] = value;
    this.settle();
  }

  /** @param {number} y @param {number} x the nearest output to this place comes into view */
  moveTo(y, x) {
    const last = this.side - 1;
    this.y = Math.max(0, Math.min(last, y));
    this.x = Math.max(0, Math.min(last, x));
  }

  /** The window whose middle lies nearest to a place of the padded input. @param {number} row @param {number} column */
  centreOn(row, column) {
    const middle = (reach(this.s) - 1) / 2;
    this.moveTo(Math.round((row - middle) / this.s.stride), Math.round((column - middle) / this.s.stride));
  }

  /** One output on, row by row, and from the last back to the first. */
  advance() {
    const n = this.side;
    const next = (this.y * n + this.x + 1) % (n * n);
    this.moveTo(Math.floor(next / n), next % n);
  }

  /** The output with the largest sum, and among those the one with the most terms: a place worth explaining first. */
  goToTellingPlace() {
    const n = this.side;
    const score = this.sums.map((sum, i) => {
      const inside = terms(this.s, Math.floor(i / n), i % n).filter((t) => t.inside);
      return 1000 * Math.abs(sum) + inside.length;
    });
    const best = score.indexOf(Math.max(...score));
    if (best >= 0) this.moveTo(Math.floor(best / n), best % n);
  }
}
