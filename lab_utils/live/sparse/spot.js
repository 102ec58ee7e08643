// The patch that is looked at: where it lies, its codes, and how it is rebuilt.

import { rebuild } from "./coding.js";

/** @typedef {import("./model.js").SparseModel} SparseModel */

export class Spot {
  photo = 0;
  top = 0;
  left = 0;

  /** @param {SparseModel} model */
  constructor(model) {
    this.model = model;
    this.patch = new Float64Array(model.pixels);
    /** @type {Float64Array} */
    this.codes = new Float64Array(0);
    this.built = new Float64Array(model.pixels);
    this.goSomewhereLively();
  }

  /** To the tile that one in five outdoes in contrast: neither empty nor the loudest. */
  goSomewhereLively() {
    const { model } = this, { size } = model, { rows, columns } = model.photos[this.photo];
    const tiles = [];
    for (let top = 0; top + size <= rows; top += size) {
      for (let left = 0; left + size <= columns; left += size) {
        tiles.push({ top, left, power: Math.hypot(...model.cut(model.photos[this.photo], top, left, this.patch)) });
      }
    }
    tiles.sort((a, b) => b.power - a.power);
    this.go(tiles[Math.floor(tiles.length / 5)]);
  }

  /** @param {{top: number, left: number}} to kept inside the photo */
  go({ top, left }) {
    const { size, photos } = this.model, { rows, columns } = photos[this.photo];
    this.top = Math.max(0, Math.min(rows - size, Math.round(top)));
    this.left = Math.max(0, Math.min(columns - size, Math.round(left)));
    this.recode();
  }

  /** With the atoms and the penalty as they are now. */
  recode() {
    const { model } = this;
    model.cut(model.photos[this.photo], this.top, this.left, this.patch);
    this.codes = model.code(this.patch);
    rebuild(model.atoms, this.codes, this.built);
  }

  /** Numbers of the atoms in use, the largest code first. */
  get used() {
    return Array.from(this.codes.keys()).filter((k) => this.codes[k] !== 0).sort((a, b) => Math.abs(this.codes[b]) - Math.abs(this.codes[a]));
  }

  /** Share of the patch's squared length that is left over; 0 for an even patch. */
  get unexplained() {
    let left = 0, whole = 0;
    this.patch.forEach((v, p) => {
      left += (v - this.built[p]) ** 2;
      whole += v * v;
    });
    return whole ? left / whole : 0;
  }
}
