// nn.js against PyTorch's own numbers (reference.json), and what it promises beyond them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { channelsFirst, createNetwork, layerNorm, softmax, zeros } from "../../lab_utils/live/shared/nn.js";

const reference = JSON.parse(readFileSync(new URL("./reference.json", import.meta.url), "utf8"));

/** Arrays of the reference become typed tensors. */
function revive(value) {
  if (Array.isArray(value) || value === null || typeof value !== "object") return value;
  if ("shape" in value && "data" in value) return { shape: value.shape, data: Float32Array.from(value.data) };
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, revive(v)]));
}

function channelsLast({ shape: [channels, height, width], data }) {
  const out = zeros([height, width, channels]);
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < height * width; i++) out.data[i * channels + c] = data[c * height * width + i];
  return out;
}

function assertClose(got, wanted, limit = 2e-6) {
  assert.equal(got.length, wanted.length);
  const worst = Math.max(...Array.from(got, (v, i) => Math.abs(v - wanted[i]) / (1 + Math.abs(wanted[i]))));
  assert.ok(worst < limit, `largest relative error ${worst}`);
}

for (const item of reference.networks) {
  test(`PyTorch's answer: ${item.name}`, () => {
    const input = channelsLast(item.input);
    const { steps } = createNetwork(item.layers.map(revive)).run(input.data, input.shape);
    const output = channelsFirst(steps.at(-1).output);
    assert.deepEqual(output.shape, item.output.shape);
    assertClose(output.data, item.output.data);
  });
}

test("layer norm equals PyTorch's", () => {
  const { input, output, ...layer } = revive(reference.layer_norm);
  assertClose(layerNorm(input, layer).data, output.data);
});

test("softmax adds up to one and survives large logits", () => {
  const p = softmax([1000, 1001, -1000]);
  assert.ok(Math.abs(p[0] + p[1] + p[2] - 1) < 1e-12);
  assert.ok(Math.abs(p[1] / p[0] - Math.E) < 1e-9);
});

test("every step is kept, and the input is left as it was", () => {
  const item = reference.networks.find((n) => n.name === "flatten order");
  const input = channelsLast(item.input);
  const before = input.data.slice();
  const { steps, logits } = createNetwork(item.layers.map(revive)).run(input.data, input.shape);
  assert.deepEqual(steps.map((s) => s.kind), ["conv", "relu", "flatten", "linear", "relu"]);
  assert.equal(logits, steps.at(-1).output.data);
  assert.deepEqual(input.data, before);
});

test("an unknown layer is refused by name", () => {
  assert.throws(() => createNetwork([{ name: "odd", kind: "swirl" }]), /odd.*swirl/);
});
