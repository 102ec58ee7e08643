// Two charts of the race: loss against steps, and steps to the target against learning rate.

import { surface } from "../../web/ui.js";
import { drawLabel } from "./ground.js";
import { LOOKS, counted, drawMark, powerOfTen } from "./marks.js";
import { LIMIT, RATES } from "./racing.js";
import { clipped, ticks } from "./terrain.js";

const EDGE_OF_CHART = { left: 46, right: 12, top: 24, bottom: 42 };

/** @typedef {import("./model.js").RaceModel} RaceModel */
/** @typedef {import("./model.js").RacerName} RacerName */
/** @typedef {import("../../web/ui.js").Colours} Colours */
/** @typedef {{left: number, top: number, wide: number, tall: number, toX: (v: number) => number, toY: (v: number) => number}} Chart */
/** @typedef {{pen: CanvasRenderingContext2D, c: Colours}} Brush */

const chartHeight = (/** @type {number} */ width) => Math.round(Math.min(300, Math.max(230, 0.72 * width)));

/** @param {number} width @param {number} height @param {number[]} x low and high @param {number[]} y low and high @returns {Chart} */
function chart(width, height, [x0, x1], [y0, y1]) {
  const { left, right, top, bottom } = EDGE_OF_CHART;
  const wide = width - left - right, tall = height - top - bottom;
  return { left, top, wide, tall, toX: (v) => left + ((v - x0) / (x1 - x0)) * wide, toY: (v) => top + ((y1 - v) / (y1 - y0)) * tall };
}

/** Frame, ticks and the names of the axes. @param {Brush} brush @param {Chart} at @param {[number, string][]} xs @param {[number, string][]} ys @param {string} below @param {string} above */
function drawAxes({ pen, c }, at, xs, ys, below, above) {
  pen.font = pen.font.replace(/^\S+/, "12px");
  pen.lineWidth = 1;
  pen.strokeStyle = c.grid;
  pen.fillStyle = c.muted;
  pen.textAlign = "center";
  pen.textBaseline = "top";
  pen.beginPath();
  for (const [value, text] of xs) {
    const x = Math.round(at.toX(value)) + 0.5;
    pen.moveTo(x, at.top);
    pen.lineTo(x, at.top + at.tall);
    pen.fillText(text, Math.min(x, at.left + at.wide + 10 - pen.measureText(text).width / 2), at.top + at.tall + 7);
  }
  pen.fillText(below, at.left + at.wide / 2, at.top + at.tall + 24);
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  for (const [value, text] of ys) {
    const y = Math.round(at.toY(value)) + 0.5;
    pen.moveTo(at.left, y);
    pen.lineTo(at.left + at.wide, y);
    pen.fillText(text, at.left - 6, y);
  }
  pen.stroke();
  pen.textAlign = "left";
  pen.fillText(above, 0, 9);
}

/** A line through the points that lie in the chart. @param {Brush} brush @param {Chart} at @param {RacerName} name @param {number[][]} points in pixels */
function drawSeries({ pen, c }, at, name, points) {
  const look = LOOKS[name];
  pen.strokeStyle = c[look.colour];
  pen.lineWidth = 2;
  pen.lineJoin = "round";
  pen.setLineDash(look.dash);
  pen.beginPath();
  for (let i = 1, open = false; i < points.length; i++) {
    const seen = clipped([...points[i - 1], ...points[i]], at);
    if (seen && !open) pen.moveTo(seen[0], seen[1]);
    if (seen) pen.lineTo(seen[2], seen[3]);
    open = seen !== null && seen[2] === points[i][0] && seen[3] === points[i][1];
  }
  pen.stroke();
  pen.setLineDash([]);
}

/** @param {RaceModel} model */
export function lossChart(model) {
  return surface({
    label: "Chart of the loss above the lowest against steps, one line for each optimizer; the table holds its last values.",
    height: chartHeight,
    draw(pen, width, height, c) {
      const last = Math.max(10, model.shown), [low, high] = lossRange(model);
      const at = chart(width, height, [0, last], [low, high]);
      const brush = { pen, c };
      const steps = ticks(0, last, at.wide / 70).map((v) => /** @type {[number, string]} */ ([v, counted(v)]));
      drawAxes(brush, at, steps, powerTicks(low, high, at.tall / 34), "step", "loss above the lowest");
      drawTarget(brush, at, Math.log10(model.conditions.gap));
      for (const name of model.racing) drawSeries(brush, at, name, lossPoints(model, name, at));
      for (const name of model.racing) drawLossHead(brush, at, model, name);
    },
  });
}

/** Powers of ten from well under the target to over the start. @param {RaceModel} model */
function lossRange(model) {
  const start = model.land.value(model.start[0], model.start[1]) - model.land.lowest;
  const gap = model.conditions.gap;
  return [Math.floor(Math.log10(gap) - 1), Math.max(Math.ceil(Math.log10(Math.max(start, gap))) + 1, Math.ceil(Math.log10(gap)) + 2)];
}

/** @param {number} low @param {number} high @param {number} most @returns {[number, string][]} */
function powerTicks(low, high, most) {
  const every = Math.max(1, Math.ceil((high - low) / most));
  const first = Math.ceil(low / every) * every;
  return Array.from({ length: Math.floor((high - first) / every) + 1 }, (_, i) => [first + i * every, powerOfTen(first + i * every)]);
}

/** @param {Brush} brush @param {Chart} at @param {number} level */
function drawTarget({ pen, c }, at, level) {
  const y = at.toY(level);
  pen.strokeStyle = c.good;
  pen.lineWidth = 1.5;
  pen.setLineDash([5, 4]);
  pen.beginPath();
  pen.moveTo(at.left, y);
  pen.lineTo(at.left + at.wide, y);
  pen.stroke();
  pen.setLineDash([]);
  pen.textAlign = "left";
  pen.textBaseline = "bottom";
  drawLabel(pen, c, "target", at.left + 5, y - 3);
}

/** No loss is below this: the logarithm of 0 would be no number. */
const FLOOR = 1e-300;

/** One pixel holds one point. @param {RaceModel} model @param {RacerName} name @param {Chart} at */
function lossPoints(model, name, at) {
  const run = /** @type {import("./racing.js").Run} */ (model.runs.get(name));
  const last = Math.min(model.shown, run.at);
  /** @type {number[][]} */
  const points = [];
  for (let step = 0; step <= last; step++) {
    const gap = run.gaps[step];
    const x = at.toX(step), y = at.toY(Math.log10(Math.min(1e300, Math.max(FLOOR, Number.isNaN(gap) ? 1e300 : gap))));
    const before = points[points.length - 1];
    if (!before || step === last || x - before[0] > 0.5 || Math.abs(y - before[1]) > 2) points.push([x, y]);
  }
  return points;
}

/** @param {Brush} brush @param {Chart} at @param {RaceModel} model @param {RacerName} name */
function drawLossHead({ pen, c }, at, model, name) {
  const { step, gap } = model.standing(name);
  const level = at.toY(Math.log10(Math.max(FLOOR, gap)));
  const y = Math.min(at.top + at.tall, Math.max(at.top, Number.isNaN(level) ? at.top : level));
  drawMark(pen, LOOKS[name], c, at.toX(step), y, 5, y !== level);
}

/** @param {RaceModel} model */
export function rateChart(model) {
  return surface({
    label: "Chart of the steps to the target against the learning rate, one line for each optimizer; the list below it holds the findings.",
    height: chartHeight,
    draw(pen, width, height, c) {
      const at = chart(width, height, [Math.log10(RATES[0]), Math.log10(RATES[RATES.length - 1])], [0, Math.log10(2.2 * LIMIT)]);
      const brush = { pen, c };
      const steps = [1, 10, 100, 1000].map((v) => /** @type {[number, string]} */ ([Math.log10(v), counted(v)]));
      drawAxes(brush, at, powerTicks(-4, 1, 9), steps, "learning rate", "steps to the target");
      const stale = model.sweptVersion !== model.version;
      pen.globalAlpha = stale ? 0.35 : 1;
      for (const name of model.racing) drawOutcomes(brush, at, model, name);
      pen.globalAlpha = 1;
      if (!model.swept.size) emptyChart(brush, at);
      else if (!stale) for (const name of model.racing) drawNow(brush, at, model, name);
    },
  });
}

/** @param {Brush} brush @param {Chart} at */
function emptyChart({ pen, c }, at) {
  pen.font = pen.font.replace(/^\S+/, "14px");
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  drawLabel(pen, c, "Not measured yet: sweep the rates.", at.left + at.wide / 2, at.top + at.tall / 2);
}

/** A line where neighbouring rates arrive; a lone rate is a dot. @param {Brush} brush @param {Chart} at @param {RaceModel} model @param {RacerName} name */
function drawOutcomes(brush, at, model, name) {
  const outcomes = model.swept.get(name) ?? [];
  const { pen, c } = brush;
  /** @type {number[][]} */
  let piece = [];
  const flush = () => {
    if (piece.length > 1) drawSeries(brush, at, name, piece);
    pen.fillStyle = c[LOOKS[name].colour];
    for (const [x, y] of piece) {
      pen.beginPath();
      pen.arc(x, y, 2.2, 0, 2 * Math.PI);
      pen.fill();
    }
    piece = [];
  };
  outcomes.forEach(({ arrived }, i) => {
    if (arrived === null) flush();
    else piece.push([at.toX(Math.log10(RATES[i])), at.toY(Math.log10(Math.max(1, arrived)))]);
  });
  flush();
}

/** Where the racer's own rate lies: filled on its arrival, hollow at the top where it does not arrive. @param {Brush} brush @param {Chart} at @param {RaceModel} model @param {RacerName} name */
function drawNow({ pen, c }, at, model, name) {
  const arrived = model.runs.get(name)?.arrived ?? null;
  const y = arrived === null ? at.top + 1 : at.toY(Math.log10(Math.max(1, arrived)));
  drawMark(pen, LOOKS[name], c, at.toX(Math.log10(model.rates[name])), y, 5.5, arrived === null);
}
