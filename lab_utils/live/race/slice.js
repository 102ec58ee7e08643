// A grid of measured losses as a smooth surface: cubic convolution (Keys 1981), its gradient that of the interpolant.

/**
 * Rows are values of y, columns of x, both evenly spaced.
 * @typedef {{values: ArrayLike<number>, rows: number, columns: number, x: [number, number], y: [number, number]}} MeasuredGrid
 */

/** Keys's weights (a = −1/2) of the four neighbours at a share t of the way, then their derivatives. @param {number} t @param {Float64Array} out (8,) */
function keysWeights(t, out) {
  out[0] = ((-t + 2) * t - 1) * t * 0.5;
  out[1] = ((3 * t - 5) * t * t + 2) * 0.5;
  out[2] = ((-3 * t + 4) * t + 1) * t * 0.5;
  out[3] = (t - 1) * t * t * 0.5;
  out[4] = ((-3 * t + 4) * t - 1) * 0.5;
  out[5] = ((9 * t - 10) * t) * 0.5;
  out[6] = ((-9 * t + 8) * t + 1) * 0.5;
  out[7] = ((3 * t - 2) * t) * 0.5;
}

/** The grid with one more ring, continued as Keys does: v₋₁ = 3v₀ − 3v₁ + v₂. @param {MeasuredGrid} grid */
function withRing({ values, rows, columns }) {
  const wide = columns + 2;
  const out = new Float64Array((rows + 2) * wide);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[(r + 1) * wide + c + 1] = values[r * columns + c];
  /** @param {number} edge @param {number} step index of the ring's cell, and the way inwards */
  const extend = (edge, step) => (out[edge] = 3 * out[edge + step] - 3 * out[edge + 2 * step] + out[edge + 3 * step]);
  for (let r = 1; r <= rows; r++) {
    extend(r * wide, 1);
    extend(r * wide + wide - 1, -1);
  }
  for (let c = 0; c < wide; c++) {
    extend(c, wide);
    extend((rows + 1) * wide + c, -wide);
  }
  return out;
}

/**
 * The interpolant: it passes through every measured value and is once continuously differentiable.
 * @param {MeasuredGrid} grid at least 3 × 3
 */
export function interpolant(grid) {
  const ring = withRing(grid);
  const wide = grid.columns + 2;
  const [x0, x1] = grid.x, [y0, y1] = grid.y;
  const perX = (grid.columns - 1) / (x1 - x0), perY = (grid.rows - 1) / (y1 - y0);
  const across = new Float64Array(8), down = new Float64Array(8), answer = new Float64Array(3);

  /** Value, then both slopes. @param {number} x @param {number} y */
  function at(x, y) {
    const u = (x - x0) * perX, v = (y - y0) * perY;
    const column = Math.min(grid.columns - 2, Math.max(0, Math.floor(u)));
    const row = Math.min(grid.rows - 2, Math.max(0, Math.floor(v)));
    keysWeights(u - column, across);
    keysWeights(v - row, down);
    answer.fill(0);
    for (let r = 0; r < 4; r++) {
      const i = (row + r) * wide + column;
      const line = across[0] * ring[i] + across[1] * ring[i + 1] + across[2] * ring[i + 2] + across[3] * ring[i + 3];
      answer[0] += down[r] * line;
      answer[1] += down[r] * (across[4] * ring[i] + across[5] * ring[i + 1] + across[6] * ring[i + 2] + across[7] * ring[i + 3]);
      answer[2] += down[r + 4] * line;
    }
    answer[1] *= perX;
    answer[2] *= perY;
    return answer;
  }
  return {
    value: (/** @type {number} */ x, /** @type {number} */ y) => at(x, y)[0],
    /** @param {number} x @param {number} y @param {Float64Array} out */
    slope(x, y, out) {
      at(x, y);
      out[0] = answer[1];
      out[1] = answer[2];
    },
    inside: (/** @type {number} */ x, /** @type {number} */ y) => x >= x0 && x <= x1 && y >= y0 && y <= y1,
  };
}

/**
 * The lowest point of a function on a rectangle: the best of a fine grid, then ever smaller steps around it.
 * @param {(x: number, y: number) => number} value @param {number[]} view x0, x1, y0, y1 @param {number} fine points a side
 */
export function lowestPoint(value, [x0, x1, y0, y1], fine = 241) {
  let best = { x: x0, y: y0, loss: Infinity };
  /** @param {number} x @param {number} y */
  const look = (x, y) => {
    const loss = value(x, y);
    if (loss >= best.loss) return false;
    best = { x, y, loss };
    return true;
  };
  for (let i = 0; i < fine; i++) for (let j = 0; j < fine; j++) look(x0 + ((x1 - x0) * j) / (fine - 1), y0 + ((y1 - y0) * i) / (fine - 1));
  for (let share = 1 / (fine - 1); share > 1e-9;) {
    const dx = share * (x1 - x0), dy = share * (y1 - y0);
    const { x, y } = best;
    const tries = [[dx, 0], [-dx, 0], [0, dy], [0, -dy], [dx, dy], [dx, -dy], [-dx, dy], [-dx, -dy]];
    const better = tries.some(([a, b]) => look(Math.min(x1, Math.max(x0, x + a)), Math.min(y1, Math.max(y0, y + b))));
    if (!better) share /= 2;
  }
  return best;
}
