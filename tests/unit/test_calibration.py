"""Calibration: hand-computed examples, a naive loop, closed forms, scikit-learn."""

import math

import pytest
import torch
from sklearn.metrics import log_loss
from torch.nn import functional as F

from lab_utils import measure
from lab_utils.core import generator
from lab_utils.plotting import figure, reliability

SEEDS = range(4)


def answers(seed, count=500, classes=5):
    g = generator(seed)
    p = (2 * torch.randn(count, classes, generator=g)).softmax(1)
    return p, torch.randint(classes, (count,), generator=g)


def naive_ece(p, y, bins):
    """Guo et al.'s equations 1 to 3, an answer at a time."""
    total = 0.0
    for m in range(bins):
        inside = [i for i in range(len(p)) if m / bins < p[i].max().item() <= (m + 1) / bins]
        if inside:
            right = sum(int(p[i].argmax() == y[i]) for i in inside) / len(inside)
            sure = sum(p[i].max().item() for i in inside) / len(inside)
            total += len(inside) / len(p) * abs(right - sure)
    return total


def test_an_example_by_hand():
    """Four answers in two of five bins: 0.9 right, 0.9 wrong; 0.6 right, 0.7 right."""
    p = torch.tensor([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.3, 0.7]])
    y = torch.tensor([0, 1, 1, 1])
    found = measure.reliability(p, y, bins=5)
    assert found.count.tolist() == [0, 0, 1, 1, 2]  # 0.6 lies on an edge and belongs below it
    assert found.accuracy[2:].tolist() == pytest.approx([1, 1, 0.5])
    assert found.confidence[2:].tolist() == pytest.approx([0.6, 0.7, 0.9])
    assert found.accuracy[:2].isnan().all()
    assert found.ece == pytest.approx((0.4 + 0.3 + 2 * 0.4) / 4)
    assert found.overconfidence == pytest.approx((0.9 + 0.9 + 0.6 + 0.7 - 3) / 4)
    assert measure.negative_log_likelihood(p, y) == pytest.approx(-math.log(0.9 * 0.1 * 0.6 * 0.7) / 4)
    assert measure.brier_score(p, y) == pytest.approx((0.02 + 1.62 + 0.32 + 0.18) / 4)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("bins", [1, 7, 15])
def test_ece_equals_a_naive_loop_and_bins_hold_every_answer(seed, bins):
    p, y = answers(seed)
    found = measure.reliability(p, y, bins=bins)
    assert found.count.sum() == len(y)
    assert len(found.edges) == bins + 1
    assert found.ece == pytest.approx(naive_ece(p.double(), y, bins), abs=1e-9)
    assert measure.expected_calibration_error(p, y, bins=bins) == found.ece
    shuffled = torch.randperm(len(y), generator=generator(seed))
    assert measure.expected_calibration_error(p[shuffled], y[shuffled], bins=bins) == pytest.approx(found.ece)


@pytest.mark.parametrize("seed", SEEDS)
def test_one_bin_compares_means_and_overconfidence_is_their_difference(seed):
    p, y = answers(seed)
    difference = (p.amax(1).double().mean() - (p.argmax(1) == y).double().mean()).item()
    assert measure.expected_calibration_error(p, y, bins=1) == pytest.approx(abs(difference))
    assert measure.reliability(p, y).overconfidence == pytest.approx(difference)


@pytest.mark.parametrize("seed", SEEDS)
def test_labels_drawn_from_the_probabilities_are_calibrated_and_sharpened_ones_are_not(seed):
    p, _ = answers(seed, count=50_000)
    y = torch.multinomial(p, 1, generator=generator(seed + 100))[:, 0]
    assert measure.expected_calibration_error(p, y) < 0.01
    sharp = (3 * p.log()).softmax(1)
    assert measure.expected_calibration_error(sharp, y) > 0.15
    assert measure.reliability(sharp, y).overconfidence > 0.15
    assert measure.fit_temperature(3 * p.log(), y) == pytest.approx(3, rel=0.05)
    assert measure.fit_temperature(p.log() / 2, y) == pytest.approx(0.5, rel=0.05)


@pytest.mark.parametrize("seed", SEEDS)
def test_scores_equal_references(seed):
    p, y = answers(seed)
    whole = p.double() / p.double().sum(1, keepdim=True)
    assert measure.negative_log_likelihood(p, y) == pytest.approx(log_loss(y, whole, labels=range(5)), rel=1e-5)
    assert measure.negative_log_likelihood(p, y) == pytest.approx(F.nll_loss(p.log(), y).item(), rel=1e-4)
    by_hand = sum((p[i, k] - float(y[i] == k)) ** 2 for i in range(50) for k in range(5)) / 50
    assert measure.brier_score(p[:50], y[:50]) == pytest.approx(by_hand.item(), rel=1e-5)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_other_temperature_is_better(seed):
    g = generator(seed)
    logits, y = 4 * torch.randn(300, 6, generator=g), torch.randint(6, (300,), generator=g)
    logits[torch.arange(300), y] += 5
    best = measure.fit_temperature(logits, y)
    loss = lambda t: F.cross_entropy(logits / t, y).item()  # noqa: E731
    assert all(loss(best) <= loss(best * factor) + 1e-6 for factor in (0.7, 0.9, 0.99, 1.01, 1.1, 1.5))


def test_extreme_probabilities():
    p, y = torch.eye(3), torch.arange(3)
    assert measure.expected_calibration_error(p, y) == 0
    assert measure.brier_score(p, y) == 0
    assert measure.negative_log_likelihood(p, y) == 0
    wrong = torch.tensor([1, 2, 0])
    assert measure.expected_calibration_error(p, wrong) == 1
    assert measure.brier_score(p, wrong) == 2
    assert measure.negative_log_likelihood(p, wrong) == math.inf


SCORES = [
    measure.reliability,
    measure.expected_calibration_error,
    measure.negative_log_likelihood,
    measure.brier_score,
]


@pytest.mark.parametrize("score", SCORES, ids=lambda f: f.__name__)
@pytest.mark.parametrize(
    ("p", "y", "message"),
    [
        (torch.eye(3), torch.arange(2), r"probabilities \(N, K\) and labels \(N,\)"),
        (torch.eye(3)[0], torch.arange(3), r"got \(3,\) and \(3,\)"),
        (torch.rand(0, 3), torch.arange(0), "not empty"),
        (torch.eye(3), torch.tensor([0, 1, 3]), "integer labels from 0 to 2"),
        (torch.eye(3), torch.rand(3), "integer labels from 0 to 2"),
        (torch.randn(3, 3, generator=generator(0)), torch.arange(3), "apply softmax"),
        (torch.eye(3) * math.nan, torch.arange(3), "apply softmax"),
        (2 * torch.eye(3), torch.arange(3), "apply softmax"),
    ],
)
def test_what_is_no_answer_is_refused(score, p, y, message):
    with pytest.raises(ValueError, match=message):
        score(p, y)


def test_more_that_is_refused():
    with pytest.raises(ValueError, match="at least 1 bin, got 0"):
        measure.reliability(torch.eye(3), torch.arange(3), bins=0)
    with pytest.raises(ValueError, match=r"expected logits \(N, K\) and labels \(N,\)"):
        measure.fit_temperature(torch.eye(3), torch.arange(2))
    with pytest.raises(ValueError, match="finite logits"):
        measure.fit_temperature(torch.eye(3) / 0, torch.arange(3))


def test_the_diagram_draws_each_bin_that_holds_answers():
    p, y = answers(0)
    bins = measure.reliability(p, y, bins=10)
    fig, ax = figure()
    assert reliability(ax, bins) is ax
    filled = int((bins.count > 0).sum())
    assert len(ax.patches) == 2 * filled  # the share of right answers, and the gap to the confidence
    heights = sorted(bar.get_height() for bar in ax.patches[::2])
    assert heights == pytest.approx(sorted(bins.accuracy[bins.count > 0].tolist()))
    assert f"ECE {bins.ece:.3f}" in [text.get_text() for text in ax.texts]
    fig.canvas.draw()


class Broken:
    edges, count, confidence, accuracy, ece = torch.arange(3), torch.arange(3), torch.rand(3), torch.rand(3), 0.0


def test_bins_that_do_not_fit_their_edges_are_refused():
    _, ax = figure()
    with pytest.raises(ValueError, match="one edge more, got 3 edges"):
        reliability(ax, Broken())
