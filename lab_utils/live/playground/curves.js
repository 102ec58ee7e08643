// The curves of the run: loss, accuracy, and how large the gradient of each layer is.

import { surface } from "../../web/ui.js";

/** @typedef {import("./model.js").PlaygroundModel} Model */
/** @typedef {import("../../web/ui.js").Colours} Colours */
/** @typedef {{name: string, colour: string, dashed: boolean, values: number[]}} Curve */
/** @typedef {{low: number, high: number, log: boolean, ticks: number[], note: string}} Axis */

const LEFT = 44, RIGHT = 8, BOTTOM = 20, LINE = 18;
const LOSS_TOP = 1.5; // twice the loss of guessing: what lies above is cut off, and said
const LAYERS = /** @type {const} */ (["sky", "green", "ochre", "pink", "ink"]);

/** Three digits, and powers of ten where there would be many zeros. @param {number} value */
export function short(value) {
  if (!Number.isFinite(value)) return "–";
  if (value !== 0 && (Math.abs(value) < 0.001 || Math.abs(value) >= 10000)) return value.toExponential(1).replace("e+", "e").replace("-", "−");
  return Number(value.toPrecision(3)).toString().replace("-", "−");
}

/** Per cent without decimals. @param {number} share */
export const percent = (share) => (Number.isFinite(share) ? `${Math.round(100 * share)} %` : "–");

/** @param {Model} model @param {"loss" | "accuracy" | "gradients"} kind @param {Colours} c @returns {Curve[]} */
function curvesOf({ history: { rows }, net, held }, kind, c) {
  if (kind === "gradients") {
    const last = net.layers.length;
    return net.layers.map((_, l) => ({
      name: l + 1 === last ? "output" : `layer ${l + 1}`, colour: c[LAYERS[l + 1 === last ? 4 : l]], dashed: false, values: rows.map((row) => row.gradients[l]),
    }));
  }
  const [train, test] = kind === "loss" ? /** @type {const} */ (["loss", "heldLoss"]) : /** @type {const} */ (["accuracy", "heldAccuracy"]);
  const curves = [{ name: "training", colour: c.ink, dashed: false, values: rows.map((row) => row[train]) }];
  if (held.y.length) curves.push({ name: "held-out", colour: c.pink, dashed: true, values: rows.map((row) => row[test]) });
  return curves;
}

/** @param {"loss" | "accuracy" | "gradients"} kind @param {Curve[]} curves @returns {Axis} */
export function axisOf(kind, curves) {
  const values = curves.flatMap((curve) => curve.values).filter((v) => Number.isFinite(v));
  if (kind === "accuracy") return { low: Math.min(0.5, ...spread(values, Math.min)), high: 1, log: false, ticks: [0.5, 0.75, 1], note: "" };
  if (kind === "gradients") return logAxis(values.filter((v) => v > 0));
  const most = Math.max(0.1, ...spread(values, Math.max));
  const high = Math.min(most, LOSS_TOP);
  const tick = high > 0.6 ? 0.5 : high > 0.25 ? 0.2 : 0.05;
  const ticks = Array.from({ length: Math.floor(high / tick) + 1 }, (_, i) => i * tick);
  return { low: 0, high, log: false, ticks, note: most > LOSS_TOP ? `peak ${short(most)}, cut off` : "" };
}

/** Math.min or Math.max of any number of values, none of none. @param {number[]} values @param {(a: number, b: number) => number} of */
function spread(values, of) {
  return values.length ? [values.reduce((a, b) => of(a, b))] : [];
}

/** Whole powers of ten, six of them at most. @param {number[]} values above 0 @returns {Axis} */
function logAxis(values) {
  const [least = 1e-3] = spread(values, Math.min), [most = 1] = spread(values, Math.max);
  const high = Math.ceil(Math.log10(most) + 1e-9), low = Math.max(Math.min(Math.floor(Math.log10(least)), high - 1), high - 6);
  return { low: 10 ** low, high: 10 ** high, log: true, ticks: Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i)), note: "" };
}

/** 0 at the bottom, 1 at the top. @param {Axis} axis @param {number} value */
export function heightOf({ low, high, log }, value) {
  const share = log ? Math.log(Math.max(value, 1e-300) / low) / Math.log(high / low) : (value - low) / (high - low);
  return Math.max(0, Math.min(1, share));
}

/** @param {Model} model @param {() => "loss" | "accuracy" | "gradients"} kind @param {string} label */
export function curveChart(model, kind, label) {
  return surface({
    label,
    height: () => 168,
    draw: (pen, width, height, c) => {
      const curves = curvesOf(model, kind(), c), axis = axisOf(kind(), curves);
      pen.font = pen.font.replace("14px", "12px");
      const top = drawLegend(pen, curves, kind(), width, c) + 6;
      const box = { x: LEFT, y: top, width: width - LEFT - RIGHT, height: height - top - BOTTOM };
      drawAxis(pen, axis, kind(), box, c, model.step);
      const last = Math.max(1, model.step), steps = model.history.rows.map((row) => row.step);
      for (const curve of curves) drawCurve(pen, curve, steps, last, axis, box);
    },
  });
}

/** Names, lines and last values; returns where they end. @param {CanvasRenderingContext2D} pen @param {Curve[]} curves @param {string} kind @param {number} width @param {Colours} c */
function drawLegend(pen, curves, kind, width, c) {
  let x = 0, y = 12;
  pen.textAlign = "left";
  for (const { name, colour, dashed, values } of curves) {
    const last = values.at(-1) ?? NaN;
    const text = `${name} ${kind === "accuracy" ? percent(last) : short(last)}`;
    const wide = 24 + pen.measureText(`${name} 0.00000`).width + 12;
    if (x > 0 && x + wide > width) [x, y] = [0, y + LINE];
    pen.strokeStyle = colour;
    pen.lineWidth = 2.2;
    pen.setLineDash(dashed ? [5, 3] : []);
    pen.beginPath();
    pen.moveTo(x, y - 4);
    pen.lineTo(x + 18, y - 4);
    pen.stroke();
    pen.fillStyle = c.ink;
    pen.fillText(text, x + 23, y);
    x += wide;
  }
  pen.setLineDash([]);
  return y + 2;
}

/** @param {CanvasRenderingContext2D} pen @param {Axis} axis @param {string} kind @param {{x: number, y: number, width: number, height: number}} box @param {Colours} c @param {number} step */
function drawAxis(pen, axis, kind, box, c, step) {
  pen.lineWidth = 1;
  pen.strokeStyle = c.grid;
  pen.fillStyle = c.muted;
  pen.textAlign = "right";
  const apart = Math.max(1, Math.ceil(axis.ticks.length / 5));
  axis.ticks.forEach((tick, i) => {
    if (axis.log && i % apart) return;
    const y = Math.round(box.y + box.height * (1 - heightOf(axis, tick))) + 0.5;
    pen.beginPath();
    pen.moveTo(box.x, y);
    pen.lineTo(box.x + box.width, y);
    pen.stroke();
    pen.fillText(kind === "accuracy" ? percent(tick) : axis.log ? tick.toExponential(0).replace("e+", "e").replace("-", "−") : short(tick), box.x - 5, y + 4);
  });
  const foot = box.y + box.height + 15;
  pen.fillText(`update ${step.toLocaleString("en")}`, box.x + box.width, foot);
  pen.textAlign = "left";
  pen.fillText(axis.note || "0", box.x, foot);
}

/** @param {CanvasRenderingContext2D} pen @param {Curve} curve @param {number[]} steps @param {number} last @param {Axis} axis @param {{x: number, y: number, width: number, height: number}} box */
function drawCurve(pen, { colour, dashed, values }, steps, last, axis, box) {
  pen.strokeStyle = colour;
  pen.lineWidth = 2;
  pen.lineJoin = "round";
  pen.setLineDash(dashed ? [5, 3] : []);
  pen.beginPath();
  values.forEach((value, i) => {
    if (!Number.isFinite(value)) return;
    pen.lineTo(box.x + (box.width * steps[i]) / last, box.y + box.height * (1 - heightOf(axis, value)));
  });
  pen.stroke();
  pen.setLineDash([]);
}
