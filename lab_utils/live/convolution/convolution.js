// Live figure: convolution arithmetic. A window slides over a grid of numbers; sizes, sums and fields follow the settings.

import { announcer, arrow, button, choice, element, format, onFrame, position, reducedMotion, select, slider, surface } from "../../web/ui.js";
import { KERNELS, PICTURES } from "./arithmetic.js";
import { fieldPanel, sizePanel, sumPanel } from "./panels.js";
import { SlidingWindow } from "./sliding.js";
import { drawStage, hit, layout } from "./stage.js";

const STEP_MS = 700; // long enough to read one sum at a glance

/**
 * @param {HTMLElement} root
 * @param {{start: any, limits: Record<string, number[]>}} data
 */
export function mount(root, data) {
  const model = new SlidingWindow(data.start);
  const stage = gridStage(model);
  const sum = sumPanel(model), size = sizePanel(model), field = fieldPanel(model);
  const warning = warningLine(model);
  const mode = modeChoice(model, update);
  const picture = pictureList(model, update);
  const kernel = kernelEditor(model, update);
  const settings = settingSliders(model, data.limits, (name) => {
    if (name === "kernel") kernel.show();
    update();
  });
  const player = makePlayer(() => {
    model.advance();
    refresh();
  });
  const speech = announcer();

  /** After a move: the same settings, another output in view. */
  const refresh = onFrame(() => {
    stage.redraw();
    sum.show();
    if (!model.why) speech.say(`Output row ${model.y + 1}, column ${model.x + 1}: ${format(model.view.total, 3)}`);
  });

  /** After a change of settings or numbers. */
  function update() {
    root.classList.toggle("lab-invalid", Boolean(model.why));
    player.allow(!model.why);
    for (const part of [settings, warning, size, field]) part.show();
    refresh();
  }

  listenToPointer(stage, model, player.stop, refresh);
  listenToArrows(stage.canvas, model, player.stop, refresh);
  const choices = element("div", { class: "lab-arithmetic-kernel" }, picture.element, kernel.preset, kernel.weights);
  root.append(
    element("div", { class: "lab-arithmetic-top lab-controls" }, mode.element, player.element),
    settings.element, warning.element, stage.element,
    element("div", { class: "lab-arithmetic-columns" }, choices, sum.element),
    element("div", { class: "lab-arithmetic-columns lab-even" }, size.element, field.element),
    speech.element,
  );
  update();
}

/** Says why there is no output. @param {SlidingWindow} model */
function warningLine(model) {
  const line = element("p", { class: "lab-error", role: "alert", hidden: true });
  return {
    element: line,
    show() {
      line.hidden = !model.why;
      line.textContent = model.why;
    },
  };
}

/** @param {SlidingWindow} model */
function gridStage(model) {
  const stage = surface({
    label: "Input and output grid. Arrow keys move the output cell.",
    role: "application",
    height: (width) => layout(model.s, width).height,
    draw: (pen, width, _, c) => drawStage(pen, layout(model.s, width), c, model),
  });
  stage.canvas.tabIndex = 0;
  return stage;
}

/** @param {SlidingWindow} model @param {() => void} changed */
function modeChoice(model, changed) {
  return choice({
    label: "Operation",
    options: [{ value: "plain", label: "Convolution" }, { value: "transposed", label: "Transposed convolution" }],
    value: model.s.transposed ? "transposed" : "plain",
    onChange: (value) => {
      model.setTransposed(value === "transposed");
      changed();
    },
  });
}

/** @param {SlidingWindow} model @param {() => void} changed */
function pictureList(model, changed) {
  return select({
    label: "Input",
    options: Object.entries(PICTURES).map(([value, { label }]) => ({ value, label })),
    value: model.pictureName,
    onChange: (name) => {
      model.usePicture(name);
      changed();
    },
  });
}

/**
 * One slider per setting; the last one only where an output padding is possible.
 * @param {SlidingWindow} model @param {Record<string, number[]>} limits @param {(name: string) => void} changed
 */
function settingSliders(model, limits, changed) {
  /** @param {any} name @param {string} label @param {number[]} range */
  const make = (name, label, [min, max]) => slider({
    label, min, max, value: /** @type {any} */ (model.s)[name],
    onInput: (value) => {
      model.set(name, value);
      changed(name);
    },
  });
  const names = { size: "Input size", kernel: "Kernel size", stride: "Stride", padding: "Padding", dilation: "Dilation" };
  const plain = Object.entries(names).map(([name, label]) => make(name, label, limits[name]).element);
  const extra = make("extra", "Output padding", [0, 3]);
  extra.element.classList.add("lab-wide");
  return {
    element: element("div", { class: "lab-arithmetic-grid lab-controls" }, ...plain, extra.element),
    show() {
      extra.range(0, model.mostExtra);
      extra.set(model.s.extra);
      extra.element.hidden = !model.s.transposed || model.mostExtra === 0;
    },
  };
}

/** A list of kernels, and the weights of the chosen one to overwrite. @param {SlidingWindow} model @param {() => void} changed */
function kernelEditor(model, changed) {
  const weights = element("div", { class: "lab-kernel" });
  const preset = select({
    label: "Kernel",
    options: [...Object.entries(KERNELS).map(([value, { label }]) => ({ value, label })), { value: "custom", label: "Your own numbers" }],
    value: model.kernelName,
    onChange: (name) => {
      model.useKernel(name);
      show();
      changed();
    },
  });
  /** @param {number} i @param {number} value */
  function edit(i, value) {
    model.setWeight(i, value);
    preset.set("custom");
    changed();
  }
  function show() {
    weights.style.setProperty("--side", String(model.s.kernel));
    weights.replaceChildren(...model.kernel.map((value, i) => {
      const label = `Weight in row ${Math.floor(i / model.s.kernel) + 1}, column ${(i % model.s.kernel) + 1}`;
      return numberField(label, value, (next) => edit(i, next));
    }));
  }
  show();
  return { preset: preset.element, weights, show };
}

/** A field for one number; what is no number is marked and not passed on. @param {string} label @param {number} value @param {(value: number) => void} onNumber */
function numberField(label, value, onNumber) {
  const field = element("input", { class: "lab-number", inputmode: "decimal", "aria-label": label, value: format(value) });
  field.addEventListener("input", () => {
    const number = Number(field.value.replace("−", "-").replace(",", "."));
    field.setAttribute("aria-invalid", String(!Number.isFinite(number)));
    if (Number.isFinite(number)) onNumber(number);
  });
  return field;
}

/** A button that steps on at a readable pace, or once a press for a reader who wants less motion. @param {() => void} advance */
function makePlayer(advance) {
  let timer = 0;
  const control = button({ label: "", onPress: press, primary: true });
  function stop() {
    clearInterval(timer);
    timer = 0;
    control.textContent = reducedMotion() ? "Next step" : "▶ Play";
  }
  function press() {
    if (timer) return stop();
    advance();
    if (reducedMotion()) return;
    timer = window.setInterval(() => (control.isConnected ? advance() : stop()), STEP_MS);
    control.textContent = "⏸ Pause";
  }
  stop();
  return {
    element: control,
    stop,
    /** @param {boolean} possible */
    allow(possible) {
      control.disabled = !possible;
      if (!possible) stop();
    },
  };
}

/**
 * A pointer over the output chooses it; over the input it brings the nearest window, or shows what the number paints.
 * @param {import("../../web/ui.js").Surface} stage @param {SlidingWindow} model @param {() => void} stop @param {() => void} refresh
 */
function listenToPointer(stage, model, stop, refresh) {
  /** @param {PointerEvent} event */
  const point = (event) => {
    if (model.why) return;
    const place = layout(model.s, stage.element.clientWidth);
    const at = position(stage.canvas, event);
    const output = hit(place.output, at);
    const input = hit(place.input, at);
    const paints = model.s.transposed && !output;
    model.hover = input && paints ? [input.y, input.x] : null;
    if (output) model.moveTo(output.y, output.x);
    else if (input && !paints) model.centreOn(input.y, input.x);
    if (output || (input && !paints)) stop();
    refresh();
  };
  stage.canvas.addEventListener("pointermove", point);
  stage.canvas.addEventListener("pointerdown", point);
  stage.canvas.addEventListener("pointerleave", () => {
    model.hover = null;
    refresh();
  });
}

/** @param {HTMLCanvasElement} canvas @param {SlidingWindow} model @param {() => void} stop @param {() => void} refresh */
function listenToArrows(canvas, model, stop, refresh) {
  canvas.addEventListener("keydown", (event) => {
    const step = arrow(event);
    if (!step) return;
    event.preventDefault();
    stop();
    model.moveTo(model.y + step.y, model.x + step.x);
    refresh();
  });
}
