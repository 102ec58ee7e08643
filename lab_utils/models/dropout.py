"""Noise inside a network while it trains: units dropped (dropout), and whole blocks dropped (stochastic depth)."""

from __future__ import annotations

from torch import Tensor, nn

from lab_utils.core import seeded


class Dropout(nn.Module):
    """Set each number to zero with probability `p` in training, and divide the rest by 1 - p; else do nothing.

    Srivastava et al. (2014), with the scaling at training time ("inverted"), so that the expected value is the input
    and evaluation needs no correction. Any shape. The same draws as `nn.Dropout` from the same seed.
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = _share(p, "p")

    def forward(self, x: Tensor) -> Tensor:
        """Some numbers dropped and the others enlarged in training; `x` itself in evaluation."""
        if not self.training or self.p == 0:
            return x
        kept = x.new_empty(x.shape).bernoulli_(1 - self.p)  # 1 with probability 1 - p, else 0
        return x * kept / (1 - self.p)


class StochasticDepth(nn.Module):
    """Drop a block's whole output for an example with probability `drop` in training, and divide the rest by 1 - drop.

    It stands on a residual branch, x + StochasticDepth(branch(x)), which becomes the identity where it drops. Huang
    et al. (2016) drop for a whole batch and scale in evaluation (equation 5); per example and inverted is how it is
    done since, and the expected value is the same. (B, ...) to the same shape.
    """

    def __init__(self, drop: float) -> None:
        super().__init__()
        self.drop = _share(drop, "drop")

    def forward(self, branch: Tensor) -> Tensor:
        """The branch's output, in training with some examples' share of it gone."""
        if not self.training or self.drop == 0:
            return branch
        kept = branch.new_empty(len(branch), *[1] * (branch.ndim - 1)).bernoulli_(1 - self.drop)  # (B, 1, ...)
        return branch * kept / (1 - self.drop)


class ResidualMLP(nn.Module):
    """A deep dense network with shortcuts: linear, `blocks` times x + branch(x), linear.

    A branch is layer norm, linear, ReLU, linear. Input (B, ...) with `inputs` numbers an example, to logits
    (B, outputs). The last block is dropped with probability `drop`, the earlier ones more rarely, on a straight line
    from 0 at the input (Huang et al., 2016, equation 4). `drop` leaves the initial weights that a `seed` gives alone.
    """

    def __init__(
        self,
        *,
        inputs: int = 784,
        width: int = 128,
        blocks: int = 6,
        outputs: int = 10,
        drop: float = 0.0,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if min(inputs, width, blocks, outputs) < 1:
            raise ValueError(
                "expected inputs, width, blocks and outputs of at least 1, got "
                f"{inputs}, {width}, {blocks} and {outputs}"
            )
        _share(drop, "drop")
        with seeded(seed):
            self.embed = nn.Linear(inputs, width)
            self.branches = nn.ModuleList(_branch(width, drop * block / blocks) for block in range(1, blocks + 1))
            self.linear = nn.Linear(width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (B, outputs)."""
        h = self.embed(x.flatten(1))
        for branch in self.branches:
            h = h + branch(h)
        return self.linear(h)


def _branch(width: int, drop: float) -> nn.Sequential:
    return nn.Sequential(
        nn.LayerNorm(width), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width), StochasticDepth(drop)
    )


def _share(value: float, name: str) -> float:
    if not 0 <= value < 1:
        raise ValueError(f"expected {name} from 0 up to, but not including, 1, got {value}")
    return value
