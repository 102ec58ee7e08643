// The mastery check: marks answers, explains wrong ones, and remembers progress in this browser only.

import { element, uid } from "../web/ui.js";

/**
 * @typedef {{text: string, correct: boolean, feedback: string}} Choice
 * @typedef {{id: string, mark: string, kind: "single" | "multiple" | "number", prompt: string, explanation: string,
 *   choices: Choice[], answer: number, tolerance: number, unit: string, otherwise: string,
 *   traps: {value: number, feedback: string}[]}} Question
 * @typedef {{right: boolean, tries: number, answer: string}} Progress
 * @typedef {{right: boolean, empty?: boolean, notes: string[]}} Verdict
 */

/**
 * Reads a number as people write it: 307,200 or 307 200, 0,5 or .5, a true minus sign, a percent sign, 1e-3.
 * @param {string} text
 * @returns {number} NaN where there is no number
 */
function readNumber(text) {
  let plain = text.replace(/[\s\u00a0\u2009\u202f']/g, "").replace(/\u2212/g, "-");
  const percent = plain.endsWith("%");
  if (percent) plain = plain.slice(0, -1);
  if (/^[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?$/.test(plain)) plain = plain.replace(/,/g, "");
  else plain = plain.replace(/^([^,]*),([^,]*)$/, "$1.$2");
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain)) return NaN;
  return Number(plain) / (percent ? 100 : 1);
}

/**
 * Marks an answer: for choices the chosen positions joined by commas, for numbers the text as typed.
 * @param {Question} question
 * @param {string} answer
 * @returns {Verdict}
 */
export function judge(question, answer) {
  if (question.kind === "number") return judgeNumber(question, answer);
  const chosen = answer === "" ? [] : answer.split(",").map(Number);
  if (chosen.length === 0) return { right: false, empty: true, notes: ["Choose an answer first."] };
  const wrong = chosen.filter((i) => !question.choices[i].correct);
  const missing = question.choices.filter((choice, i) => choice.correct && !chosen.includes(i)).length;
  const right = wrong.length === 0 && missing === 0;
  const notes = (right ? chosen : wrong).map((i) => question.choices[i].feedback).filter((note) => note !== "");
  if (!right && wrong.length === 0) notes.push("What you chose is right, and something is still missing.");
  return { right, notes };
}

/** @param {Question} question @param {string} answer @returns {Verdict} */
function judgeNumber(question, answer) {
  const value = readNumber(answer);
  if (Number.isNaN(value)) return { right: false, empty: true, notes: ["Type a number, such as 28 or 0.5."] };
  // A hair more than the tolerance: 0.3 typed for 0.1 + 0.2 is right.
  const near = (/** @type {number} */ target, /** @type {number} */ within) =>
    Math.abs(value - target) <= within + 1e-9 * Math.max(1, Math.abs(target));
  if (near(question.answer, question.tolerance)) return { right: true, notes: [] };
  const trap = question.traps.find((item) => near(item.value, question.tolerance));
  return { right: false, notes: [trap ? trap.feedback : question.otherwise] };
}

/**
 * Progress by question, in the browser's storage where that is allowed, in memory otherwise.
 * @param {string} chapter
 */
function keeper(chapter) {
  /** @type {Map<string, string>} */
  const memory = new Map();
  const key = (/** @type {Question} */ question) => `deep-representations/${chapter}/${question.id}/${question.mark}`;
  let lasting = true;
  const attempt = (/** @type {(storage: Storage) => any} */ act) => {
    try {
      return act(window.localStorage);
    } catch {
      lasting = false; // storage is blocked or full: the quiz works on, and says that it will forget
      return null;
    }
  };
  return {
    /** Whether progress outlives the page. */
    lasts: () => lasting,
    /** @param {Question} question @returns {Progress | null} */
    load(question) {
      const text = attempt((storage) => storage.getItem(key(question))) ?? memory.get(key(question));
      return text === undefined || text === null ? null : parse(text);
    },
    /** @param {Question} question @param {Progress} progress */
    save(question, progress) {
      memory.set(key(question), JSON.stringify(progress));
      attempt((storage) => storage.setItem(key(question), JSON.stringify(progress)));
    },
    /** @param {Question} question */
    forget(question) {
      memory.delete(key(question));
      attempt((storage) => storage.removeItem(key(question)));
    },
  };
}

/** Stored text as progress; null where something else wrote it. @param {string} text @returns {Progress | null} */
function parse(text) {
  try {
    const value = JSON.parse(text);
    const sound = value && typeof value.right === "boolean" && typeof value.answer === "string" && value.tries > 0;
    return sound ? value : null;
  } catch {
    return null;
  }
}

/** An element that holds a question's own HTML. @param {string} tag @param {string} html @param {string} [kind] */
function rich(tag, html, kind = "") {
  const node = element(tag, kind ? { class: kind } : {});
  node.innerHTML = html;
  return node;
}

/**
 * The inputs of a question.
 * @param {Question} question
 * @param {string} name
 */
function answerField(question, name) {
  if (question.kind === "number") {
    const input = element("input", { type: "text", inputmode: "decimal", autocomplete: "off", class: "lab-quiz-number", "aria-label": `Your answer${question.unit ? ` in ${question.unit}` : ""}` });
    const row = element("div", { class: "lab-row" }, input, element("span", { text: question.unit }));
    return { node: row, first: input, read: () => input.value.trim(), write: (/** @type {string} */ text) => (input.value = text) };
  }
  const type = question.kind === "single" ? "radio" : "checkbox";
  const inputs = question.choices.map((_, i) => element("input", { type, name, value: String(i) }));
  const labels = question.choices.map((choice, i) => element("label", { class: "lab-quiz-choice" }, inputs[i], rich("span", choice.text)));
  return {
    node: element("div", {}, ...labels),
    first: inputs[0],
    read: () => inputs.filter((input) => input.checked).map((input) => input.value).join(","),
    write: (/** @type {string} */ text) => inputs.forEach((input, i) => (input.checked = text.split(",").includes(String(i)))),
  };
}

/** What the verdict says, below the question. @param {Question} question @param {Verdict} verdict */
function feedbackOn(question, verdict) {
  if (verdict.empty) return element("div", {}, ...verdict.notes.map((note) => rich("p", note)));
  const title = element("p", {}, element("strong", { text: verdict.right ? "✓ Right." : "✗ Not yet." }));
  const notes = verdict.right && question.explanation ? [...verdict.notes, question.explanation] : verdict.notes;
  const lines = [title, ...notes.map((note) => rich("p", note))];
  if (!verdict.right) lines.push(element("p", { text: "Try again: change your answer and check it." }));
  return element("div", { class: verdict.right ? "right" : "wrong" }, ...lines);
}

/**
 * The form of a question, with a place for feedback.
 * @param {Question} question
 * @param {number} position
 */
function questionForm(question, position) {
  const field = answerField(question, uid("lab-quiz"));
  const feedback = element("div", { class: "lab-quiz-feedback", role: "status" });
  const legend = rich("legend", `${position}. ${question.prompt}${question.kind === "multiple" ? " <em>(choose all that apply)</em>" : ""}`);
  const check = element("button", { type: "submit", class: "lab-button lab-primary lab-quiz-check", "aria-label": `Check answer ${position}`, text: "Check" });
  const node = element("form", { novalidate: true }, element("fieldset", {}, legend, field.node), check, feedback);
  node.addEventListener("input", () => feedback.replaceChildren());
  return { node, field, feedback };
}

/**
 * One question and its progress; `changed` is called when the progress changes.
 * @param {Question} question
 * @param {number} position
 * @param {ReturnType<typeof keeper>} store
 * @param {() => void} changed
 */
function asked(question, position, store, changed) {
  const { node, field, feedback } = questionForm(question, position);
  /** @type {Progress | null} */
  let progress = store.load(question);
  node.addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    const verdict = judge(question, field.read());
    feedback.replaceChildren(feedbackOn(question, verdict));
    if (verdict.empty) return;
    progress = { right: verdict.right, tries: (progress?.tries ?? 0) + 1, answer: field.read() };
    store.save(question, progress);
    changed();
  });
  if (progress) {
    field.write(progress.answer);
    feedback.replaceChildren(feedbackOn(question, judge(question, progress.answer)));
  }
  return {
    node,
    first: field.first,
    progress: () => progress,
    reset() {
      progress = null;
      store.forget(question);
      field.write("");
      feedback.replaceChildren();
    },
  };
}

/**
 * @param {HTMLElement} root
 * @param {{chapter: string, questions: Question[]}} data
 */
export function mount(root, data) {
  const store = keeper(data.chapter);
  const score = element("p", { class: "lab-quiz-score", role: "status" });
  const bar = element("progress", { max: String(data.questions.length), value: "0", "aria-label": "Questions answered correctly" });
  const note = element("p", { class: "lab-note" });
  const refresh = () => {
    const done = items.map((item) => item.progress()).filter((progress) => progress?.right);
    const first = done.filter((progress) => progress?.tries === 1).length;
    bar.value = done.length;
    const tail = done.length ? `, ${first} at the first try` : "";
    score.textContent = `${done.length} of ${items.length} right${tail}${done.length === items.length ? ". All done!" : ""}`;
    note.textContent = store.lasts() ? "Your progress stays in this browser." : "This browser blocks storage: your progress ends with this page.";
  };
  const items = data.questions.map((question, i) => asked(question, i + 1, store, refresh));
  const again = element("button", { type: "button", class: "lab-button", text: "Start again" });
  again.addEventListener("click", () => {
    for (const item of items) item.reset();
    refresh();
    items[0].first.focus();
  });
  const head = element("div", { class: "lab-quiz-head" }, score, bar, again);
  root.append(element("div", { class: "lab-quiz" }, head, ...items.map((item) => item.node), note));
  refresh();
}
