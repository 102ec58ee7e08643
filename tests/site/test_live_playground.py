"""The playground in Chromium: it trains as PyTorch trains, and every way of driving it works."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Page, expect
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from torch import Tensor
from torch.nn import functional as F

from lab_utils.live import playground
from lab_utils.live.playground.playground import CHOICES
from tests.js.playground_reference import ACTIVATIONS, OPTIMIZERS, TARGET, forward, reference
from tests.site.checks import axe_violations
from tests.site.live_support import OVERFLOW, in_every_view, opened, run_until, settle

# The figure's own observer, the older one, is told of the same frame before this one.
OUT_OF_SIGHT = """new Promise((done) => new IntersectionObserver(
  (entries) => entries.at(-1).isIntersecting || done()).observe(document.querySelector("figure")))"""
STATE = """() => {
  const m = model;
  return {step: m.step, params: [...m.net.params], widths: m.net.widths, x: [...m.train.x], y: [...m.train.y],
    order: [...m.order], place: m.place, count: m.batch.count, loss: m.loss, settings: m.s, points: m.points};
}"""


def ready(page: Page) -> None:
    """Makes the figure report itself: Reset draws the network of the seed."""
    page.get_by_role("button", name="Reset").click()
    page.wait_for_function("() => window.model?.step === 0")
    settle(page)


def tensors(flat: list[float], widths: list[int]) -> list[Tensor]:
    """Weights and biases in float64 from the page's flat list."""
    parts, start = [], 0
    for inputs, outputs in pairwise(widths):
        for shape in ((outputs, inputs), (outputs,)):
            size = int(np.prod(shape))
            part = torch.tensor(flat[start : start + size], dtype=torch.float64).view(shape)
            parts.append(part.requires_grad_())
            start += size
    assert start == len(flat)
    return parts


def torch_steps(before: Mapping[str, Any], batches: list[list[int]]) -> Tensor:
    """PyTorch's parameters after one step on each of the batches, from the page's own start."""
    s = before["settings"]
    parameters = tensors(before["params"], before["widths"])
    x = torch.tensor(before["x"], dtype=torch.float64).view(-1, 2)
    y = torch.tensor(before["y"], dtype=torch.float64)
    decay = s["strength"] if s["penalty"] == "l2" else 0.0
    optimizer = OPTIMIZERS[s["optimizer"]](parameters, lr=s["lr"], weight_decay=decay)
    for batch in batches:
        optimizer.zero_grad()
        loss = F.binary_cross_entropy_with_logits(forward(parameters, s["activation"], x[batch]), y[batch])
        if s["penalty"] == "l1":
            loss = loss + s["strength"] * sum(p.abs().sum() for p in parameters)
        loss.backward()
        optimizer.step()
    return torch.cat([p.detach().flatten() for p in parameters])


def steps(page: Page, count: int) -> list[list[int]]:
    """Presses Step so often; returns the points of each update."""
    batches = []
    for _ in range(count):
        page.get_by_role("button", name="Step", exact=True).press("Enter")
        now = page.evaluate(STATE)
        batches.append(now["order"][now["place"] - now["count"] : now["place"]])
    return batches


def check_parity(page: Page, count: int = 6) -> None:
    """From Reset, `count` updates end where PyTorch's end."""
    page.get_by_role("button", name="Reset").click()
    before = page.evaluate(STATE)
    assert before["step"] == 0
    batches = steps(page, count)
    after = page.evaluate(STATE)
    assert after["step"] == count
    expected = torch_steps(before, batches)
    assert torch.tensor(after["params"], dtype=torch.float64) == pytest.approx(expected, abs=1e-9)
    assert not torch.allclose(expected, torch.tensor(before["params"], dtype=torch.float64), atol=1e-4)


def test_every_activation_and_optimizer_trains_as_torch_does(browser: Browser, tmp_path: Path) -> None:
    figure = playground({"count": 40, "widths": (4, 3), "strength": 0.05, "lr": 0.02})
    with opened(browser, tmp_path, figure.page()) as page:
        ready(page)
        for name in ACTIVATIONS:
            page.get_by_label("Activation").select_option(name)
            check_parity(page)
        page.locator("summary").click()
        for optimizer in OPTIMIZERS:
            page.get_by_label("Optimizer").select_option(optimizer)
            for penalty in ("none", "l2", "l1"):
                page.get_by_label("Regularisation").select_option(penalty)
                check_parity(page)


@pytest.mark.parametrize("data", ["moons", "circles", "spiral", "xor"])
def test_mini_batches_and_depths_train_as_torch_does(browser: Browser, tmp_path: Path, data: str) -> None:
    widths = {"moons": (), "circles": (3,), "spiral": (8, 8, 8, 8), "xor": (1, 2, 1)}[data]
    figure = playground({"data": data, "count": 50, "widths": widths, "activation": "gelu", "batch_size": 30}, seed=3)
    with opened(browser, tmp_path, figure.page()) as page:
        ready(page)
        check_parity(page, 5)


def test_the_shares_shown_are_those_of_a_probe_on_torchs_hidden_layers(browser: Browser, tmp_path: Path) -> None:
    figure = playground({"data": "spiral", "activation": "tanh", "widths": (8, 6), "steps": 300})
    with opened(browser, tmp_path, figure.page()) as page:
        page.wait_for_function("() => window.model?.step === 300")
        settle(page)
        now = page.evaluate(STATE)
        shown = [int(text.split()[0]) for text in page.locator(".lab-play-stops b").all_inner_texts()]
    parameters = tensors(now["params"], now["widths"])
    x, y = torch.tensor(now["x"]).view(-1, 2).double(), torch.tensor(now["y"]).long()
    for layer, share in enumerate(shown):
        h = x
        for weight, bias in zip(parameters[: 2 * layer : 2], parameters[1 : 2 * layer : 2], strict=True):
            h = F.linear(h, weight, bias).tanh()
        scaled = StandardScaler().fit_transform(h.detach().numpy())
        # The penalty of measure.linear_probe; solved to the end, as the page does, for points lie close to the cut.
        expected = LogisticRegression(C=1 / (0.01 * len(y)), tol=1e-10, max_iter=10_000).fit(scaled, y).score(scaled, y)
        assert share == pytest.approx(100 * expected, abs=0.51), layer
    assert shown[-1] > shown[0] + 20


def test_the_numbers_that_node_compares_with_are_those_of_this_torch() -> None:
    def numbers(value: Any) -> list[float]:
        if isinstance(value, dict):
            value = [value[key] for key in sorted(value)]
        return [n for item in value for n in numbers(item)] if isinstance(value, list | tuple) else [value]

    kept, now = numbers(json.loads(TARGET.read_text(encoding="utf-8"))), numbers(reference())
    assert [n for n in kept if isinstance(n, str)] == [n for n in now if isinstance(n, str)]
    floats = [[n for n in found if not isinstance(n, str)] for found in (kept, now)]
    assert np.allclose(*floats, rtol=1e-6, atol=1e-8)


def test_run_pause_and_reset(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, playground().page()) as page:
        ready(page)
        first = page.evaluate(STATE)["params"]
        run_until(page, 20)
        rest = page.evaluate(STATE)["step"]
        page.wait_for_timeout(300)
        assert page.evaluate(STATE)["step"] == rest
        expect(page.locator(".lab-play-run")).to_contain_text(f"Update {rest:,}")
        page.get_by_role("button", name="Reset").click()
        settle(page)
        assert page.evaluate(STATE)["params"] == first


def test_it_rests_while_out_of_sight(browser: Browser, tmp_path: Path) -> None:
    html = playground().page().replace("</main>", '<div style="height: 4000px"></div></main>')
    with opened(browser, tmp_path, html) as page:
        ready(page)
        page.get_by_role("button", name="Run").click()
        page.wait_for_function("() => model.step > 3")
        page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        page.evaluate(OUT_OF_SIGHT)
        rest = page.evaluate(STATE)["step"]
        page.wait_for_timeout(400)
        assert page.evaluate(STATE)["step"] == rest
        page.evaluate("window.scrollTo(0, 0)")
        page.wait_for_function(f"() => model.step > {rest}")


def test_less_motion(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, playground().page(), reduced_motion="reduce") as page:
        ready(page)
        page.get_by_role("button", name="Run 100 updates").click()
        page.wait_for_function("() => model.step === 100")
        page.wait_for_timeout(300)
        assert page.evaluate(STATE)["step"] == 100
        page.get_by_role("button", name="Step", exact=True).click()
        page.wait_for_function("() => model.step === 101")
        page.get_by_role("radio", name="Input").check()
        assert page.evaluate("spaces.at") == 0


def test_a_link_brings_the_run_back(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, playground().page()) as page:
        ready(page)
        page.locator("summary").click()
        page.get_by_label("Points", exact=True).select_option("circles")
        page.get_by_label("Points per update").select_option("30")
        page.get_by_label("Seed", exact=True).fill("17")
        page.get_by_label("Seed", exact=True).press("Enter")
        page.get_by_role("slider", name="Hidden layers").fill("3")
        page.get_by_role("radio", name="Layer 1").check()
        page.get_by_role("button", name="Reset").click()
        steps(page, 4)
        here = page.evaluate(STATE)
        page.get_by_role("button", name="Copy link").click()
        link = page.get_by_label("The link opens this figure").input_value()
    assert link.startswith("file:")
    assert "#playground-1?data=circles" in link
    with opened(browser, tmp_path, playground().page()) as page:
        page.evaluate("(hash) => { location.hash = hash; }", link.partition("#")[2])
        page.wait_for_function("() => window.model?.step === 4")
        opened_again = page.evaluate(STATE)
        page.evaluate("location.reload()")
        expect(page.locator(".lab-play-run")).to_contain_text("Update 4,")
        expect(page.get_by_label("Seed", exact=True)).to_have_value("17")
    for key in ("params", "x", "y", "settings"):
        assert opened_again[key] == here[key] or key == "settings"
    assert opened_again["settings"] == here["settings"] | {"steps": 4}


def test_two_figures_share_an_address_and_a_bad_link_is_named(browser: Browser, tmp_path: Path) -> None:
    html = playground().page().replace("</main>", playground({"widths": (3,)}).html() + "</main>")
    with opened(browser, tmp_path, html) as page:
        first, second = (page.locator("figure").nth(i) for i in (0, 1))
        page.evaluate("location.hash = 'playground-2?seed=5'")
        expect(second.get_by_label("Seed", exact=True)).to_have_value("5")
        expect(first.get_by_label("Seed", exact=True)).to_have_value("0")
        expect(first.get_by_role("slider", name="Layer 2: units")).to_have_count(1)
        page.evaluate("location.hash = 'playground-1?widths=99'")
        expect(first.get_by_role("alert")).to_contain_text("expected 1 to 8 units in a layer, got 99")
        expect(second.get_by_role("alert")).to_have_count(0)
        page.evaluate("location.hash = 'playground-1?%E0%A4%A=1'")
        expect(first.get_by_role("alert")).to_contain_text("was not followed")
        page.evaluate("location.hash = 'a-heading'")
        expect(first.get_by_role("alert")).to_have_count(0)
        first.get_by_role("button", name="Step", exact=True).click()
        expect(first.locator(".lab-play-run")).to_contain_text("Update 1,")
        expect(second.locator(".lab-play-run")).to_contain_text("Update 0,")


def test_points_by_pointer_keyboard_and_link(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, playground({"data": "own", "widths": (2,)}).page()) as page:
        expect(page.get_by_role("alert")).to_contain_text("No points yet")
        expect(page.get_by_role("button", name="Run")).to_be_disabled()
        plane = page.get_by_role("application", name="Input space")
        plane.scroll_into_view_if_needed()
        side = plane.bounding_box()["width"]
        plane.click(position={"x": side / 4, "y": side / 4})
        plane.click(position={"x": side / 2, "y": side / 2})
        expect(page.get_by_role("alert")).to_contain_text("All points are of class 1")
        plane.press("c")
        for key in ["ArrowRight"] * 6 + ["ArrowDown"] * 3 + ["Enter", "ArrowLeft", "Space"]:
            plane.press(key)
        settle(page)
        placed = page.evaluate(STATE)["points"]
        assert [p["label"] for p in placed] == [1, 1, 0, 0]
        assert [placed[0]["x1"], placed[0]["x2"]] == pytest.approx([-0.75, 0.75], abs=0.01)
        expect(page.get_by_role("alert")).to_be_hidden()
        page.get_by_label("Erases").check()
        plane.click(position={"x": side / 4 + 3, "y": side / 4})
        assert len(page.evaluate(STATE)["points"]) == 3
        page.get_by_role("button", name="Undo").click()
        assert page.evaluate(STATE)["points"] == placed
        page.get_by_role("button", name="Copy link").click()
        link = page.get_by_label("The link opens this figure").input_value()
        page.get_by_role("button", name="Clear").click()
        expect(page.get_by_role("button", name="Run")).to_be_disabled()
        page.evaluate("(hash) => { location.hash = hash; }", link.partition("#")[2])
        page.wait_for_function("() => model.points.length === 4")
        assert page.evaluate(STATE)["points"] == placed
        steps(page, 3)
        assert page.evaluate(STATE)["step"] == 3


def test_points_by_touch(browser: Browser, tmp_path: Path) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
    with opened(browser, tmp_path, playground({"data": "own"}).page(), **phone) as page:
        plane = page.get_by_role("application", name="Input space")
        plane.scroll_into_view_if_needed()
        box = plane.bounding_box()
        page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.wait_for_function("() => window.model?.points.length === 1")
        page.get_by_label("● Class 0").tap()
        box = plane.bounding_box()
        page.touchscreen.tap(box["x"] + box["width"] / 3, box["y"] + box["height"] / 2)
        page.wait_for_function("() => window.model?.points.length === 2")
        assert [p["label"] for p in page.evaluate(STATE)["points"]] == [1, 0]


def test_units_are_chosen_by_pointer_and_keyboard(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, playground({"widths": (3, 2)}).page()) as page:
        ready(page)
        network = page.get_by_role("application", name="Network: the map")
        title = page.locator(".lab-play-pair .lab-title").first
        network.focus()
        network.press("ArrowRight")
        expect(title).to_have_text("Layer 1, unit 1 over the input space")
        first = page.evaluate("[...model.net.params.slice(0, 2)]")
        expect(page.get_by_text("Layer 1, unit 1: relu(").first).to_contain_text(
            f"{first[0]:.2f}".replace("-", "−")[:4]
        )
        network.press("ArrowDown")
        network.press("ArrowRight")
        expect(title).to_have_text("Layer 2, unit 2 over the input space")
        network.press("Escape")
        expect(title).to_have_text("Input space")
        box = network.bounding_box()
        network.click(position={"x": box["width"] - 10, "y": 24 + (box["height"] - 26) / 2})
        expect(page.get_by_text("Output: logit =").first).to_be_visible()


def test_the_way_through_the_network(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, playground({"widths": (8, 3), "view": "cut"}).page()) as page:
        ready(page)
        way = page.get_by_role("slider", name="Through the network")
        title = page.locator(".lab-play-pair .lab-title").nth(1)
        expect(title).to_have_text("Hidden space: layer 2")
        way.fill("0.5")
        expect(title).to_have_text("Between two spaces")
        way.fill("1")
        expect(title).to_have_text("Hidden space: layer 1")
        expect(page.get_by_role("radio", name="Layer 1")).to_be_checked()
        page.get_by_label("Seen as").select_option("3.7")
        expect(page.get_by_text("shown are units 3 and 7 as they are")).to_be_visible()
        page.get_by_role("radio", name="Layer 2").check()
        expect(title).to_have_text("Hidden space: layer 2")
        expect(page.get_by_label("Seen as")).to_have_value("pca")
        page.get_by_role("slider", name="Hidden layers").fill("0")
        expect(page.get_by_text("The input plane itself.")).to_be_visible()
        expect(way).to_be_hidden()


def test_divergence_is_said(browser: Browser, tmp_path: Path) -> None:
    figure = playground(
        {"activation": "linear", "widths": (8, 8, 8, 8), "optimizer": "momentum", "lr": 10, "speed": 20}
    )
    with opened(browser, tmp_path, figure.page()) as page:
        page.get_by_role("button", name="Run").click()
        expect(page.get_by_role("alert")).to_contain_text("diverged")
        expect(page.get_by_role("button", name="Run")).to_be_disabled()
        assert "NaN" not in page.locator("figure").inner_text()
        page.get_by_role("button", name="Reset").click()
        expect(page.get_by_role("alert")).to_be_hidden()
        expect(page.get_by_role("button", name="Run")).to_be_enabled()


def test_switching_everything_while_it_runs(browser: Browser, tmp_path: Path) -> None:
    phone = {"viewport": {"width": 390, "height": 844}}
    with opened(browser, tmp_path, playground({"speed": 5}).page(), **phone) as page:
        page.get_by_role("button", name="Run").click()
        page.locator("summary").click()
        for label in (
            "Points",
            "Activation",
            "Optimizer",
            "Regularisation",
            "Points per update",
            "Updates per picture",
        ):
            control = page.get_by_label(label, exact=True)
            for value in control.locator("option").evaluate_all("options => options.map((o) => o.value)"):
                if value != "own":
                    control.select_option(value)
        for name, values in {
            "Hidden layers": (0, 4, 1, 3), "Layer 1: units": (1, 8, 2), "Noise": (0, 0.5), "Training points": (20, 500),
            "Learning rate": (1, -4), "Strength": (0, -5), "Through the network": (0, 1.3, 3),
        }.items():  # fmt: skip
            for value in values:
                page.get_by_role("slider", name=name).fill(str(value))
        page.get_by_role("radio", name="Gradient size").check()
        page.get_by_text("Show held-out points").click()
        now = page.evaluate(STATE)["step"]
        page.wait_for_function(f"() => model.step > {now}")
        assert page.evaluate(OVERFLOW) <= 0


@in_every_view
def test_accessible(browser: Browser, tmp_path: Path, theme: str, width: int) -> None:
    for preset in ({"steps": 20, "widths": (8, 8, 8, 8), "chart": "gradients"}, {"data": "own", "widths": ()}):
        with opened(browser, tmp_path, playground(preset).page(), viewport={"width": width, "height": 900}) as page:
            page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
            page.locator("summary").click()
            page.get_by_role("button", name="Copy link").click()
            settle(page)
            assert page.evaluate(OVERFLOW) <= 0
            assert axe_violations(page) == []


def test_the_notebooks_own_points(browser: Browser, tmp_path: Path) -> None:
    x = np.array([[100.0, 5], [101, 6], [102, 5], [103, 7]])
    y = np.array([0, 1, 0, 1])
    figure = playground({"widths": (3,)}, points=(x, y), held_out=(torch.tensor(x) + 0.2, torch.tensor(y)))
    with opened(browser, tmp_path, figure.page()) as page:
        ready(page)
        assert page.evaluate(STATE)["x"] == x.ravel().tolist()
        check_parity(page, 3)
        assert page.get_by_label("Points", exact=True).input_value() == "given"


def test_without_javascript_a_picture_stands(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, playground().page(), java_script_enabled=False) as page:
        expect(page.get_by_role("img", name="XOR in the input plane")).to_be_visible()
        assert page.locator(".lab-play-zero").count() == 4  # two of the four input points, two of the three hidden ones
        assert page.locator(".lab-play-one").count() == 3
        assert page.evaluate(OVERFLOW) <= 0


def test_paper_is_light_in_a_dark_page(browser: Browser, tmp_path: Path) -> None:
    printed = """(type) => {
      if (type) window.dispatchEvent(new Event(type));
      return [...document.querySelectorAll("figure canvas")].map((canvas) => canvas.toDataURL());
    }"""
    pictures = {}
    for theme in ("light", "dark"):
        with opened(
            browser, tmp_path, playground({"widths": (2,)}).page(theme=theme), viewport={"width": 784, "height": 2200}
        ) as page:
            settle(page)
            pictures[theme] = page.evaluate(printed)
            if theme == "dark":
                assert all(a != b for a, b in zip(pictures["light"], pictures["dark"], strict=True))
                assert page.evaluate(printed, "beforeprint") == pictures["light"]
                assert page.evaluate(printed, "afterprint") == pictures["dark"]


@pytest.mark.parametrize(
    ("preset", "words"),
    [
        ({"dat": "moons"}, "expected settings among .* got 'dat'"),
        ({"data": "cows"}, "expected data to be one of 'moons', .* got 'cows'"),
        ({"lr": 0}, "expected lr to be a number from 0.0001 to 10, got 0"),
        ({"lr": float("nan")}, "expected lr .* got nan"),
        ({"lr": "fast"}, "expected lr .* got 'fast'"),
        ({"widths": (9,)}, "expected width to be a whole number from 1 to 8, got 9"),
        ({"widths": (1, 1, 1, 1, 1)}, "at most 4 whole numbers"),
        ({"widths": 8}, "expected widths to be a tuple"),
        ({"widths": (8,), "depth": 1}, "either widths, or depth and width"),
        ({"depth": 5}, "expected depth to be a whole number from 0 to 4, got 5"),
        ({"depth": 2, "width": 2.5}, "expected width .* got 2.5"),
        ({"activation": "step"}, "expected activation to be one of 'relu'"),
        ({"batch_size": 7}, "expected batch_size to be one of None, 100"),
        ({"layer": 3}, "expected layer from 0 to 2, the depth, got 3"),
        ({"view": (1, 9)}, "two different units from 1 to 8"),
        ({"view": (2, 2)}, "two different units"),
        ({"view": "up"}, "expected view to be 'pca', 'cut'"),
        ({"count": 10.5}, "expected count to be a whole number from 20 to 500, got 10.5"),
        ({"steps": -1}, "expected steps .* got -1"),
        ({"speed": True}, "expected speed"),
        ({"data": "given"}, "expected data='given' with points"),
        ([("lr", 1)], "expected preset to be a mapping of settings, got list"),
    ],
)
def test_a_preset_that_cannot_be_is_refused(preset: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        playground(preset)


@pytest.mark.parametrize(
    ("points", "words"),
    [
        (([[1.0, 2.0]], [2]), "to be 0 or 1, got"),
        (([[1.0, 2.0, 3.0]], [1]), r"shape \(N, 2\), N from 1 to 2000, got \(1, 3\)"),
        (([[1.0, 2.0]], [1, 0]), r"shape \(1,\), got \(2,\)"),
        (([[1.0, float("nan")]], [1]), "finite numbers, got float64 with 1 others"),
        ((np.zeros((0, 2)), []), r"got \(0, 2\)"),
        (([["a", "b"]], [1]), "finite numbers"),
        (7, r"a pair \(x, y\), got int"),
    ],
)
def test_points_that_cannot_be_are_refused(points: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        playground(points=points)


def test_a_bad_seed_and_lonely_held_out_points_are_refused() -> None:
    with pytest.raises(ValueError, match="expected seed to be a whole number from 0 to 9999, got 10000"):
        playground(seed=10_000)
    with pytest.raises(ValueError, match="held_out alone"):
        playground(held_out=([[0.0, 1.0]], [1]))


def test_the_page_offers_what_python_allows(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, playground().page()) as page:
        for name, label in {"activation": "Activation", "optimizer": "Optimizer", "data": "Points"}.items():
            options = page.get_by_label(label, exact=True).locator("option")
            offered = options.evaluate_all("options => options.map((o) => o.value)")
            assert offered == [value for value in CHOICES[name] if value != "given"]
            assert all(re.fullmatch(r"[A-Z].*", text) for text in options.all_inner_texts())
