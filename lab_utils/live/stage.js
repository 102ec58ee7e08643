// The two grids of the convolution figure on a canvas: where they stand, what each cell says, which window is framed.

import { format, rgb } from "../web/ui.js";
import { outputSize, readCounts, terms } from "./arithmetic.js";

/** @typedef {{x: number, y: number, side: number, cell: number}} Grid */

/**
 * Where the two grids stand: side by side, or one above the other on a narrow page.
 * @param {import("./arithmetic.js").Settings} s @param {number} width
 */
export function layout(s, width) {
  const padded = s.size + (s.transposed ? 0 : 2 * s.padding);
  const out = Math.max(1, outputSize(s));
  const head = 26;
  if (width < 480) {
    const cell = Math.min(40, width / padded);
    const second = Math.min(40, width / out);
    const below = head + padded * cell + 14;
    return {
      input: { x: (width - padded * cell) / 2, y: head, side: padded, cell },
      output: { x: (width - out * second) / 2, y: below + head, side: out, cell: second },
      height: below + head + out * second + 2,
      head,
    };
  }
  const gap = 56;
  const shared = Math.min(40, (width - gap) / (padded + out));
  // Two very unlike grids share the width evenly, so that the smaller one stays readable.
  const even = (width - gap) / 2;
  const cell = Math.min(40, Math.max(shared, Math.min(even / padded, 24)));
  const second = Math.min(40, (width - gap - padded * cell) / out);
  const tall = Math.max(padded * cell, out * second);
  const total = padded * cell + gap + out * second;
  const from = (width - total) / 2;
  return {
    input: { x: from, y: head + (tall - padded * cell) / 2, side: padded, cell },
    output: { x: from + padded * cell + gap, y: head + (tall - out * second) / 2, side: out, cell: second },
    height: head + tall + 2,
    head,
  };
}

/** @param {Grid} grid @param {{x: number, y: number}} at */
export function hit(grid, at) {
  const x = Math.floor((at.x - grid.x) / grid.cell);
  const y = Math.floor((at.y - grid.y) / grid.cell);
  return x >= 0 && y >= 0 && x < grid.side && y < grid.side ? { x, y } : null;
}

/**
 * @param {CanvasRenderingContext2D} pen @param {ReturnType<typeof layout>} place @param {import("../web/ui.js").Colours} c
 * @param {{s: import("./arithmetic.js").Settings, input: number[], kernel: number[], sums: number[], state: any}} now
 */
export function drawStage(pen, place, c, { s, input, kernel, sums, state }) {
  const pad = s.transposed ? 0 : s.padding;
  const counts = s.transposed ? null : readCounts(s);
  const family = pen.font.replace(/^\S+ /, "");
  const used = sums.length ? terms(s, state.y, state.x) : [];
  const n = outputSize(s);
  const framed = new Set(place.input.cell < 26 ? [] : used.map((t) => (t.row + pad) * place.input.side + t.column + pad));
  const largest = Math.max(1e-9, ...input.map(Math.abs));
  heading(pen, place.input, place.head, c, family, `input ${s.size} × ${s.size}${pad ? `, padded to ${place.input.side} × ${place.input.side}` : ""}`);
  for (let y = 0; y < place.input.side; y++)
    for (let x = 0; x < place.input.side; x++) {
      const inside = y >= pad && x >= pad && y < s.size + pad && x < s.size + pad;
      const value = inside ? input[(y - pad) * s.size + x - pad] : 0;
      const unread = counts !== null && counts[y * place.input.side + x] === 0;
      cell(pen, place.input, y, x, c, family, { value, share: value / largest, padding: !inside, unread, lifted: framed.has(y * place.input.side + x) });
    }
  for (const t of used) {
    frame(pen, place.input, t.row + pad, t.column + pad, c.orange, 2);
    corner(pen, place.input, t.row + pad, t.column + pad, c, family, kernel[t.ky * s.kernel + t.kx]);
  }
  if (!sums.length) return;
  const peak = Math.max(1e-9, ...sums.map(Math.abs));
  heading(pen, place.output, place.head, c, family, `output ${n} × ${n}`);
  for (let y = 0; y < n; y++)
    for (let x = 0; x < n; x++) {
      const value = sums[y * n + x];
      cell(pen, place.output, y, x, c, family, { value, share: value / peak, padding: false, unread: false });
    }
  if (s.transposed && state.hover) {
    const from = state.hover.map((/** @type {number} */ v) => v * s.stride - s.padding);
    for (let ky = 0; ky < s.kernel; ky++)
      for (let kx = 0; kx < s.kernel; kx++) {
        const y = from[0] + ky * s.dilation, x = from[1] + kx * s.dilation;
        if (y >= 0 && x >= 0 && y < n && x < n) frame(pen, place.output, y, x, c.green, 2);
      }
    frame(pen, place.input, state.hover[0], state.hover[1], c.green, 3);
  }
  join(pen, place, used, pad, state, c);
  frame(pen, place.output, state.y, state.x, c.orange, 3);
}

/** @param {CanvasRenderingContext2D} pen @param {Grid} g @param {number} head @param {any} c @param {string} family @param {string} text */
function heading(pen, g, head, c, family, text) {
  pen.font = `600 14px ${family}`;
  pen.fillStyle = c.ink;
  pen.textAlign = "left";
  pen.textBaseline = "alphabetic";
  pen.fillText(text, g.x, g.y - head + 17);
}

/**
 * @param {CanvasRenderingContext2D} pen @param {Grid} g @param {number} y @param {number} x @param {any} c @param {string} family
 * @param {{value: number, share: number, padding: boolean, unread: boolean, lifted?: boolean}} what lifted: a weight stands below the number
 */
function cell(pen, g, y, x, c, family, { value, share, padding, unread, lifted }) {
  const left = g.x + x * g.cell, top = g.y + y * g.cell;
  pen.fillStyle = padding ? c.panel : c.paper;
  pen.fillRect(left, top, g.cell, g.cell);
  if (!padding) {
    const [r, green, b] = rgb(share < 0 ? c.orange : c.blue);
    pen.fillStyle = `rgba(${r},${green},${b},${0.42 * Math.abs(share)})`;
    pen.fillRect(left, top, g.cell, g.cell);
  }
  pen.save();
  pen.strokeStyle = c.grid;
  pen.lineWidth = 1;
  if (padding) pen.setLineDash([3, 3]);
  pen.strokeRect(left + 0.5, top + 0.5, g.cell - 1, g.cell - 1);
  pen.restore();
  if (unread) hatch(pen, left, top, g.cell, c.muted);
  if (g.cell < 17) return;
  const text = format(value, g.cell < 30 ? 1 : 2);
  pen.font = `${Math.min(15, g.cell * (text.length > 4 ? 0.3 : 0.42))}px ${family}`;
  pen.fillStyle = padding || unread ? c.muted : c.ink;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(text, left + g.cell / 2, top + g.cell / 2 + (lifted ? -g.cell * 0.12 : 1));
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

/** @param {CanvasRenderingContext2D} pen @param {Grid} g @param {number} y @param {number} x @param {string} colour @param {number} thick */
function frame(pen, g, y, x, colour, thick) {
  pen.strokeStyle = colour;
  pen.lineWidth = thick;
  pen.strokeRect(g.x + x * g.cell + thick / 2, g.y + y * g.cell + thick / 2, g.cell - thick, g.cell - thick);
}

/** The weight that multiplies this input, small, in the corner. @param {CanvasRenderingContext2D} pen @param {Grid} g @param {number} y @param {number} x @param {any} c @param {string} family @param {number} weight */
function corner(pen, g, y, x, c, family, weight) {
  if (g.cell < 26) return;
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

/** Two lines from the window to the output that it makes. @param {CanvasRenderingContext2D} pen @param {any} place @param {any[]} used @param {number} pad @param {any} state @param {any} c */
function join(pen, place, used, pad, state, c) {
  if (!used.length || place.output.y > place.input.y + place.input.side * place.input.cell) return;
  const rows = used.map((t) => t.row + pad), columns = used.map((t) => t.column + pad);
  const right = place.input.x + (Math.max(...columns) + 1) * place.input.cell;
  const { x, y, cell: side } = place.output;
  pen.save();
  pen.strokeStyle = c.orange;
  pen.globalAlpha = 0.5;
  pen.lineWidth = 1.5;
  pen.beginPath();
  pen.moveTo(right, place.input.y + Math.min(...rows) * place.input.cell);
  pen.lineTo(x + state.x * side, y + state.y * side);
  pen.moveTo(right, place.input.y + (Math.max(...rows) + 1) * place.input.cell);
  pen.lineTo(x + state.x * side, y + (state.y + 1) * side);
  pen.stroke();
  pen.restore();
}
