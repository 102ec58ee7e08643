// Sparse coding on flat arrays: the few atoms that make up a patch, and atoms moved to where their codes leave least over.

/** Atoms are rows (count, pixels), each of length 1. @typedef {{count: number, pixels: number, rows: Float64Array}} Atoms */

/** Random directions. @param {number} count @param {number} pixels @param {() => number} normal draws from a normal distribution @returns {Atoms} */
export function randomAtoms(count, pixels, normal) {
  const atoms = { count, pixels, rows: Float64Array.from({ length: count * pixels }, normal) };
  for (let k = 0; k < count; k++) toLengthOne(atoms, k);
  return atoms;
}

/** @param {Atoms} atoms @param {number} k */
function toLengthOne({ pixels, rows }, k) {
  const row = rows.subarray(k * pixels, (k + 1) * pixels), length = Math.hypot(...row);
  if (length > 0) for (let p = 0; p < pixels; p++) row[p] /= length;
}

/** Products of all pairs of atoms, (count, count). @param {Atoms} atoms */
export function gramOf({ count, pixels, rows }) {
  const gram = new Float64Array(count * count);
  for (let j = 0; j < count; j++) {
    for (let k = 0; k <= j; k++) {
      let sum = 0;
      for (let p = 0; p < pixels; p++) sum += rows[j * pixels + p] * rows[k * pixels + p];
      gram[j * count + k] = gram[k * count + j] = sum;
    }
  }
  return gram;
}

/** Largest eigenvalue of a symmetric matrix by power iteration; `guess` (count) is improved in place. @param {Float64Array} gram @param {Float64Array} guess @param {number} rounds */
export function largestEigenvalue(gram, guess, rounds) {
  const count = guess.length, next = new Float64Array(count);
  let value = 0;
  for (let round = 0; round < rounds; round++) {
    for (let j = 0; j < count; j++) {
      let sum = 0;
      for (let k = 0; k < count; k++) sum += gram[j * count + k] * guess[k];
      next[j] = sum;
    }
    value = Math.hypot(...next) / Math.hypot(...guess);
    const size = Math.hypot(...next) || 1;
    for (let j = 0; j < count; j++) guess[j] = next[j] / size;
  }
  return value;
}

/** What a round of coding needs to know of the atoms: their products, and the largest safe step. @typedef {{gram: Float64Array, rate: number}} Quadratic */

/**
 * Codes of least energy ½‖x − aD‖² + penalty · Σ|a| by FISTA (Beck & Teboulle, 2009, section 4), for one patch.
 * @param {Atoms} atoms @param {Quadratic} quadratic @param {ArrayLike<number>} x the patch @param {number} penalty @param {number} steps @param {Float64Array} codes (count), written
 */
export function fista(atoms, { gram, rate }, x, penalty, steps, codes) {
  const { count } = atoms, shrink = rate * penalty;
  const target = answers(atoms, x), ahead = new Float64Array(count), slope = new Float64Array(count);
  codes.fill(0);
  let t = 1;
  for (let step = 0; step < steps; step++) {
    for (let k = 0; k < count; k++) slope[k] = -target[k];
    for (let j = 0; j < count; j++) {
      if (ahead[j] === 0) continue; // most codes are zero: this is where the time is saved
      for (let k = 0; k < count; k++) slope[k] += ahead[j] * gram[j * count + k];
    }
    const faster = (1 + Math.sqrt(1 + 4 * t * t)) / 2, push = (t - 1) / faster;
    t = faster;
    for (let k = 0; k < count; k++) {
      const before = codes[k], moved = ahead[k] - rate * slope[k];
      codes[k] = moved > shrink ? moved - shrink : moved < -shrink ? moved + shrink : 0;
      ahead[k] = codes[k] + push * (codes[k] - before);
    }
  }
  return codes;
}

/** Product of a patch with each atom. @param {Atoms} atoms @param {ArrayLike<number>} x */
function answers({ count, pixels, rows }, x) {
  const out = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    let sum = 0;
    for (let p = 0; p < pixels; p++) sum += rows[k * pixels + p] * x[p];
    out[k] = sum;
  }
  return out;
}

/** The sum of the atoms times their codes. @param {Atoms} atoms @param {ArrayLike<number>} codes @param {Float64Array} [out] */
export function rebuild({ count, pixels, rows }, codes, out = new Float64Array(pixels)) {
  out.fill(0);
  for (let k = 0; k < count; k++) if (codes[k] !== 0) for (let p = 0; p < pixels; p++) out[p] += codes[k] * rows[k * pixels + p];
  return out;
}

/** Running sums over past codes: which atoms answer together (count, count), and to what each answers (count, pixels). @typedef {{together: Float64Array, evidence: Float64Array}} Sums */

/** Old sums fade, new codes of patches (n, pixels) join. @param {Atoms} atoms @param {Sums} sums @param {number} keep @param {Float64Array} codes (n, count) @param {Float64Array} patches */
export function gather({ count, pixels }, { together, evidence }, keep, codes, patches) {
  for (let i = 0; i < together.length; i++) together[i] *= keep;
  for (let i = 0; i < evidence.length; i++) evidence[i] *= keep;
  for (let n = 0; n < codes.length / count; n++) {
    const used = [];
    for (let k = 0; k < count; k++) if (codes[n * count + k] !== 0) used.push(k);
    for (const j of used) {
      const code = codes[n * count + j];
      for (const k of used) together[j * count + k] += code * codes[n * count + k];
      for (let p = 0; p < pixels; p++) evidence[j * pixels + p] += code * patches[n * pixels + p];
    }
  }
}

/** One pass over the atoms, each moved to where its codes leave least over; unused ones stay (Mairal et al., 2009, equation 10). @param {Atoms} atoms @param {Sums} sums */
export function improve(atoms, { together, evidence }) {
  const { count, pixels, rows } = atoms, mixed = new Float64Array(pixels);
  for (let k = 0; k < count; k++) {
    const own = together[k * count + k];
    if (!(own > 0)) continue;
    rebuild(atoms, together.subarray(k * count, (k + 1) * count), mixed);
    for (let p = 0; p < pixels; p++) rows[k * pixels + p] += (evidence[k * pixels + p] - mixed[p]) / own;
    toLengthOne(atoms, k);
  }
}
