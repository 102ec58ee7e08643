// What the reader has set, and the race that follows from it; computed whole, shown step by step.

import { LOOKS, NAMES, counted } from "./marks.js";
import { LIMIT, RATES, arrivingRates, bestOf, gradientNoise, runRacer, tryRate } from "./racing.js";
import { landscape, measuredSlice } from "./surfaces.js";

/** @typedef {import("./racing.js").RacerName} RacerName */
/** @typedef {import("./racing.js").Run} Run */
/** @typedef {import("./racing.js").Outcome} Outcome */
/** @typedef {{surface: string, optimizers: RacerName[], start: number[] | null, target: number | null, lr: number | null,
 *   momentum: number, noise: number, seed: number, slice: any}} RaceData */

export class RaceModel {
  /** @param {RaceData} data */
  constructor(data) {
    this.slice = data.slice ? measuredSlice({ ...data.slice, values: data.slice.values.data }) : null;
    this.conditions = { momentum: data.momentum, beta2: /** @type {number | null} */ (null), weightDecay: 0, noise: data.noise, gap: 1 };
    this.shape = { kappa: 500, turn: 0 };
    this.land = landscape(data.surface, this.shape, this.slice);
    this.start = this.land.start;
    this.rates = /** @type {Record<RacerName, number>} */ ({});
    this.seed = data.seed;
    this.noise = gradientNoise(this.seed);
    this.racing = NAMES.filter((name) => data.optimizers.includes(name));
    /** @type {Map<RacerName, Run>} */
    this.runs = new Map();
    /** Outcomes of the sweep by optimizer, of the settings of `sweptVersion`. @type {Map<RacerName, Outcome[]>} */
    this.swept = new Map();
    this.version = 0; // of all that the sweep depends on
    this.sweptVersion = -1;
    this.shown = 0;
    this.bet = "";
    this.setSurface(data.surface);
    if (data.start) this.start = [...data.start];
    if (data.target) this.conditions.gap = data.target;
    if (data.lr) this.setEveryRate(data.lr);
    this.rerun();
  }

  /** Another surface starts afresh, with its own start, target and one rate for all. @param {string} name */
  setSurface(name) {
    this.land = landscape(name, this.shape, this.slice);
    this.start = [...this.land.start];
    this.conditions.gap = this.land.gap;
    this.setEveryRate(this.land.rate);
    this.shown = 0;
    this.version++;
  }

  /** The bowl's condition number or angle; the start turns with the bowl, so that only the axes change. @param {{kappa?: number, turn?: number}} change */
  setShape(change) {
    const turned = (((change.turn ?? this.shape.turn) - this.shape.turn) * Math.PI) / 180;
    Object.assign(this.shape, change);
    const [x, y] = this.start;
    this.land = landscape("bowl", this.shape, null);
    this.moveTo(Math.cos(turned) * x - Math.sin(turned) * y, Math.sin(turned) * x + Math.cos(turned) * y);
  }

  /** @param {Partial<import("./racing.js").Conditions>} change */
  set(change) {
    Object.assign(this.conditions, change);
    this.version++;
    this.rerun();
  }

  /** @param {number} seed */
  setSeed(seed) {
    this.seed = seed;
    this.noise = gradientNoise(seed);
    this.set({});
  }

  /** The start, kept inside the view. @param {number} x @param {number} y */
  moveTo(x, y) {
    const [x0, x1, y0, y1] = this.land.view;
    this.start = [Math.min(x1, Math.max(x0, x)), Math.min(y1, Math.max(y0, y))];
    this.set({});
  }

  /** @param {number} lr */
  setEveryRate(lr) {
    this.rates = /** @type {Record<RacerName, number>} */ (Object.fromEntries(NAMES.map((name) => [name, lr])));
    this.rerun();
  }

  /** @param {RacerName} name @param {number} lr */
  setRate(name, lr) {
    this.rates[name] = lr;
    this.rerun();
  }

  /** @param {RacerName} name @param {boolean} races */
  enter(name, races) {
    this.racing = NAMES.filter((other) => (other === name ? races : this.racing.includes(other)));
    if (!this.racing.includes(/** @type {RacerName} */ (this.bet)) && this.bet !== "none") this.bet = "";
    this.rerun();
  }

  /** Every racer's path anew. What was shown to its end stays so; what was not yet run stays so. */
  rerun() {
    const atEnd = this.shown > 0 && this.shown >= this.finish;
    this.runs = new Map(this.racing.map((name) => [name, runRacer(this.land, name, this.rates[name], this.start, this.conditions, this.noise)]));
    this.shown = atEnd ? this.finish : Math.min(this.shown, this.finish);
  }

  /** The step at which everyone has arrived or is out. */
  get finish() {
    const last = [...this.runs.values()].map((run) => run.arrived ?? (run.end ? run.at : LIMIT));
    return Math.max(1, ...last);
  }

  get over() {
    return this.shown >= this.finish;
  }

  /** Where a racer stands at the step shown: its step, the loss above the lowest, and what is known of its arrival. @param {RacerName} name */
  standing(name) {
    const run = /** @type {Run} */ (this.runs.get(name));
    const step = Math.min(this.shown, run.at);
    const arrived = run.arrived !== null && run.arrived <= this.shown ? run.arrived : null;
    return { step, gap: run.gaps[step], arrived, left: arrived !== null && !(run.gaps[step] <= this.conditions.gap), end: this.shown >= run.at ? run.end : "", x: run.points[2 * step], y: run.points[2 * step + 1] };
  }

  /** Those who arrive first, of all that race; empty where none arrives. */
  get winners() {
    const steps = this.racing.map((name) => this.runs.get(name)?.arrived ?? Infinity);
    const fewest = Math.min(...steps);
    return fewest === Infinity ? [] : this.racing.filter((_, i) => steps[i] === fewest);
  }

  /** The result in words, once the race is over. */
  get verdict() {
    if (!this.racing.length) return "Nobody races: tick an optimizer.";
    if (!this.over) return "";
    const names = this.winners.map((name) => LOOKS[name].label).join(" and ");
    const first = this.runs.get(this.winners[0])?.arrived ?? 0;
    const result = names ? `First to the target: ${names}, at step ${counted(first)}.` : `None reaches the target in ${counted(LIMIT)} steps.`;
    if (!this.bet) return result;
    const right = this.bet === "none" ? !names : this.winners.includes(/** @type {RacerName} */ (this.bet));
    return `${result} ${right ? "As you predicted." : `You predicted ${this.bet === "none" ? "that none would" : LOOKS[/** @type {RacerName} */ (this.bet)].label}.`}`;
  }

  /** Is the sweep of this racer still that of the settings? @param {RacerName} name */
  isSwept(name) {
    return this.sweptVersion === this.version && this.swept.get(name)?.length === RATES.length;
  }

  /** One more rate of one racer; false when all of them are known. */
  sweepOne() {
    if (this.sweptVersion !== this.version) {
      this.swept = new Map();
      this.sweptVersion = this.version;
    }
    const name = this.racing.find((racer) => !this.isSwept(racer));
    if (!name) return false;
    const known = this.swept.get(name) ?? [];
    this.swept.set(name, [...known, tryRate(this.land, name, RATES[known.length], this.start, this.conditions, this.noise)]);
    return true;
  }

  /** The sweep's findings for one racer: best rate, steps there (null if it never arrives), the rates that arrive. @param {RacerName} name */
  finding(name) {
    const outcomes = /** @type {Outcome[]} */ (this.swept.get(name));
    const best = bestOf(outcomes);
    return { best: RATES[best], steps: outcomes[best].arrived, gap: outcomes[best].gap, arriving: arrivingRates(outcomes) };
  }

  /** Every racer takes the best rate of its sweep. */
  takeBest() {
    for (const name of this.racing) if (this.isSwept(name)) this.rates[name] = this.finding(name).best;
    this.rerun();
  }
}
