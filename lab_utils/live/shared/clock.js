// When to train: on Run, frame by frame while the figure is in view; on Step, once; on a link's count, until it is reached.

const SLICE_MS = 12; // what the updates of one frame may take, so that it can still be drawn
const SCORED = 10; // updates between two rows of the curves within a frame
const STILL_UPDATES = 100; // what Run does at once for those who want less motion

/** What trains: `update` is one update, `score` adds a row to the curves, `measure` brings all that is shown up to date. @typedef {{ready: boolean, step: number, s: {speed: number}, update: () => void, score: () => void, measure: () => void}} InTraining */

/** `drawn` draws what is now, and says whether the picture is still on its way; `state`: running began or ended. @typedef {{root: HTMLElement, model: InTraining, drawn: (rests: boolean) => boolean, state: () => void}} Clocked */

export class TrainingClock {
  /** @param {Clocked} figure */
  constructor(figure) {
    this.figure = figure;
    /** Does the reader want less motion? Asked in every frame, so kept. */
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.running = false;
    this.inView = true;
    /** Updates to reach without being asked again. */
    this.goal = 0;
    this.frame = 0;
    new IntersectionObserver((entries) => {
      this.inView = entries[entries.length - 1].isIntersecting;
      if (this.inView) this.ask();
    }).observe(figure.root);
  }

  /** Is there an update to make now? */
  get wanted() {
    const { model } = this.figure;
    return this.inView && model.ready && (this.running || model.step < this.goal);
  }

  /** A frame, soon. */
  ask() {
    this.frame ||= requestAnimationFrame(() => this.tick());
  }

  tick() {
    this.frame = 0;
    const { root, model, drawn, state } = this.figure;
    if (!root.isConnected) return;
    const training = this.wanted;
    if (training) this.train();
    if (!model.ready) this.running = false;
    const hurried = this.calm.matches && this.wanted; // not a picture of every step for those who want less motion
    const moving = !hurried && drawn(!training);
    if (training && !this.wanted) state();
    if (training || moving) this.ask(); // after the last update once more, at rest
  }

  /** The updates of one frame. */
  train() {
    const { model } = this.figure, until = performance.now() + SLICE_MS;
    const most = this.running ? model.s.speed : this.goal - model.step;
    for (let n = 0; n < most && model.ready && performance.now() < until; n++) {
      if (n && n % SCORED === 0) model.score(); // so that the curves of a fast run are curves
      model.update();
    }
    model.measure();
  }

  /** @param {boolean} running */
  set(running) {
    const { model, state } = this.figure, still = this.calm.matches;
    this.running = running && model.ready && !still;
    this.goal = running && still ? model.step + STILL_UPDATES : model.step;
    state();
    this.ask();
  }

  /** Trains on until so many updates are done. @param {number} steps */
  until(steps) {
    this.goal = steps;
    this.ask();
  }

  step() {
    this.set(false);
    this.figure.model.update();
    this.figure.model.measure();
    this.ask();
  }
}
