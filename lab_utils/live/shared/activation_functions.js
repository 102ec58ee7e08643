// Activation functions with their slopes, as PyTorch defines them (its defaults where a function has a constant).

const ERF_STEPS = 128; // table entries per unit
const ERF_END = 6; // 1 - erf(6) is below 1e-16
const erfTable = Float64Array.from({ length: ERF_END * ERF_STEPS + 2 }, (_, i) => erfSeries(i / ERF_STEPS));

/** erf(x) = 2/√π e^(-x²) Σ 2ⁿ x^(2n+1) / (1·3·5···(2n+1)), all terms positive (DLMF 7.6.2). @param {number} x at least 0 */
export function erfSeries(x) {
  let term = x, sum = x;
  for (let n = 1; term > 1e-17 * sum; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** Slope of erf. @param {number} x */
const erfSlope = (x) => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x);
const erfSlopes = erfTable.map((_, i) => erfSlope(i / ERF_STEPS) / ERF_STEPS);

/** The error function: cubics through a table of values and slopes, off by less than 1e-9. @param {number} x */
export function erf(x) {
  const size = Math.abs(x);
  if (!(size < ERF_END)) return Number.isNaN(x) ? NaN : Math.sign(x);
  const i = Math.floor(size * ERF_STEPS), t = size * ERF_STEPS - i;
  const a = erfTable[i], b = erfTable[i + 1], da = erfSlopes[i], db = erfSlopes[i + 1];
  const value = a + t * (da + t * (3 * (b - a) - 2 * da - db + t * (2 * (a - b) + da + db)));
  return x < 0 ? -value : value;
}

/** Without overflow on either side. @param {number} z */
export function logistic(z) {
  if (z >= 0) return 1 / (1 + Math.exp(-z));
  const e = Math.exp(z);
  return e / (1 + e);
}

/** @typedef {{label: string, value: (z: number) => number, slope: (z: number, h: number) => number}} Activation `h` is the value at z */

const LEAK = 0.01;

/** @type {Record<string, Activation>} */
export const ACTIVATIONS = {
  relu: { label: "ReLU", value: (z) => (z > 0 ? z : 0), slope: (z) => (z > 0 ? 1 : 0) },
  leaky_relu: { label: "Leaky ReLU", value: (z) => (z > 0 ? z : LEAK * z), slope: (z) => (z > 0 ? 1 : LEAK) },
  elu: { label: "ELU", value: (z) => (z > 0 ? z : Math.expm1(z)), slope: (z, h) => (z > 0 ? 1 : h + 1) },
  gelu: {
    label: "GELU",
    value: (z) => 0.5 * z * (1 + erf(z * Math.SQRT1_2)),
    slope: (z) => 0.5 * (1 + erf(z * Math.SQRT1_2)) + (z * Math.exp(-0.5 * z * z)) / Math.sqrt(2 * Math.PI),
  },
  silu: {
    label: "SiLU",
    value: (z) => z * logistic(z),
    slope: (z) => logistic(z) * (1 + z * (1 - logistic(z))),
  },
  tanh: { label: "Tanh", value: Math.tanh, slope: (_, h) => 1 - h * h },
  sigmoid: { label: "Sigmoid", value: logistic, slope: (_, h) => h * (1 - h) },
  linear: { label: "Linear (none)", value: (z) => z, slope: () => 1 },
};
