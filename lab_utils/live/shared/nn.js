// The layers of a small network in plain typed arrays: exact, readable, fast enough to answer while you draw.
// A map is {data: Float32Array, shape: [H, W, C]} with channels last, so that the inner loop of a convolution runs over
// neighbouring numbers; a vector has shape [N]. Weights arrive in PyTorch's layout and are packed once.

/** @typedef {{data: Float32Array, shape: number[]}} Tensor */
/** @typedef {{weight: Tensor, bias: Tensor | null, stride: number[], padding: number[], dilation: number[], groups: number,
 *   output_padding?: number[]}} ConvLayer */
/** @typedef {{kernel: number[], stride: number[], padding: number[], dilation?: number[], count_include_pad?: boolean}} PoolLayer */
/** @typedef {{name: string, kind: string, input: Tensor, output: Tensor}} Step */

/** @param {number[]} shape @returns {Tensor} */
export function zeros(shape) {
  return { data: new Float32Array(shape.reduce((a, b) => a * b, 1)), shape };
}

/**
 * Output length of a convolution or pooling along one axis (torch.nn.Conv2d, "Shape").
 * @param {number} size @param {number} kernel @param {number} stride @param {number} padding @param {number} dilation
 */
export function convSize(size, kernel, stride, padding, dilation) {
  return Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;
}

/**
 * Output length of a transposed convolution along one axis (torch.nn.ConvTranspose2d, "Shape").
 * @param {number} size @param {number} kernel @param {number} stride @param {number} padding @param {number} dilation
 * @param {number} outputPadding
 */
export function transposedSize(size, kernel, stride, padding, dilation, outputPadding = 0) {
  return (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + outputPadding + 1;
}

/**
 * Reorders PyTorch's (Cout, Cin/groups, kh, kw) weight to [group][ky][kx][ci][co], the order in which it is read.
 * For a transposed convolution PyTorch's order is (Cin, Cout/groups, kh, kw).
 * @param {Tensor} weight @param {number} groups @param {boolean} transposed
 */
export function packWeight(weight, groups, transposed = false) {
  const [first, second, kh, kw] = weight.shape;
  const inputs = transposed ? first / groups : second;
  const outputs = transposed ? second : first / groups;
  // Doubles: adding in double precision avoids a conversion per product and is closer to the exact sum.
  const packed = new Float64Array(weight.data.length);
  let to = 0;
  for (let g = 0; g < groups; g++)
    for (let ky = 0; ky < kh; ky++)
      for (let kx = 0; kx < kw; kx++)
        for (let i = 0; i < inputs; i++)
          for (let o = 0; o < outputs; o++) {
            const row = transposed ? g * inputs + i : g * outputs + o;
            packed[to++] = weight.data[((row * second + (transposed ? o : i)) * kh + ky) * kw + kx];
          }
  return packed;
}

/**
 * Cross-correlation, as torch.nn.functional.conv2d: for each output place, the non-zero inputs under the window each add
 * their row of weights to all output channels. After a ReLU about half of the inputs are zero and cost nothing.
 * @param {Tensor} input @param {ConvLayer} layer @param {Float64Array} packed from packWeight
 * @returns {Tensor}
 */
export function conv2d(input, layer, packed = packWeight(layer.weight, layer.groups)) {
  const [height, width, channels] = input.shape;
  const [filters, perGroup, kh, kw] = layer.weight.shape;
  const { stride, padding, dilation, groups } = layer;
  const outHeight = convSize(height, kh, stride[0], padding[0], dilation[0]);
  const outWidth = convSize(width, kw, stride[1], padding[1], dilation[1]);
  const output = zeros([outHeight, outWidth, filters]);
  const outputs = filters / groups;
  const places = new Int32Array(kh * kw * perGroup); // where the weights of the n-th non-zero input start
  const values = new Float64Array(kh * kw * perGroup);
  for (let y = 0; y < outHeight; y++)
    for (let x = 0; x < outWidth; x++)
      for (let g = 0; g < groups; g++) {
        let count = 0;
        for (let ky = 0; ky < kh; ky++) {
          const row = y * stride[0] - padding[0] + ky * dilation[0];
          if (row < 0 || row >= height) continue;
          for (let kx = 0; kx < kw; kx++) {
            const column = x * stride[1] - padding[1] + kx * dilation[1];
            if (column < 0 || column >= width) continue;
            const from = (row * width + column) * channels + g * perGroup;
            const weights = ((g * kh + ky) * kw + kx) * perGroup * outputs;
            for (let i = 0; i < perGroup; i++) {
              const value = input.data[from + i];
              if (value !== 0) {
                places[count] = weights + i * outputs;
                values[count++] = value;
              }
            }
          }
        }
        const to = (y * outWidth + x) * filters + g * outputs;
        addRows(output.data, to, outputs, packed, places, values, count, layer.bias ? layer.bias.data : null, g * outputs);
      }
  return output;
}

/**
 * output[to + o] = bias[o] + sum over n of values[n] * packed[places[n] + o], eight outputs at a time in registers.
 * @param {Float32Array} output @param {number} to @param {number} outputs @param {Float64Array} packed
 * @param {Int32Array} places @param {Float64Array} values @param {number} count
 * @param {Float32Array | null} bias @param {number} biasFrom
 */
function addRows(output, to, outputs, packed, places, values, count, bias, biasFrom) {
  let o = 0;
  for (; o + 8 <= outputs; o += 8) {
    let a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0;
    for (let n = 0; n < count; n++) {
      const v = values[n], p = places[n] + o;
      a += v * packed[p]; b += v * packed[p + 1]; c += v * packed[p + 2]; d += v * packed[p + 3];
      e += v * packed[p + 4]; f += v * packed[p + 5]; g += v * packed[p + 6]; h += v * packed[p + 7];
    }
    const q = to + o;
    output[q] = a; output[q + 1] = b; output[q + 2] = c; output[q + 3] = d;
    output[q + 4] = e; output[q + 5] = f; output[q + 6] = g; output[q + 7] = h;
  }
  for (; o < outputs; o++) {
    let sum = 0;
    for (let n = 0; n < count; n++) sum += values[n] * packed[places[n] + o];
    output[to + o] = sum;
  }
  if (bias) for (let i = 0; i < outputs; i++) output[to + i] += bias[biasFrom + i];
}

/**
 * Transposed convolution, as torch.nn.functional.conv_transpose2d: each input number paints the kernel, scaled, onto the output.
 * @param {Tensor} input @param {ConvLayer} layer @param {Float64Array} packed from packWeight(weight, groups, true)
 * @returns {Tensor}
 */
export function convTranspose2d(input, layer, packed = packWeight(layer.weight, layer.groups, true)) {
  const [height, width, channels] = input.shape;
  const [, outputs, kh, kw] = layer.weight.shape;
  const { stride, padding, dilation, groups } = layer;
  const extra = layer.output_padding || [0, 0];
  const outHeight = transposedSize(height, kh, stride[0], padding[0], dilation[0], extra[0]);
  const outWidth = transposedSize(width, kw, stride[1], padding[1], dilation[1], extra[1]);
  const filters = outputs * groups;
  const inputs = channels / groups;
  const sums = new Float64Array(outHeight * outWidth * filters);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++) {
        const value = input.data[(y * width + x) * channels + c];
        if (value === 0) continue;
        const g = Math.floor(c / inputs);
        for (let ky = 0; ky < kh; ky++)
          for (let kx = 0; kx < kw; kx++) {
            const row = y * stride[0] - padding[0] + ky * dilation[0];
            const column = x * stride[1] - padding[1] + kx * dilation[1];
            if (row < 0 || row >= outHeight || column < 0 || column >= outWidth) continue;
            const to = (row * outWidth + column) * filters + g * outputs;
            const from = (((g * kh + ky) * kw + kx) * inputs + (c - g * inputs)) * outputs;
            for (let o = 0; o < outputs; o++) sums[to + o] += value * packed[from + o];
          }
      }
  const output = zeros([outHeight, outWidth, filters]);
  const bias = layer.bias ? layer.bias.data : null;
  for (let i = 0; i < sums.length; i++) output.data[i] = sums[i] + (bias ? bias[i % filters] : 0);
  return output;
}

/**
 * Visits every pooling window; `combine` gets the numbers inside the picture that lie under it.
 * @param {Tensor} input @param {PoolLayer} layer @param {(values: number[]) => number} combine
 * @returns {Tensor}
 */
function pool(input, layer, combine) {
  const [height, width, channels] = input.shape;
  const { kernel, stride, padding } = layer;
  const dilation = layer.dilation || [1, 1];
  const outHeight = convSize(height, kernel[0], stride[0], padding[0], dilation[0]);
  const outWidth = convSize(width, kernel[1], stride[1], padding[1], dilation[1]);
  const output = zeros([outHeight, outWidth, channels]);
  /** @type {number[]} */
  const values = [];
  for (let y = 0; y < outHeight; y++)
    for (let x = 0; x < outWidth; x++)
      for (let c = 0; c < channels; c++) {
        values.length = 0;
        for (let ky = 0; ky < kernel[0]; ky++)
          for (let kx = 0; kx < kernel[1]; kx++) {
            const row = y * stride[0] - padding[0] + ky * dilation[0];
            const column = x * stride[1] - padding[1] + kx * dilation[1];
            if (row < 0 || row >= height || column < 0 || column >= width) continue;
            values.push(input.data[(row * width + column) * channels + c]);
          }
        output.data[(y * outWidth + x) * channels + c] = combine(values);
      }
  return output;
}

/** @param {Tensor} input @param {PoolLayer} layer @returns {Tensor} */
export function maxPool(input, layer) {
  return pool(input, layer, (values) => {
    let best = values[0];
    for (let i = 1; i < values.length; i++) if (values[i] > best) best = values[i];
    return best;
  });
}

/** @param {Tensor} input @param {PoolLayer} layer @returns {Tensor} */
export function avgPool(input, layer) {
  const area = layer.kernel[0] * layer.kernel[1];
  return pool(input, layer, (values) => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[i];
    return sum / (layer.count_include_pad === false ? values.length : area);
  });
}

/**
 * Batch norm at test time: one factor and one shift per channel.
 * @param {Tensor} input @param {{scale: Tensor, shift: Tensor}} layer @returns {Tensor}
 */
export function batchNorm(input, layer) {
  const channels = layer.scale.data.length;
  const output = zeros(input.shape);
  for (let from = 0; from < input.data.length; from += channels)
    for (let c = 0; c < channels; c++)
      output.data[from + c] = input.data[from + c] * layer.scale.data[c] + layer.shift.data[c];
  return output;
}

/** @param {Tensor} input @returns {Tensor} */
export function relu(input) {
  const output = zeros(input.shape);
  for (let i = 0; i < input.data.length; i++) output.data[i] = input.data[i] > 0 ? input.data[i] : 0;
  return output;
}

/**
 * @param {Tensor} input of shape [N] @param {{weight: Tensor, bias: Tensor | null}} layer weight (out, in)
 * @returns {Tensor}
 */
export function linear(input, layer) {
  const [outputs, inputs] = layer.weight.shape;
  const output = zeros([outputs]);
  for (let o = 0; o < outputs; o++) {
    let sum = layer.bias ? layer.bias.data[o] : 0;
    for (let i = 0, w = o * inputs; i < inputs; i++, w++) sum += input.data[i] * layer.weight.data[w];
    output.data[o] = sum;
  }
  return output;
}

/**
 * Layer norm over a whole vector.
 * @param {Tensor} input @param {{scale: Tensor, shift: Tensor, eps: number}} layer @returns {Tensor}
 */
export function layerNorm(input, layer) {
  const n = input.data.length;
  let mean = 0;
  for (const value of input.data) mean += value / n;
  let variance = 0;
  for (const value of input.data) variance += (value - mean) ** 2 / n;
  const output = zeros(input.shape);
  const factor = 1 / Math.sqrt(variance + layer.eps);
  for (let i = 0; i < n; i++) {
    output.data[i] = (input.data[i] - mean) * factor * layer.scale.data[i] + layer.shift.data[i];
  }
  return output;
}

/** @param {ArrayLike<number>} logits @returns {Float64Array} probabilities that add up to one */
export function softmax(logits) {
  const values = Float64Array.from(logits);
  const largest = Math.max(...values);
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] = Math.exp(values[i] - largest);
  return values.map((value) => value / total);
}

/** PyTorch's order, channels first, for flattening and for comparing. @param {Tensor} map @returns {Tensor} */
export function channelsFirst(map) {
  if (map.shape.length === 1) return map;
  const [height, width, channels] = map.shape;
  const output = zeros([channels, height, width]);
  for (let c = 0, to = 0; c < channels; c++)
    for (let i = 0; i < height * width; i++) output.data[to++] = map.data[i * channels + c];
  return output;
}

/** @param {Tensor} map @returns {Tensor} */
export function flatten(map) {
  const { data } = channelsFirst(map);
  return { data, shape: [data.length] };
}

/**
 * Turns an exported layer list (lab_utils.live.network.export_layers) into a network that keeps every intermediate map.
 * @param {any[]} layers
 * @returns {{layers: any[], run: (pixels: Float32Array, shape: number[]) => {logits: Float32Array, steps: Step[]}}}
 */
export function createNetwork(layers) {
  /** @type {Record<string, (layer: any) => (input: Tensor) => Tensor>} */
  const kinds = {
    conv: (layer) => {
      const packed = packWeight(layer.weight, layer.groups);
      return (input) => conv2d(input, layer, packed);
    },
    conv_transpose: (layer) => {
      const packed = packWeight(layer.weight, layer.groups, true);
      return (input) => convTranspose2d(input, layer, packed);
    },
    max_pool: (layer) => (input) => maxPool(input, layer),
    avg_pool: (layer) => (input) => avgPool(input, layer.kernel ? layer : wholeMap(input)),
    batch_norm: (layer) => (input) => batchNorm(input, layer),
    layer_norm: (layer) => (input) => layerNorm(input, layer),
    relu: () => relu,
    flatten: () => flatten,
    linear: (layer) => (input) => linear(input, layer),
  };
  const functions = layers.map((layer) => {
    if (!kinds[layer.kind]) throw new TypeError(`layer ${layer.name}: unknown kind ${layer.kind}`);
    return kinds[layer.kind](layer);
  });
  return {
    layers,
    run(pixels, shape) {
      let current = { data: pixels, shape };
      const steps = layers.map((layer, i) => {
        const input = current;
        current = functions[i](input);
        return { name: layer.name, kind: layer.kind, input, output: current };
      });
      return { logits: current.data, steps };
    },
  };
}

/** Global average pooling: one window as large as the map. @param {Tensor} input */
function wholeMap(input) {
  return { kernel: input.shape.slice(0, 2), stride: [1, 1], padding: [0, 0] };
}
