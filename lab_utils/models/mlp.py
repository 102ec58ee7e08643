"""Fully connected networks (multi-layer perceptrons)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from itertools import pairwise

from torch import nn

from lab_utils.core import seeded
from lab_utils.models.sequence import NamedSequence


class MLP(NamedSequence):
    """Flatten, then linear layers of the given `widths` (inputs first, outputs last) with an activation between them.

    Input (B, ...) with widths[0] numbers an example, to (B, widths[-1]). `MLP((784, 153, 10))` has 121,645 parameters.
    `batch_norm` normalises before each activation, `dropout` drops that share of the units after it; neither changes
    the initial weights that a `seed` gives.
    """

    def __init__(
        self,
        widths: Sequence[int],
        *,
        activation: Callable[[], nn.Module] = nn.ReLU,
        dropout: float = 0.0,
        batch_norm: bool = False,
        seed: int = 0,
    ) -> None:
        if len(widths) < 2 or min(widths) < 1:
            raise ValueError(f"expected at least two positive widths (inputs, ..., outputs), got {tuple(widths)}")
        if not 0 <= dropout < 1:
            raise ValueError(f"expected a dropout from 0 up to, but not including, 1, got {dropout}")
        layers: OrderedDict[str, nn.Module] = OrderedDict(flatten=nn.Flatten())
        with seeded(seed):
            for number, (inputs, outputs) in enumerate(pairwise(widths), start=1):
                layers[f"linear{number}"] = nn.Linear(inputs, outputs)
                if number == len(widths) - 1:
                    break
                if batch_norm:
                    layers[f"norm{number}"] = nn.BatchNorm1d(outputs)
                layers[f"activation{number}"] = activation()
                if dropout:
                    layers[f"dropout{number}"] = nn.Dropout(dropout)
        super().__init__(layers)


def dense_of_equal_size(parameters: int, *, inputs: int = 784, outputs: int = 10, seed: int = 0) -> MLP:
    """A network with one hidden layer whose parameter count is as near to `parameters` as its width allows."""
    if parameters < inputs + 2 * outputs + 1:
        raise ValueError(
            f"expected at least {inputs + 2 * outputs + 1} parameters for one hidden unit, got {parameters}"
        )
    width = round((parameters - outputs) / (inputs + 1 + outputs))
    return MLP((inputs, width, outputs), seed=seed)
