// Live figure: convolution arithmetic. A window slides over a grid of numbers; sizes, sums and fields follow the settings.

import {
  announcer, arrow, button, choice, element, format, onFrame, position, reducedMotion, select, slider, surface,
} from "../web/ui.js";
import {
  KERNELS, PICTURES, allSums, leftover, outputSize, problem, reach, receptiveFields, terms,
} from "./arithmetic.js";
import { drawStage, hit, layout } from "./stage.js";

const STEP_MS = 700; // long enough to read one sum at a glance

/**
 * @param {HTMLElement} root
 * @param {{start: any, limits: Record<string, number[]>}} data
 */
export function mount(root, data) {
  /** @type {import("./arithmetic.js").Settings} */
  const s = { ...data.start, extra: 0 };
  const state = { kernelName: "vertical", picture: "square", y: 0, x: 0, depth: 3, hover: /** @type {null | number[]} */ (null) };
  let kernel = KERNELS.vertical.make(s.kernel);
  let input = PICTURES.square.make(s.size);
  let sums = allSums(s, input, kernel);
  let timer = 0;

  const speech = announcer();
  const stage = surface({
    label: "Input and output grid. Arrow keys move the output cell.",
    role: "application",
    height: (width) => layout(s, width).height,
    draw: (pen, width, _, c) => drawStage(pen, layout(s, width), c, { s, input, kernel, sums, state }),
  });
  stage.canvas.tabIndex = 0;
  const message = element("p", { class: "lab-error", role: "alert", hidden: true });
  const sum = element("div", { class: "lab-sum lab-panel" });
  const weights = element("div", { class: "lab-kernel" });
  const sizes = element("div", { class: "lab-formula" });
  const fields = element("div", { class: "lab-fields" });

  const sliders = makeSliders();
  const preset = select({
    label: "Kernel",
    options: [...Object.entries(KERNELS).map(([value, k]) => ({ value, label: k.label })), { value: "custom", label: "Your own numbers" }],
    value: state.kernelName,
    onChange: (name) => {
      state.kernelName = name;
      if (name !== "custom") kernel = KERNELS[name].make(s.kernel);
      drawKernel();
      update();
    },
  });
  const picture = select({
    label: "Input",
    options: Object.entries(PICTURES).map(([value, p]) => ({ value, label: p.label })),
    value: state.picture,
    onChange: (name) => {
      state.picture = name;
      input = PICTURES[name].make(s.size);
      update();
    },
  });
  const mode = choice({
    label: "Operation",
    options: [{ value: "plain", label: "Convolution" }, { value: "transposed", label: "Transposed convolution" }],
    value: s.transposed ? "transposed" : "plain",
    onChange: (value) => {
      s.transposed = value === "transposed";
      s.extra = 0;
      sliders.extra.set(0);
      update();
      tellingPlace();
    },
  });
  const play = button({ label: "▶ Play", onPress: togglePlay, primary: true });
  const depth = slider({
    label: "Layers in a stack", min: 1, max: 6, value: state.depth,
    onInput: (value) => {
      state.depth = value;
      drawFields();
    },
  });

  /** One slider per setting; a change of size or kernel makes new numbers. */
  function makeSliders() {
    const names = { size: "Input size", kernel: "Kernel size", stride: "Stride", padding: "Padding", dilation: "Dilation" };
    /** @type {Record<string, ReturnType<typeof slider>>} */
    const made = {};
    for (const [name, label] of Object.entries(names)) {
      made[name] = slider({
        label, min: data.limits[name][0], max: data.limits[name][1], value: data.start[name],
        onInput: (value) => change(name, value),
      });
    }
    made.extra = slider({ label: "Output padding", min: 0, max: 3, value: 0, onInput: (value) => change("extra", value) });
    made.extra.element.classList.add("lab-wide");
    return made;
  }

  /** @param {string} name @param {number} value */
  function change(name, value) {
    const before = s.kernel;
    /** @type {any} */ (s)[name] = value;
    if (name === "size") input = PICTURES[state.picture].make(value);
    if (name === "kernel") {
      const old = kernel;
      kernel = state.kernelName === "custom"
        ? Array.from({ length: value * value }, (_, i) => {
            const y = Math.floor(i / value), x = i % value;
            return y < before && x < before ? old[y * before + x] : 0;
          })
        : KERNELS[state.kernelName].make(value);
      drawKernel();
    }
    update();
  }

  function update() {
    // PyTorch asks for an output padding smaller than stride or dilation.
    const most = Math.max(s.stride, s.dilation) - 1;
    s.extra = s.transposed ? Math.min(s.extra, most) : 0;
    sliders.extra.range(0, most);
    sliders.extra.set(s.extra);
    sliders.extra.element.hidden = !s.transposed || most === 0;
    const why = problem(s);
    message.hidden = !why;
    message.textContent = why;
    root.classList.toggle("lab-invalid", Boolean(why));
    sums = why ? [] : allSums(s, input, kernel);
    const n = outputSize(s);
    state.y = Math.max(0, Math.min(state.y, n - 1));
    state.x = Math.max(0, Math.min(state.x, n - 1));
    play.disabled = Boolean(why);
    if (why) stop();
    drawFormula();
    drawFields();
    refresh();
  }

  const refresh = onFrame(() => {
    stage.redraw();
    drawSum();
  });

  /** @param {number} y @param {number} x */
  function moveTo(y, x) {
    const n = outputSize(s);
    if (n < 1) return;
    state.y = Math.max(0, Math.min(n - 1, y));
    state.x = Math.max(0, Math.min(n - 1, x));
    refresh();
  }

  /** The output with the largest sum, and among those the one with the most terms: a place worth explaining first. */
  function tellingPlace() {
    const n = outputSize(s);
    const score = sums.map((v, i) => 1000 * Math.abs(v) + terms(s, Math.floor(i / n), i % n).filter((t) => t.inside).length);
    const best = score.indexOf(Math.max(...score));
    if (best >= 0) moveTo(Math.floor(best / n), best % n);
  }

  function stop() {
    clearInterval(timer);
    timer = 0;
    play.textContent = reducedMotion() ? "Next step" : "▶ Play";
  }

  function advance() {
    const n = outputSize(s);
    const next = (state.y * n + state.x + 1) % (n * n);
    moveTo(Math.floor(next / n), next % n);
  }

  function togglePlay() {
    if (timer) return stop();
    advance();
    if (reducedMotion()) return;
    timer = window.setInterval(() => (root.isConnected ? advance() : stop()), STEP_MS);
    play.textContent = "⏸ Pause";
  }

  function drawKernel() {
    weights.style.setProperty("--side", String(s.kernel));
    weights.replaceChildren(...kernel.map((value, i) => {
      const label = `Weight in row ${Math.floor(i / s.kernel) + 1}, column ${(i % s.kernel) + 1}`;
      const field = element("input", { class: "lab-number", inputmode: "decimal", "aria-label": label, value: format(value) });
      field.addEventListener("input", () => {
        const number = Number(field.value.replace("−", "-").replace(",", "."));
        field.setAttribute("aria-invalid", String(!Number.isFinite(number)));
        if (!Number.isFinite(number)) return;
        kernel[i] = number;
        state.kernelName = "custom";
        preset.set("custom");
        update();
      });
      return field;
    }));
  }

  function drawSum() {
    if (!sums.length) {
      sum.replaceChildren(element("p", { class: "lab-note", text: "No output, no sum." }));
      return;
    }
    const n = outputSize(s);
    const used = terms(s, state.y, state.x);
    const value = sums[state.y * n + state.x];
    const title = element("p", { class: "lab-title", text: `Output in row ${state.y + 1}, column ${state.x + 1}` });
    // A plain convolution uses every weight: its terms stand as the kernel stands.
    const line = element("p", { class: s.transposed ? "lab-terms" : "lab-terms lab-terms-grid" });
    used.forEach((t, i) => {
      const left = t.inside ? input[t.row * s.size + t.column] : 0;
      const right = kernel[t.ky * s.kernel + t.kx];
      const weight = right < 0 ? `(${format(right)})` : format(right);
      const kind = t.inside ? "lab-term" : "lab-term lab-padded";
      line.append(element("span", { class: kind, text: `${i ? "+ " : ""}${format(left)}·${weight}` }), " ");
    });
    if (!used.length) line.append("no input number paints this place ");
    line.append(element("strong", { text: `= ${format(value, 3)}` }));
    const outside = used.filter((t) => !t.inside).length;
    const notes = outside ? [element("p", { class: "lab-note", text: `${outside} of ${used.length} terms read padding, which is zero (in grey).` })] : [];
    sum.style.setProperty("--side", String(s.kernel));
    sum.replaceChildren(title, line, ...notes);
    speech.say(`Output row ${state.y + 1}, column ${state.x + 1}: ${format(value, 3)}`);
  }

  function drawFormula() {
    const n = outputSize(s);
    const { size: i, kernel: k, stride: t, padding: p, dilation: d, extra: e } = s;
    const rows = s.transposed
      ? [
          "output = (input − 1) · stride − 2 · padding + dilation · (kernel − 1) + output padding + 1",
          `= (${i} − 1) · ${t} − 2 · ${p} + ${d} · (${k} − 1) + ${e} + 1 = `,
        ]
      : [
          "output = ⌊(input + 2 · padding − dilation · (kernel − 1) − 1) / stride⌋ + 1",
          `= ⌊(${i} + 2 · ${p} − ${d} · (${k} − 1) − 1) / ${t}⌋ + 1 = ⌊${i + 2 * p - d * (k - 1) - 1} / ${t}⌋ + 1 = `,
        ];
    const answer = element("strong", { text: n >= 1 ? `${n}` : "no output" });
    sizes.replaceChildren(
      element("p", { class: "lab-title", text: "Output size" }),
      element("p", { text: rows[0] }),
      element("p", {}, rows[1], answer),
    );
    const rest = leftover(s);
    if (!s.transposed && n >= 1 && rest > 0) {
      const what = rest === 1 ? "The last row and column are" : `The last ${rest} rows and columns are`;
      sizes.append(element("p", { class: "lab-note", text: `${what} never read (hatched): the floor drops the fraction.` }));
    }
  }

  function drawFields() {
    const title = element("p", { class: "lab-title", text: "Receptive field" });
    if (s.transposed) {
      const most = Math.ceil(s.kernel / (s.stride / common(s.stride, s.dilation))) ** 2;
      fields.replaceChildren(title, element("p", {
        text: `Each input number paints a patch of ${reach(s)} × ${reach(s)} outputs, ${s.stride} apart; an output adds at most ${most} of them.`,
      }));
      return;
    }
    const list = receptiveFields(s, state.depth);
    const largest = Math.max(s.size, list[list.length - 1].field);
    const bars = list.map(({ field }, i) => element("div", { class: "lab-bar" },
      element("span", { text: `after ${i + 1}` }),
      element("span", { class: "lab-rail" }, element("span", { class: "lab-fill", style: `width:${(100 * field) / largest}%` })),
      element("span", { text: `${field} × ${field}` })));
    const last = list[list.length - 1];
    const words = state.depth === 1 ? "An output of this layer" : `An output of the last of ${state.depth} such layers`;
    fields.replaceChildren(title, depth.element, ...bars, element("p", {
      class: "lab-note", text: `${words} sees ${last.field} × ${last.field} inputs; its neighbour sees the same, ${last.step} further on.`,
    }));
  }

  stage.canvas.addEventListener("keydown", (event) => {
    const step = arrow(event);
    if (!step) return;
    event.preventDefault();
    stop();
    moveTo(state.y + step.y, state.x + step.x);
  });
  stage.canvas.addEventListener("pointermove", point);
  stage.canvas.addEventListener("pointerdown", point);
  stage.canvas.addEventListener("pointerleave", () => {
    state.hover = null;
    refresh();
  });

  /** A pointer over the output chooses; over the input it shows the cell's own reach. @param {PointerEvent} event */
  function point(event) {
    if (!sums.length) return;
    const place = layout(s, stage.element.clientWidth);
    const at = position(stage.canvas, event);
    const cell = hit(place.output, at);
    if (cell) {
      stop();
      state.hover = null;
      return moveTo(cell.y, cell.x);
    }
    const over = hit(place.input, at);
    if (over && !s.transposed) {
      stop();
      // The window whose middle lies nearest to the pointer.
      const middle = (reach(s) - 1) / 2;
      return moveTo(Math.round((over.y - middle) / s.stride), Math.round((over.x - middle) / s.stride));
    }
    state.hover = over ? [over.y, over.x] : null;
    refresh();
  }

  const top = element("div", { class: "lab-arithmetic-top lab-controls" }, mode.element, play);
  const grid = element("div", { class: "lab-arithmetic-grid lab-controls" });
  for (const item of Object.values(sliders)) grid.append(item.element);
  const left = element("div", { class: "lab-arithmetic-kernel" }, picture.element, preset.element, weights);
  root.append(
    top, grid, message, stage.element,
    element("div", { class: "lab-arithmetic-columns" }, left, sum),
    element("div", { class: "lab-arithmetic-columns lab-even" }, sizes, fields),
    speech.element,
  );
  stop();
  drawKernel();
  update();
  tellingPlace();
}

/** Greatest common divisor. @param {number} a @param {number} b @returns {number} */
function common(a, b) {
  return b ? common(b, a % b) : a;
}
