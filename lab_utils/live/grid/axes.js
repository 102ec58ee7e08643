// Charts as SVG: sharp on every screen, coloured by the page's own palette, readable by tests and by paper.

import { element, onFrame } from "../../web/ui.js";

const SVG = "http://www.w3.org/2000/svg";
const LETTER = 7; // px: about the width of a figure at the size of the labels

/** @typedef {{left: number, right: number, top: number, bottom: number}} Box inside of the axes, in px */
/** @typedef {(value: number) => number} Scale */

/** An SVG element. @param {string} tag @param {Record<string, string | number>} [attributes] @param {...(Node | string)} children */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, typeof value === "number" ? String(round(value)) : value);
  node.append(...children);
  return node;
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 100) / 100;
}

/** A linear scale from [low, high] to [start, end]. @param {number} low @param {number} high @param {number} start @param {number} end @returns {Scale} */
export function linear(low, high, start, end) {
  return (value) => start + ((value - low) / (high - low)) * (end - start);
}

/** A logarithmic scale; for one value alone the middle. @param {number} low @param {number} high @param {number} start @param {number} end @returns {Scale} */
export function logarithmic(low, high, start, end) {
  const span = Math.log(high / low);
  return (value) => (span > 0 ? start + (Math.log(value / low) / span) * (end - start) : (start + end) / 2);
}

/** Round numbers from low to high, about `count` of them. @param {number} low @param {number} high @param {number} count */
export function ticks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(6)));
}

/** 1, 3, 10, 30, … from low to high. @param {number} low @param {number} high */
export function logTicks(low, high) {
  const powers = Array.from({ length: 13 }, (_, i) => 10 ** (i - 4)).flatMap((p) => [p, 3 * p]);
  return powers.filter((value) => value >= low * 0.999 && value <= high * 1.001);
}

/**
 * Rules, tick labels and names of two axes.
 * @param {Box} box
 * @param {{scale: Scale, ticks: number[], name: string}} x @param {{scale: Scale, ticks: number[], name: string}} y
 * @param {(value: number) => string} [show]
 */
export function axes(box, x, y, show = String) {
  const group = svg("g", { class: "lab-axes" });
  for (const value of y.ticks) {
    const at = y.scale(value);
    group.append(svg("line", { class: "lab-rule", x1: box.left, x2: box.right, y1: at, y2: at }));
    group.append(svg("text", { x: box.left - 6, y: at + 4, "text-anchor": "end" }, show(value)));
  }
  for (const value of x.ticks) {
    const at = x.scale(value);
    group.append(svg("line", { class: "lab-tick", x1: at, x2: at, y1: box.bottom, y2: box.bottom + 4 }));
    group.append(svg("text", { x: at, y: box.bottom + 17, "text-anchor": "middle" }, show(value)));
  }
  group.append(svg("line", { class: "lab-tick", x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom }));
  group.append(svg("text", { x: box.right, y: box.bottom + 34, "text-anchor": "end" }, x.name));
  group.append(svg("text", { x: box.left - LETTER * 4, y: box.top - 9 }, y.name));
  return group;
}

/** A polyline's points. @param {number[][]} points */
export function path(points) {
  return points.map(([x, y]) => `${round(x)},${round(y)}`).join(" ");
}

/**
 * A chart that is drawn anew when asked or when its width changes.
 * @param {{height: number, draw: (width: number) => {label: string, parts: Node[]}}} options
 */
export function chart({ height, draw }) {
  const picture = /** @type {SVGSVGElement} */ (svg("svg", { class: "lab-chart", role: "img", height }));
  const box = element("div", { class: "lab-surface" }, picture);
  const paint = () => {
    const width = box.clientWidth;
    if (!width) return;
    const { label, parts } = draw(width);
    picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    picture.setAttribute("aria-label", label);
    picture.replaceChildren(...parts);
  };
  const redraw = onFrame(paint);
  new ResizeObserver(redraw).observe(box);
  return { element: box, picture, redraw };
}
