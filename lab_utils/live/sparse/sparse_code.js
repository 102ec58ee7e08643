// Live figure: a sparse code of natural photos, learned in the page. Atoms become edges; any patch is a few of them.

import { announcer, button, choice, element, select, slider } from "../../web/ui.js";
import { TrainingClock } from "../shared/clock.js";
import { lineChart } from "../shared/line_chart.js";
import { SparseModel } from "./model.js";
import { RebuiltPhoto, photoPanel } from "./photo.js";
import { Spot } from "./spot.js";
import { atomGrid, patchSum } from "./views.js";
import { adviceWords, learningWords, patchWords } from "./words.js";

/** @typedef {import("./model.js").SparseSettings} SparseSettings */
/** @typedef {{data: Int8Array, shape: number[]}} Stored */
/** @typedef {{start: SparseSettings, limits: Record<string, number[]>, size: number, names: string[], photos: Stored[], learned: Stored | null}} SparseData */

const COUNTS = ["36", "64", "100"];

/** @param {HTMLElement} root @param {SparseData} data */
export function mount(root, data) {
  new SparseFigure(root, data);
}

/** @param {SparseModel} model */
function curves(model) {
  const xs = () => model.rows.map((row) => row.step);
  return lineChart({
    label: "Chart of two shares against updates: codes in use, and squared length left over. The line above the photo holds the last values.",
    height: 200,
    read: () => ({
      lines: [
        { colour: "green", dash: [], xs: xs(), ys: model.rows.map((row) => 100 * row.active) },
        { colour: "pink", dash: [7, 4], xs: xs(), ys: model.rows.map((row) => 100 * row.left) },
      ],
      last: Math.max(50, model.step), steps: "update",
      y: { low: 0, high: 100, ticks: [0, 25, 50, 75, 100], text: (v) => `${v} %`, name: "" },
    }),
  });
}

class SparseFigure {
  /** @param {HTMLElement} root @param {SparseData} data */
  constructor(root, data) {
    this.root = root;
    this.data = data;
    const photos = data.photos.map(({ data: values, shape: [rows, columns] }) => ({ rows, columns, values: Float64Array.from(values) }));
    this.model = new SparseModel(data.start, photos, data.size);
    this.spot = new Spot(this.model);
    this.rebuilt = new RebuiltPhoto(this.model, this.spot);
    /** @type {"photo" | "rebuilt"} */
    this.view = "photo";
    this.clock = new TrainingClock({ root, model: this.model, drawn: (rests) => this.draw(rests), state: () => this.showState() });
    this.controls = makeControls(this);
    this.panels = {
      photo: photoPanel(this.model, this.spot, this.rebuilt, () => this.view, () => this.clock.ask()),
      atoms: atomGrid(this.model, this.spot), sum: patchSum(this.model, this.spot), curves: curves(this.model),
    };
    this.lines = makeLines();
    this.speech = announcer();
    this.arrange();
    this.showState();
    this.clock.ask();
  }

  arrange() {
    const { controls: c, panels, lines } = this;
    const box = (/** @type {string} */ kind, /** @type {HTMLElement[]} */ ...children) => element("div", { class: kind }, ...children);
    const key = (/** @type {string} */ kind, /** @type {string} */ text) => element("span", { class: `lab-sparse-key ${kind}` }, text);
    this.root.append(
      box("lab-sparse-settings lab-controls", c.penalty.element, c.count.element, c.seed.element),
      box("lab-row lab-sparse-bar lab-controls", c.run, c.step, c.reset, ...(c.learned ? [c.learned] : [])),
      lines.learning, lines.advice,
      box("lab-sparse-pair",
        box("", box("lab-sparse-looks lab-controls", ...(c.photo ? [c.photo.element] : []), c.view.element), panels.photo.element, lines.hint),
        box("", lines.atoms, panels.atoms.element)),
      lines.patch, panels.sum.element,
      box("lab-sparse-chart", box("lab-sparse-keys", key("lab-sparse-active", "codes in use"), key("lab-sparse-left", "squared length left over")), panels.curves.element),
      this.speech.element,
    );
  }

  /** @param {Partial<SparseSettings>} changes */
  change(changes) {
    const before = this.model.atoms;
    this.model.set(changes);
    if (this.model.atoms !== before) this.rest();
    this.showState();
    this.clock.ask();
  }

  reset() {
    this.model.restart();
    this.rest();
    this.showState();
  }

  /** Goes on from the atoms that came with the book. */
  takeLearned() {
    if (!this.data.learned) return;
    const { data: values, shape: [count, pixels] } = this.data.learned, rows = Float64Array.from(values);
    for (let k = 0; k < count; k++) {
      const row = rows.subarray(k * pixels, (k + 1) * pixels), length = Math.hypot(...row);
      for (let p = 0; p < pixels; p++) row[p] /= length;
    }
    this.model.s.atoms = count;
    this.model.take({ count, pixels, rows }, "the book’s atoms");
    this.rest();
    this.showState();
  }

  /** New atoms wait to be trained. */
  rest() {
    this.clock.set(false);
    this.clock.until(0);
  }

  showState() {
    const { model, clock, controls } = this;
    controls.run.textContent = clock.running ? "Pause" : clock.calm.matches ? "Run 100 updates" : "Run";
    controls.count.set(String(model.atoms.count));
  }

  /** @param {boolean} rests */
  draw(rests) {
    const { model, spot, lines } = this;
    spot.recode();
    const pending = this.view === "rebuilt" && this.rebuilt.work();
    for (const panel of Object.values(this.panels)) panel.redraw();
    lines.learning.textContent = learningWords(model);
    lines.patch.textContent = patchWords(model, spot);
    lines.advice.textContent = adviceWords(model);
    this.showState();
    if (rests) this.speech.say(`${learningWords(model)} ${patchWords(model, spot)}`);
    this.root.dispatchEvent(new CustomEvent("lab:training", { bubbles: true, detail: { model, spot, rebuilt: this.rebuilt } }));
    return rests && pending;
  }
}

function makeLines() {
  const line = (/** @type {string} */ kind, text = "") => /** @type {HTMLElement} */ (element("p", { class: kind, text }));
  return {
    learning: line("lab-sparse-learning"), advice: line("lab-note lab-sparse-advice"), patch: line("lab-sparse-words"),
    atoms: line("lab-title", "Atoms (each on its own scale)"),
    hint: line("lab-note", "Choose a patch: click, tap, or use the arrow keys."),
  };
}

/** @param {SparseFigure} figure */
function makeControls(figure) {
  const { data: { start, limits, names, learned }, model, spot, clock } = figure, [min, max] = limits.penalty.map(Math.log10);
  const penalty = slider({
    label: "Price of a code, λ", min, max, step: 0.05, value: Math.log10(start.penalty), show: () => String(model.s.penalty),
    onInput: (power) => figure.change({ penalty: Number((10 ** power).toPrecision(2)) }),
  });
  return {
    penalty, ...viewControls(figure, names, spot),
    count: choice({ label: "Atoms", options: COUNTS.map((value) => ({ value, label: value })), value: String(start.atoms), onChange: (value) => figure.change({ atoms: Number(value) }) }),
    seed: slider({ label: "Seed", min: limits.seed[0], max: limits.seed[1], value: start.seed, onInput: (seed) => figure.change({ seed }) }),
    run: button({ label: "Run", primary: true, onPress: () => clock.set(!clock.running) }),
    step: button({ label: "Step", title: "One update", onPress: () => clock.step() }),
    reset: button({ label: "Reset", title: "Random atoms of this seed", onPress: () => figure.reset() }),
    learned: learned && button({ label: "Take the book’s atoms", title: "Atoms learned before, in a longer training", onPress: () => figure.takeLearned() }),
  };
}

/** @param {SparseFigure} figure @param {string[]} names @param {Spot} spot */
function viewControls(figure, names, spot) {
  return {
    photo: names.length > 1 && select({
      label: "Photo", options: names.map((label, i) => ({ value: String(i), label })), value: "0",
      onChange(value) {
        spot.photo = Number(value);
        spot.goToAnEdge();
        figure.clock.ask();
      },
    }),
    view: choice({
      label: "Shown", options: [{ value: "photo", label: "As it is" }, { value: "rebuilt", label: "Rebuilt" }], value: "photo",
      onChange(value) {
        figure.view = /** @type {"photo" | "rebuilt"} */ (value);
        figure.clock.ask();
      },
    }),
  };
}
