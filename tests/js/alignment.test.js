// Feedback alignment against torch's autograd (alignment_reference.py), and the rules of the comparison.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { KINDS, Learner, angleBetween, judge, matrixAtAngle } from "../../lab_utils/live/alignment/learners.js";
import { AlignmentModel, BATCH } from "../../lab_utils/live/alignment/model.js";
import { stepTicks } from "../../lab_utils/live/shared/line_chart.js";
import { randomFrom } from "../../lab_utils/live/shared/toys.js";

const cases = JSON.parse(readFileSync(new URL("./alignment.json", import.meta.url), "utf8"));

/** The largest difference, relative to numbers above 1. */
function distance(a, b) {
  assert.equal(a.length, b.length);
  return Math.max(...Array.from(a, (v, i) => Math.abs(v - b[i]) / Math.max(1, Math.abs(b[i]))));
}

/** The learner of a case with a pass that holds its batch. */
function learnerOf({ kind, widths, activation, params, feedback, x, y }) {
  const learner = new Learner(kind, widths, activation, Float64Array.from(params));
  feedback.forEach((matrix, i) => learner.matrix(i + 1).set(matrix));
  const pass = learner.net.room(y.length);
  pass.h[0].set(x);
  return { learner, pass };
}

for (const entry of cases) {
  test(`${entry.kind}, ${entry.widths.join("-")}, ${entry.activation}: gradient, steps, loss and angle are torch's`, () => {
    const { learner, pass } = learnerOf(entry);
    learner.net.forward(pass);
    const { loss, accuracy } = judge(pass.z.at(-1), pass.count, 4, entry.y);
    assert.ok(Math.abs(loss - entry.loss) < 1e-12);
    assert.ok(Math.abs(accuracy - entry.right) < 1e-12);
    const exact = learner.gradient(pass, entry.y, new Float64Array(entry.params.length), "backprop").slice(0, 7 * 6);
    assert.ok(distance(learner.gradient(pass, entry.y), entry.gradient) < 1e-12);
    const angle = angleBetween(learner.grads.subarray(0, 7 * 6), exact);
    if (entry.angle === null) assert.ok(Number.isNaN(angle));
    else assert.ok(Math.abs(angle - entry.angle) < 1e-4, `${angle} for ${entry.angle}`);
    for (let step = 1; step <= entry.steps; step++) {
      learner.net.forward(pass);
      learner.gradient(pass, entry.y);
      learner.descend(entry.lr, step);
    }
    assert.ok(distance(learner.net.params, entry.after) < 1e-12);
  });
}

test("the reference covers every kind at every depth", () => {
  assert.equal(cases.length, 4 * 3);
  assert.deepEqual([...new Set(cases.map((c) => c.kind))], KINDS);
});

test("a matrix lies exactly at the angle asked for, at the length asked for", () => {
  const weights = Float64Array.from({ length: 60 }, (_, i) => Math.sin(i) - 0.2);
  for (const angle of [0, 5, 60, 90, 135, 180]) {
    for (const seed of [1, 2, 3]) {
      const matrix = matrixAtAngle(weights, angle, 2.5, randomFrom(seed));
      assert.ok(Math.abs(angleBetween(matrix, weights) - angle) < 1e-5, `${angle}`);
      assert.ok(Math.abs(Math.hypot(...matrix) - 2.5) < 1e-12);
    }
  }
});

test("what direct feedback stands for is the product of the weights above", () => {
  const widths = [3, 2, 2, 3];
  const learner = new Learner("direct", widths, "tanh", Float64Array.from({ length: 8 + 6 + 9 }, (_, i) => i % 7 - 2));
  const [, second, third] = learner.net.layers, p = learner.net.params;
  const expected = [];
  for (let o = 0; o < 3; o++) {
    for (let i = 0; i < 2; i++) expected.push(p[third.weight + 2 * o] * p[second.weight + i] + p[third.weight + 2 * o + 1] * p[second.weight + 2 + i]);
  }
  assert.deepEqual(Array.from(learner.forwardMatrix(1)), expected);
  assert.deepEqual(Array.from(learner.forwardMatrix(2)), Array.from(p.subarray(third.weight, third.bias)));
});

/** Three blurred classes in eight dimensions. */
function blobs(count) {
  const random = randomFrom(7);
  const y = Int32Array.from({ length: count }, (_, n) => n % 3);
  return { x: Float64Array.from({ length: 8 * count }, (_, i) => (i % 8 === y[Math.floor(i / 8)] ? 1 : 0) + 0.8 * (random() - 0.5)), y, count };
}
const data = { train: blobs(200), held: blobs(50), features: 8, classes: 3 };
const START = { lr: 0.2, depth: 2, width: 8, angle: 90, activation: "tanh", seed: 0, speed: 1 };
const trained = (settings, updates) => {
  const model = new AlignmentModel({ ...START, ...settings }, data);
  for (let i = 0; i < updates; i++) model.update();
  model.measure();
  return model;
};

test("all learners start equal, and the same seed makes the same run", () => {
  for (const seed of [0, 1, 2]) {
    const fresh = new AlignmentModel({ ...START, seed }, data);
    for (const learner of fresh.learners) assert.deepEqual(learner.net.params, fresh.learners[0].net.params);
    const [a, b] = [trained({ seed }, 30), trained({ seed }, 30)];
    assert.deepEqual(a.now, b.now);
    assert.notDeepEqual(a.now, trained({ seed: seed + 1 }, 30).now);
  }
});

test("the feedback starts at the angle of the setting and never changes", () => {
  for (const angle of [0, 90, 120, 180]) {
    const model = new AlignmentModel({ ...START, angle, depth: 3 }, data);
    for (const kind of ["feedback", "direct"]) for (const value of model.now.readings[kind].weight) assert.ok(Math.abs(value - angle) < 1e-4);
    const before = model.learners.map((l) => l.feedback.slice());
    for (let i = 0; i < 20; i++) model.update();
    assert.deepEqual(model.learners.map((l) => l.feedback), before);
  }
});

test("feedback equal to the weights makes the first update backpropagation's", () => {
  const model = trained({ angle: 0 }, 1), [exact, aligned] = model.learners;
  assert.ok(distance(aligned.net.params, exact.net.params) < 1e-12);
  assert.ok(distance(trained({ angle: 90 }, 1).learners[1].net.params, exact.net.params) > 1e-6);
});

test("with one hidden layer direct feedback is feedback alignment", () => {
  const { learners } = trained({ depth: 1 }, 40);
  assert.ok(distance(learners[2].net.params, learners[1].net.params) < 1e-12);
});

test("the output layer alone learns where only it is taught", () => {
  const { learners } = trained({}, 40), readout = learners[3], { weight } = readout.net.layers[2];
  const fresh = new AlignmentModel(START, data).learners[3];
  assert.deepEqual(readout.net.params.subarray(0, weight), fresh.net.params.subarray(0, weight));
  assert.ok(distance(readout.net.params.subarray(weight), fresh.net.params.subarray(weight)) > 0.01);
});

test("weights turn towards the feedback, even from the opposite side", () => {
  for (const seed of [0, 1, 2, 3, 4]) {
    for (const angle of [90, 180]) {
      const model = trained({ angle, seed }, 600);
      for (const kind of ["feedback", "direct"]) assert.ok(model.now.readings[kind].weight.at(-1) < angle - 25, `${kind} from ${angle}°, seed ${seed}: ${model.now.readings[kind].weight}`);
    }
  }
});

test("a rate too large is said, and the weights before it are kept", () => {
  const big = { ...data, train: { ...data.train, x: data.train.x.map((v) => 1e4 * v) } };
  const model = new AlignmentModel({ ...START, lr: 10, activation: "relu" }, big);
  for (let i = 0; i < 50; i++) model.update();
  model.measure();
  assert.match(model.learners[0].diverged, /^diverged at update \d+$/);
  for (const learner of model.learners) assert.ok(learner.net.params.every(Number.isFinite));
});

test("every image is seen once a pass, in another order the next time", () => {
  const model = new AlignmentModel(START, data), batches = Math.floor(200 / BATCH);
  const passes = [0, 1].map(() => Array.from({ length: batches }, () => {
    model.update();
    return Array.from({ length: BATCH }, (_, n) => model.batch.h[0].slice(8 * n, 8 * n + 8).join());
  }).flat());
  for (const pass of passes) assert.equal(new Set(pass).size, batches * BATCH);
  assert.notDeepEqual(passes[0], passes[1]);
});

test("the curves stay short and end now", () => {
  const model = new AlignmentModel({ ...START, width: 4, depth: 1 }, { ...data, held: blobs(5), train: blobs(40) });
  for (let i = 0; i < 2500; i++) {
    model.update();
    model.measure();
  }
  assert.ok(model.rows.length <= 600);
  assert.equal(model.rows[0].step, 0);
  assert.equal(model.now.step, 2500);
  assert.ok(model.rows.every((row, i) => !i || row.step > model.rows[i - 1].step));
});

test("ticks are round and few", () => {
  assert.deepEqual(stepTicks(280, 5), [0, 100, 200]);
  assert.deepEqual(stepTicks(1, 5), [0, 1]);
  for (const last of [1, 7, 50, 999, 12345]) assert.ok(stepTicks(last, 5).length <= 6);
});
