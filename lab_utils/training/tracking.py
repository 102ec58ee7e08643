"""Learning rates that follow surprise: one estimate, updated by prediction errors, with a rate that may change."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Track:
    """Estimates (T + 1,), each made before the next outcome is seen, and the rate (T,) that each outcome met."""

    estimates: Tensor
    rates: Tensor


def delta_rule(outcomes: Tensor, *, rate: float) -> Track:
    """Estimate v ← v + rate · (outcome − v), starting from 0 (Rescorla & Wagner, 1972)."""
    if not 0 < rate <= 1:
        raise ValueError(f"expected a rate above 0 and up to 1, got {rate}")
    outcomes = _checked(outcomes)
    estimates, rates = [0.0], []
    for outcome in outcomes.tolist():
        estimates.append(estimates[-1] + rate * (outcome - estimates[-1]))
        rates.append(rate)
    return _track(estimates, rates)


def pearce_hall(outcomes: Tensor, *, scale: float, memory: float, start: float = 1.0) -> Track:
    """The delta rule with a rate that follows recent surprise: it is scale · (running mean of |prediction error|), at
    most 1.

    The mean reaches back over about `memory` outcomes; `start` is the first rate. Source: Pearce & Hall,
    Psychological Review 1980, in the form of Li, Schiller, Schoenbaum, Phelps & Daw, Nature Neuroscience 2011.
    """
    if not scale > 0 or not memory >= 1 or not 0 < start <= 1:
        raise ValueError(f"expected scale > 0, memory >= 1, start above 0 up to 1, got {scale}, {memory}, {start}")
    outcomes = _checked(outcomes)
    estimates, rates, surprise = [0.0], [], start / scale
    for outcome in outcomes.tolist():
        rates.append(min(scale * surprise, 1.0))
        error = outcome - estimates[-1]
        estimates.append(estimates[-1] + rates[-1] * error)
        surprise += (abs(error) - surprise) / memory
    return _track(estimates, rates)


def change_point_rate(outcomes: Tensor, *, jump: float, reach: float, noise: float) -> Track:
    """The delta rule with the rate that (nearly) optimal inference asks for in a world of jumps.

    rate = Ω + (1 − Ω) / (r + 1): Ω is the probability that the outcome follows a jump, given how surprising it is, and
    r the number of outcomes that the estimate rests on. `jump`, `reach` and `noise` are those of
    `data.volatile_world`. Source: Nassar, Wilson, Heasly & Gold, "An approximately Bayesian delta-rule model explains
    the dynamics of belief updating in a changing environment", J. Neuroscience 2010.
    """
    if not 0 < jump < 1 or not reach > 0 or not noise > 0:
        raise ValueError(f"expected 0 < jump < 1 and positive reach and noise, got {jump}, {reach}, {noise}")
    outcomes = _checked(outcomes)
    estimates, rates, run = [0.0], [], 0.0  # an estimate that rests on no outcome yet
    for outcome in outcomes.tolist():
        error = outcome - estimates[-1]
        spread = noise * math.sqrt(1 + 1 / run) if run else math.inf
        stayed = (1 - jump) * _normal(error, spread) if run else 0.0
        jumped = jump / (2 * reach)
        changed = jumped / (jumped + stayed)
        rates.append(changed + (1 - changed) / (run + 1))
        estimates.append(estimates[-1] + rates[-1] * error)
        run = (run + 1) * (1 - changed) + changed
    return _track(estimates, rates)


def _normal(x: float, sd: float) -> float:
    """Density of the normal distribution with mean 0."""
    return math.exp(-0.5 * (x / sd) ** 2) / (sd * math.sqrt(2 * math.pi))


def _checked(outcomes: Tensor) -> Tensor:
    if outcomes.ndim != 1 or len(outcomes) == 0 or not torch.isfinite(outcomes).all():
        raise ValueError(f"expected finite outcomes of shape (T,), not empty, got shape {tuple(outcomes.shape)}")
    return outcomes


def _track(estimates: list[float], rates: list[float]) -> Track:
    return Track(torch.tensor(estimates, dtype=torch.float64), torch.tensor(rates, dtype=torch.float64))
