"""Sparse coding in Chromium: codes and updates are the book's own, any patch can be chosen, and nothing breaks it."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Page, expect

from lab_utils import data
from lab_utils.live import sparse_code
from lab_utils.training.sparse_coding import fista, improve_atoms, sparse_energy
from lab_utils.web import LiveFigure
from tests.site.checks import axe_violations
from tests.site.live_support import OVERFLOW, PHONE, in_every_view, opened, run_until, settle

PHOTO = "[role=application]"
# The atoms before and after one update, and all that torch needs to make it itself.
UPDATE = """() => {
  const kept = {atoms: [...model.atoms.rows], count: model.atoms.count, rate: model.quadratic.rate};
  kept.together = [...model.sums.together];
  kept.evidence = [...model.sums.evidence];
  const draw = model.draw.bind(model);
  model.draw = (count, random) => {
    const batch = draw(count, random);
    kept.batch = [...batch];
    return batch;
  };
  model.update();
  model.draw = draw;
  return {...kept, step: model.step, codes: [...model.codes], after: [...model.atoms.rows]};
}"""


@cache
def figure(**settings: float) -> LiveFigure:
    """Both photos, small, with the stored atoms."""
    photos = {name.capitalize(): data.whitened_photo(name, height=120) for name in ("china", "flower")}
    return sparse_code(photos, data.sparse_walkthrough().dictionary(1, -1), **settings)


def matrix(values: list[float], columns: int) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64).view(-1, columns)


def place(page: Page) -> tuple[int, int]:
    settle(page)
    return tuple(page.evaluate("[spot.top, spot.left]"))


def test_an_update_is_the_books(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, figure().page()) as page:
        for _ in range(3):
            page.get_by_role("button", name="Step", exact=True).click()
        settle(page)
        seen = page.evaluate(UPDATE)
        atoms, batch, count = matrix(seen["atoms"], 100), matrix(seen["batch"], 100), seen["count"]
        largest = float(torch.linalg.matrix_norm(atoms, 2)) ** 2
        assert 1 / seen["rate"] == pytest.approx(largest, rel=0.03)  # power iteration with a margin for safety
        codes = matrix(seen["codes"], count)
        least = sparse_energy(batch, atoms, fista(batch, atoms, penalty=2.5, steps=3000), 2.5)
        torch.testing.assert_close(sparse_energy(batch, atoms, codes, 2.5), least, rtol=0.005, atol=0.01)
        keep = 1 - 1 / seen["step"]
        together = keep * matrix(seen["together"], count) + codes.T @ codes
        evidence = keep * matrix(seen["evidence"], 100) + codes.T @ batch
        improve_atoms(atoms, together, evidence)
        torch.testing.assert_close(matrix(seen["after"], 100), atoms, atol=1e-9, rtol=0)


def test_patches_are_the_photos(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, figure().page()) as page:
        settle(page)
        top, left = place(page)
        photo = figure().data["photos"][0].astype(float)
        patch = photo[top : top + 10, left : left + 10]
        scale = page.evaluate("model.scale")
        np.testing.assert_allclose(
            page.evaluate("[...spot.patch]"), ((patch - patch.mean()) / scale).flatten(), atol=1e-9
        )


def test_learning_run_pause_step_reset(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, figure(atoms=36).page()) as page:
        settle(page)
        first = page.evaluate("model.now")
        atoms = page.locator("canvas").nth(1)
        before = atoms.evaluate("(c) => c.toDataURL()")
        run_until(page, 25)
        shown = page.evaluate("model.step")
        page.wait_for_timeout(300)
        assert page.evaluate("model.step") == shown
        assert page.evaluate("model.now.left") < 0.8 * first["left"]
        assert atoms.evaluate("(c) => c.toDataURL()") != before
        page.get_by_role("button", name="Step", exact=True).click()
        expect(page.locator(".lab-sparse-learning")).to_contain_text(f"Update {shown + 1:,},")
        expect(page.locator("[role=status]")).to_contain_text(f"Update {shown + 1:,},")
        page.get_by_role("button", name="Reset").click()
        expect(page.locator(".lab-sparse-learning")).to_contain_text("Before the first update: random atoms.")
        settle(page)
        assert page.evaluate("model.now") == first
        assert atoms.evaluate("(c) => c.toDataURL()") == before


def test_the_books_atoms_are_taken(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, figure(atoms=36, penalty=1.6).page()) as page:
        page.get_by_role("button", name="Take the book’s atoms").click()
        settle(page)
        rows = matrix(page.evaluate("[...model.atoms.rows]"), 100).numpy()
        np.testing.assert_allclose(rows, data.sparse_walkthrough().dictionary(1, -1), atol=1e-6)
        expect(page.get_by_role("radio", name="64")).to_be_checked()
        assert page.evaluate("model.now.left") < 0.35


def test_a_patch_by_pointer_and_keyboard(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, figure().page()) as page:
        photo = page.locator(PHOTO)
        photo.scroll_into_view_if_needed()
        box, columns = photo.bounding_box(), figure().data["photos"][0].shape[1]
        scale = box["width"] / columns
        page.mouse.click(box["x"] + 60 * scale, box["y"] + 40 * scale)
        assert place(page) == (35, 55)
        page.mouse.down()
        page.mouse.move(box["x"] + 80 * scale, box["y"] + 45 * scale, steps=3)
        page.mouse.up()
        assert place(page) == (40, 75)
        photo.press("ArrowRight")
        photo.press("Shift+ArrowDown")
        assert place(page) == (50, 76)
        for _ in range(20):
            photo.press("Shift+ArrowUp")
        assert place(page) == (0, 76)
        expect(page.locator(".lab-sparse-words")).to_contain_text("This patch uses")
        page.get_by_label("Photo", exact=True).select_option("Flower")
        settle(page)
        assert page.evaluate("spot.photo") == 1


def test_touch_on_a_phone_chooses_and_leaves_scrolling(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, figure().page(), **PHONE) as page:
        assert page.evaluate(OVERFLOW) <= 0
        photo = page.locator(PHOTO)
        photo.scroll_into_view_if_needed()
        box, columns = photo.bounding_box(), figure().data["photos"][0].shape[1]
        scale = box["width"] / columns
        page.touchscreen.tap(box["x"] + 90 * scale, box["y"] + 30 * scale)
        before = place(page)
        assert before == (pytest.approx(25, abs=1), pytest.approx(85, abs=1))
        hand, scrolled = page.context.new_cdp_session(page), page.evaluate("scrollY")
        x, y = box["x"] + 40 * scale, box["y"] + 60 * scale
        hand.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        for share in (0.25, 0.5, 0.75, 1):
            at = {"x": x, "y": y - 120 * share}
            hand.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [at]})
        hand.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        page.wait_for_function("(before) => scrollY > before", arg=scrolled)
        assert place(page) == before


CONTRAST = """() => {
  const canvas = document.querySelector("[role=application]");
  const copy = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  [copy.canvas.width, copy.canvas.height] = [canvas.width, canvas.height];
  copy.drawImage(canvas, 0, 0);
  const {data} = copy.getImageData(0, 0, canvas.width, canvas.height);
  const grey = data.filter((_, i) => i % 4 === 1);
  const mean = grey.reduce((a, b) => a + b, 0) / grey.length;
  return Math.sqrt(grey.reduce((a, b) => a + (b - mean) ** 2, 0) / grey.length);
}"""


def test_the_photo_is_rebuilt_from_its_codes(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, figure().page()) as page:
        page.get_by_role("button", name="Take the book’s atoms").click()
        settle(page)
        contrasts = [page.evaluate(CONTRAST)]
        page.get_by_role("radio", name="Rebuilt").check()
        price = page.get_by_role("slider", name="Price of a code")
        for key in ("Home", "End"):
            price.press(key)
            page.wait_for_function("() => rebuilt.complete")
            settle(page)
            contrasts.append(page.evaluate(CONTRAST))
        # Codes shrink contrasts, and a higher price more so.
        assert contrasts[0] > contrasts[1] > 1.2 * contrasts[2]
        expect(page.locator(".lab-sparse-advice")).to_contain_text("few patches are worth a code")


def test_the_price_moves_while_it_learns_by_keyboard(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, figure(atoms=36).page()) as page:
        price = page.get_by_role("slider", name="Price of a code")
        page.get_by_role("button", name="Run").click()
        page.wait_for_function("() => model.step > 2")
        for end, least, most in (("Home", 0.2, 1), ("End", 0, 0.01)):
            price.press(end)
            step = page.evaluate("model.step")
            page.wait_for_function("(n) => model.step > n + 1", arg=step)
            assert least <= page.evaluate("model.now.active") <= most
        expect(page.get_by_role("button", name="Pause")).to_be_visible()
        assert page.evaluate("model.atoms.rows.every(Number.isFinite)")
        assert "NaN" not in page.locator("figure").inner_text()


def test_reduced_motion_trains_without_moving_pictures(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, figure(atoms=36).page(), reduced_motion="reduce") as page:
        page.get_by_role("button", name="Run 100 updates").click()
        page.wait_for_function("() => model.step === 100")
        expect(page.locator(".lab-sparse-learning")).to_contain_text("Update 100,")


@in_every_view
def test_accessible(browser: Browser, tmp_path: Path, theme: str, width: int) -> None:
    with opened(browser, tmp_path, figure().page(), viewport={"width": width, "height": 900}) as page:
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        page.get_by_role("slider", name="Price of a code").press("End")
        page.get_by_role("radio", name="100").check()
        settle(page)
        assert page.evaluate(OVERFLOW) <= 0
        assert axe_violations(page) == []


def test_two_on_one_page_do_not_interfere(browser: Browser, tmp_path: Path) -> None:
    html = figure().page().replace("</main>", f"{figure(seed=1).html()}</main>")
    with opened(browser, tmp_path, html) as page:
        figures = page.locator("figure.lab-live")
        figures.nth(1).get_by_role("button", name="Step", exact=True).click()
        expect(figures.nth(1).locator(".lab-sparse-learning")).to_contain_text("Update 1,")
        expect(figures.nth(0).locator(".lab-sparse-learning")).to_contain_text("Before the first update: random atoms.")


def test_without_javascript_the_atoms_stand(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, figure().page(), java_script_enabled=False) as page:
        expect(page.get_by_role("img", name="64 atoms of 10 by 10 pixels")).to_be_visible()
