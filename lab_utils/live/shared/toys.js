// Labelled points in the plane, as `lab_utils.data.toys` draws them (the same curves, other random numbers).

/** @typedef {{x: Float64Array, y: Float64Array}} Points x is (N, 2), y holds 0 or 1 */
/** @typedef {{cx: number, cy: number, half: number}} Box the square of the plane that is shown: centre and half a side */

/** Numbers in [0, 1) that depend on the seed alone (Mulberry32). @param {number} seed a whole number */
export function randomFrom(seed) {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** One number of a normal distribution (Box and Muller). @param {() => number} random */
export function gaussian(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Puts a list into a random order (Fisher and Yates). @template {{length: number, [i: number]: number}} T @param {T} list @param {() => number} random @returns {T} */
export function shuffle(list, random) {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [list[i], list[j]] = [list[j], list[i]];
  }
  return list;
}

/** @typedef {(label: number, random: () => number) => [number, number]} Place */

/** @type {Place} */
function onMoon(label, random) {
  const angle = Math.PI * random();
  return label ? [1 - Math.cos(angle), 0.5 - Math.sin(angle)] : [Math.cos(angle), Math.sin(angle)];
}

/** @type {Place} */
function onCircle(label, random) {
  const angle = 2 * Math.PI * random(), radius = label ? 0.5 : 1;
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}

/** @type {Place} one and a half turns; the root spreads points evenly along the arm */
function onSpiral(label, random) {
  const radius = Math.sqrt(random()), angle = 3 * Math.PI * radius + Math.PI * label;
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}

/** @type {Place} class 1 where the signs differ */
function inQuarter(label, random) {
  const x1 = 2 * random() - 1, x2 = 2 * random() - 1;
  return (x1 * x2 < 0) === (label === 1) ? [x1, x2] : [-x1, x2];
}

/** `reach`: half a side of the square that holds the curves; `noise`: what suits them. */
export const TOYS = {
  moons: { label: "Two moons", place: onMoon, cx: 0.5, cy: 0.25, reach: 1.5, noise: 0.2 },
  circles: { label: "Circles", place: onCircle, cx: 0, cy: 0, reach: 1, noise: 0.1 },
  spiral: { label: "Spiral", place: onSpiral, cx: 0, cy: 0, reach: 1, noise: 0.05 },
  xor: { label: "XOR", place: inQuarter, cx: 0, cy: 0, reach: 1, noise: 0 },
};

/**
 * Half of each class, one more of class 0 if `count` is odd, mixed.
 * @param {keyof typeof TOYS} name @param {number} count @param {number} noise standard deviation @param {number} seed @returns {Points}
 */
export function drawToy(name, count, noise, seed) {
  const random = randomFrom(seed);
  const y = shuffle(Float64Array.from({ length: count }, (_, n) => n % 2), random);
  const x = new Float64Array(2 * count);
  y.forEach((label, n) => x.set(TOYS[name].place(label, random).map((v) => v + noise * gaussian(random)), 2 * n));
  return { x, y };
}

/** Room for the curves and two standard deviations of noise. @param {keyof typeof TOYS} name @param {number} noise @returns {Box} */
export function toyBox(name, noise) {
  const { cx, cy, reach } = TOYS[name];
  return { cx, cy, half: reach + 0.2 + 2 * noise };
}
