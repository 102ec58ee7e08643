// From photo and brush to the network's input.
import assert from "node:assert/strict";
import test from "node:test";
import { account, windowOf } from "../../lab_utils/live/draw/explain.js";
import { SIDE, borderLevel, dab, preprocess, resize, squareAround, stroke, toGray } from "../../lab_utils/live/draw/picture.js";
import { conv2d } from "../../lab_utils/live/shared/nn.js";

/** A picture of one grey with a rectangle of another. */
function photo(width, height, back, front, [left, top, wide, tall]) {
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const level = x >= left && x < left + wide && y >= top && y < top + tall ? front : back;
      rgba.set([level, level, level, 255], 4 * (y * width + x));
    }
  return rgba;
}

test("grey weighs the colours and puts transparent parts on white", () => {
  const gray = toGray(new Uint8ClampedArray([255, 0, 0, 255, 0, 0, 0, 0]));
  assert.ok(Math.abs(gray[0] - 0.299) < 1e-6);
  assert.equal(gray[1], 1);
});

test("a dark thing on a light ground becomes bright on black, as large as the frame", () => {
  const { stages, pixels } = preprocess(photo(90, 60, 240, 20, [30, 20, 20, 20]), 90, 60);
  assert.equal(stages.length, 4);
  assert.match(stages[1].title, /inverted/);
  assert.ok(pixels[14 * SIDE + 14] > 0.95);
  assert.ok(pixels.reduce((a, b) => a + b) / 784 > 0.95, "the square fills the frame");
});

test("a bright thing on a dark ground is kept, and keeps its proportions", () => {
  const { stages, pixels } = preprocess(photo(80, 80, 10, 250, [36, 10, 10, 60]), 80, 80);
  assert.match(stages[1].title, /kept/);
  assert.ok(pixels[14 * SIDE + 14] > 0.95);
  assert.equal(pixels[14 * SIDE + 2], 0);
});

test("grain in the background neither widens the frame nor stays", () => {
  const rgba = photo(200, 200, 230, 20, [80, 80, 40, 40]);
  for (let i = 0; i < 200 * 200; i += 397) rgba[4 * i] = rgba[4 * i + 1] = rgba[4 * i + 2] = 180;
  const { pixels } = preprocess(rgba, 200, 200);
  assert.ok(pixels.reduce((a, b) => a + b) / 784 > 0.9, "the square fills the frame");
});

test("an even picture does not divide by zero", () => {
  const { pixels } = preprocess(photo(20, 10, 128, 128, [0, 0, 1, 1]), 20, 10);
  assert.ok(pixels.every((v) => v === 0));
});

test("resizing keeps the mean, and the square holds all that is bright", () => {
  const gray = Float32Array.from({ length: 35 * 35 }, (_, i) => ((i * 37) % 101) / 100);
  const small = resize(gray, 35, 35, { left: 0, top: 0, side: 35 }, 28);
  const mean = (v) => v.reduce((a, b) => a + b) / v.length;
  assert.ok(Math.abs(mean(gray) - mean(small)) < 1e-6);
  const one = new Float32Array(100);
  one[34] = 1;
  assert.deepEqual(squareAround(one, 10, 10, 0.1), { left: 4, top: 3, side: 1 });
  assert.equal(borderLevel(new Float32Array(100).fill(0.25), 10, 10), 0.25);
});

test("the brush paints up to its brightness, the eraser takes it away, the edge holds", () => {
  const pixels = new Float32Array(SIDE * SIDE);
  stroke(pixels, { x: -3, y: 14 }, { x: 31, y: 14 }, { radius: 1.5, shade: 0.8, erase: false });
  assert.ok(pixels.slice(14 * SIDE, 15 * SIDE).every((v) => Math.abs(v - 0.8) < 1e-6));
  assert.ok(pixels.every((v) => v >= 0 && v <= 0.8 + 1e-6));
  dab(pixels, 14, 14, { radius: 2, shade: 1, erase: true });
  assert.equal(pixels[14 * SIDE + 14], 0);
});

const layer = {
  name: "conv1", kind: "conv", stride: [2, 1], padding: [1, 0], dilation: [1, 2], groups: 1,
  weight: { shape: [2, 3, 3, 2], data: Float32Array.from({ length: 36 }, (_, i) => ((i * 7) % 11) / 5 - 1) },
  bias: { shape: [2], data: Float32Array.from([0.5, -0.25]) },
};

test("the account of a number adds up to the number", () => {
  const input = { shape: [6, 5, 3], data: Float32Array.from({ length: 90 }, (_, i) => ((i * 13) % 17) / 8 - 1) };
  const output = conv2d(input, layer);
  const [height, width, channels] = output.shape;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++) {
        const why = account(layer, input, output, c, y, x);
        const sum = why.shares.reduce((a, b) => a + b.share, 0) + why.bias;
        assert.ok(Math.abs(sum - why.total) < 1e-5);
      }
});

test("the window of a stack of layers", () => {
  const same = { kind: "conv", weight: { shape: [1, 1, 3, 3] }, stride: [1, 1], padding: [1, 1], dilation: [1, 1] };
  const pool = { kind: "max_pool", kernel: [2, 2], stride: [2, 2], padding: [0, 0], dilation: [1, 1] };
  const layers = [same, { kind: "relu" }, pool, same, { kind: "flatten" }];
  assert.deepEqual(windowOf(layers, 0, 0, 5), { top: -1, left: 4, height: 3, width: 3 });
  assert.deepEqual(windowOf(layers, 2, 1, 1), { top: 1, left: 1, height: 4, width: 4 });
  assert.deepEqual(windowOf(layers, 3, 1, 1), { top: -1, left: -1, height: 8, width: 8 });
  assert.equal(windowOf(layers, 4, 0, 0), null);
});
