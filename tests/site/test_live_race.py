"""The optimizer race in Chromium: its paths are torch.optim's, and every control moves it."""

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from lab_utils.live import optimizer_race
from lab_utils.live.race.still import OPTIMIZERS, SURFACES, Slice, torch_path
from lab_utils.web import LiveFigure
from tests.site.checks import axe_violations
from tests.site.live_support import OVERFLOW, in_every_view, opened, settle

MAP = "[role=application]"
ALL = tuple(OPTIMIZERS)
PATHS = """() => Object.fromEntries([...answers.at(-1).runs].map(
  ([name, run]) => [name, {points: Array.from(run.points.slice(0, 402)), arrived: run.arrived, end: run.end}]))"""


def measured() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A rippled bowl measured on 15 × 11 points."""
    alphas, betas = np.linspace(-1, 1, 15), np.linspace(-0.9, 0.9, 11)
    x, y = np.meshgrid(alphas, betas)
    return alphas, betas, 0.3 + x**2 + 2 * y**2 + 0.5 * x * y + 0.1 * np.sin(5 * x) * np.cos(4 * y)


def row(page: Page, name: str) -> str:
    """The result of one racer, as the table has it."""
    settle(page)
    return page.locator(".lab-race-table tr", has=page.get_by_text(name, exact=True)).locator("td").nth(1).inner_text()


def start_of(page: Page) -> list[float]:
    settle(page)
    return page.evaluate("answers.at(-1).start")


def finish(page: Page) -> None:
    page.get_by_role("button", name="To the end").click()
    settle(page)


def place(page: Page, x: float, y: float, view: tuple[float, float, float, float]) -> tuple[float, float]:
    """Where a point of the surface lies on the screen (the margins are those of terrain.js)."""
    page.locator(MAP).scroll_into_view_if_needed()
    box = page.locator(MAP).bounding_box()
    wide, tall = box["width"] - 46 - 8, box["height"] - 8 - 28
    x0, x1, y0, y1 = view
    return box["x"] + 46 + (x - x0) / (x1 - x0) * wide, box["y"] + 8 + (y1 - y) / (y1 - y0) * tall


@pytest.mark.parametrize("name", [*SURFACES, "slice"])
def test_every_path_equals_torchs_after_200_steps(browser: Browser, tmp_path: Path, name: str) -> None:
    alphas, betas, values = measured()
    grid = Slice((-1.0, 1.0), (-0.9, 0.9), values.astype(np.float32))
    ground = grid.ground() if name == "slice" else SURFACES[name]
    figure = optimizer_race((alphas, betas, values), surface=name, optimizers=ALL)
    with opened(browser, tmp_path, figure.page()) as page:
        paths = page.evaluate(PATHS)
        assert set(paths) == set(ALL)
        for optimizer in ALL:
            expected = torch_path(ground, optimizer, ground.start, ground.lr, 0.9, 200).numpy()
            got = np.array(paths[optimizer]["points"]).reshape(-1, 2)
            assert len(expected) == 201 or paths[optimizer]["end"]
            shared = min(len(expected), len(got))
            assert shared == 201 or shared >= len(got) - 1, optimizer
            np.testing.assert_allclose(got[:shared], expected[:shared], rtol=1e-6, atol=1e-9, err_msg=optimizer)


def test_steps_to_target_are_torchs(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, optimizer_race(optimizers=("momentum", "rmsprop", "adam")).page()) as page:
        assert row(page, "Adam") == "–"
        finish(page)
        ground = SURFACES["bowl"]
        for name, label in (("momentum", "Momentum"), ("rmsprop", "RMSProp"), ("adam", "Adam")):
            points = torch_path(ground, name, ground.start, ground.lr, 0.9, 400)
            within = ground.loss(points[:, 0], points[:, 1]) <= ground.target
            first = int(within.unfold(0, 11, 1).all(dim=1).nonzero()[0])
            assert row(page, label) == str(first)


def test_predict_run_pause_step_and_reset(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, optimizer_race(optimizers=("momentum", "adam")).page()) as page:
        page.get_by_label("Who will be first?").select_option("adam")
        slider = page.get_by_role("slider", name="Step", exact=True)
        page.get_by_label("Pace").select_option("20")  # so slow that a busy machine too pauses it on the way
        page.get_by_role("button", name="Run").click()
        verdict = page.locator(".lab-race-verdict")
        expect(verdict).to_have_text(re.compile(r"^Step \d"))
        page.get_by_role("button", name="Pause").click()
        settle(page)
        shown = int(slider.input_value())
        assert shown > 0
        page.wait_for_timeout(300)
        assert int(slider.input_value()) == shown
        page.get_by_role("button", name="Step", exact=True).click()
        expect(slider).to_have_value(str(shown + 1))
        assert row(page, "Adam") == "on the way"
        page.get_by_label("Pace").select_option("500")
        page.get_by_role("button", name="Run").click()
        expect(verdict).to_contain_text("First to the target: Momentum, at step")
        expect(verdict).to_contain_text("You predicted Adam.")
        expect(page.locator("[role=status]")).to_contain_text("First to the target")
        page.get_by_role("button", name="Reset").click()
        expect(slider).to_have_value("0")
        assert row(page, "Adam") == "–"


def test_a_rate_moves_its_path_at_once_by_keyboard(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, optimizer_race(optimizers=("momentum", "adam")).page()) as page:
        finish(page)
        before = row(page, "Momentum")
        rate = page.get_by_role("slider", name="Rate of Momentum")
        rate.focus()
        for _ in range(4):
            rate.press("ArrowRight")
        settle(page)
        expect(rate).to_be_focused()
        assert rate.get_attribute("aria-valuetext") == "0.063"
        assert int(row(page, "Momentum")) < int(before)
        points = torch_path(SURFACES["bowl"], "momentum", (-9, 1), 0.0631, 0.9, 200).numpy()
        got = np.array(page.evaluate(PATHS)["momentum"]["points"]).reshape(-1, 2)
        np.testing.assert_allclose(got, points, rtol=1e-6, atol=1e-9)


def test_divergence_is_said(browser: Browser, tmp_path: Path) -> None:
    figure = optimizer_race(surface="rosenbrock", optimizers=("sgd", "adagrad"), lr=0.1)
    with opened(browser, tmp_path, figure.page()) as page:
        finish(page)
        assert re.fullmatch(r"diverged at step \d", row(page, "SGD"))
        for name in ("SGD", "AdaGrad"):
            page.get_by_role("slider", name=f"Rate of {name}").press("End")
        settle(page)
        page.get_by_role("slider", name="Momentum").press("End")
        page.get_by_role("slider", name="Gradient noise").press("End")
        finish(page) if page.get_by_role("button", name="To the end").is_enabled() else settle(page)
        assert row(page, "SGD").startswith("diverged")


def test_leaving_the_slice_is_said(browser: Browser, tmp_path: Path) -> None:
    figure = optimizer_race(measured(), surface="slice", optimizers=("momentum",), lr=3)
    with opened(browser, tmp_path, figure.page()) as page:
        finish(page)
        assert row(page, "Momentum").startswith("left the measured area at step")
        expect(page.locator(".lab-race-note")).to_contain_text("joined smoothly (cubic convolution)")


def test_the_sweep_runs_every_rate_and_its_best_are_taken(browser: Browser, tmp_path: Path) -> None:
    figure = optimizer_race(surface="beale", optimizers=("sgd", "adam"))
    with opened(browser, tmp_path, figure.page()) as page:
        take = page.get_by_role("button", name="Race at the best rates")
        expect(take).to_be_disabled()
        page.get_by_role("button", name="Sweep the rates").click()
        expect(page.locator(".lab-race-findings li")).to_have_count(2)
        assert page.evaluate("sweeps.at(-1).races") == 2 * 41
        findings = page.locator(".lab-race-findings li").all_inner_texts()
        found = [re.search(r"best at ([\d.]+): ([\d,]+) step", text) for text in findings]
        take.click()
        finish(page)
        for name, match in zip(("SGD", "Adam"), found, strict=True):
            assert page.get_by_role("slider", name=f"Rate of {name}").get_attribute("aria-valuetext") == match[1]
            assert row(page, name) == match[2]
        page.get_by_role("button", name="All at 0.01").click()
        settle(page)
        assert page.get_by_role("slider", name="Rate of Adam").get_attribute("aria-valuetext") == "0.01"


def test_a_sweep_follows_the_settings_and_new_racers(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, optimizer_race(optimizers=("momentum",)).page()) as page:
        page.get_by_role("button", name="Sweep the rates").click()
        finding = page.locator(".lab-race-findings li").first
        expect(finding).to_contain_text("best at")
        before = finding.inner_text()
        page.get_by_role("slider", name="Momentum, β₁").fill("0")
        expect(finding).not_to_have_text(before)
        page.get_by_role("checkbox", name="Adam", exact=True).check()
        expect(page.locator(".lab-race-findings li")).to_have_count(2)
        assert page.evaluate("sweeps.map((s) => s.races)") == [41, 41, 41]


def test_the_start_is_dragged_by_pointer(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, optimizer_race(surface="saddle").page()) as page:
        view = SURFACES["saddle"].view
        x, y = place(page, 2.5, 0.01, view)
        page.mouse.move(x, y)
        page.mouse.down()
        for share in (0.3, 0.7, 1):
            page.mouse.move(x - 100 * share, y - 60 * share)
        page.mouse.up()
        goal = start_of(page)
        left, top = place(page, *goal, view)
        assert (left, top) == (pytest.approx(x - 100, abs=1.5), pytest.approx(y - 60, abs=1.5))
        page.mouse.move(x, y)  # the button is up: nothing moves
        assert start_of(page) == goal
        page.mouse.click(*place(page, -1, -2, view))
        assert start_of(page) == [pytest.approx(-1, abs=0.02), pytest.approx(-2, abs=0.04)]


def test_the_start_is_moved_by_arrow_keys_and_stays_on_the_map(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, optimizer_race(surface="beale").page()) as page:
        stage = page.locator(MAP)
        stage.focus()
        stage.press("ArrowRight")
        assert start_of(page) == [pytest.approx(1 + 9 / 50), 1.5]
        stage.press("Shift+ArrowUp")
        assert start_of(page) == [pytest.approx(1 + 9 / 50), pytest.approx(1.5 + 0.6)]
        for _ in range(30):
            stage.press("Shift+ArrowLeft")
        assert start_of(page) == [-4.5, pytest.approx(2.1)]


def test_touch_on_a_phone_drags_the_start_and_leaves_scrolling(browser: Browser, tmp_path: Path) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with opened(browser, tmp_path, optimizer_race(surface="saddle").page(), **phone) as page:
        assert page.evaluate(OVERFLOW) <= 0
        view = SURFACES["saddle"].view
        page.touchscreen.tap(*place(page, -1, 2, view))
        assert start_of(page) == [pytest.approx(-1, abs=0.05), pytest.approx(2, abs=0.1)]
        hand = page.context.new_cdp_session(page)
        x, y = place(page, -1, 2, view)
        scrolled = page.evaluate("scrollY")

        def swipe(x: float, y: float, dx: float, dy: float) -> None:
            hand.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
            for share in (0.2, 0.4, 0.6, 0.8, 1):
                at = {"x": x + share * dx, "y": y + share * dy}
                hand.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [at]})
            hand.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

        swipe(x, y, 80, 50)
        moved = start_of(page)
        assert moved[0] > 0
        assert moved[1] < 1.5
        assert page.evaluate("scrollY") == scrolled
        far = place(page, -2.5, -3, view)
        swipe(*far, 0, -120)
        assert start_of(page) == moved
        page.wait_for_function("(before) => scrollY > before", arg=scrolled)


def test_reduced_motion_draws_the_whole_path_at_once(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, optimizer_race().page(), reduced_motion="reduce") as page:
        page.get_by_role("button", name="Run").click()
        settle(page)
        expect(page.get_by_role("slider", name="Step", exact=True)).to_have_value("2000")
        expect(page.get_by_role("button", name="Run")).to_be_visible()


def test_two_on_one_page_do_not_interfere(browser: Browser, tmp_path: Path) -> None:
    first, second = optimizer_race(optimizers=("adam",)), optimizer_race(surface="beale", optimizers=("sgd",))
    html = first.page().replace("</main>", f"{second.html()}</main>")
    with opened(browser, tmp_path, html) as page:
        figures = page.locator("figure.lab-live")
        expect(figures).to_have_count(2)
        figures.nth(1).get_by_role("button", name="To the end").click()
        figures.nth(1).get_by_role("button", name="Sweep the rates").click()
        expect(figures.nth(1).locator(".lab-race-findings li")).to_have_count(1)
        expect(figures.nth(1).locator(".lab-race-verdict")).to_contain_text("SGD")
        expect(figures.nth(0).locator(".lab-race-findings li")).to_have_count(0)
        expect(figures.nth(0).get_by_role("slider", name="Step", exact=True)).to_have_value("0")


def busy() -> LiveFigure:
    return optimizer_race(measured(), surface="rosenbrock", optimizers=ALL)


@in_every_view
def test_accessible_with_everything_open(browser: Browser, tmp_path: Path, theme: str, width: int) -> None:
    with opened(browser, tmp_path, busy().page(), viewport={"width": width, "height": 900}) as page:
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        page.get_by_text("More settings").click()
        finish(page)
        page.get_by_role("button", name="Sweep the rates").click()
        expect(page.locator(".lab-race-findings li")).to_have_count(7)
        settle(page)
        assert page.evaluate(OVERFLOW) <= 0
        assert axe_violations(page) == []


def test_every_surface_and_extreme_setting_fits_a_phone(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, busy().page(), viewport={"width": 390, "height": 844}) as page:
        page.get_by_text("More settings").click()
        for surface in (*SURFACES, "slice"):
            page.get_by_label("Surface", exact=True).select_option(surface)
            for end in ("End", "Home"):
                for slider in page.get_by_role("slider").all():
                    if slider.is_visible() and slider.is_enabled():
                        slider.press(end)
                settle(page)
                assert page.evaluate(OVERFLOW) <= 0, (surface, end)


def test_nobody_racing_is_said(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, optimizer_race(optimizers=("adam",)).page()) as page:
        page.get_by_role("checkbox", name="Adam", exact=True).uncheck()
        expect(page.locator(".lab-race-verdict")).to_have_text("Nobody races: tick an optimizer.")
        expect(page.get_by_role("button", name="Run")).to_be_disabled()
        expect(page.get_by_role("button", name="Sweep the rates")).to_be_disabled()


def test_the_theme_reaches_the_map(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, optimizer_race().page()) as page:
        settle(page)
        light = page.locator(MAP).evaluate("(canvas) => canvas.toDataURL()")
        page.evaluate("document.documentElement.dataset.theme = 'dark'")
        settle(page)
        assert page.locator(MAP).evaluate("(canvas) => canvas.toDataURL()") != light


def test_without_javascript_a_picture_and_a_table_stand(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, optimizer_race().page(), java_script_enabled=False) as page:
        expect(page.get_by_role("img", name="Paths of SGD, Momentum, RMSProp, Adam")).to_be_visible()
        expect(page.locator("tbody tr")).to_have_count(4)
        last = page.locator("tbody td:nth-child(3)").all_inner_texts()
        assert all(0 <= float(text) < 1 for text in last)
