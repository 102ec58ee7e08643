// A chart of lines against steps: grid, ticks, names of the axes, a dot where each line is now.

import { surface } from "../../web/ui.js";

/** @typedef {import("../../web/ui.js").Colours} Colours */
/** @typedef {{colour: keyof Colours, dash: number[], xs: ArrayLike<number>, ys: ArrayLike<number>}} Line a value that is no number is left out */
/** A shaded stripe of the chart, between two values of y. @typedef {{from: number, to: number, colour: keyof Colours, text: string}} Stripe */
/** @typedef {{low: number, high: number, ticks: number[], text: (value: number) => string, name: string}} ValueAxis */
/** @typedef {{lines: Line[], last: number, steps: string, y: ValueAxis, stripes?: Stripe[]}} Chart `last` is the rightmost step, `steps` their name */
/** @typedef {{left: number, top: number, wide: number, tall: number}} Frame */

const LEFT = 46, RIGHT = 12, TOP = 24, BOTTOM = 38;

/** @param {{label: string, height?: number, read: () => Chart}} options */
export function lineChart({ label, height = 220, read }) {
  return surface({
    label,
    height: () => height,
    draw(pen, width, tall, c) {
      const chart = read();
      const at = { left: LEFT, top: TOP, wide: width - LEFT - RIGHT, tall: tall - TOP - BOTTOM };
      pen.font = pen.font.replace(/^\S+/, "12px");
      for (const stripe of chart.stripes ?? []) drawStripe(pen, chart.y, stripe, at, c);
      drawGrid(pen, chart, at, c);
      pen.save();
      pen.beginPath();
      pen.rect(at.left - 6, at.top - 6, at.wide + 12, at.tall + 12);
      pen.clip();
      for (const line of chart.lines) drawLine(pen, chart, line, at, c);
      pen.restore();
    },
  });
}

/** Whole numbers 1, 2 or 5 times a power of ten apart, from 0. @param {number} last @param {number} most how many fit */
export function stepTicks(last, most) {
  const rough = Math.max(1, last) / Math.max(1, most), power = 10 ** Math.floor(Math.log10(rough));
  const apart = Math.max(1, power * ([1, 2, 5, 10].find((k) => k * power >= rough) ?? 10));
  return Array.from({ length: Math.floor(last / apart) + 1 }, (_, i) => i * apart);
}

/** @param {ValueAxis} axis @param {number} value @param {Frame} at */
function heightOn({ low, high }, value, at) {
  return at.top + at.tall * (1 - (value - low) / (high - low));
}

/** @param {CanvasRenderingContext2D} pen @param {ValueAxis} y @param {Stripe} stripe @param {Frame} at @param {Colours} c */
function drawStripe(pen, y, { from, to, colour, text }, at, c) {
  const top = heightOn(y, Math.min(to, y.high), at), bottom = heightOn(y, Math.max(from, y.low), at);
  pen.globalAlpha = 0.1;
  pen.fillStyle = c[colour];
  pen.fillRect(at.left, top, at.wide, bottom - top);
  pen.globalAlpha = 1;
  pen.fillStyle = c.muted;
  pen.textAlign = "right";
  const low = from <= y.low; // the names stand at the far ends, where fewer lines pass
  pen.textBaseline = low ? "bottom" : "top";
  if (bottom - top > 16) pen.fillText(text, at.left + at.wide - 5, low ? bottom - 4 : top + 4);
}

/** @param {CanvasRenderingContext2D} pen @param {Chart} chart @param {Frame} at @param {Colours} c */
function drawGrid(pen, { last, steps, y }, at, c) {
  pen.lineWidth = 1;
  pen.strokeStyle = c.grid;
  pen.fillStyle = c.muted;
  pen.textBaseline = "middle";
  pen.textAlign = "right";
  pen.beginPath();
  for (const tick of y.ticks) {
    const level = Math.round(heightOn(y, tick, at)) + 0.5;
    pen.moveTo(at.left, level);
    pen.lineTo(at.left + at.wide, level);
    pen.fillText(y.text(tick), at.left - 6, level);
  }
  pen.stroke();
  pen.textBaseline = "top";
  pen.textAlign = "center";
  for (const tick of stepTicks(last, at.wide / 60)) {
    pen.fillText(tick.toLocaleString("en"), at.left + (at.wide * tick) / Math.max(1, last), at.top + at.tall + 6);
  }
  pen.fillText(steps, at.left + at.wide / 2, at.top + at.tall + 21);
  pen.textAlign = "left";
  pen.fillText(y.name, 0, 3);
}

/** @param {CanvasRenderingContext2D} pen @param {Chart} chart @param {Line} line @param {Frame} at @param {Colours} c */
function drawLine(pen, { last, y }, { colour, dash, xs, ys }, at, c) {
  const toX = (/** @type {number} */ x) => at.left + (at.wide * x) / Math.max(1, last);
  let end = -1;
  pen.strokeStyle = pen.fillStyle = c[colour];
  pen.lineWidth = 2;
  pen.lineJoin = "round";
  pen.setLineDash(dash);
  pen.beginPath();
  for (let i = 0; i < xs.length; i++) {
    if (!Number.isFinite(ys[i])) continue;
    pen.lineTo(toX(xs[i]), heightOn(y, ys[i], at));
    end = i;
  }
  pen.stroke();
  pen.setLineDash([]);
  if (end < 0) return;
  pen.beginPath();
  pen.arc(toX(xs[end]), heightOn(y, ys[end], at), 3.5, 0, 2 * Math.PI);
  pen.fill();
}
