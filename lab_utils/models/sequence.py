"""The shape that most networks of the book share: named layers in a row."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from torch import nn


class NamedSequence(nn.Sequential):
    """An `nn.Sequential` that can be subclassed with another constructor: a slice of it is a plain `nn.Sequential`.

    Without this, `model[:4]` would call the subclass's own constructor with the sliced layers and fail.
    """

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return nn.Sequential(OrderedDict(list(self._modules.items())[index]))
        return super().__getitem__(index)
