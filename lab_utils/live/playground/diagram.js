// The network as a picture: what each unit says of the whole plane, and the weights between them as lines.

import { surface } from "../../web/ui.js";
import { SIDE } from "./model.js";
import { leaning, paintSheet, valueSheet } from "./paint.js";

/** @typedef {import("./model.js").PlaygroundModel} Model */
/** @typedef {import("../../web/ui.js").Colours} Colours */
/** @typedef {{layer: number, index: number}} Unit layer 0 is the input */
/** @typedef {ReturnType<typeof valueSheet>} Sheet */
/** @typedef {ReturnType<typeof diagramLayout>} DiagramLayout */

const SKIP = 2; // every second place is enough for a small map
const SMALL = (SIDE - 1) / SKIP + 1;
const HEAD = 24;

/** Where the maps stand. @param {number[]} widths @param {number} width of the canvas */
export function diagramLayout(widths, width) {
  const size = width < 480 ? 30 : 38, pitch = size + (width < 480 ? 6 : 8);
  const tall = Math.max(3, ...widths) * pitch;
  const step = (width - size) / (widths.length - 1);
  return {
    size,
    height: HEAD + tall + 2,
    /** @param {number} layer @param {number} index */
    place: (layer, index) => ({ x: layer * step, y: HEAD + (tall - widths[layer] * pitch) / 2 + index * pitch + (pitch - size) / 2 }),
  };
}

/** @param {number[]} widths @param {number} width @param {{x: number, y: number}} at @returns {Unit | null} */
export function unitAt(widths, width, at) {
  const { size, place } = diagramLayout(widths, width);
  for (let layer = 0; layer < widths.length; layer++) {
    for (let index = 0; index < widths[layer]; index++) {
      const { x, y } = place(layer, index);
      if (at.x >= x - 3 && at.x <= x + size + 3 && at.y >= y - 3 && at.y <= y + size + 3) return { layer, index };
    }
  }
  return null;
}

/** Colour value of a small map's places: the output as the answer, a unit against its own largest value. @param {Model} model @param {number} layer @param {number} index */
function unitValues({ grid, net }, layer, index) {
  const width = net.widths[layer], last = net.layers.length;
  const place = (/** @type {number} */ i) => Math.floor(i / SMALL) * SKIP * SIDE + (i % SMALL) * SKIP;
  if (layer === last) return (/** @type {number} */ i) => leaning(grid.z[last][place(i)]);
  const h = grid.h[layer];
  let most = 1e-12;
  for (let i = 0; i < SMALL * SMALL; i++) most = Math.max(most, Math.abs(h[place(i) * width + index]));
  return (/** @type {number} */ i) => h[place(i) * width + index] / most;
}

/** @param {Model} model @param {{unit: Unit | null}} view @param {() => number} shownLayer */
export function networkDiagram(model, view, shownLayer) {
  const sheet = valueSheet(SMALL);
  const stage = surface({
    label: "Network: the map of every unit over the input plane. Arrow keys choose a unit, Escape lets it go.",
    role: "application",
    class: "lab-play-network",
    height: (width) => diagramLayout(model.net.widths, width).height,
    draw: (pen, width, _, c) => {
      const layout = diagramLayout(model.net.widths, width);
      drawWeights(pen, model, layout, c, view.unit);
      const dead = model.net.widths.map((_, layer) => (layer && layer < model.net.layers.length ? model.deadUnits(layer) : []));
      model.net.widths.forEach((count, layer) => {
        drawHead(pen, model, layout, layer, width, c, layer === shownLayer());
        for (let index = 0; index < count; index++) drawUnit(pen, model, sheet, layout, { layer, index }, c, view.unit, dead[layer].includes(index));
      });
    },
  });
  stage.canvas.tabIndex = 0;
  return stage;
}

/** @param {CanvasRenderingContext2D} pen @param {Model} model @param {DiagramLayout} layout @param {number} layer @param {number} width @param {Colours} c @param {boolean} shown */
function drawHead(pen, { net }, { size, place }, layer, width, c, shown) {
  const last = net.layers.length, short = width < 480 && last > 3;
  const name = layer === 0 ? "input" : layer === last ? "output" : short ? `${layer}` : `layer ${layer}`;
  pen.font = pen.font.replace(/^(bold )?\d+px/, shown ? "bold 13px" : "13px");
  pen.fillStyle = shown ? c.ink : c.muted;
  pen.textAlign = layer === 0 ? "left" : layer === last ? "right" : "center";
  const { x } = place(layer, 0);
  pen.fillText(name, layer === 0 ? 0 : layer === last ? x + size : x + size / 2, 13);
}

/** @param {CanvasRenderingContext2D} pen @param {Model} model @param {Sheet} sheet @param {DiagramLayout} layout @param {Unit} unit @param {Colours} c @param {Unit | null} chosen @param {boolean} dead */
function drawUnit(pen, model, sheet, { size, place }, { layer, index }, c, chosen, dead) {
  const { x, y } = place(layer, index);
  const mine = chosen?.layer === layer && chosen.index === index;
  sheet.fill(unitValues(model, layer, index), c);
  paintSheet(pen, sheet, x, y, size);
  pen.strokeStyle = mine ? c.ink : c.muted;
  pen.lineWidth = mine ? 3 : 1;
  pen.strokeRect(x + 0.5, y + 0.5, size - 1, size - 1);
  if (!dead) return;
  pen.beginPath();
  pen.moveTo(x + 7, y + 7);
  pen.lineTo(x + size - 7, y + size - 7);
  pen.moveTo(x + size - 7, y + 7);
  pen.lineTo(x + 7, y + size - 7);
  pen.stroke();
}

/** Blue lines for positive weights, orange for negative ones, as wide as they are large. @param {CanvasRenderingContext2D} pen @param {Model} model @param {DiagramLayout} layout @param {Colours} c @param {Unit | null} chosen */
function drawWeights(pen, { net }, { size, place }, c, chosen) {
  net.layers.forEach(({ inputs, outputs, weight }, l) => {
    const values = net.params.subarray(weight, weight + inputs * outputs);
    const most = values.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-12);
    for (let o = 0; o < outputs; o++) {
      for (let i = 0; i < inputs; i++) {
        const value = values[o * inputs + i], share = Math.abs(value) / most;
        const touched = !chosen || (chosen.layer === l && chosen.index === i) || (chosen.layer === l + 1 && chosen.index === o);
        const from = place(l, i), to = place(l + 1, o), y1 = from.y + size / 2, y2 = to.y + size / 2, x1 = from.x + size, bend = (to.x - x1) / 2;
        pen.strokeStyle = value > 0 ? c.blue : c.orange;
        pen.globalAlpha = touched ? 0.25 + 0.65 * share : 0.07;
        pen.lineWidth = 0.4 + 4 * share;
        pen.beginPath();
        pen.moveTo(x1, y1);
        pen.bezierCurveTo(x1 + bend, y1, to.x - bend, y2, to.x, y2);
        pen.stroke();
      }
    }
  });
  pen.globalAlpha = 1;
}
