// The measured grid without a page: its sums are NumPy's (grid_reference.py), its guesses are judged by the seeds.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { linear, logarithmic, logTicks, ticks } from "../../lab_utils/live/grid/axes.js";
import { badgesOf } from "../../lab_utils/live/grid/map.js";
import { MeasuredGrid, same } from "../../lab_utils/live/grid/model.js";
import { GridSession } from "../../lab_utils/live/grid/session.js";
import { comparisonWords, decimals, shortRange, verdictWords, whole } from "../../lab_utils/live/grid/words.js";

const reference = JSON.parse(readFileSync(new URL("./grid.json", import.meta.url), "utf8"));
const packed = (numbers) => ({ shape: numbers.shape, data: Float32Array.from(numbers.data) });
const arrays = Object.fromEntries(Object.entries(reference.arrays).map(([name, numbers]) => [name, packed(numbers)]));
const grid = new MeasuredGrid({ ...reference, arrays });

function close(value, wanted, what) {
  assert.ok(Math.abs(value - wanted) < 2e-6 * Math.max(1, Math.abs(wanted)), `${what}: ${value}, NumPy ${wanted}`);
}

test("scores, curves and bins of every cell equal NumPy's", () => {
  reference.spreads.forEach(({ cell: [size, row, column], ...scores }, i) => {
    const cell = { size, row, column };
    for (const [metric, [mean, low, high]] of Object.entries(scores)) {
      const spread = grid.spread(metric, cell);
      close(spread.mean, mean, metric);
      close(spread.low, low, metric);
      close(spread.high, high, metric);
    }
    grid.curve("validation_loss", cell).forEach((spread, at) => close(spread.mean, reference.curves[i][at][0], "curve"));
    const means = reference.curves[i].map(([mean]) => mean);
    assert.equal(grid.lowest(cell), means.indexOf(Math.min(...means)));
    const [count, right, confidence] = reference.pooled[i];
    const all = count.reduce((a, b) => a + b);
    grid.reliability(cell).forEach((bin, b) => {
      assert.equal(bin.count, count[b]);
      if (count[b] === 0) return assert.ok(Number.isNaN(bin.accuracy) && bin.share === 0);
      close(bin.accuracy, right[b] / count[b], "accuracy");
      close(bin.confidence, confidence[b] / count[b], "confidence");
      close(bin.share, count[b] / all, "share");
    });
  });
});

test("the best cell is NumPy's, and the only one that leads all others", () => {
  grid.sizes.forEach((_, size) => {
    const best = grid.best(size, "validation_accuracy");
    assert.deepEqual([best.row, best.column], reference.best[size]);
    for (const cell of grid.cells(size)) if (!same(cell, best)) assert.ok(grid.lead("validation_accuracy", best, cell).mean > 0);
    const calmest = grid.best(size, "ece");
    for (const cell of grid.cells(size)) assert.ok(grid.spread("ece", calmest).mean <= grid.spread("ece", cell).mean);
  });
});

test("a lead is counted seed by seed", () => {
  const [cell, other] = grid.cells(0);
  const [a, b] = [cell, other].map((each) => grid.values("test_accuracy", each));
  const { ahead, behind, mean } = grid.lead("test_accuracy", cell, other);
  assert.equal(ahead, a.filter((value, seed) => value > b[seed]).length);
  assert.equal(ahead + behind, grid.seeds);
  close(mean, grid.spread("test_accuracy", cell).mean - grid.spread("test_accuracy", other).mean, "lead");
});

/** A grid of one data size whose cells have these validation accuracies, seed by seed. */
function gridOf(cells) {
  const seeds = cells[0].length;
  const whole = (length, value) => ({ shape: [1, 1, cells.length, seeds, length], data: new Float32Array(cells.length * seeds * length).fill(value) });
  const scores = { shape: [1, 1, cells.length, seeds, 1], data: Float32Array.from(cells.flat()) };
  return new MeasuredGrid({
    sizes: [2000], dropout: [0], weight_decay: cells.map((_, i) => i), checkpoints: [1],
    arrays: { validation_accuracy: scores, train_accuracy: whole(1, 1), validation_loss: whole(1, 1), train_loss: whole(1, 0), bin_count: whole(3, 5), bin_right: whole(3, 4), bin_confidence_sum: whole(3, 4) },
  });
}

test("a guess is found, not beaten in every seed, or missed", () => {
  const session = new GridSession(gridOf([[0.8, 0.9, 0.85], [0.81, 0.83, 0.8], [0.79, 0.89, 0.84], [0.1, 0.1, 0.1]]), 0);
  const at = (column) => ({ size: 0, row: 0, column });
  const verdicts = [0, 1, 2, 3].map((column) => (session.choose(at(column)), session.verdict(0)));
  assert.deepEqual(verdicts, ["found", "tied", "missed", "missed"]); // the third is nearer, and yet behind each time
  session.choose(at(1));
  assert.deepEqual(session.score, { made: 0, right: 0 });
  session.reveal();
  assert.deepEqual(session.score, { made: 1, right: 1 });
  const [first, second, third] = verdictWords(session);
  assert.match(first, /^As good as the best.*Your cell: 0\.813 \(0\.800 to 0\.830\)\. The best, dropout 0, weight decay 0: 0\.850 \(0\.800 to 0\.900\)\./);
  assert.match(first, /the best is ahead in 2 of 3, by 0\.037 on average\.$/);
  assert.match(second, /1 of the other 3 cells hold their own/);
  assert.match(third, /lowest validation loss is that of dropout 0, weight decay 0 \(1\.000\)/);
});

test("a reveal without a guess counts as none", () => {
  const session = new GridSession(grid, 0);
  session.reveal();
  assert.equal(session.verdict(0), "none");
  assert.deepEqual(session.score, { made: 0, right: 0 });
  assert.ok(same(session.chosen, session.best));
  assert.match(verdictWords(session)[0], /^The highest validation accuracy is that of dropout/);
});

test("after the reveal the guess is on view and the best beside it; a guess stays a guess", () => {
  const session = new GridSession(grid, 1);
  const guess = grid.cells(1).find((cell) => !same(cell, session.best));
  session.choose(guess);
  session.reveal();
  assert.ok(same(session.chosen, guess) && same(session.pinned, session.best));
  session.choose(grid.cells(1)[0]);
  assert.ok(same(session.guess, guess));
  assert.match(comparisonWords(session), /^(Seed by seed|Pin a cell)/);
  session.chooseSize(0);
  assert.ok(!session.isRevealed && session.guess === null && session.chosen.size === 0);
  session.reveal();
  session.choose({ size: 0, row: 1, column: 1 });
  session.pinned = { size: 1, row: 1, column: 1 };
  assert.match(comparisonWords(session), /different images/);
  session.togglePin();
  assert.ok(same(session.pinned, session.chosen));
  session.togglePin();
  assert.equal(session.pinned, null);
});

test("before the reveal no cell is marked but the guess", () => {
  const session = new GridSession(grid, 0);
  session.choose({ size: 0, row: 2, column: 1 });
  const signs = () => grid.cells(0).flatMap((cell) => badgesOf(session, cell)).map(({ sign }) => sign);
  assert.deepEqual(signs(), ["◆"]);
  session.reveal();
  assert.equal(signs().filter((sign) => sign === "★").length, 1);
  assert.ok(signs().includes("◆") && signs().includes("◎"));
});

test("axes: scales meet their ends, ticks are round and inside", () => {
  const x = linear(2, 4, 10, 110), log = logarithmic(10, 1000, 0, 100);
  assert.deepEqual([x(2), x(3), x(4)], [10, 60, 110]);
  assert.deepEqual([log(10), Math.round(log(100)), Math.round(log(1000))], [0, 50, 100]);
  assert.equal(logarithmic(5, 5, 0, 100)(5), 50);
  assert.deepEqual(ticks(0.6, 1, 5), [0.6, 0.7, 0.8, 0.9, 1]);
  assert.deepEqual(ticks(0, 2.31, 5), [0, 0.5, 1, 1.5, 2]);
  assert.deepEqual(logTicks(10, 1600), [10, 30, 100, 300, 1000]);
});

test("numbers are written as in the book", () => {
  assert.equal(decimals(-0.01234), "−0.012");
  assert.equal(decimals(-0.0001), "0.000");
  assert.equal(shortRange({ mean: 0, low: -0.02, high: 1.506 }), "−.020–1.51");
  assert.equal(shortRange({ mean: 1, low: 0.9994, high: 0.9996 }), ".999–1.00");
  assert.deepEqual([200, 20000, 1234567].map(whole), ["200", "20,000", "1,234,567"]);
});
