// Live figure: draw or upload a picture; the trained network answers while you draw and shows what each layer made of it.

import { announcer, arrow, button, choice, element, format, onFrame, position, slider, surface, uid } from "../web/ui.js";
import { explorer } from "./explorer.js";
import { graySheet } from "./maps.js";
import { createNetwork, softmax } from "./nn.js";
import { photoInput } from "./photo.js";
import { SIDE, stroke } from "./picture.js";

const UNDO_STEPS = 30;
const WARM_UPS = 20; // answers after which the browser has compiled the loops

/**
 * @param {HTMLElement} root
 * @param {{layers: any[], classes: string[], examples: {data: Uint8Array, shape: number[]}, labels: number[] | null, noun: string}} data
 */
export function mount(root, data) {
  const network = createNetwork(data.layers);
  const pixels = new Float32Array(SIDE * SIDE);
  const state = { radius: 1.4, shade: 0.9, erase: false, cursor: { x: 14, y: 14 }, keyboard: false, source: "" };
  /** @type {{pixels: Float32Array, source: string}[]} */
  const history = [];
  /** @type {number[]} */
  const times = [];
  const speech = announcer();
  const bars = answerBars(data.classes);
  const inside = explorer({ layers: data.layers, classes: data.classes, name: uid("lab-layer") });
  const clock = element("p", { class: "lab-note lab-clock" });

  const pad = surface({
    label: "Drawing pad. Arrow keys move the cursor, Space paints or erases at it, Shift with an arrow key draws a line.",
    role: "application", class: "lab-pad", height: (width) => width,
    draw: (pen, width, _, c) => {
      pen.imageSmoothingEnabled = false;
      pen.drawImage(graySheet(pixels, SIDE, SIDE), 0, 0, width, width);
      if (!state.keyboard || document.activeElement !== pad.canvas) return;
      const cell = width / SIDE;
      for (const [colour, thick] of [[c.paper, 4], [c.orange, 2]]) {
        pen.strokeStyle = String(colour);
        pen.lineWidth = Number(thick);
        pen.beginPath();
        pen.arc(state.cursor.x * cell, state.cursor.y * cell, (state.radius + 0.3) * cell, 0, 2 * Math.PI);
        pen.stroke();
      }
    },
  });
  pad.canvas.tabIndex = 0;

  /** From pixels to probabilities, with the time it took. */
  function measured() {
    const begin = performance.now();
    const { logits, steps } = network.run(pixels, [SIDE, SIDE, 1]);
    const probabilities = softmax(logits);
    times.push(performance.now() - begin);
    if (times.length > WARM_UPS) times.shift();
    const median = [...times].sort((a, b) => a - b)[times.length >> 1];
    clock.textContent = `${format(median, 1)} ms per answer (median of the last ${times.length})`;
    return { logits, steps, probabilities };
  }
  const answer = onFrame(() => {
    const { logits, steps, probabilities } = measured();
    const best = bars.show(probabilities);
    inside.show(steps, pixels, SIDE);
    pad.redraw();
    speech.say(`The network says ${data.classes[best]}, ${Math.round(100 * probabilities[best])} per cent`);
    root.dispatchEvent(new CustomEvent("lab:answer", { bubbles: true, detail: { logits, steps, milliseconds: times[times.length - 1] } }));
  });

  /** Says where the picture comes from. @param {string} source empty for the reader's own drawing */
  function from(source) {
    state.source = source;
    bars.source(source);
  }
  function remember() {
    history.push({ pixels: pixels.slice(), source: state.source });
    if (history.length > UNDO_STEPS) history.shift();
    undo.disabled = false;
  }
  /** @param {ArrayLike<number>} next @param {string} source */
  function load(next, source) {
    remember();
    pixels.set(next);
    from(source);
    answer();
  }
  /** @param {{x: number, y: number}} begin @param {{x: number, y: number}} end */
  function paint(begin, end) {
    stroke(pixels, begin, end, state);
    from("");
    answer();
  }

  const undo = button({
    label: "Undo",
    onPress: () => {
      const last = history.pop();
      if (last) {
        pixels.set(last.pixels);
        from(last.source);
      }
      undo.disabled = history.length === 0;
      answer();
    },
  });
  undo.disabled = true;
  const clear = button({ label: "Clear", onPress: () => load(new Float32Array(SIDE * SIDE), "") });
  const invert = button({ label: "Invert", title: "Swap dark and light", onPress: () => load(pixels.map((v) => 1 - v), "") });
  const tool = choice({
    label: "Tool", value: "draw",
    options: [{ value: "draw", label: "Draw" }, { value: "erase", label: "Erase" }],
    onChange: (value) => (state.erase = value === "erase"),
  });
  const size = slider({
    label: "Brush", min: 0.5, max: 4, step: 0.1, value: state.radius, show: (v) => `${format(2 * v, 1)} px`,
    onInput: (value) => (state.radius = value),
  });
  const shade = slider({
    label: "Brightness", min: 0.1, max: 1, step: 0.05, value: state.shade, show: (v) => `${Math.round(100 * v)} %`,
    onInput: (value) => (state.shade = value),
  });

  listenToPad(pad.canvas, state, { remember, paint, redraw: pad.redraw });
  const upload = photoInput(root, (next) => load(next, "your photo"));
  const { count, strip } = exampleStrip(data, (next, label) => load(next, label));

  root.append(
    element("div", { class: "lab-draw-top" },
      pad.element,
      element("div", { class: "lab-answer" }, bars.element, clock),
      element("div", { class: "lab-controls lab-tools" },
        tool.element,
        element("div", { class: "lab-pair" }, size.element, shade.element),
        element("div", { class: "lab-row lab-buttons" }, clear, undo, invert)),
      element("div", { class: "lab-controls lab-start" },
        element("p", { class: "lab-title", text: count > 1 ? `Start from one of ${count} test images` : "Start from the test image" }),
        strip, element("div", { class: "lab-row" }, upload.button, element("span", { class: "lab-note", text: "or drop one on the figure; it stays on your machine" })))),
    upload.stages,
    element("p", {
      class: "lab-note lab-honest",
      text: `The network knows these ${data.classes.length} classes and nothing else: a cat or an empty pad still gets one of them, sometimes with confidence. A high number means "rather this class than the others", not "this is a ${data.noun}".`,
    }),
    inside.element, speech.element,
  );
  pixels.set(exampleAt(data, 0));
  from(exampleLabel(data, 0));
  answer();
  // Off the page's start, one at a time: the reader's first stroke then finds compiled code.
  for (let i = 1; i <= WARM_UPS; i++) setTimeout(measured, 40 * i);
}

/** @param {any} data @param {number} i @returns {Float32Array} */
function exampleAt(data, i) {
  const n = SIDE * SIDE;
  return Float32Array.from(data.examples.data.subarray(i * n, (i + 1) * n), (v) => v / 255);
}

/** @param {any} data @param {number} i */
function exampleLabel(data, i) {
  return data.labels ? `test image, labelled ${data.classes[data.labels[i]]}` : `test image ${i + 1}`;
}

/** Probabilities as bars with their numbers, in the order of the classes. @param {string[]} classes */
function answerBars(classes) {
  const source = element("p", { class: "lab-note lab-source" });
  const headline = element("p", { class: "lab-headline" });
  const list = element("ul", { class: "lab-answers" });
  const rows = classes.map((name) => {
    const fill = element("span", { class: "lab-answer-fill" });
    const number = element("span", { class: "lab-answer-number" });
    const row = element("li", {}, element("span", { class: "lab-answer-name", text: name }), element("span", { class: "lab-answer-rail" }, fill), number);
    list.append(row);
    return { row, fill, number };
  });
  return {
    element: element("div", {}, headline, source, list),
    /** @param {string} text where the picture comes from */
    source(text) {
      source.textContent = text ? `Picture: ${text}` : "Picture: your drawing";
    },
    /** @param {Float64Array} probabilities @returns {number} the likeliest class */
    show(probabilities) {
      const best = probabilities.indexOf(Math.max(...probabilities));
      headline.replaceChildren(element("strong", { text: classes[best] }), ` ${percent(probabilities[best])}`);
      rows.forEach(({ row, fill, number }, i) => {
        fill.style.width = `${100 * probabilities[i]}%`;
        number.textContent = percent(probabilities[i]);
        row.classList.toggle("lab-best", i === best);
      });
      return best;
    },
  };
}

/** @param {number} p */
function percent(p) {
  return `${(100 * p).toFixed(1)} %`;
}

/**
 * Pointer, touch and keys on the drawing pad.
 * @param {HTMLCanvasElement} canvas
 * @param {{cursor: {x: number, y: number}, keyboard: boolean}} state
 * @param {{remember: () => void, paint: (from: {x: number, y: number}, to: {x: number, y: number}) => void, redraw: () => void}} act
 */
function listenToPad(canvas, state, act) {
  /** @type {{x: number, y: number} | null} */
  let last = null;
  /** @param {PointerEvent} event */
  const at = (event) => {
    const { x, y } = position(canvas, event);
    return { x: (x / canvas.clientWidth) * SIDE, y: (y / canvas.clientHeight) * SIDE };
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    state.keyboard = false;
    act.remember();
    last = at(event);
    act.paint(last, last);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    const events = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
    for (const part of events.length ? events : [event]) {
      const next = at(part);
      act.paint(last, next);
      last = next;
    }
  });
  for (const type of ["pointerup", "pointercancel"]) canvas.addEventListener(type, () => (last = null));
  canvas.addEventListener("focus", () => {
    state.keyboard = canvas.matches(":focus-visible");
    act.redraw();
  });
  canvas.addEventListener("blur", act.redraw);
  canvas.addEventListener("keydown", (event) => {
    const by = arrow(event);
    const dabs = event.key === " " || event.key === "Enter";
    if (!by && !dabs) return;
    event.preventDefault();
    state.keyboard = true;
    const from = { ...state.cursor };
    if (by) {
      state.cursor.x = Math.max(0.5, Math.min(SIDE - 0.5, state.cursor.x + by.x));
      state.cursor.y = Math.max(0.5, Math.min(SIDE - 0.5, state.cursor.y + by.y));
    }
    if (dabs || event.shiftKey) {
      act.remember();
      act.paint(from, state.cursor);
    } else act.redraw();
  });
}

/** Buttons with the example pictures. @param {any} data @param {(pixels: Float32Array, label: string) => void} choose */
function exampleStrip(data, choose) {
  const count = data.examples.shape[0];
  const strip = element("div", { class: "lab-strip", role: "group", "aria-label": "Test images" });
  for (let i = 0; i < count; i++) {
    const picture = graySheet(exampleAt(data, i), SIDE, SIDE);
    picture.setAttribute("aria-hidden", "true");
    const label = exampleLabel(data, i);
    strip.append(element("button", {
      type: "button", class: "lab-example", "aria-label": `${i + 1}: ${label}`, title: label,
      on: { click: () => choose(exampleAt(data, i), label) },
    }, picture));
  }
  return { count, strip };
}
