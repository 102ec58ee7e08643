// What a reader does with a measured grid: guess, reveal, look at a cell, pin another beside it.

import { same } from "./model.js";

/** @typedef {import("./model.js").Cell} Cell */
/** @typedef {import("./model.js").Metric} Metric */
/** @typedef {"found" | "tied" | "missed" | "none"} Verdict */

export class GridSession {
  /** @param {import("./model.js").MeasuredGrid} grid @param {number} size the data size that comes first, its place */
  constructor(grid, size) {
    this.grid = grid;
    this.size = size;
    /** The guess for each data size. @type {(Cell | null)[]} */
    this.guesses = grid.sizes.map(() => null);
    this.revealed = grid.sizes.map(() => false);
    /** The cell on view. @type {Cell} */
    this.chosen = { size, row: 0, column: 0 };
    /** @type {Cell | null} */
    this.pinned = null;
    /** @type {Metric} */
    this.metric = "validation_accuracy";
    /** Which curves are drawn. @type {"accuracy" | "loss"} */
    this.quantity = "accuracy";
    this.checkpoint = grid.checkpoints.length - 1;
  }

  get isRevealed() {
    return this.revealed[this.size];
  }

  get guess() {
    return this.guesses[this.size];
  }

  /** The cell that did best on the validation images, which the guess is about. */
  get best() {
    return this.grid.best(this.size, "validation_accuracy");
  }

  /** Another data size: the same settings on view. @param {number} size */
  chooseSize(size) {
    this.size = size;
    this.chosen = { ...this.chosen, size };
  }

  /** A cell is pressed: before the reveal it is the guess, afterwards what is on view. @param {Cell} cell */
  choose(cell) {
    if (this.isRevealed) this.chosen = cell;
    else this.guesses[this.size] = cell;
  }

  /** Shows the measurements of this data size; on view is the guess, and beside it what it is best compared with. */
  reveal() {
    this.revealed[this.size] = true;
    this.chosen = this.guess ?? this.best;
    this.pinned = same(this.chosen, this.best) ? { size: this.size, row: 0, column: 0 } : this.best;
    if (same(this.pinned, this.chosen)) this.pinned = null;
  }

  togglePin() {
    this.pinned = same(this.pinned, this.chosen) ? null : this.chosen;
  }

  /** @param {number} size @returns {Verdict} */
  verdict(size) {
    const guess = this.guesses[size];
    if (!guess) return "none";
    if (same(guess, this.grid.best(size, "validation_accuracy"))) return "found";
    return this.grid.ties(guess, "validation_accuracy") ? "tied" : "missed";
  }

  /** Guesses that have been revealed, and how many of them were as good as the best. */
  get score() {
    const verdicts = this.revealed.map((open, size) => (open ? this.verdict(size) : "none")).filter((v) => v !== "none");
    return { made: verdicts.length, right: verdicts.filter((v) => v !== "missed").length };
  }
}
