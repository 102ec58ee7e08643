// The spaces of the network as the reader sees them: the input plane, and each hidden layer through a camera.

import { cutAccuracy, fitCut } from "../shared/linear_probe.js";
import { alignAxes, alignPoints, blendAxes, cutPlane, frame, look, principalPlane, unitPlane } from "../shared/plane_view.js";
import { SIDE } from "./model.js";

/** @typedef {import("../shared/plane_view.js").Camera} Camera */
/** @typedef {import("./model.js").PlaygroundModel} Model */

export class Spaces {
  /** @type {(Camera | null)[]} */
  cameras = [];
  /** @type {(import("../shared/linear_probe.js").Cut | null)[]} */
  cuts = [];
  /** Shares of training and of held-out points that the cuts get right. @type {number[]} */
  accuracies = [];
  /** @type {number[]} */
  heldAccuracies = [];

  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    /** Where the reader stands on the way through the network: 0 the input, 1 the first layer, between them the way. */
    this.at = model.s.layer;
    this.forget();
  }

  /** After new weights from the start, or another view: no picture before this one to stay near to. */
  forget() {
    const layers = this.model.net.widths.length - 1;
    this.cameras = Array(layers).fill(null);
    this.cuts = Array(layers).fill(null);
    this.accuracies = Array(layers).fill(NaN);
    this.heldAccuracies = Array(layers).fill(NaN);
    this.at = Math.min(this.at, layers - 1);
  }

  /** Straight cuts through these spaces, or through all: how separable the classes are there. @param {number[]} layers */
  measure(layers = [...this.cuts.keys()]) {
    const { all, test, train, held, net } = this.model;
    for (const l of new Set(layers)) {
      const cut = fitCut(all.h[l], train.y, net.widths[l], this.cuts[l]?.scaled);
      this.cuts[l] = cut;
      this.accuracies[l] = cut ? cutAccuracy(cut, all.h[l], train.y) : NaN;
      this.heldAccuracies[l] = cut ? cutAccuracy(cut, test.h[l], held.y) : NaN;
    }
  }

  /** The layers whose pictures are needed now: one, or two while on the way. */
  get shown() {
    return [Math.floor(this.at), Math.ceil(this.at)];
  }

  /** The camera of layer l, set up where there was none. @param {number} l */
  camera(l) {
    return (this.cameras[l] ??= this.target(l));
  }

  /**
   * Moves the cameras a share of their way to where they ought to be; says how far they still are from it.
   * @param {number} share 1 brings them there
   */
  follow(share) {
    let rest = 0;
    for (let l = 0; l <= this.shown[1]; l++) {
      if (this.cameras[l] && l < this.shown[0]) continue;
      rest = Math.max(rest, this.followLayer(l, share));
    }
    return rest;
  }

  /** @param {number} l @param {number} share */
  followLayer(l, share) {
    const old = this.cameras[l];
    const target = this.target(l);
    if (!old || old.axes.length !== target.axes.length || !Number.isFinite(old.half + old.axes[0])) {
      this.cameras[l] = target;
      return 0;
    }
    const exact = l === 0 || this.kind(l) !== "pca";
    const axes = exact ? target.axes : blendAxes(old.axes, target.axes, share);
    const centre = exact ? target.centre : old.centre.map((v, i) => v + share * (target.centre[i] - v));
    const middle = /** @type {[number, number]} */ (old.middle.map((v, i) => v + share * (target.middle[i] - v)));
    const half = old.half + share * (target.half - old.half);
    this.cameras[l] = { axes, centre, middle, half, share: target.share };
    return Math.abs(half / target.half - 1) + Math.max(...axes.map((v, i) => Math.abs(v - target.axes[i])));
  }

  /** How layer l is seen: "plane" where it is one, "line" where it has one unit, else as the reader chose. @param {number} l */
  kind(l) {
    const width = this.model.net.widths[l], { view, layer } = this.model.s;
    if (l === 0) return "input";
    if (width === 1) return "line";
    if (view === "cut") return this.cuts[l] ? "cut" : width === 2 ? "plane" : "pca";
    if (l === layer && typeof view !== "string") return "units";
    return width === 2 ? "plane" : "pca";
  }

  /** @param {number} l @returns {Camera} */
  target(l) {
    const { net, all, box, s } = this.model, width = net.widths[l], h = all.h[l], count = all.count, kind = this.kind(l);
    if (l === 0) return { ...unitPlane(2, 0, 1), middle: [box.cx, box.cy], half: box.half };
    if (kind === "line") return this.framed({ axes: new Float64Array([1, 0]), centre: new Float64Array(1), share: 1 }, h, count);
    if (kind === "cut") return this.framed(this.keepUp(cutPlane(h, count, width, /** @type {any} */ (this.cuts[l])), l), h, count);
    if (kind === "plane") return this.framed(unitPlane(width, 0, 1), h, count);
    if (kind === "units") return this.framed(unitPlane(width, Number(s.view[0]) - 1, Number(s.view[1]) - 1), h, count);
    return this.framed(this.still(principalPlane(h, count, width), l), h, count);
  }

  /** The plane turned to look as it did in the picture before; at first as the layer below does. @param {{axes: Float64Array, centre: Float64Array, share: number}} plane @param {number} l */
  still(plane, l) {
    const { all } = this.model, old = this.cameras[l], below = this.cameras[l - 1];
    if (old && old.axes.length === plane.axes.length) return { ...plane, axes: alignAxes(plane.axes, old.axes) };
    if (!below) return plane;
    const seen = this.seen(below, l - 1, all.h, all.count, new Float64Array(2 * all.count));
    return { ...plane, axes: alignPoints(plane, all.h[l], seen) };
  }

  /** Only the sign of the upward axis is free where the other is the cut's. @param {{axes: Float64Array, centre: Float64Array, share: number}} plane @param {number} l */
  keepUp(plane, l) {
    const old = this.cameras[l]?.axes;
    let same = 0;
    for (let i = 1; i < plane.axes.length; i += 2) same += plane.axes[i] * (old?.length === plane.axes.length ? old[i] : 1);
    return same >= 0 ? plane : { ...plane, axes: plane.axes.map((v, i) => (i % 2 ? -v : v)) };
  }

  /** @param {{axes: Float64Array, centre: Float64Array, share: number}} plane @param {Float64Array} h @param {number} count @returns {Camera} */
  framed(plane, h, count) {
    const flat = look({ ...plane, middle: [0, 0], half: 1 }, h, count, new Float64Array(2 * count));
    return { ...plane, ...frame(flat) };
  }

  /** Rows of layer l in -1 to 1. A layer of one unit is a line: the input's second coordinate gives it height. @param {Camera} camera @param {number} l @param {Float64Array[]} h @param {number} count @param {Float64Array} out */
  seen(camera, l, h, count, out) {
    look(camera, h[l], count, out);
    const { box } = this.model;
    if (l > 0 && camera.centre.length === 1) for (let n = 0; n < count; n++) out[2 * n + 1] = (h[0][2 * n + 1] - box.cy) / box.half;
    return out;
  }

  /** Where a set of points is seen now, on the way between two layers too. @param {import("../shared/mlp.js").Pass} pass */
  positions(pass) {
    const [low, high] = this.shown, share = this.at - low;
    const from = this.seen(this.camera(low), low, pass.h, pass.count, new Float64Array(2 * pass.count));
    if (low === high) return from;
    const to = this.seen(this.camera(high), high, pass.h, pass.count, new Float64Array(2 * pass.count));
    return from.map((v, i) => v + share * (to[i] - v));
  }

  /** The straight cut where it is a line of the picture, as a·x + b·y + c = 0 in the picture's own -1 to 1; else null. */
  line() {
    const l = this.at, cut = this.cuts[l];
    if (!Number.isInteger(l) || !cut) return null;
    const width = this.model.net.widths[l], camera = this.camera(l);
    if (width > 2 && this.kind(l) !== "cut") return null;
    let a = 0, b = 0, c = cut.bias;
    for (let i = 0; i < width; i++) {
      a += camera.axes[2 * i] * cut.weight[i];
      b += camera.axes[2 * i + 1] * cut.weight[i];
      c += cut.weight[i] * camera.centre[i];
    }
    return { a: a * camera.half, b: b * camera.half, c: c + a * camera.middle[0] + b * camera.middle[1] };
  }
}

/** A place on the boundary between two places of the grid. @typedef {{from: number, to: number, share: number}} Crossing */

/** The line where values change sign, as pairs of crossings (marching squares). @param {Float64Array} values (SIDE, SIDE), `stride` apart @param {number} stride @param {number} offset @returns {Crossing[]} */
export function contour(values, stride = 1, offset = 0) {
  /** @type {Crossing[]} */
  const found = [];
  const at = (/** @type {number} */ i) => values[i * stride + offset];
  for (let row = 0; row + 1 < SIDE; row++) {
    for (let column = 0; column + 1 < SIDE; column++) {
      const i = row * SIDE + column;
      const ring = [i, i + 1, i + 1 + SIDE, i + SIDE];
      const crossings = [];
      for (let k = 0; k < 4; k++) {
        const from = ring[k], to = ring[(k + 1) % 4];
        if (at(from) > 0 !== at(to) > 0) crossings.push({ from, to, share: at(from) / (at(from) - at(to)) });
      }
      if (crossings.length) found.push(...crossings);
    }
  }
  return found;
}
