"""Credit assignment: every rule on the same task from the same initial weights, with accuracies and angles.

784-128-128-10 (deep: five hidden layers), 10,000 images of Fashion-MNIST, 2,000 updates; subset, initial weights and
order are drawn by the seed and shared by the rules. Rates are those of brains_credit_settings.py. At checkpoints the
rule's change of each layer is compared with the exact gradient on 1,000 validation images, and feedback weights with
the weights that they stand for. Run: python experiments/brains_credit.py
"""

from __future__ import annotations

from brains_rules import DEEPER, RULES, entries_of, train_and_score
from harness import arguments, record, run_all

CURVES = ("feedback-alignment", "feedback-alignment-fast", "direct-feedback")  # the ledger keeps their whole course


def main() -> None:
    """Measure, and write the ledger."""
    runs = run_all("brains_credit", [*RULES, *DEEPER], train_and_score, arguments(__doc__))
    entries = []
    for name, own in runs.items():
        start = f"brains/depth/{name.removeprefix('deep/')}" if name in DEEPER else f"brains/credit/{name}"
        base = runs["deep/backprop" if name in DEEPER else "backprop"]
        kept = entries_of(start, name, own, base, __file__)
        entries += [each for each in kept if name in CURVES or "@" not in each.name or each.name.endswith("@2000")]
    record(entries, show=("lr",))


if __name__ == "__main__":
    main()
