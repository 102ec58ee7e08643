// The surfaces of the race: loss, exact gradient, where to look, where the bottom is.

import { interpolant, lowestPoint } from "./slice.js";

/**
 * `view` is x0, x1, y0, y1; `lowest` the loss at the minima; `gap` the target, a loss above the lowest; `rate` a learning
 * rate at which most optimizers run; `inside` says where the surface is known, if not everywhere.
 * @typedef {{name: string, label: string, formula: string, view: number[], start: number[], minima: number[][], lowest: number,
 *   gap: number, rate: number, value: (x: number, y: number) => number,
 *   slope: (x: number, y: number, out: Float64Array) => void, inside?: (x: number, y: number) => boolean}} Landscape
 */

/**
 * u and v are x and y turned by `turn` degrees; (5/κ)u² + 5v² has curvature 10 across the valley and 10/κ along it.
 * @param {number} kappa @param {number} turn @returns {Landscape}
 */
export function bowl(kappa, turn = 0) {
  const along = 5 / kappa, angle = (turn * Math.PI) / 180;
  const cos = Math.cos(angle), sin = Math.sin(angle);
  const start = [-9 * cos - sin, -9 * sin + cos]; // u = −9, v = 1: turned with the valley, so that only the axes change
  const tall = 2.4 + 10 * Math.abs(sin);
  return {
    name: "bowl", label: "Ill-conditioned bowl", formula: `${Number(along.toPrecision(2))}u² + 5v²`.replace(/[uv]/g, (m) => (turn ? m : m === "u" ? "x" : "y")),
    view: [-12, 12, -tall, tall], start, minima: [[0, 0]], lowest: 0, gap: 1e-3, rate: 0.05,
    value(x, y) {
      const u = cos * x + sin * y, v = cos * y - sin * x;
      return along * u * u + 5 * v * v;
    },
    slope(x, y, out) {
      const u = 2 * along * (cos * x + sin * y), v = 10 * (cos * y - sin * x);
      out[0] = cos * u - sin * v;
      out[1] = sin * u + cos * v;
    },
  };
}

/** @type {Landscape} Rosenbrock (1960) */
const rosenbrock = {
  name: "rosenbrock", label: "Rosenbrock’s valley", formula: "(1 − x)² + 100(y − x²)²",
  view: [-2, 2, -0.8, 2.8], start: [-1.2, 1], minima: [[1, 1]], lowest: 0, gap: 0.01, rate: 0.001,
  value: (x, y) => (1 - x) ** 2 + 100 * (y - x * x) ** 2,
  slope(x, y, out) {
    const off = y - x * x;
    out[0] = 2 * (x - 1) - 400 * x * off;
    out[1] = 200 * off;
  },
};

/** @type {Landscape} Beale (1958) */
const beale = {
  name: "beale", label: "Beale’s plateau", formula: "(1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)²",
  view: [-4.5, 4.5, -3, 3], start: [1, 1.5], minima: [[3, 0.5]], lowest: 0, gap: 0.01, rate: 0.01,
  value(x, y) {
    const y2 = y * y, y3 = y2 * y;
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y2) ** 2 + (2.625 - x + x * y3) ** 2;
  },
  slope(x, y, out) {
    const y2 = y * y, y3 = y2 * y;
    const a = 1.5 - x + x * y, b = 2.25 - x + x * y2, c = 2.625 - x + x * y3;
    out[0] = 2 * (a * (y - 1) + b * (y2 - 1) + c * (y3 - 1));
    out[1] = 2 * x * (a + 2 * b * y + 3 * c * y2);
  },
};

/** @type {Landscape} a saddle at 0 between two minima, so that leaving it leads somewhere */
const saddle = {
  name: "saddle", label: "Saddle between two minima", formula: "x²/2 − y²/2 + y⁴/20",
  view: [-3, 3, -4, 4], start: [2.5, 0.01], minima: [[0, -Math.sqrt(5)], [0, Math.sqrt(5)]], lowest: -1.25, gap: 0.01, rate: 0.05,
  value: (x, y) => 0.5 * x * x - 0.5 * y * y + 0.05 * y ** 4,
  slope(x, y, out) {
    out[0] = x;
    out[1] = 0.2 * y ** 3 - y;
  },
};

/** One digit is precise enough for a target. @param {number} value */
function oneDigit(value) {
  return Number(value.toPrecision(1));
}

/**
 * A network's loss measured on a grid; the page knows it only inside.
 * @param {import("./slice.js").MeasuredGrid} grid @returns {Landscape}
 */
export function measuredSlice(grid) {
  const view = [...grid.x, ...grid.y];
  const surface = interpolant(grid);
  const bottom = lowestPoint(surface.value, view);
  const start = highestStart(surface.value, view);
  return {
    name: "slice", label: "Slice of a network’s loss", formula: "loss(weights + x·direction 1 + y·direction 2)",
    view, start, minima: [[bottom.x, bottom.y]], lowest: bottom.loss,
    gap: oneDigit((surface.value(start[0], start[1]) - bottom.loss) / 50), rate: 0.02, ...surface,
  };
}

/** The highest of four points off the diagonals: along those the first step of AdaGrad, RMSProp and Adam, equal in x and y, is lucky. @param {(x: number, y: number) => number} value @param {number[]} view */
function highestStart(value, [x0, x1, y0, y1]) {
  const xs = [0.1, 0.9].map((t) => x0 + t * (x1 - x0)), ys = [0.3, 0.7].map((t) => y0 + t * (y1 - y0));
  const places = xs.flatMap((x) => ys.map((y) => [x, y]));
  return places.reduce((best, place) => (value(place[0], place[1]) > value(best[0], best[1]) ? place : best));
}

/** The surface of a name. @param {string} name @param {{kappa: number, turn: number}} shape of the bowl @param {Landscape | null} slice */
export function landscape(name, { kappa, turn }, slice) {
  if (name === "bowl") return bowl(kappa, turn);
  if (name === "rosenbrock") return rosenbrock;
  if (name === "beale") return beale;
  if (name === "saddle") return saddle;
  if (name === "slice" && slice) return slice;
  throw new RangeError(`expected a surface of the race, got ${name}`);
}
