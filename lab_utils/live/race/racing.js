// The race itself: each optimizer from the same start over the same surface with the same noise; and the sweep of rates.

import { OPTIMIZERS } from "../shared/optimizers.js";

export const LIMIT = 2000; // steps of a race
export const STAY = 10; // steps that a loss must stay within the target: a path that only flies past has not arrived
const TOO_HIGH = 1e8; // a loss above the lowest that counts as diverged
const RATES_A_DECADE = 8;

/** Rates from 0.0001 to 10, evenly spaced on a logarithmic axis. */
export const RATES = Array.from({ length: 5 * RATES_A_DECADE + 1 }, (_, i) => Number((10 ** (i / RATES_A_DECADE - 4)).toPrecision(4)));

/** @typedef {import("./surfaces.js").Landscape} Landscape */
/** @typedef {keyof typeof OPTIMIZERS} RacerName */
/** @typedef {{momentum: number, beta2: number | null, weightDecay: number, noise: number, gap: number}} Conditions */
/** @typedef {"" | "diverged" | "left"} RaceEnd */

/**
 * How it went: `arrived` the first step from which the loss stays within the target, `end` why it stopped at step `at`.
 * @typedef {{arrived: number | null, end: RaceEnd, at: number, gap: number}} Outcome
 */
/** Points (x, y of steps 0, 1, …) and losses above the lowest. @typedef {Outcome & {points: Float64Array, gaps: Float64Array}} Run */

/** Even numbers in [0, 1), the same for the same seed (mulberry32). @param {number} seed */
function evenNumbers(seed) {
  let state = (seed * 2654435769 + 1) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Standard normal numbers, two for each step: every racer meets the same. @param {number} seed */
export function gradientNoise(seed) {
  const even = evenNumbers(seed);
  const out = new Float64Array(2 * LIMIT);
  for (let i = 0; i < out.length; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - even())), angle = 2 * Math.PI * even();
    out[i] = radius * Math.cos(angle);
    out[i + 1] = radius * Math.sin(angle);
  }
  return out;
}

/** torch's own beta2 where the reader sets none. @param {Conditions} conditions @param {number} lr */
function settingsOf({ momentum, beta2, weightDecay }, lr) {
  return beta2 === null ? { lr, momentum, weightDecay } : { lr, momentum, weightDecay, beta2 };
}

/** Is the point beyond what the surface knows, or its loss beyond all bounds? @param {Landscape} land @param {Float64Array} p @param {number} gap @returns {RaceEnd} */
function endOf(land, p, gap) {
  if (!(gap <= TOO_HIGH)) return "diverged"; // NaN is no number below the bound either
  return land.inside && !land.inside(p[0], p[1]) ? "left" : "";
}

/**
 * Steps of one optimizer from `start` until `visit` says stop or the race ends.
 * @param {Landscape} land @param {RacerName} name @param {number} lr @param {number[]} start @param {Conditions} conditions
 * @param {Float64Array} noise @param {(step: number, point: Float64Array, gap: number, arrived: number | null) => boolean} visit
 * @returns {Outcome}
 */
function walk(land, name, lr, start, conditions, noise, visit) {
  const optimizer = OPTIMIZERS[name](settingsOf(conditions, lr));
  const p = Float64Array.from(start), g = new Float64Array(2);
  const height = () => Math.max(0, land.value(p[0], p[1]) - land.lowest); // rounding may end a hair below the lowest
  let gap = height();
  /** @type {number | null} */
  let since = null, arrived = null;
  for (let step = 0; ; step++) {
    since = gap <= conditions.gap ? (since ?? step) : null;
    if (since !== null && step - since === STAY) arrived ??= since;
    const end = endOf(land, p, gap);
    if (visit(step, p, gap, arrived) || end || step === LIMIT) return { arrived, end, at: step, gap };
    land.slope(p[0], p[1], g);
    g[0] += conditions.noise * noise[2 * step];
    g[1] += conditions.noise * noise[2 * step + 1];
    optimizer.step(p, g);
    gap = height();
  }
}

/**
 * One optimizer's whole path.
 * @param {Landscape} land @param {RacerName} name @param {number} lr @param {number[]} start @param {Conditions} conditions @param {Float64Array} noise
 * @returns {Run}
 */
export function runRacer(land, name, lr, start, conditions, noise) {
  const points = new Float64Array(2 * (LIMIT + 1)), gaps = new Float64Array(LIMIT + 1);
  const outcome = walk(land, name, lr, start, conditions, noise, (step, p, gap) => {
    points.set(p, 2 * step);
    gaps[step] = gap;
    return false;
  });
  return { ...outcome, points: points.subarray(0, 2 * (outcome.at + 1)), gaps: gaps.subarray(0, outcome.at + 1) };
}

/**
 * The same race without its path, ended by the arrival: what a sweep needs.
 * @param {Landscape} land @param {RacerName} name @param {number} lr @param {number[]} start @param {Conditions} conditions @param {Float64Array} noise
 */
export function tryRate(land, name, lr, start, conditions, noise) {
  return walk(land, name, lr, start, conditions, noise, (_step, _point, _gap, arrived) => arrived !== null);
}

/** Index of the rate with fewest steps to the target (of equals the lowest loss); if none arrives, the lowest loss. @param {Outcome[]} outcomes */
export function bestOf(outcomes) {
  /** @param {Outcome} o */
  const key = (o) => [o.arrived ?? Infinity, o.end === "" ? o.gap : Infinity];
  return outcomes.reduce((best, outcome, i) => {
    const [steps, gap] = key(outcome), [fewest, lowest] = key(outcomes[best]);
    return steps < fewest || (steps === fewest && gap < lowest) ? i : best;
  }, 0);
}

/** Which rates arrive: how many, the lowest and the highest, and whether others lie between. @param {Outcome[]} outcomes one for each of `RATES` */
export function arrivingRates(outcomes) {
  const places = outcomes.flatMap(({ arrived }, i) => (arrived === null ? [] : [i]));
  const first = places[0], last = places[places.length - 1];
  return { count: places.length, low: RATES[first], high: RATES[last], gaps: last - first + 1 > places.length };
}
