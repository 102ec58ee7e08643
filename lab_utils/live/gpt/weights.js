// The exported weights (export.py) under the names by which the page computes.

/** @typedef {import("./rows.js").Linear} Linear */
/** @typedef {import("./rows.js").Norm} Norm */
/** @typedef {{norm1: Norm, qkv: Linear, out: Linear, norm2: Norm | null, up: Linear | null, down: Linear | null}} Block */
/**
 * @typedef {{vocabulary: number, context: number, width: number, heads: number, token: Float32Array, position: Float32Array | null,
 *   rotary: {cos: Float32Array, sin: Float32Array} | null, residual: boolean, blocks: Block[], norm: Norm, head: Linear}} Decoder
 */

/** @param {any} data as export.py writes it, its arrays read back @returns {Decoder} */
export function createDecoder(data) {
  const linear = (/** @type {any} */ layer) => layer && ({
    weight: layer.weight.data, bias: layer.bias ? layer.bias.data : null, outputs: layer.weight.shape[0], inputs: layer.weight.shape[1],
  });
  const norm = (/** @type {any} */ layer) => layer && { scale: layer.scale.data, shift: layer.shift.data, eps: layer.eps };
  return {
    vocabulary: data.token.shape[0],
    width: data.token.shape[1],
    context: data.context,
    heads: data.heads,
    token: data.token.data,
    position: data.position ? data.position.data : null,
    rotary: data.rotary ? { cos: data.rotary.cos.data, sin: data.rotary.sin.data } : null,
    residual: data.residual,
    blocks: data.blocks.map((/** @type {any} */ block) => ({
      norm1: norm(block.norm1), qkv: linear(block.qkv), out: linear(block.out),
      norm2: norm(block.norm2), up: linear(block.up), down: linear(block.down),
    })),
    norm: norm(data.norm),
    head: linear({ weight: data.token }), // one matrix embeds and reads out (Press & Wolf, 2017)
  };
}

/** How many numbers the network has learned. @param {Decoder} net */
export function weightCount({ token, position, blocks, norm }) {
  const all = [token, position, norm.scale, norm.shift, ...blocks.flatMap((block) => [
    ...[block.norm1, block.norm2].flatMap((layer) => (layer ? [layer.scale, layer.shift] : [])),
    ...[block.qkv, block.out, block.up, block.down].flatMap((layer) => (layer ? [layer.weight, layer.bias] : [])),
  ])];
  return all.reduce((sum, array) => sum + (array ? array.length : 0), 0);
}
