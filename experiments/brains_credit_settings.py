"""Choose the learning rate of each rule of credit assignment on validation images; test images play no part.

One seed, which the other scripts do not use; five for Dale's law, which at high rates dies for some seeds and not for
others. The best of a grid must not be its edge. It writes `brains_chosen.json`.
Run: python experiments/brains_credit_settings.py --seeds 1
"""

from __future__ import annotations

import json

from brains_rules import CHOSEN, VARIANTS, sets, trained
from harness import arguments, run_all

from lab_utils import measure

FIRST_SEED = 100
GRIDS = {
    "node-perturbation": (0.001, 0.003, 0.01, 0.03, 0.1),
    "output-only": (0.3, 1.0, 3.0, 10.0, 30.0, 100.0),
    "feedback-alignment": (0.1, 0.3, 1.0, 3.0),
    "target-propagation": (0.01, 0.03, 0.1, 0.3, 1.0),
    "predictive-coding": (0.01, 0.03, 0.1, 0.3, 1.0),
    "predictive-coding-nudged": (0.03, 0.1, 0.3, 1.0),
    "sign-symmetric": (0.03, 0.1, 0.3, 1.0, 3.0),
    "learned-feedback": (0.01, 0.03, 0.1, 0.3, 1.0),
    "derivative": (0.01, 0.03, 0.1, 0.3),
    "stored-all": (0.003, 0.01, 0.03, 0.1),
    "all-but-dale": (0.003, 0.01, 0.03, 0.1, 0.3),
    "deep/feedback-alignment": (0.1, 0.3, 1.0, 3.0),
}
DEFAULT = (0.03, 0.1, 0.3, 1.0)


def train_and_validate(variant: str, seed: int) -> dict[str, float]:
    """Validation accuracy of one rule at one rate; 0 where it diverged."""
    name, rate = variant.split(": ")
    net, _, run = trained(name, float(rate), seed + FIRST_SEED)
    right = 0.0 if run.diverged else measure.accuracy(net, sets().validation.x, sets().validation.y)
    return {"validation_accuracy": right}


def mean(runs: list[dict[str, float]]) -> float:
    """Mean validation accuracy over seeds."""
    return sum(run["validation_accuracy"] for run in runs) / len(runs)


if __name__ == "__main__":
    tuned = [name for name, variant in VARIANTS.items() if variant.lr is None]
    jobs = [f"{name}: {rate}" for name in tuned for rate in GRIDS.get(name, DEFAULT)]
    options = arguments(__doc__)
    runs = run_all("brains_credit_settings", jobs, train_and_validate, options)
    options.seeds, options.fresh = 5, False
    unsteady = [job for job in jobs if job.startswith("dale: ")]
    runs |= run_all("brains_credit_settings", unsteady, train_and_validate, options)
    best: dict[str, float] = {}
    for name in tuned:
        table = {rate: mean(runs[f"{name}: {rate}"]) for rate in GRIDS.get(name, DEFAULT)}
        best[name] = max(table, key=lambda rate: table[rate])
        at_edge = best[name] in (min(table), max(table))
        print(name, best[name], {rate: round(value, 4) for rate, value in table.items()}, "EDGE" if at_edge else "")
    CHOSEN.write_text(json.dumps(best, indent=1) + "\n")
