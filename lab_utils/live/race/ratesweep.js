// The sweep of learning rates: run in the page a few milliseconds a frame, listed, and taken over at a press.

import { button, element } from "../../web/ui.js";
import { rateChart } from "./charts.js";
import { LOOKS, compact, counted, swatch } from "./marks.js";
import { LIMIT, RATES } from "./racing.js";

const FRAME_MS = 8; // of work in a frame; the rest is left to the page
const REST_MS = 250; // without a change before a sweep is made anew

/** @typedef {import("./model.js").RaceModel} RaceModel */
/** @typedef {import("./model.js").RacerName} RacerName */

/**
 * @param {RaceModel} model @param {{taken: () => void, swept: (work: {milliseconds: number, races: number}) => void}} tell
 */
export function ratePanel(model, { taken, swept }) {
  const chart = rateChart(model);
  const list = element("ul", { class: "lab-race-findings" });
  const start = button({ label: "Sweep the rates", primary: true, onPress: () => sweep.start() });
  const take = button({ label: "Race at the best rates", onPress: () => act(() => model.takeBest()) });
  const back = button({ label: "", onPress: () => act(() => model.setEveryRate(model.land.rate)) });
  /** @param {() => void} change */
  const act = (change) => {
    change();
    taken();
  };
  const sweep = makeSweep(model, (work) => {
    show();
    if (work) swept(work);
  });
  function show() {
    chart.redraw();
    sweep.follow();
    const known = model.racing.filter((name) => model.isSwept(name));
    const whole = known.length === model.racing.length && known.length > 0;
    take.disabled = !whole;
    start.disabled = whole || sweep.running || !model.racing.length;
    start.textContent = sweep.running ? `Sweeping: ${Math.round(100 * share(model))} %` : "Sweep the rates";
    back.textContent = `All at ${compact(model.land.rate)}`;
    if (whole || !model.swept.size) list.replaceChildren(...known.map((name) => findingLine(model, name)));
  }
  return { chart: chart.element, buttons: element("div", { class: "lab-row lab-controls lab-race-sweep" }, start, take, back), list, show };
}

/** @param {RaceModel} model */
function share(model) {
  if (model.sweptVersion !== model.version) return 0;
  const done = model.racing.reduce((sum, name) => sum + (model.swept.get(name)?.length ?? 0), 0);
  return done / (RATES.length * model.racing.length);
}

/** @param {RaceModel} model @param {RacerName} name */
function findingLine(model, name) {
  const { best, steps, gap, arriving } = model.finding(name);
  const words = steps === null
    ? `arrives at none of ${RATES.length} rates in ${counted(LIMIT)} steps; nearest at ${compact(best)}, a loss ${compact(gap)} above the lowest`
    : `best at ${compact(best)}: ${counted(steps)} ${steps === 1 ? "step" : "steps"}; arrives at ${arriving.count} of ${RATES.length} rates, ${rangeWords(arriving)}`;
  return element("li", {}, swatch(LOOKS[name]), element("span", {}, element("strong", { text: LOOKS[name].label }), ` ${words}`));
}

/** @param {{low: number, high: number, gaps: boolean}} arriving */
function rangeWords({ low, high, gaps }) {
  return high > low ? `from ${compact(low)} to ${compact(high)}${gaps ? " with gaps" : ""}` : "that one alone";
}

/**
 * Once the reader has asked for a sweep, it follows every change of the settings when they have come to rest.
 * @param {RaceModel} model @param {(done?: {milliseconds: number, races: number}) => void} report
 */
function makeSweep(model, report) {
  const key = () => `${model.version} ${model.racing.join()}`;
  let asked = false, timer = 0, waiting = "", runs = ""; // the settings that a timer waits for, and those being swept
  let spent = 0, races = 0;
  /** @param {string} mine */
  function work(mine) {
    if (runs !== mine) return; // the settings have changed since
    const begin = performance.now();
    let more = true;
    while (more && performance.now() - begin < FRAME_MS) {
      more = model.sweepOne();
      races += more ? 1 : 0;
    }
    spent += performance.now() - begin;
    if (more) requestAnimationFrame(() => work(mine));
    else runs = "";
    report(more ? undefined : { milliseconds: spent, races });
  }
  function start() {
    asked = true;
    waiting = "";
    spent = races = 0;
    const mine = (runs = key());
    requestAnimationFrame(() => work(mine));
    report();
  }
  return {
    start,
    get running() {
      return runs !== "";
    },
    /** Is anything not known that was asked for? Then sweep, when the settings have rested. */
    follow() {
      if (runs && runs !== key()) runs = "";
      if (!asked || runs || waiting === key() || model.racing.every((name) => model.isSwept(name))) return;
      waiting = key();
      clearTimeout(timer);
      timer = window.setTimeout(() => waiting === key() && start(), REST_MS);
    },
  };
}
