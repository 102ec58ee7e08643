// Reading the data block back.
import assert from "node:assert/strict";
import test from "node:test";
import { fromHalf, revive } from "../../lab_utils/web/boot.js";
import { format } from "../../lab_utils/web/ui.js";

test("half precision: zero, subnormal, one, largest, infinite, not a number", () => {
  const got = fromHalf(Uint16Array.from([0, 1, 0x3c00, 0xc000, 0x7bff, 0xfc00, 0x7e00]));
  assert.deepEqual(Array.from(got).slice(0, 6), [0, 2 ** -24, 1, -2, 65504, -Infinity]);
  assert.ok(Number.isNaN(got[6]));
});

test("arrays come back at any depth, the rest as it was", () => {
  const base64 = Buffer.from(new Float32Array([1.5, -2]).buffer).toString("base64");
  const got = revive({ a: [{ w: { $array: "float32", shape: [2, 1], base64 } }], b: null, c: "x" });
  assert.deepEqual(Array.from(got.a[0].w.data), [1.5, -2]);
  assert.deepEqual(got.a[0].w.shape, [2, 1]);
  assert.equal(got.b, null);
  assert.equal(got.c, "x");
  assert.throws(() => revive({ $array: "complex64", shape: [0], base64: "" }), /complex64/);
});

test("numbers are printed with a true minus and no idle zeros", () => {
  assert.deepEqual([format(-0.5), format(2), format(-0.001), format(1 / 3)], ["−0.5", "2", "0", "0.33"]);
});
