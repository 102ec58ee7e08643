// A sparse code in training, without a page: patches of the photos, atoms, and what is measured after each update.

import { gaussian, randomFrom } from "../shared/toys.js";
import { fista, gather, gramOf, improve, largestEigenvalue, randomAtoms, rebuild } from "./coding.js";

export const BATCH = 100; // patches an update
const STEPS = 40; // of FISTA
const MEMORY = 50; // updates over which the running sums reach back
const PROBES = 100; // patches, always the same, on which the curves are measured
const MOST_ROWS = 600;
const SAFETY = 1.01; // power iteration ends a little below the eigenvalue

/** @typedef {{penalty: number, atoms: number, seed: number, speed: number}} SparseSettings */
/** A whitened photo, row by row. @typedef {{rows: number, columns: number, values: Float64Array}} Photo */
/** Shares of codes in use, and of the squared length of the patches that is left over. @typedef {{step: number, active: number, left: number, idle: number}} SparseRow */

export class SparseModel {
  /** @type {SparseRow[]} */
  rows = [];
  step = 0;
  stride = 1;
  ready = true;
  origin = "";

  /** @param {SparseSettings} settings @param {Photo[]} photos @param {number} size of a patch's side */
  constructor(settings, photos, size) {
    this.s = settings;
    this.photos = photos;
    this.size = size;
    this.pixels = size * size;
    /** Divides every patch, so that their pixels have variance 1. */
    this.scale = 1;
    this.scale = this.spread();
    this.probes = this.draw(PROBES, randomFrom(0));
    this.random = randomFrom(0);
    this.atoms = randomAtoms(1, this.pixels, Math.random);
    this.sums = { together: new Float64Array(1), evidence: new Float64Array(this.pixels) };
    this.codes = new Float64Array(0);
    this.quadratic = { gram: new Float64Array(1), rate: 1 };
    this.guess = new Float64Array(1);
    this.restart();
  }

  /** The same seed from random atoms. */
  restart() {
    const random = randomFrom(2 * this.s.seed + 1);
    this.take(randomAtoms(this.s.atoms, this.pixels, () => gaussian(random)), "random atoms");
  }

  /** Goes on from these atoms, with nothing remembered. @param {import("./coding.js").Atoms} atoms @param {string} origin what they are, in words */
  take(atoms, origin) {
    this.origin = origin;
    this.random = randomFrom(2 * this.s.seed + 2);
    this.atoms = atoms;
    this.sums = { together: new Float64Array(atoms.count ** 2), evidence: new Float64Array(atoms.rows.length) };
    this.codes = new Float64Array(BATCH * atoms.count);
    this.guess = Float64Array.from({ length: atoms.count }, () => this.random() - 0.5);
    this.step = 0;
    this.stride = 1;
    this.rows = [];
    this.prepare(200);
    this.measure();
  }

  /** @param {Partial<SparseSettings>} changes */
  set(changes) {
    this.s = { ...this.s, ...changes };
    if ("atoms" in changes || "seed" in changes) return this.restart();
    if ("penalty" in changes) this.measure(true);
  }

  /** One patch, mean taken away, into `out`. @param {Photo} photo @param {number} top @param {number} left @param {Float64Array} out */
  cut({ columns, values }, top, left, out) {
    const { size, pixels, scale } = this;
    let mean = 0;
    for (let p = 0; p < pixels; p++) mean += out[p] = values[(top + Math.floor(p / size)) * columns + left + (p % size)];
    mean /= pixels;
    for (let p = 0; p < pixels; p++) out[p] = (out[p] - mean) / scale;
    return out;
  }

  /** Standard deviation of the pixels of patches side by side. */
  spread() {
    let sum = 0, count = 0;
    const out = new Float64Array(this.pixels);
    for (const photo of this.photos) {
      for (let top = 0; top + this.size <= photo.rows; top += this.size) {
        for (let left = 0; left + this.size <= photo.columns; left += this.size) {
          for (const v of this.cut(photo, top, left, out)) sum += v * v;
          count += this.pixels;
        }
      }
    }
    return Math.sqrt(sum / count) || 1;
  }

  /** Patches from random places of all photos. @param {number} count @param {() => number} random */
  draw(count, random) {
    const out = new Float64Array(count * this.pixels);
    for (let n = 0; n < count; n++) {
      const photo = this.photos[n % this.photos.length];
      const top = Math.floor(random() * (photo.rows - this.size + 1)), left = Math.floor(random() * (photo.columns - this.size + 1));
      this.cut(photo, top, left, out.subarray(n * this.pixels, (n + 1) * this.pixels));
    }
    return out;
  }

  /** What coding needs of the atoms as they are now. @param {number} rounds of power iteration: few do where the atoms have hardly moved */
  prepare(rounds) {
    const gram = gramOf(this.atoms);
    this.quadratic = { gram, rate: 1 / (SAFETY * largestEigenvalue(gram, this.guess, rounds)) };
  }

  /** @param {ArrayLike<number>} patch @param {Float64Array} [codes] */
  code(patch, codes = new Float64Array(this.atoms.count)) {
    return fista(this.atoms, this.quadratic, patch, this.s.penalty, STEPS, codes);
  }

  /** Codes a batch, then moves each atom (Mairal et al., 2009, algorithm 2). */
  update() {
    const { atoms: { count }, pixels, codes } = this, batch = this.draw(BATCH, this.random);
    for (let n = 0; n < BATCH; n++) this.code(batch.subarray(n * pixels, (n + 1) * pixels), codes.subarray(n * count, (n + 1) * count));
    this.step++;
    gather(this.atoms, this.sums, 1 - 1 / Math.min(this.step, MEMORY), codes, batch);
    improve(this.atoms, this.sums);
    this.prepare(20);
  }

  /** A row between two pictures is a row like any other. */
  score() {
    this.measure();
  }

  /** A row of the curves, unless this step has one. @param {boolean} [anew] though it has one */
  measure(anew = false) {
    const last = this.rows.at(-1);
    if (last?.step === this.step && !anew) return;
    const before = this.rows.at(-2);
    if (last && (last.step === this.step || (before && this.step - before.step < 2 * this.stride))) this.rows.pop();
    this.rows.push(this.read());
    if (this.rows.length <= MOST_ROWS) return;
    this.rows = this.rows.filter((_, i, all) => i % 2 === 0 || i === all.length - 1);
    this.stride *= 2;
  }

  /** On the probes. @returns {SparseRow} */
  read() {
    const { probes, pixels, atoms } = this, codes = new Float64Array(atoms.count), out = new Float64Array(pixels);
    const used = new Uint8Array(atoms.count);
    let active = 0, left = 0, whole = 0;
    for (let n = 0; n < PROBES; n++) {
      const patch = probes.subarray(n * pixels, (n + 1) * pixels);
      this.code(patch, codes);
      rebuild(atoms, codes, out);
      codes.forEach((code, k) => {
        if (code !== 0) active += used[k] = 1;
      });
      patch.forEach((v, p) => {
        left += (v - out[p]) ** 2;
        whole += v * v;
      });
    }
    return { step: this.step, active: active / (PROBES * atoms.count), left: left / whole, idle: used.filter((u) => !u).length };
  }

  /** The newest row. */
  get now() {
    return /** @type {SparseRow} */ (this.rows.at(-1));
  }
}
