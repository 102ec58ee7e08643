// A measured grid without a page: the scores of its cells over the seeds, the best cell, and how a guess stands beside it.

/** @typedef {{data: Float32Array, shape: number[]}} Packed */
/** @typedef {"validation_accuracy" | "validation_loss" | "gap" | "test_accuracy" | "test_loss" | "ece" | "train_accuracy" | "train_loss"} Metric */
/** @typedef {"train_loss" | "train_accuracy" | "validation_loss" | "validation_accuracy"} CurveName */
/** @typedef {{size: number, row: number, column: number}} Cell places on the axes: size, dropout, weight decay */
/** @typedef {{mean: number, low: number, high: number}} Spread mean, smallest and largest over the seeds */
/** @typedef {{count: number, share: number, confidence: number, accuracy: number}} Bin */

/** Is more of it better? @type {Record<Metric, boolean>} */
export const HIGHER_IS_BETTER = {
  validation_accuracy: true, validation_loss: false, gap: false, test_accuracy: true, test_loss: false, ece: false,
  train_accuracy: true, train_loss: false,
};

const EQUAL = 1e-6; // as in measured_grid.py: means closer than this are equal

export class MeasuredGrid {
  /** What has been worked out already: the measurement never changes. @type {Map<string, any>} */
  #known = new Map();

  /** @param {any} data as written by regularization_grid.py */
  constructor(data) {
    /** @type {number[]} */ this.sizes = data.sizes;
    /** @type {number[]} */ this.dropout = data.dropout;
    /** @type {number[]} */ this.decay = data.weight_decay;
    /** @type {number[]} */ this.checkpoints = data.checkpoints;
    /** @type {Record<string, Packed>} */ this.arrays = data.arrays;
    /** @type {number} */ this.seeds = data.arrays.bin_count.shape[3];
    /** @type {number} */ this.bins = data.arrays.bin_count.shape[4];
  }

  /** @template T @param {string} what @param {Cell} cell @param {() => T} work @returns {T} */
  #once(what, { size, row, column }, work) {
    const key = `${what} ${size} ${row} ${column}`;
    if (!this.#known.has(key)) this.#known.set(key, work());
    return this.#known.get(key);
  }

  /** Numbers of one cell and seed, in the last axis of an array. @param {string} name @param {Cell} cell @param {number} seed */
  #row(name, { size, row, column }, seed) {
    const { data, shape } = this.arrays[name];
    const length = shape[4] ?? 1;
    const start = (((size * shape[1] + row) * shape[2] + column) * shape[3] + seed) * length;
    return data.subarray(start, start + length);
  }

  /** A score of a cell after the last update, one number a seed. @param {Metric} metric @param {Cell} cell @returns {number[]} */
  values(metric, cell) {
    return this.#once(`values ${metric}`, cell, () => Array.from({ length: this.seeds }, (_, seed) => this.#value(metric, cell, seed)));
  }

  /** @param {Metric} metric @param {Cell} cell @param {number} seed @returns {number} */
  #value(metric, cell, seed) {
    if (metric === "gap") return this.#value("train_accuracy", cell, seed) - this.#value("validation_accuracy", cell, seed);
    if (metric === "ece") return this.#ece(cell, seed);
    const numbers = this.#row(metric, cell, seed);
    return numbers[numbers.length - 1];
  }

  /** Expected calibration error (Guo et al., 2017, eq. 3). @param {Cell} cell @param {number} seed */
  #ece(cell, seed) {
    const [count, right, confidence] = ["bin_count", "bin_right", "bin_confidence_sum"].map((name) => this.#row(name, cell, seed));
    return sum(right.map((value, i) => Math.abs(value - confidence[i]))) / sum(count);
  }

  /** @param {Metric} metric @param {Cell} cell @returns {Spread} */
  spread(metric, cell) {
    return this.#once(`spread ${metric}`, cell, () => spreadOf(this.values(metric, cell)));
  }

  /** A curve of a cell: mean and range over the seeds at each checkpoint. @param {CurveName} name @param {Cell} cell @returns {Spread[]} */
  curve(name, cell) {
    return this.#once(`curve ${name}`, cell, () => {
      const seeds = Array.from({ length: this.seeds }, (_, seed) => this.#row(name, cell, seed));
      return this.checkpoints.map((_, i) => spreadOf(seeds.map((row) => row[i])));
    });
  }

  /** The checkpoint with the lowest mean validation loss: where early stopping would have stopped. @param {Cell} cell */
  lowest(cell) {
    const means = this.curve("validation_loss", cell).map(({ mean }) => mean);
    return means.indexOf(Math.min(...means));
  }

  /** All answers to test images by confidence, the seeds together; an empty bin has NaN. @param {Cell} cell @returns {Bin[]} */
  reliability(cell) {
    const total = (/** @type {string} */ name, /** @type {number} */ i) =>
      sum(Array.from({ length: this.seeds }, (_, seed) => this.#row(name, cell, seed)[i]));
    const counts = Array.from({ length: this.bins }, (_, i) => total("bin_count", i));
    const all = sum(counts);
    return counts.map((count, i) => ({
      count,
      share: count / all,
      confidence: total("bin_confidence_sum", i) / count,
      accuracy: total("bin_right", i) / count,
    }));
  }

  /** The cells of one data size, row by row. @param {number} size @returns {Cell[]} */
  cells(size) {
    return this.dropout.flatMap((_, row) => this.decay.map((_, column) => ({ size, row, column })));
  }

  /** The best cell of a data size by the mean over the seeds, of equals the first. @param {number} size @param {Metric} metric @returns {Cell} */
  best(size, metric) {
    return this.#once(`best ${metric}`, { size, row: 0, column: 0 }, () => {
      const sign = HIGHER_IS_BETTER[metric] ? 1 : -1;
      const means = this.cells(size).map((cell) => sign * this.spread(metric, cell).mean);
      const top = Math.max(...means);
      return this.cells(size)[means.findIndex((mean) => mean > top - EQUAL)];
    });
  }

  /**
   * Does a cell hold its own: is the best cell not better in every seed? Seeds are compared one by one, since those of one
   * data size share images and first weights. @param {Cell} cell @param {Metric} metric
   */
  ties(cell, metric) {
    const { ahead, behind } = this.lead(metric, this.best(cell.size, metric), cell);
    return (HIGHER_IS_BETTER[metric] ? ahead : behind) < this.seeds;
  }

  /**
   * One cell's lead over another with the same images and first weights: how much a seed, and in how many seeds.
   * @param {Metric} metric @param {Cell} cell @param {Cell} other of the same data size
   */
  lead(metric, cell, other) {
    const theirs = this.values(metric, other);
    const differences = this.values(metric, cell).map((value, seed) => value - theirs[seed]);
    return { ...spreadOf(differences), ahead: differences.filter((d) => d > 0).length, behind: differences.filter((d) => d < 0).length };
  }
}

/** @param {Cell | null} a @param {Cell | null} b */
export function same(a, b) {
  return a !== null && b !== null && a.size === b.size && a.row === b.row && a.column === b.column;
}

/** @param {ArrayLike<number>} values @returns {Spread} */
function spreadOf(values) {
  const list = Array.from(values);
  return { mean: sum(list) / list.length, low: Math.min(...list), high: Math.max(...list) };
}

/** @param {ArrayLike<number>} values */
function sum(values) {
  return Array.from(values).reduce((total, value) => total + value, 0);
}
