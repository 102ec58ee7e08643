// Sparse coding against the book's torch and scikit-learn's Lasso (sparse_reference.py), and the promises of the model.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { fista, gather, gramOf, improve, largestEigenvalue, rebuild } from "../../lab_utils/live/sparse/coding.js";
import { BATCH, SparseModel } from "../../lab_utils/live/sparse/model.js";
import { Spot } from "../../lab_utils/live/sparse/spot.js";
import { adviceWords, learningWords, patchWords } from "../../lab_utils/live/sparse/words.js";
import { gaussian, randomFrom } from "../../lab_utils/live/shared/toys.js";

const cases = JSON.parse(readFileSync(new URL("./sparse.json", import.meta.url), "utf8"));
const apart = (a, b) => Math.max(...Array.from(a, (v, i) => Math.abs(v - b[i])));
const atomsOf = ({ count, atoms }) => ({ count, pixels: atoms.length / count, rows: Float64Array.from(atoms) });

for (const entry of cases) {
  const title = `${entry.count} atoms of ${entry.atoms.length / entry.count} pixels`;
  test(`${title}: FISTA's codes are torch's after 40 steps, and Lasso's at the end`, () => {
    const atoms = atomsOf(entry), quadratic = { gram: gramOf(atoms), rate: 1 / entry.largest };
    entry.x.forEach((x, n) => {
      const codes = new Float64Array(entry.count);
      assert.ok(apart(fista(atoms, quadratic, x, entry.penalty, 40, codes), entry.codes[n]) < 1e-10);
      fista(atoms, quadratic, x, entry.penalty, 4000, codes);
      assert.ok(apart(codes, entry.exact[n]) < 1e-6);
      const left = rebuild(atoms, codes).map((v, p) => x[p] - v);
      const energy = 0.5 * left.reduce((s, v) => s + v * v, 0) + entry.penalty * codes.reduce((s, v) => s + Math.abs(v), 0);
      assert.ok(Math.abs(energy - entry.energy[n]) < 1e-8);
      assert.ok(codes.some((v) => v === 0) && codes.some((v) => v !== 0));
    });
  });
  test(`${title}: a pass over the atoms is torch's`, () => {
    const atoms = atomsOf(entry), sums = { together: new Float64Array(entry.count ** 2).fill(7), evidence: new Float64Array(entry.atoms.length).fill(7) };
    gather(atoms, sums, 0, Float64Array.from(entry.codes.flat()), Float64Array.from(entry.x.flat()));
    improve(atoms, sums);
    assert.ok(apart(atoms.rows, entry.moved) < 1e-10);
  });
  test(`${title}: power iteration finds the largest eigenvalue, from below`, () => {
    const random = randomFrom(3), guess = Float64Array.from({ length: entry.count }, () => random() - 0.5);
    const value = largestEigenvalue(gramOf(atomsOf(entry)), guess, 500);
    assert.ok(Math.abs(value / entry.largest - 1) < 1e-3, `${value} for ${entry.largest}`);
    assert.ok(value <= entry.largest + 1e-9);
  });
}

/** A photo of edges: half planes of random place, direction and contrast, and a little noise. */
function edges(seed, rows = 80, columns = 100) {
  const random = randomFrom(seed), values = Float64Array.from({ length: rows * columns }, () => 0.1 * gaussian(random));
  for (let i = 0; i < 40; i++) {
    const turn = 2 * Math.PI * random(), cy = rows * random(), cx = columns * random();
    for (let y = Math.max(0, Math.floor(cy - 12)); y < Math.min(rows, cy + 12); y++) {
      for (let x = Math.max(0, Math.floor(cx - 12)); x < Math.min(columns, cx + 12); x++) {
        values[y * columns + x] += (x - cx) * Math.cos(turn) + (y - cy) * Math.sin(turn) > 0 ? 1 : -1;
      }
    }
  }
  return { rows, columns, values };
}
const PHOTOS = [edges(1), edges(2, 60, 70)];
const START = { penalty: 0.8, atoms: 36, seed: 0, speed: 1 };
const fresh = (settings = {}) => new SparseModel({ ...START, ...settings }, PHOTOS, 6);
const trained = (settings, updates) => {
  const model = fresh(settings);
  for (let i = 0; i < updates; i++) model.update();
  model.measure();
  return model;
};

test("patches have mean 0, their pixels together variance 1, and every place of every photo may be drawn", () => {
  const model = fresh(), patches = model.draw(4000, randomFrom(5));
  let square = 0;
  for (let n = 0; n < 4000; n++) {
    const patch = patches.subarray(36 * n, 36 * n + 36);
    assert.ok(Math.abs(patch.reduce((s, v) => s + v, 0)) < 1e-9);
    square += patch.reduce((s, v) => s + v * v, 0);
  }
  assert.ok(Math.abs(square / (4000 * 36) - 1) < 0.15);
  const corner = model.cut(PHOTOS[1], 54, 64, new Float64Array(36));
  assert.ok(corner.every(Number.isFinite));
});

test("learning leaves less over with fewer codes in use, for every seed", () => {
  for (const seed of [0, 1, 2, 3, 4]) {
    const model = trained({ seed }, 60), [first] = model.rows;
    assert.ok(model.now.left < 0.8 * first.left, `seed ${seed}: ${first.left} to ${model.now.left}`);
    assert.ok(model.now.active < first.active + 0.02, `seed ${seed}: ${first.active} to ${model.now.active}`);
  }
});

test("atoms keep length 1", () => {
  const { atoms: { rows, count, pixels } } = trained({}, 25);
  for (let k = 0; k < count; k++) assert.ok(Math.abs(Math.hypot(...rows.subarray(k * pixels, (k + 1) * pixels)) - 1) < 1e-12);
});

test("a higher price means fewer codes, down to none", () => {
  const model = trained({}, 20);
  const shares = [0.1, 0.4, 0.8, 1.6, 4, 1000].map((penalty) => {
    model.set({ penalty });
    return model.now.active;
  });
  assert.ok(shares.every((share, i) => i === 0 || share < shares[i - 1] || share === 0), `${shares}`);
  assert.equal(shares.at(-1), 0);
  assert.match(adviceWords(model), /every code is zero/);
  const before = model.atoms.rows.slice();
  model.sums.together.fill(0);
  model.update();
  assert.deepEqual(model.atoms.rows, before);
  assert.equal(model.now.left, 1);
});

test("a seed is a run", () => {
  assert.deepEqual(trained({}, 8).atoms.rows, trained({}, 8).atoms.rows);
  assert.notDeepEqual(trained({}, 8).atoms.rows, trained({ seed: 1 }, 8).atoms.rows);
  const model = trained({}, 8);
  model.restart();
  for (let i = 0; i < 8; i++) model.update();
  assert.deepEqual(model.atoms.rows, trained({}, 8).atoms.rows);
});

test("given atoms are gone on from", () => {
  const learned = trained({}, 30).atoms, model = fresh();
  model.take({ ...learned, rows: learned.rows.slice() }, "those");
  assert.match(learningWords(model), /^Before the first update: those\./);
  assert.equal(model.step, 0);
  assert.equal(model.rows.length, 1);
  model.update();
  assert.ok(apart(model.atoms.rows, learned.rows) < 1.5);
  assert.ok(model.now.left < fresh().now.left);
});

test("a patch is the sum of its atoms, and says how many", () => {
  const model = trained({}, 30), spot = new Spot(model);
  const sum = new Float64Array(36);
  for (const k of spot.used) for (let p = 0; p < 36; p++) sum[p] += spot.codes[k] * model.atoms.rows[36 * k + p];
  assert.ok(apart(sum, spot.built) < 1e-12);
  assert.ok(spot.unexplained > 0 && spot.unexplained < 1);
  assert.match(patchWords(model, spot), new RegExp(`uses ${spot.used.length} of 36 atoms`));
  const sizes = spot.used.map((k) => Math.abs(spot.codes[k]));
  assert.deepEqual(sizes, [...sizes].sort((a, b) => b - a));
  assert.ok(model.cut(PHOTOS[0], spot.top, spot.left, new Float64Array(36)).some((v) => Math.abs(v) > 0.5), "it begins on an edge");
  spot.go({ top: -50, left: 1e6 });
  assert.deepEqual([spot.top, spot.left], [0, 100 - 6]);
});

test("an even patch has no code and nothing left over", () => {
  const flat = { rows: 40, columns: 40, values: new Float64Array(1600).map((_, i) => (i < 800 ? 1 : Math.sin(i))) };
  const model = new SparseModel(START, [flat], 6), spot = new Spot(model);
  spot.go({ top: 0, left: 0 });
  assert.equal(spot.used.length, 0);
  assert.equal(spot.unexplained, 0);
  assert.match(patchWords(model, spot), /uses none/);
});

test("the curves stay short, end now, and are told", () => {
  const model = new SparseModel({ ...START, atoms: 4 }, [edges(3, 30, 30)], 4);
  for (let i = 0; i < 1400; i++) {
    model.step++;
    model.measure();
  }
  assert.ok(model.rows.length <= 600);
  assert.equal(model.now.step, 1400);
  assert.match(learningWords(model), new RegExp(`^Update 1,400, ${(1400 * BATCH).toLocaleString("en")} patches`));
});
