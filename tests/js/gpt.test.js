// The GPT of the live figure against PyTorch's own numbers (gpt_reference.json), and what it promises beyond them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { Reading } from "../../lab_utils/live/gpt/decoder.js";
import { drawIndex, nextProbabilities, surprise } from "../../lab_utils/live/gpt/sampling.js";
import { encode, windowStart } from "../../lab_utils/live/gpt/text.js";
import { createDecoder } from "../../lab_utils/live/gpt/weights.js";

const reference = JSON.parse(readFileSync(new URL("./gpt_reference.json", import.meta.url), "utf8"));

function revive(value) {
  if (Array.isArray(value)) return value.map(revive);
  if (value === null || typeof value !== "object") return value;
  if ("data" in value) return { shape: value.shape, data: Float32Array.from(value.data) };
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, revive(v)]));
}

function assertClose(got, wanted, limit = 2e-6) {
  assert.equal(got.length, wanted.length);
  const worst = Math.max(...Array.from(got, (v, i) => Math.abs(v - wanted[i]) / (1 + Math.abs(wanted[i]))));
  assert.ok(worst < limit, `largest relative error ${worst}`);
}

const decoderOf = (item) => createDecoder(revive(item.network));

/** Rows of zeros right of the diagonal, as torch gives them. */
function attentionOf(reading) {
  const { net, tokens } = reading;
  const rows = [];
  for (let l = 0; l < net.blocks.length; l++)
    for (let h = 0; h < net.heads; h++)
      for (let i = 0; i < tokens.length; i++) {
        const row = reading.attention(l, h, i);
        rows.push(...row, ...Array(tokens.length - row.length).fill(0));
      }
  return rows;
}

const logitsOf = (reading) => reading.logits.slice(0, reading.tokens.length * reading.net.vocabulary);

function readingOf(item, tokens = item.ids) {
  const reading = new Reading(decoderOf(item));
  reading.read(tokens);
  return reading;
}

for (const item of reference.networks) {
  test(`PyTorch's logits and attention: ${item.name}`, () => {
    const reading = readingOf(item);
    assert.equal(reading.work(), true);
    assertClose(logitsOf(reading), item.logits.data);
    assertClose(attentionOf(reading), item.attention.data);
  });

  test(`PyTorch's logits with heads off: ${item.name}`, () => {
    const reading = readingOf(item);
    reading.work();
    reading.switchOff(item.off);
    reading.work();
    assertClose(logitsOf(reading), item.cut.data);
    reading.switchOff([]);
    reading.work();
    assertClose(logitsOf(reading), item.logits.data);
  });
}

const item = reference.networks.find(({ name }) => name === "rotary");

test("a character at a time, in pieces, after other text: always the same numbers", () => {
  const reading = new Reading(decoderOf(item));
  for (let n = 1; n <= item.ids.length; n++) {
    reading.read(item.ids.slice(0, n));
    reading.work();
  }
  assertClose(logitsOf(reading), item.logits.data);
  reading.read([...item.ids.slice(0, 3), 0, 1, 2, 3, 4, 5, 6]);
  reading.work(0);
  reading.read(item.ids);
  while (!reading.work(0));
  assertClose(logitsOf(reading), item.logits.data);
  assertClose(attentionOf(reading), item.attention.data);
});

test("heads change while a reading is under way", () => {
  const reading = readingOf(item);
  reading.work(0);
  assert.equal(reading.complete, false);
  reading.switchOff(["1.0"]);
  reading.work(0);
  reading.switchOff(item.off);
  reading.work();
  assertClose(logitsOf(reading), item.cut.data);
});

test("only what a change reaches is computed again", () => {
  const reading = readingOf(item);
  reading.work();
  reading.switchOff(["1.1"]);
  assert.deepEqual(reading.layers.map(({ done }) => done), [item.ids.length, 0]);
  reading.work();
  reading.read([...item.ids.slice(0, 5), (item.ids[5] + 1) % 7]);
  assert.deepEqual(reading.layers.map(({ done }) => done), [5, 5]);
});

test("a copy goes on alone", () => {
  const first = readingOf(item), second = new Reading(first.net);
  first.work();
  second.copy(first);
  second.switchOff(item.off);
  second.work();
  assertClose(logitsOf(second), item.cut.data);
  assertClose(logitsOf(first), item.logits.data);
});

test("the lens on the last layer is the answer itself", () => {
  const reading = readingOf(item);
  reading.work();
  assertClose(reading.lens(reading.layers.length, 4), reading.logitsAt(4));
  assert.notDeepEqual(Array.from(reading.lens(0, 4)), Array.from(reading.logitsAt(4)));
});

test("a text beyond the context is refused", () => {
  assert.throws(() => readingOf(item, Array(13).fill(0)), /at most 12 characters, got 13/);
});

test("temperature and top-k are softmax's over the largest logits", () => {
  for (const { logits, p, ...settings } of reference.draws) assertClose(nextProbabilities(logits, settings), p, 1e-6);
  assert.deepEqual(Array.from(nextProbabilities([1, 3, 2], { temperature: 0, topK: 3 })), [0, 1, 0]);
});

test("draws come as often as their probability", () => {
  const p = [0.5, 0, 0.3, 0.2], counts = [0, 0, 0, 0];
  for (let i = 0; i < 1000; i++) counts[drawIndex(p, () => (i + 0.5) / 1000)]++;
  assert.deepEqual(counts, [500, 0, 300, 200]);
  assert.equal(drawIndex([0.3, 0.7, 0], () => 1 - 1e-17), 1);
});

test("surprise is -ln softmax, whatever the size of the logits", () => {
  assert.ok(Math.abs(surprise([0, 0, 0, 0], 2) - Math.log(4)) < 1e-12);
  assert.ok(Math.abs(surprise([1000, 1001], 1) - Math.log(1 + Math.exp(-1))) < 1e-12);
});

test("unknown characters are replaced by near ones or named", () => {
  const { tokens, unknown } = encode("Aé’\tß", "aeA' ");
  assert.deepEqual(tokens, [2, 1, 3, 4]);
  assert.deepEqual(unknown, ["ß"]);
});

test("the window moves on by a quarter of the context and always fits", () => {
  for (let length = 0; length < 200; length++) {
    const start = windowStart(length, 16);
    assert.ok(length - start <= 16 && (start === 0 || length - start > 12), `${length}: ${start}`);
    assert.equal(start % 4, 0);
  }
});
