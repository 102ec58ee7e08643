// Inside the network: all layers as cards, all maps of one layer, one map enlarged, and where a number of it comes from.

import { arrow, colours, element, format, onTheme, position, surface } from "../web/ui.js";
import { account, windowOf } from "./explain.js";
import { extent, graySheet, mapSheet, peakOf, twoSided } from "./maps.js";

const KINDS = {
  conv: "convolution", conv_transpose: "transposed convolution", batch_norm: "batch norm", layer_norm: "layer norm", relu: "ReLU",
  max_pool: "max pooling", avg_pool: "average pooling", linear: "linear",
};

/**
 * @param {{layers: any[], classes: string[], name: string}} options name: a page-unique name for the radio group
 */
export function explorer({ layers, classes, name }) {
  const state = { layer: 0, map: 0, y: 10, x: 10 };
  /** @type {{steps: import("./nn.js").Step[], pixels: Float32Array, side: number} | null} */
  let now = null;
  /** @type {Uint8ClampedArray | null} */
  let table = null;
  const heading = element("p", { class: "lab-title" });
  const legend = element("p", { class: "lab-note lab-legend" }, element("b", { text: "orange" }), " negative · ", element("b", { text: "blue" }), " positive");
  const cards = element("fieldset", { class: "lab-cards" }, element("legend", { class: "lab-hidden", text: "Layer to look into" }));
  /** @type {HTMLCanvasElement[]} */
  const thumbs = [];
  layers.forEach((layer, i) => {
    if (layer.kind === "flatten") return; // the same numbers in one row
    const input = element("input", { type: "radio", name, value: i });
    input.checked = i === state.layer;
    input.addEventListener("change", () => {
      state.layer = i;
      state.map = strongest(i);
      startPlace();
      redraw();
    });
    const thumb = element("canvas", { class: "lab-thumb", "aria-hidden": "true" });
    thumbs[i] = thumb;
    cards.append(element("label", { class: `lab-card lab-${layer.kind}` }, input, thumb, element("span", { text: layer.name })));
  });

  const grid = surface({
    label: "Maps of this layer",
    role: "slider",
    height: (width) => (now ? tiles(width).rows * tiles(width).tall : 60),
    draw: drawGrid,
  });
  grid.canvas.tabIndex = 0;
  const large = surface({ label: "The chosen map, enlarged. Arrow keys move the place.", role: "application", height: (width) => width, draw: drawLarge });
  large.canvas.tabIndex = 0;
  const seen = surface({ label: "The input, with the window that this place sees", height: (width) => width, draw: drawSeen });
  const filter = surface({ label: "The weights of this map's filter", height: (width) => width, draw: drawFilter, class: "lab-filter" });
  const mapTitle = element("p", { class: "lab-title" });
  const seenTitle = element("p", { class: "lab-title", text: "What it sees" });
  const filterTitle = element("p", { class: "lab-title" });
  const sum = element("div", { class: "lab-account" });
  const filterBox = element("div", { class: "lab-filter-box" }, filterTitle, filter.element);
  const inspector = element("div", { class: "lab-inspector" },
    element("div", {}, mapTitle, large.element),
    element("div", {}, seenTitle, seen.element),
    filterBox,
    element("div", { class: "lab-why lab-panel" }, sum));

  onTheme(() => {
    table = null;
    redraw();
  });

  const step = () => /** @type {any} */ (now).steps[state.layer];
  const colour = () => (table ??= twoSided(colours(heading)));

  /** The map that varies most from place to place; of a vector, the largest number. @param {number} layer */
  function strongest(layer) {
    if (!now) return 0;
    const map = now.steps[layer].output;
    const [height, width, depth] = extent(map);
    const n = height * width;
    const sums = new Float64Array(depth), squares = new Float64Array(depth);
    for (let i = 0; i < map.data.length; i++) {
      sums[i % depth] += map.data[i];
      squares[i % depth] += map.data[i] ** 2;
    }
    const score = n === 1 ? sums : squares.map((v, i) => v / n - (sums[i] / n) ** 2);
    return score.indexOf(Math.max(...score));
  }

  /** Starts where the chosen map is strongest. */
  function startPlace() {
    const map = step().output;
    const [, width, depth] = extent(map);
    let best = -1;
    for (let i = state.map; i < map.data.length; i += depth) {
      const strength = Math.abs(map.data[i]);
      if (strength <= best) continue;
      best = strength;
      const place = (i - state.map) / depth;
      [state.y, state.x] = [Math.floor(place / width), place % width];
    }
  }

  /** How the maps of this layer stand in the grid. @param {number} width */
  function tiles(width) {
    const [height, wide, depth] = extent(step().output);
    const columns = Math.min(depth, width < 480 ? Math.min(12, Math.max(8, Math.ceil(depth / 10))) : depth <= 10 ? 10 : 16);
    const tile = Math.min(width / columns, 68);
    return { columns, rows: Math.ceil(depth / columns), wide: tile, tall: tile * (wide > 0 ? height / wide : 1) };
  }

  /** @param {CanvasRenderingContext2D} pen @param {number} width @param {number} _ @param {any} c */
  function drawGrid(pen, width, _, c) {
    if (!now) return;
    const map = step().output;
    const [height, wide, depth] = extent(map);
    const { columns, wide: tile, tall } = tiles(width);
    const picture = mapSheet(map, Array.from({ length: depth }, (_v, i) => i), columns, peakOf(map.data), colour());
    pen.imageSmoothingEnabled = false;
    for (let i = 0; i < depth; i++) {
      const left = i % columns, top = Math.floor(i / columns);
      pen.drawImage(picture, left * wide, top * height, wide, height, left * tile + 1, top * tall + 1, tile - 2, tall - 2);
      pen.strokeStyle = i === state.map ? c.orange : c.grid;
      pen.lineWidth = i === state.map ? 3 : 1;
      pen.strokeRect(left * tile + 1.5, top * tall + 1.5, tile - 3, tall - 3);
    }
  }

  /** @param {CanvasRenderingContext2D} pen @param {number} width @param {number} _ @param {any} c */
  function drawLarge(pen, width, _, c) {
    if (!now) return;
    const map = step().output;
    const [height, wide] = extent(map);
    const cell = width / Math.max(height, wide);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(mapSheet(map, [state.map], 1, peakOf(map.data), colour()), 0, 0, wide * cell, height * cell);
    pen.strokeStyle = c.grid;
    pen.lineWidth = 1;
    pen.strokeRect(0.5, 0.5, wide * cell - 1, height * cell - 1);
    mark(pen, state.x * cell, state.y * cell, cell, cell, c);
  }

  /** @param {CanvasRenderingContext2D} pen @param {number} width @param {number} _ @param {any} c */
  function drawSeen(pen, width, _, c) {
    if (!now) return;
    const { side } = now;
    const field = windowOf(layers, state.layer, state.y, state.x);
    // Room for a window that hangs over the edge, where the padding is: as much as this layer's corner needs.
    const corner = windowOf(layers, state.layer, 0, 0);
    const margin = 1.5 + (corner ? Math.max(0, -corner.top, -corner.left) : 0);
    const cell = width / (side + 2 * margin);
    pen.imageSmoothingEnabled = false;
    pen.fillStyle = c.panel;
    pen.fillRect(0, 0, width, width);
    pen.drawImage(graySheet(now.pixels, side, side), margin * cell, margin * cell, side * cell, side * cell);
    const box = field || { top: 0, left: 0, height: side, width: side };
    mark(pen, (box.left + margin) * cell, (box.top + margin) * cell, box.width * cell, box.height * cell, c);
  }

  /** @param {CanvasRenderingContext2D} pen @param {number} x @param {number} y @param {number} w @param {number} h @param {any} c */
  function mark(pen, x, y, w, h, c) {
    pen.strokeStyle = c.paper;
    pen.lineWidth = 4;
    pen.strokeRect(x, y, w, h);
    pen.strokeStyle = c.orange;
    pen.lineWidth = 2.5;
    pen.strokeRect(x, y, w, h);
  }

  /** @param {CanvasRenderingContext2D} pen @param {number} width @param {number} _ @param {any} c */
  function drawFilter(pen, width, _, c) {
    const layer = layers[state.layer];
    if (layer.kind !== "conv") return;
    const [, count, kh, kw] = layer.weight.shape;
    const size = count * kh * kw;
    const weights = layer.weight.data.subarray(state.map * size, (state.map + 1) * size);
    // Channels last, as mapSheet expects.
    const data = new Float32Array(size);
    for (let i = 0; i < count; i++) for (let k = 0; k < kh * kw; k++) data[k * count + i] = weights[i * kh * kw + k];
    const map = { data, shape: [kh, kw, count] };
    const columns = Math.ceil(Math.sqrt(count));
    const tile = width / columns;
    const picture = mapSheet(map, Array.from({ length: count }, (_v, i) => i), columns, peakOf(data), colour());
    pen.imageSmoothingEnabled = false;
    const gap = count === 1 ? 0 : 1.5;
    for (let i = 0; i < count; i++) {
      const left = i % columns, top = Math.floor(i / columns);
      pen.drawImage(picture, left * kw, top * kh, kw, kh, left * tile + gap, top * tile + gap, tile - 2 * gap, tile - 2 * gap);
    }
    if (count > 1) return;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.font = `14px ${getComputedStyle(filter.canvas).fontFamily}`;
    for (let i = 0; i < size; i++) {
      const x = ((i % kw) + 0.5) * (tile / kw), y = (Math.floor(i / kw) + 0.5) * (tile / kh);
      const text = format(weights[i]);
      const wide = pen.measureText(text).width + 6;
      pen.globalAlpha = 0.82;
      pen.fillStyle = c.paper;
      pen.fillRect(x - wide / 2, y - 9, wide, 18);
      pen.globalAlpha = 1;
      pen.fillStyle = c.ink;
      pen.fillText(text, x, y + 1);
    }
  }

  function drawWords() {
    if (!now) return;
    const layer = layers[state.layer];
    const { input, output } = step();
    const [height, width, depth] = extent(output);
    const vector = output.shape.length === 1;
    heading.textContent = vector
      ? `${layer.name}: ${KINDS[/** @type {keyof typeof KINDS} */ (layer.kind)]}, ${depth} numbers`
      : `${layer.name}: ${KINDS[/** @type {keyof typeof KINDS} */ (layer.kind)]}, ${depth} maps of ${height} × ${width}`;
    const last = state.layer === layers.length - 1;
    const one = vector ? "Unit" : "Map";
    mapTitle.textContent = `${one} ${state.map + 1} of ${depth}${last && classes[state.map] ? ` (${classes[state.map]})` : ""}`;
    const field = windowOf(layers, state.layer, state.y, state.x);
    seenTitle.textContent = field ? `Sees ${field.height} × ${field.width} inputs` : "Sees the whole input";
    const canvas = grid.canvas;
    const values = [];
    for (let i = state.map; i < output.data.length; i += depth) values.push(output.data[i]);
    const text = `${mapTitle.textContent}, values from ${format(Math.min(...values))} to ${format(Math.max(...values))}`;
    for (const [key, value] of Object.entries({ valuemin: 1, valuemax: depth, valuenow: state.map + 1, valuetext: text })) {
      canvas.setAttribute(`aria-${key}`, String(value));
    }
    sumWords(account(layer, input, output, state.map, state.y, state.x), vector);
    filterBox.hidden = layer.kind !== "conv";
    inspector.classList.toggle("lab-with-filter", layer.kind === "conv");
    filterTitle.textContent = layer.kind === "conv" && layer.weight.shape[1] > 1 ? `Its filter: ${layer.weight.shape[1]} slices` : "Its filter";
  }

  /** @param {import("./explain.js").Account} why @param {boolean} vector */
  function sumWords(why, vector) {
    const where = vector ? "Its value" : `Row ${state.y + 1}, column ${state.x + 1}`;
    const signed = (/** @type {number} */ v) => (v < 0 ? `(${format(v)})` : format(v));
    const line = element("p", { class: "lab-terms" });
    (why.products || []).forEach((p, i) => line.append(element("span", { class: p.value === 0 ? "lab-term lab-padded" : "lab-term", text: `${i ? "+ " : ""}${format(p.value)}·${signed(p.weight)}` }), " "));
    (why.shares || []).slice(0, 4).forEach((s) => line.append(element("span", { class: "lab-term", text: `map ${s.channel + 1}: ${s.share > 0 ? "+" : ""}${format(s.share)}` }), ", "));
    if (why.shares) {
      const rest = why.shares.slice(4).reduce((a, b) => a + b.share, 0);
      line.append(element("span", { class: "lab-term", text: `the others: ${rest > 0 ? "+" : ""}${format(rest)} ` }));
    }
    if (why.bias !== undefined) line.append(element("span", { class: "lab-term", text: `${why.bias < 0 ? "−" : "+"} ${format(Math.abs(why.bias), 3)} (bias) ` }));
    line.append(element("strong", { text: `= ${format(why.total, 3)}` }));
    sum.replaceChildren(element("p", { class: "lab-title", text: where }), element("p", { class: "lab-note", text: why.words }), line);
  }

  function drawThumbs() {
    if (!now) return;
    for (const [key, thumb] of Object.entries(thumbs)) {
      const map = now.steps[Number(key)].output;
      const depth = extent(map)[2];
      const vector = map.shape.length === 1;
      const picture = vector
        ? mapSheet(map, Array.from({ length: depth }, (_v, i) => i), Math.ceil(Math.sqrt(depth)), peakOf(map.data), colour())
        : mapSheet(map, [strongest(Number(key))], 1, peakOf(map.data), colour());
      thumb.width = picture.width;
      thumb.height = picture.height;
      /** @type {CanvasRenderingContext2D} */ (thumb.getContext("2d")).drawImage(picture, 0, 0);
    }
  }

  function redraw() {
    if (!now) return;
    const [height, width, depth] = extent(step().output);
    state.map = Math.min(state.map, depth - 1);
    state.y = Math.min(state.y, height - 1);
    state.x = Math.min(state.x, width - 1);
    drawThumbs();
    drawWords();
    for (const part of [grid, large, seen, filter]) part.redraw();
  }

  grid.canvas.addEventListener("pointerdown", (event) => {
    const at = position(grid.canvas, event);
    const { columns, wide, tall } = tiles(grid.element.clientWidth);
    const column = Math.floor(at.x / wide);
    if (column < columns) pick(Math.floor(at.y / tall) * columns + column);
  });
  grid.canvas.addEventListener("keydown", (event) => {
    const by = arrow(event);
    if (!by) return;
    event.preventDefault();
    pick(state.map + by.x + by.y * tiles(grid.element.clientWidth).columns);
  });

  /** @param {number} map */
  function pick(map) {
    if (map < 0 || map >= extent(step().output)[2]) return;
    state.map = map;
    redraw();
  }

  /** @param {number} y @param {number} x */
  function place(y, x) {
    const [height, width] = extent(step().output);
    state.y = Math.max(0, Math.min(height - 1, y));
    state.x = Math.max(0, Math.min(width - 1, x));
    redraw();
  }

  /** @param {PointerEvent} event */
  function point(event) {
    const at = position(large.canvas, event);
    const [height, width] = extent(step().output);
    const cell = large.element.clientWidth / Math.max(height, width);
    place(Math.floor(at.y / cell), Math.floor(at.x / cell));
  }
  large.canvas.addEventListener("pointermove", point);
  large.canvas.addEventListener("pointerdown", point);
  large.canvas.addEventListener("keydown", (event) => {
    const by = arrow(event);
    if (!by) return;
    event.preventDefault();
    place(state.y + by.y, state.x + by.x);
  });

  return {
    element: element("div", { class: "lab-explorer" }, cards, element("div", { class: "lab-explorer-head" }, heading, legend), grid.element, inspector),
    /** @param {import("./nn.js").Step[]} steps @param {Float32Array} pixels @param {number} side */
    show(steps, pixels, side) {
      const first = now === null;
      now = { steps, pixels, side };
      if (first) {
        state.map = strongest(state.layer);
        startPlace();
      }
      redraw();
    },
  };
}
