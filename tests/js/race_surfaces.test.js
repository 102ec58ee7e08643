// The interpolated slice: through its points, smooth, exact for quadratics; and the geometry of the map.
import assert from "node:assert/strict";
import test from "node:test";
import { compact, counted, powerOfTen } from "../../lab_utils/live/race/marks.js";
import { interpolant, lowestPoint } from "../../lab_utils/live/race/slice.js";
import { bowl, measuredSlice } from "../../lab_utils/live/race/surfaces.js";
import { clipped, mapFrame, ticks, visiblePath } from "../../lab_utils/live/race/terrain.js";
import { contourLines, heights, levels } from "../../lab_utils/live/shared/contours.js";

function gridOf(loss, rows, columns, x = [-1, 1], y = [-2, 1]) {
  const at = ([low, high], i, count) => low + ((high - low) * i) / (count - 1);
  const values = Array.from({ length: rows * columns }, (_, i) => loss(at(x, i % columns, columns), at(y, Math.floor(i / columns), rows)));
  return { values, rows, columns, x, y };
}

const bumpy = gridOf((x, y) => Math.sin(40 * x) + Math.cos(33 * y) + x * y, 8, 11);

test("the interpolant passes through every measured loss", () => {
  const { value } = interpolant(bumpy);
  for (let r = 0; r < bumpy.rows; r++) {
    for (let c = 0; c < bumpy.columns; c++) {
      assert.ok(Math.abs(value(-1 + (2 * c) / 10, -2 + (3 * r) / 7) - bumpy.values[r * 11 + c]) < 1e-12);
    }
  }
});

test("its slope is that of the interpolant by finite differences, and continuous across cells", () => {
  const { value, slope } = interpolant(bumpy);
  const out = new Float64Array(2), other = new Float64Array(2), h = 1e-6;
  for (let i = 0; i < 200; i++) {
    const x = -0.99 + (1.98 * ((i * 37) % 200)) / 199, y = -1.99 + (2.98 * i) / 199;
    slope(x, y, out);
    assert.ok(Math.abs(out[0] - (value(x + h, y) - value(x - h, y)) / (2 * h)) < 1e-5, `x at ${x}, ${y}`);
    assert.ok(Math.abs(out[1] - (value(x, y + h) - value(x, y - h)) / (2 * h)) < 1e-5, `y at ${x}, ${y}`);
  }
  for (let c = 1; c < 10; c++) {
    slope(-1 + c / 5 - 1e-10, 0.123, out);
    slope(-1 + c / 5 + 1e-10, 0.123, other);
    assert.ok(Math.hypot(out[0] - other[0], out[1] - other[1]) < 1e-6, `across column ${c}`);
  }
});

test("a quadratic is reproduced exactly, up to the edge", () => {
  const loss = (x, y) => 2 * x * x - 3 * x * y + y * y + x - 4;
  const { value, slope } = interpolant(gridOf(loss, 5, 6));
  const out = new Float64Array(2);
  for (const [x, y] of [[0.1, 0.2], [-0.97, -1.9], [0.99, 0.99], [-1, 1], [0.4, -1.3]]) {
    slope(x, y, out);
    assert.ok(Math.abs(value(x, y) - loss(x, y)) < 1e-12);
    assert.ok(Math.abs(out[0] - (4 * x - 3 * y + 1)) < 1e-11 && Math.abs(out[1] - (2 * y - 3 * x)) < 1e-11);
  }
});

test("the error falls with the third power of the grid's step", () => {
  const loss = (x, y) => Math.sin(3 * x) * Math.cos(2 * y);
  const worst = (n) => {
    const { value } = interpolant(gridOf(loss, n, n));
    return Math.max(...Array.from({ length: 400 }, (_, i) => {
      const x = -0.9 + 1.8 * ((i * 0.618) % 1), y = -1.9 + 2.8 * ((i * 0.414) % 1);
      return Math.abs(value(x, y) - loss(x, y));
    }));
  };
  assert.ok(worst(33) / worst(65) > 6, `${worst(33)} to ${worst(65)}`);
});

test("the lowest point is found between the points of the grid and at an edge", () => {
  const found = lowestPoint((x, y) => (x - 0.1234567) ** 2 + 3 * (y + 0.7654321) ** 2 - 5, [-1, 1, -2, 1]);
  assert.ok(Math.hypot(found.x - 0.1234567, found.y + 0.7654321) < 1e-6 && Math.abs(found.loss + 5) < 1e-12);
  const edge = lowestPoint((x, y) => x + y, [-1, 1, -2, 1]);
  assert.deepEqual([edge.x, edge.y], [-1, -2]);
});

test("a slice starts high, its target is a fiftieth of the way, its lowest is not above any measured loss", () => {
  const land = measuredSlice(gridOf((x, y) => x * x + y * y + 1, 9, 9, [-1, 1], [-1, 1]));
  assert.ok(Math.abs(land.lowest - 1) < 1e-9 && Math.hypot(...land.minima[0]) < 1e-4);
  assert.ok(land.inside(1, -1) && !land.inside(1.001, 0));
  assert.equal(land.gap, 0.02); // (0.8² + 0.4²) / 50 = 0.016
});

test("level lines of a round bowl are circles of the right radius", () => {
  const land = { ...bowl(1), view: [-2, 2, -2, 2] };
  const n = 161, field = heights(land, n, n);
  const lines = contourLines(field, n, n, [1, 5]);
  [1, 5].forEach((level, k) => {
    const line = lines[k];
    assert.ok(line.length > 400 && line.length % 4 === 0);
    for (let i = 0; i < line.length; i += 2) {
      const x = -2 + (4 * line[i]) / (n - 1), y = 2 - (4 * line[i + 1]) / (n - 1);
      assert.ok(Math.abs(Math.hypot(x, y) - Math.sqrt(level / 5)) < 2e-3);
    }
  });
});

test("a cell with two high and two low corners gets two pieces, and a level outside gets none", () => {
  const [cross, none] = contourLines(Float64Array.of(0, 1, 1, 0), 2, 2, [0.5, 2]);
  assert.equal(cross.length, 8);
  assert.equal(none.length, 0);
});

test("levels are 1, 2, 5 times powers of ten under the highest", () => {
  assert.deepEqual(levels(30).slice(-5), [1, 2, 5, 10, 20]);
  assert.ok(levels(30)[0] > 30e-5 && levels(30).every((v, i, all) => i === 0 || v > all[i - 1]));
});

test("segments are clipped to the map, those outside dropped", () => {
  const box = { left: 0, top: 0, wide: 10, tall: 10 };
  assert.deepEqual(clipped([2, 2, 4, 6], box), [2, 2, 4, 6]);
  assert.deepEqual(clipped([5, 5, 25, 5], box), [5, 5, 10, 5]);
  const far = clipped([-5, 5, 1e9, 5], box);
  assert.ok([0, 5, 10, 5].every((value, i) => Math.abs(far[i] - value) < 1e-9));
  for (let i = 0; i < 100; i++) {
    const inside = Array.from({ length: 4 }, (_, k) => 10 * ((0.618 * (4 * i + k)) % 1));
    assert.deepEqual(clipped(inside, box).slice(2), inside.slice(2));
  }
  assert.equal(clipped([-5, -5, -1, 20], box), null);
  assert.equal(clipped([12, 3, 12, 8], box), null);
});

test("a path that leaves the view and comes back is two parts; a number that is none draws nothing", () => {
  const frame = mapFrame([0, 10, 0, 10], 154, 136); // one unit is 10 pixels
  const points = Float64Array.of(5, 5, 15, 5, 15, 8, 5, 8, NaN, NaN);
  const parts = visiblePath(points, 4, frame);
  assert.equal(parts.length, 2);
  assert.deepEqual(parts[0], [frame.toX(5), frame.toY(5), frame.toX(10), frame.toY(5)]);
  assert.deepEqual(parts[1], [frame.toX(10), frame.toY(8), frame.toX(5), frame.toY(8)]);
  assert.equal(frame.fromX(frame.toX(3.7)).toFixed(9), "3.700000000");
  assert.equal(frame.fromY(frame.toY(-1)).toFixed(9), "-1.000000000");
});

test("numbers read well at every size", () => {
  assert.deepEqual([0, 0.05, 12.345, 0.0003, 3.21e-7, 1e14, -0.5, NaN].map((v) => compact(v)),
    ["0", "0.05", "12", "0.0003", "3.2·10⁻⁷", "1.0·10¹⁴", "−0.5", "not a number"]);
  assert.deepEqual([-7, -2, 0, 3, 5].map(powerOfTen), ["10⁻⁷", "0.01", "1", "1000", "10⁵"]);
  assert.deepEqual([7, 2000, 1234567].map(counted), ["7", "2,000", "1,234,567"]);
  assert.deepEqual(ticks(-12, 12, 6), [-10, -5, 0, 5, 10]);
});
