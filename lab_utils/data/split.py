"""Labelled examples in memory, and how some of them are kept back for validation."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from lab_utils.core import generator


@dataclass(frozen=True)
class Split:
    """Examples `x` and their labels `y`, int64 (N,).

    Images are float32 (N, C, H, W) in [0, 1], points float32 (N, D); windows of a text are int64 (N, T), and so are
    their labels, the characters one place further on.
    """

    x: torch.Tensor
    y: torch.Tensor

    def __len__(self) -> int:
        return len(self.y)

    def __repr__(self) -> str:
        kind = "images" if self.x.ndim == 4 else "examples"
        return f"Split({len(self):,} {kind} of shape {tuple(self.x.shape[1:])})"

    def take(self, count: int, *, seed: int) -> Split:
        """A random subset of `count` examples, the same for the same seed."""
        if not 0 < count <= len(self):
            raise ValueError(f"expected a count from 1 to {len(self)}, got {count}")
        chosen = torch.randperm(len(self), generator=generator(seed))[:count]
        return Split(self.x[chosen], self.y[chosen])


@dataclass(frozen=True)
class ImageData:
    """A labelled data set: what to train on, what to choose settings by, what to report once, and the class names."""

    train: Split
    validation: Split
    test: Split
    classes: tuple[str, ...]


def hold_out(split: Split, *, share: float, seed: int) -> tuple[Split, Split]:
    """Cut `split` at random into what is left for training and the `share` of it that is kept for validation."""
    if not 0 <= share < 1:
        raise ValueError(f"expected a validation share from 0 up to, but not including, 1, got {share}")
    order = torch.randperm(len(split), generator=generator(seed))
    count = round(share * len(split))
    # Sorted indices keep the file's order within each part and make the copy sequential in memory.
    kept, rest = order[:count].sort().values, order[count:].sort().values
    return Split(split.x[rest], split.y[rest]), Split(split.x[kept], split.y[kept])
