"""Scores of attention patterns: exact on patterns made by hand, and refused where the input cannot be attention."""

import math

import pytest
import torch
from torch import nn

from lab_utils.core import generator
from lab_utils.measure import (
    equivariance_error,
    induction_scores,
    previous_place_scores,
    repeat_accuracy,
)
from lab_utils.models import Attention, causal_mask


def looking_back(places: int, length: int = 10) -> torch.Tensor:
    """Each place looks that far back, or at the first place where there is none."""
    target = (torch.arange(length) - places).clamp(min=0)
    return nn.functional.one_hot(target, length).float()


def even(length: int = 10) -> torch.Tensor:
    """Each place looks at itself and all before it alike."""
    mask = causal_mask(length).float()
    return mask / mask.sum(-1, keepdim=True)


@pytest.mark.parametrize("period", [2, 3, 5])
def test_only_the_head_that_looks_one_after_the_last_time_is_an_induction_head(period):
    heads = torch.stack([looking_back(period - 1), looking_back(period), looking_back(period + 1)])
    assert induction_scores(heads, period).tolist() == [1, 0, 0]
    assert induction_scores(heads[None], period).shape == (1, 3)


@pytest.mark.parametrize("period", [2, 4, 7])
def test_an_even_look_scores_the_mean_of_its_weights(period):
    expected = sum(1 / (place + 1) for place in range(period, 10)) / (10 - period)
    assert induction_scores(even(), period).item() == pytest.approx(expected)
    assert previous_place_scores(even()).item() == pytest.approx(sum(1 / (t + 1) for t in range(1, 10)) / 9)


def test_previous_place_scores_by_hand():
    assert previous_place_scores(torch.stack([looking_back(1), looking_back(2)])).tolist() == pytest.approx([1, 1 / 9])


class LooksBack(nn.Module):
    """Predicts that what comes next is what came next `period` places ago; before that, token 0."""

    def __init__(self, period: int) -> None:
        super().__init__()
        self.period = period

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        guess = torch.zeros_like(ids)
        guess[:, self.period - 1 :] = ids[:, : ids.shape[1] - self.period + 1]
        return nn.functional.one_hot(guess, 9).float()


@pytest.mark.parametrize("period", [3, 5])
def test_repeat_accuracy_counts_the_repeats_alone(period):
    ids = torch.randint(1, 9, (6, period), generator=generator(period)).repeat(1, 4)
    assert repeat_accuracy(LooksBack(period), ids, period) == 1
    wrong = repeat_accuracy(LooksBack(period - 1), ids, period)
    expected = (ids[:, 1 : -period + 1] == ids[:, period:]).double().mean().item()
    assert wrong == pytest.approx(expected)
    assert wrong < 0.6


@pytest.mark.parametrize("seed", range(3))
def test_attention_is_equivariant_until_it_knows_places(seed):
    x = torch.randn(2, 7, 8, generator=generator(seed), dtype=torch.float64)
    order = torch.randperm(7, generator=generator(10 + seed))
    assert equivariance_error(Attention(8, 2).double(), x, order) < 1e-12
    assert equivariance_error(lambda x: x.cumsum(1), x, order) > 0.1
    assert equivariance_error(lambda x: x.cumsum(1), x, torch.arange(7)) == 0


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_weights_of_any_precision_are_read(dtype):
    quarter = torch.full((3, 4, 4), 0.25, dtype=dtype)  # exact in each of them
    assert previous_place_scores(quarter).tolist() == [0.25] * 3


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: induction_scores(even(), 10), "period from 1 to 9"),
        (lambda: induction_scores(even(), 0), "period from 1 to 9"),
        (lambda: previous_place_scores(torch.ones(4, 4)), "sum to 1"),
        (lambda: previous_place_scores(torch.ones(4)), r"\(\.\.\., T, T\)"),
        (lambda: previous_place_scores(torch.eye(3, dtype=torch.int64)), "int64"),
        (lambda: repeat_accuracy(LooksBack(2), torch.ones(1, 4, dtype=torch.int64), 4), "period from 1 to 3"),
        (lambda: induction_scores(torch.full((4, 6), 1 / 6), 2), r"square, \(\.\.\., T, T\), got \(4, 6\)"),
        (lambda: previous_place_scores(torch.full((6, 4), 1 / 4)), "square"),
        (lambda: previous_place_scores(torch.zeros(0, 4, 4)), "square"),
        (lambda: previous_place_scores(torch.tensor([[2.0, -1.0]] * 2)), "0 or more"),
        (lambda: previous_place_scores(torch.ones(1, 1)), "at least 2 places, got 1"),
        (lambda: repeat_accuracy(LooksBack(2), torch.ones(4, dtype=torch.int64), 2), r"\(B, T\), got \(4,\)"),
        (lambda: repeat_accuracy(LooksBack(2), torch.arange(8).reshape(2, 4), 2), "repeat every 2 places"),
        (lambda: equivariance_error(nn.Identity(), torch.ones(1, 3, 2), torch.tensor([0, 0, 1])), "permutation of 3"),
        (lambda: equivariance_error(nn.Identity(), torch.ones(3), torch.arange(3)), r"\(B, T, \.\.\.\), got \(3,\)"),
        (lambda: equivariance_error(lambda x: x.sum(1), torch.ones(1, 3, 2), torch.arange(3)), "first two axes"),
        (lambda: equivariance_error(lambda x: 0 * x, torch.ones(1, 3, 2), torch.arange(3)), "not all zero"),
        (lambda: equivariance_error(nn.Identity(), torch.full((1, 3, 2), math.nan), torch.arange(3)), "finite"),
    ],
)
def test_bad_input_is_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
