"""The measured grid in Chromium: a guess comes first, every number shown is the stored one, and every control works."""

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from lab_utils import data
from lab_utils.data import MeasuredGrid
from lab_utils.live import regularization_grid
from tests.measured_grids import random_grid
from tests.site.checks import axe_violations
from tests.site.live_support import OVERFLOW, in_every_view, opened, settle

PHONE = {"width": 390, "height": 844}
METRICS = {
    "Validation accuracy": lambda g: g.validation_accuracy[..., -1],
    "Validation loss": lambda g: g.validation_loss[..., -1],
    "Gap in accuracy": lambda g: g.gap,
    "Test accuracy": lambda g: g.test_accuracy,
    "Calibration error (ECE)": lambda g: g.ece,
}
SCORES = METRICS | {"Training accuracy": lambda g: g.train_accuracy[..., -1]}


@pytest.fixture(scope="module", params=["stored", "random"])
def grid(request: pytest.FixtureRequest) -> MeasuredGrid:
    """The book's measurement, and random numbers in another shape."""
    return data.regularization_grid() if request.param == "stored" else random_grid()


def cells(page: Page) -> Locator:
    return page.get_by_role("gridcell")


def cell(page: Page, grid: MeasuredGrid, row: int, column: int) -> Locator:
    return cells(page).nth(row * len(grid.weight_decay) + column)


def reveal(page: Page) -> None:
    page.get_by_role("button", name="Reveal", exact=True).click()


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def close(shown: str, value: float) -> bool:
    """Is this the value, to as many decimals as are shown (float32 may round a tie either way)?"""
    return abs(number(shown) - value) < 0.51 * 10 ** -len(shown.partition(".")[2])


def numbers_in(text: str) -> list[str]:
    return re.findall(r"−?\d*\.\d+", text)


def test_nothing_is_given_away_before_the_guess(browser: Browser, tmp_path: Path, grid: MeasuredGrid) -> None:
    with opened(browser, tmp_path, regularization_grid(grid).page()) as page:
        assert {text.strip() for text in cells(page).all_inner_texts()} == {"?"}
        expect(page.get_by_role("button", name="Reveal", exact=True)).to_be_disabled()
        for hidden in (".lab-numbers", ".lab-grid-charts", ".lab-still-grid >> nth=0"):
            expect(page.locator(hidden)).to_be_hidden()
        cell(page, grid, 1, 2).click()
        expect(page.locator(".lab-question")).to_contain_text(
            f"Your guess: dropout {grid.dropout[1]:g}, weight decay {grid.weight_decay[2]:g}."
        )
        assert numbers_in(" ".join(cells(page).all_inner_texts())) == []


def test_every_number_of_the_map_is_the_stored_one(browser: Browser, tmp_path: Path, grid: MeasuredGrid) -> None:
    with opened(browser, tmp_path, regularization_grid(grid).page()) as page:
        for i, size in enumerate(grid.sizes):
            page.get_by_role("radio", name=f"{size:,}", exact=True).check()
            page.get_by_role("button", name="Reveal without a guess").click()
            for name, values in METRICS.items():
                page.get_by_label("The map shows").select_option(label=name)
                shown = cells(page).all_inner_texts()
                wanted = values(grid)[i].reshape(-1, grid.seeds)
                assert len(shown) == len(wanted)
                for text, seeds in zip(shown, wanted, strict=True):
                    figures = numbers_in(text)
                    assert all(map(close, figures, (seeds.mean(), seeds.min(), seeds.max()))), (name, text, seeds)
                    assert len(figures) == 3
        best = [cells(page).nth(k).inner_text() for k in range(cells(page).count())]
        assert sum("★" in text for text in best) == 1
        page.get_by_label("The map shows").select_option(label="Validation accuracy")
        _, row, column = grid.best(grid.sizes[-1])
        expect(cell(page, grid, row, column)).to_contain_text("★")


def test_the_table_and_the_curves_are_the_stored_ones(browser: Browser, tmp_path: Path, grid: MeasuredGrid) -> None:
    with opened(browser, tmp_path, regularization_grid(grid, size=grid.sizes[1]).page()) as page:
        page.get_by_role("button", name="Reveal without a guess").click()
        for row, column in ((0, 0), (1, 3), (2, 1)):
            cell(page, grid, row, column).click()
            settle(page)
            check_table(page, grid, (1, row, column))
            for quantity in ("accuracy", "loss"):
                page.get_by_role("radio", name=quantity.capitalize(), exact=True).check()
                for at in (0, 2, len(grid.checkpoints) - 1):
                    page.get_by_role("slider", name="Read after").fill(str(at))
                    check_reading(page, grid, (1, row, column), quantity, at)


def check_table(page: Page, grid: MeasuredGrid, place: tuple[int, int, int]) -> None:
    for name, values in SCORES.items():
        row = page.locator(".lab-numbers tr", has=page.get_by_role("rowheader", name=name, exact=True))
        seeds = values(grid)[place]
        assert all(map(close, numbers_in(row.inner_text()), (seeds.mean(), seeds.min(), seeds.max()))), (name, seeds)
    means = grid.validation_loss[place].mean(0)
    lowest = page.locator(".lab-numbers tr").last
    expect(lowest).to_contain_text(f"at {grid.checkpoints[int(means.argmin())]:,} updates")
    assert close(numbers_in(lowest.inner_text())[0], means.min())


def check_reading(page: Page, grid: MeasuredGrid, place: tuple[int, int, int], quantity: str, at: int) -> None:
    text = page.locator(".lab-reading", has_text="updates:").inner_text()
    assert text.startswith(f"After {grid.checkpoints[at]:,} updates")
    pairs = [getattr(grid, f"{part}_{quantity}")[place][:, at] for part in ("train", "validation")]
    wanted = [f(seeds) for seeds in pairs for f in (np.mean, np.min, np.max)]
    assert all(map(close, numbers_in(text), wanted))
    settle(page)
    # The line that is drawn is the line that is read: heights are in proportion to the means.
    for part, seeds in zip(("train", "validation"), (f"{p}_{quantity}" for p in ("train", "validation")), strict=True):
        drawn = page.locator(f".lab-line.lab-{part}:not(.lab-pinned)").get_attribute("points")
        heights = np.array([float(point.split(",")[1]) for point in drawn.split(" ")])
        means = getattr(grid, seeds)[place].mean(0)
        slope, shift = np.polyfit(means, heights, 1)
        assert slope < 0
        np.testing.assert_allclose(slope * means + shift, heights, atol=0.02)


def test_the_calibration_is_the_stored_one(browser: Browser, tmp_path: Path, grid: MeasuredGrid) -> None:
    with opened(browser, tmp_path, regularization_grid(grid).page()) as page:
        page.get_by_role("button", name="Reveal without a guess").click()
        cell(page, grid, 1, 1).click()
        settle(page)
        count, right, confidence = (
            getattr(grid, name)[0, 1, 1].sum(0) for name in ("bin_count", "bin_right", "bin_confidence_sum")
        )
        full = count > 0
        label = page.get_by_role("img", name="Reliability diagram").get_attribute("aria-label")
        parts = [numbers_in(part) for part in label.split(". ", 1)[1].split("; ")]
        wanted = np.stack([confidence[full] / count[full], right[full] / count[full], count[full] / count.sum()], 1)
        assert len(parts) == len(wanted)
        for shown, values in zip(parts, wanted, strict=True):
            assert all(map(close, shown, values))
        words = page.locator(".lab-reading", has_text="Mean confidence").inner_text()
        means = confidence.sum() / count.sum(), right.sum() / count.sum()
        assert all(map(close, numbers_in(words), means))
        assert ("more sure" if means[0] > means[1] else "less sure") in words
        bars = page.locator(".lab-right")
        assert bars.count() == full.sum()
        tall = np.array([float(bars.nth(i).get_attribute("height")) for i in range(bars.count())])
        both = np.minimum(right[full], confidence[full]) / count[full]
        np.testing.assert_allclose(tall / tall.max(), both / both.max(), atol=2e-3)


def guess_of(grid: MeasuredGrid, kind: str) -> tuple[int, int]:
    """A cell of the first data size that is the best, or that the best is not ahead of in every seed, or that it is."""
    final = grid.validation_accuracy[0, :, :, :, -1]
    _, row, column = grid.best(grid.sizes[0])
    for j, k in np.ndindex(final.shape[:2]):
        beaten = (final[row, column] > final[j, k]).all()
        found = "found" if (j, k) == (row, column) else "missed" if beaten else "tied"
        if found == kind:
            return j, k
    pytest.fail(f"the grid has no {kind} cell")


@pytest.mark.parametrize(
    ("kind", "words", "score"),
    [
        ("found", "You found it", "1 of 1 guess"),
        ("tied", "As good as the best", "1 of 1 guess"),
        ("missed", "Not this time", "0 of 1 guess"),
    ],
)
def test_a_guess_is_judged_by_the_seeds(
    browser: Browser, tmp_path: Path, grid: MeasuredGrid, kind: str, words: str, score: str
) -> None:
    row, column = guess_of(grid, kind)
    with opened(browser, tmp_path, regularization_grid(grid).page()) as page:
        cell(page, grid, row, column).click()
        expect(cell(page, grid, row, column)).to_contain_text("◆")
        reveal(page)
        panel = page.locator(".lab-question")
        expect(panel).to_contain_text(words)
        expect(page.locator(".lab-score")).to_contain_text(score)
        expect(cell(page, grid, row, column)).to_have_attribute("aria-selected", "true")
        expect(cell(page, grid, row, column)).to_be_focused()
        if kind != "found":
            final = grid.validation_accuracy[0, :, :, :, -1]
            lead = final[grid.best(grid.sizes[0])[1:]] - final[row, column]
            expect(panel).to_contain_text(f"the best is ahead in {(lead > 0).sum()} of {grid.seeds}")
            expect(cell(page, grid, row, column)).to_contain_text("≈" if kind == "tied" else "◆")


def test_each_data_size_has_its_own_guess(browser: Browser, tmp_path: Path, grid: MeasuredGrid) -> None:
    with opened(browser, tmp_path, regularization_grid(grid).page()) as page:
        cell(page, grid, 0, 0).click()
        reveal(page)
        page.get_by_role("radio", name=f"{grid.sizes[1]:,}", exact=True).check()
        assert {text.strip() for text in cells(page).all_inner_texts()} == {"?"}
        expect(page.locator(".lab-numbers")).to_be_hidden()
        cell(page, grid, 1, 1).click()
        reveal(page)
        expect(page.locator(".lab-score")).to_contain_text("of 2 guesses")
        page.get_by_role("radio", name=f"{grid.sizes[0]:,}", exact=True).check()
        expect(page.locator(".lab-question")).to_contain_text(f"Measured with {grid.sizes[0]:,} images")
        expect(cell(page, grid, 0, 0)).to_contain_text("◆")


def test_the_keyboard_alone_does_everything(browser: Browser, tmp_path: Path, grid: MeasuredGrid) -> None:
    with opened(browser, tmp_path, regularization_grid(grid).page()) as page:
        last_row, last_column = len(grid.dropout) - 1, len(grid.weight_decay) - 1
        page.get_by_role("radio", name=f"{grid.sizes[0]:,}", exact=True).focus()
        for _ in range(2):  # Reveal is disabled; the next stops are the other button and the map
            page.keyboard.press("Tab")
        expect(cell(page, grid, 0, 0)).to_be_focused()
        assert page.locator(".lab-map [tabindex='0']").count() == 1
        for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft", "ArrowLeft"):
            page.keyboard.press(key)
        expect(cell(page, grid, 2, 0)).to_be_focused()
        assert page.locator("[aria-selected=true]").count() == 0  # walking is not yet guessing
        page.keyboard.press("End")
        page.keyboard.press("Enter")
        expect(cell(page, grid, 2, last_column)).to_have_attribute("aria-selected", "true")
        page.keyboard.press("Control+Home")
        page.keyboard.press("Space")
        expect(cell(page, grid, 0, 0)).to_contain_text("◆")
        page.keyboard.press("Shift+Tab")
        expect(page.get_by_role("button", name="Reveal", exact=True)).to_be_focused()
        page.keyboard.press("Enter")
        expect(cell(page, grid, 0, 0)).to_be_focused()
        page.keyboard.press("Control+End")
        expect(cell(page, grid, last_row, last_column)).to_have_attribute("aria-selected", "true")
        expect(page.locator(".lab-numbers thead")).to_contain_text(f"weight decay {grid.weight_decay[-1]:g}")
        slider = page.get_by_role("slider", name="Read after")
        slider.press("Home")
        expect(page.locator(".lab-value")).to_have_text(f"{grid.checkpoints[0]} updates")
        expect(slider).to_be_focused()


def test_a_pinned_cell_stays_beside_the_others(browser: Browser, tmp_path: Path, grid: MeasuredGrid) -> None:
    with opened(browser, tmp_path, regularization_grid(grid).page()) as page:
        page.get_by_role("button", name="Reveal without a guess").click()
        cell(page, grid, 1, 0).click()
        page.get_by_role("button", name="Pin this cell").click()
        expect(page.get_by_role("button", name="Unpin this cell")).to_be_visible()
        expect(page.locator(".lab-chart .lab-pinned")).to_have_count(0)
        cell(page, grid, 2, 2).click()
        expect(page.locator(".lab-numbers thead")).to_contain_text("pinned")
        final = grid.validation_accuracy[0, :, :, :, -1]
        lead = final[2, 2] - final[1, 0]
        word, count = ("ahead", (lead > 0).sum()) if lead.mean() >= 0 else ("behind", (lead < 0).sum())
        said = page.locator(".lab-pin .lab-reading")
        expect(said).to_contain_text(f"the cell on view is {word} in {count} of {grid.seeds}")
        assert close(numbers_in(said.inner_text().split(", by ")[1])[0], abs(lead.mean()))
        expect(page.locator(".lab-line.lab-pinned:not(.lab-beside)")).to_have_count(2)
        page.get_by_role("radio", name=f"{grid.sizes[1]:,}", exact=True).check()
        page.get_by_role("button", name="Reveal without a guess").click()
        cell(page, grid, 1, 0).click()
        page.get_by_role("button", name="Pin this cell").click()
        page.get_by_role("radio", name=f"{grid.sizes[0]:,}", exact=True).check()
        expect(said).to_contain_text("different images")
        expect(page.locator(".lab-numbers thead")).to_contain_text(f"{grid.sizes[1]:,} images")


def test_a_pointer_on_the_curves_reads_them(browser: Browser, tmp_path: Path, grid: MeasuredGrid) -> None:
    with opened(browser, tmp_path, regularization_grid(grid).page()) as page:
        page.get_by_role("button", name="Reveal without a guess").click()
        settle(page)
        chart = page.get_by_role("img", name="Curves of")
        chart.scroll_into_view_if_needed()
        box = chart.bounding_box()
        page.mouse.move(box["x"] + 44, box["y"] + 100)
        expect(page.locator(".lab-value")).to_have_text(f"{grid.checkpoints[0]} updates")
        page.mouse.move(box["x"] + box["width"] - 12, box["y"] + 100)
        expect(page.locator(".lab-value")).to_have_text(f"{grid.checkpoints[-1]:,} updates")


def test_touch_on_a_phone(browser: Browser, tmp_path: Path, grid: MeasuredGrid) -> None:
    with opened(browser, tmp_path, regularization_grid(grid).page(), viewport=PHONE, has_touch=True) as page:
        assert page.evaluate(OVERFLOW) <= 0
        cell(page, grid, 1, 3).tap()
        page.get_by_role("button", name="Reveal", exact=True).tap()
        expect(cell(page, grid, 1, 3)).to_contain_text("◆")
        settle(page)
        assert page.evaluate(OVERFLOW) <= 0
        for name in METRICS:
            page.get_by_label("The map shows").select_option(label=name)
            wide = page.evaluate(
                "[...document.querySelectorAll('.lab-cell')].filter((c) => c.scrollWidth > c.clientWidth + 1).length"
            )
            assert wide == 0, name
        cell(page, grid, 0, 1).tap()
        expect(page.locator(".lab-numbers thead")).to_contain_text(f"weight decay {grid.weight_decay[1]:g}")
        page.get_by_role("radio", name="Loss", exact=True).tap(force=True)
        chart = page.get_by_role("img", name="Curves of")
        chart.scroll_into_view_if_needed()
        box = chart.bounding_box()
        page.touchscreen.tap(box["x"] + 44, box["y"] + 100)
        expect(page.locator(".lab-value")).to_have_text(f"{grid.checkpoints[0]} updates")
        small = page.evaluate(
            "[...document.querySelectorAll('.lab-cell')].map((c) => Math.min(c.offsetWidth, c.offsetHeight))"
        )
        assert min(small) >= 40


@pytest.mark.parametrize("revealed", [False, True])
@in_every_view
def test_accessible(browser: Browser, tmp_path: Path, theme: str, width: int, revealed: bool) -> None:
    figure = regularization_grid(data.regularization_grid(), size=2_000)
    with opened(browser, tmp_path, figure.page(), viewport={"width": width, "height": 900}) as page:
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        cells(page).nth(5).click()
        if revealed:
            reveal(page)
            page.get_by_role("radio", name="Loss", exact=True).check()
        settle(page)
        assert page.evaluate(OVERFLOW) <= 0
        assert axe_violations(page) == []


def test_two_on_a_page_do_not_meet(browser: Browser, tmp_path: Path, grid: MeasuredGrid) -> None:
    figure = regularization_grid(grid)
    both = figure.page().replace("</main>", f"{regularization_grid(grid, size=grid.sizes[1]).html()}</main>")
    with opened(browser, tmp_path, both) as page:
        first, second = (page.locator("figure.lab-live").nth(i) for i in range(2))
        first.get_by_role("gridcell").nth(1).click()
        first.get_by_role("button", name="Reveal", exact=True).click()
        expect(first.locator(".lab-numbers")).to_be_visible()
        expect(second.locator(".lab-numbers")).to_be_hidden()
        expect(second.get_by_role("radio", name=f"{grid.sizes[1]:,}", exact=True)).to_be_checked()
        assert {text.strip() for text in second.get_by_role("gridcell").all_inner_texts()} == {"?"}
        assert page.evaluate("new Set([...document.querySelectorAll('[id]')].map((e) => e.id)).size") == page.evaluate(
            "document.querySelectorAll('[id]').length"
        )


def test_without_javascript_the_numbers_stand_in_tables(browser: Browser, tmp_path: Path, grid: MeasuredGrid) -> None:
    with opened(browser, tmp_path, regularization_grid(grid).page(), java_script_enabled=False) as page:
        tables = page.locator(".lab-still-grid")
        assert tables.count() == len(grid.sizes)
        for i, values in enumerate(grid.validation_accuracy[..., -1]):
            expect(tables.nth(i)).to_be_visible()
            shown = tables.nth(i).locator("td").all_inner_texts()
            for text, seeds in zip(shown, values.reshape(-1, grid.seeds), strict=True):
                assert all(map(close, numbers_in(text), (seeds.mean(), seeds.min(), seeds.max())))


def test_paper_shows_all_numbers_on_white(browser: Browser, tmp_path: Path, grid: MeasuredGrid) -> None:
    with opened(browser, tmp_path, regularization_grid(grid).page(theme="dark")) as page:
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print")
        assert page.locator(".lab-still-grid").count() == len(grid.sizes)
        expect(page.locator(".lab-still-grid").last).to_be_visible()
        paper = page.evaluate(
            "getComputedStyle(document.querySelector('.lab-live')).getPropertyValue('--lab-paper').trim()"
        )
        assert paper == "#ffffff"


def test_a_minute_of_use_leaves_nothing_behind(browser: Browser, tmp_path: Path) -> None:
    """Hundreds of steps through cells, sizes and curves: the page keeps the same number of elements."""
    grid = data.regularization_grid()
    with opened(browser, tmp_path, regularization_grid(grid).page()) as page:
        for size in grid.sizes:
            page.get_by_role("radio", name=f"{size:,}", exact=True).check()
            page.get_by_role("button", name="Reveal without a guess").click()
        cell(page, grid, 0, 0).click()
        settle(page)
        counted = "document.querySelectorAll('*').length"
        page.keyboard.press("Control+End")
        settle(page)
        before = page.evaluate(counted)
        for key in ("ArrowUp", "ArrowLeft", "ArrowDown", "ArrowRight") * 40:
            page.keyboard.press(key)
        page.keyboard.press("Control+End")
        settle(page)
        assert page.evaluate(counted) == before
