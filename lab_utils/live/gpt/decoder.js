// A pre-norm GPT in the page. A `Reading` keeps, for one text, all that the network computed at each place, and computes
// anew only what a change of the text or of a head can have changed: a place depends on the places before it alone.

import { gelu, linearRows, normRows } from "./rows.js";

/** @typedef {import("./weights.js").Decoder} Decoder */

const BLOCK = 8; // places computed together: few enough to stop between, enough to share the weights that are read

/** What is kept of one layer: the stream below it, queries with keys and values, and where each head looks. */
class LayerMemory {
  /** @param {Decoder} net */
  constructor({ context, width, heads }) {
    this.stream = new Float32Array(context * width);
    this.qkv = new Float32Array(context * 3 * width);
    this.weights = new Float32Array(heads * context * context); // (head, from, to), zero where to > from
    this.done = 0; // places whose stream above this layer is known
  }

  /** @param {LayerMemory} other */
  copy(other) {
    this.stream.set(other.stream);
    this.qkv.set(other.qkv);
    this.weights.set(other.weights);
    this.done = other.done;
  }
}

/** One text as the network reads it, with some heads switched off. */
export class Reading {
  /** @param {Decoder} net */
  constructor(net) {
    const { context, width, vocabulary, blocks } = net;
    this.net = net;
    /** @type {number[]} */
    this.tokens = [];
    /** Which heads are off, "layer.head". @type {Set<string>} */
    this.off = new Set();
    this.layers = blocks.map(() => new LayerMemory(net));
    this.last = new Float32Array(context * width); // the stream above the last layer
    this.logits = new Float32Array(context * vocabulary);
    this.normed = new Float32Array(context * width);
    this.mixed = new Float32Array(context * width);
    this.wide = new Float32Array(context * Math.max(...blocks.map(({ up }) => (up ? up.outputs : 0))));
  }

  /** The places whose logits are known. */
  get done() {
    return this.layers[this.layers.length - 1].done;
  }

  get complete() {
    return this.done === this.tokens.length;
  }

  /** Another text: what it shares with the start of the old one stays known. @param {number[]} tokens at most `context` */
  read(tokens) {
    if (tokens.length > this.net.context) throw new RangeError(`expected at most ${this.net.context} characters, got ${tokens.length}`);
    let same = 0;
    while (same < tokens.length && tokens[same] === this.tokens[same]) same++;
    this.tokens = tokens.slice();
    for (const layer of this.layers) layer.done = Math.min(layer.done, same);
  }

  /** Other heads off: layers below the first change stay known. @param {Iterable<string>} off */
  switchOff(off) {
    const next = new Set(off);
    const changed = [...next].filter((head) => !this.off.has(head)).concat([...this.off].filter((head) => !next.has(head)));
    const lowest = Math.min(this.layers.length, ...changed.map((head) => Number(head.split(".")[0])));
    for (const layer of this.layers.slice(lowest)) layer.done = 0;
    this.off = next;
  }

  /** Takes over all that another reading of the same network knows. @param {Reading} other */
  copy(other) {
    this.tokens = other.tokens.slice();
    this.off = new Set(other.off);
    this.layers.forEach((layer, i) => layer.copy(other.layers[i]));
    this.last.set(other.last);
    this.logits.set(other.logits);
  }

  /** Computes some more places; true once all are known. @param {number} milliseconds to stop after */
  work(milliseconds = Infinity) {
    const end = performance.now() + milliseconds;
    while (!this.complete) {
      this.advance(Math.min(this.tokens.length, this.done + BLOCK));
      if (performance.now() >= end) break;
    }
    return this.complete;
  }

  /** Brings every layer up to place `to`. @param {number} to */
  advance(to) {
    const from = this.done;
    this.layers.forEach((layer, l) => {
      if (layer.done >= to) return;
      if (l === 0) this.embed(layer.done, to);
      this.layer(l, layer.done, to);
      layer.done = to;
    });
    this.readOut(from, to);
  }

  /** Token vectors, with the position's added where the network adds one. @param {number} from @param {number} to */
  embed(from, to) {
    const { net: { token, position, width }, tokens, layers } = this;
    for (let row = from; row < to; row++)
      for (let i = 0; i < width; i++) {
        layers[0].stream[row * width + i] = token[tokens[row] * width + i] + (position ? position[row * width + i] : 0);
      }
  }

  /** Attention, then the two dense layers, each added to the stream. @param {number} l @param {number} from @param {number} to */
  layer(l, from, to) {
    const { net, normed, mixed } = this;
    const { width, residual } = net;
    const { norm1, qkv, out } = net.blocks[l];
    const { stream, qkv: known } = this.layers[l];
    const above = l + 1 < this.layers.length ? this.layers[l + 1].stream : this.last;
    normRows(norm1, stream, normed, from, to);
    linearRows(qkv, normed, known, from, to);
    if (net.rotary) this.rotate(net.rotary, known, from, to);
    this.attend(l, from, to);
    if (residual) above.set(stream.subarray(from * width, to * width), from * width);
    linearRows(out, mixed, above, from, to, residual);
    this.think(net.blocks[l], above, from, to);
  }

  /** The two dense layers, where the block has them. @param {import("./weights.js").Block} block @param {Float32Array} stream @param {number} from @param {number} to */
  think({ norm2, up, down }, stream, from, to) {
    const { normed, wide, net: { residual } } = this;
    if (!norm2 || !up || !down) return;
    normRows(norm2, stream, normed, from, to);
    linearRows(up, normed, wide, from, to);
    gelu(wide, from * up.outputs, to * up.outputs);
    linearRows(down, wide, stream, from, to, residual);
  }

  /** Turns queries and keys by their place (Su et al., 2021, eq. 34). @param {NonNullable<Decoder["rotary"]>} rotary @param {Float32Array} qkv @param {number} from @param {number} to */
  rotate({ cos, sin }, qkv, from, to) {
    const { width, heads } = this.net;
    const pairs = width / heads / 2;
    for (let row = from; row < to; row++)
      for (let i = row * 3 * width, n = 0; n < width; i += 2, n++) { // queries and keys: 2 · width numbers, in pairs
        const angle = row * pairs + (n % pairs);
        const x = qkv[i], y = qkv[i + 1];
        qkv[i] = x * cos[angle] - y * sin[angle];
        qkv[i + 1] = x * sin[angle] + y * cos[angle];
      }
  }

  /** Each head's weights over the places so far, and the values that they mix; nothing from a head that is off. @param {number} l @param {number} from @param {number} to */
  attend(l, from, to) {
    const { net: { width, heads }, mixed, off } = this;
    mixed.fill(0, from * width, to * width);
    for (let h = 0; h < heads; h++)
      for (let row = from; row < to; row++) {
        this.weigh(l, h, row);
        if (!off.has(`${l}.${h}`)) this.mix(l, h, row);
      }
  }

  /** softmax(q · k / √d) over the places up to `row`. @param {number} l @param {number} h @param {number} row */
  weigh(l, h, row) {
    const { width, heads } = this.net;
    const { qkv } = this.layers[l];
    const weights = this.attention(l, h, row);
    const size = width / heads, q = row * 3 * width + h * size;
    let largest = -Infinity, total = 0;
    for (let j = 0; j <= row; j++) {
      const k = j * 3 * width + width + h * size;
      let sum = 0;
      for (let i = 0; i < size; i++) sum += qkv[q + i] * qkv[k + i];
      weights[j] = sum / Math.sqrt(size);
      if (weights[j] > largest) largest = weights[j];
    }
    for (let j = 0; j <= row; j++) total += weights[j] = Math.exp(weights[j] - largest);
    for (let j = 0; j <= row; j++) weights[j] /= total;
  }

  /** @param {number} l @param {number} h @param {number} row */
  mix(l, h, row) {
    const { net: { width, heads }, mixed } = this;
    const { qkv } = this.layers[l];
    const weights = this.attention(l, h, row);
    const size = width / heads, to = row * width + h * size;
    for (let i = 0; i < size; i++) {
      let sum = 0;
      for (let j = 0, v = 2 * width + h * size + i; j <= row; j++, v += 3 * width) sum += weights[j] * qkv[v];
      mixed[to + i] = sum;
    }
  }

  /** Where a head looks from `row`: weights over the places 0 to `row`, adding up to one. @param {number} l @param {number} h @param {number} row */
  attention(l, h, row) {
    const { context } = this.net;
    const start = (h * context + row) * context;
    return this.layers[l].weights.subarray(start, start + row + 1);
  }

  /** The final norm and the output layer. @param {number} from @param {number} to */
  readOut(from, to) {
    const { net: { norm, head }, normed, last, logits } = this;
    normRows(norm, last, normed, from, to);
    linearRows(head, normed, logits, from, to);
  }

  /** Logits for the character after `row`. @param {number} row */
  logitsAt(row) {
    const { vocabulary } = this.net;
    return this.logits.subarray(row * vocabulary, (row + 1) * vocabulary);
  }

  /**
   * What the output layer makes of the stream below layer l, l = 0 being the embedding (the logit lens, nostalgebraist, 2020).
   * @param {number} l @param {number} row
   */
  lens(l, row) {
    const { width, vocabulary, norm, head } = this.net;
    const stream = l < this.layers.length ? this.layers[l].stream : this.last;
    const part = stream.slice(row * width, (row + 1) * width);
    normRows(norm, part, part, 0, 1);
    const logits = new Float32Array(vocabulary);
    linearRows(head, part, logits, 0, 1);
    return logits;
  }
}
