// Surfaces, slopes and races against torch (tests/js/race_reference.py), and the rules by which a race is judged.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { LIMIT, RATES, STAY, arrivingRates, bestOf, gradientNoise, runRacer, tryRate } from "../../lab_utils/live/race/racing.js";
import { OPTIMIZERS } from "../../lab_utils/live/shared/optimizers.js";
import { bowl, landscape, measuredSlice } from "../../lab_utils/live/race/surfaces.js";

const { momentum, kept, slice: grid, surfaces } = JSON.parse(readFileSync(new URL("./race.json", import.meta.url), "utf8"));
const slice = measuredSlice(grid);
const NAMES = Object.keys(OPTIMIZERS);
const SILENCE = new Float64Array(2 * LIMIT);
const calm = (gap) => ({ momentum, beta2: null, weightDecay: 0, noise: 0, gap });
const apart = (a, b) => Math.abs(a - b) / Math.max(1, Math.abs(a), Math.abs(b));
const landOf = (entry) => landscape(entry.name, entry, slice);

for (const entry of surfaces) {
  const title = `${entry.name} κ ${entry.kappa} turned by ${entry.turn}°`;
  test(`${title}: loss and slope are autograd's`, () => {
    const land = landOf(entry), slope = new Float64Array(2);
    assert.equal(entry.answers.length, 30);
    for (const [x, y, loss, dx, dy] of entry.answers) {
      land.slope(x, y, slope);
      const gap = Math.max(apart(land.value(x, y), loss), apart(slope[0], dx), apart(slope[1], dy));
      assert.ok(gap < 1e-10, `${gap} at ${x}, ${y}`);
    }
  });
  test(`${title}: every optimizer takes torch.optim's path`, () => {
    const land = landOf(entry);
    for (const name of NAMES) {
      const run = runRacer(land, name, entry.lr, entry.start, calm(land.gap), SILENCE);
      const expected = entry.paths[name];
      assert.ok(expected.length === kept.length || run.end === "diverged", name);
      expected.forEach(([x, y], i) => {
        const gap = Math.max(apart(run.points[2 * kept[i]], x), apart(run.points[2 * kept[i] + 1], y));
        assert.ok(gap < 1e-8, `${name}: ${gap} after ${kept[i]} steps`);
      });
    }
  });
}

test("the lowest loss is that of the minima, and no random point is lower", () => {
  for (const entry of surfaces) {
    const land = landOf(entry);
    for (const [x, y] of land.minima) assert.ok(Math.abs(land.value(x, y) - land.lowest) < 1e-12, land.name);
    for (const [x, y] of entry.answers) assert.ok(land.value(x, y) >= land.lowest, land.name);
  }
});

test("the starts and targets are those of the picture without JavaScript", () => {
  for (const entry of surfaces.filter((s) => s.turn === 0)) {
    const land = landOf(entry);
    assert.ok(Math.hypot(land.start[0] - entry.start[0], land.start[1] - entry.start[1]) < 1e-9, land.name);
    assert.equal(land.rate, entry.lr);
  }
});

test("turning bowl and start together changes nothing for SGD, momentum and Nesterov, much for those that scale each axis", () => {
  const flat = bowl(500), turned = bowl(500, 30);
  const steps = (land, name) => runRacer(land, name, 0.05, land.start, calm(1e-3), SILENCE).arrived;
  for (const name of ["momentum", "nesterov"]) assert.equal(steps(turned, name), steps(flat, name), name);
  const [a, b] = [flat, turned].map((land) => runRacer(land, "sgd", 0.05, land.start, calm(1e-3), SILENCE).gap);
  assert.ok(apart(a, b) < 1e-12);
  for (const name of ["adam", "rmsprop"]) assert.ok((steps(turned, name) ?? LIMIT) > 2 * steps(flat, name), name);
});

test("gradient descent on a quadratic: the rate at which it turns from arriving to diverging is 2 / curvature", () => {
  const land = bowl(10);
  const outcome = (lr) => tryRate(land, "sgd", lr, [1, 1], calm(1e-6), SILENCE);
  assert.ok(outcome(0.19).arrived !== null);
  assert.equal(outcome(0.2 + 1e-9).arrived, null);
  assert.equal(outcome(0.21).end, "diverged");
  const run = runRacer(land, "sgd", 0.05, [1, 1], calm(1e-6), SILENCE);
  assert.ok(apart(run.points[2 * 20], (1 - 0.05 * 1) ** 20) < 1e-12); // curvature 1 along x
});

test("to arrive is to stay: a path that flies past the target has not arrived", () => {
  const line = { ...bowl(1), value: (x) => x, slope: (_x, _y, out) => out.fill(0), lowest: 0 };
  const gaps = [5, 0.5, 5, ...Array(40).fill(0.5)];
  let step = 0;
  const land = { ...line, value: () => gaps[Math.min(step++, gaps.length - 1)] };
  assert.equal(runRacer(land, "sgd", 1, [0, 0], calm(1), SILENCE).arrived, 3);
  step = 0;
  const swept = tryRate(land, "sgd", 1, [0, 0], calm(1), SILENCE);
  assert.deepEqual([swept.arrived, swept.at], [3, 3 + STAY]);
});

test("a start within the target arrives at step 0; a race that never arrives ends at the limit", () => {
  assert.equal(runRacer(bowl(500), "sgd", 0.05, [0, 0], calm(1e-3), SILENCE).arrived, 0);
  const slow = runRacer(bowl(500), "sgd", 1e-4, [-9, 1], calm(1e-3), SILENCE);
  assert.deepEqual([slow.arrived, slow.end, slow.at, slow.gaps.length, slow.points.length], [null, "", LIMIT, LIMIT + 1, 2 * LIMIT + 2]);
});

test("divergence ends the path at the step at which it is seen, even at a number that is none", () => {
  const run = runRacer(landscape("rosenbrock", { kappa: 1, turn: 0 }, null), "sgd", 10, [-1.2, 1], calm(0.01), SILENCE);
  assert.equal(run.end, "diverged");
  assert.equal(run.gaps.length, run.at + 1);
  assert.ok(run.gaps.slice(0, -1).every((gap) => gap <= 1e8) && !(run.gaps[run.at] <= 1e8));
  const hole = { ...bowl(1), value: () => NaN };
  assert.equal(runRacer(hole, "adam", 1, [1, 1], calm(0.01), SILENCE).end, "diverged");
});

test("a path that leaves the measured slice ends there", () => {
  const run = runRacer(slice, "momentum", 3, slice.start, calm(1e-9), SILENCE);
  assert.equal(run.end, "left");
  const inside = (i) => slice.inside(run.points[2 * i], run.points[2 * i + 1]);
  assert.ok(!inside(run.at) && Array.from({ length: run.at }, (_, i) => inside(i)).every(Boolean));
});

test("noise is standard normal, the same for the same seed, and the same for every racer", () => {
  const noise = gradientNoise(3);
  const mean = noise.reduce((a, b) => a + b) / noise.length;
  const square = noise.reduce((a, b) => a + b * b, 0) / noise.length;
  const fourth = noise.reduce((a, b) => a + b ** 4, 0) / noise.length;
  assert.ok(Math.abs(mean) < 0.05 && Math.abs(square - 1) < 0.07 && Math.abs(fourth - 3) < 0.6, `${mean} ${square} ${fourth}`);
  assert.deepEqual(gradientNoise(3), noise);
  assert.notDeepEqual(gradientNoise(4), noise);
  const flat = { ...bowl(1), slope: (_x, _y, out) => out.fill(0) };
  const conditions = { ...calm(1e-9), noise: 0.5, momentum: 0 };
  const [a, b] = ["sgd", "momentum"].map((name) => runRacer(flat, name, 0.1, [0, 0], conditions, noise));
  assert.deepEqual(a.points, b.points);
  assert.ok(apart(a.points[2], -0.1 * 0.5 * noise[0]) < 1e-12);
});

test("settings reach the rules: momentum, beta2 and weight decay change a path", () => {
  const land = bowl(50);
  const end = (name, change) => runRacer(land, name, 0.02, land.start, { ...calm(1e-3), ...change }, SILENCE).gap;
  assert.notEqual(end("momentum", {}), end("momentum", { momentum: 0.5 }));
  assert.equal(end("sgd", {}), end("sgd", { momentum: 0.5 }));
  assert.notEqual(end("rmsprop", {}), end("rmsprop", { beta2: 0.9 }));
  assert.equal(end("adam", {}), end("adamw", {}));
  assert.notEqual(end("adam", { weightDecay: 0.1 }), end("adamw", { weightDecay: 0.1 }));
});

test("rates run from 0.0001 to 10 in equal ratios", () => {
  assert.deepEqual([RATES[0], RATES[RATES.length - 1], RATES.length], [1e-4, 10, 41]);
  for (let i = 1; i < RATES.length; i++) assert.ok(Math.abs(Math.log10(RATES[i] / RATES[i - 1]) - 1 / 8) < 1e-3);
});

test("the best rate needs fewest steps; of equals the lower loss; if none arrives the lowest loss that did not diverge", () => {
  const arrive = (arrived, gap = 0.1) => ({ arrived, end: "", at: 0, gap });
  const fail = (gap, end = "") => ({ arrived: null, end, at: 0, gap });
  assert.equal(bestOf([fail(0.01), arrive(9), arrive(4), arrive(4, 0.05), arrive(7)]), 3);
  assert.equal(bestOf([fail(3), fail(1), fail(0.1, "left"), fail(NaN, "diverged")]), 1);
  assert.deepEqual(arrivingRates([fail(1), arrive(1), fail(1), arrive(2)]), { count: 2, low: RATES[1], high: RATES[3], gaps: true });
  assert.deepEqual(arrivingRates([arrive(1), arrive(2)]), { count: 2, low: RATES[0], high: RATES[1], gaps: false });
  assert.equal(arrivingRates([fail(1)]).count, 0);
});

test("a swept rate arrives where the race at that rate does", () => {
  const land = landscape("beale", { kappa: 1, turn: 0 }, null);
  for (const name of NAMES) {
    for (const lr of [RATES[8], RATES[16], RATES[24], RATES[32]]) {
      assert.equal(tryRate(land, name, lr, land.start, calm(0.01), SILENCE).arrived, runRacer(land, name, lr, land.start, calm(0.01), SILENCE).arrived);
    }
  }
});

test("an unknown surface is refused", () => {
  assert.throws(() => landscape("himmel", { kappa: 1, turn: 0 }, null), /expected a surface.*himmel/);
  assert.throws(() => landscape("slice", { kappa: 1, turn: 0 }, null), /expected a surface/);
});
