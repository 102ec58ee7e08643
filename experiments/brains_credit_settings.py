"""Choose the learning rate of each rule of credit assignment on validation images; test images play no part.

First one seed tries every rate of a rule's grid; then five seeds, which the other scripts do not use, measure the best
rate and its two neighbours again, and the best mean decides. Where that is a neighbour, its own neighbours follow. The
best of a grid must not be its edge. It writes `brains_chosen.json`. Run: python experiments/brains_credit_settings.py
"""

from __future__ import annotations

import json
from argparse import Namespace

from brains_rules import CHOSEN, VARIANTS, sets, trained
from harness import arguments, run_all

from lab_utils import measure

FIRST_SEED = 100
GRIDS = {
    "node-perturbation": (0.001, 0.003, 0.01, 0.03, 0.1, 0.3),
    "output-only": (0.3, 1.0, 3.0, 10.0, 30.0, 100.0),
    "feedback-alignment": (0.1, 0.3, 1.0, 3.0),
    "target-propagation": (0.01, 0.03, 0.1, 0.3, 1.0),
    "predictive-coding": (0.01, 0.03, 0.1, 0.3, 1.0),
    "predictive-coding-nudged": (0.03, 0.1, 0.3, 1.0),
    "sign-symmetric": (0.03, 0.1, 0.3, 1.0, 3.0),
    "graded-errors": (0.03, 0.1, 0.2, 0.3, 0.5, 1.0),  # finer: near 1 it is at its best or diverges
    "derivative": (0.01, 0.03, 0.1, 0.3, 1.0),
    "stored-all": (0.003, 0.01, 0.03, 0.1),
    "all-but-dale": (0.01, 0.03, 0.1, 0.3, 1.0, 3.0),
    "deep/feedback-alignment": (0.1, 0.3, 1.0, 3.0),
}
DEFAULT = (0.03, 0.1, 0.3, 1.0)
SURE = 5  # seeds that decide between neighbours
JOBS = {
    name: [f"{name}: {rate}" for rate in GRIDS.get(name, DEFAULT)]
    for name, variant in VARIANTS.items()
    if variant.lr is None
}


def train_and_validate(variant: str, seed: int) -> dict[str, float]:
    """Validation accuracy of one rule at one rate; 0 where it diverged."""
    name, rate = variant.split(": ")
    net, _, run = trained(name, float(rate), seed + FIRST_SEED)
    right = 0.0 if run.diverged else measure.accuracy(net, sets().validation.x, sets().validation.y)
    return {"validation_accuracy": right}


def validated(jobs: list[str], options: Namespace, seeds: int) -> dict[str, float]:
    """Mean validation accuracy of each job over so many seeds."""
    options.seeds = seeds
    runs = run_all("brains_credit_settings", jobs, train_and_validate, options)
    options.fresh = False  # what one pass has measured, the next may use
    return {job: sum(run["validation_accuracy"] for run in each) / seeds for job, each in runs.items()}


def neighbourhood(name: str, job: str) -> list[str]:
    """The job, and those at the next lower and the next higher rate of the rule's grid."""
    at = JOBS[name].index(job)
    if at in (0, len(JOBS[name]) - 1):
        raise ValueError(f"expected the best rate of {name} inside its grid, got its edge, {job}: widen GRIDS")
    return JOBS[name][at - 1 : at + 2]


def settled(first: dict[str, float], options: Namespace) -> dict[str, dict[str, float]]:
    """For each rule the means over SURE seeds, of the rate that is best by them, of its neighbours, and any others."""
    asked = {name: neighbourhood(name, max(jobs, key=first.__getitem__)) for name, jobs in JOBS.items()}
    while True:
        means = validated([job for jobs in asked.values() for job in jobs], options, SURE)
        wider = {
            name: sorted({*jobs, *neighbourhood(name, max(jobs, key=means.__getitem__))}, key=JOBS[name].index)
            for name, jobs in asked.items()
        }
        if wider == asked:
            return {name: {job: means[job] for job in jobs} for name, jobs in asked.items()}
        asked = wider


def main() -> None:
    """Measure, print what every rule reached, and write the choices."""
    options = arguments(__doc__)
    first = validated([job for jobs in JOBS.values() for job in jobs], options, 1)
    chosen = {}
    for name, means in settled(first, options).items():
        best = max(means, key=means.__getitem__)
        chosen[name] = float(best.split(": ")[1])
        alone = max(JOBS[name], key=first.__getitem__)
        print(best, {job.split(": ")[1]: round(value, 4) for job, value in means.items()}, f"(one seed: {alone})")
    CHOSEN.write_text(json.dumps(chosen, indent=1) + "\n")


if __name__ == "__main__":
    main()
