// The playground's arithmetic against PyTorch, scikit-learn and NumPy (playground_reference.py), and its own promises.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { HELD_OUT, PlaygroundModel, SIDE } from "../../lab_utils/live/playground/model.js";
import { Spaces, contour } from "../../lab_utils/live/playground/spaces.js";
import { ACTIVATIONS, erf, erfSeries } from "../../lab_utils/live/shared/activation_functions.js";
import { cutAccuracy, fitCut } from "../../lab_utils/live/shared/linear_probe.js";
import { Mlp, crossEntropy, shareRight } from "../../lab_utils/live/shared/mlp.js";
import { alignAxes, blendAxes, cutPlane, look, principalPlane } from "../../lab_utils/live/shared/plane_view.js";
import { drawToy, gaussian, randomFrom } from "../../lab_utils/live/shared/toys.js";

const reference = JSON.parse(readFileSync(new URL("./playground_reference.json", import.meta.url), "utf8"));
const START = {
  data: "moons", count: 300, noise: 0.2, widths: [8, 8], activation: "relu", optimizer: "adam", lr: 0.03, penalty: "none",
  strength: 0.001, batch_size: null, layer: 2, view: "pca", chart: "accuracy", speed: 1, steps: 0, seed: 0,
};

/** The largest difference, relative to numbers above 1. */
function distance(a, b) {
  assert.equal(a.length, b.length);
  return Math.max(...Array.from(a, (v, i) => Math.abs(v - b[i]) / Math.max(1, Math.abs(b[i]))));
}

/** A model that trains on the reference's own points from its own weights. */
function modelOf({ x, y, params, widths = [2, 4, 3, 1], ...settings }) {
  const train = { x: Float64Array.from(x), y: Float64Array.from(y) };
  const given = { train, held: { x: new Float64Array(0), y: new Float64Array(0) }, box: { cx: 0, cy: 0, half: 3 } };
  const model = new PlaygroundModel({ ...START, data: "given", widths: widths.slice(1, -1), ...settings }, given);
  model.net.params.set(params);
  return model;
}

test("erf is the error function", () => {
  for (const [x, value] of reference.erf) assert.ok(Math.abs(erf(x) - value) < 1e-9, `erf(${x})`);
  for (let x = 0; x < 5; x += 0.00313) assert.ok(Math.abs(erf(x) - erfSeries(x)) < 1e-9);
  assert.equal(erf(99), 1);
  assert.equal(erf(-99), -1);
  assert.ok(Number.isNaN(erf(NaN)));
});

test("every activation and its slope are PyTorch's", () => {
  assert.deepEqual(reference.activations.map((c) => c.name), Object.keys(ACTIVATIONS));
  for (const { name, z, value, slope } of reference.activations) {
    const values = z.map(ACTIVATIONS[name].value);
    assert.ok(distance(values, value) < 1e-8, name);
    assert.ok(distance(z.map((v, i) => ACTIVATIONS[name].slope(v, values[i])), slope) < 1e-8, `slope of ${name}`);
  }
});

test("loss and gradient of every activation, from no hidden layer to four, are PyTorch's", () => {
  assert.equal(new Set(reference.gradients.map((c) => c.activation)).size, Object.keys(ACTIVATIONS).length);
  for (const { activation, widths, params, x, y, loss, grads } of reference.gradients) {
    const net = new Mlp(widths, activation);
    net.params.set(params);
    const pass = net.room(y.length);
    pass.h[0].set(x);
    const logits = net.forward(pass);
    assert.ok(Math.abs(crossEntropy(logits, y) - loss) < 1e-8, `${activation} ${widths}`);
    assert.ok(distance(net.backward(pass, y), grads) < 1e-8, `${activation} ${widths}`);
  }
});

test("weights after 25 updates are PyTorch's: every optimizer and activation, with L1, L2 and without", () => {
  for (const { steps, after, ...start } of reference.training) {
    const model = modelOf(start);
    for (let i = 0; i < steps; i++) model.update();
    assert.ok(distance(model.net.params, after) < 1e-6, `${start.optimizer} ${start.activation} ${start.penalty}: ${distance(model.net.params, after)}`);
  }
});

test("the straight cut is scikit-learn's, from a cold start and from a far one", () => {
  for (const { width, h, y, weight, bias, accuracy } of reference.probes) {
    for (const start of [undefined, new Float64Array(width + 1).fill(30)]) {
      const cut = fitCut(Float64Array.from(h), y, width, start);
      assert.ok(distance(cut.weight, weight) < 1e-3, `${width}: ${distance(cut.weight, weight)}`);
      assert.ok(Math.abs(cut.bias - bias) < 1e-3);
      assert.equal(cutAccuracy(cut, Float64Array.from(h), y), accuracy);
    }
  }
});

test("a cut needs two classes, and finds nothing in a layer that says nothing", () => {
  const h = Float64Array.from([1, 2, 3, 4]);
  assert.equal(fitCut(h, [1, 1], 2), null);
  assert.equal(fitCut(new Float64Array(0), [], 2), null);
  const dead = fitCut(new Float64Array(8), [0, 1, 0, 1], 2);
  assert.equal(cutAccuracy(dead, new Float64Array(8), [0, 1, 0, 1]), 0.5);
});

test("the principal plane is NumPy's", () => {
  for (const { width, h, projector, share } of reference.planes) {
    const plane = principalPlane(Float64Array.from(h), h.length / width, width);
    const mine = Array.from({ length: width * width }, (_, k) => {
      const [i, j] = [Math.floor(k / width), k % width];
      return plane.axes[2 * i] * plane.axes[2 * j] + plane.axes[2 * i + 1] * plane.axes[2 * j + 1];
    });
    assert.ok(distance(mine, projector) < 1e-8);
    assert.ok(Math.abs(plane.share - share) < 1e-10);
  }
});

test("a plane turned or mirrored within itself is turned back", () => {
  const { h, width } = reference.planes[1];
  const { axes } = principalPlane(Float64Array.from(h), h.length / width, width);
  for (const angle of [0.3, 2, -1.2, 3.1]) {
    for (const mirror of [1, -1]) {
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      const turned = axes.map((_, i) => (i % 2 === 0 ? c * axes[i] + s * axes[i + 1] : mirror * (-s * axes[i - 1] + c * axes[i])));
      assert.ok(distance(alignAxes(turned, axes), axes) < 1e-10);
    }
  }
});

test("blended axes stand at right angles and have length one", () => {
  const { axes: a } = principalPlane(Float64Array.from(reference.planes[2].h), 60, 8);
  const { axes: b } = principalPlane(Float64Array.from(reference.planes[2].h.slice(0, 240)), 30, 8);
  const mixed = blendAxes(a, alignAxes(b, a), 0.25);
  const dot = (i, j) => Array.from({ length: 8 }, (_, k) => mixed[2 * k + i] * mixed[2 * k + j]).reduce((x, y) => x + y);
  assert.ok(Math.abs(dot(0, 0) - 1) < 1e-12 && Math.abs(dot(1, 1) - 1) < 1e-12 && Math.abs(dot(0, 1)) < 1e-12);
});

test("across the cut, the sign of the first axis is the cut's own answer", () => {
  const { width, h: list, y } = reference.probes[3];
  const h = Float64Array.from(list), cut = fitCut(h, y, width);
  const seen = look({ ...cutPlane(h, y.length, width, cut), middle: [0, 0], half: 1 }, h, y.length, new Float64Array(2 * y.length));
  const right = y.filter((label, n) => Number(seen[2 * n] > 0) === label).length / y.length;
  assert.equal(right, cutAccuracy(cut, h, y));
});

test("toy points: both classes, no two streams alike, the same seed the same points", () => {
  for (const name of ["moons", "circles", "spiral", "xor"]) {
    const { x, y } = drawToy(name, 301, 0, 3);
    assert.equal(y.reduce((a, b) => a + b), 150);
    assert.deepEqual(drawToy(name, 301, 0, 3).x, x);
    assert.notDeepEqual(drawToy(name, 301, 0, 4).x, x);
  }
  const circles = drawToy("circles", 50, 0, 1);
  circles.y.forEach((label, n) => assert.ok(Math.abs(Math.hypot(circles.x[2 * n], circles.x[2 * n + 1]) - (label ? 0.5 : 1)) < 1e-12));
  const xor = drawToy("xor", 50, 0, 1);
  xor.y.forEach((label, n) => assert.equal(xor.x[2 * n] * xor.x[2 * n + 1] < 0, label === 1));
});

test("random numbers: even, and normal with the right spread", () => {
  const random = randomFrom(7);
  const draws = Array.from({ length: 20000 }, random);
  assert.ok(draws.every((v) => v >= 0 && v < 1));
  assert.ok(Math.abs(draws.reduce((a, b) => a + b) / 20000 - 0.5) < 0.01);
  const normal = Array.from({ length: 20000 }, () => gaussian(random));
  assert.ok(Math.abs(normal.reduce((a, b) => a + b) / 20000) < 0.03);
  assert.ok(Math.abs(normal.reduce((a, b) => a + b * b, 0) / 20000 - 1) < 0.04);
});

test("initial weights lie within torch.nn.Linear's bounds and fill them", () => {
  const { net } = new PlaygroundModel({ ...START, widths: [8, 4, 8] });
  for (const { inputs, outputs, weight, bias } of net.layers) {
    const bound = 1 / Math.sqrt(inputs), values = net.params.subarray(weight, bias + outputs);
    assert.ok(values.every((v) => Math.abs(v) <= bound));
    assert.ok(Math.max(...values) > 0.5 * bound && Math.min(...values) < -0.5 * bound);
  }
});

test("mini-batches visit every point once in an epoch, in a new order each time; the last may be short", () => {
  const model = new PlaygroundModel({ ...START, count: 50, batch_size: 30 });
  const epochs = [0, 1].map(() => [0, 1].flatMap(() => {
    model.nextBatch();
    return Array.from(model.batch.h[0].subarray(0, 2 * model.batch.count)).filter((_, i) => i % 2 === 0);
  }));
  const sorted = (list) => [...list].sort((a, b) => a - b);
  const all = sorted(Array.from(model.train.x).filter((_, i) => i % 2 === 0));
  for (const epoch of epochs) assert.deepEqual(sorted(epoch), all);
  assert.notDeepEqual(epochs[0], epochs[1]);
  assert.equal(model.epochs, 2);
});

test("the same seed repeats a run to the last bit, with batches too; another seed does not", () => {
  const run = (seed) => {
    const model = new PlaygroundModel({ ...START, seed, batch_size: 10, optimizer: "rmsprop" });
    for (let i = 0; i < 90; i++) model.update();
    return Array.from(model.net.params);
  };
  assert.deepEqual(run(4), run(4));
  assert.notDeepEqual(run(4), run(5));
});

test("changing the rate on the way keeps the weights and forbids repeating; changing the width starts anew", () => {
  const model = new PlaygroundModel(START);
  model.set({ lr: 0.1 });
  assert.equal(model.repeatable, true);
  for (let i = 0; i < 5; i++) model.update();
  const before = model.net.params.slice();
  model.set({ lr: 0.01, optimizer: "sgd", penalty: "l2" });
  assert.deepEqual(model.net.params, before);
  assert.equal(model.repeatable, false);
  model.set({ widths: [3] });
  assert.equal(model.step, 0);
  assert.equal(model.repeatable, true);
  assert.equal(model.s.layer, 1);
});

test("a run that diverges stops, keeps its last numbers and says so", () => {
  const model = new PlaygroundModel({ ...START, activation: "linear", widths: [8, 8, 8, 8], optimizer: "momentum", lr: 10 });
  for (let i = 0; i < 500; i++) model.update();
  model.measure();
  assert.match(model.diverged, /^Update \d+ made a weight /);
  assert.ok(model.net.params.every((v) => Math.abs(v) <= 1e6));
  assert.ok(Number.isFinite(model.loss) && model.loss > 100);
  assert.equal(model.ready, false);
  const step = model.step;
  model.update();
  assert.equal(model.step, step);
  new Spaces(model).measure();
  model.restart();
  assert.equal(model.diverged, "");
  assert.equal(model.ready, true);
});

test("without points it waits; with one class it trains, and no cut is claimed", () => {
  const model = new PlaygroundModel({ ...START, data: "own" });
  const spaces = new Spaces(model);
  spaces.measure();
  spaces.follow(1);
  assert.equal(model.ready, false);
  assert.ok(spaces.accuracies.every(Number.isNaN));
  for (let i = 0; i < 6; i++) model.addPoint(i / 6, 0.2, 1);
  for (let i = 0; i < 50; i++) model.update();
  model.measure();
  spaces.measure();
  assert.ok(model.loss < 0.1);
  assert.ok(spaces.accuracies.every(Number.isNaN));
  model.addPoint(-0.5, -0.5, 0);
  spaces.measure();
  assert.equal(spaces.accuracies[0], 1);
  for (let i = 0; i < 400; i++) model.addPoint(0, 0, 0);
  assert.equal(model.points.length, 300);
});

test("dead units are those that are zero on every training point", () => {
  const model = new PlaygroundModel({ ...START, widths: [3] });
  const { bias } = model.net.layers[0];
  model.net.params.fill(-100, bias, bias + 1);
  model.measure();
  assert.deepEqual(model.deadUnits(1).slice(0, 1), [0]);
  model.set({ activation: "tanh" });
  assert.deepEqual(model.deadUnits(1), []);
});

test("the curves stay short, however long the run", () => {
  const model = new PlaygroundModel({ ...START, count: 20, widths: [1] });
  for (let i = 0; i < 6000; i++) {
    model.update();
    model.score();
  }
  const { rows } = model.history;
  assert.ok(rows.length <= 1201 && rows.length > 500);
  assert.equal(rows[0].step, 0);
  assert.ok(rows.every((row, i) => i === 0 || row.step > rows[i - 1].step));
  assert.ok(rows.at(-1).step > 5980);
});

test("shares and losses are of the points that they name", () => {
  const model = new PlaygroundModel(START);
  for (let i = 0; i < 300; i++) model.update();
  model.measure();
  assert.equal(model.held.y.length, HELD_OUT);
  assert.equal(model.heldAccuracy, shareRight(model.net.forward(model.test), model.held.y));
  assert.ok(model.accuracy > 0.93 && model.heldAccuracy > 0.9);
  assert.ok(model.gradients.length === 3 && model.gradients.every((v) => v > 0 && v < 1));
});

test("a trained network untangles the spiral: a straight cut does better in its last space than in the plane", () => {
  for (const seed of [0, 1, 2]) {
    const model = new PlaygroundModel({ ...START, data: "spiral", noise: 0.05, activation: "tanh", seed });
    const spaces = new Spaces(model);
    for (let i = 0; i < 1000; i++) model.update();
    model.measure();
    spaces.measure();
    assert.ok(spaces.accuracies[0] < 0.7, String(spaces.accuracies));
    assert.ok(spaces.accuracies[2] > 0.95, String(spaces.accuracies));
  }
});

test("half way between two spaces every point is half way", () => {
  const model = new PlaygroundModel(START), spaces = new Spaces(model);
  spaces.measure();
  const at = [1, 1.5, 2].map((place) => {
    spaces.at = place;
    spaces.follow(1);
    return spaces.positions(model.all);
  });
  assert.ok(distance(at[1], at[0].map((v, i) => (v + at[2][i]) / 2)) < 1e-12);
});

test("the picture of a space stays still while it trains: no flip, no jump", () => {
  const model = new PlaygroundModel({ ...START, activation: "tanh", lr: 0.01 }), spaces = new Spaces(model);
  spaces.measure();
  spaces.follow(1);
  let before = spaces.positions(model.all);
  for (let i = 0; i < 300; i++) {
    model.update();
    model.measure();
    spaces.measure();
    spaces.follow(0.25);
    const now = spaces.positions(model.all);
    const moved = now.reduce((sum, v, k) => sum + Math.abs(v - before[k]), 0) / now.length;
    assert.ok(moved < 0.1, `update ${i}: ${moved}`);
    before = now;
  }
});

test("the dashed line of a space divides the points as the cut does", () => {
  for (const [widths, view] of [[[2], "pca"], [[8, 5], "cut"], [[3, 1], "pca"], [[], "pca"]]) {
    const model = new PlaygroundModel({ ...START, widths, view, layer: widths.length }), spaces = new Spaces(model);
    for (let i = 0; i < 100; i++) model.update();
    model.measure();
    spaces.measure();
    spaces.follow(1);
    const { a, b, c } = spaces.line(), at = spaces.positions(model.all);
    const right = Array.from(model.train.y).filter((label, n) => Number(a * at[2 * n] + b * at[2 * n + 1] + c > 0) === label).length;
    assert.equal(right / 300, spaces.accuracies[widths.length]);
  }
});

test("the contour lies where the values are zero", () => {
  const values = Float64Array.from({ length: SIDE * SIDE }, (_, i) => (i % SIDE) - 20.25 + 0.5 * Math.floor(i / SIDE));
  const crossings = contour(values);
  assert.ok(crossings.length > 0 && crossings.length % 2 === 0);
  for (const { from, to, share } of crossings) assert.ok(Math.abs(values[from] + share * (values[to] - values[from])) < 1e-12);
});
