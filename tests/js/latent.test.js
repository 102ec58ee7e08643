// The decoders, the neighbours and the paths of the latent planes, against PyTorch's numbers.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { Plane, between, mix } from "../../lab_utils/live/latent/decoder.js";
import { LatentSession, STOPS } from "../../lab_utils/live/latent/session.js";
import { placeWords, wayWords } from "../../lab_utils/live/latent/words.js";

const reference = JSON.parse(readFileSync(new URL("./latent.json", import.meta.url), "utf-8"));
/** The data as boot.js revives it: arrays are typed. */
function revived() {
  const data = structuredClone(reference.data);
  data.pictures.data = Uint8Array.from(data.pictures.data);
  for (const plane of data.planes) plane.codes.data = Float32Array.from(plane.codes.data);
  return data;
}
const make = () => new LatentSession(revived());
const codes = (from) => Array.from({ length: from.length / 2 }, (_, i) => [from[2 * i], from[2 * i + 1]]);

test("decoded pictures are PyTorch's", () => {
  reference.answers.forEach((answer, which) => {
    const plane = new Plane(reference.data.planes[which]);
    codes(reference.asked.data).forEach((code, n) => {
      const pixels = plane.decode(code);
      for (let i = 0; i < pixels.length; i++) assert.ok(Math.abs(pixels[i] - answer.data[n * pixels.length + i]) < 1e-6);
    });
  });
});

test("the nearest garment is the nearest as seen in the view", () => {
  const asked = codes(reference.asked.data)[0];
  reference.nearest.forEach((garment, which) => {
    const found = new Plane(reference.data.planes[which]).nearest(asked);
    assert.equal(found.garment, garment);
    assert.ok(found.distance > 0);
  });
});

test("a place of the view and its code are each other's inverse, and outside is brought inside", () => {
  const plane = new Plane(reference.data.planes[0]);
  assert.deepEqual(plane.toShare([-4, -2]), [0, 0]);
  assert.deepEqual(plane.fromShare([0.75, 0.5]), [2, 0]);
  assert.deepEqual(plane.fromShare([7, -7]), [4, -2]);
});

test("linked planes follow to the same garment, free ones stay", () => {
  const session = make();
  const code = session.planes[0].codeOf(7);
  session.drag(0, code);
  session.handles[0].forEach((v, i) => assert.ok(Math.abs(v - code[i]) < 1e-6));
  assert.deepEqual(session.handles[1], session.planes[1].codeOf(7));
  session.linked = false;
  session.drag(1, [0, 0]);
  session.handles[0].forEach((v, i) => assert.ok(Math.abs(v - code[i]) < 1e-6));
  assert.deepEqual(session.handles[1], [0, 0]);
});

test("a path runs straight from garment to garment in each plane", () => {
  const session = make();
  assert.deepEqual(session.handles, session.planes.map((plane) => plane.codeOf(session.picks[0])));
  session.travel(1);
  assert.deepEqual(session.handles, session.planes.map((plane) => plane.codeOf(session.picks[4])));
  session.travel(0.5);
  session.choose("to", 2);
  assert.deepEqual(session.handles[1], between(session.planes[1].codeOf(0), session.planes[1].codeOf(1), 0.5));
  assert.deepEqual([wayWords(session), wayWords({ way: 0 }), wayWords({ way: 1 })], ["50% of the way", "at the first", "at the second"]);
  session.drag(0, [0, 0]);
  assert.equal(wayWords(session), "dragged off it");
  session.travel(0.25);
  assert.equal(wayWords(session), "25% of the way");
});

test("the strips hold the mixture of the originals and each decoder's way", () => {
  const session = make();
  const rows = [0, 1, 2].map((row) => session.strip(row));
  assert.ok(rows.every((row) => row.length === STOPS));
  assert.deepEqual(rows[0][0], session.original(0));
  assert.deepEqual(rows[0][STOPS - 1], session.original(4));
  assert.deepEqual(rows[2][STOPS - 1], session.planes[1].decode(session.planes[1].codeOf(session.picks[4])));
  assert.deepEqual(mix([0, 1], [1, 0], 0.25), new Float32Array([0.25, 0.75]));
});

test("words name the nearest garment, and a gap where all are far", () => {
  const session = make();
  assert.equal(placeWords(session, 0).near, "nearest garment: coat");
  session.linked = false;
  session.drag(0, [4, 2]);
  assert.match(placeWords(session, 0).near, /^a gap; the nearest garment: /);
  assert.equal(placeWords(session, 0).code, "code 4, 2");
  assert.deepEqual([0, 1, 2].map((pick) => session.nameOf(pick)), ["coat 1", "coat 2", "bag 1"]);
});
