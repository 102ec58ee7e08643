// What the figures hold, without a page: the sliding window, the look into the network, and the sketch on the pad.
import assert from "node:assert/strict";
import test from "node:test";
import { SlidingWindow } from "../../lab_utils/live/convolution/sliding.js";
import { Inspection } from "../../lab_utils/live/draw/inspection.js";
import { SIDE } from "../../lab_utils/live/draw/picture.js";
import { Sketch } from "../../lab_utils/live/draw/sketch.js";

const START = { size: 7, kernel: 3, stride: 1, padding: 1, dilation: 1, transposed: false };

test("the window starts where the sum is largest and most terms are inside", () => {
  const model = new SlidingWindow(START);
  assert.equal(Math.abs(model.view.total), Math.max(...model.sums.map(Math.abs)));
  assert.deepEqual([model.y, model.x, model.view.total], [2, 1, 9]);
  assert.ok(model.view.used.every((t) => t.inside));
});

test("the place stays on the output, whatever the settings become", () => {
  const model = new SlidingWindow(START);
  model.moveTo(99, -5);
  assert.deepEqual([model.y, model.x], [6, 0]);
  model.set("stride", 3);
  assert.deepEqual([model.side, model.y, model.x], [3, 2, 0]);
  model.set("padding", 0);
  model.set("size", 1);
  assert.match(model.why, /kernel covers/);
  assert.deepEqual([model.sums, model.y, model.x], [[], 0, 0]);
  model.set("size", 7);
  assert.equal(model.why, "");
});

test("playing visits every output and begins anew", () => {
  const model = new SlidingWindow({ ...START, size: 3, padding: 0, kernel: 2 });
  model.moveTo(0, 0);
  const seen = Array.from({ length: 4 }, () => (model.advance(), [model.y, model.x].join()));
  assert.deepEqual(seen, ["0,1", "1,0", "1,1", "0,0"]);
});

test("the window comes to the input that is pointed at", () => {
  const model = new SlidingWindow({ ...START, stride: 2 });
  model.centreOn(5, 3);
  assert.deepEqual([model.y, model.x], [2, 1]);
});

test("own weights survive a larger kernel in their corner, a preset is made anew", () => {
  const model = new SlidingWindow({ ...START, kernel: 2 });
  model.setWeight(3, 7);
  assert.equal(model.kernelName, "custom");
  model.set("kernel", 3);
  assert.deepEqual(model.kernel, [-1, 1, 0, -1, 7, 0, 0, 0, 0]);
  model.useKernel("identity");
  model.set("kernel", 2);
  assert.deepEqual(model.kernel, [1, 0, 0, 0]);
});

test("output padding is kept where PyTorch allows it", () => {
  const model = new SlidingWindow({ ...START, transposed: true, stride: 3 });
  model.set("extra", 2);
  assert.equal(model.s.extra, 2);
  model.set("stride", 2);
  assert.equal(model.s.extra, 1);
  model.setTransposed(false);
  assert.equal(model.s.extra, 0);
});

/** Two maps of 2 × 3, the second one busier; then a vector of two. */
function inspected() {
  const layers = [{ name: "relu", kind: "relu" }, { name: "linear", kind: "linear", weight: { shape: [2, 12], data: new Float32Array(24) } }];
  const map = { shape: [2, 3, 2], data: Float32Array.from([1, 0, 1, 0, 1, 0, 1, 0, 1, -9, 1, 0]) };
  const vector = { shape: [2], data: Float32Array.from([0.5, -3]) };
  const view = new Inspection(layers, ["no", "yes"]);
  assert.equal(view.ready, false);
  view.chooseLayer(0); // before the first answer there is nothing to look for
  view.see([{ name: "relu", kind: "relu", input: map, output: map }, { name: "linear", kind: "linear", input: map, output: vector }], new Float32Array(4), 2);
  return view;
}

test("the look begins at the busiest map's strongest place, and stays on the map", () => {
  const view = inspected();
  assert.deepEqual([view.map, view.y, view.x, view.title], [1, 1, 1, "Map 2 of 2"]);
  assert.deepEqual(view.values, [0, 0, 0, 0, -9, 0]);
  view.moveTo(5, -1);
  assert.deepEqual([view.y, view.x], [1, 0]);
  view.chooseMap(2);
  assert.equal(view.map, 1);
  view.chooseMap(0);
  assert.equal(view.map, 0);
});

test("of a vector the largest number is chosen, and named in the last layer", () => {
  const view = inspected();
  view.chooseLayer(1);
  assert.deepEqual([view.isVector, view.map, view.y, view.x, view.title], [true, 0, 0, 0, "Unit 1 of 2 (no)"]);
});

test("undo leads back through strokes and pictures with their names, thirty steps far", () => {
  const sketch = new Sketch(new Float32Array(SIDE * SIDE).fill(0.5), "test image 1");
  assert.equal(sketch.canUndo, false);
  sketch.remember();
  sketch.paint({ x: 3, y: 3 }, { x: 9, y: 3 });
  assert.deepEqual([sketch.source, sketch.pixels[3 * SIDE + 6] > 0.8], ["", true]);
  sketch.invert();
  sketch.clear();
  for (let i = 0; i < 3; i++) sketch.undo();
  assert.equal(sketch.source, "test image 1");
  assert.ok(sketch.pixels.every((v) => v === 0.5));
  sketch.undo();
  assert.equal(sketch.canUndo, false);
  for (let i = 0; i < 40; i++) sketch.clear();
  assert.equal(sketch.past.length, 30);
});

test("the cursor of the keyboard stays on the picture", () => {
  const sketch = new Sketch(new Float32Array(SIDE * SIDE), "");
  for (let i = 0; i < 40; i++) sketch.moveCursor({ x: 1, y: -1 });
  assert.deepEqual(sketch.cursor, { x: SIDE - 0.5, y: 0.5 });
});
