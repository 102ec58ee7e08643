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
    this.goToAnEdge();
  }

  /** To an edge: of the fifth of the tiles with most contrast, the one whose slopes agree best on a direction. */
  goToAnEdge() {
    const { model } = this, { size } = model, photo = model.photos[this.photo];
    const tiles = [];
    for (let top = 0; top + size <= photo.rows; top += size) {
      for (let left = 0; left + size <= photo.columns; left += size) {
        const patch = model.cut(photo, top, left, this.patch);
        tiles.push({ top, left, contrast: Math.hypot(...patch), agreement: agreement(patch, size) });
      }
    }
    const lively = tiles.sort((a, b) => b.contrast - a.contrast).slice(0, Math.ceil(tiles.length / 5));
    this.go(lively.reduce((best, tile) => (tile.agreement > best.agreement ? tile : best)));
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

/** From 0 to 1, how far the slopes of a patch share one direction: the coherence of its structure tensor. @param {ArrayLike<number>} patch @param {number} size */
function agreement(patch, size) {
  let xx = 0, yy = 0, xy = 0;
  for (let p = 0; p + size < patch.length; p++) {
    if (p % size === size - 1) continue;
    const dx = patch[p + 1] - patch[p], dy = patch[p + size] - patch[p];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return xx + yy ? Math.hypot(xx - yy, 2 * xy) / (xx + yy) : 0;
}
