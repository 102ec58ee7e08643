// The learners in training, without a page: equal data, weights and batches; what is measured after each update.

import { Mlp } from "../shared/mlp.js";
import { randomFrom, shuffle } from "../shared/toys.js";
import { KINDS, Learner, angleBetween, judge, matrixAtAngle } from "./learners.js";

export const BATCH = 32;
const PROBES = 128; // training images on which updates are compared with the gradient
const MOST_ROWS = 600;
const STREAMS = 3; // independent random streams of a seed: first weights, feedback, batches
const EMPTY = new Mlp([1, 1], "tanh").room(0);
const ANEW = new Set(["depth", "width", "angle", "activation", "seed"]);

/** @typedef {import("./learners.js").Kind} Kind */
/** @typedef {{lr: number, depth: number, width: number, angle: number, activation: string, seed: number, speed: number}} AlignmentSettings */
/** Inputs (N, features) as numbers and their classes. @typedef {{x: Float64Array, y: ArrayLike<number>, count: number}} Examples */
/** @typedef {{train: Examples, held: Examples, features: number, classes: number}} AlignmentData */
/** Of one learner: held-out share right, training loss on the probes, angles of each hidden layer. @typedef {{loss: number, accuracy: number, update: number[], weight: number[]}} Reading */
/** @typedef {{step: number, readings: Record<Kind, Reading>}} AlignmentRow */

export class AlignmentModel {
  /** @type {AlignmentRow[]} */
  rows = [];
  step = 0;
  stride = 1;
  /** @type {Learner[]} */
  learners = [];
  random = randomFrom(0);
  order = new Int32Array(0);
  place = 0;
  labels = new Int32Array(BATCH);
  batch = EMPTY;
  probe = EMPTY;
  test = EMPTY;
  exact = new Float64Array(0);

  /** @param {AlignmentSettings} settings @param {AlignmentData} data */
  constructor(settings, data) {
    this.s = settings;
    this.data = data;
    this.restart();
  }

  get widths() {
    const { depth, width } = this.s;
    return [this.data.features, ...Array(depth).fill(width), this.data.classes];
  }

  /** The same settings from the first update. */
  restart() {
    const { seed, activation } = this.s, { train, held } = this.data, { widths } = this;
    const first = new Mlp(widths, activation);
    first.initialise(randomFrom(STREAMS * seed));
    this.learners = KINDS.map((kind) => new Learner(kind, widths, activation, first.params));
    for (const learner of this.learners) this.drawFeedback(learner);
    this.random = randomFrom(STREAMS * seed + 2);
    this.order = Int32Array.from({ length: train.count }, (_, n) => n);
    this.place = train.count;
    this.batch = first.room(BATCH);
    this.probe = first.room(Math.min(PROBES, train.count));
    this.probe.h[0].set(train.x.subarray(0, this.probe.count * this.data.features));
    this.test = first.room(held.count);
    this.test.h[0].set(held.x);
    this.exact = new Float64Array(first.params.length);
    this.step = 0;
    this.stride = 1;
    this.rows = [];
    this.measure();
  }

  /**
   * Fixed matrices at the chosen angle to the weights they stand for. Each is as long as those weights; a direct one as the output's,
   * whose error it carries.
   * @param {Learner} learner
   */
  drawFeedback(learner) {
    const random = randomFrom(STREAMS * this.s.seed + 1), out = learner.net.layers.length - 1;
    for (let l = 1; l <= out; l++) {
      const weights = learner.forwardMatrix(l);
      const length = Math.hypot(...(learner.kind === "direct" ? learner.forwardMatrix(out) : weights));
      learner.matrix(l).set(matrixAtAngle(weights, this.s.angle, length, random));
    }
  }

  /** Can any of them learn on? */
  get ready() {
    return this.learners.some((learner) => !learner.diverged);
  }

  /** Passes over the training images so far. */
  get epochs() {
    return (this.step * BATCH) / this.data.train.count;
  }

  /** @param {Partial<AlignmentSettings>} changes */
  set(changes) {
    this.s = { ...this.s, ...changes };
    if (Object.keys(changes).some((name) => ANEW.has(name))) this.restart();
  }

  /** The next images, the same for all, shuffled anew in every pass; what does not fill a batch at its end waits for another pass. */
  nextBatch() {
    const { batch, data: { train, features } } = this;
    if (this.place + BATCH > train.count) {
      this.place = 0;
      shuffle(this.order, this.random);
    }
    for (let n = 0; n < BATCH; n++) {
      const from = this.order[this.place + n];
      batch.h[0].set(train.x.subarray(from * features, (from + 1) * features), n * features);
      this.labels[n] = train.y[from];
    }
    this.place += BATCH;
  }

  /** One step of every learner on the same batch. */
  update() {
    if (!this.ready) return;
    this.nextBatch();
    this.step++;
    for (const learner of this.learners) {
      if (learner.diverged) continue;
      learner.net.forward(this.batch);
      learner.gradient(this.batch, this.labels);
      learner.descend(this.s.lr, this.step);
    }
  }

  /** A row between two pictures: only what the curves need, so the same. */
  score() {
    this.measure();
  }

  /** A row of the curves, unless this step has one; thinned by half where there are too many. */
  measure() {
    if (this.rows.at(-1)?.step === this.step) return;
    const readings = /** @type {Record<Kind, Reading>} */ (Object.fromEntries(this.learners.map((l) => [l.kind, this.read(l)])));
    const before = this.rows.at(-2);
    if (before && this.step - before.step < 2 * this.stride) this.rows.pop(); // the last row is always now
    this.rows.push({ step: this.step, readings });
    if (this.rows.length <= MOST_ROWS) return;
    this.rows = this.rows.filter((_, i, all) => i % 2 === 0 || i === all.length - 1);
    this.stride *= 2;
  }

  /** @param {Learner} learner @returns {Reading} */
  read(learner) {
    const { probe, test, data: { train, held, classes } } = this, { net, kind } = learner;
    const { accuracy } = judge(net.forward(test), test.count, classes, held.y);
    const { loss } = judge(net.forward(probe), probe.count, classes, train.y);
    if (kind === "backprop" || kind === "readout") return { loss, accuracy, update: [], weight: [] };
    const update = this.updateAngles(learner);
    const weight = update.map((_, i) => angleBetween(learner.matrix(i + 1), learner.forwardMatrix(i + 1)));
    return { loss, accuracy, update, weight };
  }

  /** For each hidden layer, the angle between the learner's weight change and the exact gradient's at the same weights. @param {Learner} learner */
  updateAngles(learner) {
    const { probe, exact, data: { train } } = this, { net } = learner;
    learner.gradient(probe, train.y, exact, "backprop");
    learner.gradient(probe, train.y);
    return net.layers.slice(0, -1).map(({ weight, inputs, outputs }) => {
      const end = weight + inputs * outputs;
      return angleBetween(learner.grads.subarray(weight, end), exact.subarray(weight, end));
    });
  }

  /** The newest row. */
  get now() {
    return /** @type {AlignmentRow} */ (this.rows.at(-1));
  }
}
