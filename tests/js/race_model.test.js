// What the reader's changes do to the race, to the step shown, to the verdict and to the sweep.
import assert from "node:assert/strict";
import test from "node:test";
import { resultWords } from "../../lab_utils/live/race/entries.js";
import { RaceModel } from "../../lab_utils/live/race/model.js";
import { LIMIT, RATES, runRacer } from "../../lab_utils/live/race/racing.js";

const data = { surface: "bowl", optimizers: ["adam", "sgd", "momentum"], start: null, target: null, lr: null, momentum: 0.9, noise: 0, seed: 0, slice: null };
const make = (change = {}) => new RaceModel({ ...data, ...change });

function sweep(model) {
  while (model.sweepOne());
}

test("racers stand in the book's order, with the surface's start, target and one rate for all", () => {
  const model = make();
  assert.deepEqual(model.racing, ["sgd", "momentum", "adam"]);
  assert.deepEqual([model.start, model.conditions.gap, model.rates.adam, model.rates.adagrad], [[-9, 1], 1e-3, 0.05, 0.05]);
  const own = make({ start: [3, -1], target: 0.5, lr: 0.01, momentum: 0.5 });
  assert.deepEqual([own.start, own.conditions.gap, own.rates.sgd, own.conditions.momentum], [[3, -1], 0.5, 0.01, 0.5]);
});

test("nothing is shown before the run, and a change of settings does not show it", () => {
  const model = make();
  assert.equal(model.shown, 0);
  model.setRate("sgd", 0.1);
  model.moveTo(1, 1);
  assert.deepEqual([model.shown, model.verdict], [0, ""]);
  assert.deepEqual(model.standing("sgd"), { step: 0, gap: model.land.value(1, 1), arrived: null, left: false, end: "", x: 1, y: 1 });
});

test("a race that was shown to its end stays so when its length changes; a half-shown one stays where it is", () => {
  const model = make({ optimizers: ["momentum"] });
  model.shown = model.finish;
  const before = model.finish;
  model.setRate("momentum", 0.1);
  assert.ok(model.finish < before && model.shown === model.finish && model.over);
  model.setRate("momentum", 0.05);
  assert.ok(model.finish === before && model.over);
  model.shown = 20;
  model.setRate("momentum", 0.1);
  assert.equal(model.shown, 20);
});

test("the race ends when all have arrived or are out; the verdict names the first, and the prediction is judged", () => {
  const model = make({ optimizers: ["momentum", "adam"] });
  const steps = ["momentum", "adam"].map((name) => model.runs.get(name).arrived);
  assert.equal(model.finish, Math.max(...steps));
  model.bet = "adam";
  model.shown = model.finish - 1;
  assert.equal(model.verdict, "");
  model.shown = model.finish;
  assert.ok(steps[0] < steps[1]);
  assert.equal(model.verdict, `First to the target: Momentum, at step ${steps[0]}. You predicted Adam.`);
  model.bet = "momentum";
  assert.match(model.verdict, /As you predicted\.$/);
});

test("equal arrivals share the first place: AdamW without weight decay is Adam", () => {
  const model = make({ optimizers: ["adam", "adamw"] });
  model.shown = model.finish;
  model.bet = "adamw";
  assert.match(model.verdict, /^First to the target: Adam and AdamW, at step \d+\. As you predicted\.$/);
  model.set({ weightDecay: 0.1 });
  assert.doesNotMatch(model.verdict, /Adam and AdamW/);
});

test("that none arrives is a verdict and can be predicted; that nobody races is said", () => {
  const model = make({ optimizers: ["sgd"], lr: 1e-4 });
  model.shown = LIMIT;
  model.bet = "none";
  assert.equal(model.verdict, "None reaches the target in 2,000 steps. As you predicted.");
  model.bet = "sgd";
  model.enter("sgd", false);
  assert.deepEqual([model.bet, model.verdict, model.finish], ["", "Nobody races: tick an optimizer.", 1]);
});

test("the words of a result", () => {
  const base = { step: 5, arrived: null, left: false, end: "" };
  assert.equal(resultWords(base, false), "–");
  assert.equal(resultWords(base, true), "on the way");
  assert.equal(resultWords({ ...base, arrived: 1234 }, true), "1,234");
  assert.equal(resultWords({ ...base, arrived: 181, left: true }, true), "181, then off again");
  assert.equal(resultWords({ ...base, step: LIMIT }, true), "not in 2,000");
  assert.equal(resultWords({ ...base, step: 37, end: "diverged" }, true), "diverged at step 37");
  assert.equal(resultWords({ ...base, step: 8, end: "left" }, true), "left the measured area at step 8");
});

test("divergence shows at its step and not before", () => {
  const model = make({ surface: "rosenbrock", optimizers: ["sgd"], lr: 0.1 });
  const { at } = model.runs.get("sgd");
  model.shown = at - 1;
  assert.equal(model.standing("sgd").end, "");
  model.shown = at;
  assert.deepEqual([model.standing("sgd").end, model.finish], ["diverged", at]);
});

test("another surface starts afresh; the start stays inside the view", () => {
  const model = make();
  model.shown = 50;
  model.setRate("sgd", 1);
  model.setSurface("beale");
  assert.deepEqual([model.shown, model.rates.sgd, model.conditions.gap, model.start], [0, 0.01, 0.01, [1, 1.5]]);
  model.moveTo(100, -100);
  assert.deepEqual(model.start, [4.5, -3]);
});

test("turning the bowl turns the start with it, so that momentum's steps stay", () => {
  const model = make();
  const before = model.runs.get("momentum").arrived;
  model.setShape({ turn: 30 });
  assert.equal(model.runs.get("momentum").arrived, before);
  assert.ok(Math.abs(Math.hypot(...model.start) - Math.hypot(9, 1)) < 1e-12);
  model.setShape({ turn: 0 });
  assert.ok(Math.hypot(model.start[0] + 9, model.start[1] - 1) < 1e-12);
});

test("the sweep tries every rate of every racer, is forgotten after a change, and only what is missing is made again", () => {
  const model = make({ optimizers: ["sgd", "adam"] });
  sweep(model);
  assert.deepEqual(["sgd", "adam"].map((name) => model.swept.get(name).length), [RATES.length, RATES.length]);
  const kept = model.swept.get("sgd");
  model.setRate("sgd", 0.3); // a racer's own rate is not what the sweep depends on
  assert.ok(model.isSwept("sgd"));
  model.enter("momentum", true);
  assert.ok(!model.isSwept("momentum") && model.sweepOne());
  sweep(model);
  assert.equal(model.swept.get("sgd"), kept);
  model.set({ noise: 0.1 });
  assert.ok(!model.isSwept("sgd"));
  sweep(model);
  assert.notEqual(model.swept.get("sgd"), kept);
});

test("the best rates are taken over, and a race at them needs the steps that the sweep found", () => {
  const model = make({ surface: "rosenbrock", optimizers: ["sgd", "momentum", "adam"] });
  sweep(model);
  model.takeBest();
  for (const name of model.racing) {
    const { best, steps, arriving } = model.finding(name);
    assert.equal(model.rates[name], best);
    assert.equal(model.runs.get(name).arrived, steps, name);
    const others = RATES.map((lr) => runRacer(model.land, name, lr, model.start, model.conditions, model.noise).arrived ?? Infinity);
    assert.equal(Math.min(...others), steps);
    assert.equal(others.filter(Number.isFinite).length, arriving.count);
  }
});

test("a seed gives its noise back", () => {
  const model = make({ noise: 0.5 });
  const first = Array.from(model.runs.get("sgd").points.slice(0, 20));
  model.setSeed(1);
  assert.notDeepEqual(Array.from(model.runs.get("sgd").points.slice(0, 20)), first);
  model.setSeed(0);
  assert.deepEqual(Array.from(model.runs.get("sgd").points.slice(0, 20)), first);
});
