// The two grids of the convolution figure on a canvas: where they stand, what each cell says, which window is framed.

import { format, rgb } from "../../web/ui.js";
import { outputSize, readCounts } from "./arithmetic.js";

/** @typedef {{x: number, y: number, side: number, cell: number}} Grid */
/** @typedef {ReturnType<typeof layout>} Place */
/** @typedef {{pen: CanvasRenderingContext2D, c: import("../../web/ui.js").Colours, family: string}} Brush */
/** @typedef {import("./sliding.js").SlidingWindow} SlidingWindow */

const LARGEST = 40; // side of a cell in CSS pixels
const HEAD = 26; // room for a line of words above a grid
const GAP = 56; // between the grids, for the lines that join them

/**
 * Where the two grids stand: side by side, or one above the other on a narrow page.
 * @param {import("./arithmetic.js").Settings} s @param {number} width
 */
export function layout(s, width) {
  const padded = s.size + (s.transposed ? 0 : 2 * s.padding);
  const out = Math.max(1, outputSize(s));
  return width < 480 ? stacked(padded, out, width) : sideBySide(padded, out, width);
}

/** @param {number} padded @param {number} out @param {number} width */
function stacked(padded, out, width) {
  const first = Math.min(LARGEST, width / padded);
  const second = Math.min(LARGEST, width / out);
  const below = HEAD + padded * first + 14;
  return {
    input: { x: (width - padded * first) / 2, y: HEAD, side: padded, cell: first },
    output: { x: (width - out * second) / 2, y: below + HEAD, side: out, cell: second },
    height: below + HEAD + out * second + 2,
  };
}

/** @param {number} padded @param {number} out @param {number} width */
function sideBySide(padded, out, width) {
  const shared = Math.min(LARGEST, (width - GAP) / (padded + out));
  // Two very unlike grids share the width evenly, so that the smaller one stays readable.
  const even = (width - GAP) / 2;
  const first = Math.min(LARGEST, Math.max(shared, Math.min(even / padded, 24)));
  const second = Math.min(LARGEST, (width - GAP - padded * first) / out);
  const tall = Math.max(padded * first, out * second);
  const left = (width - (padded * first + GAP + out * second)) / 2;
  return {
    input: { x: left, y: HEAD + (tall - padded * first) / 2, side: padded, cell: first },
    output: { x: left + padded * first + GAP, y: HEAD + (tall - out * second) / 2, side: out, cell: second },
    height: HEAD + tall + 2,
  };
}

/** @param {Grid} grid @param {{x: number, y: number}} at */
export function hit(grid, at) {
  const x = Math.floor((at.x - grid.x) / grid.cell);
  const y = Math.floor((at.y - grid.y) / grid.cell);
  return x >= 0 && y >= 0 && x < grid.side && y < grid.side ? { x, y } : null;
}

/**
 * @param {CanvasRenderingContext2D} pen @param {Place} place @param {import("../../web/ui.js").Colours} c @param {SlidingWindow} model
 */
export function drawStage(pen, place, c, model) {
  const brush = { pen, c, family: pen.font.replace(/^\S+ /, "") };
  const pad = model.s.transposed ? 0 : model.s.padding;
  const used = model.why ? [] : model.view.used.map((t) => ({ y: t.row + pad, x: t.column + pad, weight: model.kernel[t.ky * model.s.kernel + t.kx] }));
  drawInput(brush, place.input, model, pad, used);
  for (const { y, x, weight } of used) {
    frame(brush, place.input, y, x, c.orange, 2);
    corner(brush, place.input, y, x, weight);
  }
  if (model.why) return;
  drawOutput(brush, place.output, model);
  if (model.s.transposed && model.hover) drawPatch(brush, place, model, model.hover);
  join(brush, place, used, model);
  frame(brush, place.output, model.y, model.x, c.orange, 3);
}

/** @param {Brush} brush @param {Grid} g @param {SlidingWindow} model @param {number} pad @param {{y: number, x: number}[]} used */
function drawInput(brush, g, { s, input }, pad, used) {
  const counts = s.transposed ? null : readCounts(s);
  const lifted = new Set(roomForWeights(g) ? used.map((t) => t.y * g.side + t.x) : []);
  const largest = Math.max(1e-9, ...input.map(Math.abs));
  heading(brush, g, `input ${s.size} × ${s.size}${pad ? `, padded to ${g.side} × ${g.side}` : ""}`);
  for (let y = 0; y < g.side; y++)
    for (let x = 0; x < g.side; x++) {
      const inside = y >= pad && x >= pad && y < s.size + pad && x < s.size + pad;
      const value = inside ? input[(y - pad) * s.size + x - pad] : 0;
      const at = y * g.side + x;
      const unread = counts !== null && counts[at] === 0;
      cell(brush, g, y, x, { value, share: value / largest, padding: !inside, unread, lifted: lifted.has(at) });
    }
}

/** @param {Brush} brush @param {Grid} g @param {SlidingWindow} model */
function drawOutput(brush, g, { sums }) {
  const peak = Math.max(1e-9, ...sums.map(Math.abs));
  heading(brush, g, `output ${g.side} × ${g.side}`);
  sums.forEach((value, i) => {
    cell(brush, g, Math.floor(i / g.side), i % g.side, { value, share: value / peak, padding: false, unread: false });
  });
}

/** The outputs that one input number of a transposed convolution paints. @param {Brush} brush @param {Place} place @param {SlidingWindow} model @param {number[]} from */
function drawPatch(brush, { input, output }, { s }, from) {
  const [top, left] = from.map((v) => v * s.stride - s.padding);
  for (let ky = 0; ky < s.kernel; ky++)
    for (let kx = 0; kx < s.kernel; kx++) {
      const y = top + ky * s.dilation, x = left + kx * s.dilation;
      if (y >= 0 && x >= 0 && y < output.side && x < output.side) frame(brush, output, y, x, brush.c.green, 2);
    }
  frame(brush, input, from[0], from[1], brush.c.green, 3);
}

/** @param {Brush} brush @param {Grid} g @param {string} text */
function heading({ pen, c, family }, g, text) {
  pen.font = `600 14px ${family}`;
  pen.fillStyle = c.ink;
  pen.textAlign = "left";
  pen.textBaseline = "alphabetic";
  pen.fillText(text, g.x, g.y - HEAD + 17);
}

/**
 * @typedef {{value: number, share: number, padding: boolean, unread: boolean, lifted?: boolean}} Cell share: of the largest
 *   number of its grid; lifted: a weight stands below the number
 */

/** @param {Brush} brush @param {Grid} g @param {number} y @param {number} x @param {Cell} what */
function cell(brush, g, y, x, what) {
  const left = g.x + x * g.cell, top = g.y + y * g.cell;
  ground(brush, left, top, g.cell, what);
  if (what.unread) hatch(brush.pen, left, top, g.cell, brush.c.muted);
  if (g.cell >= 17) digits(brush, left, top, g.cell, what);
}

/** Tint and border of a cell. @param {Brush} brush @param {number} left @param {number} top @param {number} side @param {Cell} what */
function ground({ pen, c }, left, top, side, { share, padding }) {
  pen.fillStyle = padding ? c.panel : c.paper;
  pen.fillRect(left, top, side, side);
  if (!padding) {
    const [red, green, blue] = rgb(share < 0 ? c.orange : c.blue);
    pen.fillStyle = `rgba(${red},${green},${blue},${0.42 * Math.abs(share)})`;
    pen.fillRect(left, top, side, side);
  }
  pen.save();
  pen.strokeStyle = c.grid;
  pen.lineWidth = 1;
  if (padding) pen.setLineDash([3, 3]);
  pen.strokeRect(left + 0.5, top + 0.5, side - 1, side - 1);
  pen.restore();
}

/** @param {Brush} brush @param {number} left @param {number} top @param {number} side @param {Cell} what */
function digits({ pen, c, family }, left, top, side, { value, padding, unread, lifted }) {
  const text = format(value, side < 30 ? 1 : 2);
  pen.font = `${Math.min(15, side * (text.length > 4 ? 0.3 : 0.42))}px ${family}`;
  pen.fillStyle = padding || unread ? c.muted : c.ink;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(text, left + side / 2, top + side / 2 + (lifted ? -side * 0.12 : 1));
}

/** @param {CanvasRenderingContext2D} pen @param {number} left @param {number} top @param {number} side @param {string} colour */
function hatch(pen, left, top, side, colour) {
  pen.save();
  pen.beginPath();
  pen.rect(left, top, side, side);
  pen.clip();
  pen.beginPath();
  for (let d = -side; d < side; d += 6) {
    pen.moveTo(left + d, top + side);
    pen.lineTo(left + d + side, top);
  }
  pen.globalAlpha = 0.55;
  pen.strokeStyle = colour;
  pen.lineWidth = 1;
  pen.stroke();
  pen.restore();
}

/** @param {Brush} brush @param {Grid} g @param {number} y @param {number} x @param {string} colour @param {number} thick */
function frame({ pen }, g, y, x, colour, thick) {
  pen.strokeStyle = colour;
  pen.lineWidth = thick;
  pen.strokeRect(g.x + x * g.cell + thick / 2, g.y + y * g.cell + thick / 2, g.cell - thick, g.cell - thick);
}

/** @param {Grid} g */
function roomForWeights(g) {
  return g.cell >= 26;
}

/** The weight that multiplies this input, small, in the corner. @param {Brush} brush @param {Grid} g @param {number} y @param {number} x @param {number} weight */
function corner({ pen, c, family }, g, y, x, weight) {
  if (!roomForWeights(g)) return;
  pen.font = `600 ${Math.max(9, g.cell * 0.27)}px ${family}`;
  pen.textAlign = "right";
  pen.textBaseline = "bottom";
  const text = `×${format(weight)}`;
  const right = g.x + (x + 1) * g.cell - 2, bottom = g.y + (y + 1) * g.cell - 2;
  const wide = pen.measureText(text).width + 4, tall = g.cell * 0.31;
  pen.fillStyle = c.orange;
  pen.fillRect(right - wide, bottom - tall, wide, tall);
  pen.fillStyle = c.paper;
  pen.fillText(text, right - 2, bottom + 0.5);
}

/** Two lines from the window to the output that it makes. @param {Brush} brush @param {Place} place @param {{y: number, x: number}[]} used @param {SlidingWindow} model */
function join({ pen, c }, { input, output }, used, model) {
  if (!used.length || output.y > input.y + input.side * input.cell) return;
  const rows = used.map((t) => t.y);
  const right = input.x + (Math.max(...used.map((t) => t.x)) + 1) * input.cell;
  const left = output.x + model.x * output.cell;
  pen.save();
  pen.strokeStyle = c.orange;
  pen.globalAlpha = 0.5;
  pen.lineWidth = 1.5;
  pen.beginPath();
  pen.moveTo(right, input.y + Math.min(...rows) * input.cell);
  pen.lineTo(left, output.y + model.y * output.cell);
  pen.moveTo(right, input.y + (Math.max(...rows) + 1) * input.cell);
  pen.lineTo(left, output.y + (model.y + 1) * output.cell);
  pen.stroke();
  pen.restore();
}
