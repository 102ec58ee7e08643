// Live figure: draw or upload a picture; the trained network answers while you draw and shows what each layer made of it.

import { announcer, button, choice, element, format, onFrame, slider, uid } from "../../web/ui.js";
import { createNetwork, softmax } from "../shared/nn.js";
import { answerBars, answerClock } from "./answers.js";
import { explorer } from "./explorer.js";
import { graySheet } from "./maps.js";
import { drawingPad } from "./pad.js";
import { photoInput } from "./photo.js";
import { SIDE } from "./picture.js";
import { Sketch } from "./sketch.js";

const WARM_UPS = 20; // answers after which the browser has compiled the loops

/** @typedef {{layers: any[], classes: string[], examples: {data: Uint8Array, shape: number[]}, labels: number[] | null, noun: string}} Data */
/** @typedef {(pixels: Float32Array, source: string) => void} Load */

/**
 * @param {HTMLElement} root
 * @param {Data} data
 */
export function mount(root, data) {
  const network = createNetwork(data.layers);
  const sketch = new Sketch(exampleAt(data, 0), exampleLabel(data, 0));
  const pad = drawingPad(sketch, changed);
  const tools = drawingTools(sketch, changed);
  const bars = answerBars(data.classes);
  const clock = answerClock();
  const inside = explorer({ layers: data.layers, classes: data.classes, name: uid("lab-layer") });
  const speech = announcer();
  const start = startingPoints(root, data, (pixels, source) => {
    sketch.load(pixels, source);
    changed();
  });

  /** From pixels to probabilities. */
  const compute = () => clock.time(() => {
    const { logits, steps } = network.run(sketch.pixels, [SIDE, SIDE, 1]);
    return { logits, steps, probabilities: softmax(logits) };
  });
  const answer = onFrame(() => {
    const { logits, steps, probabilities } = compute();
    const best = bars.show(probabilities);
    inside.show(steps, sketch.pixels, SIDE);
    pad.redraw();
    speech.say(`The network says ${data.classes[best]}, ${Math.round(100 * probabilities[best])} per cent`);
    root.dispatchEvent(new CustomEvent("lab:answer", { bubbles: true, detail: { logits, steps, milliseconds: clock.last() } }));
  });
  function changed() {
    bars.source(sketch.source);
    tools.show();
    answer();
  }

  const answers = element("div", { class: "lab-answer" }, bars.element, clock.element);
  root.append(
    element("div", { class: "lab-draw-top" }, pad.element, answers, tools.element, start.element),
    start.stages, honestNote(data), inside.element, speech.element,
  );
  changed();
  // Off the page's start, one at a time: the reader's first stroke then finds compiled code.
  for (let i = 1; i <= WARM_UPS; i++) setTimeout(compute, 40 * i);
}

/** Brush, eraser, and the buttons for the whole picture. @param {Sketch} sketch @param {() => void} changed */
function drawingTools(sketch, changed) {
  const { brush } = sketch;
  /** @param {string} label @param {() => void} act @param {string} [title] */
  const press = (label, act, title) => button({ label, title, onPress: () => (act(), changed()) });
  const tool = choice({
    label: "Tool", value: "draw",
    options: [{ value: "draw", label: "Draw" }, { value: "erase", label: "Erase" }],
    onChange: (value) => (brush.erase = value === "erase"),
  });
  const size = slider({
    label: "Brush", min: 0.5, max: 4, step: 0.1, value: brush.radius, show: (v) => `${format(2 * v, 1)} px`,
    onInput: (value) => (brush.radius = value),
  });
  const shade = slider({
    label: "Brightness", min: 0.1, max: 1, step: 0.05, value: brush.shade, show: (v) => `${Math.round(100 * v)} %`,
    onInput: (value) => (brush.shade = value),
  });
  const undo = press("Undo", () => sketch.undo());
  const clear = press("Clear", () => sketch.clear());
  const invert = press("Invert", () => sketch.invert(), "Swap dark and light");
  return {
    element: element("div", { class: "lab-controls lab-tools" },
      tool.element,
      element("div", { class: "lab-pair" }, size.element, shade.element),
      element("div", { class: "lab-row lab-buttons" }, clear, undo, invert)),
    show: () => (undo.disabled = !sketch.canUndo),
  };
}

/** Example pictures to start from, and a photo of the reader's own. @param {HTMLElement} root @param {Data} data @param {Load} load */
function startingPoints(root, data, load) {
  const count = data.examples.shape[0];
  const strip = element("div", { class: "lab-strip", role: "group", "aria-label": "Test images" });
  for (let i = 0; i < count; i++) strip.append(exampleButton(data, i, load));
  const photo = photoInput(root, (pixels) => load(pixels, "your photo"));
  const box = element("div", { class: "lab-controls lab-start" },
    element("p", { class: "lab-title", text: count > 1 ? `Start from one of ${count} test images` : "Start from the test image" }),
    strip,
    element("div", { class: "lab-row" },
      photo.button,
      element("span", { class: "lab-note", text: "or drop one on the figure; it stays on your machine" })));
  return { element: box, stages: photo.stages };
}

/** @param {Data} data @param {number} i @param {Load} load */
function exampleButton(data, i, load) {
  const pixels = exampleAt(data, i);
  const label = exampleLabel(data, i);
  const picture = graySheet(pixels, SIDE, SIDE);
  picture.setAttribute("aria-hidden", "true");
  return element("button", {
    type: "button", class: "lab-example", "aria-label": `${i + 1}: ${label}`, title: label,
    on: { click: () => load(pixels, label) },
  }, picture);
}

/** @param {Data} data @param {number} i @returns {Float32Array} */
function exampleAt(data, i) {
  const n = SIDE * SIDE;
  return Float32Array.from(data.examples.data.subarray(i * n, (i + 1) * n), (v) => v / 255);
}

/** @param {Data} data @param {number} i */
function exampleLabel(data, i) {
  return data.labels ? `test image, labelled ${data.classes[data.labels[i]]}` : `test image ${i + 1}`;
}

/** What a number near 100 % does not mean. @param {Data} data */
function honestNote({ classes, noun }) {
  const limits = `The network knows these ${classes.length} classes and nothing else: a cat or an empty pad still gets one of them, sometimes with confidence.`;
  return element("p", {
    class: "lab-note lab-honest",
    text: `${limits} A high number means "rather this class than the others", not "this is a ${noun}".`,
  });
}
