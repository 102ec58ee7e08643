// Where one number of a map comes from: the window that it sees, and the sum that made it.

/** @typedef {{top: number, left: number, height: number, width: number}} Window */
/** @typedef {{words: string, products?: {value: number, weight: number}[], bias?: number, shares?: {channel: number, share: number}[],
 *   total: number}} Account */

/**
 * The part of the input that place (y, x) of a layer's map sees; null where it sees all of it.
 * It may reach beyond the picture, where the padding is.
 * @param {any[]} layers the exported list @param {number} index which layer @param {number} y @param {number} x
 * @returns {Window | null}
 */
export function windowOf(layers, index, y, x) {
  // One axis at a time: field size, distance between neighbours, where the first field starts.
  const axes = [0, 1].map((axis) => {
    let field = 1, step = 1, start = 0;
    for (const layer of layers.slice(0, index + 1)) {
      const kernel = layer.kernel || (layer.kind === "conv" ? layer.weight.shape.slice(2) : null);
      if (!kernel) {
        if (["batch_norm", "relu"].includes(layer.kind)) continue;
        return null;
      }
      const spread = (kernel[axis] - 1) * (layer.dilation ? layer.dilation[axis] : 1);
      start -= layer.padding[axis] * step;
      field += spread * step;
      step *= layer.stride[axis];
    }
    return { field, step, start };
  });
  const [rows, columns] = axes;
  if (!rows || !columns) return null;
  return { top: rows.start + y * rows.step, left: columns.start + x * columns.step, height: rows.field, width: columns.field };
}

/**
 * Accounts for one number of a layer's output.
 * @param {any} layer @param {import("../shared/nn.js").Tensor} input @param {import("../shared/nn.js").Tensor} output
 * @param {number} c @param {number} y @param {number} x
 * @returns {Account}
 */
export function account(layer, input, output, c, y, x) {
  const [, width, channels] = output.shape.length === 3 ? output.shape : [1, 1, output.shape[0]];
  const total = output.data[(y * width + x) * channels + c];
  const before = input.shape.length === 3 ? input.data[(y * input.shape[1] + x) * input.shape[2] + c] : input.data[c];
  if (layer.kind === "conv") return convAccount(layer, input, c, y, x, total);
  if (layer.kind === "batch_norm") {
    return {
      words: "This map of the layer before, times one learned factor, plus one learned shift (batch norm at test time).",
      products: [{ value: before, weight: layer.scale.data[c] }], bias: layer.shift.data[c], total,
    };
  }
  if (layer.kind === "relu") {
    return { words: before > 0 ? "Positive: the ReLU passes it on as it is." : "Negative or zero: the ReLU makes it zero.", total };
  }
  if (layer.kind === "max_pool") return { words: `The largest of ${layer.kernel.join(" × ")} neighbours in the same map.`, total };
  if (layer.kind === "avg_pool") return { words: "The mean of the neighbours in the same map.", total };
  if (layer.kind === "linear") return linearAccount(layer, input, c, total);
  return { words: "", total };
}

/** @param {any} layer @param {any} input @param {number} c @param {number} y @param {number} x @param {number} total @returns {Account} */
function convAccount(layer, input, c, y, x, total) {
  const [filters, perGroup, kh, kw] = layer.weight.shape;
  const group = Math.floor(c / (filters / layer.groups));
  const [height, width, channels] = input.shape;
  const products = [];
  const shares = [];
  for (let i = 0; i < perGroup; i++) {
    let share = 0;
    for (let ky = 0; ky < kh; ky++)
      for (let kx = 0; kx < kw; kx++) {
        const row = y * layer.stride[0] - layer.padding[0] + ky * layer.dilation[0];
        const column = x * layer.stride[1] - layer.padding[1] + kx * layer.dilation[1];
        const inside = row >= 0 && column >= 0 && row < height && column < width;
        const value = inside ? input.data[(row * width + column) * channels + group * perGroup + i] : 0;
        const weight = layer.weight.data[((c * perGroup + i) * kh + ky) * kw + kx];
        share += value * weight;
        if (perGroup === 1) products.push({ value, weight });
      }
    shares.push({ channel: group * perGroup + i, share });
  }
  shares.sort((a, b) => Math.abs(b.share) - Math.abs(a.share));
  const bias = layer.bias ? layer.bias.data[c] : undefined;
  if (perGroup === 1) return { words: `${kh} × ${kw} inputs, each times its weight.`, products, bias, total };
  return { words: `${perGroup} maps × ${kh} × ${kw} weights = ${perGroup * kh * kw} products; every slice of the filter meets one map of the layer before. The largest shares:`, shares, bias, total };
}

/** @param {any} layer @param {any} input @param {number} c @param {number} total @returns {Account} */
function linearAccount(layer, input, c, total) {
  const n = layer.weight.shape[1];
  let up = 0, down = 0;
  for (let i = 0; i < n; i++) {
    const share = input.data[i] * layer.weight.data[c * n + i];
    if (share > 0) up += share;
    else down += share;
  }
  const bias = layer.bias ? layer.bias.data[c] : undefined;
  const words = `${n} inputs, each times its weight: the positive products add up to ${up.toFixed(2)}, the negative ones to −${Math.abs(down).toFixed(2)}.`;
  return { words, bias, total };
}
