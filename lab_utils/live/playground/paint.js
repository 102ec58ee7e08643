// Brushes of the playground: colours for shares and values, points of two classes, maps, and a net of the plane.

import { rgb } from "../../web/ui.js";
import { logistic } from "../shared/activation_functions.js";
import { pixelSheet } from "../shared/sheet.js";

/** @typedef {import("../../web/ui.js").Colours} Colours */
/** Draws at (x, y) of the panel what has the coordinates -1 to 1. @typedef {{side: number}} Panel */

const STRENGTH = 0.55; // of a certain answer's colour, as in lab_utils.plotting.decision_map: points stand out on it
const SHADES = 65;

/** @type {WeakMap<Colours, Uint8ClampedArray>} */
const scales = new WeakMap();

/** SHADES colours from orange over paper to blue, as r, g, b. @param {Colours} c */
function scaleOf(c) {
  const known = scales.get(c);
  if (known) return known;
  const [low, middle, high] = [rgb(c.orange), rgb(c.paper), rgb(c.blue)];
  const made = new Uint8ClampedArray(3 * SHADES);
  for (let i = 0; i < SHADES; i++) {
    const t = (2 * i) / (SHADES - 1) - 1, end = t < 0 ? low : high;
    for (let k = 0; k < 3; k++) made[3 * i + k] = middle[k] + STRENGTH * Math.abs(t) * (end[k] - middle[k]);
  }
  scales.set(c, made);
  return made;
}

/** The level of a value from -1 to 1; no number is in the middle. @param {number} value */
const levelOf = (value) => (value >= -1 ? Math.round(((Math.min(value, 1) + 1) / 2) * (SHADES - 1)) : value < -1 ? 0 : (SHADES - 1) / 2);

/** A probability's colour value. @param {number} logit */
export const leaning = (logit) => 2 * logistic(logit) - 1;

/** A small picture of values, kept between frames. @param {number} side */
export function valueSheet(side) {
  const { canvas, data, finish } = pixelSheet(side, side);
  return {
    canvas,
    side,
    /** @param {(place: number) => number} value from -1 to 1 @param {Colours} c */
    fill(value, c) {
      const scale = scaleOf(c);
      for (let i = 0; i < side * side; i++) {
        const level = 3 * levelOf(value(i));
        for (let k = 0; k < 3; k++) data[4 * i + k] = scale[level + k];
        data[4 * i + 3] = 255;
      }
      finish();
    },
  };
}

/** The centres of the outer places lie on the rim. @param {CanvasRenderingContext2D} pen @param {ReturnType<typeof valueSheet>} sheet @param {number} x @param {number} y @param {number} size */
export function paintSheet(pen, { canvas, side }, x, y, size) {
  pen.imageSmoothingEnabled = true;
  pen.drawImage(canvas, 0.5, 0.5, side - 1, side - 1, x, y, size, size);
}

/** One point as a small picture: drawing a picture again and again is cheaper than its outline. @type {WeakMap<Colours, Record<string, HTMLCanvasElement>>} */
const glyphs = new WeakMap();
const GLYPH = 16, DENSE = 3; // side of its canvas in CSS pixels, and how many of its own pixels are one of those

/** @param {number} label @param {boolean} hollow @param {number} radius @param {Colours} c */
function glyphOf(label, hollow, radius, c) {
  const known = glyphs.get(c) ?? {};
  glyphs.set(c, known);
  return (known[`${label} ${hollow} ${radius}`] ??= makeGlyph(label, hollow, radius, c));
}

/** A circle for class 0, a triangle for class 1; hollow for a held-out point. @param {number} label @param {boolean} hollow @param {number} r @param {Colours} c */
function makeGlyph(label, hollow, r, c) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = GLYPH * DENSE;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")), m = GLYPH / 2;
  pen.scale(DENSE, DENSE);
  if (label) for (const [dx, dy] of [[0, -1.25], [1.15, 0.85], [-1.15, 0.85]]) pen.lineTo(m + dx * r, m + dy * r);
  else pen.arc(m, m, r, 0, 2 * Math.PI);
  pen.closePath();
  const colour = label ? c.blue : c.orange;
  pen.fillStyle = hollow ? c.paper : colour;
  pen.strokeStyle = hollow ? colour : c.paper;
  pen.lineWidth = hollow ? 1.3 : 1;
  pen.fill();
  pen.stroke();
  return canvas;
}

/**
 * Circles for class 0, triangles for class 1; held-out points are hollow.
 * @param {CanvasRenderingContext2D} pen @param {ArrayLike<number>} at (count, 2) in -1 to 1 @param {ArrayLike<number>} y
 * @param {number} side of the panel @param {Colours} c @param {boolean} hollow
 */
export function paintPoints(pen, at, y, side, c, hollow) {
  const marks = [0, 1].map((label) => glyphOf(label, hollow, side > 260 ? 3.4 : 2.9, c)), m = GLYPH / 2;
  for (let n = 0; n < y.length; n++) {
    const px = ((at[2 * n] + 1) / 2) * side, py = ((1 - at[2 * n + 1]) / 2) * side;
    if (px > -m && py > -m && px < side + m && py < side + m) pen.drawImage(marks[y[n]], px - m, py - m, GLYPH, GLYPH);
  }
}

/** Pairs of crossings as strokes. @param {CanvasRenderingContext2D} pen @param {import("./spaces.js").Crossing[]} crossings @param {ArrayLike<number>} at positions of the grid's places in -1 to 1 @param {number} side */
export function paintContour(pen, crossings, at, side) {
  pen.beginPath();
  crossings.forEach(({ from, to, share }, i) => {
    const x = at[2 * from] + share * (at[2 * to] - at[2 * from]), y = at[2 * from + 1] + share * (at[2 * to + 1] - at[2 * from + 1]);
    const [px, py] = [((x + 1) / 2) * side, ((1 - y) / 2) * side];
    if (i % 2 === 0) pen.moveTo(px, py);
    else pen.lineTo(px, py);
  });
  pen.stroke();
}

/**
 * The plane's squares where they have gone, in the colour of the network's answer there.
 * @param {CanvasRenderingContext2D} pen @param {ArrayLike<number>} at @param {(place: number) => number} value
 * @param {number} count places along a side @param {number} every places along a square's side @param {number} side @param {Colours} c
 */
export function paintNet(pen, at, value, count, every, side, c) {
  /** @type {Path2D[]} */
  const paths = [];
  const corners = [0, every, every * (count + 1), every * count];
  for (let row = 0; row + every < count; row += every) {
    for (let column = 0; column + every < count; column += every) {
      const i = row * count + column;
      const mean = (value(i) + value(i + corners[1]) + value(i + corners[2]) + value(i + corners[3])) / 4;
      addSquare((paths[levelOf(mean)] ??= new Path2D()), at, i, corners, side);
    }
  }
  const scale = scaleOf(c);
  paths.forEach((path, level) => {
    pen.fillStyle = `rgb(${scale[3 * level]},${scale[3 * level + 1]},${scale[3 * level + 2]})`;
    pen.fill(path);
  });
}

const OVERLAP = 0.6; // pixels by which a square's corners are drawn outwards, to close the hair between neighbours

/** @param {Path2D} path @param {ArrayLike<number>} at @param {number} i first corner @param {number[]} corners @param {number} side */
function addSquare(path, at, i, corners, side) {
  let mx = 0, my = 0;
  for (const corner of corners) {
    mx += at[2 * (i + corner)] / 4;
    my += at[2 * (i + corner) + 1] / 4;
  }
  const half = side / 2;
  if (Math.abs(mx) > 2 || Math.abs(my) > 2 || !Number.isFinite(mx + my)) return;
  for (let k = 0; k < 4; k++) {
    const x = (at[2 * (i + corners[k])] - mx) * half, y = (my - at[2 * (i + corners[k]) + 1]) * half;
    const grow = 1 + OVERLAP / (Math.abs(x) + Math.abs(y) + 1e-3);
    const px = (mx + 1) * half + x * grow, py = (1 - my) * half + y * grow;
    if (k) path.lineTo(px, py);
    else path.moveTo(px, py);
  }
  path.closePath();
}

/** Lines of the plane's own squares, where they have gone. @param {CanvasRenderingContext2D} pen @param {ArrayLike<number>} at @param {number} count @param {number} every @param {number} side */
export function paintRuling(pen, at, count, every, side) {
  pen.beginPath();
  for (let line = 0; line < count; line += every) {
    for (const across of [true, false]) {
      for (let k = 0; k < count; k++) {
        const i = across ? line * count + k : k * count + line;
        const x = ((at[2 * i] + 1) / 2) * side, y = ((1 - at[2 * i + 1]) / 2) * side;
        if (k === 0) pen.moveTo(x, y);
        else pen.lineTo(x, y);
      }
    }
  }
  pen.stroke();
}
