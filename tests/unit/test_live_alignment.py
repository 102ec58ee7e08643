"""The Python side of the feedback alignment figure: what it refuses, what it hands on, and the still picture."""

import re

import numpy as np
import pytest
import torch

from lab_utils.live import feedback_alignment
from lab_utils.live.alignment import still
from tests.js.alignment_reference import KINDS, gradient

IMAGES, LABELS = np.linspace(0, 1, 60 * 9).reshape(60, 3, 3), np.arange(60) % 3


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"preset": {"rate": 1}}, "expected settings among lr, depth, width, angle, activation, got 'rate'"),
        ({"preset": [1]}, "expected preset to be a mapping of settings, got list"),
        ({"preset": {"lr": 0}}, "expected lr to be a number from 0.01 to 10, got 0"),
        ({"preset": {"lr": float("nan")}}, "expected lr to be a number"),
        ({"preset": {"depth": 0}}, "expected depth to be a whole number from 1 to 3, got 0"),
        ({"preset": {"width": 4.5}}, "expected width to be a whole number from 4 to 48, got 4.5"),
        ({"preset": {"angle": 181}}, "expected angle to be a whole number from 0 to 180, got 181"),
        ({"preset": {"activation": "gelu"}}, "expected activation to be one of tanh, relu, got 'gelu'"),
        ({"seed": -1}, "expected seed to be a whole number from 0 to 20, got -1"),
        ({"images": IMAGES}, "expected images and labels together"),
        ({"images": IMAGES[:20], "labels": LABELS[:20]}, r"N from 40 to 4000, .* got \(20, 3, 3\)"),
        ({"images": 2 * IMAGES, "labels": LABELS}, "expected images as floats from 0 to 1"),
        ({"images": IMAGES * np.nan, "labels": LABELS}, "expected images as floats from 0 to 1"),
        ({"images": (255 * IMAGES).astype(int), "labels": LABELS}, "expected images as floats from 0 to 1, got int"),
        ({"images": IMAGES, "labels": LABELS[:50]}, r"expected labels of shape \(60,\).* got shape \(50,\)"),
        ({"images": IMAGES, "labels": LABELS / 2}, "expected labels .* got shape .* float64"),
        ({"images": IMAGES, "labels": 0 * LABELS}, "two classes at least"),
        ({"images": IMAGES, "labels": LABELS + 9}, "whole numbers from 0 to at most 9"),
    ],
)
def test_what_it_refuses(settings, message):
    with pytest.raises(ValueError, match=message):
        feedback_alignment(**settings)


def test_the_page_receives_every_digit_once_in_a_mixed_order():
    from sklearn.datasets import load_digits

    data, digits = feedback_alignment().data, load_digits()
    assert data["x"].shape == (1797, 64)
    assert (data["x"].dtype, data["top"], data["held"], data["classes"]) == (np.uint8, 16, 359, 10)
    both = [np.column_stack([x, y]).astype(int) for x, y in ((data["x"], data["y"]), (digits.data, digits.target))]
    assert np.array_equal(*(rows[np.lexsort(rows.T)] for rows in both))
    assert not np.array_equal(data["y"], digits.target)
    assert set(data["y"][-359:]) == set(range(10))


def test_own_images_are_taken_in_256_levels():
    data = feedback_alignment(images=IMAGES, labels=LABELS).data
    assert (data["x"].shape, data["top"], data["held"], data["classes"]) == ((60, 9), 255, 12, 3)
    assert sorted(data["x"].flatten()) == sorted((255 * IMAGES).round().flatten().astype(int))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_the_still_picture_learns_by_the_same_rules(kind, activation):
    generator = torch.Generator().manual_seed(1)
    widths = [5, 4, 4, 3]
    params = torch.randn(5 * 4 + 4 + 4 * 4 + 4 + 4 * 3 + 3, generator=generator, dtype=torch.float64)
    x, y = torch.randn(6, 5, generator=generator, dtype=torch.float64), torch.tensor([0, 1, 2, 2, 1, 0])
    shapes = [(3, 4), (3, 4)] if kind == "direct" else [(4, 4), (3, 4)]
    feedback = [torch.randn(*shape, generator=generator, dtype=torch.float64) for shape in shapes]
    expected = gradient(kind, params, feedback, widths, x, y, activation)
    weights = [params[:20].view(4, 5), params[24:40].view(4, 4), params[44:56].view(3, 4)]
    h = still.forward(weights, [params[20:24], params[40:44], params[56:]], x, activation)
    error = (h[-1].softmax(1) - torch.eye(3, dtype=torch.float64)[y]) / len(y)
    errors = still.hidden_errors(kind, weights, feedback, h, error, activation)
    got = torch.cat([part for e, a in zip(errors, h, strict=False) for part in ((e.T @ a).flatten(), e.sum(0))])
    torch.testing.assert_close(got, expected, rtol=1e-10, atol=1e-12)


def test_a_matrix_lies_at_its_angle():
    generator = torch.Generator().manual_seed(0)
    weights, other = torch.randn(2, 5, 7, generator=generator, dtype=torch.float64)
    for degrees in (0, 30, 90, 180):
        matrix = still.at_angle(weights, other, degrees, torch.tensor(3.0))
        assert still.angle(matrix, weights) == pytest.approx(degrees, abs=1e-5)
        assert float(matrix.norm()) == pytest.approx(3)


@pytest.mark.parametrize(("depth", "angle"), [(1, 90), (2, 180), (3, 60)])
def test_the_picture_without_javascript_tells_a_run(depth, angle):
    fallback = feedback_alignment({"depth": depth, "angle": angle}).fallback
    start = re.search(r"from (\d+)° to (\d+)° with feedback alignment, to (\d+)° with direct", fallback)
    assert int(start[1]) == angle
    shares = [float(share) for share in re.findall(r"<td>([\d.]+) %</td>", fallback)]
    assert len(shares) == 4
    assert shares[0] > 85
    assert shares[3] < shares[0] - 5
    assert fallback.count("<polyline") == 2


def test_what_the_chapter_says_of_the_figure():
    """At its rate feedback alignment lags behind; at ten times the rate hardly; the last layer alone far at any."""
    data = feedback_alignment().data

    def right(kind: str, lr: float) -> float:
        """Share of held-out digits, mean over seeds."""
        starts = [data | {"start": data["start"] | {"lr": lr, "seed": seed}} for seed in range(5)]
        return sum(still.train(start, kind)[0] for start in starts) / len(starts)

    assert right("backprop", 0.1) - right("feedback", 0.1) > 0.03
    best = max(right("backprop", lr) for lr in (0.3, 1.0))
    assert best - right("feedback", 1.0) < 0.015
    assert max(right("readout", lr) for lr in (0.1, 0.3, 1.0, 3.0, 10.0)) < best - 0.08
