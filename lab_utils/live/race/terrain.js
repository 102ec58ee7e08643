// The map of the race: where things lie on the canvas, its axes, and the paths.

import { LOOKS } from "./marks.js";

const EDGE = { left: 46, right: 8, top: 8, bottom: 28 };

/** @typedef {import("../../web/ui.js").Colours} Colours */
/** @typedef {import("./model.js").RaceModel} RaceModel */
/** @typedef {ReturnType<typeof mapFrame>} MapFrame */

/** Where the view lies on the canvas, and the way between them. @param {number[]} view @param {number} width @param {number} height */
export function mapFrame([x0, x1, y0, y1], width, height) {
  const wide = width - EDGE.left - EDGE.right, tall = height - EDGE.top - EDGE.bottom;
  return {
    left: EDGE.left, top: EDGE.top, wide, tall,
    toX: (/** @type {number} */ x) => EDGE.left + ((x - x0) / (x1 - x0)) * wide,
    toY: (/** @type {number} */ y) => EDGE.top + ((y1 - y) / (y1 - y0)) * tall,
    fromX: (/** @type {number} */ px) => x0 + ((px - EDGE.left) / wide) * (x1 - x0),
    fromY: (/** @type {number} */ py) => y1 - ((py - EDGE.top) / tall) * (y1 - y0),
  };
}

/** The share of a segment inside the frame (Liang and Barsky 1984), or null. @param {number[]} s x0, y0, x1, y1 @param {{left: number, top: number, wide: number, tall: number}} frame */
export function clipped([ax, ay, bx, by], { left, top, wide, tall }) {
  let from = 0, to = 1;
  const dx = bx - ax, dy = by - ay;
  for (const [p, q] of [[-dx, ax - left], [dx, left + wide - ax], [-dy, ay - top], [dy, top + tall - ay]]) {
    if (p === 0 && q < 0) return null;
    if (p < 0) from = Math.max(from, q / p);
    else if (p > 0) to = Math.min(to, q / p);
  }
  if (from > to) return null;
  const end = to === 1 ? [bx, by] : [ax + to * dx, ay + to * dy]; // a + (b − a) need not be b, and a path asks
  return [ax + from * dx, ay + from * dy, ...end];
}

/**
 * The visible parts of a path as rows of pixels (x, y, x, y, …); steps shorter than half a pixel are drawn as one.
 * @param {Float64Array} points @param {number} steps @param {MapFrame} frame
 */
export function visiblePath(points, steps, frame) {
  /** @type {number[][]} */
  const parts = [];
  let x = frame.toX(points[0]), y = frame.toY(points[1]), open = false;
  for (let i = 1; i <= steps; i++) {
    const nx = frame.toX(points[2 * i]), ny = frame.toY(points[2 * i + 1]);
    if (Math.abs(nx - x) + Math.abs(ny - y) < 0.5 && i < steps) continue;
    const seen = Number.isFinite(nx + ny) ? clipped([x, y, nx, ny], frame) : null;
    if (seen) {
      if (!open) parts.push([seen[0], seen[1]]);
      parts[parts.length - 1].push(seen[2], seen[3]);
    }
    open = seen !== null && seen[2] === nx && seen[3] === ny;
    x = nx;
    y = ny;
  }
  return parts;
}

/** Round numbers for an axis. @param {number} low @param {number} high @param {number} about how many */
export function ticks(low, high, about) {
  const raw = (high - low) / about;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5].find((digit) => digit * power >= raw) ?? 10);
  const out = [];
  for (let value = Math.ceil(low / step) * step; value <= high + 1e-9 * step; value += step) out.push(Number(value.toPrecision(8)));
  return out;
}

/** @param {CanvasRenderingContext2D} pen @param {MapFrame} frame @param {Colours} c @param {number[]} view */
export function drawMapAxes(pen, frame, c, [x0, x1, y0, y1]) {
  pen.font = pen.font.replace(/^\S+/, "12px");
  pen.fillStyle = c.muted;
  pen.textBaseline = "top";
  pen.textAlign = "center";
  const name = (/** @type {number} */ value) => String(value).replace("-", "−");
  for (const x of ticks(x0, x1, frame.wide / 90)) pen.fillText(name(x), Math.min(frame.left + frame.wide - 8, Math.max(frame.left + 8, frame.toX(x))), frame.top + frame.tall + 6);
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  for (const y of ticks(y0, y1, frame.tall / 60)) pen.fillText(name(y), frame.left - 6, Math.min(frame.top + frame.tall - 6, Math.max(frame.top + 6, frame.toY(y))));
  pen.strokeStyle = c.grid;
  pen.lineWidth = 1;
  pen.strokeRect(frame.left - 0.5, frame.top - 0.5, frame.wide + 1, frame.tall + 1);
}

/** One racer's path up to the step shown, with a dot for each step that is long enough to see. @param {CanvasRenderingContext2D} pen @param {MapFrame} frame @param {Colours} c @param {RaceModel} model @param {import("./model.js").RacerName} name */
export function drawPath(pen, frame, c, model, name) {
  const look = LOOKS[name], run = /** @type {import("./racing.js").Run} */ (model.runs.get(name));
  const parts = visiblePath(run.points, Math.min(model.shown, run.at), frame);
  pen.lineJoin = "round";
  for (const [colour, width] of /** @type {[string, number][]} */ ([[c.paper, 4.5], [c[look.colour], 2]])) {
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.globalAlpha = width > 3 ? 0.65 : 1;
    pen.setLineDash(width > 3 ? [] : look.dash);
    pen.beginPath();
    for (const part of parts) for (let i = 0; i < part.length; i += 2) i ? pen.lineTo(part[i], part[i + 1]) : pen.moveTo(part[i], part[i + 1]);
    pen.stroke();
  }
  pen.globalAlpha = 1;
  pen.setLineDash([]);
}
