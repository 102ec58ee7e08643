"""The latent planes in Chromium: both decoders are PyTorch's, and pointer, keys, touch and lists move them."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Page, expect
from torch import Tensor, nn

from lab_utils import models
from lab_utils.live import latent_plane
from lab_utils.web import LiveFigure
from tests.site.checks import axe_violations
from tests.site.live_support import OVERFLOW, opened, settle

CLASSES = ("T-shirt", "Trouser", "Bag")
PLAIN, VARIATIONAL = "Plane of the Plain autoencoder", "Plane of the Variational autoencoder"


def networks() -> tuple[models.Autoencoder, models.VAE]:
    """Both, untrained, with codes spread out enough to be told apart."""
    ae, vae = models.Autoencoder((784, 16, 2), output=nn.Sigmoid, seed=1), models.VAE((784, 16, 2), seed=2)
    ae.encoder.linear2.weight.data *= 40
    vae.encoder.linear2.weight.data *= 20
    for net in (ae, vae):  # an untrained decoder answers grey everywhere
        net.decoder.linear2.weight.data *= 4
    return ae, vae


def garments() -> tuple[Tensor, Tensor]:
    chance = torch.Generator().manual_seed(0)
    return torch.rand(60, 1, 28, 28, generator=chance).round(decimals=2), torch.arange(60) % 3


def figure(**settings: object) -> LiveFigure:
    return latent_plane(*networks(), *garments(), CLASSES, **settings)


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    with opened(browser, tmp_path, figure().page()) as opened_page:
        yield opened_page


def plane(page: Page, name: str) -> object:
    return page.get_by_role("application", name=re.compile(name))


def last(page: Page, which: int) -> dict:
    """The latest answer of one decoder."""
    settle(page)
    return page.evaluate(
        f"(() => {{ const a = answers.filter((x) => x.plane === {which}).at(-1);"
        " return {code: a.code, pixels: Array.from(a.pixels)} })()"
    )


def place(page: Page, name: str, across: float, down: float) -> tuple[float, float]:
    """A point of a plane on the screen, by shares of its sides."""
    plane(page, name).scroll_into_view_if_needed()
    box = plane(page, name).bounding_box()
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def rounded(net: nn.Module) -> nn.Module:
    """The network with its decoder's weights in half precision, as they travel."""
    for parameter in net.decoder.parameters():
        parameter.data = parameter.data.half().float()
    return net


def test_both_decoders_equal_torch_at_ten_places(page: Page) -> None:
    nets = [rounded(net) for net in networks()]
    page.get_by_label("The other plane follows").uncheck()
    compared = 0
    for k in range(5):
        for which, name in enumerate((PLAIN, VARIATIONAL)):
            page.mouse.click(*place(page, name, 0.1 + 0.2 * k, 0.85 - 0.17 * k))
            answer = last(page, which)
            with torch.no_grad():
                expected = nets[which].decode(torch.tensor([answer["code"]]))[0]
            np.testing.assert_allclose(answer["pixels"], expected.numpy(), atol=1e-4)
            compared += 1
    assert compared == 10
    seen = page.evaluate("new Set(answers.map((a) => a.code.join())).size")
    assert seen >= 10, "the handles did not move"


def test_rounding_the_weights_changes_no_visible_grey() -> None:
    codes = torch.randn(50, 2, generator=torch.Generator().manual_seed(0)) * 3
    with torch.no_grad():
        for net, same in zip(networks(), networks(), strict=True):
            assert (rounded(net).decode(codes) - same.decode(codes)).abs().max() < 0.01


def test_points_are_the_encoders_codes(page: Page) -> None:
    ae, vae = networks()
    x, _ = garments()
    first = last(page, 0)["code"], last(page, 1)["code"]
    with torch.no_grad():
        for net, code in zip((ae, vae), first, strict=True):
            assert (net.encode(x) - torch.tensor(code)).norm(dim=1).min() < 1e-4


def test_a_drag_moves_the_handle_and_the_other_plane_follows_to_a_garment(page: Page) -> None:
    ae, vae = networks()
    x, _ = garments()
    page.mouse.move(*place(page, PLAIN, 0.3, 0.3))
    page.mouse.down()
    page.mouse.move(*place(page, PLAIN, 0.7, 0.6), steps=5)
    page.mouse.up()
    dragged, followed = last(page, 0)["code"], last(page, 1)["code"]
    with torch.no_grad():
        codes, others = ae.encode(x), vae.encode(x)
    spread = torch.tensor(figure().data["planes"][0]["view"])
    scale = torch.tensor([spread[1] - spread[0], spread[3] - spread[2]])
    garment = ((codes - torch.tensor(dragged)) / scale).norm(dim=1).argmin()
    np.testing.assert_allclose(followed, others[garment].numpy(), atol=1e-4)
    page.mouse.move(*place(page, PLAIN, 0.1, 0.1))
    assert last(page, 0)["code"] == dragged, "a pointer that is not pressed moves nothing"


def test_keys_move_by_steps_and_stop_at_the_rim(page: Page) -> None:
    page.get_by_label("The other plane follows").uncheck()
    page.mouse.click(*place(page, VARIATIONAL, 0.5, 0.5))
    left, right, bottom, top = figure().data["planes"][1]["view"]
    start = last(page, 1)["code"]
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    moved = last(page, 1)["code"]
    np.testing.assert_allclose(moved, [start[0] + (right - left) / 50, start[1] + (top - bottom) / 50], rtol=1e-5)
    for _ in range(12):
        page.keyboard.press("Shift+ArrowRight")
    assert last(page, 1)["code"][0] == pytest.approx(right)
    expect(page.locator("[role=status]")).to_contain_text("Variational autoencoder: code")


def test_touch_moves_a_handle(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, figure().page(), has_touch=True, viewport={"width": 390, "height": 844}) as page:
        before = last(page, 0)["code"]
        page.touchscreen.tap(*place(page, PLAIN, 0.8, 0.2))
        assert last(page, 0)["code"] != before
        assert page.evaluate(OVERFLOW) <= 0


def test_the_way_between_two_garments(page: Page) -> None:
    ae, vae = networks()
    x, y = garments()
    picks = figure().data["picks"]
    assert [int(y[i]) for i in picks] == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    page.get_by_label("From", exact=True).select_option(label="Trouser 2")
    page.get_by_label("To", exact=True).select_option(label="Bag 1")
    way = page.get_by_role("slider", name="Along the way")
    with torch.no_grad():
        ends = [net.encode(x[[picks[4], picks[6]]]) for net in (ae, vae)]
    for share in (0, 50, 100):
        way.fill(str(share))
        for which, (first, second) in enumerate(ends):
            expected = first + share / 100 * (second - first)
            np.testing.assert_allclose(last(page, which)["code"], expected.numpy(), atol=1e-4)
    expect(page.locator("output")).to_have_text("at the second")
    strips = page.get_by_role("img", name=re.compile("9 pictures from Trouser 2 to Bag 1"))
    expect(strips).to_have_count(3)
    first = x[picks[4], 0].mul(255).round()
    shown = page.locator("canvas.lab-latent-strip").first.evaluate(
        "(c) => { const s = document.createElement('canvas'); s.width = s.height = 28;"
        " const side = c.width * (c.clientWidth - 24) / 9 / c.clientWidth; const p = s.getContext('2d');"
        " p.imageSmoothingEnabled = false; p.drawImage(c, 0, 0, side, side, 0, 0, 28, 28);"
        " return Array.from(p.getImageData(0, 0, 28, 28).data).filter((_, i) => i % 4 === 0) }"
    )
    same = np.isclose(np.array(shown).reshape(28, 28), first.numpy(), atol=2)
    assert same[4:-4, 4:-4].mean() > 0.8, "the strip begins with the garment itself"


def test_the_plane_of_pictures_and_a_class_that_stands_out(page: Page) -> None:
    ink = "(c) => c.toDataURL()"
    points = plane(page, PLAIN).evaluate(ink)
    page.get_by_role("button", name="Trouser").click()
    expect(page.get_by_role("button", name="Trouser")).to_have_attribute("aria-pressed", "true")
    settle(page)
    paler = plane(page, PLAIN).evaluate(ink)
    assert paler != points
    page.get_by_role("button", name="Trouser").click()
    settle(page)
    assert plane(page, PLAIN).evaluate(ink) == points
    page.get_by_label("Show what every place decodes to").check()
    page.wait_for_function(
        "(given) => !given.seen.includes(given.plane.toDataURL())",
        arg={"plane": plane(page, PLAIN).element_handle(), "seen": [points, paler]},
    )


def test_two_figures_on_a_page_do_not_disturb_each_other(browser: Browser, tmp_path: Path) -> None:
    one = figure()
    html = one.page().replace("</main>", f"{figure(start=(2, 1)).html()}</main>")
    with opened(browser, tmp_path, html) as page:
        maps = page.get_by_role("application", name=re.compile(PLAIN))
        expect(maps).to_have_count(2)
        codes = page.locator(".lab-latent-code")
        before = codes.nth(2).inner_text()
        maps.first.click(position={"x": 40, "y": 60})
        settle(page)
        assert codes.nth(2).inner_text() == before


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [784, 390])
def test_it_can_be_used_by_everyone(browser: Browser, tmp_path: Path, theme: str, width: int) -> None:
    with opened(browser, tmp_path, figure().page(theme=theme), viewport={"width": width, "height": 900}) as page:
        assert page.evaluate(OVERFLOW) <= 0
        assert axe_violations(page) == []


def test_without_javascript_both_planes_are_pictures(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, figure().page(), java_script_enabled=False) as page:
        expect(page.get_by_role("img", name=re.compile("8 by 8 places of the plane"))).to_have_count(2)


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"x": torch.rand(60, 28, 28)}, ValueError, r"expected pictures of shape \(N, 1, S, S\)"),
        ({"x": torch.rand(60, 1, 28, 28) * 2}, ValueError, r"expected brightnesses in \[0, 1\]"),
        ({"y": torch.zeros(60)}, ValueError, "expected 60 whole numbers as labels"),
        ({"y": torch.zeros(60, dtype=torch.long)}, ValueError, "at least one picture of each of the 3 classes"),
        ({"start": (0, 9)}, ValueError, "expected start as two labels from 0 to 2"),
        ({"picks": 0}, ValueError, "expected at least 1 pick of each class, got 0"),
        ({"ae": models.Autoencoder((784, 3), output=nn.Sigmoid)}, ValueError, "expected finite codes"),
        ({"ae": models.Autoencoder((784, 2))}, ValueError, "the sigmoid of its decoder's answer"),
        (
            {"ae": models.Autoencoder((784, 4, 2), activation=nn.Tanh, output=nn.Sigmoid)},
            TypeError,
            "activation1 is a Tanh",
        ),
    ],
)
def test_bad_input_is_named(change: dict, kind: type[Exception], message: str) -> None:
    ae, vae = networks()
    x, y = garments()
    given = {"ae": ae, "vae": vae, "x": x, "y": y, "classes": CLASSES} | change
    with pytest.raises(kind, match=message):
        latent_plane(**given)
