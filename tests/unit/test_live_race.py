"""The race's Python side: what it refuses, what it hands to the page, and the picture without JavaScript."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from lab_utils import training
from lab_utils.live import optimizer_race
from lab_utils.live.race.still import OPTIMIZERS, STEPS, SURFACES, Slice, torch_path

AXIS = np.linspace(-1, 1, 7)
VALUES = AXIS**2 + 2 * AXIS[:5, None] ** 2
GRID = (AXIS, AXIS[:5], VALUES)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"surface": "himmelblau"}, "expected surface to be one of bowl, rosenbrock, beale, saddle, got 'himmelblau'"),
        ({"surface": "slice"}, "the slice needs slice_"),
        ({"optimizers": ()}, "expected optimizers out of sgd, momentum"),
        ({"optimizers": ("adam", "lion")}, r"got \('adam', 'lion'\)"),
        ({"optimizers": "adam"}, "got 'adam'"),
        ({"start": (1.0,)}, r"expected start as \(x, y\), got 1 numbers"),
        ({"start": (13, 0)}, r"expected start within x -12 to 12 and y -2.4 to 2.4, got \(13, 0\)"),
        ({"start": (float("nan"), 0)}, "expected start within"),
        ({"target": 0}, "expected target from 1e-09 to 1e\\+06, got 0"),
        ({"lr": 20}, "expected lr from 0.0001 to 10, got 20"),
        ({"lr": float("nan")}, "expected lr"),
        ({"momentum": 1.0}, "expected momentum from 0 to 0.99, got 1.0"),
        ({"noise": -0.1}, "expected noise from 0 to 5, got -0.1"),
        ({"seed": -1}, "expected seed to be a whole number from 0 to 9999, got -1"),
        ({"seed": 0.5}, "got 0.5"),
        ({"slice_": (AXIS, AXIS)}, r"expected \(alphas, betas, values\), got 2 parts"),
        ({"slice_": (AXIS[:3], AXIS[:5], VALUES[:, :3])}, r"expected alphas of shape \(n,\), n >= 4, got \(3,\)"),
        ({"slice_": (AXIS, AXIS[:5] ** 3, VALUES)}, "expected betas to rise in equal steps"),
        ({"slice_": (AXIS[::-1], AXIS[:5], VALUES)}, "expected alphas to rise in equal steps"),
        ({"slice_": (AXIS, AXIS[:5], VALUES.T)}, r"expected values of shape \(5, 7\), one row a beta, got \(7, 5\)"),
        ({"slice_": (AXIS, AXIS[:5], VALUES + np.inf)}, "expected finite losses"),
        ({"slice_": (AXIS, AXIS[:5], VALUES * 0)}, "expected losses that differ, got 0 everywhere"),
    ],
)
def test_what_cannot_be_raced_on_is_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        optimizer_race(**settings)


def test_the_page_receives_the_settings_and_the_slice_in_the_books_order() -> None:
    figure = optimizer_race(GRID, surface="slice", optimizers=("adam", "sgd"), start=(0.5, -0.5), lr=0.1, seed=3)
    assert figure.data["optimizers"] == ["sgd", "adam"]
    assert (figure.data["surface"], figure.data["start"], figure.data["lr"], figure.data["seed"]) == (
        "slice",
        [0.5, -0.5],
        0.1,
        3,
    )
    grid = figure.data["slice"]
    assert (grid["rows"], grid["columns"], grid["x"]) == (5, 7, [-1.0, 1.0])
    np.testing.assert_array_equal(grid["values"], VALUES.astype(np.float32))


def test_a_slice_may_be_an_object_or_its_parts() -> None:
    named = SimpleNamespace(alphas=torch.from_numpy(AXIS), betas=AXIS[:5].tolist(), values=torch.from_numpy(VALUES))
    assert optimizer_race(named).html() == optimizer_race(GRID).html()


def test_the_surfaces_are_those_of_the_chapter() -> None:
    points = torch.rand(50, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 4 - 2
    for name, ground in SURFACES.items():
        other = training.SURFACES[name]
        assert torch.allclose(ground.loss(points[:, 0], points[:, 1]), other(points), rtol=1e-12)
        assert ground.lowest == pytest.approx(other.lowest)


def test_the_interpolated_slice_passes_through_its_values_and_follows_a_quadratic() -> None:
    grid = Slice((-1.0, 1.0), (-1.0, float(AXIS[4])), VALUES.astype(np.float32))
    y, x = torch.meshgrid(torch.from_numpy(AXIS[:5]), torch.from_numpy(AXIS), indexing="ij")
    np.testing.assert_allclose(grid.loss()(x, y).numpy(), VALUES, atol=1e-6)
    x, y = torch.tensor([0.11, -0.77], dtype=torch.float64), torch.tensor([-0.3, 0.29], dtype=torch.float64)
    np.testing.assert_allclose(grid.loss()(x, y).numpy(), (x**2 + 2 * y**2).numpy(), atol=1e-6)


def test_the_picture_holds_torchs_paths_and_the_table_their_steps() -> None:
    figure = optimizer_race(optimizers=tuple(OPTIMIZERS))
    ground = SURFACES["bowl"]
    rows = re.findall(r"<tr><td>(\w+)</td><td>([^<]+)</td><td>([^<]+)</td></tr>", figure.fallback)
    assert [row[0] for row in rows] == [look[0] for look in OPTIMIZERS.values()]
    for name, (_, steps, last) in zip(OPTIMIZERS, rows, strict=True):
        points = torch_path(ground, name, ground.start, ground.lr, 0.9, STEPS)
        gaps = ground.loss(points[:, 0], points[:, 1])
        assert float(last) == pytest.approx(float(gaps[-1]), rel=0.06)
        if steps != f"not in {STEPS}":
            assert float(gaps[int(steps)]) <= ground.target < float(gaps[int(steps) - 1])
    assert 'role="img" aria-label="Paths of SGD, Momentum' in figure.fallback


def test_the_picture_says_who_diverges_and_who_leaves_the_slice() -> None:
    assert re.search(r"<td>SGD</td><td>diverged at \d+</td>", optimizer_race(surface="rosenbrock", lr=0.1).fallback)
    figure = optimizer_race(GRID, surface="slice", lr=10.0, optimizers=("momentum",))
    assert re.search(r"<td>Momentum</td><td>left the area at \d+</td>", figure.fallback)
