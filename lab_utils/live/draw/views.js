// The canvases of the look into the network: all maps of a layer, one map enlarged, what a place sees, and the filter.

import { arrow, format, position, surface } from "../../web/ui.js";
import { peakOf } from "../shared/sheet.js";
import { windowOf } from "./explain.js";
import { graySheet, mapSheet, range, twoSided } from "./maps.js";

/** @typedef {import("../../web/ui.js").Colours} Colours */
/** @typedef {import("./inspection.js").Inspection} Inspection */
/** @typedef {{columns: number, wide: number, tall: number}} Tiles */

/** All maps of the chosen layer; a press or an arrow key chooses one. @param {Inspection} view @param {() => void} changed */
export function mapGrid(view, changed) {
  const { element, canvas, redraw } = surface({
    label: "Maps of this layer",
    role: "slider",
    height: (width) => {
      if (!view.ready) return 60;
      const { columns, tall } = tiles(view, width);
      return Math.ceil(view.extent[2] / columns) * tall;
    },
    draw: (pen, width, _, c) => view.ready && drawGrid(pen, view, tiles(view, width), c),
  });
  canvas.tabIndex = 0;
  /** @param {number} map */
  const choose = (map) => {
    view.chooseMap(map);
    changed();
  };
  canvas.addEventListener("pointerdown", (event) => {
    const at = position(canvas, event);
    const { columns, wide, tall } = tiles(view, element.clientWidth);
    const column = Math.floor(at.x / wide);
    if (column < columns) choose(Math.floor(at.y / tall) * columns + column);
  });
  onArrow(canvas, (by) => choose(view.map + by.x + by.y * tiles(view, element.clientWidth).columns));
  return { element, show: () => (speakMap(canvas, view), redraw()) };
}

/** How the maps stand in the grid. @param {Inspection} view @param {number} width @returns {Tiles} */
function tiles(view, width) {
  const [height, wide, depth] = view.extent;
  const most = width < 480 ? Math.min(12, Math.max(8, Math.ceil(depth / 10))) : depth <= 10 ? 10 : 16;
  const columns = Math.min(depth, most);
  const tile = Math.min(width / columns, 68);
  return { columns, wide: tile, tall: tile * (wide > 0 ? height / wide : 1) };
}

/** The grid as a slider to a screen reader: which map of how many. @param {HTMLCanvasElement} canvas @param {Inspection} view */
function speakMap(canvas, view) {
  const { values } = view;
  const text = `${view.title}, values from ${format(Math.min(...values))} to ${format(Math.max(...values))}`;
  for (const [key, value] of Object.entries({ valuemin: 1, valuemax: view.extent[2], valuenow: view.map + 1, valuetext: text })) {
    canvas.setAttribute(`aria-${key}`, String(value));
  }
}

/** @param {CanvasRenderingContext2D} pen @param {Inspection} view @param {Tiles} grid @param {Colours} c */
function drawGrid(pen, view, grid, c) {
  const depth = view.extent[2];
  const sheet = mapSheet(view.output, range(depth), grid.columns, peakOf(view.output.data), twoSided(c));
  spread(pen, sheet, depth, grid, 1);
  for (let i = 0; i < depth; i++) {
    const left = (i % grid.columns) * grid.wide, top = Math.floor(i / grid.columns) * grid.tall;
    pen.strokeStyle = i === view.map ? c.orange : c.grid;
    pen.lineWidth = i === view.map ? 3 : 1;
    pen.strokeRect(left + 1.5, top + 1.5, grid.wide - 3, grid.tall - 3);
  }
}

/**
 * Lays the maps of a sheet out as tiles, a gap around each.
 * @param {CanvasRenderingContext2D} pen @param {HTMLCanvasElement} sheet @param {number} count @param {Tiles} grid @param {number} gap
 */
function spread(pen, sheet, count, { columns, wide, tall }, gap) {
  const width = sheet.width / columns, height = sheet.height / Math.ceil(count / columns);
  pen.imageSmoothingEnabled = false;
  for (let i = 0; i < count; i++) {
    const left = i % columns, top = Math.floor(i / columns);
    pen.drawImage(sheet, left * width, top * height, width, height, left * wide + gap, top * tall + gap, wide - 2 * gap, tall - 2 * gap);
  }
}

/** The chosen map, large; pointer and arrow keys choose a place in it. @param {Inspection} view @param {() => void} changed */
export function largeMap(view, changed) {
  const large = surface({
    label: "The chosen map, enlarged. Arrow keys move the place.",
    role: "application",
    height: (width) => width,
    draw: (pen, width, _, c) => view.ready && drawLarge(pen, view, width, c),
  });
  large.canvas.tabIndex = 0;
  /** @param {number} y @param {number} x */
  const moveTo = (y, x) => {
    view.moveTo(y, x);
    changed();
  };
  /** @param {PointerEvent} event */
  const point = (event) => {
    const at = position(large.canvas, event);
    const cell = cellOf(view, large.element.clientWidth);
    moveTo(Math.floor(at.y / cell), Math.floor(at.x / cell));
  };
  large.canvas.addEventListener("pointermove", point);
  large.canvas.addEventListener("pointerdown", point);
  onArrow(large.canvas, (by) => moveTo(view.y + by.y, view.x + by.x));
  return large;
}

/** Side of one number of the enlarged map. @param {Inspection} view @param {number} width */
function cellOf(view, width) {
  return width / Math.max(view.extent[0], view.extent[1]);
}

/** @param {CanvasRenderingContext2D} pen @param {Inspection} view @param {number} width @param {Colours} c */
function drawLarge(pen, view, width, c) {
  const [height, wide] = view.extent;
  const cell = cellOf(view, width);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(mapSheet(view.output, [view.map], 1, peakOf(view.output.data), twoSided(c)), 0, 0, wide * cell, height * cell);
  pen.strokeStyle = c.grid;
  pen.lineWidth = 1;
  pen.strokeRect(0.5, 0.5, wide * cell - 1, height * cell - 1);
  mark(pen, view.x * cell, view.y * cell, cell, cell, c);
}

/** The input with a frame around what the place sees. @param {Inspection} view */
export function seenInput(view) {
  return surface({
    label: "The input, with the window that this place sees",
    height: (width) => width,
    draw: (pen, width, _, c) => view.ready && drawSeen(pen, view, width, c),
  });
}

/** @param {CanvasRenderingContext2D} pen @param {Inspection} view @param {number} width @param {Colours} c */
function drawSeen(pen, { layers, index, pixels, side, window }, width, c) {
  // Room for a window that hangs over the edge, where the padding is: as much as this layer's corner needs.
  const corner = windowOf(layers, index, 0, 0);
  const margin = 1.5 + (corner ? Math.max(0, -corner.top, -corner.left) : 0);
  const cell = width / (side + 2 * margin);
  pen.imageSmoothingEnabled = false;
  pen.fillStyle = c.panel;
  pen.fillRect(0, 0, width, width);
  pen.drawImage(graySheet(pixels, side, side), margin * cell, margin * cell, side * cell, side * cell);
  const box = window || { top: 0, left: 0, height: side, width: side };
  mark(pen, (box.left + margin) * cell, (box.top + margin) * cell, box.width * cell, box.height * cell, c);
}

/** A frame that shows on light and on dark. @param {CanvasRenderingContext2D} pen @param {number} x @param {number} y @param {number} width @param {number} height @param {Colours} c */
function mark(pen, x, y, width, height, c) {
  pen.strokeStyle = c.paper;
  pen.lineWidth = 4;
  pen.strokeRect(x, y, width, height);
  pen.strokeStyle = c.orange;
  pen.lineWidth = 2.5;
  pen.strokeRect(x, y, width, height);
}

/** The weights of the chosen map's filter, slice by slice; blank for a layer without filters. @param {Inspection} view */
export function filterSlices(view) {
  return surface({
    label: "The weights of this map's filter",
    class: "lab-filter",
    height: (width) => width,
    draw: (pen, width, _, c) => view.layer.kind === "conv" && drawFilter(pen, filterOf(view), width, c),
  });
}

/** The filter as a map: channels last, one per slice. @param {Inspection} view @returns {import("../shared/nn.js").Tensor} */
function filterOf({ layer, map }) {
  const [, count, height, width] = layer.weight.shape;
  const area = height * width;
  const weights = layer.weight.data.subarray(map * count * area, (map + 1) * count * area);
  const data = Float32Array.from(weights, (_, i) => weights[(i % count) * area + Math.floor(i / count)]);
  return { data, shape: [height, width, count] };
}

/** @param {CanvasRenderingContext2D} pen @param {import("../shared/nn.js").Tensor} filter @param {number} side @param {Colours} c */
function drawFilter(pen, filter, side, c) {
  const count = filter.shape[2];
  const columns = Math.ceil(Math.sqrt(count));
  const sheet = mapSheet(filter, range(count), columns, peakOf(filter.data), twoSided(c));
  spread(pen, sheet, count, { columns, wide: side / columns, tall: side / columns }, count === 1 ? 0 : 1.5);
  if (count === 1) drawWeights(pen, filter, side, c);
}

/** Each weight of a single slice in figures, on a plate of paper. @param {CanvasRenderingContext2D} pen @param {import("../shared/nn.js").Tensor} filter @param {number} side @param {Colours} c */
function drawWeights(pen, { data, shape: [height, width] }, side, c) {
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  data.forEach((weight, i) => {
    const x = ((i % width) + 0.5) * (side / width), y = (Math.floor(i / width) + 0.5) * (side / height);
    const text = format(weight);
    const wide = pen.measureText(text).width + 6;
    pen.globalAlpha = 0.82;
    pen.fillStyle = c.paper;
    pen.fillRect(x - wide / 2, y - 9, wide, 18);
    pen.globalAlpha = 1;
    pen.fillStyle = c.ink;
    pen.fillText(text, x, y + 1);
  });
}

/** @param {HTMLCanvasElement} canvas @param {(by: {x: number, y: number}) => void} run */
function onArrow(canvas, run) {
  canvas.addEventListener("keydown", (event) => {
    const by = arrow(event);
    if (!by) return;
    event.preventDefault();
    run(by);
  });
}
