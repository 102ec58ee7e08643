// The book's controls: small, plain, accessible. Native inputs do the keyboard work; CSS variables give the colours.

let lastId = 0;

/** An id that no element of the page has, however many figures it holds. @param {string} prefix */
export function uid(prefix) {
  do lastId++;
  while (document.getElementById(`${prefix}-${lastId}`));
  return `${prefix}-${lastId}`;
}

/**
 * Makes an element. Attributes named `text` and `class` do what they say; `on` holds listeners.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string)} children
 * @returns {any}
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "text") node.textContent = value;
    else if (key === "on") for (const [type, run] of Object.entries(value)) node.addEventListener(type, /** @type {any} */ (run));
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

/** Numbers as the book prints them: a true minus sign, no trailing zeros. @param {number} value @param {number} digits */
export function format(value, digits = 2) {
  const text = String(Number(value.toFixed(digits)));
  return text === "-0" ? "0" : text.replace("-", "−");
}

/** A product of a value and a weight; a negative weight in brackets. @param {number} value @param {number} weight */
export function product(value, weight) {
  return `${format(value)}·${weight < 0 ? `(${format(weight)})` : format(weight)}`;
}

/**
 * A labelled slider with its value beside the label.
 * @param {{label: string, min: number, max: number, step?: number, value: number, show?: (value: number) => string,
 *   onInput: (value: number) => void}} options
 */
export function slider({ label, min, max, step = 1, value, show = (v) => format(v), onInput }) {
  const id = uid("lab-slider");
  const output = element("output", { for: id, class: "lab-value" });
  const input = element("input", { type: "range", id, min, max, step, value });
  const refresh = () => {
    output.textContent = show(Number(input.value));
    input.setAttribute("aria-valuetext", output.textContent);
    const span = Number(input.max) - Number(input.min);
    input.style.setProperty("--fill", `${span > 0 ? ((Number(input.value) - Number(input.min)) / span) * 100 : 0}%`);
  };
  input.addEventListener("input", () => {
    onInput(Number(input.value));
    refresh(); // only now: `show` may tell what has become of the value
  });
  refresh();
  return {
    element: element("div", { class: "lab-slider" }, element("label", { for: id }, label), output, input),
    input,
    /** Sets the value without telling anyone. @param {number} next */
    set(next) {
      input.value = String(next);
      refresh();
    },
    /** @param {number} low @param {number} high */
    range(low, high) {
      input.min = String(low);
      input.max = String(high);
      refresh();
    },
  };
}

/**
 * A row of radio buttons drawn as one segmented control.
 * @param {{label: string, options: {value: string, label: string}[], value: string, onChange: (value: string) => void}} options
 */
export function choice({ label, options, value, onChange }) {
  const name = uid("lab-choice");
  const group = element("fieldset", { class: "lab-choice" }, element("legend", { text: label }));
  const row = element("div", { class: "lab-segments" });
  for (const option of options) {
    const input = element("input", { type: "radio", name, value: option.value });
    input.checked = option.value === value;
    input.addEventListener("change", () => input.checked && onChange(option.value));
    row.append(element("label", {}, input, element("span", { text: option.label })));
  }
  group.append(row);
  return {
    element: group,
    /** @param {string} next */
    set(next) {
      for (const input of row.querySelectorAll("input")) input.checked = input.value === next;
    },
  };
}

/**
 * A labelled drop-down list.
 * @param {{label: string, options: {value: string, label: string}[], value: string, onChange: (value: string) => void}} options
 */
export function select({ label, options, value, onChange }) {
  const id = uid("lab-select");
  const input = element("select", { id }, ...options.map((o) => element("option", { value: o.value, text: o.label })));
  input.value = value;
  input.addEventListener("change", () => onChange(input.value));
  return {
    element: element("div", { class: "lab-select" }, element("label", { for: id, text: label }), input),
    input,
    /** @param {string} next */
    set(next) {
      input.value = next;
    },
  };
}

/** @param {{label: string, value: boolean, onChange: (value: boolean) => void}} options */
export function checkbox({ label, value, onChange }) {
  const input = element("input", { type: "checkbox" });
  input.checked = value;
  input.addEventListener("change", () => onChange(input.checked));
  return { element: element("label", { class: "lab-check" }, input, element("span", { text: label })), input };
}

/** @param {{label: string, onPress: () => void, title?: string, primary?: boolean}} options */
export function button({ label, onPress, title, primary }) {
  const kind = primary ? "lab-button lab-primary" : "lab-button";
  return element("button", { type: "button", class: kind, title, text: label, on: { click: onPress } });
}

/** A line that a screen reader speaks once the figure has come to rest. @param {number} wait milliseconds */
export function announcer(wait = 700) {
  const node = element("p", { class: "lab-hidden", role: "status", "aria-live": "polite" });
  let timer = 0;
  return {
    element: node,
    /** @param {string} text */
    say(text) {
      clearTimeout(timer);
      timer = window.setTimeout(() => (node.textContent = text), wait);
    },
  };
}

/** Collects any number of calls into one run before the next frame. @param {() => void} run */
export function onFrame(run) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      run();
    });
  };
}

/** Does the reader want less motion? Asked anew each time, for the setting may change. */
export function reducedMotion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** Calls back when the page's colours change: theme switch of the site, of JupyterLab, of Colab. @param {() => void} run */
function onTheme(run) {
  const watch = new MutationObserver(run);
  const attributeFilter = ["data-theme", "data-jp-theme-light", "theme", "class"];
  for (const node of [document.documentElement, document.body]) watch.observe(node, { attributes: true, attributeFilter });
}

/** Calls back before the page goes to paper, when it has taken its light colours (boot.js), and after. @param {() => void} run */
function onPrint(run) {
  for (const type of ["beforeprint", "afterprint"]) window.addEventListener(type, run);
}

/** @typedef {Record<"ink"|"muted"|"grid"|"paper"|"panel"|"blue"|"orange"|"green"|"pink"|"ochre"|"sky"|"good"|"bad", string>} Colours */

/** The palette as it stands now. @param {Element} node @returns {Colours} */
export function colours(node) {
  const style = getComputedStyle(node);
  const names = ["ink", "muted", "grid", "paper", "panel", "blue", "orange", "green", "pink", "ochre", "sky", "good", "bad"];
  return /** @type {Colours} */ (Object.fromEntries(names.map((n) => [n, style.getPropertyValue(`--lab-${n}`).trim()])));
}

/**
 * The palette, read anew only after it has changed; then the callbacks draw again.
 * @param {Element} node @param {() => void} redraw @param {() => void} paint draws at once, because paper waits for no frame
 */
export function livePalette(node, redraw, paint) {
  /** @type {Colours | null} */
  let known = null;
  const forget = (/** @type {() => void} */ then) => () => {
    known = null;
    then();
  };
  onTheme(forget(redraw));
  onPrint(forget(paint));
  return () => (known ??= colours(node));
}

/** "#rrggbb" to three numbers from 0 to 255. @param {string} hex */
export function rgb(hex) {
  const value = parseInt(hex.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** @typedef {{element: HTMLElement, canvas: HTMLCanvasElement, redraw: () => void, paint: () => void}} Surface */

/**
 * A canvas as sharp as the screen, drawn again when its size or the theme changes, at most once a frame: `redraw` waits
 * for the next one, `paint` draws at once, for those who are called in a frame already.
 * @param {{label: string, height: (width: number) => number, role?: string, class?: string,
 *   draw: (pen: CanvasRenderingContext2D, width: number, height: number, colours: Colours) => void}} options
 * @returns {Surface}
 */
export function surface({ label, height, draw, role = "img", class: kind = "" }) {
  const canvas = /** @type {HTMLCanvasElement} */ (element("canvas", { class: `lab-canvas ${kind}`, role, "aria-label": label }));
  const box = element("div", { class: `lab-surface ${kind}` }, canvas);
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const paint = () => {
    const width = box.clientWidth;
    if (!width) return;
    const tall = Math.max(1, Math.round(height(width)));
    const dense = Math.min(3, window.devicePixelRatio || 1);
    resizeCanvas(canvas, width, tall, dense);
    pen.setTransform(dense, 0, 0, dense, 0, 0);
    pen.clearRect(0, 0, width, tall);
    pen.font = `14px ${getComputedStyle(canvas).fontFamily}`;
    draw(pen, width, tall, palette());
  };
  const redraw = onFrame(paint);
  const palette = livePalette(canvas, redraw, paint);
  new ResizeObserver(redraw).observe(box);
  return { element: box, canvas, redraw, paint };
}

/** Setting a canvas's size clears it and costs time: only where it changed. @param {HTMLCanvasElement} canvas @param {number} width @param {number} height @param {number} dense */
function resizeCanvas(canvas, width, height, dense) {
  if (canvas.width === Math.round(width * dense) && canvas.height === Math.round(height * dense)) return;
  canvas.width = Math.round(width * dense);
  canvas.height = Math.round(height * dense);
  // Whole pixels on both sides: a stretched canvas is a blurred one.
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
}

/** Where a pointer is, in the canvas's own CSS pixels. @param {HTMLCanvasElement} canvas @param {MouseEvent} event */
export function position(canvas, event) {
  const box = canvas.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

/** Arrow keys as a step, or null for any other key. @param {KeyboardEvent} event */
export function arrow(event) {
  /** @type {Record<string, number[]>} */
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const step = steps[event.key];
  return step && !event.ctrlKey && !event.metaKey && !event.altKey ? { x: step[0], y: step[1] } : null;
}
