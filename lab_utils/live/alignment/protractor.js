// Angles as angles: on a half circle, each layer's arrow against the one thing it is compared with.

import { surface } from "../../web/ui.js";
import { LOOKS, dashOf, degrees } from "./looks.js";

/** @typedef {import("./model.js").AlignmentModel} AlignmentModel */
/** @typedef {import("./charts.js").Measure} Measure */
/** @typedef {"feedback" | "direct"} Aligned */
/** @typedef {import("../../web/ui.js").Colours} Colours */
/** @typedef {{x: number, y: number, r: number}} Disc centre and radius */

/** What is shown: one learner, one hidden layer of it, one of the two angles. @typedef {{kind: Aligned, layer: number, measure: Measure}} AlignmentLook */

/** @param {AlignmentModel} model @param {AlignmentLook} look */
export function protractor(model, look) {
  return surface({
    label: "Half circle with an arrow for each hidden layer at its angle; the table holds the angles.",
    height: (width) => Math.min(290, width / 2 + 60),
    draw(pen, width, height, c) {
      const r = Math.min(width / 2 - 40, height - 60), disc = { x: width / 2, y: height - 30, r };
      drawDisc(pen, disc, look.measure, c);
      drawArrow(pen, disc, 0, 1, c.muted, []);
      pen.fillStyle = c.ink;
      pen.textAlign = "center";
      pen.textBaseline = "top";
      pen.font = pen.font.replace(/^\S+/, "13px");
      const fixed = look.measure === "weight" ? "feedback, fixed" : "exact gradient";
      pen.fillText(fixed, Math.min(disc.x + r / 2, width - pen.measureText(fixed).width / 2), disc.y + 9);
      drawLayers(pen, disc, model, look, c);
    },
  });
}

/** @param {CanvasRenderingContext2D} pen @param {Disc} disc @param {Measure} measure @param {Colours} c */
function drawDisc(pen, { x, y, r }, measure, c) {
  const quarters = /** @type {const} */ ([[-Math.PI / 2, 0, "green"], [-Math.PI, -Math.PI / 2, "orange"]]);
  for (const [from, to, colour] of quarters) {
    pen.beginPath();
    pen.moveTo(x, y);
    pen.arc(x, y, r, from, to);
    pen.globalAlpha = 0.1;
    pen.fillStyle = c[colour];
    pen.fill();
    pen.globalAlpha = 1;
  }
  pen.strokeStyle = c.grid;
  pen.fillStyle = c.muted;
  pen.lineWidth = 1;
  pen.font = pen.font.replace(/^\S+/, "12px");
  pen.textBaseline = "middle";
  for (const angle of [0, 30, 60, 90, 120, 150, 180]) {
    const [dx, dy] = [Math.cos((angle * Math.PI) / 180), -Math.sin((angle * Math.PI) / 180)];
    pen.beginPath();
    pen.moveTo(x + 0.94 * r * dx, y + 0.94 * r * dy);
    pen.lineTo(x + r * dx, y + r * dy);
    pen.stroke();
    pen.textAlign = angle < 90 ? "left" : angle > 90 ? "right" : "center";
    pen.fillText(`${angle}°`, x + (r + 6) * dx, y + (r + 9) * dy);
  }
  pen.textAlign = "center";
  pen.fillText(measure === "weight" ? "agree" : "downhill", x + 0.72 * r, y - 12);
  pen.fillText(measure === "weight" ? "oppose" : "uphill", x - 0.72 * r, y - 12);
}

/** An arrow for each layer with its number at the tip, and the angles in words. @param {CanvasRenderingContext2D} pen @param {Disc} disc @param {AlignmentModel} model @param {AlignmentLook} look @param {Colours} c */
function drawLayers(pen, disc, model, { kind, layer, measure }, c) {
  const angles = model.now.readings[kind][measure], { depth } = model.s, colour = c[LOOKS[kind].colour];
  angles.forEach((angle, i) => {
    const row = 9 + 20 * (depth - 1 - i), length = 0.88 - 0.22 * (depth - 1 - i); // lower layers are shorter, so that numbers do not meet
    pen.strokeStyle = colour;
    pen.lineWidth = i + 1 === layer ? 3.5 : 2;
    pen.setLineDash(dashOf(i + 1, depth));
    pen.beginPath();
    pen.moveTo(0, row);
    pen.lineTo(22, row);
    pen.stroke();
    pen.setLineDash([]);
    pen.fillStyle = c.ink;
    pen.font = pen.font.replace(/^\S+/, "13px");
    pen.textAlign = "left";
    pen.textBaseline = "middle";
    pen.fillText(`layer ${i + 1}: ${degrees(angle)}`, 28, row);
    if (!Number.isFinite(angle)) return;
    drawArrow(pen, disc, angle, length, colour, dashOf(i + 1, depth), i + 1 === layer ? 3.5 : 2);
    drawNumber(pen, disc, angle, length, String(i + 1), colour, c);
  });
}

/** @param {CanvasRenderingContext2D} pen @param {Disc} disc @param {number} angle @param {number} length @param {string} text @param {string} colour @param {Colours} c */
function drawNumber(pen, { x, y, r }, angle, length, text, colour, c) {
  const turn = (angle * Math.PI) / 180, place = /** @type {const} */ ([x + length * r * Math.cos(turn), y - length * r * Math.sin(turn)]);
  pen.beginPath();
  pen.arc(...place, 9, 0, 2 * Math.PI);
  pen.fillStyle = c.paper;
  pen.strokeStyle = colour;
  pen.lineWidth = 2;
  pen.fill();
  pen.stroke();
  pen.fillStyle = c.ink;
  pen.font = pen.font.replace(/^\S+/, "12px");
  pen.textAlign = "center";
  pen.fillText(text, place[0], place[1] + 0.5);
}

/** @param {CanvasRenderingContext2D} pen @param {Disc} disc @param {number} angle in degrees @param {number} length share of the radius @param {string} colour @param {number[]} dash @param {number} [thick] */
function drawArrow(pen, { x, y, r }, angle, length, colour, dash, thick = 2.5) {
  pen.save();
  pen.translate(x, y);
  pen.rotate((-angle * Math.PI) / 180);
  pen.strokeStyle = pen.fillStyle = colour;
  pen.lineWidth = thick;
  pen.setLineDash(dash);
  pen.beginPath();
  pen.moveTo(0, 0);
  pen.lineTo(length * r - 9, 0);
  pen.stroke();
  pen.beginPath();
  pen.moveTo(length * r, 0);
  pen.lineTo(length * r - 11, -5);
  pen.lineTo(length * r - 11, 5);
  pen.fill();
  pen.restore();
}
