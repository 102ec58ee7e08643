// What the look into the network holds, without a page: the last answer, and the layer, map and place that are looked at.

import { account, windowOf } from "./explain.js";
import { extent } from "./maps.js";

/** The place that a reader looks at; it stays inside the chosen layer's maps. */
export class Inspection {
  /** @param {any[]} layers the exported list @param {string[]} classes */
  constructor(layers, classes) {
    this.layers = layers;
    this.classes = classes;
    /** Empty until the network has answered. @type {import("../shared/nn.js").Step[]} */
    this.steps = [];
    this.pixels = new Float32Array(0);
    this.side = 0;
    this.index = 0;
    this.map = 0;
    this.y = 0;
    this.x = 0;
  }

  /** Has the network answered? */
  get ready() {
    return this.steps.length > 0;
  }

  /** The chosen layer as it was exported. */
  get layer() {
    return this.layers[this.index];
  }

  /** All maps of the chosen layer. */
  get output() {
    return this.steps[this.index].output;
  }

  /** Height and width of a map, and how many there are. */
  get extent() {
    return extent(this.output);
  }

  /** Is the layer's output a row of numbers rather than maps? */
  get isVector() {
    return this.output.shape.length === 1;
  }

  /** The numbers of the chosen map, row by row. */
  get values() {
    const [, , depth] = this.extent;
    return Array.from({ length: this.output.data.length / depth }, (_, i) => this.output.data[i * depth + this.map]);
  }

  /** The chosen map's name in words. */
  get title() {
    const named = this.index === this.layers.length - 1 && this.classes[this.map];
    return `${this.isVector ? "Unit" : "Map"} ${this.map + 1} of ${this.extent[2]}${named ? ` (${named})` : ""}`;
  }

  /** The part of the input that the place sees; null for all of it. */
  get window() {
    return windowOf(this.layers, this.index, this.y, this.x);
  }

  /** Where the number at the place comes from. */
  get account() {
    return account(this.layer, this.steps[this.index].input, this.output, this.map, this.y, this.x);
  }

  /** A new answer; the first one also chooses where to look. @param {import("../shared/nn.js").Step[]} steps @param {Float32Array} pixels @param {number} side */
  see(steps, pixels, side) {
    const first = !this.ready;
    Object.assign(this, { steps, pixels, side });
    if (first) this.chooseLayer(this.index);
  }

  /** Its strongest map, where that is strongest. @param {number} index */
  chooseLayer(index) {
    this.index = index;
    if (!this.ready) return;
    this.map = this.strongestMap(index);
    this.goToStrongestPlace();
  }

  /** A map that there is not changes nothing. @param {number} map */
  chooseMap(map) {
    if (map >= 0 && map < this.extent[2]) this.map = map;
  }

  /** @param {number} y @param {number} x the nearest place inside the map is chosen */
  moveTo(y, x) {
    const [height, width] = this.extent;
    this.y = Math.max(0, Math.min(height - 1, y));
    this.x = Math.max(0, Math.min(width - 1, x));
  }

  goToStrongestPlace() {
    const strength = this.values.map(Math.abs);
    const place = strength.indexOf(Math.max(...strength));
    const width = this.extent[1];
    this.moveTo(Math.floor(place / width), place % width);
  }

  /** The map that varies most from place to place; of a vector, the largest number. @param {number} index which layer */
  strongestMap(index) {
    const { data, shape } = this.steps[index].output;
    const [height, width, depth] = extent({ data, shape });
    const n = height * width;
    const sums = new Float64Array(depth), squares = new Float64Array(depth);
    for (let i = 0; i < data.length; i++) {
      sums[i % depth] += data[i];
      squares[i % depth] += data[i] ** 2;
    }
    const score = n === 1 ? sums : squares.map((v, i) => v / n - (sums[i] / n) ** 2);
    return score.indexOf(Math.max(...score));
  }
}
