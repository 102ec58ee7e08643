"""The convolution figure in Chromium: its numbers are PyTorch's, and every control moves it."""

import re
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Browser, Page, expect

from lab_utils.live import convolution_arithmetic
from tests.site.checks import axe_violations
from tests.site.live_support import OVERFLOW, in_every_view, opened, settle

STAGE = "[role=application]"
# Notes every output that is explained from now on: a moment of the animation may be over before it is asked for.
LIST_TITLES = """() => {
  const sum = document.querySelector(".lab-sum"), now = () => sum.querySelector(".lab-title").textContent;
  let last = now();
  window.titles = [];
  new MutationObserver(() => now() !== last && titles.push((last = now()))).observe(sum, { childList: true });
}"""


def read(page: Page) -> tuple[list[float], int]:
    """The sum in the panel (its terms multiplied out here, and its total), and the output size in the formula."""
    settle(page)
    number = r"\(?([−-]?[\d.]+)\)?"
    pairs = [
        re.search(f"{number}·{number}", text).groups()
        for text in page.locator(".lab-terms .lab-term").all_inner_texts()
    ]
    products = [float(a.replace("−", "-")) * float(b.replace("−", "-")) for a, b in pairs]
    total = page.locator(".lab-terms strong").inner_text().removeprefix("= ").replace("−", "-")
    size = page.locator(".lab-formula strong").inner_text()
    return [sum(products), float(total)], int(size)


def move(page: Page, name: str, value: int) -> None:
    page.get_by_role("slider", name=name, exact=True).fill(str(value))


@pytest.mark.parametrize(
    ("settings", "transposed"),
    [
        ({}, False),
        ({"Stride": 2, "Padding": 0}, False),
        ({"Input size": 10, "Kernel size": 4, "Stride": 3, "Dilation": 2, "Padding": 3}, False),
        ({"Stride": 2}, True),
        ({"Input size": 4, "Kernel size": 4, "Stride": 3, "Padding": 2, "Output padding": 2}, True),
    ],
)
def test_numbers_on_the_page_equal_torch(
    browser: Browser, tmp_path: Path, settings: dict[str, int], transposed: bool
) -> None:
    full = {"Input size": 7, "Kernel size": 3, "Stride": 1, "Padding": 1, "Dilation": 1, "Output padding": 0} | settings
    with opened(browser, tmp_path, convolution_arithmetic().page()) as page:
        if transposed:
            page.get_by_role("radio", name="Transposed convolution").check()
        for name, value in settings.items():
            move(page, name, value)
        page.get_by_label("Input", exact=True).select_option("ramp")
        page.get_by_label("Kernel", exact=True).select_option("sharpen")
        n, k = full["Input size"], full["Kernel size"]
        x = (torch.arange(n)[:, None] + torch.arange(n)).double()[None, None]
        w = torch.zeros(1, 1, k, k, dtype=torch.float64)
        m = (k - 1) // 2
        w[0, 0, m - 1 : m + 2, m], w[0, 0, m, m - 1 : m + 2] = -1, -1
        w[0, 0, m, m] = 5
        steps = {"stride": full["Stride"], "padding": full["Padding"], "dilation": full["Dilation"]}
        if transposed:
            y = torch.nn.functional.conv_transpose2d(x, w, output_padding=full["Output padding"], **steps)
        else:
            y = torch.nn.functional.conv2d(x, w, **steps)
        side = y.shape[-1]
        page.locator(STAGE).focus()
        for _ in range(2 * side):
            page.keyboard.press("ArrowUp")
            page.keyboard.press("ArrowLeft")
        for i in range(side):
            (by_terms, total), size = read(page)
            assert size == side
            assert total == pytest.approx(float(y[0, 0, i, i]))
            assert by_terms == pytest.approx(total)
            page.keyboard.press("ArrowDown")
            page.keyboard.press("ArrowRight")


def test_own_numbers_in_the_kernel(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, convolution_arithmetic().page()) as page:
        page.get_by_label("Weight in row 2, column 3").fill("-2.5")
        expect(page.get_by_label("Kernel", exact=True)).to_have_value("custom")
        _, size = read(page)
        assert size == 7
        expect(page.locator(".lab-terms")).to_contain_text("3·(−2.5)")
        page.get_by_label("Weight in row 1, column 1").fill("much")
        expect(page.get_by_label("Weight in row 1, column 1")).to_have_attribute("aria-invalid", "true")


def test_impossible_settings_are_explained(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, convolution_arithmetic().page()) as page:
        move(page, "Input size", 3)
        move(page, "Padding", 0)
        move(page, "Dilation", 3)
        expect(page.get_by_role("alert")).to_contain_text("covers 7 rows, the padded input has only 3")
        expect(page.locator(".lab-formula strong")).to_have_text("no output")
        expect(page.get_by_role("button", name="Play")).to_be_disabled()
        move(page, "Padding", 2)
        expect(page.get_by_role("alert")).to_be_hidden()
        expect(page.locator(".lab-formula strong")).to_have_text("1")


def test_unused_columns_are_named(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, convolution_arithmetic(size=8, stride=2, padding=0).page()) as page:
        expect(page.locator(".lab-formula")).to_contain_text("The last row and column are never read")
        move(page, "Input size", 9)
        expect(page.locator(".lab-formula")).not_to_contain_text("never read")


def test_pointer_and_play(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, convolution_arithmetic().page()) as page:
        title = page.locator(".lab-sum .lab-title")
        before = title.inner_text()
        page.locator(STAGE).scroll_into_view_if_needed()
        box = page.locator(STAGE).bounding_box()
        page.mouse.move(box["x"] + 0.97 * box["width"], box["y"] + 0.5 * box["height"])
        settle(page)
        assert title.inner_text() == "Output in row 4, column 7"
        assert before != title.inner_text()
        page.mouse.move(5, 5)
        page.evaluate(LIST_TITLES)
        page.get_by_role("button", name="Play").click()
        page.wait_for_function("() => titles.length >= 2")
        assert page.evaluate("titles.slice(0, 2)") == ["Output in row 5, column 1", "Output in row 5, column 2"]
        page.get_by_role("button", name="Pause").click()
        rest = title.inner_text()
        page.wait_for_timeout(900)
        assert title.inner_text() == rest


def test_reduced_motion_steps_instead_of_playing(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, convolution_arithmetic().page(), reduced_motion="reduce") as page:
        settle(page)
        button = page.get_by_role("button", name="Next step")
        button.click()
        settle(page)
        title = page.locator(".lab-sum .lab-title").inner_text()
        page.wait_for_timeout(900)
        assert page.locator(".lab-sum .lab-title").inner_text() == title
        button.click()
        expect(page.locator(".lab-sum .lab-title")).not_to_have_text(title)


def test_touch_on_a_phone(browser: Browser, tmp_path: Path) -> None:
    with opened(
        browser, tmp_path, convolution_arithmetic().page(), viewport={"width": 390, "height": 844}, has_touch=True
    ) as page:
        assert page.evaluate(OVERFLOW) <= 0
        page.locator(STAGE).scroll_into_view_if_needed()
        box = page.locator(STAGE).bounding_box()
        page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + 0.97 * box["height"])
        settle(page)
        expect(page.locator(".lab-sum .lab-title")).to_have_text("Output in row 7, column 4")


@pytest.mark.parametrize("transposed", [False, True])
@in_every_view
def test_accessible(browser: Browser, tmp_path: Path, theme: str, width: int, transposed: bool) -> None:
    figure = convolution_arithmetic(transposed=transposed, stride=2)
    with opened(browser, tmp_path, figure.page(), viewport={"width": width, "height": 900}) as page:
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        settle(page)
        assert page.evaluate(OVERFLOW) <= 0
        assert axe_violations(page) == []


def test_every_extreme_fits_a_phone(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, convolution_arithmetic().page(), viewport={"width": 390, "height": 844}) as page:
        for mode in ("Convolution", "Transposed convolution"):
            page.get_by_role("radio", name=mode, exact=True).check()
            for kernel, size in ((5, 10), (1, 1), (5, 1), (1, 10)):
                for end in (0, 4):
                    move(page, "Kernel size", kernel)
                    move(page, "Input size", size)
                    move(page, "Padding", end)
                    move(page, "Stride", max(1, end))
                    move(page, "Dilation", 1 + end // 2)
                    settle(page)
                    assert page.evaluate(OVERFLOW) <= 0, (mode, kernel, size, end)


def test_the_keyboard_stays_on_the_slider_it_moves(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, convolution_arithmetic().page()) as page:
        for name in ("Layers in a stack", "Stride"):
            slider = page.get_by_role("slider", name=name, exact=True)
            slider.focus()
            for value in (1, 2, 3):
                slider.press("Home" if value == 1 else "ArrowRight")
                expect(slider).to_have_value(str(value))
                expect(slider).to_be_focused()


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"size": 10, "kernel": 4, "stride": 3, "padding": 3, "dilation": 2},
        {"transposed": True, "stride": 2, "size": 4},
        {"transposed": True, "size": 3, "kernel": 5, "stride": 2, "padding": 2, "dilation": 3},
        {"size": 1, "kernel": 1, "padding": 0},
    ],
)
def test_without_javascript_the_first_view_stands_as_a_picture(
    browser: Browser, tmp_path: Path, settings: dict[str, int]
) -> None:
    figure = convolution_arithmetic(**settings)
    with opened(browser, tmp_path, figure.page()) as page:
        (_, total), size = read(page)
        place = page.locator(".lab-sum .lab-title").inner_text()
        row, column = (int(number) - 1 for number in re.findall(r"\d+", place))
        kernel = [float(field.input_value().replace("−", "-")) for field in page.locator(".lab-number").all()]
    with opened(browser, tmp_path, figure.page(), java_script_enabled=False) as page:
        picture = page.get_by_role("img", name="input")
        expect(picture).to_be_visible()
        label = picture.get_attribute("aria-label")
        assert f"output {size} × {size}: the framed inputs make the framed output, {total:g}" in label.replace("−", "-")
        numbers = [float(text.replace("−", "-")) for text in page.locator(".lab-still-number").all_text_contents()]
        assert numbers[-size * size :][row * size + column] == total
        assert numbers[-size * size - len(kernel) : -size * size] == kernel


def test_without_an_output_the_picture_says_so() -> None:
    assert "kernel 5 × 5: no output" in convolution_arithmetic(size=3, kernel=5, padding=0).fallback


PRINTED = """(type) => {
  if (type) window.dispatchEvent(new Event(type));
  const stage = document.querySelector("[role=application]");
  const paper = getComputedStyle(document.querySelector(".lab-live")).getPropertyValue("--lab-paper");
  return [paper, stage.toDataURL()];
}"""


def test_paper_is_light_in_a_dark_page(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, convolution_arithmetic().page(theme="light")) as page:
        settle(page)
        light = page.evaluate(PRINTED)
    with opened(browser, tmp_path, convolution_arithmetic().page(theme="dark")) as page:
        settle(page)
        dark = page.evaluate(PRINTED)
        assert dark != light
        # Both are asked in the same task as the event: paper waits for no frame.
        assert page.evaluate(PRINTED, "beforeprint") == light
        assert page.evaluate(PRINTED, "afterprint") == dark


def test_settings_outside_the_sliders_are_refused() -> None:
    with pytest.raises(ValueError, match="expected kernel from 1 to 5, got 9"):
        convolution_arithmetic(kernel=9)
