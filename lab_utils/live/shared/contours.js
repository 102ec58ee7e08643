// Level lines of a surface: where its loss passes a level, as pieces of line between the points of a fine grid.

/** Losses above the lowest on a grid with `columns` × `rows` points over the view, row by row from the top. @param {{view: number[], lowest: number, value: (x: number, y: number) => number}} land @param {number} columns @param {number} rows */
export function heights(land, columns, rows) {
  const [x0, x1, y0, y1] = land.view;
  const out = new Float64Array(columns * rows);
  for (let r = 0; r < rows; r++) {
    const y = y1 - ((y1 - y0) * r) / (rows - 1);
    for (let c = 0; c < columns; c++) out[r * columns + c] = Math.max(0, land.value(x0 + ((x1 - x0) * c) / (columns - 1), y) - land.lowest);
  }
  return out;
}

/** 1, 2, 5, 10, … between a hundred-thousandth of the largest height and the largest. @param {number} highest */
export function levels(highest) {
  const out = [];
  for (let power = Math.floor(Math.log10(highest)) - 5; power <= Math.log10(highest); power++) {
    for (const digit of [1, 2, 5]) out.push(Number((digit * 10 ** power).toPrecision(1)));
  }
  return out.filter((level) => level < highest && level > highest * 1e-5);
}

/**
 * Marching squares: for each level, pieces of line as x0, y0, x1, y1 in grid units (column, row).
 * @param {Float64Array} field @param {number} columns @param {number} rows @param {number[]} wanted ascending levels
 */
export function contourLines(field, columns, rows, wanted) {
  /** @type {number[][]} */
  const lines = wanted.map(() => []);
  for (let r = 0; r + 1 < rows; r++) {
    for (let c = 0; c + 1 < columns; c++) {
      const i = r * columns + c;
      const a = field[i], b = field[i + 1], d = field[i + columns], e = field[i + columns + 1];
      const low = Math.min(a, b, d, e), high = Math.max(a, b, d, e);
      for (let k = 0; k < wanted.length && wanted[k] < high; k++) if (wanted[k] >= low) crossCell(lines[k], wanted[k], c, r, a, b, d, e);
    }
  }
  return lines;
}

/**
 * Adds the pieces of one level in one cell; corners a b above, d e below. Sides are asked in the order top, right, bottom,
 * left, so that in a cell with four crossings the first two and the last two are joined.
 * @param {number[]} line @param {number} level @param {number} c @param {number} r @param {number} a @param {number} b @param {number} d @param {number} e
 */
function crossCell(line, level, c, r, a, b, d, e) {
  if (a < level !== b < level) line.push(c + (level - a) / (b - a), r);
  if (b < level !== e < level) line.push(c + 1, r + (level - b) / (e - b));
  if (d < level !== e < level) line.push(c + (level - d) / (e - d), r + 1);
  if (a < level !== d < level) line.push(c, r + (level - a) / (d - a));
}
