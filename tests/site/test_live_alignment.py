"""Feedback alignment in Chromium: gradients are torch's, runs are driven by pointer, keyboard and touch."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Page, expect

from lab_utils.live import feedback_alignment
from tests.js.alignment_reference import gradient
from tests.site.checks import axe_violations
from tests.site.live_support import OVERFLOW, PHONE, in_every_view, opened, run_until, settle

# Gradients of the next batch by every learner, with all that torch needs to find them itself.
GRADIENTS = """() => {
  model.nextBatch();
  return model.learners.map((learner) => {
    learner.net.forward(model.batch);
    return {
      kind: learner.kind, widths: learner.net.widths, params: [...learner.net.params],
      feedback: learner.ways.slice(1).map((_, i) => [...learner.matrix(i + 1)]),
      shapes: learner.ways.slice(1).map((way) => [way.outputs, way.inputs]),
      x: [...model.batch.h[0]], y: [...model.labels], logits: [...model.batch.z.at(-1)],
      gradient: [...learner.gradient(model.batch, model.labels)],
    };
  });
}"""


def update_of(page: Page) -> int:
    settle(page)
    found = re.match(r"Update ([\d,]+)", page.locator(".lab-align-words").inner_text())
    return int(found[1].replace(",", "")) if found else 0


def train(page: Page, updates: int) -> None:
    page.get_by_label("Pace").select_option("20")
    run_until(page, updates)


def angles(page: Page, learner: str) -> list[int]:
    """Weights to feedback of each hidden layer, as the table has them."""
    cells = page.locator(".lab-align-table tbody tr", has=page.get_by_text(learner, exact=True)).locator("td")
    return [int(angle) for angle in re.findall(r"(\d+)°", cells.nth(3).inner_text())]


@pytest.mark.parametrize(("depth", "activation"), [(1, "tanh"), (2, "tanh"), (3, "relu")])
def test_logits_and_gradients_are_torchs(browser: Browser, tmp_path: Path, depth: int, activation: str) -> None:
    figure = feedback_alignment({"depth": depth, "activation": activation, "width": 16})
    with opened(browser, tmp_path, figure.page()) as page:
        train(page, 40)
        learners = page.evaluate(GRADIENTS)
        assert [learner["kind"] for learner in learners] == ["backprop", "feedback", "direct", "readout"]
        for learner in learners:
            params, x = torch.tensor(learner["params"]).double(), torch.tensor(learner["x"]).double().view(32, 64)
            y, shapes = torch.tensor(learner["y"]), learner["shapes"]
            feedback = [torch.tensor(f).double().view(s) for f, s in zip(learner["feedback"], shapes, strict=True)]
            expected = gradient(learner["kind"], params, feedback, learner["widths"], x, y, activation)
            np.testing.assert_allclose(learner["gradient"], expected.numpy(), atol=1e-5, rtol=1e-5)


def test_the_images_and_their_labels_arrive_whole(browser: Browser, tmp_path: Path) -> None:
    figure = feedback_alignment()
    with opened(browser, tmp_path, figure.page()) as page:
        settle(page)
        part = "(part) => ({x: [...model.data[part].x], y: [...model.data[part].y]})"
        seen = [page.evaluate(part, name) for name in ("train", "held")]
        x = np.concatenate([np.array(s["x"]).reshape(-1, 64) for s in seen])
        assert np.array_equal(x, figure.data["x"] / 8 - 1)
        assert np.concatenate([s["y"] for s in seen]).tolist() == figure.data["y"].tolist()
        assert len(seen[1]["y"]) == 359


def test_run_pause_step_and_reset(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, feedback_alignment().page()) as page:
        assert update_of(page) == 0
        assert angles(page, "Feedback alignment") == [90, 90]
        train(page, 100)
        shown = update_of(page)
        page.wait_for_timeout(300)
        assert update_of(page) == shown
        assert angles(page, "Feedback alignment")[-1] < 80
        expect(page.locator(".lab-align-meaning")).to_contain_text("goes downhill")
        page.get_by_role("button", name="Step", exact=True).click()
        assert update_of(page) == shown + 1
        expect(page.locator("[role=status]")).to_contain_text(f"Update {shown + 1:,}")
        page.get_by_role("button", name="Reset").click()
        assert update_of(page) == 0
        assert angles(page, "Feedback alignment") == [90, 90]


def test_the_starting_angle_by_keyboard(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, feedback_alignment().page()) as page:
        slider = page.get_by_role("slider", name="Feedback starts at")
        slider.press("End")
        settle(page)
        assert slider.get_attribute("aria-valuetext") == "180°"
        assert angles(page, "Direct feedback alignment") == [180, 180]
        expect(page.locator(".lab-align-meaning")).to_contain_text("opposes the weights")
        for _ in range(2):
            slider.press("ArrowLeft")
        settle(page)
        expect(slider).to_be_focused()
        assert angles(page, "Feedback alignment") == [170, 170]
        slider.press("Home")
        settle(page)
        assert angles(page, "Feedback alignment") == [0, 0]


def test_one_seed_one_run(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, feedback_alignment().page()) as page:
        runs = []
        for _ in range(2):
            for _ in range(5):
                page.get_by_role("button", name="Step", exact=True).click()
            settle(page)
            runs.append(page.evaluate("model.now"))
            page.get_by_role("button", name="Reset").click()
        assert runs[0] == runs[1]
        page.get_by_role("slider", name="Seed").press("ArrowRight")
        page.get_by_role("button", name="Step", exact=True).click()
        settle(page)
        assert page.evaluate("model.now") != runs[0]


def test_what_is_looked_at(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, feedback_alignment({"depth": 3}).page()) as page:
        train(page, 30)
        layers = page.get_by_label("Feedback into")
        assert layers.locator("option").all_inner_texts() == ["hidden layer 3", "hidden layer 2", "hidden layer 1"]
        pictures = page.locator("canvas")
        before = [pictures.nth(i).evaluate("(c) => c.toDataURL()") for i in range(4)]
        layers.select_option("1")
        settle(page)
        expect(page.locator(".lab-align-pair + .lab-note")).to_contain_text("goes down into layer 1")
        page.get_by_label("Direct", exact=True).check(force=True)
        page.get_by_label("Updates", exact=True).check(force=True)
        settle(page)
        expect(page.locator(".lab-align-pair + .lab-note")).to_contain_text("product of all weights above")
        after = [pictures.nth(i).evaluate("(c) => c.toDataURL()") for i in range(4)]
        assert [a != b for a, b in zip(before, after, strict=True)] == [True, True, False, True]
        page.get_by_label("1", exact=True).check(force=True)
        settle(page)
        assert layers.locator("option").count() == 1
        expect(page.locator(".lab-align-pair + .lab-note")).to_contain_text("their lines coincide")


def test_extreme_settings_and_divergence_are_borne(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, feedback_alignment({"depth": 3}).page()) as page:
        for slider in page.get_by_role("slider").all():
            slider.press("End")
        page.get_by_label("Pace").select_option("20")
        page.get_by_role("button", name="Run").click()
        expect(page.get_by_role("alert")).to_contain_text("is too large here")
        assert "NaN" not in page.locator("figure").inner_text()
        for slider in page.get_by_role("slider").all():
            slider.press("Home")
        page.get_by_role("button", name="Reset").click()
        settle(page)
        expect(page.get_by_role("alert")).to_be_hidden()
        expect(page.get_by_role("button", name="Run")).to_be_enabled()


def test_touch_on_a_phone(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, feedback_alignment().page(), **PHONE) as page:
        assert page.evaluate(OVERFLOW) <= 0
        page.get_by_role("button", name="Run").tap()
        page.wait_for_function("() => model.step > 10")
        page.get_by_role("button", name="Pause").tap()
        assert update_of(page) > 10
        page.get_by_role("radio", name="ReLU").tap()
        assert update_of(page) == 0
        assert page.evaluate("model.s.activation") == "relu"
        assert page.evaluate(OVERFLOW) <= 0


def test_reduced_motion_trains_without_moving_pictures(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, feedback_alignment().page(), reduced_motion="reduce") as page:
        page.get_by_role("button", name="Run 100 updates").click()
        page.wait_for_function("() => model.step === 100")
        assert update_of(page) == 100


@in_every_view
def test_accessible(browser: Browser, tmp_path: Path, theme: str, width: int) -> None:
    page_of = feedback_alignment({"depth": 3}).page()
    with opened(browser, tmp_path, page_of, viewport={"width": width, "height": 900}) as page:
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        page.get_by_role("button", name="Step", exact=True).click()
        settle(page)
        assert page.evaluate(OVERFLOW) <= 0
        assert axe_violations(page) == []


def test_two_on_one_page_do_not_interfere(browser: Browser, tmp_path: Path) -> None:
    html = feedback_alignment().page().replace("</main>", f"{feedback_alignment(seed=1).html()}</main>")
    with opened(browser, tmp_path, html) as page:
        figures = page.locator("figure.lab-live")
        figures.nth(1).get_by_role("button", name="Step", exact=True).click()
        expect(figures.nth(1).locator(".lab-align-words")).to_contain_text("Update 1,")
        expect(figures.nth(0).locator(".lab-align-words")).to_contain_text("Before the first update")


def test_without_javascript_a_picture_and_a_table_stand(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, feedback_alignment().page(), java_script_enabled=False) as page:
        expect(page.get_by_role("img", name="Angle between the output weights and the fixed feedback")).to_be_visible()
        expect(page.locator("tbody tr")).to_have_count(4)
