"""Synapses that change by what they can see: the activity before them, the activity after them, and one number for all.

Each rule goes through inputs x (T, D) one after the other and returns the weights it had, (T + 1, D), the start first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lab_utils.core import generator


def hebb(x: Tensor, w: Tensor, *, lr: float, decay: float = 0.0) -> Tensor:
    """Hebb's rule for a linear neuron y = w·x: Δw = lr · (y x − decay · w).

    Nothing bounds it: along the first principal component the weights grow as long as `decay` lies below the largest
    eigenvalue of the mean of xxᵀ, and shrink to nothing above it. Source: Hebb (1949), as a formula in Dayan & Abbott,
    *Theoretical Neuroscience*, MIT Press 2001, section 8.2.
    """
    w = _checked(x, w, lr)
    path = [w]
    for now in x:
        y = w @ now
        w = w + lr * (y * now - decay * w)
        path.append(w)
    return torch.stack(path)


def oja(x: Tensor, w: Tensor, *, lr: float) -> Tensor:
    """Oja's rule for a linear neuron y = w·x: Δw = lr · y (x − y w).

    The subtracted term keeps the length near 1, and the direction goes to the first principal component of inputs of
    mean zero. Source: Oja, "A simplified neuron model as a principal component analyzer", J. Mathematical Biology
    1982.
    """
    w = _checked(x, w, lr)
    path = [w]
    for now in x:
        y = w @ now
        w = w + lr * y * (now - y * w)
        path.append(w)
    return torch.stack(path)


@dataclass(frozen=True)
class Sliding:
    """Weights (T + 1, D) of a rule, the neuron's answers (T,), and what slid along with them: (T + 1,)."""

    weights: Tensor
    answers: Tensor
    slid: Tensor


def bcm(x: Tensor, w: Tensor, *, lr: float, memory: float = 100.0, threshold: float | None = None) -> Sliding:
    """The BCM rule for y = max(w·x, 0): Δw = lr · y (y − θ) x, more than θ strengthens and less weakens.

    θ (in `slid`) is a running mean of y² over about `memory` inputs, so that a busy neuron finds it harder to
    strengthen anything; it starts at 0. A number as `threshold` keeps θ there instead. Source: Bienenstock, Cooper &
    Munro, J. Neuroscience 1982, with the threshold of Intrator & Cooper, Neural Networks 1992.
    """
    w = _checked(x, w, lr)
    _check_memory(memory)
    theta = 0.0 if threshold is None else threshold
    path, answers, slid = [w], [], [theta]
    for now in x:
        y = max(float(w @ now), 0.0)
        w = w + lr * y * (y - theta) * now
        if threshold is None:
            theta += (y**2 - theta) / memory
        path.append(w)
        answers.append(y)
        slid.append(theta)
    return Sliding(torch.stack(path), torch.tensor(answers), torch.tensor(slid))


def scaled_hebb(
    x: Tensor, w: Tensor, *, lr: float, target: float, memory: float = 100.0, gain: float = 0.05
) -> Sliding:
    """Hebb's rule for y = max(w·x, 0) with synaptic scaling: all weights shrink or grow together to hold a mean rate.

    After each input Δw = lr · y x; then w grows by the share gain · (target − rate) / target, or shrinks by the share
    gain · (rate − target) / rate, with the running mean `rate` of y (in `slid`) over about `memory` inputs. Scaling
    leaves the pattern of the weights alone. While Hebb's rule multiplies w by 1 + lr · λ an input, the rate settles
    at target / (1 − lr · λ / gain): a little above target if gain is well above lr · λ, never if it is below. Source:
    Turrigiano, "The self-tuning neuron: synaptic scaling of excitatory synapses", Cell 2008.
    """
    w = _checked(x, w, lr)
    _check_memory(memory)
    if not target > 0 or not 0 < gain < 1:
        raise ValueError(f"expected a positive target and a gain between 0 and 1, got {target} and {gain}")
    rate = target
    path, answers, slid = [w], [], [rate]
    for now in x:
        y = max(float(w @ now), 0.0)
        rate += (y - rate) / memory
        w = (w + lr * y * now) * (1 + gain * (target - rate) / max(rate, target))
        path.append(w)
        answers.append(y)
        slid.append(rate)
    return Sliding(torch.stack(path), torch.tensor(answers), torch.tensor(slid))


@dataclass(frozen=True)
class RewardRun:
    """Weights (T + 1, K, D) of K neurons, and the reward of each trial (T,)."""

    weights: Tensor
    rewards: Tensor


def reward_hebb(x: Tensor, targets: Tensor, w: Tensor, *, lr: float, noise: float = 0.1, seed: int = 0) -> RewardRun:
    """A three-factor rule for K linear neurons y = Wx + ξ: Δw[k] = lr · (R − R̄) · ξ[k] x / noise².

    The reward R = −‖y − target‖² of a trial, x (T, D) and targets (T, K), is one number for all synapses of W (K, D);
    R̄ is the reward that the neurons would have had without their noise ξ, as an ideal critic expects it. The mean
    change is lr times the gradient of R̄, exactly; its scatter grows with the number of neurons. ξ has standard
    deviation `noise`, drawn by `seed`. Source: Werfel, Xie & Seung, Neural Computation 2005; as a rule
    for synapses, Frémaux & Gerstner, "Neuromodulated spike-timing-dependent plasticity, and theory of three-factor
    learning rules", Frontiers in Neural Circuits 2016.
    """
    if x.ndim != 2 or w.ndim != 2 or w.shape[1] != x.shape[1] or targets.shape != (len(x), len(w)) or len(x) == 0:
        raise ValueError(
            f"expected x (T, D), targets (T, K) and w (K, D), got {tuple(x.shape)}, {tuple(targets.shape)}, "
            f"{tuple(w.shape)}"
        )
    if not lr > 0 or not noise > 0:
        raise ValueError(f"expected positive lr and noise, got {lr} and {noise}")
    shakes = noise * torch.randn(targets.shape, generator=generator(seed), dtype=w.dtype)
    path, rewards = [w], []
    for now, target, shake in zip(x, targets, shakes, strict=True):
        missing = w @ now - target
        expected, reward = -missing.dot(missing), -(missing + shake).pow(2).sum()
        w = w + lr * (reward - expected) / noise**2 * torch.outer(shake, now)
        path.append(w)
        rewards.append(float(reward))
    return RewardRun(torch.stack(path), torch.tensor(rewards))


def _checked(x: Tensor, w: Tensor, lr: float) -> Tensor:
    """The start, once inputs (T, D) and weights (D,) fit and are usable."""
    if x.ndim != 2 or len(x) == 0 or w.shape != x.shape[1:]:
        raise ValueError(f"expected inputs (T, D), not empty, and weights (D,), got {tuple(x.shape)}, {tuple(w.shape)}")
    if x.dtype != w.dtype or not x.is_floating_point():
        raise TypeError(f"expected inputs and weights of one floating-point type, got {x.dtype} and {w.dtype}")
    if not (torch.isfinite(x).all() and torch.isfinite(w).all()):
        raise ValueError("expected finite inputs and weights, got NaN or infinity among them")
    if not 0 < lr < math.inf:
        raise ValueError(f"expected a positive finite lr, got {lr}")
    return w.clone()


def _check_memory(memory: float) -> None:
    if not 1 <= memory < math.inf:
        raise ValueError(f"expected a memory of at least 1 input, got {memory}")
