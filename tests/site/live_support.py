"""Opens a live figure as a file of its own, watches what it asks for and complains of, and reads its answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from playwright.sync_api import Browser, Page
from torch import Tensor, nn

from lab_utils.core import seeded
from tests.conftest import PATIENCE
from theme.policy import with_policy

CLASSES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
# What figures tell of themselves: every answer and sweep, and the parts of one that trains (model, spot, spaces, …).
COLLECT = """
window.answers = [];
window.sweeps = [];
document.addEventListener("lab:answer", (event) => window.answers.push(event.detail));
document.addEventListener("lab:sweep", (event) => window.sweeps.push(event.detail));
document.addEventListener("lab:training", (event) => Object.assign(window, event.detail));
"""
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
in_every_view = pytest.mark.parametrize(
    ("theme", "width"), [("light", 784), ("dark", 784), ("light", 390), ("dark", 390)]
)
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@contextmanager
def opened(browser: Browser, folder: Path, html: str, **context: Any) -> Iterator[Page]:
    """The page over file://, under the policy that the site puts on its pages.

    It must end without an error, a request, or an id that two elements share.
    """
    path = folder / "figure.html"
    path.write_text(with_policy(html), encoding="utf-8")
    complaints: list[str] = []
    asked: list[str] = []
    with browser.new_context(**{"viewport": {"width": 784, "height": 900}, **context}) as fresh:
        fresh.set_default_timeout(PATIENCE)
        page = fresh.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.add_init_script(COLLECT)
        page.goto(path.as_uri())
        yield page
        ids = page.evaluate("[...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert sorted(ids) == sorted(set(ids))
    assert complaints == []
    assert [url for url in asked if url != path.as_uri() and not url.startswith(("data:", "blob:"))] == []


def settle(page: Page) -> None:
    """Two frames: the next one draws, the one after it has drawn."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def run_until(page: Page, updates: int) -> None:
    """Lets a figure train until so many updates are made, then pauses it: perhaps some updates later."""
    page.get_by_role("button", name="Run").click()
    page.wait_for_function("(n) => model.step >= n", arg=updates)
    page.get_by_role("button", name="Pause").click()
    settle(page)


def pictures(count: int, seed: int = 0) -> Tensor:
    """Random pictures (N, 1, 28, 28) of 256 grey levels with dark edges, some of them sparse."""
    with seeded(seed):
        x = torch.rand(count, 1, 28, 28)
        x[: count // 2] *= (torch.rand(count // 2, 1, 28, 28) > 0.5).float()
        x[..., :3], x[..., -3:] = 0, 0
    return (x * 255).round() / 255


def with_random_norms(model: nn.Sequential, seed: int = 0) -> nn.Sequential:
    """The model with batch-norm statistics and factors as training might leave them, ready for testing."""
    with seeded(seed):
        for layer in model.modules():
            if isinstance(layer, nn.BatchNorm2d):
                nn.init.uniform_(layer.running_mean, -0.5, 0.5)
                nn.init.uniform_(layer.running_var, 0.3, 1.5)
                nn.init.uniform_(layer.weight, 0.5, 1.5)
                nn.init.uniform_(layer.bias, -0.3, 0.3)
    return model.eval()


def torch_steps(model: nn.Sequential, x: Tensor) -> list[Tensor]:
    """Every intermediate answer for one picture (1, 28, 28), without the layers that do nothing at test time."""
    steps = []
    h = x[None]
    with torch.no_grad():
        for layer in model:
            h = layer(h)
            if not isinstance(layer, nn.Dropout | nn.Dropout2d | nn.Identity):
                steps.append(h[0])
    return steps


def page_steps(page: Page) -> list[Tensor]:
    """The intermediate answers that the page last reported, in PyTorch's order of axes."""
    raw = page.evaluate("answers.at(-1).steps.map((s) => ({shape: s.output.shape, data: Array.from(s.output.data)}))")
    maps = [torch.tensor(step["data"]).view(step["shape"]) for step in raw]
    return [m.permute(2, 0, 1) if m.ndim == 3 else m for m in maps]
