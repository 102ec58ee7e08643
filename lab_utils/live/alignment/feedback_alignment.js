// Live figure: feedback alignment. Four learners on the same digits; fixed feedback, and the weights that turn towards it.

import { announcer, button, element } from "../../web/ui.js";
import { TrainingClock } from "../shared/clock.js";
import { accuracyChart, angleChart } from "./charts.js";
import { lookControls, settingControls } from "./controls.js";
import { matrixPair } from "./matrices.js";
import { AlignmentModel } from "./model.js";
import { protractor } from "./protractor.js";
import { resultTable } from "./results.js";
import { angleWords, matrixWords, runWords, warningWords } from "./words.js";

/** @typedef {import("./model.js").AlignmentSettings} AlignmentSettings */
/** @typedef {{start: AlignmentSettings, limits: import("./controls.js").Limits, x: {data: Uint8Array, shape: number[]}, y: {data: Uint8Array}, top: number, held: number, classes: number}} FigureData */

/** @param {HTMLElement} root @param {FigureData} data */
export function mount(root, data) {
  new AlignmentFigure(root, data);
}

/** Grey levels 0 to top become numbers from −1 to 1; the last `held` examples are kept from training. @param {FigureData} data @returns {import("./model.js").AlignmentData} */
function readData({ x, y, top, held, classes }) {
  const [count, features] = x.shape, cut = count - held;
  const all = Float64Array.from(x.data, (v) => (2 * v) / top - 1), labels = Array.from(y.data);
  return {
    train: { x: all.subarray(0, cut * features), y: labels.slice(0, cut), count: cut },
    held: { x: all.subarray(cut * features), y: labels.slice(cut), count: held },
    features, classes,
  };
}

const NOTE = "Angles: one for each hidden layer, the lowest first; lines of lower layers are dashed. All learners share their first weights, images, batches of 32 and the learning rate (plain gradient descent).";

/** @param {AlignmentModel} model @param {import("./protractor.js").AlignmentLook} look */
function makeSurfaces(model, look) {
  return { disc: protractor(model, look), matrices: matrixPair(model, look), accuracy: accuracyChart(model), angles: angleChart(model, () => look.measure) };
}

function makeLines() {
  const line = (/** @type {string} */ kind) => /** @type {HTMLElement} */ (element("p", { class: kind }));
  const lines = { words: line("lab-align-words"), meaning: line("lab-align-meaning"), warning: line("lab-error"), about: line("lab-note") };
  lines.warning.setAttribute("role", "alert");
  return lines;
}

class AlignmentFigure {
  /** @param {HTMLElement} root @param {FigureData} data */
  constructor(root, data) {
    this.root = root;
    this.model = new AlignmentModel(data.start, readData(data));
    /** @type {import("./protractor.js").AlignmentLook} */
    this.look = { kind: "feedback", layer: data.start.depth, measure: "weight" };
    this.settings = settingControls(data.start, data.limits, (changes) => this.change(changes));
    this.looks = lookControls(this.look, () => this.showLook());
    this.clock = new TrainingClock({ root, model: this.model, drawn: (rests) => this.draw(rests), state: () => this.showState() });
    this.run = button({ label: "Run", primary: true, onPress: () => this.clock.set(!this.clock.running) });
    this.step = button({ label: "Step", title: "One update", onPress: () => this.clock.step() });
    this.reset = button({ label: "Reset", title: "The same seed from the beginning", onPress: () => this.restart() });
    this.table = resultTable(this.model);
    this.speech = announcer();
    this.surfaces = makeSurfaces(this.model, this.look);
    this.lines = makeLines();
    this.arrange();
    this.change({});
  }

  arrange() {
    const { surfaces: { disc, matrices, accuracy, angles }, lines, settings, looks } = this;
    const box = (/** @type {string} */ kind, /** @type {HTMLElement[]} */ ...children) => element("div", { class: kind }, ...children);
    this.root.append(
      settings.element,
      box("lab-align-bar lab-controls", box("lab-row", this.run, this.step, this.reset), settings.pace),
      lines.words, lines.warning, lines.meaning,
      box("lab-align-looks lab-controls", looks.kind, looks.measure, looks.layer),
      box("lab-align-pair", disc.element, matrices.element), lines.about,
      box("lab-align-pair", accuracy.element, angles.element), this.table.element,
      element("p", { class: "lab-note", text: NOTE }), this.speech.element,
    );
  }

  /** @param {Partial<AlignmentSettings>} changes */
  change(changes) {
    const before = this.model.learners;
    this.model.set(changes);
    if (this.model.learners !== before) this.rest();
    this.settings.show(this.model.s);
    this.showLook();
  }

  restart() {
    this.model.restart();
    this.rest();
    this.showLook();
  }

  /** A new run waits to be started. */
  rest() {
    this.clock.set(false);
    this.clock.until(0);
  }

  showLook() {
    this.looks.show(this.model.s.depth);
    this.lines.about.textContent = matrixWords(this.model, this.look);
    this.showState();
    this.clock.ask();
  }

  showState() {
    const { model, clock, lines } = this;
    this.run.textContent = clock.running ? "Pause" : clock.calm.matches ? "Run 100 updates" : "Run";
    this.run.disabled = this.step.disabled = !model.ready;
    const warning = warningWords(model);
    if (lines.warning.textContent !== warning) lines.warning.textContent = warning;
    lines.warning.hidden = !warning;
  }

  /** Draws the learners as they are; nothing moves on by itself. @param {boolean} rests */
  draw(rests) {
    for (const surface of Object.values(this.surfaces)) surface.redraw();
    this.table.show();
    this.lines.words.textContent = runWords(this.model);
    this.lines.meaning.textContent = angleWords(this.model);
    this.showState();
    if (rests && this.model.step) this.speech.say(`${runWords(this.model)} ${angleWords(this.model)}`);
    this.root.dispatchEvent(new CustomEvent("lab:training", { bubbles: true, detail: { model: this.model } }));
    return false;
  }
}
