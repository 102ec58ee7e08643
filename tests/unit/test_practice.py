"""The mastery check: fair questions only, and a quiz that marks, explains, remembers and forgets, in a real browser."""

import re
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe

from lab_utils import practice
from lab_utils.practice import Choice, NumberQuestion, Question, QuestionError, mastery_check
from lab_utils.practice.questions import fingerprint, html
from theme.policy import with_policy

ONE = Question(
    "shared-weights",
    "Why has a 3×3 convolution so <i>few</i> weights?",
    [
        Choice("All places share them", True, "One kernel slides over all places."),
        Choice("Images are small", feedback="Its count does not depend on the image's size."),
        Choice("Most are zero", feedback="Nothing makes them zero: they are learned."),
    ],
    explanation="That is k·k·C<sub>in</sub>·C<sub>out</sub>.",
)
MANY = Question(
    "equivariant",
    "Which layers are equivariant to shifts?",
    [Choice("`Conv2d`", True), Choice("ReLU", True), Choice("Linear", feedback="It has a weight per place.")],
    multiple=True,
)
NUMBER = NumberQuestion(
    "count",
    "How many weights has a 3×3 convolution from 3 to 64 channels, without bias?",
    1728,
    "Multiply kernel height, kernel width, channels in, channels out.",
    unit="weights",
    traps={576: "You left out the channels in.", 1792: "That counts 64 biases."},
)
SHARE = NumberQuestion("share", "Which share is that?", 0.5, "Divide.", tolerance=0.01)


def test_texts_allow_what_math_needs_and_nothing_more():
    assert html("C<sub>in</sub> **b** `x<y`") == "C<sub>in</sub> <strong>b</strong> <code>x&lt;y</code>"
    assert html("<img src=x> <sub onclick='a'>x</sub>") == "&lt;img src=x&gt; &lt;sub onclick='a'&gt;x</sub>"


@pytest.mark.parametrize(
    ("question", "found"),
    [
        (replace(ONE, id="Shared Weights"), "question id"),
        (replace(ONE, prompt=" "), "prompt is empty"),
        (replace(ONE, choices=ONE.choices[:1]), "at least two choices, got 1"),
        (replace(ONE, choices=ONE.choices[1:]), "exactly one correct choice, got 0"),
        (replace(ONE, choices=[*ONE.choices, Choice("Also", True)]), "exactly one correct choice, got 2"),
        (replace(MANY, choices=[Choice("a", feedback="x"), Choice("b", feedback="y")]), "at least one correct choice"),
        (replace(ONE, choices=[*ONE.choices, ONE.choices[1]]), "same text"),
        (replace(ONE, choices=[*ONE.choices, Choice("Chance")]), "wrong choice 'Chance' has no feedback"),
        (replace(NUMBER, answer_value=float("nan")), "finite answer"),
        (replace(NUMBER, tolerance=-1), "tolerance >= 0"),
        (replace(NUMBER, otherwise=""), "no feedback for wrong values"),
        (replace(NUMBER, traps={1728: "x"}), "trap 1728 counts as the right answer"),
        (replace(NUMBER, traps={1: " "}), "wrong value 1 has no feedback"),
    ],
)
def test_unfair_questions_are_refused(question, found):
    with pytest.raises(QuestionError, match=re.escape(found)):
        mastery_check("cnns", [question])


def test_ids_name_one_question_and_a_quiz_has_some():
    with pytest.raises(QuestionError, match="two questions have the id 'count'"):
        mastery_check("cnns", [NUMBER, NUMBER])
    with pytest.raises(QuestionError, match="has no questions"):
        mastery_check("cnns", [])


def test_the_mark_changes_with_the_wording_only():
    assert fingerprint(ONE.data()) == fingerprint(replace(ONE, id="other").data())
    assert fingerprint(ONE.data()) != fingerprint(replace(ONE, prompt="Why?").data())


def test_without_javascript_the_questions_stand_there_with_folded_answers():
    made = mastery_check("cnns", [ONE, MANY, NUMBER, SHARE])
    assert made.fallback.count("<details><summary>Answer</summary>") == 4
    for words in ("All places share them.", "<code>Conv2d</code>; ReLU.", "1,728 weights.", "0.5 (± 0.01)."):
        assert f"<p>{words}" in made.fallback
    assert f"<noscript>{made.fallback}" in made.html()
    assert "Mastery check: 4 questions" in repr(made)


@pytest.fixture
def quiz(browser, tmp_path):
    """The quiz as a page of its own under the site's policy; ends without an error or a request."""
    path = tmp_path / "quiz.html"
    made = mastery_check("cnns", [ONE, MANY, NUMBER, SHARE])
    path.write_text(with_policy(made.page("Quiz")), encoding="utf-8")
    troubles: list[str] = []
    with browser.new_context() as context:
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda message: troubles.append(message.text))
        page.on("request", lambda request: troubles.extend([request.url] * (not request.url.startswith("file:"))))
        page.goto(path.as_uri())
        yield page
    assert troubles == []


def check(page, position: int) -> str:
    """Press a question's button; returns the feedback that a screen reader is told."""
    form = page.locator("form").nth(position - 1)
    form.get_by_role("button").click()
    return form.get_by_role("status").inner_text()


def score(page) -> str:
    return page.locator(".lab-quiz-score").inner_text()


def test_a_single_answer_is_marked_with_its_own_feedback(quiz):
    assert score(quiz) == "0 of 4 right"
    assert check(quiz, 1) == "Choose an answer first."
    quiz.get_by_label("Images are small").check()
    told = check(quiz, 1)
    assert "Not yet" in told
    assert "does not depend on the image" in told
    assert "Try again" in told
    quiz.get_by_label("All places share them").check()
    assert quiz.locator("form").nth(0).get_by_role("status").inner_text() == ""
    told = check(quiz, 1)
    assert "Right" in told
    assert "One kernel slides" in told
    assert "k·k·C" in told
    assert score(quiz) == "1 of 4 right, 0 at the first try"


def test_several_answers_must_all_be_found(quiz):
    quiz.get_by_label("ReLU").check()
    assert "something is still missing" in check(quiz, 2)
    quiz.get_by_label("Linear").check()
    assert "a weight per place" in check(quiz, 2)
    quiz.get_by_label("Linear").uncheck()
    quiz.get_by_label("Conv2d").check()
    assert "Right" in check(quiz, 2)


COUNTS = {
    "1728": "Right",
    "1,728": "Right",
    " 1 728 ": "Right",
    "1.728e3": "Right",
    "576": "left out the channels in",
    "1792": "64 biases",
    "12": "Multiply kernel height",
    "−1728": "Multiply kernel height",
    "": "Type a number",
    "many": "Type a number",
    "1,2,3": "Type a number",
}
SHARES = {"0.5": "Right", "0,51": "Right", "50 %": "Right", ".49": "Right", "0.52": "Divide", "−0.5": "Divide"}


def test_numbers_are_read_as_people_write_them(quiz):
    for position, label, answers in ((3, "Your answer in weights", COUNTS), (4, "Your answer", SHARES)):
        for typed, found in answers.items():
            quiz.get_by_label(label, exact=True).fill(typed)
            assert found in check(quiz, position), typed


def test_progress_outlives_the_page_until_the_reader_resets_it(quiz):
    quiz.get_by_label("All places share them").check()
    check(quiz, 1)
    quiz.get_by_label("Your answer in weights").fill("576")
    check(quiz, 3)
    quiz.reload()
    assert score(quiz) == "1 of 4 right, 1 at the first try"
    assert quiz.get_by_label("All places share them").is_checked()
    assert "channels in" in quiz.locator("form").nth(2).get_by_role("status").inner_text()
    keys = quiz.evaluate("Object.keys(localStorage)")
    assert len(keys) == 2
    assert all(key.startswith("deep-representations/cnns/") for key in keys)
    quiz.get_by_role("button", name="Start again").click()
    assert score(quiz) == "0 of 4 right"
    assert quiz.evaluate("localStorage.length") == 0
    assert quiz.evaluate("document.activeElement.type") == "radio"


def test_spoilt_storage_is_as_good_as_none(quiz):
    quiz.get_by_label("All places share them").check()
    check(quiz, 1)
    quiz.evaluate("for (const key of Object.keys(localStorage)) localStorage.setItem(key, '{\"right\": 3')")
    quiz.reload()
    assert score(quiz) == "0 of 4 right"


def test_blocked_storage_is_said_and_does_no_harm(quiz):
    quiz.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('blocked'); } })")
    quiz.reload()
    quiz.get_by_label("All places share them").check()
    assert "Right" in check(quiz, 1)
    assert score(quiz) == "1 of 4 right, 1 at the first try"
    assert "ends with this page" in quiz.locator(".lab-note").inner_text()


def test_the_keyboard_is_enough(quiz):
    quiz.get_by_role("radio").first.focus()
    quiz.keyboard.press("Space")
    quiz.keyboard.press("ArrowDown")
    assert quiz.get_by_label("Images are small").is_checked()
    quiz.keyboard.press("ArrowUp")
    quiz.keyboard.press("Enter")
    assert score(quiz).startswith("1 of 4 right")
    quiz.get_by_label("Your answer in weights").focus()
    quiz.keyboard.type("1728")
    quiz.keyboard.press("Enter")
    assert score(quiz).startswith("2 of 4 right")


def test_a_screen_reader_hears_question_choices_and_verdict(quiz):
    group = quiz.get_by_role("group", name="1. Why has a 3×3 convolution so few weights?")
    assert group.get_by_role("radio").count() == 3
    assert quiz.get_by_role("group", name="choose all that apply").get_by_role("checkbox").count() == 3
    assert quiz.get_by_role("progressbar", name="Questions answered correctly").count() == 1
    assert quiz.get_by_role("figure", name="Mastery check: 4 questions").count() == 1


def test_two_quizzes_on_one_page_do_not_share_their_buttons(browser, tmp_path):
    made = mastery_check("cnns", [ONE]).html()
    path = tmp_path / "two.html"
    path.write_text(f"<!doctype html><html lang='en'><body>{made}{made}</body></html>", encoding="utf-8")
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(path.as_uri())
        page.get_by_label("Images are small").nth(0).check()
        page.get_by_label("All places share them").nth(1).check()
        assert page.get_by_role("radio", checked=True).count() == 2


def test_axe_finds_nothing(quiz):
    quiz.get_by_label("Images are small").check()
    check(quiz, 1)
    for theme in ("light", "dark"):
        quiz.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        found = Axe().run(quiz).response["violations"]
        assert [item["id"] for item in found] == []


def test_a_check_that_is_not_plain_python_is_named():
    def marked(role, text, **more):
        return {"cell_type": "code", "source": text, "metadata": {"exercise": {"id": "e", "role": role, **more}}}

    cells = [marked("stub", "x", points=1, hint="h"), marked("solution", "x"), marked("check", "%timeit x")]
    with pytest.raises(practice.ExerciseError, match="exercise 'e': the check is not plain Python"):
        practice.exercises({"cells": cells})
