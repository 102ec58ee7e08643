// From logits to the next character: temperature, top-k, one draw.

/**
 * Probabilities after dividing the logits by the temperature and keeping the k largest; temperature 0 takes the largest alone.
 * @param {ArrayLike<number>} logits @param {{temperature: number, topK: number}} settings
 */
export function nextProbabilities(logits, { temperature, topK }) {
  const order = ranked(logits);
  const p = new Float64Array(logits.length);
  const kept = order.slice(0, temperature > 0 ? Math.max(1, topK) : 1);
  const top = logits[order[0]];
  let total = 0;
  for (const i of kept) total += p[i] = temperature > 0 ? Math.exp((logits[i] - top) / temperature) : 1;
  for (const i of kept) p[i] /= total;
  return p;
}

/** Indices from the largest value to the smallest; equal values in their own order. @param {ArrayLike<number>} values */
export function ranked(values) {
  return Array.from(values, (_, i) => i).sort((a, b) => values[b] - values[a] || a - b);
}

/** One index, drawn with the probabilities given. @param {ArrayLike<number>} p @param {() => number} random in [0, 1) */
export function drawIndex(p, random) {
  let left = random(), last = 0;
  for (let i = 0; i < p.length; i++) {
    if (p[i] === 0) continue;
    last = i;
    left -= p[i];
    if (left < 0) return i;
  }
  return last; // rounding may leave a little over
}

/** The loss of one prediction in nats: −ln of the probability of what came. @param {ArrayLike<number>} logits @param {number} target */
export function surprise(logits, target) {
  let largest = -Infinity, total = 0;
  for (let i = 0; i < logits.length; i++) if (logits[i] > largest) largest = logits[i];
  for (let i = 0; i < logits.length; i++) total += Math.exp(logits[i] - largest);
  return Math.log(total) + largest - logits[target];
}
