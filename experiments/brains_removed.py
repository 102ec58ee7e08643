"""What is implausible in backprop, taken away one feature at a time: what each costs, and what all of them cost.

Task, networks and seeds are those of brains_credit.py. The difference is to backprop with the same seed; for Dale's
law, whose units cannot be negative, to backprop with ReLU units, and for learned feedback weights with weight decay to
backprop with as much decay. Run: python experiments/brains_removed.py
"""

from __future__ import annotations

from brains_rules import REMOVED, entries_of, train_and_score
from harness import arguments, record, run_all

# What a rule is compared with, where that is not plain backprop.
FAIR = {"dale": "relu", "learned-feedback-decay": "decay"}


def main() -> None:
    """Measure, and write the ledger."""
    runs = run_all("brains_removed", ["backprop", *REMOVED], train_and_score, arguments(__doc__))
    entries = []
    for name in REMOVED:
        base = runs[FAIR.get(name, "backprop")]
        kept = entries_of(f"brains/removed/{name}", name, runs[name], base, __file__)
        entries += [each for each in kept if "@" not in each.name or each.name.endswith("@2000")]
    record(entries, show=("lr",))


if __name__ == "__main__":
    main()
