// The race in time: run, pause, step, reset, to the end, at a pace, or anywhere by a slider over the steps.

import { button, element, reducedMotion, select, slider } from "../../web/ui.js";
import { counted } from "./marks.js";

const PACES = ["20", "100", "500"].map((value) => ({ value, label: `${value} steps/s` }));

/** @typedef {import("./model.js").RaceModel} RaceModel */

/** The clock: it moves the step shown on. @param {RaceModel} model @param {() => number} pace steps a second @param {() => boolean} alive @param {() => void} refresh */
function raceClock(model, pace, alive, refresh) {
  let frame = 0, last = 0, exact = 0;
  /** @param {number} now */
  function tick(now) {
    exact += (pace() * Math.max(0, Math.min(100, now - last))) / 1000; // a tab that slept does not leap
    last = now;
    model.shown = Math.min(model.finish, Math.floor(exact));
    frame = model.over || !alive() ? 0 : requestAnimationFrame(tick);
    refresh();
  }
  return {
    get running() {
      return frame !== 0;
    },
    stop() {
      cancelAnimationFrame(frame);
      frame = 0;
    },
    start() {
      exact = model.shown;
      last = performance.now();
      frame = requestAnimationFrame(tick);
    },
  };
}

/** @param {RaceModel} model @param {() => void} refresh */
export function makeTransport(model, refresh) {
  const run = button({ label: "Run", primary: true, onPress: () => (clock.running ? stop() : start()) });
  const pace = select({ label: "Pace", options: PACES, value: "100", onChange: () => {} });
  const clock = raceClock(model, () => Number(pace.input.value), () => run.isConnected, refresh);
  const time = slider({ label: "Step", min: 0, max: model.finish, value: 0, show: (v) => `${counted(v)} of ${counted(model.finish)}`, onInput: go });
  const step = button({ label: "Step", onPress: () => go(model.shown + 1) });
  const reset = button({ label: "Reset", onPress: () => go(0) });
  const finish = button({ label: "To the end", onPress: () => go(model.finish) });
  function stop() {
    clock.stop();
    refresh();
  }
  /** @param {number} next */
  function go(next) {
    model.shown = Math.max(0, Math.min(model.finish, next));
    stop();
  }
  function start() {
    if (model.over) model.shown = 0;
    if (reducedMotion()) return go(model.finish); // the whole path at once
    clock.start();
    refresh();
  }
  return {
    parts: [element("div", { class: "lab-row" }, run, step, reset, finish), pace.element, time.element],
    stop,
    show() {
      run.textContent = clock.running ? "Pause" : "Run";
      run.disabled = !model.racing.length;
      step.disabled = finish.disabled = model.over;
      reset.disabled = model.shown === 0;
      time.range(0, model.finish);
      time.set(model.shown);
    },
  };
}
