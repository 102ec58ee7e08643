// The loss on a text with each head off in turn, a few milliseconds at a time.

import { Reading } from "./decoder.js";

/** @typedef {import("./session.js").GptSession} GptSession */

const TRIAL_SLICE = 30; // milliseconds a frame

/** @param {GptSession} session @param {{progress: (done: number, of: number) => void, finished: () => void}} tell */
export function headTrials(session, { progress, finished }) {
  const { net } = session;
  const scratch = new Reading(net);
  let frame = 0;
  /** @param {number[][]} found @param {number[]} tokens @param {number} whole */
  function tick(found, tokens, whole) {
    frame = 0;
    if (session.tokens !== tokens) return; // another text meanwhile: these numbers are nobody's
    if (!scratch.work(TRIAL_SLICE)) return later(found, tokens, whole);
    /** @type {number[]} */ (found.at(-1)).push(/** @type {number} */ (session.loss(scratch)) - whole);
    const done = found.flat().length;
    if (done === net.blocks.length * net.heads) {
      session.trials = found;
      return finished();
    }
    if (done % net.heads === 0) found.push([]);
    silence(found);
    progress(done, net.blocks.length * net.heads);
    later(found, tokens, whole);
  }
  /** @param {number[][]} found @param {number[]} tokens @param {number} whole */
  function later(found, tokens, whole) {
    frame = requestAnimationFrame(() => tick(found, tokens, whole));
  }
  /** The next head goes off. @param {number[][]} found */
  function silence(found) {
    scratch.copy(session.base);
    scratch.switchOff([`${found.length - 1}.${found[found.length - 1].length}`]);
  }
  return () => {
    if (!session.base.complete) return;
    cancelAnimationFrame(frame);
    const found = /** @type {number[][]} */ ([[]]);
    silence(found);
    later(found, session.tokens, /** @type {number} */ (session.loss(session.base)));
  };
}
