"""What is implausible in backprop, taken away one feature at a time: what each costs, and what all of them cost.

Task, networks and seeds are those of brains_credit.py. The difference is to backprop with the same seed; for Dale's
law, whose units cannot be negative, to backprop with ReLU units, and for learned feedback weights, which need weight
decay, to backprop with as much decay. Run: python experiments/brains_removed.py
"""

from __future__ import annotations

from brains_rules import REMOVED, entries_of, train_and_score
from harness import arguments, run_all

from lab_utils import ledger

FAIR = {"dale": "relu", "learned-feedback": "decay"}  # what a rule is compared with, where that is not plain backprop


def main() -> None:
    """Measure, and write the ledger."""
    runs = run_all("brains_removed", ["backprop", *REMOVED], train_and_score, arguments(__doc__))
    entries = []
    for name in REMOVED:
        base = runs[FAIR.get(name, "backprop")]
        kept = entries_of(f"brains/removed/{name}", name, runs[name], base, __file__)
        entries += [each for each in kept if "@" not in each.name or each.name.endswith("@2000")]
    ledger.record(entries)
    for each in entries:
        print(each.name, each.summary())


if __name__ == "__main__":
    main()
