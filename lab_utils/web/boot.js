// The last lines of every linked figure: read the data block back and mount what is not mounted yet.

/**
 * Widens IEEE half-precision bit patterns to numbers.
 * @param {Uint16Array} bits
 * @returns {Float32Array}
 */
export function fromHalf(bits) {
  const out = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    const sign = bits[i] & 0x8000 ? -1 : 1;
    const exponent = (bits[i] >> 10) & 31;
    const fraction = bits[i] & 1023;
    if (exponent === 31) out[i] = fraction ? NaN : sign * Infinity;
    else if (exponent === 0) out[i] = sign * fraction * 2 ** -24;
    else out[i] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return out;
}

/**
 * Turns {"$array", shape, base64} objects, at any depth, into {data: typed array, shape}.
 * @param {any} value
 * @returns {any}
 */
export function revive(value) {
  if (Array.isArray(value)) return value.map(revive);
  if (value === null || typeof value !== "object") return value;
  if (!("$array" in value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revive(item)]));
  }
  const text = atob(value.base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return { data: typedArray(value.$array, bytes.buffer), shape: value.shape };
}

/**
 * @param {string} dtype NumPy's name of the type
 * @param {ArrayBuffer} buffer little-endian bytes, as on every machine with a browser
 */
function typedArray(dtype, buffer) {
  if (dtype === "float32") return new Float32Array(buffer);
  if (dtype === "float16") return fromHalf(new Uint16Array(buffer));
  if (dtype === "int8") return new Int8Array(buffer);
  if (dtype === "uint8") return new Uint8Array(buffer);
  if (dtype === "int32") return new Int32Array(buffer);
  throw new TypeError(`cannot read an array of ${dtype}`);
}

/** Paper is white whatever the page is: while it prints, a figure takes the light colours (palette.css). @param {Element} figure */
function printLight(figure) {
  window.addEventListener("beforeprint", () => figure.classList.add("lab-on-paper"));
  window.addEventListener("afterprint", () => figure.classList.remove("lab-on-paper"));
}

/**
 * Mounts every figure of this kind that no script has mounted yet, so one page may hold a figure twice.
 * @param {string} name the module's name, in data-lab
 * @param {(root: HTMLElement, data: any) => void} mount
 */
export function boot(name, mount) {
  for (const figure of document.querySelectorAll(`figure.lab-live[data-lab="${name}"]:not([data-mounted])`)) {
    figure.setAttribute("data-mounted", "");
    printLight(figure); // before mounting, so that canvases that draw for paper find the light colours
    const body = /** @type {HTMLElement} */ (figure.querySelector(".lab-live-body"));
    const block = /** @type {HTMLElement} */ (figure.querySelector(".lab-live-data"));
    try {
      mount(body, revive(JSON.parse(block.textContent || "{}")));
    } catch (error) {
      const message = document.createElement("p");
      message.className = "lab-error";
      message.textContent = `This figure could not start: ${error instanceof Error ? error.message : error}`;
      body.append(message);
      throw error;
    }
  }
}
