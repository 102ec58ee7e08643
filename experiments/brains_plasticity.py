"""Local rules over five seeds: Hebb's growth, Oja's angle, BCM's choice, scaling, reward, and learning rates in a
world that jumps.

Run: python experiments/brains_plasticity.py
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from harness import arguments, entry, record, run_all
from torch import Tensor

from lab_utils import data, measure, training

PATCHES, SIZE = 40_000, 8
OJA_RATE = 1e-4
NEURONS, TRIALS, REWARD_INPUTS = (1, 4, 16, 64), 1000, 10
# Times 1 / ((K + 2)(D + 2)), which is how the best rate falls with K neurons of D inputs (Werfel et al., 2005).
REWARD_RATES = (0.02, 0.06, 0.2, 0.6, 2.0)
WORLD = {"jump": 0.02, "reach": 5.0, "noise": 1.0}
LENGTH, WORLDS = 500, 8
FIXED_RATES = (0.2, 0.3, 0.4, 0.5, 0.6)
PEARCE_HALL = tuple((scale, memory) for scale in (0.15, 0.2, 0.3, 0.4) for memory in (2.0, 3.0, 5.0, 10.0))


def patches(seed: int) -> Tensor:
    """Raw grey patches (N, 64) of mean zero, float64."""
    x = data.photo_patches(PATCHES, size=SIZE, seed=seed, whiten=False).double()
    return x - x.mean(0)


def start(seed: int, inputs: int) -> Tensor:
    """A random direction (D,) of length 1."""
    w = torch.randn(inputs, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return w / w.norm()


def components(seed: int) -> dict[str, float]:
    """Hebb and Oja on patches, and on the same patches with a mean that was not taken away."""
    x = patches(seed)
    w, first = start(seed, x.shape[1]), measure.principal_components(x, 1).directions[0]
    found = training.oja(x, w, lr=OJA_RATE)
    hebb = training.hebb(x[:4000], w, lr=OJA_RATE)
    lit = x + 2.0  # a brightness shared by all pixels
    off_centre = training.oja(lit, w, lr=OJA_RATE)[-1]
    mean = lit.mean(0)
    return {
        "oja/angle": _line(found[-1], first),
        "oja/start": _line(w, first),
        "oja/length": found[-1].norm().item(),
        "hebb/length": hebb[-1].norm().item(),
        "oja-lit/angle": _line(off_centre, first),
        "oja-lit/angle-to-mean": _line(off_centre, mean),
    }


def _line(a: Tensor, b: Tensor) -> float:
    """Degrees between two directions whose sign does not matter."""
    turned = measure.angle(a, b)
    return min(turned, 180 - turned)


def selective(seed: int) -> dict[str, float]:
    """BCM among five overlapping patterns, with the sliding threshold and with two fixed ones."""
    draw = torch.Generator().manual_seed(seed)
    patterns = torch.rand(5, 10, generator=draw, dtype=torch.float64)
    patterns /= patterns.norm(dim=1, keepdim=True)
    x = patterns[torch.randint(5, (80_000,), generator=draw)]
    w = 0.1 * torch.rand(10, generator=draw, dtype=torch.float64)
    results = {}
    for name, threshold in (("sliding", None), ("fixed-low", 0.05), ("fixed-high", 1.0)):
        run = training.bcm(x, w, lr=0.006, memory=20, threshold=threshold)
        last = run.weights[torch.isfinite(run.weights).all(1)][-1]
        answers = (patterns @ last).clamp_min(0)
        grown = not bool(torch.isfinite(run.weights[-1]).all()) or run.weights[-1].norm() > 1e6
        results[f"bcm-{name}/diverged"] = float(grown)
        results[f"bcm-{name}/strongest"] = math.inf if grown else answers.max().item()
        results[f"bcm-{name}/second"] = math.inf if grown else answers.sort().values[-2].item()
    return {key: value for key, value in results.items() if math.isfinite(value)}


def steady(seed: int) -> dict[str, float]:
    """A Hebbian neuron with non-negative inputs: its rate with synaptic scaling, with decay, and with neither."""
    draw = torch.Generator().manual_seed(seed)
    x = torch.rand(4000, 20, generator=draw, dtype=torch.float64)
    w = torch.rand(20, generator=draw, dtype=torch.float64) / 20
    scaled = training.scaled_hebb(x, w, lr=1e-4, target=1.0, memory=50, gain=0.05)
    twice = training.scaled_hebb(2 * x, w, lr=1e-4, target=1.0, memory=50, gain=0.05)  # the world got twice as bright
    results = {
        "scaling/rate": scaled.answers[-1000:].mean().item(),
        "scaling/rate-bright": twice.answers[-1000:].mean().item(),
    }
    for name, decay in (("decay-small", 2.0), ("decay-large", 8.0)):
        path = training.hebb(x, w, lr=1e-3, decay=decay)
        results[f"{name}/growth"] = (path[-1].norm() / path[0].norm()).log10().item()
    return results


def rewarded(seed: int) -> dict[str, float]:
    """The three-factor rule for more and more neurons: reward reached, and the angle of one change to the gradient."""
    results = {}
    for count in NEURONS:
        run, w_true = reward_run(count, reward_rate(count), seed)
        early, late = run.rewards[:20].mean().item(), run.rewards[-100:].mean().item()
        results[f"reward-{count}/left"] = late / early
        results[f"reward-{count}/angle"] = _angle_of_one_trial(count, w_true, seed)
    return results


def reward_run(count: int, lr: float, seed: int) -> tuple[training.RewardRun, Tensor]:
    """`count` neurons that must learn a random linear map of 10 inputs by a single reward."""
    draw = torch.Generator().manual_seed(seed)
    w_true = torch.randn(count, REWARD_INPUTS, generator=draw, dtype=torch.float64) / REWARD_INPUTS**0.5
    x = torch.randn(TRIALS, REWARD_INPUTS, generator=draw, dtype=torch.float64)
    start_at = torch.zeros_like(w_true)
    return training.reward_hebb(x, x @ w_true.T, start_at, lr=lr, noise=0.1, seed=seed), w_true


def reward_rate(count: int) -> float:
    """The learning rate after which the last 100 rewards are highest, for a seed that is not reported."""

    def late(factor: float) -> float:
        reward = reward_run(count, factor / scale, 100)[0].rewards[-100:].mean().item()
        return reward if math.isfinite(reward) else -math.inf

    scale = (count + 2) * (REWARD_INPUTS + 2)
    found = max(REWARD_RATES, key=late)
    if found in (REWARD_RATES[0], REWARD_RATES[-1]):
        raise ValueError(f"expected the best rate inside the grid, got its edge {found} for {count} neurons")
    return found / scale


def _angle_of_one_trial(count: int, w_true: Tensor, seed: int) -> float:
    """Mean degrees between the change that one trial makes and the gradient of that trial's reward, at zero weights."""
    draw = torch.Generator().manual_seed(5000 + seed)
    x = torch.randn(100, REWARD_INPUTS, generator=draw, dtype=torch.float64)
    turned = []
    for number, now in enumerate(x):
        one = training.reward_hebb(
            now[None], w_true[None] @ now, torch.zeros_like(w_true), lr=1.0, noise=0.1, seed=number
        )
        gradient = torch.outer(w_true @ now, now)
        turned.append(measure.angle(one.weights[-1], gradient))
    return sum(turned) / len(turned)


def tracked(seed: int) -> dict[str, float]:
    """Squared error of three learners in eight worlds of 500 trials; rates chosen on other worlds."""
    rate = min(FIXED_RATES, key=lambda rate: missed(lambda o: training.delta_rule(o, rate=rate), range(900, 908)))
    scale, memory = min(
        PEARCE_HALL,
        key=lambda pair: missed(lambda o: training.pearce_hall(o, scale=pair[0], memory=pair[1]), range(900, 908)),
    )
    own = range(WORLDS * seed, WORLDS * (seed + 1))
    return {
        "rate-fixed/error": missed(lambda o: training.delta_rule(o, rate=rate), own),
        "rate-surprise/error": missed(lambda o: training.pearce_hall(o, scale=scale, memory=memory), own),
        "rate-change-point/error": missed(lambda o: training.change_point_rate(o, **WORLD), own),
        "rate-fixed/chosen": rate,
        "rate-surprise/chosen-scale": scale,
        "rate-surprise/chosen-memory": memory,
    }


def missed(learner: Callable[[Tensor], training.Track], seeds: range) -> float:
    """Mean squared distance of a learner's estimates from the truth, before each outcome."""
    errors = []
    for seed in seeds:
        world = data.volatile_world(LENGTH, **WORLD, seed=seed)
        estimates = learner(world.outcomes).estimates[1:-1]  # the first is a guess without any outcome
        errors.append((estimates - world.truth[1:]).pow(2).mean().item())
    return sum(errors) / len(errors)


PARTS = {"components": components, "selective": selective, "steady": steady, "rewarded": rewarded, "tracked": tracked}


def run_part(part: str, seed: int) -> dict[str, float]:
    """One part's measurements."""
    return PARTS[part](seed)


def main() -> None:
    """Measure, and write the ledger."""
    settings = {"patches": PATCHES, "size": SIZE, "oja_lr": OJA_RATE, "trials": TRIALS, **WORLD}
    entries = []
    for runs in run_all("brains_plasticity", list(PARTS), run_part, arguments(__doc__)).values():
        for key in sorted(runs[0].keys() - {"cpu_seconds"}):
            entries.append(entry(f"brains/plasticity/{key}", key, runs, key, settings, __file__))
    record(entries)


if __name__ == "__main__":
    main()
