// The parts of the playground, made and put in their places.

import { announcer, button, checkbox, choice, element } from "../../web/ui.js";
import { settingControls, shapeControls } from "./controls.js";
import { curveChart } from "./curves.js";
import { networkDiagram } from "./diagram.js";
import { hiddenPanel, inputPanel } from "./panels.js";
import { pointTools } from "./points.js";
import { shareButton } from "./share.js";
import { spaceStops, viewList } from "./stops.js";

/** @typedef {import("./settings.js").Settings} Settings */
/**
 * What the parts need of the figure they belong to.
 * @typedef {{root: HTMLElement, name: string, data: {rules: import("./settings.js").SettingRules},
 *   model: import("./model.js").PlaygroundModel, spaces: import("./spaces.js").Spaces,
 *   view: import("./panels.js").Look, clock: import("../shared/clock.js").TrainingClock,
 *   change: (changes: Partial<Settings>) => void, reset: () => void, goTo: (at: number) => void,
 *   afterPoints: () => void, showHeld: (value: boolean) => void, say: (text: string) => void}} Host
 */

/** @param {Host} host */
export function makeLayout(host) {
  const parts = { ...makeSurfaces(host), ...makeControls(host), ...makeLines() };
  const points = pointTools(host.model, host.view, parts.input, { changed: () => host.afterPoints(), redraw: parts.input.redraw, say: (text) => host.say(text) });
  arrange(host.root, parts, points.element);
  return { ...parts, points };
}

/** @param {Host} host */
function makeSurfaces({ model, spaces, view }) {
  const input = inputPanel(model, view), hidden = hiddenPanel(model, spaces, view);
  const diagram = networkDiagram(model, view, () => Math.round(spaces.at));
  const loss = curveChart(model, () => "loss", "Curves of the loss on training and held-out points");
  const other = curveChart(model, () => /** @type {any} */ (model.s.chart), "Curves of the accuracy, or of each layer's gradient");
  return { input, hidden, diagram, loss, other, surfaces: [input, hidden, diagram, loss, other] };
}

/** @param {Host} host */
function makeControls(host) {
  const { model } = host;
  /** @type {import("./controls.js").Desk} */
  const desk = { s: model.s, rules: host.data.rules, given: Boolean(model.given), change: (changes) => host.change(changes) };
  /** @type {import("./stops.js").Travel} */
  const travel = { choose: (layer) => host.change({ layer }), go: (at) => host.goTo(at), see: (view) => host.change({ view }) };
  return {
    desk,
    settings: settingControls(desk),
    shape: shapeControls(desk),
    views: viewList(travel),
    stops: spaceStops(travel),
    share: shareButton(host.name, model),
    run: button({ label: "", primary: true, onPress: () => host.clock.set(!host.clock.running) }),
    step: button({ label: "Step", title: "One update", onPress: () => host.clock.step() }),
    restart: button({ label: "Reset", title: "The same seed from the beginning", onPress: () => host.reset() }),
    held: checkbox({ label: "Show held-out points (hollow)", value: host.view.held, onChange: (value) => host.showHeld(value) }).element,
    chart: choice({
      label: "Second chart", options: [{ value: "accuracy", label: "Accuracy" }, { value: "gradients", label: "Gradient size" }],
      value: model.s.chart, onChange: (value) => host.change({ chart: value }),
    }),
    speech: announcer(),
  };
}

function makeLines() {
  const line = (/** @type {string} */ kind) => /** @type {HTMLElement} */ (element("p", { class: kind }));
  const lines = { run: line("lab-play-run"), warning: line("lab-error"), space: line("lab-note"), unit: line("lab-note"), dead: line("lab-note"), cross: line("lab-note") };
  lines.warning.setAttribute("role", "alert");
  return { lines, titles: { input: line("lab-title"), hidden: line("lab-title") } };
}

/** @param {HTMLElement} root @param {ReturnType<typeof makeSurfaces> & ReturnType<typeof makeControls> & ReturnType<typeof makeLines>} parts @param {HTMLElement} points */
function arrange(root, parts, points) {
  const { lines, titles } = parts;
  const box = (/** @type {string} */ kind, /** @type {HTMLElement[]} */ ...children) => element("div", { class: kind }, ...children);
  root.append(
    parts.settings.element,
    box("lab-row lab-play-bar lab-controls", parts.run, parts.step, parts.restart, parts.share.button),
    parts.share.element, lines.run, lines.warning,
    box("lab-play-pair",
      box("", titles.input, parts.input.element, lines.cross, points, parts.held),
      box("", titles.hidden, parts.hidden.element, parts.views.element, lines.space)),
    parts.stops.element,
    parts.shape.element, parts.diagram.element, lines.unit, lines.dead,
    box("lab-play-pair lab-play-charts",
      box("", box("lab-play-head", element("p", { class: "lab-title", text: "Loss" })), parts.loss.element),
      box("", box("lab-play-head lab-controls", parts.chart.element), parts.other.element)),
    parts.speech.element,
  );
}
