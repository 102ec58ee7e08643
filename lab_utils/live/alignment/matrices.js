// The forward weights as they are now over the feedback that never changes, cell by cell.

import { rgb, surface } from "../../web/ui.js";
import { pixelSheet } from "../shared/sheet.js";

/** @typedef {import("./model.js").AlignmentModel} AlignmentModel */
/** @typedef {import("./protractor.js").AlignmentLook} AlignmentLook */
/** @typedef {import("../../web/ui.js").Colours} Colours */

const HEAD = 20, GAP = 12, TALLEST = 17; // CSS pixels of titles, between the pictures, of a cell

/** Rows and columns of the matrices looked at. @param {AlignmentModel} model @param {AlignmentLook} look */
function shapeOf(model, { kind, layer }) {
  const learner = model.learners.find((l) => l.kind === kind) ?? model.learners[0];
  const { inputs, outputs } = learner.ways[layer];
  return { learner, rows: outputs, columns: inputs };
}

/** Beside each other where they are tall. @param {number} rows @param {number} columns @param {number} width */
function layout(rows, columns, width) {
  const beside = rows > 0.6 * columns, wide = beside ? (width - GAP) / 2 : width;
  const cell = Math.min(TALLEST, wide / columns);
  const tall = Math.max(rows * cell, rows); // at least a pixel a row
  return { beside, cell, wide: columns * cell, tall, height: beside ? HEAD + tall : 2 * (HEAD + tall) + GAP };
}

/** @param {AlignmentModel} model @param {AlignmentLook} look */
export function matrixPair(model, look) {
  return surface({
    label: "Two coloured matrices: the forward weights as they are now, and the fixed feedback. Blue is positive, orange negative. They come to look alike.",
    height: (width) => {
      const { rows, columns } = shapeOf(model, look);
      return layout(rows, columns, width).height;
    },
    draw(pen, width, _, c) {
      const { learner, rows, columns } = shapeOf(model, look), at = layout(rows, columns, width);
      const right = at.beside ? (width + GAP) / 2 : 0, below = at.beside ? 0 : HEAD + at.tall + GAP;
      const forward = look.kind === "direct" && look.layer < model.s.depth ? "weights above, multiplied" : "forward weights, learned";
      drawMatrix(pen, learner.forwardMatrix(look.layer), { rows, columns }, { x: 0, y: 0, wide: at.wide, tall: at.tall }, forward, c);
      drawMatrix(pen, learner.matrix(look.layer), { rows, columns }, { x: right, y: below, wide: at.wide, tall: at.tall }, "feedback, fixed", c);
    },
  });
}

/** A picture of one pixel a cell, enlarged: each matrix on its own scale. @param {CanvasRenderingContext2D} pen @param {Float64Array} values @param {{rows: number, columns: number}} shape @param {{x: number, y: number, wide: number, tall: number}} at @param {string} title @param {Colours} c */
function drawMatrix(pen, values, { rows, columns }, { x, y, wide, tall }, title, c) {
  const full = 2 * Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length) || 1; // two standard deviations are full colour
  const [paper, blue, orange] = [c.panel, c.blue, c.orange].map(rgb);
  const { data, finish } = pixelSheet(columns, rows);
  for (let i = 0; i < values.length; i++) {
    const share = Math.min(1, Math.abs(values[i]) / full), ink = values[i] > 0 ? blue : orange;
    for (let k = 0; k < 3; k++) data[4 * i + k] = paper[k] + share * (ink[k] - paper[k]);
    data[4 * i + 3] = 255;
  }
  pen.font = pen.font.replace(/^\S+/, "13px");
  pen.fillStyle = c.ink;
  pen.textAlign = "left";
  pen.textBaseline = "top";
  pen.fillText(title, x, y);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(finish(), x, y + HEAD, wide, tall);
}
