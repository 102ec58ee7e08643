// The network in training, without a page: its points, its updates, what is measured after each, and why it stopped.

import { Mlp, crossEntropy, shareRight } from "../shared/mlp.js";
import { OPTIMIZERS } from "../shared/optimizers.js";
import { TOYS, drawToy, randomFrom, shuffle, toyBox } from "../shared/toys.js";
import { PlaygroundHistory } from "./history.js";
import { MOST_POINTS, OWN_BOX, onLevel, withinNetwork } from "./settings.js";

export const HELD_OUT = 200; // points drawn to test, never to train
export const SIDE = 49; // places across the plane at which every unit is asked
const MOST_WEIGHT = 1e6; // beyond it nothing is learned any more, and soon the numbers end
const STREAMS = 4; // independent random streams of a seed: training points, held-out points, weights, batches
/** @type {Points} */
const NONE = { x: new Float64Array(0), y: new Float64Array(0) };
const RESETTING = new Set(["data", "count", "noise", "seed", "widths", "activation"]);
const TRAINING = new Set(["optimizer", "lr", "penalty", "strength", "batch_size"]);

/** @typedef {import("./settings.js").Settings} Settings */
/** @typedef {import("../shared/toys.js").Points} Points */
/** @typedef {{train: Points, held: Points, box: import("../shared/toys.js").Box}} GivenPoints points of the notebook */

export class PlaygroundModel {
  net = new Mlp([2, 1], "relu");
  history = new PlaygroundHistory();
  train = NONE;
  held = NONE;
  box = OWN_BOX;
  /** Why there is no way on; empty while there is. */
  diverged = "";
  /** Updates so far, and training examples read in them. */
  step = 0;
  seen = 0;
  /** Only settings that were there from the first update: then a link can repeat the run. */
  repeatable = true;
  lastGood = this.net.params;
  random = randomFrom(0);
  /** @type {import("../shared/optimizers.js").OptimizerSettings} */
  rates = { lr: 0 };
  optimizer = OPTIMIZERS.sgd(this.rates);
  all = this.net.room(0);
  test = this.all;
  batch = this.all;
  grid = this.net.room(SIDE * SIDE);
  batchSize = 0;
  batchLabels = new Float64Array(0);
  order = new Int32Array(0);
  place = 0;
  loss = NaN;
  heldLoss = NaN;
  accuracy = NaN;
  heldAccuracy = NaN;
  /** Size of each layer's gradient, weights and biases, over all training points. @type {number[]} */
  gradients = [];

  /** @param {Settings} settings @param {GivenPoints | null} given @param {import("./settings.js").PlacedPoint[]} points */
  constructor(settings, given = null, points = []) {
    this.s = withinNetwork(settings);
    this.given = given;
    this.points = points;
    this.restart();
  }

  /** The same settings from the beginning: points, weights and batches of the seed. */
  restart() {
    const { data, noise, seed, widths, activation } = this.s;
    this.train = this.pointsFor(0);
    this.held = this.pointsFor(1);
    this.box = data === "given" && this.given ? this.given.box : data in TOYS ? toyBox(/** @type {any} */ (data), noise) : OWN_BOX;
    this.net = new Mlp([2, ...widths, 1], activation);
    this.net.initialise(randomFrom(STREAMS * seed + 2));
    this.lastGood = this.net.params.slice();
    this.random = randomFrom(STREAMS * seed + 3);
    this.repeatable = true;
    this.step = 0;
    this.seen = 0;
    this.diverged = "";
    this.history = new PlaygroundHistory();
    this.makeOptimizer();
    this.makeRoom();
    this.measure();
  }

  /** @param {0 | 1} part training or held-out @returns {Points} */
  pointsFor(part) {
    const { data, count, noise, seed } = this.s;
    if (data in TOYS) return drawToy(/** @type {any} */ (data), part ? HELD_OUT : count, noise, STREAMS * seed + part);
    if (data === "given" && this.given) return part ? this.given.held : this.given.train;
    const placed = part ? [] : this.points;
    return { x: Float64Array.from(placed.flatMap((p) => [p.x1, p.x2])), y: Float64Array.from(placed, (p) => p.label) };
  }

  makeOptimizer() {
    this.rates = { lr: this.s.lr };
    this.optimizer = OPTIMIZERS[/** @type {keyof typeof OPTIMIZERS} */ (this.s.optimizer)](this.rates);
    this.applyRates();
  }

  /** L2 is the optimizer's weight decay (decoupled in AdamW); L1 joins the gradient in `update`. */
  applyRates() {
    Object.assign(this.rates, { lr: this.s.lr, weightDecay: this.s.penalty === "l2" ? this.s.strength : 0 });
  }

  makeRoom() {
    const count = this.train.y.length;
    this.batchSize = Math.min(this.s.batch_size ?? count, count);
    this.all = this.net.room(count);
    this.all.h[0].set(this.train.x);
    this.test = this.net.room(this.held.y.length);
    this.test.h[0].set(this.held.x);
    this.batch = this.net.room(this.batchSize);
    this.batchLabels = new Float64Array(this.batchSize);
    this.order = Int32Array.from({ length: count }, (_, n) => n);
    this.place = count; // the next batch begins an epoch
    this.grid = this.net.room(SIDE * SIDE);
    this.fillGrid();
  }

  /** Places of the plane row by row from the top. */
  fillGrid() {
    const { cx, cy, half } = this.box, x = this.grid.h[0];
    for (let i = 0; i < SIDE * SIDE; i++) {
      x[2 * i] = cx + half * ((2 * (i % SIDE)) / (SIDE - 1) - 1);
      x[2 * i + 1] = cy - half * ((2 * Math.floor(i / SIDE)) / (SIDE - 1) - 1);
    }
  }

  /** Can it learn at all? */
  get ready() {
    return this.train.y.length > 0 && !this.diverged;
  }

  /** Passes over the training points so far. */
  get epochs() {
    return this.train.y.length ? this.seen / this.train.y.length : 0;
  }

  /** @param {Partial<Settings>} changes */
  set(changes) {
    const names = Object.keys(changes);
    this.s = withinNetwork({ ...this.s, ...changes });
    if (names.some((name) => RESETTING.has(name))) return this.restart();
    if (!names.some((name) => TRAINING.has(name))) return;
    if (this.step > 0) this.repeatable = false;
    if (names.includes("optimizer")) this.makeOptimizer();
    this.applyRates();
    if (names.includes("batch_size")) this.makeRoom();
    this.measure();
  }

  /** Places a point; says whether there was room for it. @param {number} x1 @param {number} x2 @param {number} label */
  addPoint(x1, x2, label) {
    if (this.points.length >= MOST_POINTS) return false;
    this.setPoints([...this.points, { x1: onLevel(x1), x2: onLevel(x2), label }]);
    return true;
  }

  /** The network keeps what it has learned. @param {import("./settings.js").PlacedPoint[]} points */
  setPoints(points) {
    this.points = points;
    if (this.step > 0) this.repeatable = false;
    this.train = this.pointsFor(0);
    this.makeRoom();
    this.measure();
  }

  /** The next examples into `batch`: in the given order where all fit, else shuffled anew in every epoch; the last batch may be short. */
  nextBatch() {
    const count = this.train.y.length;
    if (this.place >= count) {
      this.place = 0;
      if (this.batchSize < count) shuffle(this.order, this.random);
    }
    this.batch.count = Math.min(this.batchSize, count - this.place);
    for (let n = 0; n < this.batch.count; n++) {
      const from = this.order[this.place + n];
      this.batch.h[0][2 * n] = this.train.x[2 * from];
      this.batch.h[0][2 * n + 1] = this.train.x[2 * from + 1];
      this.batchLabels[n] = this.train.y[from];
    }
    this.place += this.batch.count;
    this.seen += this.batch.count;
  }

  /** One step of the optimizer. Where a weight runs away, the weights before it stay and `diverged` says so. */
  update() {
    if (!this.ready) return;
    const { net } = this;
    this.nextBatch();
    net.forward(this.batch);
    const grads = net.backward(this.batch, this.batchLabels);
    if (this.s.penalty === "l1") for (let i = 0; i < grads.length; i++) grads[i] += this.s.strength * Math.sign(net.params[i]);
    this.lastGood.set(net.params);
    this.optimizer.step(net.params, grads);
    this.step++;
    const lost = net.params.find((v) => !(Math.abs(v) <= MOST_WEIGHT));
    if (lost === undefined) return;
    net.params.set(this.lastGood);
    this.diverged = `Update ${this.step} made a weight ${Number.isFinite(lost) ? `of ${lost.toExponential(0).replace("e+", "e")}` : "that is no number"}.`;
  }

  /** Everything that is shown, at the weights as they are now. */
  measure() {
    this.net.forward(this.grid);
    this.score();
  }

  /** Losses, shares and gradients over all points, and a row of the curves. */
  score() {
    const { net, all, test } = this;
    const logits = net.forward(all), heldLogits = net.forward(test);
    this.loss = crossEntropy(logits, this.train.y);
    this.heldLoss = crossEntropy(heldLogits, this.held.y);
    this.accuracy = shareRight(logits, this.train.y);
    this.heldAccuracy = shareRight(heldLogits, this.held.y);
    const grads = net.backward(all, this.train.y);
    this.gradients = net.layers.map(({ weight, bias, outputs }) => Math.hypot(...grads.subarray(weight, bias + outputs)));
    const { step, loss, heldLoss, accuracy, heldAccuracy, gradients } = this;
    this.history.add({ step, loss, heldLoss, accuracy, heldAccuracy, gradients });
  }

  /** ReLU units of a hidden layer that are zero on every training point. @param {number} layer from 1 */
  deadUnits(layer) {
    const width = this.net.widths[layer], h = this.all.h[layer], count = this.all.count;
    if (this.s.activation !== "relu" || !count) return [];
    return Array.from({ length: width }, (_, i) => i).filter((i) => {
      for (let n = 0; n < count; n++) if (h[n * width + i] > 0) return false;
      return true;
    });
  }
}
