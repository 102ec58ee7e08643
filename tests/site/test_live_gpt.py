"""The GPT figure in Chromium: its answers are torch's, and typing, tapping, drawing and switching heads all move it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from playwright.sync_api import Browser, Page, expect
from torch import Tensor

from lab_utils import data, live, models
from lab_utils.web import LiveFigure
from tests.site.checks import axe_violations
from tests.site.live_support import OVERFLOW, PHONE, in_every_view, opened, settle

TEXTS = (
    "A",
    "\n",
    "Alice was beginning to ",
    "HAMLET:\nTo be, or not to be",
    "qzvkpj wxgmfb qzvkpj wx",
    "Of Man's first disobedience, and the fruit",
    "!!! ((  )) ?? -- ;;",
    "the the the the the the the the the the the the",
    "O" * 128,
    ("All the world's a stage, and all the men and women merely players; they have their exits " * 2)[:128],
)
SESSION = "answers.at(-1).session"
READ = """(name) => {
  const reading = answers.at(-1).session[name], { net, tokens } = reading;
  const row = (l, h, i) => tokens.map((_, j) => reading.attention(l, h, i)[j] ?? 0);
  return {
    tokens, logits: tokens.map((_, i) => Array.from(reading.logitsAt(i))),
    attention: net.blocks.map((_, l) =>
      Array.from({ length: net.heads }, (_, h) => tokens.map((_, i) => row(l, h, i)))),
  };
}"""


# Pressed from inside: a busy machine may take longer to reach the button than the network to write its 120 characters.
STOP_AFTER = """(length) => new Promise((done) => {
  const area = document.querySelector("textarea");
  const look = () => {
    if (area.value.length <= length) return requestAnimationFrame(look);
    [...document.querySelectorAll("button")].find((button) => button.textContent === "Stop").click();
    done();
  };
  look();
})"""


@cache
def book() -> tuple[models.GPT, str]:
    return models.book_gpt(), data.book_text().characters


@cache
def figure() -> LiveFigure:
    model, characters = book()
    return live.gpt(
        model, characters, text=TEXTS[2], head=(0, 0), sample=data.all_windows(data.book_text().validation, 64).x[:4]
    )


def ids_of(text: str) -> Tensor:
    return torch.tensor([[book()[1].index(c) for c in text]])


@contextmanager
def shown(browser: Browser, folder: Path, html: str = "", **context: Any) -> Iterator[Page]:
    """The figure on a page of its own, once it has given its first answer."""
    with opened(browser, folder, html or figure().page(), **context) as page:
        page.wait_for_function("() => answers.length > 0")
        yield page


def when_ready(page: Page, act: Callable[[], Any]) -> None:
    """Acts, and waits for the whole answer to it."""
    before = page.evaluate("answers.length")
    act()
    page.wait_for_function("(n) => answers.length > n && answers.at(-1).session.complete", arg=before)
    settle(page)


def write(page: Page, text: str) -> None:
    when_ready(page, lambda: page.get_by_label("Your text").fill(text))


def assert_torchs(page: Page, text: str, off: tuple[tuple[int, int], ...] = ()) -> None:
    """Logits and attention of the reading on view equal torch's within 1e-4."""
    model, ids = book()[0], ids_of(text)
    got = page.evaluate(READ, "now")
    assert got["tokens"] == ids[0].tolist()
    with torch.no_grad(), model.without(off):
        logits, attention = model(ids)[0], model.attend(ids)[:, 0]
    for name, wanted in (("logits", logits), ("attention", attention)):
        torch.testing.assert_close(torch.tensor(got[name], dtype=torch.float32), wanted, atol=1e-4, rtol=0)


def test_logits_and_attention_are_torchs_on_ten_texts(browser: Browser, tmp_path: Path) -> None:
    with shown(browser, tmp_path) as page:
        for text in TEXTS:
            write(page, text)
            assert_torchs(page, text)


def test_the_page_stays_under_two_megabytes() -> None:
    assert len(figure().page().encode()) < 2_000_000


def test_typing_and_erasing_at_the_end_and_in_the_middle(browser: Browser, tmp_path: Path) -> None:
    with shown(browser, tmp_path) as page:
        area = page.get_by_label("Your text")
        write(page, "Down, down")
        area.press("End")
        for key in (",", " ", "d", "o", "Backspace", "i"):
            when_ready(page, lambda key=key: area.press(key))
        assert_torchs(page, "Down, down, di")
        area.press("Home")
        when_ready(page, lambda: area.press("X"))
        assert_torchs(page, "XDown, down, di")
        assert page.evaluate("Math.max(...answers.map((a) => a.milliseconds))") >= 0


def test_a_text_beyond_the_context_is_read_from_its_last_part(browser: Browser, tmp_path: Path) -> None:
    text = "The quick brown fox jumps over the lazy dog. " * 4
    with shown(browser, tmp_path) as page:
        write(page, text)
        start = page.evaluate(f"{SESSION}.start")
        assert 0 < len(text) - start <= 128
        assert_torchs(page, text[start:])
        expect(page.locator(".lab-gpt-desk .lab-note")).to_contain_text(f"of {len(text)} it now reads the last")


def test_unknown_signs_are_replaced_or_named(browser: Browser, tmp_path: Path) -> None:
    with shown(browser, tmp_path) as page:
        write(page, "Café “7” 中")
        assert_torchs(page, 'Cafe "" ')
        expect(page.locator(".lab-gpt-desk .lab-note")).to_contain_text("Left out")
        expect(page.locator(".lab-gpt-desk .lab-note")).to_contain_text("7 中")
        write(page, "a0123456789\N{RIGHT-TO-LEFT OVERRIDE}")
        expect(page.locator(".lab-gpt-desk .lab-note")).to_contain_text("0 1 2 3 4 5 6 7 and 3 more.")
        write(page, "a\N{RIGHT-TO-LEFT OVERRIDE}\N{ZERO WIDTH JOINER}")  # what cannot be seen is named by its number
        expect(page.locator(".lab-gpt-desk .lab-note")).to_contain_text("knows: U+202E U+200D.")


def test_nothing_typed_is_said_and_survived(browser: Browser, tmp_path: Path) -> None:
    with shown(browser, tmp_path) as page:
        page.get_by_label("Your text").fill("")
        expect(page.get_by_text("Type something, or choose a start")).to_be_visible()
        expect(page.get_by_role("button", name="Let it write")).to_be_disabled()
        expect(page.get_by_text("What comes after")).to_be_hidden()
        write(page, "a")
        assert_torchs(page, "a")
        expect(page.locator(".lab-gpt-loss")).to_have_text("The loss needs two characters or more.")


def test_nothing_overlaps_once_the_window_has_been_wider(browser: Browser, tmp_path: Path) -> None:
    """A canvas keeps the width it was drawn with; that must not keep its column from shrinking."""
    with shown(browser, tmp_path, viewport={"width": 1200, "height": 900}) as page:
        for width in (1200, 740, 390, 330):
            page.set_viewport_size({"width": width, "height": 900})
            settle(page)
            settle(page)  # the map is drawn anew a frame after its box has a new size
            wide = page.locator(".lab-gpt-column, .lab-gpt-column > *, .lab-gpt-lens").evaluate_all(
                "(all) => all.filter((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth).map((e) => e.className)"
            )
            outside = page.evaluate(
                "() => { const right = document.querySelector('.lab-gpt-views').getBoundingClientRect().right;"
                " return [...document.querySelectorAll('.lab-gpt-views *')].filter((e) => !e.matches('.lab-hidden')"
                " && e.getBoundingClientRect().right > right + 1).map((e) => e.className || e.tagName); }"
            )
            assert (wide, outside) == ([], []), width


# The observer hears of the new size after the figure's own, which then waits for a frame; the text goes in between.
EMPTY_WHILE_RESIZED = """() => new Promise((done) => {
  const area = document.querySelector("textarea"), box = document.querySelector(".lab-gpt-board");
  new ResizeObserver((_, watch) => {
    watch.disconnect();
    area.value = "";
    area.dispatchEvent(new Event("input", { bubbles: true }));
    requestAnimationFrame(() => requestAnimationFrame(done));
  }).observe(box);
  document.querySelector("figure.lab-live").style.width = "500px";
})"""


def test_emptied_in_the_frame_before_a_redraw(browser: Browser, tmp_path: Path) -> None:
    with shown(browser, tmp_path) as page:
        page.evaluate(EMPTY_WHILE_RESIZED)
        expect(page.get_by_text("Type something, or choose a start")).to_be_visible()


# What the large map shows when the answer is told, and one frame later.
MAP_AT_THE_ANSWER = """(text) => new Promise((done) => {
  const area = document.querySelector("textarea"), canvas = document.querySelector(".lab-gpt-board canvas");
  const before = canvas.toDataURL();
  document.addEventListener("lab:answer", () => {
    const told = canvas.toDataURL();
    requestAnimationFrame(() => requestAnimationFrame(() => done([told !== before, told === canvas.toDataURL()])));
  }, { once: true });
  area.value = text;
  area.dispatchEvent(new Event("input", { bubbles: true }));
})"""


def test_the_large_map_is_drawn_in_the_frame_of_the_answer(browser: Browser, tmp_path: Path) -> None:
    with shown(browser, tmp_path) as page:
        settle(page)
        assert page.evaluate(MAP_AT_THE_ANSWER, "Down, down, down") == [True, True]


def test_temperature_and_top_k_shape_what_is_drawn(browser: Browser, tmp_path: Path) -> None:
    model, ids = book()[0], ids_of(TEXTS[2])
    with shown(browser, tmp_path) as page:
        settings = ((0.5, None), (2.0, 5), (0.0, 3), (1.0, 1))
        for temperature, top_k in settings:
            when_ready(page, lambda t=temperature: page.get_by_label("Temperature").fill(str(t)))
            when_ready(page, lambda k=top_k: page.get_by_label("Top-k").fill(str(k or 65)))
            with torch.no_grad():
                logits = model(ids)[0, -1]
            wanted = models.next_probabilities(logits, temperature=temperature, top_k=top_k)
            got = page.evaluate(f"Array.from({SESSION}.next({SESSION}.now, {SESSION}.at))")
            torch.testing.assert_close(torch.tensor(got, dtype=torch.float32), wanted, atol=1e-4, rtol=0)
            shares = page.locator(".lab-gpt-next tbody td:nth-child(3)").all_inner_texts()
            assert shares[0] == f"{100 * wanted.max():.0f}\N{NO-BREAK SPACE}%" or wanted.max() < 0.1


def test_it_writes_and_stops_and_goes_back(browser: Browser, tmp_path: Path) -> None:
    with shown(browser, tmp_path) as page:
        area = page.get_by_label("Your text")
        typed = area.input_value()
        when_ready(page, lambda: page.get_by_role("button", name="One character").click())
        assert len(area.input_value()) == len(typed) + 1
        page.get_by_role("button", name="Let it write").click()
        page.evaluate(STOP_AFTER, len(typed) + 6)
        settle(page)
        written = area.input_value()
        page.wait_for_timeout(250)
        assert area.input_value() == written
        assert written.startswith(typed)
        assert_torchs(page, written)
        expect(page.locator(".lab-gpt-cells .lab-drawn")).to_have_count(len(written) - len(typed))
        when_ready(page, lambda: page.get_by_role("button", name="Undo").click())
        assert area.input_value() == typed


def test_greedy_writing_is_torchs(browser: Browser, tmp_path: Path) -> None:
    with shown(browser, tmp_path, reduced_motion="reduce") as page:
        when_ready(page, lambda: page.get_by_label("Temperature").fill("0"))
        typed = page.get_by_label("Your text").input_value()
        page.get_by_role("button", name="Let it write").click()
        page.wait_for_function("(n) => document.querySelector('textarea').value.length === n", arg=len(typed) + 120)
        ids = ids_of(typed)
        fits = models.generate(
            book()[0], ids, 128 - len(typed), context=128, temperature=0, generator=torch.Generator()
        )
        wanted = "".join(book()[1][i] for i in fits[0].tolist())
        assert page.get_by_label("Your text").input_value()[:128] == wanted


def test_a_place_is_chosen_by_pointer_and_by_keyboard(browser: Browser, tmp_path: Path) -> None:
    with shown(browser, tmp_path) as page:
        when_ready(page, lambda: page.locator("[data-place='4']").click())
        slider = page.get_by_role("slider", name="Look from character")
        expect(slider).to_have_value("5")
        expect(page.locator(".lab-gpt-answer .lab-title")).to_have_text("What comes after “e”?")
        expect(page.locator(".lab-gpt-answer")).to_contain_text("What came is the space: probability")
        slider.focus()
        when_ready(page, lambda: slider.press("ArrowLeft"))
        expect(page.locator(".lab-gpt-answer .lab-title")).to_have_text("What comes after “c”?")
        board = page.locator(".lab-gpt-board canvas")
        board.scroll_into_view_if_needed()
        box = board.bounding_box()
        cell = (min(box["width"], box["height"]) - 24) / 23
        when_ready(page, lambda: page.mouse.click(box["x"] + 60, box["y"] + 24 + 10.5 * cell))
        expect(slider).to_have_value("11")
        look = page.evaluate(f"Array.from({SESSION}.now.attention(0, 0, 10))")
        shades = page.locator(".lab-gpt-cells span").evaluate_all(
            "(all) => all.map((e) => Number(e.style.getPropertyValue('--look')))"
        )
        assert shades[:11] == pytest.approx([v**0.5 for v in look])
        assert set(shades[11:]) == {0}


def test_heads_are_chosen_and_switched_off_by_keyboard(browser: Browser, tmp_path: Path) -> None:
    with shown(browser, tmp_path) as page:
        first = page.get_by_role("radio", name="Head 1 of layer 1", exact=False)
        first.focus()
        when_ready(page, lambda: page.keyboard.press("ArrowDown"))
        when_ready(page, lambda: page.keyboard.press("ArrowRight"))
        expect(page.get_by_role("radio", name="Head 2 of layer 2", exact=False)).to_be_checked()
        expect(page.get_by_role("radio", name="Head 2 of layer 2", exact=False)).to_be_focused()
        off = page.get_by_role("button", name="Switch head 2.2 off")
        off.focus()
        when_ready(page, lambda: page.keyboard.press("Enter"))
        assert_torchs(page, TEXTS[2], ((1, 1),))
        expect(page.get_by_role("radio", name="Head 2 of layer 2, off", exact=False)).to_be_checked()
        when_ready(page, lambda: page.get_by_role("button", name="Layer 2 off").click())
        assert_torchs(page, TEXTS[2], tuple((1, h) for h in range(4)))
        expect(page.locator(".lab-gpt-loss")).to_contain_text("without all of layer 2")
        when_ready(page, lambda: page.get_by_role("button", name="All on").click())
        assert_torchs(page, TEXTS[2])


def test_before_and_after_are_both_shown_and_the_loss_is_torchs(browser: Browser, tmp_path: Path) -> None:
    model, ids = book()[0], ids_of(TEXTS[3])

    def loss() -> float:
        with torch.no_grad():
            return float(torch.nn.functional.cross_entropy(model(ids)[0, :-1], ids[0, 1:]))

    with shown(browser, tmp_path) as page:
        write(page, TEXTS[3])
        expect(page.locator(".lab-gpt-loss")).to_contain_text(f"Loss on this text: {loss():.2f} nats")
        when_ready(page, lambda: page.get_by_role("button", name="Layer 1 off").click())
        with model.without([(0, h) for h in range(4)]):
            cut = loss()
        words = page.locator(".lab-gpt-loss")
        expect(words).to_contain_text(f"{loss():.2f} nats a character with all heads, {cut:.2f} without all of layer 1")
        expect(page.get_by_role("columnheader", name="all heads")).to_be_visible()
        write(page, TEXTS[3] + ",")  # both readings follow the text
        assert_torchs(page, TEXTS[3] + ",", tuple((0, h) for h in range(4)))
        base = page.evaluate(READ, "base")["logits"]
        with torch.no_grad():
            torch.testing.assert_close(torch.tensor(base), model(ids_of(TEXTS[3] + ","))[0], atol=1e-4, rtol=0)


def test_each_head_tried_off_gives_torchs_losses(browser: Browser, tmp_path: Path) -> None:
    model, ids = book()[0], ids_of(TEXTS[3])

    def loss(off: list[tuple[int, int]]) -> float:
        with torch.no_grad(), model.without(off):
            return float(torch.nn.functional.cross_entropy(model(ids)[0, :-1], ids[0, 1:]))

    with shown(browser, tmp_path) as page:
        write(page, TEXTS[3])
        page.get_by_role("button", name="Try each head off").click()
        page.wait_for_function(f"() => {SESSION}.trials !== null")
        got = torch.tensor(page.evaluate(f"{SESSION}.trials"))
        wanted = torch.tensor([[loss([(layer, head)]) - loss([]) for head in range(4)] for layer in range(3)])
        torch.testing.assert_close(got, wanted, atol=1e-4, rtol=0)
        expect(page.locator(".lab-gpt-worth").first).not_to_be_empty()
        write(page, TEXTS[4])  # another text: the numbers go
        expect(page.locator(".lab-gpt-worth").first).to_be_empty()


def test_the_lens_reads_the_stream_after_every_layer(browser: Browser, tmp_path: Path) -> None:
    model, ids = book()[0], ids_of(TEXTS[2])
    with shown(browser, tmp_path) as page:
        settle(page)
        with torch.no_grad():
            h = model.embedded(ids)
            streams = [h] + [h := block(h) for block in model.blocks]
            wanted = torch.stack([(model.norm(h) @ model.embed.weight.T)[0, -1] for h in streams])
        got = page.evaluate(f"[0, 1, 2, 3].map((l) => Array.from({SESSION}.now.lens(l, {SESSION}.at)))")
        torch.testing.assert_close(torch.tensor(got), wanted, atol=1e-4, rtol=0)


def test_touch_on_a_phone(browser: Browser, tmp_path: Path) -> None:
    with shown(browser, tmp_path, **PHONE) as page:
        assert page.evaluate(OVERFLOW) <= 0
        when_ready(page, lambda: page.locator("[data-place='2']").tap())
        expect(page.get_by_role("slider", name="Look from character")).to_have_value("3")
        when_ready(page, lambda: page.get_by_role("radio", name="Head 3 of layer 3", exact=False).tap())
        when_ready(page, lambda: page.get_by_role("button", name="Switch head 3.3 off").tap())
        assert_torchs(page, TEXTS[2], ((2, 2),))
        write(page, TEXTS[-1])
        assert page.evaluate(OVERFLOW) <= 0


def test_two_on_one_page_do_not_interfere(browser: Browser, tmp_path: Path) -> None:
    html = figure().page().replace("</main>", f"{figure().html()}</main>")
    with shown(browser, tmp_path, html) as page:
        figures = page.locator("figure.lab-live")
        expect(figures).to_have_count(2)
        figures.nth(1).get_by_label("Your text").fill("Second")
        figures.nth(1).get_by_role("button", name="Layer 1 off").click()
        expect(figures.nth(1).locator(".lab-gpt-loss")).to_contain_text("without all of layer 1")
        expect(figures.nth(0).get_by_label("Your text")).to_have_value(TEXTS[2])
        expect(figures.nth(0).locator(".lab-gpt-loss")).not_to_contain_text("without")


@in_every_view
def test_accessible_with_everything_open(browser: Browser, tmp_path: Path, theme: str, width: int) -> None:
    with shown(browser, tmp_path, figure().page(theme=theme), viewport={"width": width, "height": 900}) as page:
        write(page, TEXTS[3])
        page.get_by_role("button", name="Try each head off").click()
        page.wait_for_function(f"() => {SESSION}.trials !== null")
        when_ready(page, lambda: page.get_by_role("button", name="Switch head 1.1 off").click())
        when_ready(page, lambda: page.get_by_role("button", name="One character").click())
        assert page.evaluate(OVERFLOW) <= 0
        assert axe_violations(page) == []


def test_the_theme_reaches_the_maps(browser: Browser, tmp_path: Path) -> None:
    with shown(browser, tmp_path) as page:
        settle(page)
        look = "(canvas) => canvas.toDataURL()"
        canvases = [page.locator(".lab-gpt-board canvas"), page.locator(".lab-gpt-thumb canvas").first]
        light = [canvas.evaluate(look) for canvas in canvases]
        when_ready(page, lambda: page.evaluate("document.documentElement.dataset.theme = 'dark'"))
        settle(page)
        assert all(canvas.evaluate(look) != before for canvas, before in zip(canvases, light, strict=True))


def test_without_javascript_maps_and_answers_stand(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, figure().page(), java_script_enabled=False) as page:
        expect(page.get_by_role("img", name="Attention maps of all heads")).to_be_visible()
        expect(page.locator("tbody tr")).to_have_count(6)
