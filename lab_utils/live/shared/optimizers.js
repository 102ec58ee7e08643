// Optimizers as update rules on flat arrays: torch.optim's order of operations and its default constants.

/**
 * What a rule reads anew at every step, so that a slider may change it on the way. `momentum` is the share of the old
 * direction that is kept: the momentum of momentum and nesterov, the first beta of adam and adamw. `beta2` is the share
 * of the old squared gradient: the alpha of rmsprop, the second beta of adam and adamw. `weightDecay` is added to the
 * gradient as weightDecay * parameter, except in adamw, which shrinks the parameter itself.
 * @typedef {{lr: number, momentum?: number, beta2?: number, eps?: number, weightDecay?: number}} OptimizerSettings
 */

/** @typedef {{step: (params: Float64Array, grads: Float64Array) => void, reset: () => void}} Optimizer */

/** What an optimizer remembers: steps taken, the running direction, the running squares. @typedef {{t: number, first: Float64Array, second: Float64Array}} OptimizerMemory */

/** @typedef {(params: Float64Array, grads: Float64Array, settings: OptimizerSettings, memory: OptimizerMemory) => void} UpdateRule */

/** @type {UpdateRule} p <- p - lr g */
function sgdRule(params, grads, { lr, weightDecay = 0 }) {
  for (let i = 0; i < params.length; i++) params[i] -= lr * (grads[i] + weightDecay * params[i]);
}

/** @type {UpdateRule} b <- momentum b + g, p <- p - lr b (Polyak 1964, as in torch without dampening) */
function momentumRule(params, grads, { lr, momentum = 0.9, weightDecay = 0 }, { first }) {
  for (let i = 0; i < params.length; i++) {
    first[i] = momentum * first[i] + grads[i] + weightDecay * params[i];
    params[i] -= lr * first[i];
  }
}

/** @type {UpdateRule} b <- momentum b + g, p <- p - lr (g + momentum b) (Nesterov's step in torch's variables) */
function nesterovRule(params, grads, { lr, momentum = 0.9, weightDecay = 0 }, { first }) {
  for (let i = 0; i < params.length; i++) {
    const g = grads[i] + weightDecay * params[i];
    first[i] = momentum * first[i] + g;
    params[i] -= lr * (g + momentum * first[i]);
  }
}

/** @type {UpdateRule} s <- s + g², p <- p - lr g / (√s + eps) (Duchi et al. 2011) */
function adagradRule(params, grads, { lr, eps = 1e-10, weightDecay = 0 }, { second }) {
  for (let i = 0; i < params.length; i++) {
    const g = grads[i] + weightDecay * params[i];
    second[i] += g * g;
    params[i] -= (lr * g) / (Math.sqrt(second[i]) + eps);
  }
}

/** @type {UpdateRule} s <- beta2 s + (1 - beta2) g², p <- p - lr g / (√s + eps) (Hinton's lecture 6e) */
function rmspropRule(params, grads, { lr, beta2 = 0.99, eps = 1e-8, weightDecay = 0 }, { second }) {
  for (let i = 0; i < params.length; i++) {
    const g = grads[i] + weightDecay * params[i];
    second[i] = beta2 * second[i] + (1 - beta2) * g * g;
    params[i] -= (lr * g) / (Math.sqrt(second[i]) + eps);
  }
}

/** @type {UpdateRule} both averages, corrected for their start at zero (Kingma and Ba 2015, algorithm 1) */
function adamRule(params, grads, { lr, momentum = 0.9, beta2 = 0.999, eps = 1e-8, weightDecay = 0 }, { t, first, second }) {
  const rate = lr / (1 - momentum ** t);
  const scale = Math.sqrt(1 - beta2 ** t);
  for (let i = 0; i < params.length; i++) {
    const g = grads[i] + weightDecay * params[i];
    first[i] += (1 - momentum) * (g - first[i]);
    second[i] = beta2 * second[i] + (1 - beta2) * g * g;
    params[i] -= (rate * first[i]) / (Math.sqrt(second[i]) / scale + eps);
  }
}

/** @type {UpdateRule} p <- (1 - lr weightDecay) p, then Adam's step (Loshchilov and Hutter 2019, algorithm 2) */
function adamwRule(params, grads, settings, memory) {
  const { lr, weightDecay = 0.01 } = settings;
  for (let i = 0; i < params.length; i++) params[i] *= 1 - lr * weightDecay;
  adamRule(params, grads, { ...settings, weightDecay: 0 }, memory);
}

/** Gives a rule its memory, which starts at zero with the first step and takes its size from it. @param {UpdateRule} rule */
function optimizerOf(rule) {
  /** @param {OptimizerSettings} settings @returns {Optimizer} */
  return (settings) => {
    /** @type {OptimizerMemory | null} */
    let memory = null;
    return {
      step(params, grads) {
        if (grads.length !== params.length) throw new RangeError(`expected ${params.length} gradients, one for each parameter, got ${grads.length}`);
        memory ??= { t: 0, first: new Float64Array(params.length), second: new Float64Array(params.length) };
        if (memory.first.length !== params.length) throw new RangeError(`expected the ${memory.first.length} parameters of the first step, got ${params.length}; reset first`);
        memory.t++;
        rule(params, grads, settings, memory);
      },
      reset() {
        memory = null;
      },
    };
  };
}

/** Name → settings → optimizer. The settings object may be changed while it runs. */
export const OPTIMIZERS = {
  sgd: optimizerOf(sgdRule),
  momentum: optimizerOf(momentumRule),
  nesterov: optimizerOf(nesterovRule),
  adagrad: optimizerOf(adagradRule),
  rmsprop: optimizerOf(rmspropRule),
  adam: optimizerOf(adamRule),
  adamw: optimizerOf(adamwRule),
};
