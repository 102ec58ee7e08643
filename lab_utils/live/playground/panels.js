// The two large panels: the input plane with what the network (or one unit) says of it, and the space of a layer.

import { reducedMotion, surface } from "../../web/ui.js";
import { SIDE } from "./model.js";
import { leaning, paintContour, paintNet, paintPoints, paintRuling, paintSheet, valueSheet } from "./paint.js";
import { contour } from "./spaces.js";

/** @typedef {import("./model.js").PlaygroundModel} Model */
/** @typedef {import("../../web/ui.js").Colours} Colours */
/** What the reader looks at: a unit of a layer, held-out points or not, where the keyboard's cross is. @typedef {{unit: {layer: number, index: number} | null, held: boolean, cross: {x: number, y: number} | null}} Look */

const RULING = 8; // places between two lines of the net
const MORPH_MS = 1100;

/** The grid's own places in -1 to 1. */
const HOME = Float64Array.from({ length: 2 * SIDE * SIDE }, (_, k) => {
  const i = k >> 1;
  return k % 2 ? 1 - (2 * Math.floor(i / SIDE)) / (SIDE - 1) : (2 * (i % SIDE)) / (SIDE - 1) - 1;
});

/** Points of the plane in -1 to 1. @param {Float64Array} x (count, 2) @param {import("../shared/toys.js").Box} box */
function inBox(x, { cx, cy, half }) {
  return x.map((v, i) => (v - (i % 2 ? cy : cx)) / half);
}

/** What colours a place: the answer, or the chosen unit's value against its largest. @param {Model} model @param {Look} look @returns {(place: number) => number} */
function colouring({ grid, net }, { unit }) {
  if (!unit) {
    const logits = grid.z[net.layers.length];
    return (i) => leaning(logits[i]);
  }
  const { layer, index } = unit, width = net.widths[layer], h = grid.h[layer];
  let most = 1e-12;
  for (let i = index; i < h.length; i += width) most = Math.max(most, Math.abs(h[i]));
  return (i) => h[i * width + index] / most;
}

/** @param {Model} model @param {Look} view */
export function inputPanel(model, view) {
  const sheet = valueSheet(SIDE);
  return surface({
    label: "Input space. The network's answer in colour, and the points.",
    role: "application",
    class: "lab-play-plane",
    height: (width) => width,
    draw: (pen, side, _, c) => {
      sheet.fill(colouring(model, view), c);
      paintSheet(pen, sheet, 0, 0, side);
      pen.globalAlpha = 0.16;
      pen.strokeStyle = c.ink;
      pen.lineWidth = 0.8;
      paintRuling(pen, HOME, SIDE, RULING, side);
      pen.globalAlpha = 1;
      drawBoundary(pen, model, HOME, side, c, view.unit);
      if (view.held) paintPoints(pen, inBox(model.held.x, model.box), model.held.y, side, c, true);
      paintPoints(pen, inBox(model.train.x, model.box), model.train.y, side, c, false);
      drawAxisNames(pen, side, c, "x₁", "x₂");
      if (view.cross) drawCross(pen, view.cross, side, c);
    },
  });
}

/** Where the answer tips over, or where the chosen unit's sum passes zero. @param {CanvasRenderingContext2D} pen @param {Model} model @param {ArrayLike<number>} at @param {number} side @param {Colours} c @param {Look["unit"]} unit */
function drawBoundary(pen, { grid, net }, at, side, c, unit) {
  const last = net.layers.length;
  pen.strokeStyle = c.ink;
  pen.lineWidth = 2;
  const layer = unit ? unit.layer : last;
  const values = layer === 0 ? grid.h[0] : grid.z[layer];
  paintContour(pen, contour(values, net.widths[layer], unit ? unit.index : 0), at, side);
}

/** @param {CanvasRenderingContext2D} pen @param {number} side @param {Colours} c @param {string} across @param {string} up */
function drawAxisNames(pen, side, c, across, up) {
  pen.font = `italic ${pen.font.replace("14px", "13px")}`;
  pen.lineJoin = "round";
  pen.lineWidth = 4;
  pen.strokeStyle = c.paper;
  pen.fillStyle = c.ink;
  for (const [text, x, y, align] of /** @type {[string, number, number, CanvasTextAlign][]} */ ([[across, side - 7, side - 8, "right"], [up, 7, 16, "left"]])) {
    pen.textAlign = align;
    pen.strokeText(text, x, y);
    pen.fillText(text, x, y);
  }
}

/** @param {CanvasRenderingContext2D} pen @param {{x: number, y: number}} at -1 to 1 @param {number} side @param {Colours} c */
function drawCross(pen, at, side, c) {
  const x = ((at.x + 1) / 2) * side, y = ((1 - at.y) / 2) * side;
  for (const [colour, width] of /** @type {[string, number][]} */ ([[c.paper, 4.5], [c.ink, 2]])) {
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      pen.moveTo(x + 5 * dx, y + 5 * dy);
      pen.lineTo(x + 14 * dx, y + 14 * dy);
    }
    pen.stroke();
  }
}

/** @param {Model} model @param {import("./spaces.js").Spaces} spaces @param {Look} view */
export function hiddenPanel(model, spaces, view) {
  return surface({
    label: "Space of the chosen layer: the input plane as that layer bends it, with the same points.",
    height: (width) => width,
    draw: (pen, side, _, c) => {
      pen.save();
      pen.beginPath();
      pen.rect(0, 0, side, side);
      pen.clip();
      pen.fillStyle = c.panel;
      pen.fillRect(0, 0, side, side);
      const at = spaces.positions(model.grid);
      paintNet(pen, at, colouring(model, { ...view, unit: null }), SIDE, 2, side, c);
      pen.globalAlpha = 0.3;
      pen.strokeStyle = c.ink;
      pen.lineWidth = 0.8;
      paintRuling(pen, at, SIDE, RULING, side);
      pen.globalAlpha = 1;
      drawBoundary(pen, model, at, side, c, null);
      if (view.held) paintPoints(pen, spaces.positions(model.test), model.held.y, side, c, true);
      paintPoints(pen, spaces.positions(model.all), model.train.y, side, c, false);
      drawCut(pen, spaces.line(), side, c);
      drawAxisNames(pen, side, c, ...axisNames(model, spaces));
      pen.restore();
    },
  });
}

/** @param {Model} model @param {import("./spaces.js").Spaces} spaces @returns {[string, string]} */
function axisNames(model, spaces) {
  const l = spaces.at;
  if (!Number.isInteger(l)) return ["", ""];
  const view = model.s.view;
  /** @type {Record<string, [string, string]>} */
  const names = { input: ["x₁", "x₂"], line: ["unit 1", "x₂"], plane: ["unit 1", "unit 2"], cut: ["across the cut", "along it"], pca: ["PCA plane", ""], units: [`unit ${view[0]}`, `unit ${view[1]}`] };
  return names[spaces.kind(l)];
}

/** The best straight cut, dashed. @param {CanvasRenderingContext2D} pen @param {{a: number, b: number, c: number} | null} line @param {number} side @param {Colours} colours */
function drawCut(pen, line, side, colours) {
  const size = line ? Math.hypot(line.a, line.b) : 0;
  if (!line || !(size > 1e-12)) return;
  const x = (-line.a * line.c) / size ** 2, y = (-line.b * line.c) / size ** 2;
  const dx = (-3 * line.b) / size, dy = (3 * line.a) / size;
  const place = (/** @type {number} */ u, /** @type {number} */ v) => /** @type {[number, number]} */ ([((u + 1) / 2) * side, ((1 - v) / 2) * side]);
  for (const [colour, width] of /** @type {[string, number][]} */ ([[colours.paper, 4], [colours.pink, 2.2]])) {
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.setLineDash(width > 3 ? [] : [8, 5]);
    pen.beginPath();
    pen.moveTo(...place(x - dx, y - dy));
    pen.lineTo(...place(x + dx, y + dy));
    pen.stroke();
  }
  pen.setLineDash([]);
}

/**
 * Takes the reader from where they stand to a layer, space by space; at once for those who want less motion.
 * @param {import("./spaces.js").Spaces} spaces @param {() => void} redraw
 */
export function morpher(spaces, redraw) {
  let run = 0;
  return {
    stop: () => cancelAnimationFrame(run),
    /** @param {number} goal */
    to(goal) {
      cancelAnimationFrame(run);
      const from = spaces.at, start = performance.now(), time = MORPH_MS * Math.sqrt(Math.abs(goal - from));
      const frame = () => {
        const t = time && !reducedMotion() ? Math.min(1, (performance.now() - start) / time) : 1;
        spaces.at = t < 1 ? from + (goal - from) * t * t * (3 - 2 * t) : goal;
        redraw();
        if (t < 1) run = requestAnimationFrame(frame);
      };
      frame();
    },
  };
}
