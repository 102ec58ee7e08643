// Live figure: the book's own GPT. Type a text; see where each head looks, what comes next, and what a head is worth.

import { announcer, element, livePalette, onFrame } from "../../web/ui.js";
import { nextBars } from "./bars.js";
import { headGrid } from "./heads.js";
import { headMap } from "./headmap.js";
import { layerLens } from "./lens.js";
import { ranked } from "./sampling.js";
import { GptSession } from "./session.js";
import { textTape } from "./tape.js";
import { called } from "./text.js";
import { headTrials } from "./trials.js";
import { weightCount } from "./weights.js";
import { writingDesk } from "./writing.js";
import { lossWords, percent } from "./words.js";

const SLICE = 40; // milliseconds of computing a frame, so that the page never freezes

/**
 * @param {HTMLElement} root
 * @param {import("./session.js").GptData} data
 */
export function mount(root, data) {
  const session = new GptSession(data);
  const speech = announcer();
  const status = element("p", { class: "lab-note" });
  const tryAll = headTrials(session, {
    progress: (done, of) => (status.textContent = `Switching each head off in turn: ${done} of ${of} …`),
    finished: () => {
      speech.say("Every head tried: its map now carries the change of the loss.");
      update();
    },
  });
  const desk = writingDesk(session, data.prompts, update);
  const tape = textTape(session, update), bars = nextBars(session), map = headMap(session, update), lens = layerLens(session);
  const heads = headGrid(session, { changed: update, tryAll, colour: () => palette().blue });
  const views = [tape, bars, heads, map, lens];
  const body = element("div", { class: "lab-gpt-views" }, tape.element,
    element("div", { class: "lab-gpt-column" }, bars.element, map.element), element("div", { class: "lab-gpt-column" }, heads.element, lens.element));
  const empty = element("p", { text: "Type something, or choose a start: the network needs one character at least." });
  root.append(desk.element, empty, body, status, speech.element);

  /** Computes for a while, and draws once all is known. */
  const answer = onFrame(() => {
    if (!session.work(SLICE)) return answer();
    paint();
  });
  function paint() {
    const some = session.tokens.length > 0;
    body.hidden = !some;
    empty.hidden = some;
    desk.show();
    if (!some || !session.complete) return;
    for (const view of views) view.show();
    status.textContent = statusWords(session);
    report(root, session, speech);
  }
  const palette = livePalette(root, answer, paint);
  function update() {
    desk.show();
    answer();
  }
  update();
}

/** @param {GptSession} session */
function statusWords(session) {
  const weights = Math.round(weightCount(session.net) / 1000);
  return `All ${weights.toLocaleString("en")},000 weights are in this page, and nothing you type leaves it. Last change: ${session.busy.toFixed(session.busy < 10 ? 1 : 0)} ms of computing.`;
}

/** For the tests and for a screen reader. @param {HTMLElement} root @param {GptSession} session @param {{say: (text: string) => void}} speech */
function report(root, session, speech) {
  const p = session.next(session.now, session.at);
  const best = ranked(p)[0];
  speech.say(`Likeliest next: ${called(session.characters[best])}, ${percent(p[best])}. ${lossWords(session)}`);
  root.dispatchEvent(new CustomEvent("lab:answer", { bubbles: true, detail: { session, milliseconds: session.busy } }));
}
