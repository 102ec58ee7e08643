"""Whether two representations tell the same stories: CKA and RSA, which need no matching of their units."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from scipy.stats import rankdata
from torch import Tensor

Likeness = Callable[[Tensor, Tensor], float]


def cka(x: Tensor, y: Tensor, *, debiased: bool = False) -> float:
    """Linear centred kernel alignment of activations x (N, ...) and y (N, ...) for the same N examples.

    1 where y is x rotated, shifted or scaled as a whole; 0 where nothing linear is shared. Features are flattened.
    With fewer examples than features, unrelated activations score well above 0: `debiased` uses the unbiased estimate
    of the alignment, whose expectation for them is 0 (it can be slightly negative; at least 4 examples). Source:
    Kornblith, Norouzi, Lee & Hinton, "Similarity of Neural Network Representations Revisited", ICML 2019, section 3;
    the estimate is that of Song et al., "Feature Selection via Dependence Maximization", JMLR 2012.
    """
    x, y = _paired(x, y, at_least=4 if debiased else 2)
    align = _unbiased_hsic if debiased else _hsic
    gram_x, gram_y = x @ x.T, y @ y.T
    own_x, own_y = align(gram_x, gram_x), align(gram_y, gram_y)
    if own_x <= 0 or own_y <= 0:
        raise ValueError("expected activations that differ between examples, got the same for all")
    return align(gram_x, gram_y) / (own_x * own_y) ** 0.5


def dissimilarity(x: Tensor) -> Tensor:
    """How differently each two examples are represented: (N, N) of 1 − Pearson correlation across the features.

    Activations (N, ...) are flattened; 0 on the diagonal, at most 2. Source: Kriegeskorte, Mur & Bandettini,
    "Representational similarity analysis", Frontiers in Systems Neuroscience 2008.
    """
    x = _rows(x, at_least=2)
    centred = x - x.mean(dim=1, keepdim=True)
    length = centred.norm(dim=1, keepdim=True)
    if (length <= 1e-12 * x.abs().amax(dim=1, keepdim=True).clamp_min(1e-300)).any():
        raise ValueError("expected activations that vary over the features of every example, got a constant example")
    unit = centred / length
    distance = 1 - unit @ unit.T
    return distance.fill_diagonal_(0.0)


def rsa(x: Tensor, y: Tensor) -> float:
    """Representational similarity: Spearman's rank correlation of the two dissimilarity matrices, in [−1, 1].

    Activations (N, ...) of the same N >= 3 examples; each pair of examples counts once.
    """
    x, y = _paired(x, y, at_least=3)
    above = torch.triu_indices(len(x), len(x), offset=1)
    ranks = [torch.from_numpy(rankdata(dissimilarity(each)[above[0], above[1]].numpy())) for each in (x, y)]
    if any(bool((rank == rank[0]).all()) for rank in ranks):
        raise ValueError("expected pairs of examples that differ in dissimilarity, got all equal")
    return float(torch.corrcoef(torch.stack(ranks))[0, 1])


def similarity_matrix(xs: Mapping[str, Tensor], ys: Mapping[str, Tensor], *, by: Likeness = cka) -> Tensor:
    """`by` of every activation in `xs` with every one in `ys`: (len(xs), len(ys)), in their order."""
    if not xs or not ys:
        raise ValueError(f"expected activations on both sides, got {len(xs)} and {len(ys)}")
    return torch.tensor([[by(x, y) for y in ys.values()] for x in xs.values()], dtype=torch.float64)


def _hsic(k: Tensor, m: Tensor) -> float:
    """Sum of products of two Gram matrices (N, N) after centring one of them, which centres the other as well."""
    centred = k - k.mean(0, keepdim=True) - k.mean(1, keepdim=True) + k.mean()
    return float((centred * m).sum())


def _unbiased_hsic(k: Tensor, m: Tensor) -> float:
    """The same without the pairs of an example with itself, which make unrelated things look alike."""
    n = len(k)
    k, m = k - k.diagonal().diag(), m - m.diagonal().diag()
    cross = float(k.sum(0) @ m.sum(1))
    return (float((k * m).sum()) + float(k.sum() * m.sum()) / ((n - 1) * (n - 2)) - 2 * cross / (n - 2)) / (n * (n - 3))


def _paired(x: Tensor, y: Tensor, at_least: int) -> tuple[Tensor, Tensor]:
    x, y = _rows(x, at_least), _rows(y, at_least)
    if len(x) != len(y):
        raise ValueError(f"expected activations for the same examples, got {len(x)} and {len(y)} of them")
    return x, y


def _rows(x: Tensor, at_least: int) -> Tensor:
    """Activations (N, ...) as float64 rows (N, P) on the CPU."""
    if not isinstance(x, Tensor) or x.ndim < 2 or x[0:1].numel() == 0 or len(x) < at_least:
        got = tuple(x.shape) if isinstance(x, Tensor) else type(x).__name__
        raise ValueError(f"expected activations of shape (N, ...) for at least {at_least} examples, got {got}")
    rows = x.detach().cpu().double().flatten(1)
    if not torch.isfinite(rows).all():
        raise ValueError("expected finite activations, got NaN or infinity among them")
    return rows
