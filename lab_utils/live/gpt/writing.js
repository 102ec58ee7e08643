// Where the reader writes, and where the network goes on: temperature, top-k, one character or many.

import { button, element, reducedMotion, select, slider, uid } from "../../web/ui.js";
import { readingWords } from "./words.js";

/** @typedef {import("./session.js").GptSession} GptSession */
/** @typedef {{label: string, text: string}[]} Prompts */

const PACE = 60; // milliseconds a character, slow enough to watch
const LONGEST = 120; // characters a press
const BUDGET = 40; // milliseconds of computing a frame where nothing is shown in between

/** Adds characters one after another while the page stays alive. @param {GptSession} session @param {{written: () => void, ended: () => void, alive: () => boolean}} tell */
function typewriter(session, { written, ended, alive }) {
  let left = 0, last = 0, frame = 0;
  const step = () => {
    session.append();
    left--;
  };
  function atOnce() {
    const end = performance.now() + BUDGET;
    while (left > 0 && performance.now() < end && session.work(BUDGET)) step();
  }
  /** @param {number} now */
  function tick(now) {
    frame = 0;
    if (reducedMotion()) atOnce();
    else if (session.complete && now - last >= PACE) {
      last = now;
      step();
      written();
    }
    if (left > 0 && alive()) frame = requestAnimationFrame(tick);
    else stop();
  }
  function stop() {
    cancelAnimationFrame(frame);
    frame = left = 0;
    written();
    ended();
  }
  return {
    get running() {
      return left > 0;
    },
    stop,
    start() {
      left = LONGEST;
      frame = requestAnimationFrame(tick);
    },
  };
}

/** @param {GptSession} session @param {Prompts} prompts @param {() => void} changed */
export function writingDesk(session, prompts, changed) {
  const id = uid("lab-text");
  const area = element("textarea", { id, rows: 3, maxlength: 4000, spellcheck: "false", autocapitalize: "off", autocomplete: "off", class: "lab-gpt-text" });
  area.value = session.text;
  const take = (/** @type {string} */ text) => {
    if (writer.running) writer.stop();
    session.write(text);
    changed();
  };
  area.addEventListener("input", () => {
    start.set("-1");
    take(area.value);
  });
  const start = select({
    label: "Start from", value: String(prompts.findIndex(({ text }) => text === session.text)),
    options: [{ value: "-1", label: "your own text" }, ...prompts.map(({ label }, i) => ({ value: String(i), label }))],
    onChange: (value) => {
      area.value = Number(value) < 0 ? "" : prompts[Number(value)].text;
      take(area.value);
      if (Number(value) < 0) area.focus();
    },
  });
  const tools = pens(session, { changed, running: () => writer.running, run: () => (writer.running ? writer.stop() : writer.start()) });
  const writer = typewriter(session, { written: changed, ended: () => tools.show(), alive: () => area.isConnected });
  const note = element("p", { class: "lab-note" });
  return {
    element: element("div", { class: "lab-gpt-desk lab-controls" },
      element("div", { class: "lab-gpt-write" }, element("label", { for: id, text: "Your text" }), area, tools.buttons), element("div", { class: "lab-gpt-pens" }, start.element, ...tools.sliders), note),
    show() {
      if (area.value !== session.text) area.value = session.text;
      note.textContent = readingWords(session);
      note.hidden = !note.textContent;
      tools.show();
    },
  };
}

/** @param {GptSession} session @param {{changed: () => void, running: () => boolean, run: () => void}} acts */
function pens(session, { changed, running, run }) {
  const most = session.characters.length;
  const write = button({ label: "", primary: true, onPress: run });
  const one = button({ label: "One character", onPress: () => (session.append(), changed()) });
  const back = button({ label: "Undo", title: "Take back what the network wrote", onPress: () => (session.back(), changed()) });
  const temperature = slider({
    label: "Temperature", min: 0, max: 2, step: 0.05, value: session.temperature, show: (v) => v.toFixed(2),
    onInput: (value) => {
      session.temperature = value;
      changed();
    },
  });
  const topK = slider({
    label: "Top-k", min: 1, max: most, value: session.topK, show: (v) => (v === most ? `all ${most}` : String(v)),
    onInput: (value) => {
      session.topK = value;
      changed();
    },
  });
  return {
    buttons: element("div", { class: "lab-row" }, write, one, back),
    sliders: [temperature.element, topK.element],
    show() {
      const active = running(), empty = session.tokens.length === 0;
      write.textContent = active ? "Stop" : "Let it write";
      write.disabled = empty;
      one.disabled = active || empty || !session.complete;
      back.disabled = active || session.text.length === session.typed;
    },
  };
}
