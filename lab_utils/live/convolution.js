// Live figure: convolution arithmetic. A window slides over a grid of numbers; sizes, sums and fields follow the settings.

import {
  announcer, arrow, button, choice, element, format, onFrame, position, reducedMotion, rgb, select, slider, surface,
} from "../web/ui.js";
import {
  KERNELS, PICTURES, allSums, leftover, outputSize, problem, reach, readCounts, receptiveFields, terms,
} from "./arithmetic.js";

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
      state.y = state.x = Math.floor(outputSize(s) / 3);
      update();
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
  moveTo(Math.floor(outputSize(s) / 3), Math.floor(outputSize(s) / 6));
  update();
}

/** Greatest common divisor. @param {number} a @param {number} b @returns {number} */
function common(a, b) {
  return b ? common(b, a % b) : a;
}

/** @typedef {{x: number, y: number, side: number, cell: number}} Grid */

/**
 * Where the two grids stand: side by side, or one above the other on a narrow page.
 * @param {import("./arithmetic.js").Settings} s @param {number} width
 */
function layout(s, width) {
  const padded = s.size + (s.transposed ? 0 : 2 * s.padding);
  const out = Math.max(1, outputSize(s));
  const head = 26;
  if (width < 480) {
    const cell = Math.min(40, width / padded);
    const second = Math.min(40, width / out);
    const below = head + padded * cell + 14;
    return {
      input: { x: (width - padded * cell) / 2, y: head, side: padded, cell },
      output: { x: (width - out * second) / 2, y: below + head, side: out, cell: second },
      height: below + head + out * second + 2,
      head,
    };
  }
  const gap = 56;
  const shared = Math.min(40, (width - gap) / (padded + out));
  // Two very unlike grids share the width evenly, so that the smaller one stays readable.
  const even = (width - gap) / 2;
  const cell = Math.min(40, Math.max(shared, Math.min(even / padded, 24)));
  const second = Math.min(40, (width - gap - padded * cell) / out);
  const tall = Math.max(padded * cell, out * second);
  const total = padded * cell + gap + out * second;
  const from = (width - total) / 2;
  return {
    input: { x: from, y: head + (tall - padded * cell) / 2, side: padded, cell },
    output: { x: from + padded * cell + gap, y: head + (tall - out * second) / 2, side: out, cell: second },
    height: head + tall + 2,
    head,
  };
}

/** @param {Grid} grid @param {{x: number, y: number}} at */
function hit(grid, at) {
  const x = Math.floor((at.x - grid.x) / grid.cell);
  const y = Math.floor((at.y - grid.y) / grid.cell);
  return x >= 0 && y >= 0 && x < grid.side && y < grid.side ? { x, y } : null;
}

/**
 * @param {CanvasRenderingContext2D} pen @param {ReturnType<typeof layout>} place @param {import("../web/ui.js").Colours} c
 * @param {{s: import("./arithmetic.js").Settings, input: number[], kernel: number[], sums: number[], state: any}} now
 */
function drawStage(pen, place, c, { s, input, kernel, sums, state }) {
  const pad = s.transposed ? 0 : s.padding;
  const counts = s.transposed ? null : readCounts(s);
  const family = pen.font.replace(/^\S+ /, "");
  const used = sums.length ? terms(s, state.y, state.x) : [];
  const n = outputSize(s);
  const framed = new Set(place.input.cell < 26 ? [] : used.map((t) => (t.row + pad) * place.input.side + t.column + pad));
  const largest = Math.max(1e-9, ...input.map(Math.abs));
  heading(pen, place.input, place.head, c, family, `input ${s.size} × ${s.size}${pad ? `, padded to ${place.input.side} × ${place.input.side}` : ""}`);
  for (let y = 0; y < place.input.side; y++)
    for (let x = 0; x < place.input.side; x++) {
      const inside = y >= pad && x >= pad && y < s.size + pad && x < s.size + pad;
      const value = inside ? input[(y - pad) * s.size + x - pad] : 0;
      const unread = counts !== null && counts[y * place.input.side + x] === 0;
      cell(pen, place.input, y, x, c, family, { value, share: value / largest, padding: !inside, unread, lifted: framed.has(y * place.input.side + x) });
    }
  for (const t of used) {
    frame(pen, place.input, t.row + pad, t.column + pad, c.orange, 2);
    corner(pen, place.input, t.row + pad, t.column + pad, c, family, kernel[t.ky * s.kernel + t.kx]);
  }
  if (!sums.length) return;
  const peak = Math.max(1e-9, ...sums.map(Math.abs));
  heading(pen, place.output, place.head, c, family, `output ${n} × ${n}`);
  for (let y = 0; y < n; y++)
    for (let x = 0; x < n; x++) {
      const value = sums[y * n + x];
      cell(pen, place.output, y, x, c, family, { value, share: value / peak, padding: false, unread: false });
    }
  if (s.transposed && state.hover) {
    const from = state.hover.map((/** @type {number} */ v) => v * s.stride - s.padding);
    for (let ky = 0; ky < s.kernel; ky++)
      for (let kx = 0; kx < s.kernel; kx++) {
        const y = from[0] + ky * s.dilation, x = from[1] + kx * s.dilation;
        if (y >= 0 && x >= 0 && y < n && x < n) frame(pen, place.output, y, x, c.green, 2);
      }
    frame(pen, place.input, state.hover[0], state.hover[1], c.green, 3);
  }
  join(pen, place, used, pad, state, c);
  frame(pen, place.output, state.y, state.x, c.orange, 3);
}

/** @param {CanvasRenderingContext2D} pen @param {Grid} g @param {number} head @param {any} c @param {string} family @param {string} text */
function heading(pen, g, head, c, family, text) {
  pen.font = `600 14px ${family}`;
  pen.fillStyle = c.ink;
  pen.textAlign = "left";
  pen.textBaseline = "alphabetic";
  pen.fillText(text, g.x, g.y - head + 17);
}

/**
 * @param {CanvasRenderingContext2D} pen @param {Grid} g @param {number} y @param {number} x @param {any} c @param {string} family
 * @param {{value: number, share: number, padding: boolean, unread: boolean, lifted?: boolean}} what lifted: a weight stands below the number
 */
function cell(pen, g, y, x, c, family, { value, share, padding, unread, lifted }) {
  const left = g.x + x * g.cell, top = g.y + y * g.cell;
  pen.fillStyle = padding ? c.panel : c.paper;
  pen.fillRect(left, top, g.cell, g.cell);
  if (!padding) {
    const [r, green, b] = rgb(share < 0 ? c.orange : c.blue);
    pen.fillStyle = `rgba(${r},${green},${b},${0.42 * Math.abs(share)})`;
    pen.fillRect(left, top, g.cell, g.cell);
  }
  pen.save();
  pen.strokeStyle = c.grid;
  pen.lineWidth = 1;
  if (padding) pen.setLineDash([3, 3]);
  pen.strokeRect(left + 0.5, top + 0.5, g.cell - 1, g.cell - 1);
  pen.restore();
  if (unread) hatch(pen, left, top, g.cell, c.muted);
  if (g.cell < 17) return;
  const text = format(value, g.cell < 30 ? 1 : 2);
  pen.font = `${Math.min(15, g.cell * (text.length > 4 ? 0.3 : 0.42))}px ${family}`;
  pen.fillStyle = padding || unread ? c.muted : c.ink;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(text, left + g.cell / 2, top + g.cell / 2 + (lifted ? -g.cell * 0.12 : 1));
}

/** @param {CanvasRenderingContext2D} pen @param {number} left @param {number} top @param {number} side @param {string} colour */
function hatch(pen, left, top, side, colour) {
  pen.save();
  pen.beginPath();
  pen.rect(left, top, side, side);
  pen.clip();
  pen.beginPath();
  for (let d = -side; d < side; d += 6) {
    pen.moveTo(left + d, top + side);
    pen.lineTo(left + d + side, top);
  }
  pen.globalAlpha = 0.55;
  pen.strokeStyle = colour;
  pen.lineWidth = 1;
  pen.stroke();
  pen.restore();
}

/** @param {CanvasRenderingContext2D} pen @param {Grid} g @param {number} y @param {number} x @param {string} colour @param {number} thick */
function frame(pen, g, y, x, colour, thick) {
  pen.strokeStyle = colour;
  pen.lineWidth = thick;
  pen.strokeRect(g.x + x * g.cell + thick / 2, g.y + y * g.cell + thick / 2, g.cell - thick, g.cell - thick);
}

/** The weight that multiplies this input, small, in the corner. @param {CanvasRenderingContext2D} pen @param {Grid} g @param {number} y @param {number} x @param {any} c @param {string} family @param {number} weight */
function corner(pen, g, y, x, c, family, weight) {
  if (g.cell < 26) return;
  pen.font = `600 ${Math.max(9, g.cell * 0.27)}px ${family}`;
  pen.textAlign = "right";
  pen.textBaseline = "bottom";
  const text = `×${format(weight)}`;
  const right = g.x + (x + 1) * g.cell - 2, bottom = g.y + (y + 1) * g.cell - 2;
  const wide = pen.measureText(text).width + 4, tall = g.cell * 0.31;
  pen.fillStyle = c.orange;
  pen.fillRect(right - wide, bottom - tall, wide, tall);
  pen.fillStyle = c.paper;
  pen.fillText(text, right - 2, bottom + 0.5);
}

/** Two lines from the window to the output that it makes. @param {CanvasRenderingContext2D} pen @param {any} place @param {any[]} used @param {number} pad @param {any} state @param {any} c */
function join(pen, place, used, pad, state, c) {
  if (!used.length || place.output.y > place.input.y + place.input.side * place.input.cell) return;
  const rows = used.map((t) => t.row + pad), columns = used.map((t) => t.column + pad);
  const right = place.input.x + (Math.max(...columns) + 1) * place.input.cell;
  const { x, y, cell: side } = place.output;
  pen.save();
  pen.strokeStyle = c.orange;
  pen.globalAlpha = 0.5;
  pen.lineWidth = 1.5;
  pen.beginPath();
  pen.moveTo(right, place.input.y + Math.min(...rows) * place.input.cell);
  pen.lineTo(x + state.x * side, y + state.y * side);
  pen.moveTo(right, place.input.y + (Math.max(...rows) + 1) * place.input.cell);
  pen.lineTo(x + state.x * side, y + (state.y + 1) * side);
  pen.stroke();
  pen.restore();
}
