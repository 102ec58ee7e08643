// The figure's sentences and numbers.

import { format } from "../../web/ui.js";
import { ranked } from "./sampling.js";
import { called } from "./text.js";

/** @typedef {import("./session.js").GptSession} GptSession */

const MOST_SIGNS = 8; // named of those that the network cannot read

/** A share as a percentage, on one line: one decimal where it is small. @param {number} share */
export function percent(share) {
  if (share > 0 && share < 0.001) return "<\u00a00.1\u00a0%";
  return `${share < 0.0995 ? share === 0 ? "0" : (100 * share).toFixed(1) : Math.round(100 * share)}\u00a0%`;
}

/** A head as a reader counts, from 1. @param {number} layer @param {number} head */
export function headName(layer, head) {
  return `head ${head + 1} of layer ${layer + 1}`;
}

/** @param {string} text */
export function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}

/** @param {number} steps */
function distance(steps) {
  return steps === 0 ? "itself" : `${steps} back`;
}

/** @param {GptSession} session @param {number} place */
export function characterAt({ characters, tokens }, place) {
  return called(characters[tokens[place]]);
}

/** Where the head on view looks from the place on view, the three largest weights. @param {GptSession} session */
export function lookWords(session) {
  const { now, layer, head, at } = session;
  const weights = now.attention(layer, head, at);
  const parts = ranked(weights).slice(0, 3).filter((j) => weights[j] >= 0.01)
    .map((j) => `${j === at ? "itself" : `${characterAt(session, j)} ${distance(at - j)}`} ${percent(weights[j])}`);
  return `From ${characterAt(session, at)} it looks at: ${parts.join(", ")}.`;
}

/** What the head on view does on text in general. @param {GptSession} session */
export function roleWords({ roles, layer, head }) {
  if (!roles) return "its habits were not measured.";
  const { name, share, chance } = roles[layer][head];
  if (name === "") return "over the validation text it has no single habit: its attention is spread widely.";
  return `over the validation text it puts ${percent(share)} of its attention on ${name}; looking everywhere alike would put ${percent(chance)} there.`;
}

/** Which heads are off, as words. @param {GptSession} session */
export function offWords({ off, net }) {
  const heads = [...off].sort().map((key) => key.split(".").map(Number));
  const whole = net.blocks.flatMap((_, l) => (heads.filter(([layer]) => layer === l).length === net.heads ? [l] : []));
  const names = whole.map((l) => `all of layer ${l + 1}`);
  for (const [l, h] of heads) if (!whole.includes(l)) names.push(headName(l, h));
  return names.length > 3 ? `${heads.length} heads` : names.join(" and ");
}

/** The loss on the reader's text, with and without. @param {GptSession} session */
export function lossWords(session) {
  const before = session.loss(session.base);
  if (before === null) return "The loss needs two characters or more.";
  const whole = `Loss on this text: ${before.toFixed(2)} nats a character`;
  if (!session.off.size) return `${whole} (guessing blindly among ${session.characters.length} would cost ${Math.log(session.characters.length).toFixed(2)}).`;
  const after = /** @type {number} */ (session.loss(session.cut));
  return `${whole} with all heads, ${after.toFixed(2)} without ${offWords(session)}.`;
}

/** What becomes of the answer where heads are off; nothing where all are on. @param {GptSession} session */
export function changeWords(session) {
  const { off, at, base, cut, characters } = session;
  if (!off.size) return "";
  const whole = session.next(base, at), now = session.next(cut, at);
  const first = ranked(whole)[0], then = ranked(now)[0];
  const before = `Likeliest after ${characterAt(session, at)}: ${called(characters[first])} with ${percent(whole[first])}`;
  if (first === then) return `${before}, now still, with ${percent(now[first])}.`;
  return `${before}; now ${called(characters[then])} with ${percent(now[then])}.`;
}

/** @param {number} value */
export function signed(value) {
  const text = format(value, 2);
  return value > 0 && text !== "0" ? `+${text}` : text;
}

/** How the text meets the network: what it could not read, and what no longer fits. @param {GptSession} session */
export function readingWords({ unknown, start, length, net, characters, tokens }) {
  const lines = [];
  if (unknown.length) lines.push(`Left out, because no such sign is among the ${characters.length} that the network knows: ${signsWords(unknown)}.`);
  if (start) lines.push(`The network looks back ${net.context} characters at most: of ${length} it now reads the last ${tokens.length}.`);
  return lines.join(" ");
}

/** Some signs, those that cannot be seen by their numbers. @param {string[]} signs */
function signsWords(signs) {
  const shown = signs.slice(0, MOST_SIGNS).map((sign) => (/[\p{C}\p{M}\p{Z}]/u.test(sign) ? `U+${sign.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}` : sign));
  return shown.join(" ") + (signs.length > MOST_SIGNS ? ` and ${signs.length - MOST_SIGNS} more` : "");
}

/** What came after the place on view, and how well it was foreseen. @param {GptSession} session */
export function cameWords(session) {
  const { tokens, at, now } = session;
  if (at + 1 >= tokens.length) return "This is the end of the text: the next character is yet to be drawn.";
  const loss = session.losses(now)[at];
  return `What came is ${characterAt(session, at + 1)}: probability ${percent(Math.exp(-loss))}, loss ${loss.toFixed(2)} nats.`;
}
