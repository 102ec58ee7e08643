// The picture on the drawing pad, without a page: its pixels, the brush, the cursor of the keyboard, and the way back.

import { SIDE, stroke } from "./picture.js";

const UNDO_STEPS = 30;

/** @typedef {{x: number, y: number}} Point in pixels of the picture */

export class Sketch {
  /** @param {ArrayLike<number>} pixels @param {string} source */
  constructor(pixels, source) {
    this.pixels = Float32Array.from(pixels);
    /** Where the picture comes from; empty for the reader's own drawing. */
    this.source = source;
    this.brush = { radius: 1.4, shade: 0.9, erase: false };
    this.cursor = { x: SIDE / 2, y: SIDE / 2 };
    /** @type {{pixels: Float32Array, source: string}[]} */
    this.past = [];
  }

  /** Is there a way back? */
  get canUndo() {
    return this.past.length > 0;
  }

  /** Keeps the picture for undo. */
  remember() {
    this.past.push({ pixels: this.pixels.slice(), source: this.source });
    if (this.past.length > UNDO_STEPS) this.past.shift();
  }

  /** @param {ArrayLike<number>} pixels @param {string} source */
  load(pixels, source) {
    this.remember();
    this.pixels.set(pixels);
    this.source = source;
  }

  clear() {
    this.load(new Float32Array(SIDE * SIDE), "");
  }

  invert() {
    this.load(this.pixels.map((v) => 1 - v), "");
  }

  /** A piece of a stroke; whoever begins a stroke remembers first. @param {Point} from @param {Point} to */
  paint(from, to) {
    stroke(this.pixels, from, to, this.brush);
    this.source = "";
  }

  undo() {
    const last = this.past.pop();
    if (!last) return;
    this.pixels.set(last.pixels);
    this.source = last.source;
  }

  /** The cursor stays on the picture. @param {Point} by */
  moveCursor(by) {
    this.cursor.x = Math.max(0.5, Math.min(SIDE - 0.5, this.cursor.x + by.x));
    this.cursor.y = Math.max(0.5, Math.min(SIDE - 0.5, this.cursor.y + by.y));
  }
}
