// A text as the network reads it: characters to numbers, and the part that fits its context.

const CURLY = /** @type {Record<string, string>} */ ({ "’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": ".", "\t": " ", "\r": "", "\u00a0": " " });

/** Spaces and line ends as signs that can be seen. @param {string} character */
export function visible(character) {
  return character === " " ? "␣" : character === "\n" ? "↵" : character;
}

/** How a character is called in a sentence. @param {string} character */
export function called(character) {
  return character === " " ? "the space" : character === "\n" ? "the line end" : `“${character}”`;
}

/**
 * Numbers of the characters; those that the network never met are replaced by a near one or left out.
 * @param {string} text @param {string} characters
 */
export function encode(text, characters) {
  /** @type {number[]} */
  const tokens = [];
  /** @type {Set<string>} */
  const unknown = new Set();
  for (const raw of text) {
    const options = [raw, CURLY[raw], raw.normalize("NFD")[0], raw.toLowerCase(), raw.toUpperCase()];
    const known = options.find((option) => option !== undefined && (option === "" || (option.length === 1 && characters.includes(option))));
    if (known === undefined) unknown.add(raw);
    else if (known !== "") tokens.push(characters.indexOf(known));
  }
  return { tokens, unknown: [...unknown] };
}

/**
 * Where the part that is read begins. It moves on by a quarter of the context at a time: each move costs a fresh reading of
 * the whole part, so that moving at every character would make a long text slow.
 * @param {number} length @param {number} context
 */
export function windowStart(length, context) {
  if (length <= context) return 0;
  const jump = Math.max(1, Math.floor(context / 4));
  return Math.ceil((length - context) / jump) * jump;
}
