// The ground of the map: shading by height and level lines, painted once for each surface, size and theme.

import { rgb } from "../../web/ui.js";
import { contourLines, heights, levels } from "../shared/contours.js";
import { pixelSheet } from "../shared/sheet.js";
import { powerOfTen } from "./marks.js";

const CELL = 1.6; // CSS pixels between the points at which the height is asked

/** @typedef {import("../../web/ui.js").Colours} Colours */
/** @typedef {import("./surfaces.js").Landscape} Landscape */
/** @typedef {import("./terrain.js").MapFrame} MapFrame */

/** A name on a piece of paper colour, so that it reads on any ground. @param {CanvasRenderingContext2D} pen @param {Colours} c @param {string} text @param {number} x @param {number} y */
export function drawLabel(pen, c, text, x, y) {
  pen.strokeStyle = c.paper;
  pen.lineWidth = 4;
  pen.lineJoin = "round";
  pen.strokeText(text, x, y);
  pen.fillStyle = c.ink;
  pen.fillText(text, x, y);
}

/** The ground, kept as a picture until surface, size or theme change. */
export function makeGround() {
  const picture = document.createElement("canvas");
  /** @type {unknown[]} */
  let known = [];
  /** @param {Landscape} land @param {MapFrame} frame @param {Colours} c */
  return (land, frame, c) => {
    const dense = Math.min(3, window.devicePixelRatio || 1);
    const key = [land, frame.wide, frame.tall, dense, c.ink, c.paper];
    if (key.some((part, i) => part !== known[i])) paintGround(picture, land, frame, c, dense);
    known = key;
    return picture;
  };
}

/** @param {HTMLCanvasElement} picture @param {Landscape} land @param {MapFrame} frame @param {Colours} c @param {number} dense */
function paintGround(picture, land, frame, c, dense) {
  const columns = Math.round(frame.wide / CELL) + 1, rows = Math.round(frame.tall / CELL) + 1;
  const field = heights(land, columns, rows);
  const highest = field.reduce((a, b) => Math.max(a, b), 0);
  picture.width = Math.round(frame.wide * dense);
  picture.height = Math.round(frame.tall * dense);
  const pen = /** @type {CanvasRenderingContext2D} */ (picture.getContext("2d"));
  pen.scale(dense, dense);
  pen.drawImage(shade(field, columns, rows, highest, c), 0, 0, frame.wide, frame.tall);
  const wanted = levels(highest);
  const size = { x: frame.wide / (columns - 1), y: frame.tall / (rows - 1) };
  const lines = contourLines(field, columns, rows, wanted).map((line) => line.map((v, i) => v * (i % 2 ? size.y : size.x)));
  wanted.forEach((level, i) => strokeLevel(pen, lines[i], c, isPower(level)));
  nameLevels(pen, lines, wanted, land, frame, c);
}

/** Higher ground is more blue. @param {Float64Array} field @param {number} columns @param {number} rows @param {number} highest @param {Colours} c */
function shade(field, columns, rows, highest, c) {
  const { data, finish } = pixelSheet(columns, rows), tint = rgb(c.sky);
  for (let i = 0; i < field.length; i++) {
    const share = 1 + Math.log10(Math.max(field[i] / highest, 1e-5)) / 5;
    for (let k = 0; k < 3; k++) data[4 * i + k] = tint[k];
    data[4 * i + 3] = 4 + 56 * share * share;
  }
  return finish();
}

/** @param {number} level */
function isPower(level) {
  return Math.abs(Math.log10(level) - Math.round(Math.log10(level))) < 1e-6;
}

/** @param {CanvasRenderingContext2D} pen @param {number[]} line @param {Colours} c @param {boolean} strong */
function strokeLevel(pen, line, c, strong) {
  pen.beginPath();
  for (let i = 0; i < line.length; i += 4) {
    pen.moveTo(line[i], line[i + 1]);
    pen.lineTo(line[i + 2], line[i + 3]);
  }
  pen.strokeStyle = c.muted;
  pen.globalAlpha = strong ? 0.75 : 0.32;
  pen.lineWidth = 1;
  pen.stroke();
  pen.globalAlpha = 1;
}

/** Names the powers of ten where their lines pass the right third of the map, unless another name is near. @param {CanvasRenderingContext2D} pen @param {number[][]} lines @param {number[]} wanted @param {Landscape} land @param {MapFrame} frame @param {Colours} c */
function nameLevels(pen, lines, wanted, land, { wide, tall, left, top, toX, toY }, c) {
  const taken = land.minima.map(([x, y]) => [toX(x) - left, toY(y) - top]);
  pen.font = "11px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  wanted.forEach((level, k) => {
    if (!isPower(level)) return;
    const at = namingPlace(lines[k], wide, tall);
    if (!at || taken.some(([x, y]) => Math.abs(x - at[0]) < 34 && Math.abs(y - at[1]) < 16)) return;
    taken.push(at);
    drawLabel(pen, c, powerOfTen(Math.round(Math.log10(level))), at[0], at[1]);
  });
}

/** @param {number[]} line @param {number} wide @param {number} tall */
function namingPlace(line, wide, tall) {
  let best = null, least = Infinity;
  for (let i = 0; i < line.length; i += 4) {
    const x = line[i], y = line[i + 1];
    const cost = Math.abs(x - 0.78 * wide) + 0.3 * y;
    if (x > 20 && x < wide - 20 && y > 12 && y < tall - 12 && cost < least) {
      least = cost;
      best = [x, y];
    }
  }
  return best;
}
