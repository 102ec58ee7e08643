"""How far a mini-batch's gradient lies from the gradient over all examples."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lab_utils.core import generator
from lab_utils.evaluate import evaluating


def gradient_noise(
    model: nn.Module,
    x: Tensor,
    y: Tensor,
    *,
    batch_sizes: Sequence[int],
    draws: int = 100,
    loss: Callable[[Tensor, Tensor], Tensor] = F.cross_entropy,
    seed: int = 0,
) -> dict[int, float]:
    """For each batch size, the mean over `draws` batches of |gradient of the batch − gradient over all|².

    A batch is drawn from x (N, ...), y (N, ...) with replacement, so that theory says: the trace of the covariance of
    the single examples' gradients, over the batch size. Evaluation mode; gradients of the model are left alone.
    """
    if not batch_sizes or min(batch_sizes) < 1 or draws < 1:
        raise ValueError(f"expected batch sizes and draws of at least 1, got {list(batch_sizes)} and {draws}")
    if len(x) == 0 or len(x) != len(y):
        raise ValueError(f"expected as many inputs as targets, at least one, got {len(x)} and {len(y)}")
    weights = [p for p in model.parameters() if p.requires_grad]
    if not weights:
        raise ValueError("expected a model with trainable weights, got none")
    noise = generator(seed)

    def gradient(inputs: Tensor, targets: Tensor) -> Tensor:
        slopes = torch.autograd.grad(loss(model(inputs), targets), weights)
        return torch.cat([slope.reshape(-1) for slope in slopes])

    with evaluating(model):
        whole = gradient(x, y)
        distances = {size: [] for size in batch_sizes}  # type: dict[int, list[float]]
        for size in batch_sizes:
            for _ in range(draws):
                chosen = torch.randint(len(x), (size,), generator=noise)
                distances[size].append((gradient(x[chosen], y[chosen]) - whole).square().sum().item())
    return {size: sum(found) / draws for size, found in distances.items()}
