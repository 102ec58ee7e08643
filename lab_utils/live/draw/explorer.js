// Inside the network: all layers as cards, all maps of one layer, one map enlarged, and where a number of it comes from.

import { element, format, livePalette, product } from "../../web/ui.js";
import { peakOf } from "../shared/sheet.js";
import { Inspection } from "./inspection.js";
import { extent, mapSheet, range, twoSided } from "./maps.js";
import { filterSlices, largeMap, mapGrid, seenInput } from "./views.js";

/** @type {Record<string, string>} */
const KINDS = {
  conv: "convolution", conv_transpose: "transposed convolution", batch_norm: "batch norm", layer_norm: "layer norm", relu: "ReLU",
  max_pool: "max pooling", avg_pool: "average pooling", linear: "linear",
};
const LARGEST_SHARES = 4; // of a number's account that are named; the others are summed

/**
 * @param {{layers: any[], classes: string[], name: string}} options name: a page-unique name for the radio group
 */
export function explorer({ layers, classes, name }) {
  const view = new Inspection(layers, classes);
  const cards = layerCards(view, name, show);
  const heading = element("p", { class: "lab-title" });
  const grid = mapGrid(view, show);
  const inspector = makeInspector(view, show);
  function show() {
    if (!view.ready) return;
    heading.textContent = layerWords(view);
    for (const part of [cards, grid, inspector]) part.show();
  }
  return {
    element: element("div", { class: "lab-explorer" },
      cards.element,
      element("div", { class: "lab-explorer-head" }, heading, legend()),
      grid.element,
      inspector.element),
    /** @param {import("../shared/nn.js").Step[]} steps @param {Float32Array} pixels @param {number} side */
    show(steps, pixels, side) {
      view.see(steps, pixels, side);
      show();
    },
  };
}

function legend() {
  const [minus, plus] = ["orange", "blue"].map((text) => element("b", { text }));
  return element("p", { class: "lab-note lab-legend" }, minus, " negative · ", plus, " positive");
}

/** @param {Inspection} view */
function layerWords({ layer, isVector, extent: [height, width, depth] }) {
  const what = isVector ? `${depth} numbers` : `${depth} maps of ${height} × ${width}`;
  return `${layer.name}: ${KINDS[layer.kind]}, ${what}`;
}

/** A card per layer with a small picture of its answer. @param {Inspection} view @param {string} name @param {() => void} changed */
function layerCards(view, name, changed) {
  const box = element("fieldset", { class: "lab-cards" }, element("legend", { class: "lab-hidden", text: "Layer to look into" }));
  /** @type {{index: number, thumb: HTMLCanvasElement}[]} */
  const cards = [];
  view.layers.forEach((layer, index) => {
    if (layer.kind === "flatten") return; // the same numbers in one row
    const input = element("input", { type: "radio", name, value: index });
    input.checked = index === view.index;
    input.addEventListener("change", () => {
      view.chooseLayer(index);
      changed();
    });
    const thumb = element("canvas", { class: "lab-thumb", "aria-hidden": "true" });
    cards.push({ index, thumb });
    box.append(element("label", { class: `lab-card lab-${layer.kind}` }, input, thumb, element("span", { text: layer.name })));
  });
  function show() {
    if (view.ready) for (const { index, thumb } of cards) drawThumb(thumb, view, index, palette());
  }
  const palette = livePalette(box, show, show);
  return { element: box, show };
}

/** The strongest map of a layer, or all numbers of a vector. @param {HTMLCanvasElement} thumb @param {Inspection} view @param {number} index @param {import("../../web/ui.js").Colours} c */
function drawThumb(thumb, view, index, c) {
  const { output } = view.steps[index];
  const depth = extent(output)[2];
  const [channels, columns] = output.shape.length === 1
    ? [range(depth), Math.ceil(Math.sqrt(depth))]
    : [[view.strongestMap(index)], 1];
  const picture = mapSheet(output, channels, columns, peakOf(output.data), twoSided(c));
  thumb.width = picture.width;
  thumb.height = picture.height;
  /** @type {CanvasRenderingContext2D} */ (thumb.getContext("2d")).drawImage(picture, 0, 0);
}

/** One map, what a place of it sees, its filter, and its account. @param {Inspection} view @param {() => void} changed */
function makeInspector(view, changed) {
  const large = largeMap(view, changed), seen = seenInput(view), filter = filterSlices(view);
  const [mapTitle, seenTitle, filterTitle] = [0, 1, 2].map(() => element("p", { class: "lab-title" }));
  const filterBox = element("div", { class: "lab-filter-box" }, filterTitle, filter.element);
  const sum = element("div", { class: "lab-account" });
  const box = element("div", { class: "lab-inspector" },
    element("div", {}, mapTitle, large.element),
    element("div", {}, seenTitle, seen.element),
    filterBox,
    element("div", { class: "lab-why lab-panel" }, sum));
  return {
    element: box,
    show() {
      const filtered = view.layer.kind === "conv";
      mapTitle.textContent = view.title;
      seenTitle.textContent = view.window ? `Sees ${view.window.height} × ${view.window.width} inputs` : "Sees the whole input";
      filterTitle.textContent = filtered && view.layer.weight.shape[1] > 1 ? `Its filter: ${view.layer.weight.shape[1]} slices` : "Its filter";
      filterBox.hidden = !filtered;
      box.classList.toggle("lab-with-filter", filtered);
      sum.replaceChildren(...accountLines(view));
      for (const part of [large, seen, filter]) part.redraw();
    },
  };
}

/** @param {Inspection} view */
function accountLines({ account: why, isVector, y, x }) {
  const where = isVector ? "Its value" : `Row ${y + 1}, column ${x + 1}`;
  const line = element("p", { class: "lab-terms" }, ...productTerms(why), ...shareTerms(why));
  if (why.bias !== undefined) line.append(term(`${why.bias < 0 ? "−" : "+"} ${format(Math.abs(why.bias), 3)} (bias) `));
  line.append(element("strong", { text: `= ${format(why.total, 3)}` }));
  return [element("p", { class: "lab-title", text: where }), element("p", { class: "lab-note", text: why.words }), line];
}

/** @param {string} text @param {string} [kind] */
function term(text, kind = "") {
  return element("span", { class: `lab-term ${kind}`, text });
}

/** @param {import("./explain.js").Account} why */
function productTerms({ products = [] }) {
  return products.flatMap(({ value, weight }, i) =>
    [term(`${i ? "+ " : ""}${product(value, weight)}`, value === 0 ? "lab-padded" : ""), " "]);
}

/** @param {import("./explain.js").Account} why */
function shareTerms({ shares }) {
  if (!shares) return [];
  const signed = (/** @type {number} */ share) => `${share > 0 ? "+" : ""}${format(share)}`;
  const named = shares.slice(0, LARGEST_SHARES).flatMap(({ channel, share }) => [term(`map ${channel + 1}: ${signed(share)}`), ", "]);
  const rest = shares.slice(LARGEST_SHARES).reduce((sum, { share }) => sum + share, 0);
  return [...named, term(`the others: ${signed(rest)} `)];
}
