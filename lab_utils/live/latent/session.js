// What the reader has chosen, and what follows from it: where the two handles are, which garments the path joins.

import { Plane, between, mix } from "./decoder.js";

/** @typedef {import("./decoder.js").Code} Code */

export const STOPS = 9; // pictures of a path, its ends among them

export class LatentSession {
  /** @param {any} data as written by latent_plane.py */
  constructor(data) {
    this.classes = /** @type {string[]} */ (data.classes);
    this.labels = /** @type {Uint8Array} */ (data.labels.data);
    this.planes = [new Plane(data.planes[0]), new Plane(data.planes[1])];
    this.picks = /** @type {number[]} */ (data.picks); // garments whose own pictures came along
    this.side = data.side;
    this.pixels = /** @type {Uint8Array} */ (data.pictures.data);
    this.from = data.start[0];
    this.to = data.start[1];
    this.way = 0;
    this.away = false; // a handle has been dragged off the path
    this.linked = true;
    this.tiled = false;
    this.only = -1; // the class that stands out, or -1 for all
    /** @type {Code[]} */
    this.handles = this.planes.map((plane) => plane.codeOf(this.picks[this.from]));
  }

  /** Moves a handle; with the planes linked the other one goes to where its network keeps the nearest garment. @param {number} which @param {Code} code */
  drag(which, code) {
    const plane = this.planes[which];
    this.away = true;
    this.handles[which] = plane.fromShare(plane.toShare(code)); // kept inside the view
    if (this.linked) this.handles[1 - which] = this.planes[1 - which].codeOf(plane.nearest(this.handles[which]).garment);
  }

  /** The path starts or ends at another garment. @param {"from" | "to"} end @param {number} pick */
  choose(end, pick) {
    this[end] = pick;
    this.travel(this.way);
  }

  /** Both handles to a place on their paths. @param {number} share 0 to 1 */
  travel(share) {
    this.way = share;
    this.away = false;
    this.handles = this.planes.map((_, which) => this.onPath(which, share));
  }

  /** @param {number} which @param {number} share @returns {Code} */
  onPath(which, share) {
    const plane = this.planes[which];
    return between(plane.codeOf(this.picks[this.from]), plane.codeOf(this.picks[this.to]), share);
  }

  /** A garment as it is, brightness 0 to 1. @param {number} pick */
  original(pick) {
    const size = this.side * this.side;
    return Float32Array.from(this.pixels.subarray(pick * size, (pick + 1) * size), (v) => v / 255);
  }

  /** The pictures of one row of the strip: of the two originals laid over each other, or of a decoder along its path. @param {number} row 0 for the mixture */
  strip(row) {
    const shares = Array.from({ length: STOPS }, (_, i) => i / (STOPS - 1));
    if (row > 0) return shares.map((share) => this.planes[row - 1].decode(this.onPath(row - 1, share)));
    const [from, to] = [this.original(this.from), this.original(this.to)];
    return shares.map((share) => mix(from, to, share));
  }

  /** The name of a pick for a list: its class, and which of its class it is. @param {number} pick */
  nameOf(pick) {
    const label = this.labels[this.picks[pick]];
    const earlier = this.picks.slice(0, pick).filter((garment) => this.labels[garment] === label).length;
    return `${this.classes[label]} ${earlier + 1}`;
  }
}
