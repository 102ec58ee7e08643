// The optimizers against torch.optim in double precision over 300 steps (tests/js/optimizer_reference.py).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { OPTIMIZERS } from "../../lab_utils/live/shared/optimizers.js";

const { start, steps, kept, cases } = JSON.parse(readFileSync(new URL("./optimizers.json", import.meta.url), "utf8"));

/** The gradient of p0²/2 + 2 p1² + p0 p1 + cos(3 p2) + 0.1 p2² p0. */
function gradient(p) {
  return Float64Array.of(p[0] + p[1] + 0.1 * p[2] ** 2, 4 * p[1] + p[0], -3 * Math.sin(3 * p[2]) + 0.2 * p[2] * p[0]);
}

function run({ name, settings, halve_at: halveAt }, optimizer = OPTIMIZERS[name](settings)) {
  const params = Float64Array.from(start);
  const points = [];
  for (let step = 1; step <= steps; step++) {
    if (step === halveAt) settings.lr /= 2;
    optimizer.step(params, gradient(params));
    if (kept.includes(step)) points.push(Array.from(params));
  }
  return points;
}

/** The largest difference, relative to the larger of 1 and the number. */
function worst(got, expected) {
  const pairs = expected.flatMap((point, i) => point.map((value, j) => [value, got[i][j]]));
  return Math.max(...pairs.map(([a, b]) => (Number.isFinite(b) ? Math.abs(a - b) / Math.max(1, Math.abs(a)) : Infinity)));
}

test("every optimizer is in the reference with its defaults, its settings and a changed rate", () => {
  for (const name of Object.keys(OPTIMIZERS)) {
    const own = cases.filter((c) => c.name === name);
    assert.ok(own.some((c) => Object.keys(c.settings).length === 1) && own.some((c) => c.settings.weightDecay), name);
    assert.ok(own.some((c) => c.halve_at < steps), name);
  }
  assert.deepEqual(new Set(cases.map((c) => c.name)), new Set(Object.keys(OPTIMIZERS)));
});

for (const [i, entry] of cases.entries()) {
  test(`${i}: ${entry.name} ${JSON.stringify(entry.settings)} takes torch's path`, () => {
    const points = run({ ...entry, settings: { ...entry.settings } });
    assert.equal(points.length, kept.length);
    const gap = worst(points, entry.points);
    assert.ok(gap < 1e-9, `largest relative difference ${gap}`);
  });
}

test("the settings matter: no two cases of one optimizer end at one place", () => {
  for (const [i, a] of cases.entries()) {
    for (const b of cases.slice(i + 1)) {
      if (a.name === b.name) assert.ok(worst(a.points, b.points) > 1e-4, `${a.name} ${JSON.stringify([a.settings, b.settings])}`);
    }
  }
});

test("after a reset the same path is taken again", () => {
  for (const name of Object.keys(OPTIMIZERS)) {
    const entry = cases.find((c) => c.name === name);
    const optimizer = OPTIMIZERS[name](entry.settings);
    const first = run(entry, optimizer);
    optimizer.reset();
    assert.deepEqual(run(entry, optimizer), first);
  }
});

test("arrays that do not fit are refused", () => {
  const adam = OPTIMIZERS.adam({ lr: 0.1 });
  assert.throws(() => adam.step(new Float64Array(3), new Float64Array(2)), /expected 3 gradients.*got 2/);
  adam.step(new Float64Array(3), new Float64Array(3));
  assert.throws(() => adam.step(new Float64Array(2), new Float64Array(2)), /expected the 3 parameters.*got 2/);
  adam.reset();
  adam.step(new Float64Array(2), new Float64Array(2));
});
