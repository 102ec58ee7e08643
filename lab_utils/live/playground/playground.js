// A small network trains in the page: its answer on the input plane, each layer's space, each unit, each curve.

import { arrow, position } from "../../web/ui.js";
import { TrainingClock } from "../shared/clock.js";
import { percent } from "./curves.js";
import { unitAt } from "./diagram.js";
import { makeLayout } from "./layout.js";
import { PlaygroundModel } from "./model.js";
import { morpher } from "./panels.js";
import { nameInAddress, readAddress } from "./share.js";
import { Spaces } from "./spaces.js";
import { deadInWords, inputTitle, runInWords, spaceInWords, spaceTitle, unitInWords, warningInWords } from "./words.js";

const FOLLOW = 0.25; // how much of its way the camera goes in one frame
const ARRIVED = 0.004;
const WORDS_MS = 150; // faster, nobody reads
const EACH_SQUARE = "Each square: one unit over the input plane, blue above zero, orange below. Choose one to see it large.";

/** @typedef {import("./settings.js").Settings} Settings */
/** @typedef {{start: Settings, rules: import("./settings.js").SettingRules, given: any}} PlaygroundData */

/** @param {HTMLElement} root @param {PlaygroundData} data */
export function mount(root, data) {
  new Playground(root, data);
}

class Playground {
  /** @param {HTMLElement} root @param {PlaygroundData} data */
  constructor(root, data) {
    this.root = root;
    this.data = data;
    this.name = nameInAddress(root);
    const { found, complaint } = readAddress(this.name, data.start, data.rules);
    const settings = found?.settings ?? data.start;
    this.complaint = complaint;
    this.model = new PlaygroundModel(settings, readGiven(data.given), found?.points ?? []);
    this.spaces = new Spaces(this.model);
    /** @type {import("./panels.js").Look} */
    this.view = { unit: null, held: false, cross: null };
    this.spoken = 0;
    this.parts = makeLayout(this);
    this.picture = inSight(this.parts.surfaces);
    this.morph = morpher(this.spaces, () => this.showPlace());
    this.clock = new TrainingClock({ root, model: this.model, drawn: (rests) => this.draw(rests), state: () => this.showState() });
    this.listenToDiagram();
    window.addEventListener("hashchange", () => root.isConnected && this.openLink());
    this.begin(settings.steps, Boolean(found));
  }

  /** A new network stands where the old one stood; a link brings the figure into sight. @param {number} steps to train at once @param {boolean} [linked] */
  begin(steps, linked) {
    this.morph.stop();
    this.view.unit = null;
    this.spaces.forget();
    this.spaces.at = this.model.s.layer;
    this.parts.stops.make(this.model.s.widths.length, this.model.s.layer);
    this.showSettings();
    this.clock.until(steps);
    if (linked) this.root.closest("figure")?.scrollIntoView();
  }

  /** @param {Partial<Settings>} changes */
  change(changes) {
    const before = this.model.net;
    this.complaint = "";
    this.parts.share.hide();
    this.model.set(changes);
    if (this.model.net !== before) return this.begin(0);
    if ("layer" in changes) this.morph.to(this.model.s.layer);
    if ("view" in changes) this.spaces.cameras.fill(null);
    this.showSettings();
    this.clock.ask();
  }

  reset() {
    this.clock.set(false);
    this.parts.share.hide();
    this.model.restart();
    this.begin(0);
  }

  /** The reader opened another link on this page. */
  openLink() {
    const { found, complaint } = readAddress(this.name, this.data.start, this.data.rules);
    this.complaint = complaint;
    if (!found) return this.showState();
    this.clock.set(false);
    this.model.points = found.points;
    this.model.s = found.settings;
    this.model.restart();
    this.begin(found.settings.steps, true);
  }

  /** Points came or went. */
  afterPoints() {
    this.complaint = "";
    this.parts.share.hide();
    this.showState();
    this.clock.ask();
  }

  /** The slider's place; a layer is reached where it stands on one. @param {number} at */
  goTo(at) {
    this.morph.stop();
    this.spaces.at = at;
    if (Number.isInteger(at)) {
      this.model.set({ layer: at });
      this.showSettings();
    }
    this.showPlace();
  }

  /** Another place on the way, the same network. */
  showPlace() {
    const { model, spaces, parts } = this;
    spaces.follow(1);
    parts.stops.show(spaces.at, model.s.layer);
    parts.lines.space.textContent = spaceInWords(model, spaces);
    parts.titles.hidden.textContent = spaceTitle(spaces.at);
    parts.hidden.redraw();
    parts.diagram.redraw();
  }

  /** All controls as the settings are. */
  showSettings() {
    const { model, parts } = this, { layer, widths, view, chart } = model.s;
    parts.desk.s = model.s;
    parts.settings.show(model.s);
    parts.shape.show(model.s);
    parts.stops.show(this.spaces.at, layer);
    parts.chart.set(chart);
    parts.held.hidden = model.held.y.length === 0;
    parts.views.show(layer ? widths[layer - 1] : 0, view);
    this.showState();
  }

  /** Whether it runs, may run, and what is wrong. */
  showState() {
    const { model, parts } = this;
    parts.run.textContent = this.clock.running ? "⏸ Pause" : this.clock.calm.matches ? "▶ Run 100 updates" : "▶ Run";
    parts.run.disabled = parts.step.disabled = !model.ready;
    const warning = this.complaint || warningInWords(model);
    if (parts.lines.warning.textContent !== warning) parts.lines.warning.textContent = warning;
    parts.lines.warning.hidden = !warning;
    parts.points.show();
  }

  /** Draws the network as it is now; says whether the camera still has a way to go. @param {boolean} rests training rests */
  draw(rests) {
    const { model, spaces } = this, now = performance.now(), speak = rests || now - this.spoken > WORDS_MS;
    spaces.measure(speak ? undefined : spaces.shown); // between two rounds of words only what the picture needs
    const rest = spaces.follow(this.clock.calm.matches ? 1 : FOLLOW);
    this.picture();
    if (speak) {
      this.spoken = now;
      this.showState();
      this.showWords();
    }
    if (rests) this.parts.speech.say(`${runInWords(model)} ${spaceInWords(model, spaces)}`);
    this.root.dispatchEvent(new CustomEvent("lab:training", { bubbles: true, detail: { model, spaces } }));
    return rests && rest > ARRIVED;
  }

  showWords() {
    const { model, spaces, view, parts } = this, { lines, titles } = parts;
    parts.stops.label(spaces.accuracies.map(percent));
    lines.run.textContent = runInWords(model);
    lines.dead.textContent = deadInWords(model);
    lines.unit.textContent = unitInWords(model, view.unit) || EACH_SQUARE;
    lines.space.textContent = spaceInWords(model, spaces);
    titles.input.textContent = inputTitle(view.unit, model.net.layers.length);
    titles.hidden.textContent = spaceTitle(spaces.at);
  }

  /** @param {boolean} value */
  showHeld(value) {
    this.view.held = value;
    this.parts.input.redraw();
    this.parts.hidden.redraw();
  }

  /** In sight and by voice. @param {string} text */
  say(text) {
    this.parts.lines.cross.textContent = text;
    this.parts.speech.say(text);
  }

  /** @param {import("./diagram.js").Unit | null} unit */
  chooseUnit(unit) {
    const now = this.view.unit;
    this.view.unit = unit && now?.layer === unit.layer && now.index === unit.index ? null : unit;
    const text = unitInWords(this.model, this.view.unit);
    this.clock.ask();
    if (text) this.parts.speech.say(text);
  }

  /** A click chooses a unit, arrow keys go from unit to unit. */
  listenToDiagram() {
    const { canvas } = this.parts.diagram;
    canvas.addEventListener("click", (event) => this.chooseUnit(unitAt(this.model.net.widths, canvas.clientWidth, position(canvas, event))));
    canvas.addEventListener("keydown", (event) => {
      const step = arrow(event), { widths } = this.model.net;
      if (event.key === "Escape") this.chooseUnit(null);
      if (!step) return;
      event.preventDefault();
      const from = this.view.unit ?? { layer: 1 - step.x, index: -step.y };
      const layer = Math.max(0, Math.min(widths.length - 1, from.layer + step.x));
      const index = Math.max(0, Math.min(widths[layer] - 1, from.index + step.y));
      if (layer !== this.view.unit?.layer || index !== this.view.unit?.index) this.chooseUnit({ layer, index });
    });
  }
}

/** Draws the surfaces that can be seen, and any other as soon as it comes into sight. @param {import("../../web/ui.js").Surface[]} surfaces */
function inSight(surfaces) {
  const seen = new Set(surfaces);
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      const surface = surfaces.find((s) => s.element === entry.target);
      if (!surface) continue;
      if (entry.isIntersecting) seen.add(surface);
      else seen.delete(surface);
      if (entry.isIntersecting) surface.redraw();
    }
  });
  for (const { element: box } of surfaces) watch.observe(box);
  return () => {
    for (const surface of seen) surface.redraw();
  };
}

/** Points of the notebook, as numbers of double precision. @param {any} given */
function readGiven(given) {
  if (!given) return null;
  const part = (/** @type {any} */ p) => ({ x: Float64Array.from(p.x.data), y: Float64Array.from(p.y.data) });
  return { train: part(given.train), held: part(given.held), box: given.box };
}
