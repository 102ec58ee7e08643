// How each optimizer looks wherever it stands: a colour, a dash and a shape, so that colour is never the only sign.

import { element } from "../../web/ui.js";

/** @typedef {import("./racing.js").RacerName} RacerName */
/** @typedef {keyof import("../../web/ui.js").Colours} ColourName */
/** @typedef {{label: string, colour: ColourName, dash: number[], shape: number[][]}} Look */

/** A regular polygon or, with a second radius, a star; its first corner at `from` turns. @param {number} corners @param {number} from @param {number} inner */
function polygon(corners, from = -0.25, inner = 1) {
  return Array.from({ length: corners }, (_, i) => {
    const angle = 2 * Math.PI * (from + i / corners), radius = i % 2 ? inner : 1;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
}

const CROSS = [[-0.3, -1], [0.3, -1], [0.3, -0.3], [1, -0.3], [1, 0.3], [0.3, 0.3], [0.3, 1], [-0.3, 1], [-0.3, 0.3], [-1, 0.3], [-1, -0.3], [-0.3, -0.3]];

/** @type {Record<RacerName, Look>} */
export const LOOKS = {
  sgd: { label: "SGD", colour: "ink", dash: [], shape: polygon(20) },
  momentum: { label: "Momentum", colour: "blue", dash: [], shape: polygon(4, -0.125).map(([x, y]) => [1.2 * x, 1.2 * y]) },
  nesterov: { label: "Nesterov", colour: "sky", dash: [9, 4], shape: polygon(4).map(([x, y]) => [1.2 * x, 1.2 * y]) },
  adagrad: { label: "AdaGrad", colour: "ochre", dash: [3, 3], shape: polygon(3, 0.25).map(([x, y]) => [1.2 * x, 1.2 * y]) },
  rmsprop: { label: "RMSProp", colour: "green", dash: [11, 3, 2, 3], shape: polygon(3).map(([x, y]) => [1.2 * x, 1.2 * y]) },
  adam: { label: "Adam", colour: "orange", dash: [], shape: polygon(10, -0.25, 0.5).map(([x, y]) => [1.3 * x, 1.3 * y]) },
  adamw: { label: "AdamW", colour: "pink", dash: [6, 4], shape: CROSS },
};

/** @type {RacerName[]} */
export const NAMES = /** @type {RacerName[]} */ (Object.keys(LOOKS));

/**
 * The shape at a place, filled, or hollow where `hollow`; always with an edge that parts it from what lies below.
 * @param {CanvasRenderingContext2D} pen @param {Look} look @param {import("../../web/ui.js").Colours} c
 * @param {number} x @param {number} y @param {number} radius @param {boolean} hollow
 */
export function drawMark(pen, look, c, x, y, radius, hollow = false) {
  pen.setLineDash([]);
  pen.beginPath();
  look.shape.forEach(([dx, dy], i) => (i ? pen.lineTo(x + radius * dx, y + radius * dy) : pen.moveTo(x + radius * dx, y + radius * dy)));
  pen.closePath();
  pen.strokeStyle = c.paper;
  pen.lineWidth = hollow ? 5 : 3;
  pen.stroke();
  pen.fillStyle = hollow ? c.paper : c[look.colour];
  pen.fill();
  if (!hollow) return;
  pen.strokeStyle = c[look.colour];
  pen.lineWidth = 2;
  pen.stroke();
}

/** @param {string} tag @param {Record<string, any>} attributes */
function svg(tag, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  return node;
}

/** The line and the shape of one optimizer as a small picture for lists; it follows the theme by itself. @param {Look} look */
export function swatch(look) {
  const colour = `var(--lab-${look.colour})`;
  const picture = svg("svg", { viewBox: "0 0 40 16", width: 40, height: 16, "aria-hidden": "true" });
  picture.append(
    svg("line", { x1: 1, x2: 39, y1: 8, y2: 8, stroke: colour, "stroke-width": 2.2, "stroke-dasharray": look.dash.join(" ") || "none" }),
    svg("polygon", { points: look.shape.map(([x, y]) => `${(20 + 5 * x).toFixed(2)},${(8 + 5 * y).toFixed(2)}`).join(" "), fill: colour, stroke: "var(--lab-paper)", "stroke-width": 1.5 }),
  );
  return element("span", { class: "lab-race-swatch" }, picture);
}

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** 10 to a whole power, as printed on an axis. @param {number} power */
export function powerOfTen(power) {
  if (power >= -2 && power <= 3) return String(Number((10 ** power).toPrecision(1)));
  return `10${power < 0 ? "⁻" : ""}${[...String(Math.abs(power))].map((d) => RAISED[Number(d)]).join("")}`;
}

/** A positive number of any size in a few letters: 0.018, 3.2·10⁻⁷. @param {number} value @param {number} digits */
export function compact(value, digits = 2) {
  if (!Number.isFinite(value)) return "not a number";
  if (value === 0) return "0";
  const power = Math.floor(Math.log10(Math.abs(value)));
  if (power >= -4 && power < 4) return String(Number(value.toPrecision(digits))).replace("-", "−");
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
  return `${mantissa.replace("-", "−")}·10${Number(exponent) < 0 ? "⁻" : ""}${[...String(Math.abs(Number(exponent)))].map((d) => RAISED[Number(d)]).join("")}`;
}

/** Thousands with a comma, as the book's prose has them. @param {number} steps */
export function counted(steps) {
  return String(steps).replace(/\B(?=(\d{3})+$)/g, ",");
}
