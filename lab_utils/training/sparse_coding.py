"""Sparse coding: patches written as sums of few atoms, and atoms learned so that few suffice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from lab_utils.core import generator
from lab_utils.training.sparsity import soft_threshold

Watch = Callable[[int, Tensor], None]


@dataclass
class SparseRun:
    """What learning left behind: atoms (K, P) of length 1, and for every update three means over its batch.

    `energy` is ½‖x − aD‖² + λ‖a‖₁ a patch, `active` the share of codes that are not zero, `unexplained` the share of
    the patches' squared length that the atoms leave over.
    """

    dictionary: Tensor
    energy: list[float] = field(default_factory=list)
    active: list[float] = field(default_factory=list)
    unexplained: list[float] = field(default_factory=list)


def sparse_energy(x: Tensor, dictionary: Tensor, codes: Tensor, penalty: float) -> Tensor:
    """Energy (N,) of codes a (N, K) for patches x (N, P): ½‖x − aD‖² + penalty · ‖a‖₁, atoms D (K, P).

    Source: Olshausen & Field, "Emergence of simple-cell receptive field properties by learning a sparse code for
    natural images", Nature 1996, equations 2 to 4, with S(a) = |a|.
    """
    _check(x, dictionary, penalty)
    if codes.shape != (len(x), len(dictionary)):
        raise ValueError(f"expected codes of shape ({len(x)}, {len(dictionary)}), got {tuple(codes.shape)}")
    return 0.5 * (x - codes @ dictionary).pow(2).sum(1) + penalty * codes.abs().sum(1)


def ista(x: Tensor, dictionary: Tensor, *, penalty: float, steps: int = 100) -> Tensor:
    """Codes (N, K) of least energy by `steps` plain steps: down the gradient, then each code shrunk towards zero.

    Source: Daubechies, Defrise & De Mol, "An iterative thresholding algorithm for linear inverse problems with a
    sparsity constraint", Communications on Pure and Applied Mathematics 2004.
    """
    _check(x, dictionary, penalty, steps)
    gram, target, rate = _quadratic(x, dictionary)
    codes = torch.zeros_like(target)
    for _ in range(steps):
        codes = soft_threshold(codes - rate * (codes @ gram - target), rate * penalty)
    return codes


def fista(x: Tensor, dictionary: Tensor, *, penalty: float, steps: int = 40) -> Tensor:
    """The codes of `ista` in far fewer steps: each starts a little ahead, where the last two steps pointed.

    Patches x (N, P) and atoms (K, P) give codes (N, K), most of them exactly zero. Source: Beck & Teboulle, "A fast
    iterative shrinkage-thresholding algorithm for linear inverse problems", SIAM J. Imaging Sciences 2009, section 4.
    """
    _check(x, dictionary, penalty, steps)
    gram, target, rate = _quadratic(x, dictionary)
    codes, ahead, t = torch.zeros_like(target), torch.zeros_like(target), 1.0
    for _ in range(steps):
        before = codes
        codes = soft_threshold(ahead - rate * (ahead @ gram - target), rate * penalty)
        t, t_before = (1 + (1 + 4 * t**2) ** 0.5) / 2, t
        ahead = codes + (t_before - 1) / t * (codes - before)
    return codes


def learn_atoms(
    x: Tensor,
    *,
    atoms: int = 196,
    penalty: float = 1.6,
    updates: int = 400,
    batch_size: int = 250,
    seed: int = 0,
    inference_steps: int = 40,
    watch: Watch | None = None,
) -> SparseRun:
    """Learn `atoms` for patches x (N, P): code a batch, then move each atom to where its codes leave least over.

    The atoms' update is block coordinate descent on running sums over past batches (Mairal, Bach, Ponce & Sapiro,
    "Online dictionary learning for sparse coding", ICML 2009, algorithm 2), with no learning rate to choose. Atoms
    start as random directions; `seed` draws them and the batches. `watch(update, dictionary)` is called before the
    first update (as 0) and after each.
    """
    if atoms < 1 or updates < 1 or batch_size < 1:
        raise ValueError(f"expected positive atoms, updates and batch_size, got {atoms}, {updates}, {batch_size}")
    draw = generator(seed)
    dictionary = torch.randn(atoms, x.shape[-1], generator=draw, dtype=x.dtype)
    dictionary /= dictionary.norm(dim=1, keepdim=True)
    _check(x, dictionary, penalty, inference_steps)
    run = SparseRun(dictionary)
    together = torch.zeros(atoms, atoms, dtype=x.dtype)  # running sum of aᵀa: which atoms answer together
    evidence = torch.zeros_like(dictionary)  # running sum of aᵀx: what each atom answers to
    if watch is not None:
        watch(0, dictionary)
    for update in range(1, updates + 1):
        batch = x[torch.randint(len(x), (batch_size,), generator=draw)]
        codes = fista(batch, dictionary, penalty=penalty, steps=inference_steps)
        _record(run, batch, codes, penalty)
        keep = 1 - 1 / min(update, MEMORY)  # codes of long ago belong to other atoms: forget them
        together = keep * together + codes.T @ codes
        evidence = keep * evidence + codes.T @ batch
        improve_atoms(dictionary, together, evidence)
        if watch is not None:
            watch(update, dictionary)
    return run


MEMORY = 50  # updates over which the running sums reach back


def improve_atoms(dictionary: Tensor, together: Tensor, evidence: Tensor) -> None:
    """One pass of block coordinate descent over the atoms (K, P), in place: `together` aᵀa (K, K), `evidence` aᵀx.

    An atom that no patch has used stays as it is. Source: Mairal et al. (2009), equation 10.
    """
    for k in (together.diagonal() > 0).nonzero()[:, 0].tolist():
        moved = dictionary[k] + (evidence[k] - together[k] @ dictionary) / together[k, k]
        dictionary[k] = moved / moved.norm()


def _record(run: SparseRun, x: Tensor, codes: Tensor, penalty: float) -> None:
    left = (x - codes @ run.dictionary).pow(2).sum() / x.pow(2).sum()
    run.energy.append(sparse_energy(x, run.dictionary, codes, penalty).mean().item())
    run.active.append((codes != 0).float().mean().item())
    run.unexplained.append(left.item())


def _quadratic(x: Tensor, dictionary: Tensor) -> tuple[Tensor, Tensor, float]:
    """DDᵀ (K, K), xDᵀ (N, K), and the largest safe step, one over the largest eigenvalue of DDᵀ."""
    gram = dictionary @ dictionary.T
    return gram, x @ dictionary.T, 1 / float(torch.linalg.matrix_norm(dictionary, 2)) ** 2


def _check(x: Tensor, dictionary: Tensor, penalty: float, steps: int = 1) -> None:
    for name, values in (("patches", x), ("atoms", dictionary)):
        if values.ndim != 2 or len(values) == 0 or not values.is_floating_point():
            raise ValueError(f"expected {name} as floats (rows, pixels), got {tuple(values.shape)} of {values.dtype}")
        if not torch.isfinite(values).all():
            raise ValueError(f"expected finite {name}, got NaN or infinity among them")
    if x.shape[1] != dictionary.shape[1]:
        raise ValueError(f"expected atoms of {x.shape[1]} pixels, as the patches have, got {dictionary.shape[1]}")
    if not 0 < penalty < float("inf") or steps < 1:
        raise ValueError(f"expected a positive finite penalty and at least 1 step, got {penalty} and {steps}")
