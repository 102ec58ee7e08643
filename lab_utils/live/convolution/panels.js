// The convolution figure in words: the sum of the output in view, the size of the output, and what a stack of layers sees.

import { element, format, product, slider } from "../../web/ui.js";
import { leftover, outputSize, reach, receptiveFields } from "./arithmetic.js";

/** @typedef {import("./arithmetic.js").Settings} Settings */
/** @typedef {import("./sliding.js").SlidingWindow} SlidingWindow */

/** @param {string} text */
function note(text) {
  return element("p", { class: "lab-note", text });
}

/** The output in view as a sum of products. @param {SlidingWindow} model */
export function sumPanel(model) {
  const box = element("div", { class: "lab-sum lab-panel" });
  return {
    element: box,
    show() {
      box.style.setProperty("--side", String(model.s.kernel));
      box.replaceChildren(...(model.why ? [note("No output, no sum.")] : sumLines(model)));
    },
  };
}

/** @param {SlidingWindow} model */
function sumLines(model) {
  const { used } = model.view;
  const title = element("p", { class: "lab-title", text: `Output in row ${model.y + 1}, column ${model.x + 1}` });
  const outside = used.filter((t) => !t.inside).length;
  const padded = `${outside} of ${used.length} terms read padding, which is zero (in grey).`;
  return [title, sumLine(model), ...(outside ? [note(padded)] : [])];
}

/** @param {SlidingWindow} model */
function sumLine({ s, input, kernel, view }) {
  // A plain convolution uses every weight: its terms stand as the kernel stands.
  const line = element("p", { class: s.transposed ? "lab-terms" : "lab-terms lab-terms-grid" });
  view.used.forEach((t, i) => {
    const value = t.inside ? input[t.row * s.size + t.column] : 0;
    const text = product(value, kernel[t.ky * s.kernel + t.kx]);
    line.append(element("span", { class: t.inside ? "lab-term" : "lab-term lab-padded", text: `${i ? "+ " : ""}${text}` }), " ");
  });
  if (!view.used.length) line.append("no input number paints this place ");
  line.append(element("strong", { text: `= ${format(view.total, 3)}` }));
  return line;
}

/** The size of the output: the formula, then the formula with the numbers of these settings. @param {SlidingWindow} model */
export function sizePanel(model) {
  const box = element("div", { class: "lab-formula" });
  return {
    element: box,
    show() {
      const [rule, numbers] = sizeFormula(model.s);
      const answer = element("strong", { text: model.why ? "no output" : `${model.side}` });
      box.replaceChildren(
        element("p", { class: "lab-title", text: "Output size" }),
        element("p", { text: rule }),
        element("p", {}, numbers, answer),
        ...unreadNotes(model.s),
      );
    },
  };
}

/** @param {Settings} s */
function sizeFormula({ size: i, kernel: k, stride: t, padding: p, dilation: d, extra: e, transposed }) {
  if (transposed) {
    return [
      "output = (input − 1) · stride − 2 · padding + dilation · (kernel − 1) + output padding + 1",
      `= (${i} − 1) · ${t} − 2 · ${p} + ${d} · (${k} − 1) + ${e} + 1 = `,
    ];
  }
  return [
    "output = ⌊(input + 2 · padding − dilation · (kernel − 1) − 1) / stride⌋ + 1",
    `= ⌊(${i} + 2 · ${p} − ${d} · (${k} − 1) − 1) / ${t}⌋ + 1 = ⌊${i + 2 * p - d * (k - 1) - 1} / ${t}⌋ + 1 = `,
  ];
}

/** @param {Settings} s */
function unreadNotes(s) {
  const rest = leftover(s);
  if (s.transposed || outputSize(s) < 1 || rest <= 0) return [];
  const what = rest === 1 ? "The last row and column are" : `The last ${rest} rows and columns are`;
  return [note(`${what} never read (hatched): the floor drops the fraction.`)];
}

/** What an output sees: of a plain convolution for a stack of layers, of a transposed one how many inputs paint it. @param {SlidingWindow} model */
export function fieldPanel(model) {
  const bars = element("div");
  const words = element("p");
  const depth = slider({ label: "Layers in a stack", min: 1, max: 6, value: 3, onInput: show });
  function show() {
    const list = receptiveFields(model.s, Number(depth.input.value));
    depth.element.hidden = model.s.transposed;
    bars.replaceChildren(...(model.s.transposed ? [] : fieldBars(list, model.s.size)));
    words.className = model.s.transposed ? "" : "lab-note";
    words.textContent = model.s.transposed ? paintWords(model.s) : fieldWords(list);
  }
  // The slider stays where it is while the bars change: an element that is put in anew loses the focus.
  const title = element("p", { class: "lab-title", text: "Receptive field" });
  return { element: element("div", { class: "lab-fields" }, title, depth.element, bars, words), show };
}

/** @param {{field: number}[]} list @param {number} size side length of the input */
function fieldBars(list, size) {
  const largest = Math.max(size, list[list.length - 1].field);
  return list.map(({ field }, i) => element("div", { class: "lab-bar" },
    element("span", { text: `after ${i + 1}` }),
    element("span", { class: "lab-rail" }, element("span", { class: "lab-fill", style: `width:${(100 * field) / largest}%` })),
    element("span", { text: `${field} × ${field}` })));
}

/** @param {{field: number, step: number}[]} list */
function fieldWords(list) {
  const { field, step } = list[list.length - 1];
  const words = list.length === 1 ? "An output of this layer" : `An output of the last of ${list.length} such layers`;
  return `${words} sees ${field} × ${field} inputs; its neighbour sees the same, ${step} further on.`;
}

/** @param {Settings} s */
function paintWords(s) {
  // Of the kernel's places, those that a whole input number can paint an output from lie this far apart.
  const apart = s.stride / common(s.stride, s.dilation);
  const most = Math.ceil(s.kernel / apart) ** 2;
  return `Each input number paints a patch of ${reach(s)} × ${reach(s)} outputs, ${s.stride} apart; an output adds at most ${most} of them.`;
}

/** Greatest common divisor. @param {number} a @param {number} b @returns {number} */
function common(a, b) {
  return b ? common(b, a % b) : a;
}
