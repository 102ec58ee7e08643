// Output sizes and sums of the convolution figure against PyTorch over a grid of settings.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import {
  KERNELS, PICTURES, allSums, leftover, outputSize, problem, reach, readCounts, receptiveFields, terms,
} from "../../lab_utils/live/convolution/arithmetic.js";

const { arithmetic } = JSON.parse(readFileSync(new URL("./reference.json", import.meta.url), "utf8"));

function settings([size, kernel, stride, padding, dilation, transposed, extra]) {
  return { size, kernel, stride, padding, dilation, transposed: Boolean(transposed), extra };
}

test("sizes and sums equal PyTorch's in every setting, and what it refuses is refused", () => {
  let refused = 0;
  for (const row of arithmetic) {
    const s = settings(row);
    const [size, checksum] = row.slice(7);
    if (size === null) {
      refused++;
      assert.match(problem(s), /padding|kernel/i, JSON.stringify(s));
      continue;
    }
    assert.equal(problem(s), "", JSON.stringify(s));
    assert.equal(outputSize(s), size, JSON.stringify(s));
    const input = Array.from({ length: s.size ** 2 }, (_, i) => (7 * i) % 10);
    const kernel = Array.from({ length: s.kernel ** 2 }, (_, i) => ((3 * i) % 5) - 2);
    const got = allSums(s, input, kernel).reduce((sum, v, i) => sum + v * ((i % 97) + 1), 0);
    assert.equal(got, checksum, JSON.stringify(s));
  }
  assert.ok(arithmetic.length > 500 && refused > 20, `${arithmetic.length} settings, ${refused} refused`);
});

const base = { size: 7, kernel: 3, stride: 2, padding: 0, dilation: 1, transposed: false, extra: 0 };

test("the fraction that the floor drops is the rows that no window reaches", () => {
  assert.equal(leftover(base), 0);
  assert.equal(leftover({ ...base, size: 8 }), 1);
  const counts = readCounts({ ...base, size: 8 });
  assert.ok(counts.slice(56).every((n) => n === 0));
  assert.equal(counts[0], 1);
  assert.equal(counts[2 * 8 + 2], 4); // two windows across, two down
});

test("every read of a plain convolution is counted once per term", () => {
  const n = outputSize(base) ** 2;
  assert.equal(readCounts(base).reduce((a, b) => a + b), n * base.kernel ** 2);
});

test("padding is marked, and a transposed term names a whole input", () => {
  const padded = terms({ ...base, padding: 1 }, 0, 0);
  assert.equal(padded.filter((t) => !t.inside).length, 5);
  for (const t of terms({ ...base, transposed: true }, 3, 4)) assert.ok(Number.isInteger(t.row) && t.inside);
});

test("receptive fields of a stack", () => {
  assert.deepEqual(receptiveFields({ ...base, stride: 1 }, 3).map((r) => r.field), [3, 5, 7]);
  assert.deepEqual(receptiveFields(base, 3), [{ field: 3, step: 2 }, { field: 7, step: 4 }, { field: 15, step: 8 }]);
  assert.equal(reach({ ...base, dilation: 3 }), 7);
});

test("every preset has a number for every place, and says what its name says", () => {
  for (let k = 1; k <= 5; k++) for (const { make } of Object.values(KERNELS)) assert.equal(make(k).length, k * k);
  for (let n = 1; n <= 10; n++) for (const { make } of Object.values(PICTURES)) assert.equal(make(n).length, n * n);
  assert.deepEqual(KERNELS.vertical.make(3), [-1, 0, 1, -1, 0, 1, -1, 0, 1]);
  assert.deepEqual(KERNELS.sharpen.make(3), [0, -1, 0, -1, 5, -1, 0, -1, 0]);
  const total = (name, k) => KERNELS[name].make(k).reduce((a, b) => a + b);
  for (let k = 2; k <= 5; k++) {
    assert.equal(total("vertical", k), 0);
    assert.equal(total("identity", k), 1);
    assert.ok(Math.abs(total("blur", k) - 1) < 1e-12);
    assert.equal(total("sharpen", k), 1);
  }
});
