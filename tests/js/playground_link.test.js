// A link brings a playground back; whatever cannot be read is refused with the reason.
import assert from "node:assert/strict";
import test from "node:test";
import { axisOf, heightOf, percent, short } from "../../lab_utils/live/playground/curves.js";
import { diagramLayout, unitAt } from "../../lab_utils/live/playground/diagram.js";
import { fromHash, onLevel, packPoints, toHash, unpackPoints, withinNetwork } from "../../lab_utils/live/playground/settings.js";

const RULES = {
  limits: { count: [20, 500], noise: [0, 0.5], depth: [0, 4], width: [1, 8], lr: [1e-4, 10], strength: [1e-5, 1], layer: [0, 4], steps: [0, 20000], seed: [0, 9999] },
  choices: { data: ["moons", "own"], activation: ["relu", "tanh"], optimizer: ["sgd", "adam"], penalty: ["none", "l1"], batch_size: [null, 10], chart: ["accuracy", "gradients"], speed: [1, 5] },
};
const START = {
  data: "moons", count: 300, noise: 0.2, widths: [8, 8], activation: "relu", optimizer: "adam", lr: 0.03, penalty: "none",
  strength: 0.001, batch_size: null, layer: 2, view: "pca", chart: "accuracy", speed: 1, steps: 0, seed: 0,
};

test("every setting comes back from a link", () => {
  for (const changes of [
    {}, { widths: [], layer: 0 }, { widths: [1, 3, 8, 2], layer: 3, view: [2, 7] }, { lr: 0.00032, strength: 1e-5, noise: 0.25 },
    { batch_size: 10, speed: 5, chart: "gradients", view: "cut", seed: 9999, steps: 1234 },
  ]) {
    const settings = { ...START, ...changes };
    const found = fromHash("playground-2", toHash("playground-2", settings, []), START, RULES);
    assert.deepEqual(found, { settings, points: [] });
  }
});

test("placed points come back to the same bits", () => {
  const points = Array.from({ length: 40 }, (_, i) => ({ x1: onLevel(Math.sin(9 * i) * 1.6), x2: onLevel(Math.cos(5 * i)), label: i % 2 }));
  assert.deepEqual(unpackPoints(packPoints(points)), points);
  const found = fromHash("p", toHash("p", { ...START, data: "own" }, points), START, RULES);
  assert.deepEqual(found.points, points);
});

test("a link for another figure, or for the page, is not ours", () => {
  for (const hash of ["", "playground-1", "playground-11?lr=1", "some-heading", "playground-2x?lr=1"]) assert.equal(fromHash("playground-2", hash, START, RULES), null);
  assert.deepEqual(fromHash("playground-2", "playground-2", START, RULES).settings, START);
});

test("what cannot be read is refused with the reason", () => {
  for (const [part, reason] of [
    ["lr=99", /lr from 0.0001 to 10, got 99/], ["lr=1e", /a number/], ["lr=", /a number/], ["lr=NaN", /a number/], ["seed=1.5", /whole number/],
    ["widths=9", /1 to 8 units/], ["widths=1.2.3.4.5", /at most 4 hidden layers/], ["widths=2.x", /a number/], ["data=cows", /one of moons, own/],
    ["batch_size=7", /one of all, 10/], ["colour=red", /no setting/], ["__proto__=1", /no setting/], ["constructor=1", /no setting/], ["width=3", /no setting/], ["view=up", /the view/], ["points=1zz", /cannot be read/],
    [`points=${"10000".repeat(301)}`, /at most 300/],
  ]) assert.throws(() => fromHash("p", `p?${part}`, START, RULES), { name: "RangeError", message: reason }, part);
});

test("a layer or a pair of units that is not there gives way", () => {
  assert.equal(withinNetwork({ ...START, widths: [3], layer: 4 }).layer, 1);
  assert.equal(withinNetwork({ ...START, widths: [3], layer: 1, view: [1, 4] }).view, "pca");
  assert.deepEqual(withinNetwork({ ...START, widths: [4], layer: 1, view: [1, 4] }).view, [1, 4]);
});

test("numbers in words", () => {
  assert.deepEqual([0.12345, 1234.5, -0.5, 0.00012, 1e20, NaN, Infinity, 0].map(short), ["0.123", "1230", "−0.5", "1.2e−4", "1.0e20", "–", "–", "0"]);
  assert.deepEqual([1, 0.985, NaN].map(percent), ["100 %", "99 %", "–"]);
});

test("axes hold their curves: huge losses, no number at all, gradients of zero", () => {
  const curve = (values) => [{ name: "", colour: "", dashed: false, values }];
  const loss = axisOf("loss", curve([0.7, 1e9, 0.2, Infinity, NaN]));
  assert.equal(loss.high, 1.5);
  assert.match(loss.note, /1.0e9, cut off/);
  for (const kind of ["loss", "accuracy", "gradients"]) {
    for (const values of [[], [NaN], [0], [1e-30, 1e30]]) {
      const axis = axisOf(kind, curve(values));
      assert.ok(axis.high > axis.low && Number.isFinite(axis.high) && axis.ticks.length < 12, `${kind} ${values}`);
      for (const value of values.filter(Number.isFinite)) assert.ok(heightOf(axis, value) >= 0 && heightOf(axis, value) <= 1);
    }
  }
});

test("a click on a unit's map finds that unit, at every width", () => {
  for (const width of [290, 648, 900]) {
    for (const widths of [[2, 1], [2, 8, 8, 8, 8, 1], [2, 1, 5, 1]]) {
      const { place, size, height } = diagramLayout(widths, width);
      widths.forEach((count, layer) => {
        for (let index = 0; index < count; index++) {
          const { x, y } = place(layer, index);
          assert.deepEqual(unitAt(widths, width, { x: x + size / 2, y: y + size / 2 }), { layer, index });
          assert.ok(x >= 0 && x + size <= width + 0.01 && y >= 0 && y + size <= height);
        }
      });
    }
  }
});
