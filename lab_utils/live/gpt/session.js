// What a reader does with the network: a text, a place in it, a head on view, heads switched off, and how to draw the next one.

import { randomFrom } from "../shared/toys.js";
import { Reading } from "./decoder.js";
import { drawIndex, nextProbabilities, surprise } from "./sampling.js";
import { encode, windowStart } from "./text.js";
import { createDecoder } from "./weights.js";

/** @typedef {{tag: string, name: string, share: number, chance: number}} Role what a head does on text it was not trained on */
/**
 * @typedef {{network: any, characters: string, text: string, prompts: {label: string, text: string}[],
 *   roles: Role[][] | null, seed: number, temperature: number, top_k: number, head: [number, number]}} GptData
 */

export class GptSession {
  /** @param {GptData} data */
  constructor(data) {
    this.characters = data.characters;
    this.roles = data.roles;
    this.net = createDecoder(data.network);
    /** All heads on; and, where some are off, the same text without them. */
    this.base = new Reading(this.net);
    this.cut = new Reading(this.net);
    /** @type {Set<string>} */
    this.off = new Set();
    this.layer = data.head[0];
    this.head = data.head[1];
    this.temperature = data.temperature;
    this.topK = data.top_k;
    this.random = randomFrom(data.seed);
    /** The place looked from; null follows the end. @type {number | null} */
    this.place = null;
    /** By how much the loss rises without each head; null where it was not tried on this text. @type {number[][] | null} */
    this.trials = null;
    this.busy = 0; // milliseconds spent on the last change
    this.fresh = false;
    this.text = data.text;
    this.typed = data.text.length; // characters of the text that are the reader's; the rest was drawn
    /** @type {number[]} */
    this.tokens = [];
    /** @type {string[]} */
    this.unknown = [];
    this.start = this.length = 0;
    this.take();
  }

  /** Takes the reader's text. @param {string} text */
  write(text) {
    this.text = text;
    this.typed = text.length;
    this.take();
  }

  /** Goes back to what the reader wrote. */
  back() {
    this.text = this.text.slice(0, this.typed);
    this.take();
  }

  /** Draws the next character and adds it. */
  append() {
    this.text += this.characters[drawIndex(this.next(this.now, this.tokens.length - 1), this.random)];
    this.take();
  }

  /** Reads the text as it now stands. */
  take() {
    const { tokens, unknown } = encode(this.text, this.characters);
    this.unknown = unknown;
    this.length = tokens.length;
    this.start = windowStart(tokens.length, this.net.context);
    this.tokens = tokens.slice(this.start);
    this.place = null;
    this.base.read(this.tokens);
    this.cut.read(this.tokens);
    this.trials = null;
    this.busy = 0;
    this.fresh = true;
  }

  /** Characters of the part that is read which the network wrote. */
  get written() {
    return Math.min(this.tokens.length, this.length - encode(this.text.slice(0, this.typed), this.characters).tokens.length);
  }

  /** @param {Iterable<string>} off heads as "layer.head" */
  switchOff(off) {
    this.off = new Set(off);
    this.cut.switchOff(this.off);
    this.busy = 0;
    this.fresh = true;
  }

  /** The reading that is on view. */
  get now() {
    return this.off.size ? this.cut : this.base;
  }

  get at() {
    return this.place ?? this.tokens.length - 1;
  }

  get complete() {
    return this.base.complete && (!this.off.size || this.cut.complete);
  }

  /** Computes for some milliseconds; true once all is known. @param {number} milliseconds */
  work(milliseconds) {
    const begin = performance.now();
    const done = this.base.work(milliseconds) && (!this.off.size || this.cut.work(milliseconds - (performance.now() - begin)));
    if (this.fresh) this.busy += performance.now() - begin;
    if (done) this.fresh = false;
    return done;
  }

  /** The probabilities from which the character after a place is drawn. @param {Reading} reading @param {number} place */
  next(reading, place) {
    return nextProbabilities(reading.logitsAt(place), this);
  }

  /** The loss of each character but the first, in nats, at temperature 1. @param {Reading} reading */
  losses(reading) {
    return this.tokens.slice(1).map((token, i) => surprise(reading.logitsAt(i), token));
  }

  /** Mean loss a character; null for a text of one. @param {Reading} reading */
  loss(reading) {
    const all = this.losses(reading);
    return all.length ? all.reduce((a, b) => a + b, 0) / all.length : null;
  }
}
