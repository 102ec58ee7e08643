// The curves of a run: one row for each picture drawn, thinned by half whenever there are too many.

const MOST = 1200;

/** @typedef {{step: number, loss: number, heldLoss: number, accuracy: number, heldAccuracy: number, gradients: number[]}} HistoryRow */

export class PlaygroundHistory {
  constructor() {
    /** @type {HistoryRow[]} */
    this.rows = [];
    this.stride = 1;
  }

  /** @param {HistoryRow} row */
  add(row) {
    const last = this.rows.at(-1);
    if (last && row.step < last.step + this.stride) return;
    this.rows.push(row);
    if (this.rows.length <= MOST) return;
    this.rows = this.rows.filter((_, i) => i % 2 === 0);
    this.stride = Math.max(1, (this.rows[1].step - this.rows[0].step));
  }
}
